// Pool: the dispatcher in the scheduler's words. Workers are its nodes and their slots its GPUs,
// class keys its classes; a lease lies on the block that begins at its slot and is as wide as its
// class. It learns how long things take, and where a class would not load. Volatile: a restart
// builds it anew from the state and from what workers say.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "coordinator/assignment.h"
#include "coordinator/audit_budget.h"
#include "coordinator/dispatcher.h"
#include "coordinator/estimates.h"
#include "coordinator/load_costs.h"
#include "coordinator/pool_parts.h"
#include "coordinator/requirement.h"
#include "coordinator/state.h"
#include "protocol/messages.h"

namespace gwageo {

/// One thread.
class Pool {
 public:
  Pool();

  // ---- workers ----
  /// The worker is here, with so many empty slots, and loads so many models at the same time at
  /// most; what was known of it is forgotten.
  void join(Instant now, WorkerId worker, std::uint32_t slots, std::vector<std::string> engines,
            const Gpus& gpus, std::uint32_t loads, Answerer who = {});
  void leave(Instant now, WorkerId worker);
  bool has(WorkerId worker) const { return nodes_.contains(worker); }
  /// Whether the worker gets leases.
  void open(Instant now, WorkerId worker, bool is_open);
  /// Whether a block of the job's class may begin at the slot.
  bool has_block(WorkerId worker, std::uint32_t slot, const Job& job) const;
  /// And none of its slots is faulty.
  bool is_sound(WorkerId worker, std::uint32_t slot, const Job& job) const;
  /// And no lease is out on any of it.
  bool has_room(WorkerId worker, std::uint32_t slot, const Job& job) const;
  /// Whether some sound block of the worker could run the job, whatever is there now.
  bool could_run(WorkerId worker, const State& state, const Job& job) const;
  /// Blocks of so many GPUs that the worker has, without a faulty slot.
  std::uint32_t sound_blocks(WorkerId worker, std::uint32_t gpus) const;
  /// A lease of this job is out on the block that begins at the slot. REQUIRES: there is such a
  /// block, and no lease of another is out on any of it.
  void runs(Instant now, WorkerId worker, std::uint32_t slot, const State& state, const Job& job);
  /// No lease is out on a block that begins there any more. Nothing happens when none was. What is
  /// still being loaded there has the slot until the worker says that this is over.
  void ended(Instant now, WorkerId worker, std::uint32_t slot);
  /// What the slot was lent for is loaded there, or could not be.
  void stopped_loading(Instant now, WorkerId worker, std::uint32_t slot);
  /// What the worker says of its slots; what is loaded counts for those without a lease.
  void reported(Instant now, WorkerId worker, const std::vector<SlotReport>& slots);
  /// Models whose files lie in the cache of the worker's node, and no others do.
  void cached(WorkerId worker, const std::vector<Digest>& models);
  void loaded(Instant now, WorkerId worker, std::uint32_t slot, const Digest& class_key,
              Duration took);
  /// The class would not load there. The worker is asked again when there is nobody else, and after
  /// a wait that doubles when all others are busy. Where its server, or room for its weights, is
  /// `away` as a try so long has found: after such a wait in any case, half a slot's time at most.
  void load_failed(Instant now, WorkerId worker, const Digest& class_key, std::string why,
                   std::optional<Duration> away);
  /// Of classes that would not load the last time, and of those that are tried.
  const PoolLoadFailures& load_failures() const { return load_failed_; }
  /// Whether some open worker could serve the class on which it has not failed to load.
  bool has_untried(const Digest& class_key) const;

  // ---- work ----
  /// What waits of the job now, or may no longer be given.
  void wait(Instant now, const State& state, const Job& job);
  /// What is set of the teams is another now.
  void shares_changed() { dispatcher_.shares_changed(); }
  /// Other jobs wait for items of `source`, or no longer, or they became more or less urgent: it
  /// goes as the most urgent of them, so that nobody's priority is lost where it waits for others.
  void followed(Instant now, const State& state, const Job& source);
  /// Items of the job were handed in by a slot that has been busy since then, or earlier.
  void ran(Instant now, const Job& job, WorkerId worker, std::uint32_t slot, Instant busy_since,
           std::uint64_t items);
  /// Nothing has come of the slot for longer than was expected.
  void out(Instant now, const State& state, const SlotTime::Slot& slot);

  /// Time has passed: audits may go before everything else again, or no longer.
  void pass(Instant now, const State& state);

  // ---- what next ----

  /// The next slot that falls to some job, none until something changes. The caller grants the
  /// lease, or says that it `ended`, and has told `wait` before it asks again.
  std::optional<Assignment> next(Instant now, const Ledger& ledger);
  /// More for a block that has a lease out; none when it should rather run dry.
  std::optional<Assignment> more(Instant now, const Ledger& ledger, WorkerId worker,
                                 std::uint32_t slot);

  /// Once `next` is done: slots whose GPUs go to something else are given no more. What was lent
  /// them runs to its end.
  void ask_to_yield(Instant now, const Ledger& ledger);
  /// Of an assignment only `items` were lent.
  void lent(const Assignment& assignment, std::uint64_t items);

