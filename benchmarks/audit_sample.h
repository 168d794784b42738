// Which items of a job an audit runs again, and what their answers prove. The sample is drawn by a
// seed that nobody could steer: it rests on a root of the journal that holds the job's scores, and
// on a number that the auditor had committed to before that root was there. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "protocol/digest.h"

namespace gwageo {

/// SHA-256 over the auditor's number: what is recorded before the root is known.
Digest audit_commitment(const Digest& nonce);

/// SHA-256("gwageo audit v1" | root | nonce).
Digest audit_seed(const Digest& root, const Digest& nonce);

/// `count` of the indexes 0 to size - 1, each set as likely as any other, ascending; all of them
/// where there are no more. Numbers come from SHA-256(seed | counter as 8 bytes, least first), four
/// of 64 bits a digest, most significant byte first; they are drawn without bias (those below 2^64
/// mod n are thrown away, the rest taken mod n) and without replacement (R. W. Floyd in J. Bentley,
/// Programming Pearls: a sample of brilliance, Communications of the ACM 30, 1987), so that anybody
/// can draw them again. REQUIRES: count <= sample_items_max.
std::vector<std::uint64_t> draw_sample(const Digest& seed, std::uint64_t size, std::uint64_t count);
inline constexpr std::uint64_t sample_items_max = 100'000;

/// The chance that a sample of `count` out of `size` meets one of `forged` or more, without
/// replacement (hypergeometric). REQUIRES: count <= size, forged <= size.
double chance_to_meet(std::uint64_t size, std::uint64_t count, std::uint64_t forged);

/// The fewest items of `size` whose sample meets one of `forged` with this chance.
/// REQUIRES: 0 < forged <= size, 0 < chance < 1.
std::uint64_t sample_to_meet(std::uint64_t size, std::uint64_t forged, double chance);

/// P(X > bound) of a binomial count: of `trials` each with probability p. Summed exactly, term by
/// term. REQUIRES: 0 <= p <= 1.
double binomial_above(std::uint64_t trials, double p, std::uint64_t bound);

/// The share of which `found` of `trials` were found, from its lower to its upper end, at 95 %
/// (E. B. Wilson, Journal of the American Statistical Association 22, 1927); [0, 1] of no trials.
/// REQUIRES: found <= trials.
std::pair<double, double> share_interval(std::uint64_t trials, std::uint64_t found);

/// How an engine that does not promise equal answers is judged: it differs from itself in so large
/// a share of the items (measured on machines of its kind), and a false alarm may be so frequent.
struct MismatchRule {
  double honest = 0.01;
  double false_alarm = 0.001;
};

/// How many of `trials` may differ at most before they are held against the worker: the least c
/// with P(X > c) <= false_alarm at the honest rate.
std::uint64_t mismatches_allowed(std::uint64_t trials, const MismatchRule& rule);

/// The power of an audit of an engine that is not exact: the chance that more of `trials` answers
/// differ than the rule allows where a share f of them was forged. P(X > c) with X binomial of
/// `trials` and h + f - h f: a forged answer always differs, an honest one with the rule's rate h,
/// each by itself, and the job is taken to be large beside its sample.
/// REQUIRES: 0 <= forged <= 1.
double chance_to_refuse(std::uint64_t trials, double forged, const MismatchRule& rule);

/// How many answers it takes, of `most` at most, until that chance is at least `chance`: so many
/// have it and one fewer has not. As c moves in steps, some smaller number may have it as well.
/// Nothing where all of `most` have not. REQUIRES: 0 <= forged <= 1, 0 < chance < 1.
std::optional<std::uint64_t> sample_to_refuse(std::uint64_t most, double forged,
                                              const MismatchRule& rule, double chance);

/// Items whose score moved between the run and its replay. Noise moves as many in either direction;
/// the exact McNemar test asks whether these do (Q. McNemar, Psychometrika 12, 1947): the chance,
/// from both sides, of a split of `gained + lost` fair coins at least as uneven.
double mcnemar_p(std::uint64_t gained, std::uint64_t lost);

}  // namespace gwageo
