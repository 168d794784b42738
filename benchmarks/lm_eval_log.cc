#include "benchmarks/lm_eval_log.h"

#include <algorithm>
#include <map>
#include <utility>

#include "benchmarks/line_reader.h"
#include "benchmarks/python_json.h"
#include "protocol/digest.h"

namespace gwageo::lm_eval {
namespace {

constexpr std::size_t requests_max = 4096;
constexpr std::size_t arguments_max = 8;
constexpr std::size_t filters_max = 64;

tl::unexpected<Error> wrong_in_log(const std::string& field, const std::string& what) {
  return fail(ErrorKind::bad_input, "field '" + field + "': " + what);
}

Result<const Json*> need(const Json& holder, const std::string& field) {
  const Json* const value = holder.find(field);
  if (value == nullptr) return wrong_in_log(field, "is missing");
  return value;
}

Result<std::string> text_of_field(const Json& row, const std::string& field) {
  GWAGEO_ASSIGN(value, need(row, field));
  if (!value->is_string()) {
    return wrong_in_log(field, "expected a string, got " + std::string(value->type_name()));
  }
  return value->as_string();
}

// gen_args_0, gen_args_1, ...: of each arg_0, arg_1, ...
Result<std::vector<Json::Array>> arguments_of(const Json& row) {
  GWAGEO_ASSIGN(requests, need(row, "arguments"));
  if (!requests->is_object() || requests->as_object().empty()) {
    return wrong_in_log("arguments", "expected an object with gen_args_0");
  }
  if (requests->as_object().size() > requests_max)
    return wrong_in_log("arguments", "too many requests");
  std::vector<Json::Array> out;
  for (std::size_t i = 0; i < requests->as_object().size(); ++i) {
    const std::string name = "gen_args_" + std::to_string(i);
    const Json* const request = requests->find(name);
    if (request == nullptr || !request->is_object()) {
      return wrong_in_log("arguments." + name, "is missing");
    }
    Json::Array& arguments = out.emplace_back();
    const std::size_t count = request->as_object().size();
    if (count == 0 || count > arguments_max)
      return wrong_in_log("arguments." + name, "no arguments");
    for (std::size_t j = 0; j < count; ++j) {
      const Json* const argument = request->find("arg_" + std::to_string(j));
      if (argument == nullptr) {
        return wrong_in_log("arguments." + name + ".arg_" + std::to_string(j), "is missing");
      }
      arguments.push_back(*argument);
    }
  }
  return out;
}

/// A hash that the row has must be that of `text`.
Status check_hash(const Json& row, const std::string& field, const std::string& text) {
  const Json* const given = row.find(field);
  if (given == nullptr || given->is_null()) return {};
  const std::string found = to_hex(sha256(text));
  if (given->is_string() && given->as_string() == found) return {};
  return wrong_in_log(field, "is " + given->dump() + ", but what it stands for has " + found);
}

std::string logged_prompt(const Json& argument) {
  const bool is_chat = argument.is_array() && argument.as_array().size() == 1;
  const Json& text = is_chat ? argument.as_array().front() : argument;
  return text.is_string() ? text.as_string() : std::string();
}

/// What must be alike in the rows of all filters.
Digest asked(const LoggedSample& sample) {
  Json all = Json::array();
  all.push_back(sample.doc);
  all.push_back(sample.target);
  for (const Json::Array& request : sample.arguments) all.push_back(Json(request));
  return sha256(python_json(all));
}

/// What is known of a document, and where its first row lies.
struct FoundDocument {
  std::uint64_t line = 0;
  std::uint64_t offset = 0;
  std::uint64_t bytes = 0;
  Digest asked;
  std::uint64_t filters = 0;  ///< Bit by bit, those that it has a row of.
};

/// The rows of a file while it is read.
class FoundRows {
 public:
  explicit FoundRows(const std::string& path) : path_(path) {}

  /// `row` is where it lies.
  Status add(const LoggedSample& sample, FoundDocument row) {
    row.asked = asked(sample);
    const auto [known, is_new] = documents_.emplace(sample.number, row);
    FoundDocument& document = known->second;
    const std::string number = "doc_id " + std::to_string(sample.number);
    if (document.asked != row.asked) {
      return wrong_at(
          row.line, "arguments",
          number + " was asked in another way in line " + std::to_string(document.line));
    }
    const auto filter = std::find(filters_.begin(), filters_.end(), sample.filter);
    const auto place = static_cast<std::size_t>(filter - filters_.begin());
    if (place == filters_max) return wrong_at(row.line, "filter", "more than 64 filters");
    if (place == filters_.size()) filters_.push_back(sample.filter);
    const std::uint64_t bit = std::uint64_t{1} << place;
    if ((document.filters & bit) != 0) {
      return wrong_at(row.line, "filter",
                      number + " comes a second time with filter '" + sample.filter +
                          "'; a part was logged twice");
    }
    document.filters |= bit;
    return {};
  }

