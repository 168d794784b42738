#include "worker/recorded_engine.h"

#include <algorithm>
#include <filesystem>
#include <limits>
#include <tuple>
#include <utility>

#include "protocol/check.h"
#include "protocol/json.h"
#include "worker/engine_support.h"
#include "worker/model_files.h"

namespace gwageo {
namespace {

constexpr std::size_t line_bytes_max = std::size_t{64} << 20;
constexpr std::size_t recorded_calls_a_step = 4096;

auto order_of(const Recording::Key& key) {
  const std::uint32_t choice = !is_generation(key.kind) ? key.choice : 0;
  return std::tuple(key.task, key.item, key.kind, key.repeat, choice);
}

tl::unexpected<Error> bad_recording(std::string message) {
  return fail(ErrorKind::bad_input, std::move(message));
}

// The fields of one row, verified one by one. Each reader fails with the field's name.
struct Fields {
  const Json& row;

  Status expect_only(std::initializer_list<std::string_view> known) const {
    for (const auto& [key, value] : row.as_object()) {
      if (std::ranges::find(known, std::string_view(key)) == known.end()) {
        return bad_recording("unknown field \"" + key + "\"");
      }
    }
    return {};
  }
  Result<std::string> text(std::string_view key) const {
    const Json* const value = row.find(key);
    if (value == nullptr || !value->is_string()) {
      return bad_recording("field \"" + std::string(key) + "\" is missing or no text");
    }
    return value->as_string();
  }
  Result<std::string> item() const {
    const Json* const value = row.find("item");
    if (value != nullptr && value->is_integer()) return std::to_string(value->as_integer());
    if (value != nullptr && value->is_string()) return value->as_string();
    return bad_recording("field \"item\" is missing, or neither text nor a whole number");
  }
  Result<std::uint32_t> count(std::string_view key, bool is_optional) const {
    const Json* const value = row.find(key);
    if (value == nullptr && is_optional) return 0u;
    if (value == nullptr || !value->is_integer() || value->as_integer() < 0 ||
        value->as_integer() > std::numeric_limits<std::uint32_t>::max()) {
      return bad_recording("field \"" + std::string(key) +
                           "\" is missing or no whole number from 0 on");
    }
    return static_cast<std::uint32_t>(value->as_integer());
  }
};

Result<Json> parse_row(std::string_view line) {
  std::size_t bad_at = 0;
  if (!is_utf8(line, &bad_at))
    return bad_recording("not UTF-8 at column " + std::to_string(bad_at + 1));
  auto row = Json::parse(line);
  if (!row) {
    std::string message = row.error().message;
    const std::size_t place = message.find("line 1, ");
    if (place != std::string::npos) message.erase(place, 8);
    return bad_recording(message);
  }
  if (!row->is_object()) return bad_recording("not a JSON object");
  return row;
}

}  // namespace

Status Recording::add_line(std::string_view line, std::uint64_t number) {
  if (line.find_first_not_of(" \t\r") == std::string_view::npos) return {};
  GWAGEO_ASSIGN(json, parse_row(line));
  const Fields fields{json};
  Row row;
  row.line = number;
  std::string text;
  if (json.find("text") != nullptr) {
    GWAGEO_TRY(fields.expect_only({"task", "item", "repeat", "text"}));
    GWAGEO_ASSIGN(given, fields.text("text"));
    text = std::move(given);
  } else {
    row.kind = RequestKind::likelihood;
    const Json* const probability = json.find("logprob");
    if (probability == nullptr)
      return bad_recording("neither field \"text\" nor field \"logprob\" is there");
    GWAGEO_TRY(fields.expect_only({"task", "item", "repeat", "choice", "logprob", "greedy"}));
    if (!probability->is_number() || !(probability->as_double() <= 0)) {
      return bad_recording("field \"logprob\" is no number up to 0");
    }
    row.log_probability = probability->as_double();
    const Json* const greedy = json.find("greedy");
    if (greedy == nullptr || !greedy->is_bool()) {
      return bad_recording("field \"greedy\" is missing, or neither true nor false");
    }
    row.greedy = greedy->as_bool();
    GWAGEO_ASSIGN(choice, fields.count("choice", false));
    row.choice = choice;
  }
  GWAGEO_ASSIGN(task, fields.text("task"));
  GWAGEO_ASSIGN(item, fields.item());
  GWAGEO_ASSIGN(repeat, fields.count("repeat", true));
  row.repeat = repeat;
  const auto [known, is_new] =
      tasks_.emplace(std::move(task), static_cast<std::uint32_t>(tasks_.size()));
  if (is_new) task_names_.push_back(known->first);
  row.task = known->second;
  if (!rows_.empty() && item_of(rows_.back()) == item) {
    row.item_at = rows_.back().item_at;
  } else {
    row.item_at = bytes_.size();
    bytes_ += item;
  }
  row.item_size = static_cast<std::uint32_t>(item.size());
  row.text_at = bytes_.size();
  row.text_size = static_cast<std::uint32_t>(text.size());
  bytes_ += text;
  rows_.push_back(row);
  return {};
}

Status Recording::seal() {
  const auto less = [this](const Row& a, const Row& b) {
    return std::pair(order_of(key_of(a)), a.line) < std::pair(order_of(key_of(b)), b.line);
  };
  std::ranges::sort(rows_, less);
  const auto twice = std::ranges::adjacent_find(rows_, [this](const Row& a, const Row& b) {
    return order_of(key_of(a)) == order_of(key_of(b));
  });
  if (twice == rows_.end()) return {};
  const Key key = key_of(*twice);
  std::string what = "task " + std::string(key.task) + " item " + std::string(key.item) +
                     " repeat " + std::to_string(key.repeat);
  if (!is_generation(key.kind)) what += " choice " + std::to_string(key.choice);
  return bad_recording("lines " + std::to_string(twice->line) + " and " +
                       std::to_string((twice + 1)->line) + " both give " + what);
}

std::optional<Recording::Answer> Recording::find(const Key& key) const {
  const auto wanted = order_of(key);
  const auto found = std::ranges::lower_bound(
      rows_, wanted, {}, [this](const Row& row) { return order_of(key_of(row)); });
  if (found == rows_.end() || order_of(key_of(*found)) != wanted) return std::nullopt;
  return Answer{std::string_view(bytes_).substr(found->text_at, found->text_size),
                found->log_probability, found->greedy};
}

std::string_view Recording::item_of(const Row& row) const {
  return std::string_view(bytes_).substr(row.item_at, row.item_size);
}

Recording::Key Recording::key_of(const Row& row) const {
  return {row.kind, task_names_[row.task], item_of(row), row.repeat, row.choice};
}

Status RecordedEngine::load(const ModelSpec& spec) {
  GWAGEO_CHECK(recording_.rows() == 0);
  GWAGEO_TRY(expect_options(spec, {}));
  if (std::error_code error; std::filesystem::is_directory(spec.path, error)) {
    return bad_recording(spec.path + ": a folder, but recorded outputs are one file of JSON lines");
  }
  ModelFile file;
  file.name = std::filesystem::path(spec.path).filename().string();
  Sha256Stream hash;
  std::string line;
  std::uint64_t number = 0;
  const auto take_line = [&]() -> Status {
    const Status added = recording_.add_line(line, ++number);
    line.clear();
    if (!added) return fail(spec.path + ":" + std::to_string(number), added.error());
    return {};
  };
  const auto take_piece = [&](std::string_view piece) -> Status {
    hash.add(piece);
    file.size += piece.size();
    for (std::size_t end = piece.find('\n'); end != piece.npos; end = piece.find('\n')) {
      line += piece.substr(0, end);
      piece.remove_prefix(end + 1);
      GWAGEO_TRY(take_line());
    }
    line += piece;
    if (line.size() <= line_bytes_max) return {};
    return bad_recording(spec.path + ":" + std::to_string(number + 1) +
                         ": a line of more than 64 MiB");
  };
  GWAGEO_TRY(read_pieces(spec.path, take_piece));
  if (!line.empty()) GWAGEO_TRY(take_line());
  file.content = hash.finish();
  if (digest_of({file}) != spec.digest) {
    return fail(ErrorKind::corrupt, spec.path + ": the file has the model digest " +
                                        to_hex(digest_of({file})) + ", not " + to_hex(spec.digest) +
                                        " of model " + spec.name);
  }
  if (recording_.rows() == 0) {
    return bad_recording(spec.path +
                         ": holds no recorded output; expected JSON lines, one a request");
  }
  const Status sealed = recording_.seal();
  if (!sealed) return fail(spec.path, sealed.error());
  return {};
}

std::vector<Completion> RecordedEngine::step() {
  std::vector<Completion> finished = std::exchange(cancelled_, {});
  for (std::size_t i = 0; i < recorded_calls_a_step && !waiting_.empty(); ++i) {
    const Call call = std::move(waiting_.front());
    waiting_.pop_front();
    const RequestKind kind =
        is_generation(call.request.kind) ? RequestKind::generate : RequestKind::likelihood;
    const auto answer = recording_.find({kind, call.task, call.item, call.repeat, call.choice});
    Response response;
    if (answer) {
      response.text = answer->text;
      response.log_probability = answer->log_probability;
      response.greedy = answer->greedy;
    } else {
      response.outcome = Outcome::refused_by_engine;
      response.error = "no recorded output for task " + call.task + " item " + call.item +
                       " repeat " + std::to_string(call.repeat);
      if (!is_generation(call.request.kind)) {
        response.error += " choice " + std::to_string(call.choice);
      }
    }
    finished.push_back({call.token, std::move(response)});
  }
  return finished;
}

void RecordedEngine::wait(Duration at_most) {
  if (!cancelled_.empty() || !waiting_.empty()) return;
  waker_.wait(at_most);
}

void RecordedEngine::cancel_all() {
  for (const Call& call : waiting_) {
    cancelled_.push_back({call.token, cancelled_response()});
  }
  waiting_.clear();
}

}  // namespace gwageo
