// What the metrics over answers share: whether an answer is one of the targets, both normalised.
#pragma once

#include <string>
#include <vector>

#include "benchmarks/arguments.h"
#include "benchmarks/plan.h"
#include "protocol/json.h"
#include "protocol/regex.h"
#include "protocol/result.h"

namespace gwageo {

/// The normalisations of the harness's exact_match, in its order: what `regexes_to_ignore` match is
/// taken out, then case, then ASCII punctuation, then the digits 0 to 9. Immutable: any thread.
class AnswerMatch {
 public:
  /// bad_input names an argument that is wrong.
  static Result<AnswerMatch> create(const Arguments& arguments);

  /// How far an answer is one of the targets: 1 or 0 for a text or a number, and for a list with a
  /// single target the share of its elements that are it. A number is compared with the target read
  /// as one, as the harness casts it. What is no answer, and what would end the harness, is 0.
  /// bad_input where a pattern gives up on a text.
  Result<double> share(const Json& answer, const Reference& reference) const;

  /// Normalises texts together, as the harness does: numpy keeps the width of the longest of them,
  /// which cuts what becomes longer in lower case, and drops NUL characters at the end. Fails as
  /// `share` does.
  Status normalise(std::vector<std::string>& texts) const;

 private:
  Result<double> share_of_text(const std::string& text, std::vector<std::string> targets) const;
  Result<double> share_of_list(const Json::Array& answers, std::vector<std::string> targets) const;

  std::vector<Regex> ignored_;
  bool ignore_case_ = false;
  bool ignore_punctuation_ = false;
  bool ignore_numbers_ = false;
};

}  // namespace gwageo
