// One line of the field's harness's `samples_TASK_DATE.jsonl` (formats of lm-eval 0.4: one row for
// each document and filter). Keys, their order, and every number's and string's form are those of
// its own writer (loggers/evaluation_tracker.py), so that its readers see no difference.
//
//   {"doc_id": 0, "doc": {...}, "target": "1",
//    "arguments": {"gen_args_0": {"arg_0": "Q: ..", "arg_1": " A"}, ...},
//    "resps": [[["-1.5", "False"]], ...], "filtered_resps": [["-1.5", "False"], ...],
//    "filter": "none", "metrics": ["acc"], "doc_hash": "..", "prompt_hash": "..",
//    "target_hash": "..", "acc": 1.0}
#pragma once

#include <string>

#include "benchmarks/evaluate.h"
#include "benchmarks/logged_documents.h"
#include "benchmarks/plan.h"
#include "benchmarks/task.h"
#include "protocol/digest.h"

namespace gwageo::lm_eval {

/// What the harness hashes of an item, in the order in which it writes the three.
struct SampleHashes {
  Digest doc;     ///< Of json.dumps(doc, indent=2, ensure_ascii=False).
  Digest prompt;  ///< Of the first request's first argument.
  Digest target;
  /// As its `task_hashes` joins them: three times 64 hexadecimal digits.
  std::string text() const { return to_hex(doc) + to_hex(prompt) + to_hex(target); }
};

/// One item, its requests read once for all filters. A value.
class Sample {
 public:
  /// corrupt when a request of `entry` does not decode. REQUIRES: `scores` is of `document`, and
  /// its outcome is scored.
  static Result<Sample> create(const Task& task, LoggedDocument document, const PlanEntry& entry,
                               const ItemScores& scores);
  const SampleHashes& hashes() const { return hashes_; }
  /// The row of the task's filter `index`, without a line end. A task that is scored elsewhere has
  /// one row, without metrics.
  std::string row(const Task& task, const ItemScores& scores, std::size_t index) const;

 private:
  LoggedDocument document_;
  Json arguments_;
  Json responses_;
  SampleHashes hashes_;
};

/// The first argument of a request as the harness logs it: its prompt, or of a chat the list that
/// holds its messages as one JSON text.
Json first_argument(const Request& request);

}  // namespace gwageo::lm_eval
