// A scheduler with a suite of recorded questions, two teams with a model or two, and whoever says
// hello: what people ask and what workers do, in one call each.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "coordinator/action.h"
#include "protocol/json.h"

namespace gwageo {

struct Job;
class Scheduler;
class State;

}  // namespace gwageo

namespace gwageo::testing {

/// What somebody was answered.
struct Said {
  ReplyCode code = ReplyCode::failed;
  JobId job;
  bool known = false;
  std::string text;     ///< What went wrong.
  Json body;            ///< Of a verb that only looks.
  std::string warning;  ///< Of one that was done.
};

class SmallPool : public ::testing::Test {
 protected:
  static constexpr std::uint64_t suite_items = 100;

  SmallPool();
  ~SmallPool() override;

  /// Another life of the coordinator, with what is durable of this one.
  void restart();
  const Scheduler& scheduler() const;
  const State& state() const;
  const Job& job(std::uint64_t id) const;

  /// Handles an event, and looks at everything that can be looked at.
  Actions step(const Event& event);
  /// The results are on record, in the record of this leaf hash.
  void seal_record(const ResultsRecorded& results, const Digest& leaf);
  /// Workers sign what is on record of them before anybody minds.
  void pass(Duration time);

  /// A worker, in its first or in a new life.
  WorkerId hello(const std::string& name, std::uint32_t slots = 1, std::uint32_t credit = 10,
                 const std::string& engine = "recorded", const Gpus& gpus = {});
  /// A worker of the engine "recorded" in the same life, with these leases.
  void hello_again(WorkerId worker, const std::string& name, std::uint32_t slots, const Gpus& gpus,
                   const std::vector<LeaseId>& held);
  /// Without a word of its slots.
  void heartbeat(WorkerId worker);
  /// What it has leases of is loaded there, and nothing else is, or is being loaded.
  void report_loaded(WorkerId worker);
  std::vector<LeaseId> leases(WorkerId worker) const;
  /// The worker hands in the first `count` items of a lease, all with this outcome.
  void hand_in(LeaseId id, std::uint64_t count, Outcome outcome = Outcome::answered);
  void hand_in_all(LeaseId id);

  PrincipalRegistered op() const;
  PrincipalRegistered auditor() const;
  PrincipalRegistered of_team(const std::string& team) const;

  /// A verb with its body, as one of them says it. Long work is begun, and nobody waits for it.
  Said say(const PrincipalRegistered& who, const std::string& verb, const std::string& body);
  Said submit(const PrincipalRegistered& who, const std::string& model,
              const std::string& more = "");
  Said team(const std::string& verb, const std::string& members);

 private:
  struct Inside;

  void fact(const Fact& fact);

  std::unique_ptr<Inside> inside_;
  Instant now_{1000};
  std::uint64_t life_ = 0;
  std::uint64_t last_worker_ = 0;
  std::uint64_t requests_ = 0;
};

}  // namespace gwageo::testing
