#include "benchmarks/inspect_import.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <utility>
#include <vector>

#include "benchmarks/imported_row.h"
#include "benchmarks/zip_archive.h"
#include "protocol/name.h"

namespace gwageo::inspect {
namespace {

constexpr std::int64_t version = 2;
constexpr std::int64_t tokens_otherwise = 2048;
constexpr std::int64_t epochs_max = 1000;
constexpr std::string_view samples_folder = "samples/";
constexpr std::string_view attachment_prefix = "attachment://";
constexpr std::string_view digits = "0123456789";
constexpr std::size_t sorted_digits = 20;
constexpr std::string_view log_likelihoods =
    "its answers are log-likelihoods, no texts; write the job with `results --format lm-eval` and "
    "import that log with --from lm-eval";

const Json* at(const Json& json, std::initializer_list<std::string_view> path) {
  const Json* found = &json;
  for (const std::string_view key : path) {
    if (found != nullptr) found = found->find(key);
  }
  return found != nullptr && found->is_null() ? nullptr : found;
}

std::string id_text(const Json& id) {
  return id.is_string() ? id.as_string() : std::to_string(id.as_integer());
}

/// "member 'NAME': field 'FIELD'", or without a member.
std::string place_of(const std::string& member, const std::string& field) {
  return (member.empty() ? "" : "member '" + member + "': ") + "field '" + field + "'";
}

/// A log, given in pieces.
class LogImport {
 public:
  /// `member` is where the head lies in an archive.
  LogImport(const std::string& file, const std::string& member, const Json& head)
      : file_(file), head_member_(member), log_(head) {}

  Status begin() {
    GWAGEO_TRY(read_head());
    return check_wrote_texts();
  }

  /// One of `member` and `field` says where it lies.
  Status add(const Json& sample, std::string member, std::string field) {
    member_ = std::move(member);
    field_ = field.empty() ? "" : std::move(field) + ".";
    return read_sample(sample);
  }

  /// Whether there was a sample with this id and epoch.
  bool has(const std::string& item, std::int64_t epoch) const {
    const auto found = items_.find(item);
    return found != items_.end() && found->second.epochs.contains(epoch);
  }

  /// As Inspect sorts the samples of an archive (`sort_samples`).
  void sort() {
    std::stable_sort(samples_.begin(), samples_.end(), [](const Sample& a, const Sample& b) {
      return std::tie(a.epoch, a.sorted_by) < std::tie(b.epoch, b.sorted_by);
    });
  }

  Result<ImportedLog> finish() {
    GWAGEO_TRY(check_count());
    std::set<std::string_view> written;
    for (const Sample& sample : samples_) {
      if (written.insert(sample.item).second) out_.rows += items_.at(sample.item).row;
      if (!sample.answer) continue;
      Json output;
      output["task"] = out_.task;
      output["item"] = sample.item;
      output["repeat"] = sample.epoch - 1;
      output["text"] = *sample.answer;
      out_.outputs += output.dump() + "\n";
      ++out_.answers;
    }
    out_.documents = items_.size();
    write_task();
    return std::move(out_);
  }

 private:
  /// What an item was asked, and which of its epochs were seen.
  struct Item {
    std::string row;
    std::set<std::int64_t> epochs;
  };
  struct Sample {
    std::string item;
    std::int64_t epoch = 1;
    std::string sorted_by;
    std::optional<std::string> answer;
  };

  tl::unexpected<Error> wrong(const std::string& field, const std::string& what) const {
    return fail(ErrorKind::bad_input, file_ + ": " + place_of(head_member_, field) + ": " + what);
  }
  tl::unexpected<Error> wrong_in_sample(const std::string& field, const std::string& what) const {
    return fail(ErrorKind::bad_input,
                file_ + ": " + place_of(member_, field_ + field) + ": " + what);
  }

  Status read_head() {
    const Json* const number = at(log_, {"version"});
    if (number == nullptr || *number != Json(version)) {
      return wrong("version", "expected 2, got " + (number == nullptr ? "none" : number->dump()));
    }
    const Json* const task = at(log_, {"eval", "task"});
    if (task == nullptr || !task->is_string()) return wrong("eval.task", "expected a string");
    const std::string& name = task->as_string();
    out_.task = name.substr(name.rfind('/') + 1);
    if (!is_name(out_.task)) {
      return wrong("eval.task", "'" + out_.task + "' is no name (letters, digits, . _ -)");
    }
    const Json* const epochs = at(log_, {"eval", "config", "epochs"});
    if (epochs == nullptr) return {};
    if (!epochs->is_integer() || epochs->as_integer() < 1 || epochs->as_integer() > epochs_max) {
      return wrong("eval.config.epochs", "expected 1 to 1000, got " + epochs->dump());
    }
    epochs_ = epochs->as_integer();
    return {};
  }