  // ---- questions ----

  using Urgency = PoolUrgency;
  /// The job's own, or of a job that follows it, where that is more. An audit is interactive work
  /// while the budget of audits is used up.
  Urgency urgency(const Job& job) const;
  /// Where the class is loaded, or being loaded, by worker; drained ones too. A block counts once.
  struct LoadedSlot {
    WorkerId worker;
    std::uint32_t slot = 0;
    bool busy = false;
    bool loading = false;
  };
  std::vector<LoadedSlot> loaded_slots(const Digest& class_key) const;
  /// Whether what begins there is being loaded. REQUIRES: the worker is here, and has the slot.
  bool is_loading(WorkerId worker, std::uint32_t slot) const;
  /// When the last load there ended; 0 before any since the worker came. REQUIRES: the same.
  Instant loaded_at(WorkerId w, std::uint32_t i) const { return nodes_.at(w).loaded_at.at(i); }
  /// What an item of the class on the suite is expected to take.
  Estimates::Expected expect(const Digest& class_key, const std::string& suite) const;
  /// Thousandths of what items are expected to take, that they take on this worker; 1000 until it
  /// has handed in some.
  std::int64_t pace(WorkerId worker) const;
  /// An open slot of no use to anybody that can serve the class, preferably with the class loaded;
  /// none of a slow worker, or of the worker `but`.
  struct IdleSlot {
    WorkerId worker;
    std::uint32_t slot = 0;
    Duration load;  ///< Zero when the class is loaded there.
  };
  std::optional<IdleSlot> idle_slot(const Digest& class_key, std::optional<WorkerId> but) const;
  /// Slots that what waits for the class is for: those that it has, and idle ones where it pays to
  /// load it. At least 1.
  std::uint64_t sharers(const Digest& class_key) const;
  /// GPUs of open workers that nobody uses.
  std::uint64_t idle_gpus() const { return dispatcher_.placement().idle_gpus(); }
  /// What loading the class is expected to take.
  Duration load_time(const Digest& class_key) const;
  /// The same with what it rests on, also of a model that nobody asked for yet.
  ExpectedLoad expect_load(const ModelAdded& model) const;
  /// The same on this worker. REQUIRES: it is here, and somebody asked for the class.
  Duration load_time(const Digest& class_key, WorkerId worker) const;
  /// None for a class that nobody asked for yet.
  std::optional<ClassNumber> class_number(const Digest& class_key) const;
  /// Whose node it is. REQUIRES: the node's worker is here.
  WorkerId worker_of(NodeNumber node) const { return workers_.at(node); }
  /// The dispatcher's number of the worker's node. REQUIRES: it is here.
  NodeNumber node_of(WorkerId worker) const { return nodes_.at(worker).number; }
  const Dispatcher& dispatcher() const { return dispatcher_; }
  void check() const { dispatcher_.check(); }

 private:
  using Class = PoolClass;
  using Node = PoolNode;
  // Of dispatcher's 64 groups, the one that requirements share for which none is left.
  static constexpr std::uint32_t shared_group = 63;

  std::uint32_t group_of(const Requirement& requirement);
  std::uint64_t groups_of(const Node& node) const;
  void set_cached(const Node& node, const Class& of);
  const Class& class_of(Instant now, const State& state, const JobAccepted& job);
  /// Bars the class where it failed, unless nobody else could run it, or they are busy and it is
  /// time to try again; and where its group says too little.
  void bar(Instant now, const Digest& class_key);
  bool could_serve(const Node& node, const Class& of) const;
  bool is_any_idle(const Class& of, const std::map<WorkerId, PoolLoadFailure>& failed) const;
  void bar_again(Instant now);
  bool fits(const Node& node, std::uint32_t slot, std::uint32_t gpus) const {
    return dispatcher_.placement().lies({node.number, slot, gpus});
  }
  /// The block whose slot begins there, none when nothing is loaded.
  std::optional<Block> block_at(const Node& node, std::uint32_t slot) const;
  void begin_load(Instant now, const Block& block);
  void ready(Instant now, const Block& block);
  bool is_loading_at(NodeNumber node, const Class& of) const;
  Assignment begun(Instant now, const Start& start);

  Dispatcher dispatcher_;
  Estimates estimates_;
  LoadCosts load_costs_;
  AuditBudget audits_;
  bool audits_first_ = true;
  std::map<WorkerId, Node> nodes_;
  std::map<NodeNumber, WorkerId> workers_;
  std::map<std::uint32_t, std::vector<NodeNumber>> left_;  // To reuse, by slots.
  std::map<Requirement, std::uint32_t> groups_;
  std::map<Digest, Class> classes_;
  std::set<Digest> crowded_;  // Classes that share a group.
  PoolLoadFailures load_failed_;
  std::optional<Instant> try_again_at_;  // A load that failed, at the earliest.
  std::map<JobId, Urgency> followed_;    // Of followed jobs, where it is more than their own.
};

}  // namespace gwageo
