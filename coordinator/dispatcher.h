// Dispatcher: which work goes to which GPUs, and when GPUs change their model. Two levels:
//
//   A, replicas   A class gets a further slot only when what is served until its team's work there
//                 is over pays for the load: work / slots >= theta * load. A first one always pays.
//   B, fairness   A slot that falls free stays with its class while its least served team is not
//                 too far ahead of the least served team that a change of model could serve; else
//                 it changes to the class in which that team has most work for each slot.
//
// What goes first by its tier or by a guarantee need not wait until a run has ended: a run is asked
// to yield, by the same rule (preemption.h) that decides when it ends.
//
// A class that needs more GPUs than are idle together gets one reservation; what runs there
// meanwhile must end before it. Whole blocks only are granted, so two gangs never hold half of what
// the other waits for. The mathematics and the alternatives are in ARCHITECTURE.md, "The pool".
// Derived and volatile: told of the fleet, what waits and what ended; the ledger says who is owed.
#pragma once

#include <array>
#include <optional>
#include <set>
#include <vector>

#include "coordinator/bars.h"
#include "coordinator/dispatch_orders.h"
#include "coordinator/dispatch_slot.h"
#include "coordinator/ledger.h"
#include "coordinator/node_loads.h"
#include "coordinator/outstanding_yields.h"
#include "coordinator/placement.h"
#include "coordinator/policy_knobs.h"
#include "coordinator/preemption.h"
#include "coordinator/waiting_work.h"
#include "protocol/ids.h"
#include "protocol/time.h"

namespace gwageo {

/// One thread.
class Dispatcher {
 public:
  explicit Dispatcher(PolicyKnobs knobs = {});
  // ---- the fleet ----
  NodeNumber join(std::uint32_t gpus, std::uint64_t groups) { return join(1, gpus, groups); }
  /// A domain: nodes that one slot may span (placement.h). Returns the first.
  NodeNumber join(std::uint32_t nodes, std::uint32_t gpus, std::uint64_t groups);
  void regroup(NodeNumber node, std::uint64_t groups);
  /// No new work goes there (false), or again (true). What runs may end.
  void open(Instant now, NodeNumber node, bool is_open);
  /// The same of blocks that hold one of these GPUs (a bit for each), and of no others.
  void set_faulty(Instant now, NodeNumber node, std::uint64_t gpus);
  /// The node is gone with all slots that it had a part in. It may be opened again, empty.
  void lose(Instant now, NodeNumber node);

  // ---- the work ----
  ClassNumber add_class(const ClassSpec& spec);
  /// What a load of the class is expected to take, anywhere or on one node; how many it may do.
  void set_load(ClassNumber number, Duration load);
  void set_load(ClassNumber number, NodeNumber node, Duration load);
  void limit_loads(NodeNumber node, std::uint32_t most);
  /// The class is not to be loaded on the node (true), for instance because that failed.
  void bar(Instant now, NodeNumber node, ClassNumber number, bool barred);
  /// Limits, weights or guarantees in the ledger are others now.
  void shares_changed();
  /// What waits of the job now; zero items when nothing does.
  void wait(Instant now, JobId job, const JobDemand& demand);

  // ---- what runs ----
  /// The class is loaded on the block, and runs there (busy): what was so before the dispatcher
  /// knew. REQUIRES: nothing runs there as far as it knows.
  void adopt(Instant now, const Block& block, ClassNumber number, bool busy, TeamNumber team = 0,
             Tier tier = Tier::campaign);
  /// The next start, or none until something changes. It counts as running; the caller tells the
  /// ledger and `wait` about it before it asks again.
  std::optional<Start> next(Instant now, const Ledger& ledger);
  /// More of the class that runs on the block, for when its run ends, as `next`; none when the
  /// block should rather fall free.
  std::optional<Start> more(Instant now, const Ledger& ledger, const Block& block);
  /// The next run that is to yield, or none until something changes; asked once `next` is done. The
  /// caller asks it, once, and says `end` when it has. Each slot that is wanted asks one run.
  std::optional<Yield> yields(Instant now, const Ledger& ledger);
  /// The load that a start on the block began with is over; what it took, where its slot serves.
  void ready(Instant now, const Block& block, Duration took = {});
  /// What runs on the block was begun with less than was said: it ends so much earlier.
  void shorten(const Block& block, Duration by);
  /// What ran on the block has ended; the model stays loaded.
  void end(Instant now, const Block& block);
  /// What is loaded on the block is no longer.
  void unload(Instant now, const Block& block);

  // ---- questions ----
  bool busy(const Block& block) const { return slots_.at(block).busy; }
  /// The class whose slot begins at this GPU.
  std::optional<ClassNumber> loaded(NodeNumber node, std::uint32_t first) const;
  /// Whether all that the team could be served in the tier is DispatchCandidate::beyond.
  bool is_beyond(const Ledger& ledger, TeamNumber team, std::uint8_t tier) const;
  /// What loading the class there is expected to take: on the node where it takes longest.
  Duration load_on(const Block& block, ClassNumber number) const;
  /// Whether, and why, others that wait for a load there go before the candidate's.
  std::optional<LaterLoad> loads_after_others(Instant now, const Ledger& ledger, NodeNumber node,
                                              const DispatchCandidate& of) const;
  const NodeLoads& loads() const { return loads_; }
  const Placement& placement() const { return placement_; }
  const WaitingWork& waiting() const { return waiting_; }
  const PolicyKnobs& knobs() const { return knobs_; }
  const std::optional<Reservation>& reservation() const { return reservation_; }
  /// Runs that were asked to yield and have not ended.
  const OutstandingYields& yielding() const { return yielding_; }
  void check() const;  ///< Every derived member is computed again and compared.