  /// The message of a log-likelihood's sample is a choice that nobody wrote: read as an answer, it
  /// would be scored as one.
  Status check_wrote_texts() const {
    const bool is_ours = at(log_, {"eval", "metadata", "gwageo"}) != nullptr;
    if (is_ours && at(log_, {"plan", "config", "max_tokens"}) == nullptr) {
      return wrong("plan.config", std::string(log_likelihoods));
    }
    return {};
  }

  /// A text, or what it stands for: Inspect writes long ones once, beside the messages.
  Result<std::string> resolved(const std::string& text, const std::string& field) const {
    if (!text.starts_with(attachment_prefix)) return text;
    const Json* const found = attachments_ == nullptr
                                  ? nullptr
                                  : attachments_->find(text.substr(attachment_prefix.size()));
    if (found != nullptr && found->is_string()) return found->as_string();
    return wrong_in_sample(field, "the sample has no '" + text + "'");
  }

  /// A message's text: a string, or a list of parts that are all text.
  Result<std::string> content(const Json& message, const std::string& field) const {
    const Json* const value = at(message, {"content"});
    if (value != nullptr && value->is_string()) return resolved(value->as_string(), field);
    if (value == nullptr || !value->is_array()) return wrong_in_sample(field, "expected text");
    std::string out;
    for (const Json& part : value->as_array()) {
      const Json* const type = at(part, {"type"});
      if (type != nullptr && *type == Json("reasoning")) continue;
      const Json* const text = at(part, {"text"});
      if (text == nullptr || !text->is_string()) {
        return wrong_in_sample(field, "a part is no text; only texts can be asked again");
      }
      GWAGEO_ASSIGN(whole, resolved(text->as_string(), field));
      out += whole;
    }
    return out;
  }

  Result<Json> messages(const Json& list, const std::string& field) const {
    Json out = Json::array();
    for (const Json& turn : list.as_array()) {
      const Json* const role = at(turn, {"role"});
      const bool is_known = role != nullptr && (*role == Json("system") || *role == Json("user") ||
                                                *role == Json("assistant"));
      if (!is_known) {
        return wrong_in_sample(field,
                               "a turn is neither system's, user's nor assistant's; a "
                               "conversation with tools cannot be asked again");
      }
      GWAGEO_ASSIGN(text, content(turn, field));
      out.push_back(Json::Object{{"role", *role}, {"content", text}});
    }
    return out;
  }

  /// Every sample that ended without an error is in the log that says so.
  Status check_count() const {
    const Json* const completed = at(log_, {"results", "completed_samples"});
    if (completed == nullptr || !completed->is_integer()) return {};
    const auto found = static_cast<std::int64_t>(samples_.size());
    if (completed->as_integer() <= found) return {};
    return wrong("results.completed_samples", "says " + completed->dump() + ", and " +
                                                  std::to_string(found) +
                                                  " samples are there; a part of them is missing");
  }

  /// What was sent: all messages before the last answer, else the sample's input.
  Result<Json> asked(const Json& sample) const {
    const Json* const all = at(sample, {"messages"});
    if (all != nullptr && all->is_array() && !all->as_array().empty()) {
      GWAGEO_ASSIGN(turns, messages(*all, "messages"));
      Json::Array& list = turns.as_array();
      const bool has_answer = *list.back().find("role") == Json("assistant");
      if (has_answer) list.pop_back();
      if (!list.empty()) return turns;
    }
    const Json* const input = at(sample, {"input"});
    if (input != nullptr && input->is_string()) {
      GWAGEO_ASSIGN(text, resolved(input->as_string(), "input"));
      return Json(Json::Array{Json::Object{{"role", "user"}, {"content", text}}});
    }
    if (input != nullptr && input->is_array() && !input->as_array().empty()) {
      return messages(*input, "input");
    }
    return wrong_in_sample("input", "expected a text or a list of messages");
  }

  Result<Json> texts(const Json& sample, const std::string& field) const {
    const Json* const value = at(sample, {field});
    if (value == nullptr) return Json::array();
    if (value->is_string()) return Json(Json::Array{*value});
    if (!value->is_array()) return wrong_in_sample(field, "expected a text or a list of texts");
    for (const Json& one : value->as_array()) {
      if (!one.is_string()) return wrong_in_sample(field, "expected a text or a list of texts");
    }
    return *value;
  }

