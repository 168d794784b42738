// The verbs that only look. Private to commands.cc and command_queries.cc.
#pragma once

#include "coordinator/commands.h"
#include "coordinator/report.h"

namespace gwageo {

/// One command on its way through its handler.
struct CommandRequest {
  const CommandContext& context;
  const Command& command;
  const Json& body;
  const PrincipalRegistered& principal;
  ClientToken client = 0;
  const State& state() const { return context.scheduler.state(); }
};

/// The team whose key asks, where it may not see everything.
report::Viewer viewer_of(const CommandRequest& request);

/// The job that the body's member `job` names. not_found, with advice.
Result<const Job*> find_job(const CommandRequest& request);
Result<const Job*> find_job(const State& state, const std::string& text);
/// SUITE or SUITE@VERSION.
Result<const SuiteAdded*> find_suite(const State& state, const std::string& text);

namespace queries {

CommandOutcome checkpoint(const CommandRequest& request);
CommandOutcome explain(const CommandRequest& request);
CommandOutcome health(const CommandRequest& request);
CommandOutcome items(const CommandRequest& request);
CommandOutcome journal(const CommandRequest& request);
CommandOutcome models(const CommandRequest& request);
CommandOutcome prove(const CommandRequest& request);
CommandOutcome results(const CommandRequest& request);
CommandOutcome rows(const CommandRequest& request);
CommandOutcome status(const CommandRequest& request);
CommandOutcome suites(const CommandRequest& request);
CommandOutcome targets(const CommandRequest& request);
CommandOutcome target_history(const CommandRequest& request);
CommandOutcome target_replay(const CommandRequest& request);
CommandOutcome target_show(const CommandRequest& request);
CommandOutcome verdict_explain(const CommandRequest& request);
CommandOutcome workers(const CommandRequest& request);

}  // namespace queries
}  // namespace gwageo
