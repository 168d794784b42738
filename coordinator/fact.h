// A fact: one durable decision. The stored chain of facts is the audit log, and folding them is the
// only way to the coordinator's state. One fact per decision, not per item.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "coordinator/fact_audit.h"
#include "coordinator/fact_checks.h"
#include "coordinator/fact_claims.h"
#include "coordinator/fact_lease.h"
#include "coordinator/fact_pool.h"
#include "coordinator/fact_programme.h"
#include "coordinator/fact_registry.h"
#include "protocol/digest.h"
#include "protocol/ids.h"
#include "protocol/ranges.h"
#include "protocol/request.h"
#include "protocol/time.h"

namespace gwageo {

// ---- jobs and leases ----

/// A job was submitted and is now queued: every item pending, until ItemsAdopted says otherwise.
struct JobAccepted {
  JobId job;
  std::string request;    ///< Client request id: a repeated submission finds this job.
  std::string submitter;  ///< Principal.
  std::string team;
  std::string model;
  std::uint32_t model_version = 1;
  std::string suite;
  std::uint32_t suite_version = 1;
  Digest plan_root;
  std::uint64_t items = 0;
  std::int32_t priority = 0;
  Digest class_key;
  Digest library;
  bool skip_lookup = false;  ///< Everything is executed, whatever the store knows.
  Tier tier = Tier::campaign;
  Duration within;         ///< It should be over so long after its submission; 0: whenever.
  std::uint32_t gpus = 1;  ///< Of each slot that runs it: what its model needed at its submission.
  /// What moved, where the coordinator submitted it by itself; empty: somebody did.
  std::string cause = {};
  std::uint32_t round = 0;  ///< Of the suite's version: whose plan it is on.
  std::uint64_t audit = 0;  ///< Or that of a part of this audit's sample; 0: of none.
  std::uint32_t part = 0;
  friend bool operator==(const JobAccepted&, const JobAccepted&) = default;
};

/// The responses of [begin, end) are those of `source` from `source_begin` on, item by item: their
/// response keys are equal. `stored` ones are there; the others are attached: they become done with
/// the source's items, or pending when the source gives those up. The source may be the job itself.
struct Adoption {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
  JobId source;
  std::uint64_t source_begin = 0;
  bool stored = false;
  friend bool operator==(const Adoption&, const Adoption&) = default;
};

struct ItemsAdopted {
  JobId job;
  std::vector<Adoption> adoptions;
  friend bool operator==(const ItemsAdopted&, const ItemsAdopted&) = default;
};

/// These pending items will not be tried again: settled, with this outcome and no response.
struct ItemsGivenUp {
  JobId job;
  std::vector<Range> ranges;
  Outcome outcome = Outcome::engine_failed;
  friend bool operator==(const ItemsGivenUp&, const ItemsGivenUp&) = default;
};

struct JobCancelled {
  JobId job;
  std::string principal;    ///< Empty: the coordinator, which says why.
  std::string reason = {};  ///< With a principal only of a job that is over: answers are gone.
  friend bool operator==(const JobCancelled&, const JobCancelled&) = default;
};

struct JobFailed {
  JobId job;
  std::string reason;
  friend bool operator==(const JobFailed&, const JobFailed&) = default;
};

// ---- what came out ----

/// A job's scorecard. The scorecard itself is the blob `scores_root`.
struct Scored {
  JobId job;
  Digest plan_root;
  Digest results_root;
  Digest scores_root;  ///< SHA-256 of the scorecard's canonical bytes.
  Digest scorer;       ///< Rule versions of the scorers.
  std::uint64_t items = 0;
  std::array<std::uint64_t, outcome_count> outcomes{};
  std::uint64_t unscored = 0;  ///< Answered items that no scorer could read.
  std::uint64_t executed = 0;  ///< Requests that this job had executed.
  std::uint64_t reused = 0;    ///< Requests answered by other work.
  /// Exact sum over items and its count for each task's score metric, suite order, where the metric
  /// is a count; 0/0 where it is none.
  std::vector<std::pair<std::uint64_t, std::uint64_t>> sums;
  friend bool operator==(const Scored&, const Scored&) = default;
};

struct VerdictReached {
  std::string target;
  std::uint32_t target_version = 1;
  std::string candidate;
  std::string as_of;  ///< YYYY-MM-DD
  std::uint64_t generation = 0;
  Digest inputs;        ///< Over target, suite, candidate's and references' scores roots.
  std::string verdict;  ///< pass, fail, inconclusive, pending or ineligible
  Digest document;      ///< Blob: the verdict as JSON.
  friend bool operator==(const VerdictReached&, const VerdictReached&) = default;
};

using Fact =
    std::variant<Founded, CoordinatorStarted, PrincipalRegistered, DayBegan, SuiteAdded, ModelAdded,
                 ModelRetired, TargetAdded, JobAccepted, ItemsAdopted, WorkerJoined, WorkerDrained,
                 LeaseGranted, LeaseShrunk, ResultsRecorded, AttemptFailed, LeaseEnded,
                 ItemsGivenUp, JobCancelled, JobFailed, Scored, VerdictReached, TeamSet, JobPaused,
                 JobPrioritised, WorkerQuarantined, AnswersDiffered, ClaimsImported, RosterChanged,
                 StageOpened, StageClosed, GateDecided, PointsRecorded, Published, PrincipalRotated,
                 PrincipalRevoked, BatchSigned, AuditCommitted, AuditDrawn, ChecksSet,
                 AnswersChecked, AnswersDisowned, SlotsCharged>;

/// The fact's kind as the journal prints it, for instance "lease-granted".
std::string_view kind_of(const Fact& fact);

/// By whom a fact was asked for, under signature.
struct Statement {
  std::string signer;   ///< A principal.
  Digest digest;        ///< Blob: the bytes that were signed (protocol/statement.h).
  Signature signature;  ///< By the signer's key, as of the record.
  friend bool operator==(const Statement&, const Statement&) = default;
};

/// A fact with its place in the journal.
struct Record {
  std::uint64_t sequence = 0;
  Instant at;       ///< Log time.
  WallTime wall;    ///< For people; no decision reads it.
  Digest previous;  ///< Leaf hash of the record before; zero for the first.
  Fact fact;
  std::optional<Statement> statement = {};
  friend bool operator==(const Record&, const Record&) = default;
};

}  // namespace gwageo