  Result<Json> row_of(const Json& sample, const Json& id) const {
    Json row;
    row["id"] = id;
    GWAGEO_ASSIGN(turns, asked(sample));
    row["requests"] = Json::Array{Json::Object{{"messages", turns}}};
    GWAGEO_ASSIGN(choices, texts(sample, "choices"));
    GWAGEO_ASSIGN(targets, texts(sample, "target"));
    if (targets.as_array().empty()) return wrong_in_sample("target", "is missing");
    row["choices"] = choices;
    row["golds"] = Json::array();
    row["targets"] = targets;
    row["target"] = targets.as_array().size() == 1 ? targets.as_array().front() : targets;
    const Json* const metadata = at(sample, {"metadata"});
    row["doc"] = metadata == nullptr ? Json::object() : *metadata;
    return row;
  }

  Status read_sample(const Json& sample) {
    attachments_ = at(sample, {"attachments"});
    const Json* const id = at(sample, {"id"});
    if (id == nullptr || !(id->is_string() || id->is_integer())) {
      return wrong_in_sample("id", "expected a string or an integer");
    }
    Sample out;
    out.item = id_text(*id);
    const Json* const epoch = at(sample, {"epoch"});
    out.epoch = epoch == nullptr ? 1 : (epoch->is_integer() ? epoch->as_integer() : 0);
    if (out.epoch < 1 || out.epoch > epochs_) {
      return wrong_in_sample("epoch", "expected 1 to " + std::to_string(epochs_));
    }
    const std::size_t zeros =
        id->is_string() ? 0 : sorted_digits - std::min(sorted_digits, out.item.size());
    out.sorted_by = std::string(zeros, '0') + out.item;
    if (at(sample, {"metadata", "log_likelihoods"}) != nullptr) {
      return wrong_in_sample("metadata.log_likelihoods", std::string(log_likelihoods));
    }
    GWAGEO_ASSIGN(row, row_of(sample, *id));
    const auto known = items_.emplace(out.item, Item{imported_line(row), {}}).first;
    if (!known->second.epochs.insert(out.epoch).second) {
      return wrong_in_sample(
          "id", "'" + out.item + "' comes twice with epoch " + std::to_string(out.epoch));
    }
    if (known->second.row != imported_line(row)) {
      return wrong_in_sample("input",
                             "'" + out.item + "' was asked in another way in another epoch");
    }
    GWAGEO_ASSIGN(answer, answer_of(sample));
    out.answer = std::move(answer);
    samples_.push_back(std::move(out));
    return {};
  }

  Result<std::optional<std::string>> answer_of(const Json& sample) const {
    const Json* const choices = at(sample, {"output", "choices"});
    const bool has_answer = at(sample, {"error"}) == nullptr && choices != nullptr &&
                            choices->is_array() && !choices->as_array().empty();
    if (!has_answer) return std::nullopt;
    const Json* const message = at(choices->as_array().front(), {"message"});
    if (message == nullptr) return wrong_in_sample("output.choices[0].message", "is missing");
    GWAGEO_ASSIGN(text, content(*message, "output.choices[0].message.content"));
    return std::optional(std::move(text));
  }

  void write_task() {
    const Json* const limit = at(log_, {"plan", "config", "max_tokens"});
    const Json* const temperature = at(log_, {"plan", "config", "temperature"});
    const Json* const stops = at(log_, {"plan", "config", "stop_seqs"});
    Json settings;
    settings["until"] = stops == nullptr ? Json::array() : *stops;
    settings["max_gen_toks"] = limit == nullptr ? Json(tokens_otherwise) : *limit;
    if (temperature != nullptr) settings["temperature"] = *temperature;
    Json files;
    files["data_files"]["test"] = out_.task + ".jsonl";
    out_.yaml = "# How answers are read and scored is for you to say: add filters and metrics.\n";
    out_.yaml += "task: " + Json(out_.task).dump() + "\nrequests: imported\n";
    out_.yaml += "output_type: generate_until\nrepeats: " + std::to_string(epochs_) + "\n";
    out_.yaml += "dataset_kwargs: " + files.dump() + "\n";
    out_.yaml += "generation_kwargs: " + settings.dump() + "\n";
    out_.yaml +=
        "metric_list: [{metric: exact_match, aggregation: mean, higher_is_better: true}]\n";
  }

