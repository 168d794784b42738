#include "coordinator/fact.h"

namespace gwageo {
namespace {

// In the order of Fact.
constexpr std::array<std::string_view, 43> fact_kinds = {
    "founded",
    "coordinator-started",
    "principal-registered",
    "day-began",
    "suite-added",
    "model-added",
    "model-retired",
    "target-added",
    "job-accepted",
    "items-adopted",
    "worker-joined",
    "worker-drained",
    "lease-granted",
    "lease-shrunk",
    "results-recorded",
    "attempt-failed",
    "lease-ended",
    "items-given-up",
    "job-cancelled",
    "job-failed",
    "scored",
    "verdict-reached",
    "team-set",
    "job-paused",
    "job-prioritised",
    "worker-quarantined",
    "answers-differed",
    "claims-imported",
    "roster-changed",
    "stage-opened",
    "stage-closed",
    "gate-decided",
    "points-recorded",
    "published",
    "principal-rotated",
    "principal-revoked",
    "batch-signed",
    "audit-committed",
    "audit-drawn",
    "checks-set",
    "answers-checked",
    "answers-disowned",
    "slots-charged",
};
static_assert(fact_kinds.size() == std::variant_size_v<Fact>);

}  // namespace

std::string_view to_string(Tier tier) {
  switch (tier) {
    case Tier::campaign: return "campaign";
    case Tier::audit: return "audit";
    case Tier::interactive: return "interactive";
    case Tier::refresh: return "refresh";
  }
  return "unknown";
}

std::string_view to_string(LeaseEnd end) {
  switch (end) {
    case LeaseEnd::expired: return "expired";
    case LeaseEnd::worker_gone: return "worker_gone";
    case LeaseEnd::given_back: return "given_back";
    case LeaseEnd::load_failed: return "load_failed";
    case LeaseEnd::cancelled: return "cancelled";
    case LeaseEnd::probed: return "probed";
    case LeaseEnd::key_ended: return "key_ended";
    case LeaseEnd::taken: return "taken";
  }
  return "unknown";
}

std::string_view kind_of(const Fact& fact) { return fact_kinds[fact.index()]; }

std::uint8_t order_of(Tier tier) {
  switch (tier) {
    case Tier::audit: return 0;
    case Tier::interactive: return 1;
    case Tier::campaign: return 2;
    case Tier::refresh: return 3;
  }
  return 3;
}

}  // namespace gwageo
