// Commands: what each verb of a client means. Reads the state, changes nothing: a verb that changes
// something becomes an event or an errand.
#pragma once

#include <map>
#include <string>
#include <variant>

#include "coordinator/checkpoint.h"
#include "coordinator/errand.h"
#include "coordinator/event.h"
#include "coordinator/log_access.h"
#include "coordinator/plan_store.h"
#include "coordinator/scheduler.h"
#include "coordinator/store.h"
#include "protocol/messages.h"

namespace gwageo {

/// Answered at once. `puts` go into the turn's batch first.
struct Answered {
  ReplyCode code = ReplyCode::done;
  Json body;
  std::vector<std::string> attachments;
  WriteBatch puts;
};

using CommandOutcome = std::variant<Answered, Event, Errand>;

/// What commands may look at.
struct CommandContext {
  const Scheduler& scheduler;
  const Store& store;
  PlanReader& plans;
  std::uint64_t journal_size = 0;
  Digest journal_root;
  std::string version;
  bool disk_low = false;  ///< Nothing that needs room is accepted.
  const SignCheckpoint& sign;
  const LogAccess& log;
  /// Jobs that cannot be scored, as answers of theirs are gone, and which these are, in words.
  const std::map<JobId, std::string>& damaged;
};

/// Handles a command of `principal`. Rights are checked first: deny by default, by the role of the
/// authenticated key (the matrix is in command_rights.cc).
CommandOutcome handle(const CommandContext& context, const Command& command,
                      const PrincipalRegistered& principal, ClientToken client);

/// Whether a role may use a verb. A verb that is not in the matrix is nobody's.
bool may(Role role, const std::string& verb);
/// Whether a command of the verb has to carry its sender's signature: verdicts, and who may do
/// what, rest on what it does.
bool must_be_signed(const std::string& verb);
/// Who has no right to a verb, as people say it, and who has: "the key of red, of role team, has no
/// right to \"drain\" or \"undrain\"; operators have". REQUIRES: a verb of the matrix.
std::string no_right(const PrincipalRegistered& principal, const std::string& verb);
/// Every verb of the matrix, sorted.
std::vector<std::string> verbs();

/// An answer that says what went wrong.
Answered refusal(const Error& error);
/// The same for what a client asks wrongly.
Answered bad_request(std::string text);

}  // namespace gwageo