  const std::string& file_;
  std::string head_member_;
  const Json& log_;
  std::string member_;  // Of the sample that is read,
  std::string field_;   // or the field that it lies in, with a dot.
  const Json* attachments_ = nullptr;
  std::int64_t epochs_ = 1;
  std::map<std::string, Item> items_;
  std::vector<Sample> samples_;
  ImportedLog out_;
};

/// A log in an archive.
class ArchiveImport {
 public:
  ArchiveImport(const ZipArchive& archive, const std::string& path)
      : archive_(archive), path_(path) {}

  Result<ImportedLog> run() {
    if (!archive_.has(head)) {
      return fail(ErrorKind::bad_input,
                  path_ +
                      ": has no member 'header.json': the run has not ended; give a log that "
                      "Inspect has finished or recovered");
    }
    GWAGEO_ASSIGN(document, parsed(head));
    LogImport log(path_, head, document);
    GWAGEO_TRY(log.begin());
    bool has_samples = false;
    for (const auto& [name, member] : archive_.members()) {
      if (!name.starts_with(samples_folder) || !name.ends_with(".json")) continue;
      GWAGEO_TRY(check_is_whole(name));
      GWAGEO_ASSIGN(sample, parsed(name));
      GWAGEO_TRY(log.add(sample, name, ""));
      has_samples = true;
    }
    if (!has_samples) {
      return fail(ErrorKind::bad_input, path_ + ": has no member 'samples/...': nothing was asked");
    }
    GWAGEO_TRY(check_summaries(log));
    log.sort();
    return log.finish();
  }

 private:
  static constexpr const char* head = "header.json";
  static constexpr const char* summaries = "summaries.json";

  Result<Json> parsed(const std::string& name) const {
    GWAGEO_ASSIGN(text, archive_.read(name));
    auto document = Json::parse_python(text);
    if (!document) return fail(path_ + ": member '" + name + "'", document.error());
    return document;
  }

  // A very long sample may lie in many members, below samples/ID_epoch_N/.
  Status check_is_whole(const std::string& name) const {
    constexpr std::string_view epoch = "_epoch_";
    const std::size_t slash = name.rfind('/');
    const std::size_t mark = name.find(epoch);
    if (mark == name.npos || mark > slash) return {};
    const std::size_t end = name.find_first_not_of(digits, mark + epoch.size());
    if (end == mark + epoch.size() || end == name.npos || name[end] != '/') return {};
    return fail(ErrorKind::bad_input,
                path_ + ": member '" + name +
                    "': a sample in pieces; let Inspect make one of them: inspect log convert "
                    "--to json --output-dir DIR FILE");
  }

  Status check_summaries(const LogImport& log) const {
    if (!archive_.has(summaries)) return {};
    GWAGEO_ASSIGN(list, parsed(summaries));
    const std::string place = path_ + ": member '" + summaries + "': ";
    if (!list.is_array()) return fail(ErrorKind::bad_input, place + "expected a list");
    for (const Json& one : list.as_array()) {
      const Json* const id = at(one, {"id"});
      const Json* const epoch = at(one, {"epoch"});
      const bool is_named = id != nullptr && (id->is_string() || id->is_integer()) &&
                            epoch != nullptr && epoch->is_integer();
      if (!is_named) return fail(ErrorKind::bad_input, place + "expected ids and epochs");
      if (log.has(id_text(*id), epoch->as_integer())) continue;
      return fail(ErrorKind::bad_input, place + "names 'samples/" + id_text(*id) + "_epoch_" +
                                            std::to_string(epoch->as_integer()) +
                                            ".json', which is missing");
    }
    return {};
  }

  const ZipArchive& archive_;
  const std::string& path_;
};

}  // namespace

Result<ImportedLog> import_log(const std::string& file, const Json& log) {
  LogImport out(file, "", log);
  GWAGEO_TRY(out.begin());
  const Json* const samples = at(log, {"samples"});
  if (samples == nullptr || !samples->is_array() || samples->as_array().empty()) {
    return fail(ErrorKind::bad_input,
                file +
                    ": field 'samples': expected a list; the .json form of a log has its "
                    "samples inline");
  }
  for (std::size_t i = 0; i < samples->as_array().size(); ++i) {
    GWAGEO_TRY(out.add(samples->as_array()[i], "", "samples[" + std::to_string(i) + "]"));
  }
  return out.finish();
}

Result<ImportedLog> import_archive(const SourceFiles& files, const std::string& path) {
  GWAGEO_ASSIGN(archive, ZipArchive::open(files, path));
  return ArchiveImport(archive, path).run();
}

}  // namespace gwageo::inspect
