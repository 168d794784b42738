#include "ops/replayed_journal.h"

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "coordinator/fact_codec.h"
#include "coordinator/journal.h"
#include "coordinator/keys.h"
#include "protocol/check.h"

namespace gwageo {

std::string rule_in_words(const BrokenRule& broken) {
  return std::string(broken.condition) + " does not hold (" + broken.file + ":" +
         std::to_string(broken.line) + ")";
}

namespace {

// What a fact names and nobody has heard of, in words; empty: nothing. The state itself takes such
// facts, because what decides them has looked.
const SuiteAdded* plan_of(const State& state, const JobAccepted& f) {
  if (f.audit == 0) return state.round_of(f.suite, f.suite_version, f.round);
  const auto audit = state.audits().find(f.audit);
  if (audit == state.audits().end() || !audit->second.drawn) return nullptr;
  const std::vector<AuditPart>& parts = audit->second.drawn->parts;
  return f.part < parts.size() ? &parts[f.part].plan : nullptr;
}

std::string unknown_name(const State& state, const JobAccepted& f) {
  const std::string suite = f.suite + "@" + std::to_string(f.suite_version);
  const SuiteAdded* const plan = plan_of(state, f);
  if (plan == nullptr)
    return "suite " + suite + " is not on record, or not in that round or sample";
  if (plan->items != f.items || plan->plan_root != f.plan_root) {
    return "its plan is not that of suite " + suite;
  }
  return state.model(f.model) == nullptr ? "model " + f.model + " is not on record" : "";
}

std::string unknown_name(const State& state, const StageOpened& f) {
  const auto target = state.targets().find(f.target);
  if (target == state.targets().end()) return "target " + f.target + " is not on record";
  if (f.target_version >= 1 && f.target_version <= target->second.size()) return "";
  return "target " + f.target + " has no version " + std::to_string(f.target_version);
}

// A journal can be forged so that its chain holds; then its facts may contradict each other.
std::optional<Error> apply(State& state, const Record& record) {
  std::string why;
  if (const auto* const f = std::get_if<JobAccepted>(&record.fact)) why = unknown_name(state, *f);
  if (const auto* const f = std::get_if<StageOpened>(&record.fact)) why = unknown_name(state, *f);
  const auto* const audit = std::get_if<AuditCommitted>(&record.fact);
  if (audit != nullptr && state.job(audit->job) == nullptr) why = "it audits a job that never was";
  const CheckTrap trap;
  try {
    if (why.empty()) state.apply(record.at, record.fact);
  } catch (const BrokenRule& broken) {
    why = rule_in_words(broken);
  }
  if (!why.empty()) {
    return Error{ErrorKind::corrupt, "journal record " + std::to_string(record.sequence) +
                                         " contradicts the records before it: " + why};
  }
  return std::nullopt;
}

}  // namespace

Result<State> replay(const Store& store, std::uint64_t size,
                     const std::function<void(const State&, const Record&)>& seen) {
  State state;
  std::optional<Error> bad;
  std::uint64_t next = 0;
  const keys::KeyRange all = keys::journal_from(0);
  GWAGEO_TRY(store.scan(all.first, all.second, [&](std::string_view, std::string_view bytes) {
    if (next == size) return false;
    ++next;
    const Result<Record> record = decode_record(bytes);
    if (!record) {
      bad = record.error();
      return false;
    }
    if (bad = apply(state, *record); bad) return false;
    if (seen) seen(state, *record);
    return true;
  }));
  if (bad) return tl::unexpected(*bad);
  if (next < size) return fail(ErrorKind::corrupt, "the journal became shorter while it was read");
  return state;
}

}  // namespace gwageo
