// What the shell must do after a step, and in which order.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "coordinator/event.h"
#include "coordinator/fact.h"
#include "protocol/messages.h"

namespace gwageo {

/// Send the lease's items to its worker; the shell renders them from the plan.
struct SendGrant {
  LeaseId lease;
};

struct Send {
  WorkerId worker;
  std::variant<Welcome, Refusal, SendGrant, Shrink, Revoke, Acknowledge, SayHello, BatchKept> what;
};

/// Which items of the Results message just stepped are to be stored as records.
struct Keep {
  LeaseId lease;
  JobId job;
  std::vector<Range> ranges;
};

/// How a command ended.
struct Answer {
  ClientToken client = 0;
  ReplyCode code = ReplyCode::done;
  JobId job;                 ///< submit and cancel.
  bool known = false;        ///< The same thing existed already; nothing was done.
  std::string text;          ///< What went wrong, for people.
  std::string warning = {};  ///< Done, but: for people.
};

/// A round of a suite's version (benchmarks/rounds.h) whose plan is not rendered yet.
struct WantedRound {
  SuiteAdded suite;  ///< The version itself.
  std::uint32_t round = 0;
};

/// In this order: make `facts` and what `keeps` names durable in one batch, then send and answer,
/// then sleep until `wake_at`. Nothing of `sends` and `answers` leaves the process before.
struct Actions {
  std::vector<Fact> facts;
  std::vector<Keep> keeps;
  std::vector<Send> sends;
  std::vector<Answer> answers;
  std::vector<JobId> evaluate;  ///< Every item is settled: compute the scorecard.
  bool judge = false;           ///< Something that verdicts rest on has moved.
  /// A target lacks it: look up what is known of it already, and hand it in as SubmitReceived.
  std::optional<JobAccepted> submit;
  /// Render it, and hand its plan in as Proposed.
  std::optional<WantedRound> round;
  std::optional<Instant> wake_at;
};

}  // namespace gwageo
