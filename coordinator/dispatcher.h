// Dispatcher: which work goes to which GPUs, and when GPUs change their model. Two levels:
//
//   A, replicas   A class gets a further slot only when the work that waits for it pays for loading
//                 the model once more: work / slots >= theta * load. A class with none always pays.
//   B, fairness   A slot that falls free stays with its class while its least served team is not
//                 too far ahead of the least served team that a change of model could serve; else
//                 it changes to the class in which that team has most work for each slot.
//
// A class that needs more GPUs than are idle together gets one reservation; what runs there
// meanwhile must end before it. Whole blocks only are granted, so two gangs never hold half of what
// the other waits for. The mathematics and the alternatives are in ARCHITECTURE.md, "The pool".
//
// Derived and volatile: told of the fleet, what waits and what ended; the ledger says who is owed.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "coordinator/ledger.h"
#include "coordinator/placement.h"
#include "coordinator/waiting_work.h"
#include "protocol/ids.h"
#include "protocol/time.h"

namespace gwageo {

/// The policy's knobs.
struct PolicyKnobs {
  /// Thousandths: how many times over waiting work must pay for a further load.
  std::int64_t theta = 1000;
  /// The knob between fairness and loads. For so long, as `slack` thousandths of the class's load
  /// and `sticky` beside, a slot may go on serving a team that is ahead; its part of the pool of
  /// that long is the lead that is borne.
  std::int64_t slack = 1000;
  Duration sticky = seconds(20);
  /// Thousandths of that time: the lead must be too large then, too.
  std::int64_t horizon = 2000;
  /// Thousandths of its load that a slot serves a class at least.
  std::int64_t settle = 2000;
  /// The longest and the shortest run of items given at once.
  Duration run_max = seconds(60);
  Duration run_min = seconds(1);
  /// Thousandths of the work that waits for each slot of the class: a run is no longer.
  std::int64_t run_share = 10;
  /// A class without a slot goes ahead of its team's others after this.
  Duration patience = seconds(1800);
};

/// Run these many items of the job, from its first pending one on, on this block.
struct Start {
  Block block;
  ClassNumber class_number = 0;
  bool load = false;  ///< The class is not loaded there.
  TeamNumber team = 0;
  JobId job;
  std::uint64_t items = 0;
  Duration estimate;  ///< Of the run, without the load.
};

/// One thread.
class Dispatcher {
 public:
  explicit Dispatcher(PolicyKnobs knobs = {});

  // ---- the fleet ----

  NodeNumber join(std::uint32_t gpus, std::uint64_t groups);
  void regroup(NodeNumber node, std::uint64_t groups);
  /// No new work goes there (false), or again (true). What runs may end.
  void open(Instant now, NodeNumber node, bool is_open);
  /// The node is gone with all that ran and was loaded there. It may be opened again, empty.
  void lose(Instant now, NodeNumber node);

  // ---- the work ----

  ClassNumber add_class(const ClassSpec& spec);
  void set_load(ClassNumber number, Duration load);
  /// The class is not to be loaded on the node (true), for instance because that failed.
  void bar(Instant now, NodeNumber node, ClassNumber number, bool barred);
  /// Limits, weights or guarantees in the ledger are others now.
  void shares_changed();
  /// What waits of the job now; zero items when nothing does.
  void wait(Instant now, JobId job, const JobDemand& demand);

  // ---- what runs ----

  /// The class is loaded on the block, and runs there (busy): what was so before the dispatcher was
  /// told of anything. REQUIRES: nothing runs there as far as it knows.
  void adopt(Instant now, const Block& block, ClassNumber number, bool busy);
  /// The next start, or none until something changes. It counts as running; the caller tells the
  /// ledger and `wait` about it before it asks again.
  std::optional<Start> next(Instant now, const Ledger& ledger);
  /// More of the class that runs on the block, for when its run ends; none when the block should
  /// rather fall free. The caller tells the ledger and `wait`.
  std::optional<Start> more(Instant now, const Ledger& ledger, const Block& block);
  /// What runs on the block was begun with less than was said: it ends so much earlier.
  void shorten(const Block& block, Duration by);
  /// What ran on the block has ended; the model stays loaded.
  void end(Instant now, const Block& block);
  /// What is loaded on the block is no longer.
  void unload(Instant now, const Block& block);

  // ---- questions ----

  bool busy(const Block& block) const { return slots_[index(block)].busy; }
  /// The class whose slot begins at this GPU.
  std::optional<ClassNumber> loaded(NodeNumber node, std::uint32_t first) const;
  const Placement& placement() const { return placement_; }
  const WaitingWork& waiting() const { return waiting_; }
  const PolicyKnobs& knobs() const { return knobs_; }
  struct Reservation {  ///< The class that waits for a whole block, and where.
    ClassNumber class_number = 0;
    Block block;
    Instant until;  ///< What runs there is expected to have ended.
  };
  const std::optional<Reservation>& reservation() const { return reservation_; }

