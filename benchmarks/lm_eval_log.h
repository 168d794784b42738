// The samples that a run of the field's harness logged (`samples_TASK_DATE.jsonl`), read back. Such
// a file has each document once for every filter, rank after rank where several processes ran; what
// was asked is the same in all of them, and a row that is missing or comes twice is an error. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "benchmarks/suite.h"
#include "protocol/json.h"
#include "protocol/result.h"

namespace gwageo::lm_eval {

/// What one row says of a document. A value.
struct LoggedSample {
  std::int64_t number = 0;  ///< `doc_id`.
  Json doc;
  std::string target;
  std::vector<Json::Array> arguments;  ///< Of each request, in their order.
  std::string filter;
  /// What the filter left of each request's answer, as logged; empty where there is no list.
  Json::Array answers;
  std::optional<double> accuracy;  ///< `acc`, where the row has it.
};

/// One line. bad_input names the field that is missing, wrong, or does not fit its hash.
Result<LoggedSample> parse_sample(std::string_view line);

/// A whole file, checked: each document once, in order.
class SampleLog {
 public:
  /// Reads it once, in pieces; 72 bytes a document are kept. bad_input, "PATH:LINE: field ...", for
  /// a row that cannot be read, a document that was asked in two ways, comes twice with one filter,
  /// or not with each of the file's filters, or one that is missing. Gaps between the documents'
  /// numbers are right only where the run had chosen `documents` of them and so many are there.
  /// REQUIRES: `files` outlives this.
  static Result<SampleLog> open(const SourceFiles& files, const std::string& path,
                                std::optional<std::int64_t> documents = {});
  std::uint64_t size() const { return rows_.size(); }
  /// The document at `index`, in the order of their numbers; errors name its line.
  Result<LoggedSample> read(std::uint64_t index) const;
  /// "PATH:LINE" of it.
  std::string place(std::uint64_t index) const;
  /// In the order of their first rows.
  const std::vector<std::string>& filters() const { return filters_; }

 private:
  struct RowPlace {
    std::uint64_t line = 0;
    std::uint64_t offset = 0;
    std::uint64_t bytes = 0;
  };
  SampleLog(const SourceFiles& files, std::string path) : files_(&files), path_(std::move(path)) {}

  const SourceFiles* files_;
  std::string path_;
  std::vector<RowPlace> rows_;
  std::vector<std::string> filters_;
};

}  // namespace gwageo::lm_eval
