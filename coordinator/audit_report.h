// What came of an audit: the answers of the sample beside those of its replay, and what that
// proves.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "benchmarks/audit_sample.h"
#include "coordinator/audit_drawing.h"
#include "coordinator/store.h"
#include "protocol/json.h"

namespace gwageo {

/// Everything that is needed beside the store. A value.
struct AuditReportInput {
  AuditQuestion question;            ///< Its nonce may be missing while that is not told.
  std::vector<JobOnRecord> replays;  ///< One a part, as far as they are submitted.
  std::string model;
  std::string engine;
  MismatchRule rule;           ///< Of an engine that is not exact.
  double forged_share = 0.01;  ///< Whose detection is stated.
  /// Whether workers are told apart by their keys by now: it may have been otherwise when the audit
  /// was drawn, or whoever drew it did not say so.
  bool by_key = false;
};

/// {"audit", "job", "model", "suite", "by", "commitment", "sample_committed", "state": committed,
/// running or complete, "size", "root", "nonce", "seed", "population", "sample", "mode": exact or
/// statistical, "voided", "disowned_because", "parts": [{"job", "not_on", "not_by", "items",
/// "done"}],
/// "compared", "missing", "disowned", "disowned_differ", "same_worker", "same_key", "differ",
/// "allowed", "false_alarm", "detects": {"forged_share", "meets", "chance", "sample_for_99"},
/// "scores": {"gained", "lost", "p"}, "differing": [{"task", "item", "index", "digest", "ran_on",
/// "replayed_on"}], "verdict": pending, consistent, escalate or inconsistent, "reasons"}.
///
/// An answer differs where any byte of it does under an exact engine; under another where a text,
/// or the choice of highest probability, is another. Exact: any difference is `inconsistent`.
/// Statistical: more than chance allows is (benchmarks/audit_sample.h); scores that moved in one
/// direction with p below the false alarm are `escalate`: a larger sample, another machine. So is
/// what would be consistent if no item of the sample were without an answer. corrupt when something
/// is not in the store.
///
/// Answers that were disowned with their worker count as if they were not there, whether they are
/// the job's or the replay's: `disowned` of the `missing` are such (`disowned_differ` of these
/// differ, which is told and judged by nobody), in words in `disowned_because`. A job that holds
/// one is `voided`: no target counts it, whatever is found of the rest.
///
/// Nobody vouches for what he answered himself: `same_worker` of the `missing` were run again by a
/// worker of the name that had answered them, or of its key where workers are told apart by keys,
/// against the rule by which replays are lent. `same_key` of the `compared` were run again with the
/// key of the first run, since all workers had one; where they have several by now, an audit in
/// which that was so is no better than `escalate`.
///
/// `detects` says what a sample of this size (once it is compared, of as many as were) finds where
/// the share `forged_share` was forged: `meets` is the chance that it meets a forged item, `chance`
/// that it is `inconsistent` for it, which is the same under an exact engine and the power of the
/// test under another (`chance_to_refuse`), and `sample_for_99` a size of which `chance` is 99 %;
/// null where the whole job is too small for that.
Result<Json> audit_report(const AuditReportInput& input, const Store& store);

inline constexpr std::size_t differing_shown_max = 1000;

/// What a report on an audit that is in `state` needs, by these rates. Its nonce is that of the
/// drawing, where there was one.
AuditReportInput audit_report_input(const State& state, const Audit& audit,
                                    const MismatchRule& rule, double forged_share);

}  // namespace gwageo