  /// Every derived member is computed again and compared.
  void check() const;

 private:
  // A model on a block, kept at the block's first GPU.
  struct Slot {
    ClassNumber class_number = 0;
    std::uint32_t width = 0;  // 0: nothing is loaded.
    bool busy = false;
    TeamNumber team = 0;  // Whom it served last.
    Instant since;        // The class was loaded.
    Instant ends;         // Expected.
  };
  struct Candidate {  // A team, and the tier of what it would be served.
    TeamNumber team = 0;
    std::uint8_t tier = 0;
  };

  std::size_t index(const Block& block) const { return base_[block.node] + block.first; }
  /// The idle block of this width that holds the freed one, or lies in it.
  std::optional<Block> fit_around(const Block& freed, std::uint32_t width) const;
  bool is_reserved(const Block& block) const;
  void reserve(Instant now, ClassNumber number);
  void drop_reservation();

  std::optional<Candidate> least_served(const Ledger& ledger, const ClassSet& fitting,
                                        const ClassSet& without) const;
  /// The team's classes of the tier that pay, fit and are within its limits, until `visit` is true.
  template <class Visit>
  void for_each_class(const Ledger& ledger, const ClassSet& fitting, const ClassSet& without,
                      TeamNumber team, std::size_t tier, const Visit& visit) const;
  bool any_class(const Ledger& ledger, const ClassSet& fitting, const ClassSet& without,
                 TeamNumber team, std::size_t tier) const;
  ClassNumber class_with_most(const Ledger& ledger, const ClassSet& fitting,
                              const ClassSet& without, const Candidate& candidate) const;
  std::optional<ClassNumber> more_urgent(const Ledger& ledger, const ClassSet& fitting,
                                         const ClassSet& without, ClassNumber here,
                                         TeamNumber team) const;
  /// A class of the team that has waited for its first slot longer than is borne.
  std::optional<ClassNumber> long_unserved(Instant now, const Ledger& ledger,
                                           const ClassSet& fitting, const ClassSet& without,
                                           TeamNumber team) const;
  /// Whether a slot of this class, whose next team would be `head`, is better given to another.
  bool leaves(const Ledger& ledger, ClassNumber here, TeamNumber head,
              const Candidate& other) const;
  bool settled_in(Instant now, const Slot& slot) const;

  std::optional<Start> for_reservation(Instant now, const Ledger& ledger);
  std::optional<Start> for_slot(Instant now, const Ledger& ledger, const Block& freed);
  std::optional<Start> for_warm(Instant now, const Ledger& ledger, ClassNumber number);
  std::optional<Start> for_idle(Instant now, const Ledger& ledger);
  /// None when no run may begin there now.
  std::optional<Start> start(Instant now, const Block& block, ClassNumber number, TeamNumber team);
  std::optional<Start> run_of(Instant now, const Block& block, ClassNumber number,
                              TeamNumber team) const;
  void occupy(Instant now, const Block& block, ClassNumber number);
  ClassSet barred_on(NodeNumber node) const;
  bool is_barred(NodeNumber node, ClassNumber number) const;
  bool is_barred_anywhere(ClassNumber number) const;
  void unload_within(Instant now, const Block& block);
  void unload_slot(Instant now, const Block& block);

  PolicyKnobs knobs_;
  Placement placement_;
  WaitingWork waiting_;
  std::vector<std::size_t> base_;     // Of each node's GPUs in the vectors below.
  std::vector<Slot> slots_;           // By first GPU.
  std::vector<std::uint32_t> owner_;  // By GPU: first GPU of its slot on the node, or `nobody`.
  static constexpr std::uint32_t nobody = ~std::uint32_t{0};
  std::vector<std::set<std::pair<NodeNumber, std::uint32_t>>> warm_;  // By class: idle slots.
  std::set<std::pair<NodeNumber, std::uint32_t>> freed_;
  std::set<ClassNumber> limited_;  // With idle slots, as the teams that wait may hold no more.
  std::map<NodeNumber, ClassSet> barred_;
  std::map<ClassNumber, std::int64_t> barred_nodes_;  // How many, for each class.
  std::set<ClassNumber> woken_;  // Work came for a class that has warm idle slots.
  bool stirred_ = false;         // Idle GPUs may have a use now.
  std::optional<Reservation> reservation_;
};

}  // namespace gwageo
