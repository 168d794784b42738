#include "coordinator/whose_turn.h"

#include <algorithm>
#include <set>
#include <utility>

#include "coordinator/words.h"
#include "protocol/wide.h"

namespace gwageo {
namespace {

class TurnSearch {
 public:
  TurnSearch(const Forecast& forecast, const Job& job, const std::optional<std::string>& viewer)
      : forecast_(forecast),
        scheduler_(forecast.scheduler()),
        state_(forecast.state()),
        job_(job),
        accepted_(job.accepted),
        viewer_(viewer) {}

  std::vector<WaitReason> all() {
    if (const auto position = forecast_.position(job_); position && position->first != nullptr) {
      own_team_first(*position);
    }
    const Dispatcher& dispatcher = scheduler_.pool().dispatcher();
    const WaitingWork& waiting = dispatcher.waiting();
    const Ledger& ledger = state_.ledger();
    const std::uint8_t tier = order_of(scheduler_.pool().urgency(job_).tier);
    std::int64_t higher = 0;
    std::set<TeamNumber> before;
    for (const TeamNumber team : waiting.teams()) {
      if (team == job_.team || !forecast_.may_run(team)) continue;
      const std::uint8_t best = waiting.best_rank(team).tier;
      if (best < tier) ++higher;
      // Whoever would come to more than his part with what nobody has seen the end of goes last.
      const bool may = ledger.may_hold(team, 1) && !dispatcher.is_beyond(ledger, team, tier);
      if (best == tier && may && ledger.before(team, job_.team)) before.insert(team);
    }
    if (higher > 0) {
      Json data;
      data["teams"] = higher;
      add(Wait::higher_tier,
          counted(higher, "other team") + (higher == 1 ? " has" : " have") +
              " work of a higher tier than " + std::string(to_string(accepted_.tier)) +
              ", which goes first.",
          std::move(data));
    }
    if (!before.empty()) others_less_served(before);
    others_load_first(tier);
    return std::move(found_);
  }

 private:
  void add(Wait reason, std::string text, Json data) {
    found_.push_back({reason, std::move(text), std::move(data)});
  }
  bool sees(const std::string& team) const { return !viewer_ || *viewer_ == team; }

  void own_team_first(const Forecast::Position& position) {
    const Job& first = *position.first;
    const Pool::Urgency its = scheduler_.pool().urgency(first);
    const Pool::Urgency own = scheduler_.pool().urgency(job_);
    Json data;
    data["job"] = std::to_string(first.accepted.job.value);
    data["tier"] = to_string(its.tier);
    data["priority"] = its.priority;
    data["position"] = position.place;
    std::string why = "is older or due earlier, and of the same model";
    if (its.tier != own.tier) {
      why = "is of tier " + std::string(to_string(its.tier));
    } else if (its.priority != own.priority) {
      why = "has priority " + std::to_string(its.priority) + ", this one " +
            std::to_string(own.priority);
    } else if (accepted_.within <= Duration{} && first.accepted.within > Duration{}) {
      why = "has a deadline, and this one has none";
    }
    add(Wait::own_team_first,
        "Job " + std::to_string(first.accepted.job.value) + " of its own team goes first: it " +
            why + " (gwageo priority JOB P).",
        std::move(data));
  }

  /// By how much the team was served less.
  std::string behind(TeamNumber team, std::int64_t lead) const {
    const std::string share = std::to_string(state_.ledger().share(team).weight);
    if (lead <= 0) return " (served alike, and there before it; its share is " + share + ")";
    return " (by " + in_words({lead}) + " of a " + unit_of(scheduler_) +
           " for a share of 1; its share is " + share + ")";
  }

  /// The lead over the team with which slots that have the model stay with it (dispatcher.h), as in
  /// Ledger::lead. None where nothing has it.
  std::optional<std::int64_t> borne_over(TeamNumber team) const {
    const Dispatcher& dispatcher = scheduler_.pool().dispatcher();
    const auto number = scheduler_.pool().class_number(accepted_.class_key);
    if (!number || dispatcher.waiting().slots(*number) == 0) return std::nullopt;
    const Duration load = dispatcher.waiting().spec(*number).load;
    const Wide stays = static_cast<Wide>(load.microseconds) * dispatcher.knobs().slack / 1000 +
                       dispatcher.knobs().sticky.microseconds;
    const Wide borne =
        stays * dispatcher.placement().open_gpus() / state_.ledger().weight_beside(job_.team, team);
    return static_cast<std::int64_t>(std::min<Wide>(borne, Ledger::lead_max - 1));
  }

  /// "2 other teams were served less for what they are due, and go first".
  static std::string served_less(std::int64_t count, bool is_borne) {
    const bool is_one = count == 1;
    const std::string text = counted(count, "other team") + (is_one ? " was" : " were") +
                             " served less for what " + (is_one ? "it is" : "they are") + " due, ";
    if (!is_borne) return text + "and " + (is_one ? "goes" : "go") + " first";
    return text +
           "by no more than is borne for the sake of loads: slots that have its model stay "
           "with it, and " +
           (is_one ? "it goes" : "they go") + " first on others";
  }

