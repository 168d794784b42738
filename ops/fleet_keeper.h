// FleetKeeper: a fleet at work. Looks at coordinator and batch system, has the pure core decide,
// and carries out what it says.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "ops/batch_system.h"
#include "ops/client.h"
#include "ops/fleet.h"
#include "protocol/json.h"
#include "protocol/log.h"
#include "protocol/time.h"

namespace gwageo {

/// What a fleet asks of the coordinator. Tests play one.
class FleetPool {
 public:
  virtual ~FleetPool() = default;
  virtual Result<PoolView> look() = 0;
  /// Items that wait for a slot anywhere, asked often. Nothing where nobody answers.
  virtual std::optional<std::uint64_t> pending() = 0;
  virtual Status drain(const std::string& worker) = 0;
};

/// The coordinator itself. Connects when it is asked and again when the connection was lost.
class CoordinatorPool final : public FleetPool {
 public:
  using FindPlace = std::function<Result<Connection>()>;
  /// `find_place` is asked before each connection: a restarted coordinator may be elsewhere.
  explicit CoordinatorPool(FindPlace find_place) : find_place_(std::move(find_place)) {}

  Result<PoolView> look() override;
  std::optional<std::uint64_t> pending() override;
  Status drain(const std::string& worker) override;

 private:
  Result<Json> ask(const std::string& verb, Json body);
  FindPlace find_place_;
  std::optional<Client> client_;
};

/// One thread.
class FleetKeeper {
 public:
  FleetKeeper(FleetPolicy policy, FleetPool& pool, BatchSystem& batch, Log& log)
      : name_(policy.name), fleet_(std::move(policy)), pool_(pool), batch_(batch), log_(log) {}

  /// Looks, decides and acts. Returns whether everything that was decided could be done; `report`
  /// is what --json prints.
  bool step(Instant now);
  /// Where it stands and what the last step did.
  Json report() const;
  const FleetStanding& standing() const { return fleet_.standing(); }
  /// The last step gave orders, whose effect is worth an early look.
  bool has_acted() const { return has_acted_; }

 private:
  void say(const std::vector<FleetNote>& notes);
  bool submit(Instant now, const std::vector<FleetSubmission>& submissions);
  bool drain(const std::vector<FleetDrain>& drains);
  bool cancel(const std::vector<FleetCancel>& cancels);

  std::string name_;
  Fleet fleet_;
  FleetPool& pool_;
  BatchSystem& batch_;
  Log& log_;
  bool has_acted_ = false;
  Json did_;  ///< The last step's orders and notes.
};

}  // namespace gwageo
