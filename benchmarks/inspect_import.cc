#include "benchmarks/inspect_import.h"

#include <map>
#include <optional>
#include <utility>

#include "protocol/name.h"

namespace gwageo::inspect {
namespace {

constexpr std::int64_t version = 2;
constexpr std::int64_t tokens_otherwise = 2048;
constexpr std::int64_t epochs_max = 1000;
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

class LogImport {
 public:
  LogImport(const std::string& file, const Json& log) : file_(file), log_(log) {}

  Result<ImportedLog> run() {
    GWAGEO_TRY(read_head());
    GWAGEO_TRY(check_wrote_texts());
    const Json* const samples = at(log_, {"samples"});
    if (samples == nullptr || !samples->is_array() || samples->as_array().empty()) {
      return wrong("samples",
                   "expected a list; this reads the .json form, with its samples inline");
    }
    for (std::size_t i = 0; i < samples->as_array().size(); ++i) {
      name_ = "samples[" + std::to_string(i) + "]";
      GWAGEO_TRY(read_sample(samples->as_array()[i]));
    }
    write_task();
    return std::move(out_);
  }

 private:
  /// What an item was asked, and which of its epochs were seen.
  struct Item {
    Json row;
    std::map<std::int64_t, bool> epochs;
  };

  tl::unexpected<Error> wrong(const std::string& field, const std::string& what) const {
    return fail(ErrorKind::bad_input, file_ + ": field '" + field + "': " + what);
  }
  tl::unexpected<Error> wrong_in_sample(const std::string& field, const std::string& what) const {
    return wrong(name_ + "." + field, what);
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

  /// A message's text: a string, or a list of parts that are all text.
  Result<std::string> content(const Json& message, const std::string& field) const {
    const Json* const value = at(message, {"content"});
    if (value != nullptr && value->is_string()) return value->as_string();
    if (value == nullptr || !value->is_array()) return wrong_in_sample(field, "expected text");
    std::string out;
    for (const Json& part : value->as_array()) {
      const Json* const type = at(part, {"type"});
      if (type != nullptr && *type == Json("reasoning")) continue;
      const Json* const text = at(part, {"text"});
      if (text == nullptr || !text->is_string()) {
        return wrong_in_sample(field, "a part is no text; only texts can be asked again");
      }
      out += text->as_string();
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
      return Json(Json::Array{Json::Object{{"role", "user"}, {"content", *input}}});
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
    const Json* const id = at(sample, {"id"});
    if (id == nullptr || !(id->is_string() || id->is_integer())) {
      return wrong_in_sample("id", "expected a string or an integer");
    }
    const std::string item = id->is_string() ? id->as_string() : std::to_string(id->as_integer());
    const Json* const epoch = at(sample, {"epoch"});
    const std::int64_t number =
        epoch == nullptr ? 1 : (epoch->is_integer() ? epoch->as_integer() : 0);
    if (number < 1 || number > epochs_) {
      return wrong_in_sample("epoch", "expected 1 to " + std::to_string(epochs_));
    }
    if (at(sample, {"metadata", "log_likelihoods"}) != nullptr) {
      return wrong_in_sample("metadata.log_likelihoods", std::string(log_likelihoods));
    }
    GWAGEO_ASSIGN(row, row_of(sample, *id));
    const auto [known, is_new] = items_.emplace(item, Item{row, {}});
    if (!known->second.epochs.emplace(number, true).second) {
      return wrong_in_sample("id",
                             "'" + item + "' comes twice with epoch " + std::to_string(number));
    }
    if (known->second.row != row) {
      return wrong_in_sample("input", "'" + item + "' was asked in another way in another epoch");
    }
    if (is_new) {
      out_.rows += row.dump() + "\n";
      ++out_.documents;
    }
    return read_answer(sample, item, number);
  }

  Status read_answer(const Json& sample, const std::string& item, std::int64_t epoch) {
    const Json* const choices = at(sample, {"output", "choices"});
    const bool has_answer = at(sample, {"error"}) == nullptr && choices != nullptr &&
                            choices->is_array() && !choices->as_array().empty();
    if (!has_answer) return {};
    const Json* const message = at(choices->as_array().front(), {"message"});
    if (message == nullptr) return wrong_in_sample("output.choices[0].message", "is missing");
    GWAGEO_ASSIGN(text, content(*message, "output.choices[0].message.content"));
    Json output;
    output["task"] = out_.task;
    output["item"] = item;
    output["repeat"] = epoch - 1;
    output["text"] = text;
    out_.outputs += output.dump() + "\n";
    ++out_.answers;
    return {};
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
  const Json& log_;
  std::string name_;  // Of the sample that is read.
  std::int64_t epochs_ = 1;
  std::map<std::string, Item> items_;
  ImportedLog out_;
};

}  // namespace

Result<ImportedLog> import_log(const std::string& file, const Json& log) {
  return LogImport(file, log).run();
}

}  // namespace gwageo::inspect
