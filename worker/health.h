// Health: whether a worker's slots may be trusted with work, in the shape of the agent: what was
// found goes in; what to look at next and which slots are faulty, with the reason, comes out.
//
//   readings        How the GPUs say they are, every `read_every`. A fault of them counts while it
//                   is read, and no longer. Errors that are new ask for a known answer.
//   known answer    Before a slot's first work, after an incident, and every `check_every` while
//                   the slot is idle. A slot that gave another answer is out until it has given
//                   the right one twice, one after another, `check_again` apart.
//   copy rate       With every known answer: not far below the best of this worker's slots.
//   all-reduce      The same inside blocks of slots while the whole block is idle. A block that is
//                   slow twice is halved until the halves are good; what is left is to blame.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "protocol/gpus.h"
#include "protocol/time.h"
#include "worker/gpu_inventory.h"

namespace gwageo {

struct HealthOptions {
  /// The worker's first ones: those of this machine. What is beyond is never faulty. 0: nothing is
  /// looked at.
  std::uint32_t slots = 0;
  bool reads = false;    ///< Somebody can say how the GPUs are.
  bool answers = false;  ///< Known answers can be asked for, and copies timed.
  bool reduces = false;  ///< All-reduces can be timed.
  Gpus declared = {};    ///< What each slot is said to be.
  Duration check_every = seconds(3600);
  Duration check_again = seconds(300);  ///< Of a slot that is faulty by a check.
  Duration read_every = seconds(10);
  Duration patience = seconds(120);  ///< A check that takes longer has failed.
  std::uint64_t copy_floor = 0;      ///< Bytes a second; 0: only beside the best of the slots.
};

enum class HealthCheckKind { reading, known_answer, copy_rate, all_reduce };

/// What to look at: of one slot, a block of them, or (reading) all.
struct HealthCheck {
  HealthCheckKind kind = HealthCheckKind::reading;
  std::uint32_t slot = 0;
  std::uint32_t width = 1;
  std::uint64_t number = 0;   ///< Comes back with what was found.
  bool beside_model = false;  ///< A model is loaded on the block: there may be no room.
};

/// What came of it.
struct CheckEnded {
  enum class Finding {
    good,
    wrong,   ///< Another known answer than the right one.
    failed,  ///< It could not be done.
  };
  HealthCheck check;
  Finding finding = Finding::good;
  std::string what = {};               ///< In words, unless good.
  std::uint64_t bytes_per_second = 0;  ///< Of a rate.
  /// Of a reading: by slot; none for a GPU that is not there.
  std::vector<std::optional<GpuReading>> readings = {};
};

/// What is wrong with a GPU by its own words, but for its heat; empty when nothing is.
std::string fault_of(const GpuReading& gpu);
/// One that `was_hot` is until it is some degrees cooler.
bool is_too_hot(const GpuReading& gpu, bool was_hot);
/// What it is not, of what was declared; empty when it is.
std::string difference_of(const GpuReading& gpu, const Gpus& declared);

/// One thread; no clock, no I/O.
class Health {
 public:
  explicit Health(HealthOptions options);

  /// A check that `next` gave has ended. What comes after its patience counts, too.
  void ended(Instant now, const CheckEnded& found);
  /// Something went wrong on the block that a device may be to blame for.
  void incident(Instant now, std::uint32_t slot, std::uint32_t width);

  /// The next check to run, one at a time; none until something ends or `wake_at`. `is_idle` says
  /// of each slot of the worker that nothing runs or is loaded there just now.
  std::optional<HealthCheck> next(Instant now, const std::vector<bool>& is_idle);
  /// When `next`, which was asked just now, may have more, whatever else happens. What is due and
  /// waits for a slot to be idle comes with the event that makes it so.
  std::optional<Instant> wake_at(Instant now) const;

  /// Nothing may begin on the slot: it has not given its first answer yet, or is being checked.
  bool holds(std::uint32_t slot) const;
  /// Why the slot takes no work; empty when it may. At most limits::fault_bytes_max bytes.
  const std::string& fault(std::uint32_t slot) const;

 private:
  struct Slot {
    // Faults, and what `fault` makes of them.
    std::string reading;
    std::string answer;
    std::string rate;
    std::string all;
    bool is_hot = false;
    std::uint32_t slowed = 0;             // Readings in a row with clocks held down.
    std::optional<std::uint64_t> errors;  // That could not be corrected, as read before.
    bool is_answered = false;             // It has been asked before its work.
    bool is_asked_for = true;             // A known answer is due.
    bool had_incident = false;            // Since the last one.
    Instant no_incident_before;
    std::uint32_t right = 0;  // In a row.
    Instant due;              // Of the next one.
    bool wants_rate = false;
    bool is_slow_once = false;
    std::uint64_t copy_rate = 0;
    std::optional<std::uint64_t> stuck;  // The check that is out of patience.
  };
  using Block = std::pair<std::uint32_t, std::uint32_t>;  // First slot, width.
  struct Group {
    bool is_due = true;
    bool is_tried = false;
    bool is_slow_once = false;
    std::uint64_t best = 0;
    std::string fault;
  };

  void read_slot(std::uint32_t number, const std::optional<GpuReading>& gpu);
  std::string fault_read(Slot& slot, const std::optional<GpuReading>& gpu) const;
  void answered(Instant now, const CheckEnded& found);
  void copied(Instant now, const CheckEnded& found);
  void reduced(Instant now, const CheckEnded& found);
  void lose_patience(Instant now);
  void take_stock();
  HealthCheck begin(Instant now, HealthCheckKind kind, const Block& block);
  std::optional<HealthCheck> next_of_slots(Instant now, const std::vector<bool>& is_idle);
  std::optional<HealthCheck> next_of_groups(Instant now, const std::vector<bool>& is_idle);
  /// Whether its slots are fit for an all-reduce.
  bool is_fit(const Block& block) const;
  std::string fault_of_groups(std::uint32_t slot) const;
  std::uint64_t best_copy_rate() const;

  HealthOptions options_;
  std::vector<Slot> slots_;
  std::map<Block, Group> groups_;
  std::optional<HealthCheck> running_;
  Instant began_;
  std::uint64_t last_number_ = 0;
  Instant read_at_;
  std::optional<std::uint64_t> reading_stuck_;
  Instant groups_due_;
};

}  // namespace gwageo