  void others_less_served(const std::set<TeamNumber>& before) {
    const Ledger& ledger = state_.ledger();
    std::int64_t borne = 0;
    for (const TeamNumber team : before) {
      const std::optional<std::int64_t> most = borne_over(team);
      borne += most && ledger.lead(job_.team, team) <= *most ? 1 : 0;
    }
    Json teams = Json::array();
    std::vector<std::string> names;
    for (const auto& [name, number] : ledger.names()) {
      if (!before.contains(number) || !sees(name)) continue;
      const std::int64_t lead = ledger.lead(job_.team, number);
      const bool is_short = lead >= Ledger::lead_max;
      Json entry;
      entry["team"] = name;
      entry["behind_seconds"] = is_short ? Json(nullptr) : Json(whole_seconds({lead}));
      entry["share"] = ledger.share(number).weight;
      teams.push_back(std::move(entry));
      names.push_back(name + (is_short ? " (its guarantee is not met)" : behind(number, lead)));
    }
    const auto count = static_cast<std::int64_t>(before.size());
    Json data;
    data["others"] = count;
    data["borne"] = borne;
    data["teams"] = std::move(teams);
    std::string text = borne < count ? served_less(count - borne, false) : "";
    if (borne > 0) text += (text.empty() ? "" : ", and ") + served_less(borne, true);
    add(Wait::others_less_served, text + (names.empty() ? "" : ": " + listed(names)) + ".",
        std::move(data));
  }

  // Said where no worker would load its model next, and others wait to be loaded there.
  void others_load_first(std::uint8_t tier) {
    const Pool& pool = scheduler_.pool();
    const std::optional<ClassNumber> number = pool.class_number(accepted_.class_key);
    const WaitingWork& waiting = pool.dispatcher().waiting();
    const bool is_wanted = number && waiting.pays(*number) && waiting.waits(*number, job_.team) &&
                           waiting.pays_for(state_.ledger(), *number, job_.team);
    if (!is_wanted) return;
    Json workers = Json::array();
    std::vector<std::string> words;
    for (const WorkerId worker : forecast_.workers_for(job_)) {
      const NodeNumber node = pool.node_of(worker);
      const std::optional<LaterLoad> later = pool.dispatcher().loads_after_others(
          scheduler_.now(), state_.ledger(), node, {job_.team, tier});
      if (!later) return;
      const std::int64_t at_once = pool.dispatcher().loads().most(node);
      const std::string& name = scheduler_.sessions().at(worker).name;
      words.push_back(name + " (" + why_later(*later, at_once) + ")");
      workers.push_back(entry_of(*later, name, at_once));
    }
    if (words.empty()) return;
    add(Wait::others_load_first,
        "A worker that loads fewer models at the same time than it has " + unit_of(scheduler_) +
            "s loads them by turns, and other teams that wait for that go first: " + listed(words) +
            ".",
        Json::Object{{"workers", std::move(workers)}});
  }

  std::string why_later(const LaterLoad& later, std::int64_t at_once) const {
    const std::vector<std::string> known = known_of(later.before);
    const auto count = static_cast<std::int64_t>(later.before.size());
    const std::string who = known.empty() ? counted(count, "team") : listed(known);
    if (later.for_guarantees) return who + "; what is guaranteed to some of them is not met";
    if (!later.has_part) {
      return who + "; its own has had its turn, and rests for " +
             in_words(later.rests_until - scheduler_.now()) + " more";
    }
    return who + "; its own loads " + std::to_string(later.loads) + " of " +
           std::to_string(at_once) + ", all that falls to it";
  }

  Json entry_of(const LaterLoad& later, const std::string& worker, std::int64_t at_once) const {
    const bool rests = !later.for_guarantees && !later.has_part;
    const Duration left = later.rests_until - scheduler_.now();
    Json teams = Json::array();
    for (const std::string& name : known_of(later.before)) teams.push_back(name);
    return Json::Object{{"worker", worker},
                        {"loads", later.loads},
                        {"at_once", at_once},
                        {"for_guarantees", later.for_guarantees},
                        {"rests_seconds", rests ? Json(whole_seconds(left)) : Json(nullptr)},
                        {"others", static_cast<std::int64_t>(later.before.size())},
                        {"teams", std::move(teams)}};
  }

  /// The names of those that the viewer may hear of.
  std::vector<std::string> known_of(const std::vector<TeamNumber>& teams) const {
    std::vector<std::string> known;
    for (const auto& [name, number] : state_.ledger().names()) {
      const bool is_one = std::find(teams.begin(), teams.end(), number) != teams.end();
      if (is_one && sees(name)) known.push_back(name);
    }
    return known;
  }

  const Forecast& forecast_;
  const Scheduler& scheduler_;
  const State& state_;
  const Job& job_;
  const JobAccepted& accepted_;
  const std::optional<std::string>& viewer_;
  std::vector<WaitReason> found_;
};

}  // namespace

std::vector<WaitReason> whose_turn(const Forecast& forecast, const Job& job,
                                   const std::optional<std::string>& viewer) {
  return TurnSearch(forecast, job, viewer).all();
}

}  // namespace gwageo