  Status check(std::optional<std::int64_t> documents) const {
    if (documents_.empty()) return fail(ErrorKind::bad_input, path_ + ": no samples");
    const bool were_chosen =
        documents && *documents == static_cast<std::int64_t>(documents_.size());
    std::int64_t expected = 0;
    for (const auto& [number, document] : documents_) {
      if (number != expected && !were_chosen) {
        return wrong_at(document.line, "doc_id",
                        "there is a " + std::to_string(number) + " and no " +
                            std::to_string(expected) + "; a part of the samples is missing");
      }
      ++expected;
      for (std::size_t f = 0; f < filters_.size(); ++f) {
        if ((document.filters >> f & 1) != 0) continue;
        return wrong_at(document.line, "doc_id",
                        std::to_string(number) + " has no row for filter '" + filters_[f] +
                            "'; a part of the samples is missing");
      }
    }
    return {};
  }

  const std::map<std::int64_t, FoundDocument>& documents() const { return documents_; }
  const std::vector<std::string>& filters() const { return filters_; }

 private:
  tl::unexpected<Error> wrong_at(std::uint64_t line, const std::string& field,
                                 const std::string& what) const {
    return fail(path_ + ":" + std::to_string(line), wrong_in_log(field, what).value());
  }

  const std::string& path_;
  std::map<std::int64_t, FoundDocument> documents_;
  std::vector<std::string> filters_;
};

}  // namespace

Result<LoggedSample> parse_sample(std::string_view line) {
  GWAGEO_ASSIGN(row, Json::parse_python(line));
  if (!row.is_object()) return fail(ErrorKind::bad_input, "expected a JSON object");
  LoggedSample out;
  GWAGEO_ASSIGN(number, need(row, "doc_id"));
  if (!number->is_integer() || number->as_integer() < 0) {
    return wrong_in_log("doc_id", "expected an integer from 0, got " + number->dump());
  }
  out.number = number->as_integer();
  GWAGEO_ASSIGN(doc, need(row, "doc"));
  out.doc = *doc;
  GWAGEO_ASSIGN(target, text_of_field(row, "target"));
  out.target = std::move(target);
  GWAGEO_ASSIGN(arguments, arguments_of(row));
  out.arguments = std::move(arguments);
  GWAGEO_ASSIGN(filter, text_of_field(row, "filter"));
  out.filter = std::move(filter);
  const Json* const answers = row.find("filtered_resps");
  if (answers != nullptr && answers->is_array()) out.answers = answers->as_array();
  const Json* const accuracy = row.find("acc");
  if (accuracy != nullptr && accuracy->is_number()) out.accuracy = accuracy->as_double();
  GWAGEO_TRY(check_hash(row, "doc_hash", python_json(out.doc, 2)));
  GWAGEO_TRY(check_hash(row, "prompt_hash", logged_prompt(out.arguments.front().front())));
  GWAGEO_TRY(check_hash(row, "target_hash", out.target));
  return out;
}

std::string SampleLog::place(std::uint64_t index) const {
  return path_ + ":" + std::to_string(rows_.at(index).line);
}

Result<SampleLog> SampleLog::open(const SourceFiles& files, const std::string& path,
                                  std::optional<std::int64_t> documents) {
  SampleLog log(files, path);
  FoundRows found(path);
  LineReader reader(files, path);
  while (true) {
    GWAGEO_ASSIGN(line, reader.next());
    if (!line) break;
    const auto sample = parse_sample(line->bytes);
    if (!sample) return fail(path + ":" + std::to_string(line->number), sample.error());
    GWAGEO_TRY(found.add(*sample, {line->number, line->offset, line->bytes.size(), {}, 0}));
  }
  GWAGEO_TRY(found.check(documents));
  for (const auto& [number, document] : found.documents()) {
    log.rows_.push_back({document.line, document.offset, document.bytes});
  }
  log.filters_ = found.filters();
  return log;
}

Result<LoggedSample> SampleLog::read(std::uint64_t index) const {
  const RowPlace& row = rows_.at(index);
  GWAGEO_ASSIGN(line, files_->read(path_, row.offset, row.bytes));
  auto sample = parse_sample(line);
  if (!sample) return fail(place(index), std::move(sample).error());
  return sample;
}

}  // namespace gwageo::lm_eval
