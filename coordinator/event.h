// Everything that can happen to the coordinator, as the scheduler sees it. Foreign input was
// decoded and its sender authenticated before it becomes an event.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "coordinator/fact.h"
#include "protocol/messages.h"

namespace gwageo {

/// Who waits for the answer to a command: the shell's number for it.
using ClientToken = std::uint64_t;

struct HelloReceived {
  Hello hello;
  std::string principal;
};
struct HeartbeatReceived {
  Heartbeat heartbeat;
};

/// One item of a Results message: its outcome, and its results leaf for the records root.
struct ItemOutcome {
  std::uint64_t index = 0;
  Outcome outcome = Outcome::answered;
  Digest leaf;
  Digest answer = {};  ///< Where answers are compared by it (Scheduler::compares_answers).
};
struct ResultsReceived {
  WorkerId worker;
  LeaseId lease;
  std::uint32_t chunk = 0;
  std::vector<ItemOutcome> items;         ///< Ascending by index, no index twice.
  std::vector<std::uint64_t> stale = {};  ///< Of a lease that is over: what was handed in.
};
/// A worker has signed chunks of its results; the signature was checked.
struct BatchReceived {
  BatchSigned batch;
};

struct LoadedReceived {
  Loaded loaded;
};
struct GiveBackReceived {
  GiveBack give_back;
};
struct GoodbyeReceived {
  WorkerId worker;
};

/// A checked submission; `job.job` is not yet given. The shell has looked up what is known already.
struct SubmitReceived {
  ClientToken client = 0;
  JobAccepted job;
  /// Against stored and open jobs; source 0 is the job itself. Ascending, disjoint.
  std::vector<Adoption> adoptions;
};
struct CancelReceived {
  ClientToken client = 0;
  JobId job;
  std::string principal;
};
struct DrainReceived {
  ClientToken client = 0;
  std::string worker;    ///< Name.
  bool draining = true;  ///< False ends a quarantine, too.
  std::string principal;
};
struct QuarantineReceived {
  ClientToken client = 0;
  std::string worker;  ///< Name.
  std::string reason;
  std::string principal;
};
struct PauseReceived {
  ClientToken client = 0;
  JobId job;
  bool paused = true;
  std::string principal;
};
/// What the lease asks is not in the store as it is on record, and nothing of it was asked or can
/// be taken.
struct AskingFailed {
  LeaseId lease;
  std::string reason;
};
struct PrioritiseReceived {
  ClientToken client = 0;
  JobId job;
  std::int32_t priority = 0;
  std::string principal;
};

/// A fact that registers something (a suite, a model, a target, a team's setting, a principal, a
/// day, a start), valid in itself; the scheduler decides whether it fits what exists.
struct Proposed {
  ClientToken client = 0;
  Fact fact;
  std::string warning = {};  ///< That goes with the answer, beside what the state has to say of it.
};

/// A job's evaluation is finished.
struct Evaluated {
  Scored scored;
};
/// A verdict was computed.
struct Judged {
  VerdictReached verdict;
};

/// Time has passed; every message that had arrived by now has been handed in.
struct Tick {};

using Event = std::variant<HelloReceived, HeartbeatReceived, ResultsReceived, BatchReceived,
                           LoadedReceived, GiveBackReceived, GoodbyeReceived, SubmitReceived,
                           CancelReceived, DrainReceived, QuarantineReceived, PauseReceived,
                           AskingFailed, PrioritiseReceived, Proposed, Evaluated, Judged, Tick>;

}  // namespace gwageo
