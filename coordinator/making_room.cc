#include "coordinator/making_room.h"

#include "coordinator/words.h"

#include <set>
#include <utility>
#include <vector>

namespace gwageo {
namespace {

using Asked = OutstandingYields::Asked;

/// Slots as data and in words.
class Slots {
 public:
  Slots(const Scheduler& scheduler, const Job& job, const std::optional<std::string>& viewer)
      : scheduler_(scheduler), job_(job), viewer_(viewer) {}

  /// `team` is whose the other side is.
  void add(const Asked& asked, TeamNumber team) {
    const Block& block = asked.yield.block;
    const WorkerId worker = scheduler_.pool().worker_of(block.node);
    const std::string& name = scheduler_.sessions().at(worker).name;
    const Duration since = scheduler_.now() - asked.since;
    const std::optional<std::string> known = known_name(team);
    Json entry;
    entry["worker"] = name;
    entry["slot"] = block.first;
    entry["team"] = known ? Json(*known) : Json(nullptr);
    entry["since_seconds"] = since.microseconds / seconds(1).microseconds;
    data_.push_back(std::move(entry));
    const std::string whose = team == job_.team ? "its own team"
                              : known           ? "team " + *known
                                                : "another team";
    words_.push_back("worker " + name + " slot " + std::to_string(block.first) + " (" + whose +
                     ", asked " + in_words(since) + " ago)");
  }

  /// None without slots. How many they are stands between `before` and `after`.
  std::optional<WaitReason> reason(Wait reason, const std::string& before,
                                   const std::string& after) {
    if (words_.empty()) return std::nullopt;
    Json data;
    const auto count = static_cast<std::int64_t>(words_.size());
    data["slots"] = std::move(data_);
    return WaitReason{reason, before + counted(count, "slot") + after + listed(words_) + ".",
                      std::move(data)};
  }

 private:
  std::optional<std::string> known_name(TeamNumber team) const {
    for (const auto& [name, number] : scheduler_.state().ledger().names()) {
      if (number == team && (!viewer_ || *viewer_ == name)) return name;
    }
    return std::nullopt;
  }

  const Scheduler& scheduler_;
  const Job& job_;
  const std::optional<std::string>& viewer_;
  Json data_ = Json::array();
  std::vector<std::string> words_;
};

/// The slots that have leases of the job.
std::set<std::pair<WorkerId, std::uint32_t>> slots_of(const State& state, JobId job) {
  std::set<std::pair<WorkerId, std::uint32_t>> slots;
  for (const auto& [id, lease] : state.leases()) {
    if (lease.granted.job == job) slots.emplace(lease.granted.worker, lease.granted.slot);
  }
  return slots;
}

}  // namespace

std::optional<WaitReason> room_that_it_gets(const Scheduler& scheduler, const Job& job,
                                            const std::optional<std::string>& viewer) {
  const Pool& pool = scheduler.pool();
  const std::optional<ClassNumber> number = pool.class_number(job.accepted.class_key);
  Slots slots(scheduler, job, viewer);
  pool.dispatcher().yielding().for_each([&](const Asked& asked) {
    const bool is_for_it = asked.yield.for_class == number && asked.yield.for_team == job.team;
    if (is_for_it) slots.add(asked, asked.victim);
  });
  return slots.reason(Wait::gets_room, "Its team gets ",
                      " for its model once what is out there has ended: ");
}

std::optional<WaitReason> room_that_it_makes(const Scheduler& scheduler, const Job& job,
                                             const std::optional<std::string>& viewer) {
  const Pool& pool = scheduler.pool();
  const auto own = slots_of(scheduler.state(), job.accepted.job);
  Slots slots(scheduler, job, viewer);
  pool.dispatcher().yielding().for_each([&](const Asked& asked) {
    const Block& block = asked.yield.block;
    const bool is_own = own.contains({pool.worker_of(block.node), block.first});
    if (is_own) slots.add(asked, asked.yield.for_team);
  });
  return slots.reason(Wait::makes_room, "Nothing more is given to ",
                      " of its own, where others go on once what is out there has ended: ");
}

}  // namespace gwageo
