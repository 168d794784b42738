#include "coordinator/slot_holders.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "coordinator/words.h"

namespace gwageo {
namespace {

struct Holds {
  std::int64_t gpus = 0;
  Duration longest;  // Since one of its slots last handed something in.
  std::int64_t gpus_taken = 0;
  std::optional<Duration> taken_in;  // The last of these.
  void add(const SlotRun& run, std::optional<Duration> taken) {
    gpus += run.gpus;
    longest = std::max(longest, run.out);
    if (taken) take(run.gpus, *taken);
  }
  void add(const Holds& other) {
    gpus += other.gpus;
    longest = std::max(longest, other.longest);
    if (other.taken_in) take(other.gpus_taken, *other.taken_in);
  }
  void take(std::int64_t count, Duration in) {
    gpus_taken += count;
    taken_in = std::max(taken_in.value_or(Duration{}), in);
  }
  void put_into(Json& data) const {
    data["gpus_held"] = gpus;
    data["longest_out_seconds"] = longest.microseconds / seconds(1).microseconds;
    data["gpus_taken"] = gpus_taken;
    data["taken_in_seconds"] = taken_in ? Json(whole_seconds(*taken_in)) : Json(nullptr);
  }
  std::string in_words(const std::string& unit) const {
    std::string text = "out for up to " + gwageo::in_words(longest);
    if (!taken_in) return text;
    return text + "; " + counted(gpus_taken, unit, "is", "are") + " taken within " +
           gwageo::in_words(*taken_in) + ", as GPU-hours are used up";
  }
};

/// By team, what is out on blocks that could run the job; none while one of these has nothing out.
std::optional<std::map<TeamNumber, Holds>> holders(const Forecast& forecast, const Job& job) {
  const Scheduler& scheduler = forecast.scheduler();
  const Pool& pool = scheduler.pool();
  const std::uint32_t width = job.accepted.gpus;
  std::map<TeamNumber, Holds> found;
  std::set<std::pair<WorkerId, std::uint32_t>> taken;
  for (const SlotRun& run : forecast.underway().runs()) {
    const bool could = run.is_here && scheduler.serves(run.worker) &&
                       pool.could_run(run.worker, forecast.state(), job);
    if (!could) continue;
    bool is_within = false;
    for (std::uint32_t slot = run.slot; slot < run.slot + run.gpus; ++slot) {
      if (!pool.is_sound(run.worker, slot / width * width, job)) continue;
      taken.emplace(run.worker, slot / width);
      is_within = true;
    }
    if (is_within) found[run.team].add(run, forecast.taken_in(run));
  }
  const auto blocks = static_cast<std::size_t>(forecast.slots_for(job));
  if (taken.size() < blocks) return std::nullopt;
  return found;
}

}  // namespace

std::optional<WaitReason> slot_holders(const Forecast& forecast, const Job& job,
                                       const std::optional<std::string>& viewer) {
  std::optional<std::map<TeamNumber, Holds>> by_team = holders(forecast, job);
  if (!by_team) return std::nullopt;
  by_team->erase(job.team);
  if (by_team->empty()) return std::nullopt;
  const std::string unit = unit_of(forecast.scheduler());
  Holds all;
  Json teams = Json::array();
  std::vector<std::string> words;
  for (const auto& [name, number] : forecast.state().ledger().names()) {
    const auto holds = by_team->find(number);
    if (holds == by_team->end()) continue;
    all.add(holds->second);
    if (viewer) continue;
    Json entry = Json::Object{{"team", name}};
    holds->second.put_into(entry);
    teams.push_back(std::move(entry));
    words.push_back(name + " " + std::to_string(holds->second.gpus) + " (" +
                    holds->second.in_words(unit) + ")");
  }
  Json data;
  all.put_into(data);
  data["teams"] = std::move(teams);
  const std::string who = viewer ? ", " + all.in_words(unit) : ": " + listed(words);
  return WaitReason{
      Wait::held_by_others,
      "No slot that could run it is free: other teams hold " + counted(all.gpus, unit) + " there" +
          who +
          ". Each falls free when what is out there ends; an operator can end it sooner (gwageo "
          "cancel JOB, gwageo drain WORKER), or bound a team from now on (gwageo team set TEAM "
          "--limit N).",
      std::move(data)};
}

}  // namespace gwageo