 private:
  using Slot = DispatchSlot;
  using Candidate = DispatchCandidate;
  friend class LoadTurns;  // load_turns.cc
  Block whole(NodeNumber node) const { return {node, 0, placement_.gpus(node)}; }
  template <class Change>
  void reopen(Instant now, NodeNumber node, Change change);
  bool is_barred(const Block& block, ClassNumber number) const;
  ClassSet barred_on(const Block& block) const;
  bool is_full(const Block& block) const;  // Some node of it bears no further load now.
  void begin_load(Instant now, const Ledger& ledger, const Block& block, TeamNumber team);
  bool lets_others_load(Instant now, const Ledger& ledger, const Block& block,
                        const Candidate& of) const;
  /// The idle block of this width that holds the freed one, or lies in it.
  std::optional<Block> fit_around(const Block& freed, std::uint32_t width) const;
  bool is_reserved(const Block& block) const;
  std::uint64_t reserved_idle() const;
  void reserve(Instant now, const Ledger& ledger, ClassNumber number, const Candidate& of);
  bool may_reserve(const Block& block, std::uint8_t tier) const;
  Instant free_at(Instant now, const Block& block) const;  // Expected end of all that runs there.
  void drop_reservation();
  std::optional<Candidate> least_served(const Ledger& ledger, const ClassSet& fitting,
                                        const ClassSet& without) const;
  std::optional<Candidate> least_served(const Ledger& ledger, const ClassSet& fitting,
                                        const ClassSet& without, bool beyond) const;
  /// Whether more of the class leaves the team within its part, or is known to be over in time.
  bool is_bounded(const Ledger& ledger, ClassNumber number, TeamNumber team) const;
  /// Its classes of the tier that pay, fit and are within its limits, until `visit` is true.
  template <class Visit>
  void for_each_class(const Ledger& ledger, const ClassSet& fitting, const ClassSet& without,
                      const Candidate& of, const Visit& visit) const;
  bool any_class(const Ledger& ledger, const ClassSet& fitting, const ClassSet& without,
                 const Candidate& of) const;
  ClassNumber class_with_most(const Ledger& ledger, const ClassSet& fitting,
                              const ClassSet& without, const Candidate& candidate) const;
  std::optional<ClassNumber> more_urgent(const Ledger& ledger, const ClassSet& fitting,
                                         const ClassSet& without, ClassNumber here,
                                         TeamNumber team) const;
  /// A class of the team that has waited longer for its first slot than is borne.
  std::optional<ClassNumber> long_unserved(Instant now, const Ledger& ledger,
                                           const ClassSet& fitting, const ClassSet& without,
                                           const Candidate& of) const;
  /// What `other` would take from `victim`, for as many GPUs.
  Taking taking_from(const Ledger& ledger, ClassNumber here, const Candidate& victim,
                     const Candidate& other) const;
  /// Why a slot of this class, whose next team would be `head`, may go to another.
  Grounds grounds_of(const Ledger& ledger, ClassNumber here, TeamNumber head,
                     const Candidate& other, const ClassSet& fitting, const ClassSet& without,
                     std::optional<TeamNumber> holder) const;
  Instant settles_at(const Slot& slot) const;
  /// Whether the slot, whose run could go on, is rather given to what goes first.
  bool falls_free(Instant now, const Ledger& ledger, const Block& block, TeamNumber head);
  bool may_yield(Instant now, const Slot& slot, ClassNumber number) const;
  /// Whether one more slot helps, beside those that were asked for and `soon` that fall free.
  bool wants_slot(const Ledger& ledger, ClassNumber number, TeamNumber team, int soon) const;
  std::optional<Yield> yield_in_reservation(Instant now, const Ledger& ledger) const;
  std::optional<Yield> yield_for_first(Instant now, const Ledger& ledger) const;
  std::optional<Yield> yield_for(Instant now, const Ledger& ledger, ClassNumber number,
                                 const Candidate& candidate, bool& has_use) const;
  void ask(Instant now, const Yield& yield);
  std::optional<Start> for_reservation(Instant now, const Ledger& ledger);
  std::optional<Start> for_slot(Instant now, const Ledger& ledger, const Block& freed);
  std::optional<Start> for_warm(Instant now, const Ledger& ledger, ClassNumber number);
  std::optional<Start> for_idle(Instant now, const Ledger& ledger);
  std::optional<Start> start(Instant now, const Ledger&, const Block&, ClassNumber, TeamNumber);
  std::optional<Start> run_of(Instant now, const Block&, ClassNumber, TeamNumber) const;
  void occupy(Instant now, const Block& block, ClassNumber number);
  void set_running(Slot& slot, TeamNumber team, std::uint8_t tier);
  void stop_running(Slot& slot);
  void look_for_room();  // Which classes go nowhere, now.
  void unload_within(Instant now, const Block& block);
  void unload_slot(Instant now, Block block);

  PolicyKnobs knobs_;
  Placement placement_;
  WaitingWork waiting_;
  NodeLoads loads_;
  DispatchSlots slots_;
  std::vector<std::set<std::pair<NodeNumber, std::uint32_t>>> warm_;  // By class: idle slots.
  std::set<std::pair<NodeNumber, std::uint32_t>> freed_;
  std::set<ClassNumber> limited_;  // With idle slots, as the teams that wait may hold no more.
  Bars bars_;
  std::set<ClassNumber> woken_;  // Work came for a class that has warm idle slots.
  bool stirred_ = false;         // Idle GPUs may have a use now.
  std::optional<Reservation> reservation_;
  OutstandingYields yielding_;
  Instant yields_from_;                              // Nobody is to yield before.
  std::array<std::int64_t, Rank::tiers> running_{};  // Slots, by the tier of what runs there.
};

}  // namespace gwageo
