// What a slot that falls free does next, and what idle GPUs are given: the two levels of the
// policy.
#include <algorithm>
#include <bit>

#include "coordinator/dispatcher.h"
#include "coordinator/planted_bug.h"
#include "protocol/check.h"
#include "protocol/wide.h"

namespace gwageo {
namespace {

// Blocks looked at before a search gives up: a decision costs no more in a larger pool.
constexpr int tries_of_search = 16;
// Classes that have waited too long, looked at in one decision.
constexpr int aged_of_decision = 64;
constexpr std::int64_t longest_patience = seconds(7 * 86400).microseconds;

Duration thousandths(Duration of, std::int64_t count) { return {of.microseconds * count / 1000}; }

bool goes_first(Grounds grounds) {
  return grounds == Grounds::tier || grounds == Grounds::guarantee;
}

bool has_any(const ClassSet& paying, const ClassSet& fitting, const ClassSet& without) {
  for (std::size_t i = 0; i < paying.word_count(); ++i) {
    if ((paying.word(i) & fitting.word(i) & ~without.word(i)) != 0) return true;
  }
  return false;
}

// A start for somebody who lets others load first, if none of them can.
struct Later {
  Block block;
  ClassNumber number = 0;
  DispatchCandidate of;
};

}  // namespace

// The lead that is borne must be exceeded now, and as it will be if both teams go on holding what
// they hold, so that a team that is catching up already is given no more slots than it needs for
// that: by the lead of now alone, all of a team's slots would change to the other, and back.
Taking Dispatcher::taking_from(const Ledger& ledger, ClassNumber here, const Candidate& victim,
                               const Candidate& other) const {
  const ClassSpec& spec = waiting_.spec(here);
  Taking taking{victim.team, other.team, victim.tier, other.tier, spec.gpus, spec.gpus, {}, 0, {}};
  if (other.tier != victim.tier) return taking;
  const Duration serves_on = thousandths(spec.load, knobs_.slack) + knobs_.sticky;
  const Wide borne = static_cast<Wide>(serves_on.microseconds) * placement_.open_gpus() /
                     ledger.weight_beside(victim.team, other.team);
  taking.borne = static_cast<std::int64_t>(std::min<Wide>(borne, Ledger::lead_max));
  taking.horizon = thousandths(serves_on, knobs_.horizon);
  return taking;
}

Grounds Dispatcher::grounds_of(const Ledger& ledger, ClassNumber here, TeamNumber head,
                               const Candidate& other, const ClassSet& fitting,
                               const ClassSet& without, std::optional<TeamNumber> holder) const {
  const Candidate victim{head, waiting_.rank(here, head).tier};
  Taking taking = taking_from(ledger, here, victim, other);
  taking.holder = holder;
  const Grounds grounds = grounds_to_take(ledger, taking, yielding_.promised());
  if (grounds == Grounds::service && other.beyond) return Grounds::none;
  // How much of a guarantee is filled depends on what would run.
  if (grounds != Grounds::guarantee || taking.gives == 1) return grounds;
  taking.takes = waiting_.spec(class_with_most(ledger, fitting, without, other)).gpus;
  return grounds_to_take(ledger, taking, yielding_.promised());
}

Instant Dispatcher::settles_at(const Slot& slot) const {
  // By what its load took, where that was more: else it would be loaded again for every run.
  const Duration load = std::max(waiting_.spec(slot.class_number).load, slot.load);
  return slot.since + thousandths(load, knobs_.settle);
}

// Of the teams that a change of model could serve: highest tier first, then whoever was served
// least. Whoever would come to more than his part with work of which nobody knows how long it takes
// is last in his tier: he pays as time passes, and until then the others could be left without a
// slot for as long as it takes.
std::optional<Dispatcher::Candidate> Dispatcher::least_served(const Ledger& ledger,
                                                              const ClassSet& fitting,
                                                              const ClassSet& without) const {
  const std::optional<Candidate> within = least_served(ledger, fitting, without, false);
  if (!waiting_.has_untried()) return within;
  const std::optional<Candidate> any = least_served(ledger, fitting, without, true);
  return within && within->tier <= any->tier ? within : any;
}

bool Dispatcher::is_bounded(const Ledger& ledger, ClassNumber number, TeamNumber team) const {
  if (!waiting_.has_untried()) return true;
  const ClassSpec& spec = waiting_.spec(number);
  const std::int64_t holds = ledger.held(team) + spec.gpus;
  const auto is_within = [&](std::uint64_t gpus) {
    return holds <= ledger.part_of(team, static_cast<std::int64_t>(gpus));
  };
  if (holds == spec.gpus || is_within(placement_.open_gpus_of(spec.group))) return true;
  // What the team has elsewhere must not keep such work from ever being tried.
  if (waiting_.slots(number) == 0 && is_within(placement_.open_gpus())) return true;
  return !waiting_.demand(waiting_.head_job(number, team)).untried;
}

std::optional<Dispatcher::Candidate> Dispatcher::least_served(const Ledger& ledger,
                                                              const ClassSet& fitting,
                                                              const ClassSet& without,
                                                              bool beyond) const {
  if (!has_any(waiting_.paying(), fitting, without)) return std::nullopt;  // Nobody need be asked.
  for (std::uint8_t tier = 0; tier < Rank::tiers; ++tier) {
    if (!waiting_.any_in(tier)) continue;
    const std::optional<TeamNumber> first = ledger.first(waiting_.teams(), [&](TeamNumber team) {
      return any_class(ledger, fitting, without, {team, tier, beyond});
    });
    if (first) return Candidate{*first, tier, beyond};
  }
  return std::nullopt;
}

template <class Visit>
void Dispatcher::for_each_class(const Ledger& ledger, const ClassSet& fitting,
                                const ClassSet& without, const Candidate& of,
                                const Visit& visit) const {
  const ClassSet& paying = waiting_.paying();
  const ClassSet& mine = waiting_.classes_of(of.team, of.tier);
  for (std::size_t i = 0; i < mine.word_count(); ++i) {
    std::uint64_t bits = mine.word(i) & paying.word(i) & fitting.word(i) & ~without.word(i);
    for (; bits != 0; bits &= bits - 1) {
      const auto bit = static_cast<std::size_t>(std::countr_zero(bits));
      const auto number = static_cast<ClassNumber>(i * 64 + bit);
      const bool allowed = ledger.may_hold(of.team, waiting_.spec(number).gpus) ||
                           planted(PlantedBug::limit_after_grant);
      if (!allowed || !(of.beyond || is_bounded(ledger, number, of.team))) continue;
      if (visit(number)) return;
    }
  }
}

bool Dispatcher::is_beyond(const Ledger& ledger, TeamNumber team, std::uint8_t tier) const {
  const ClassSet& fitting = waiting_.fitting(~std::uint64_t{0});
  return any_class(ledger, fitting, bars_.nowhere(), {team, tier, true}) &&
         !any_class(ledger, fitting, bars_.nowhere(), {team, tier, false});
}

bool Dispatcher::any_class(const Ledger& ledger, const ClassSet& fitting, const ClassSet& without,
                           const Candidate& of) const {
  bool found = false;
  for_each_class(ledger, fitting, without, of, [&](ClassNumber number) {
    return found = waiting_.pays_for(ledger, number, of.team);
  });
  return found;
}

// Of the candidate's classes that pay, that with the highest rank, then with the earliest deadline,
// then with most work of this team for each slot: others' work there is no reason to serve this
// team there. A slot changes models for a deadline where it would serve what has none (Rank), and
// not from one deadline to an earlier one: jobs of two models by turns would load for each.
ClassNumber Dispatcher::class_with_most(const Ledger& ledger, const ClassSet& fitting,
                                        const ClassSet& without, const Candidate& candidate) const {
  // Priorities differ seldom; then nobody looks them up.
  const bool by_priority = waiting_.has_priorities(candidate.team);
  const auto deadline_of = [&](ClassNumber number) {
    return waiting_.demand(waiting_.head_job(number, candidate.team)).deadline;
  };
  std::optional<ClassNumber> most;
  for_each_class(ledger, fitting, without, candidate, [&](ClassNumber number) {
    const auto goes_before = [&] {
      if (by_priority) {
        const Rank& mine = waiting_.rank(number, candidate.team);
        const Rank& best = waiting_.rank(*most, candidate.team);
        if (mine != best) return mine < best;
        const Instant due = deadline_of(number);
        if (due != deadline_of(*most)) return due < deadline_of(*most);
      }
      return waiting_.pressure(number, candidate.team) > waiting_.pressure(*most, candidate.team);
    };
    const bool is_better = !most || goes_before();
    if (is_better && waiting_.pays_for(ledger, number, candidate.team)) most = number;
    return false;
  });
  GWAGEO_CHECK(most.has_value());
  return *most;
}

// A class of the team with something more urgent than what it waits for here.
std::optional<ClassNumber> Dispatcher::more_urgent(const Ledger& ledger, const ClassSet& fitting,
                                                   const ClassSet& without, ClassNumber here,
                                                   TeamNumber team) const {
  const Rank& rank = waiting_.rank(here, team);
  const Rank& best = waiting_.best_rank(team);
  if (best >= rank || best.tier != rank.tier) return std::nullopt;
  const Candidate same{team, rank.tier, true};  // It holds no more for it.
  if (!any_class(ledger, fitting, without, same)) return std::nullopt;
  const ClassNumber number = class_with_most(ledger, fitting, without, same);
  if (waiting_.rank(number, team) >= rank) return std::nullopt;
  return number;
}

std::optional<Start> Dispatcher::for_slot(Instant now, const Ledger& ledger, const Block& freed) {
  if (!placement_.idle(freed)) return std::nullopt;
  const Slot& slot = slots_.at(freed);
  const ClassNumber here = slot.class_number;
  std::optional<TeamNumber> head;
  if (!is_barred(freed, here)) head = waiting_.head_team(ledger, here);
  const auto stay = [&]() -> std::optional<Start> {
    if (head) return start(now, ledger, freed, here, *head);
    if (waiting_.work(here) > 0) limited_.insert(here);
    return std::nullopt;
  };
  if (is_reserved(freed) || is_full(freed) || (head && settles_at(slot) > now)) return stay();
  const ClassSet& fitting = waiting_.fitting(placement_.groups(freed.node));
  ClassSet without = barred_on(freed);
  without.put(here, true);
  std::optional<Candidate> candidate;
  Grounds grounds = Grounds::none;
  const auto look = [&] {
    candidate = least_served(ledger, fitting, without);
    if (!head || !candidate) return;
    grounds = grounds_of(ledger, here, *head, *candidate, fitting, without, std::nullopt);
  };
  // It stays its team's, which may have something more urgent, or older.
  const auto stay_with_team = [&]() -> std::optional<Start> {
    const Candidate same{*head, waiting_.rank(here, *head).tier, true};
    std::optional<ClassNumber> instead = long_unserved(now, ledger, fitting, without, same);
    if (!instead) instead = more_urgent(ledger, fitting, without, here, *head);
    if (!instead) return stay();
    const auto block = fit_around(freed, waiting_.spec(*instead).gpus);
    const bool may_load = block && !is_barred(*block, *instead) && !is_full(*block);
    if (may_load && !lets_others_load(now, ledger, *block, same))
      return start(now, ledger, *block, *instead, *head);
    // A gang of the team's own has no other way to a block.
    if (!block && !reservation_) reserve(now, ledger, *instead, same);
    return stay();
  };
  look();
  std::optional<Later> later;
  for (; candidate && !(later && later->of.tier < candidate->tier); look()) {
    if (head && grounds == Grounds::none) return stay_with_team();
    const std::optional<ClassNumber> aged =
        long_unserved(now, ledger, fitting, without, *candidate);
    const ClassNumber number = aged ? *aged : class_with_most(ledger, fitting, without, *candidate);
    const ClassSpec& spec = waiting_.spec(number);
    const auto block = fit_around(freed, spec.gpus);
    const bool may_load = block && !is_barred(*block, number) && !is_full(*block);
    if (may_load && !lets_others_load(now, ledger, *block, *candidate))
      return start(now, ledger, *block, number, candidate->team);
    if (may_load && !head && !later) later = Later{*block, number, *candidate};
    if (block) {
      without.put(number, true);
      continue;
    }
    if (!reservation_ && !later) reserve(now, ledger, number, *candidate);
    without.put_all(waiting_.as_wide_as(spec.gpus, spec.group));
    if (is_reserved(freed)) return stay();
  }
  if (!later || is_reserved(later->block)) return head ? stay_with_team() : stay();
  return start(now, ledger, later->block, later->number, later->of.team);
}

// What goes first gets one slot for each that it wants, so that not all run dry for one of them.
// For a gang a slot falls free where its block can be reserved, and nowhere else.
bool Dispatcher::falls_free(Instant now, const Ledger& ledger, const Block& block,
                            TeamNumber head) {
  const Slot& slot = slots_.at(block);
  if (settles_at(slot) > now || is_reserved(block)) return false;
  const ClassNumber here = slot.class_number;
  const ClassSet& fitting = waiting_.fitting(placement_.groups(block.node));
  ClassSet without = barred_on(block);
  without.put(here, true);
  const auto others_load = [&](const Candidate& of) {
    return is_full(block) || lets_others_load(now, ledger, block, of);
  };
  const Candidate same{head, waiting_.rank(here, head).tier, true};
  if (more_urgent(ledger, fitting, without, here, head) && !others_load(same)) return true;
  while (const auto candidate = least_served(ledger, fitting, without)) {
    const Grounds grounds = grounds_of(ledger, here, head, *candidate, fitting, without, slot.team);
    if (grounds == Grounds::none) return false;
    const ClassNumber number = class_with_most(ledger, fitting, without, *candidate);
    const std::uint32_t gpus = waiting_.spec(number).gpus;
    if (gpus > block.width) {
      const auto around = placement_.around(block.node, block.first, gpus);
      if (!reservation_ && around && may_reserve(*around, candidate->tier)) return true;
    } else if (others_load(*candidate)) {
      // Nothing could be loaded there in place of this.
    } else if (!goes_first(grounds)) {
      return true;
    } else if (wants_slot(ledger, number, candidate->team, 0)) {
      ask(now, {block, number, candidate->team});
      return true;
    }
    without.put(number, true);
  }
  return false;
}

// Work came for the class: a slot that idles with it is asked first.
std::optional<Start> Dispatcher::for_warm(Instant now, const Ledger& ledger, ClassNumber number) {
  if (waiting_.work(number) == 0 || warm_[number].empty()) return std::nullopt;
  if (!waiting_.head_team(ledger, number)) {
    limited_.insert(number);
    return std::nullopt;
  }
  int tries = tries_of_search;
  for (const auto& [node, first] : warm_[number]) {
    if (tries-- == 0) break;
    const Block block = slots_.at(node, first).block;
    if (std::optional<Start> start = for_slot(now, ledger, block)) return start;
  }
  return std::nullopt;
}

std::optional<Start> Dispatcher::for_idle(Instant now, const Ledger& ledger) {
  if (!stirred_) return std::nullopt;
  stirred_ = false;
  if (placement_.idle_gpus() == reserved_idle()) return std::nullopt;
  const ClassSet& fitting = waiting_.fitting(placement_.idle_groups());
  ClassSet without = bars_.nowhere();
  std::optional<Later> later;
  std::optional<TeamNumber> waits;  // The first of whom something waits for no more than a load.
  while (const auto candidate = least_served(ledger, fitting, without)) {
    if (later && later->of.tier < candidate->tier) break;
    const ClassNumber number = class_with_most(ledger, fitting, without, *candidate);
    const ClassSpec& spec = waiting_.spec(number);
    bool waits_for_loads = placement_.fits_on_full(spec.gpus, spec.group);
    bool is_for_all = true;  // What refuses it refuses all that are as wide.
    const auto passes = [&](const Block& block) {
      const bool is_free = !is_reserved(block) && !is_barred(block, number);
      const bool may_load = is_free && !is_full(block);
      waits_for_loads |= is_free && !may_load;
      is_for_all &= !may_load && (is_free || is_reserved(block));
      if (!may_load || !lets_others_load(now, ledger, block, *candidate)) return may_load;
      waits_for_loads = true;
      if (!later) later = Later{block, number, *candidate};
      return false;
    };
    const auto block = placement_.best_fit(spec.gpus, spec.group, passes, tries_of_search);
    if (block) {
      stirred_ = true;
      return start(now, ledger, *block, number, candidate->team);
    }
    if (waits_for_loads && !waits) waits = candidate->team;
    if (waits_for_loads && is_for_all) {
      without.put_all(waiting_.shaped_like(number));
      continue;
    }
    if (waits_for_loads || bars_.has_anywhere(number)) {
      without.put(number, true);
      continue;
    }
    // Nobody's GPUs are kept from him for who goes after: while one narrow slot of his loaded, all
    // the others of the node would go to a gang of theirs.
    if (!reservation_ && waits.value_or(candidate->team) == candidate->team) {
      reserve(now, ledger, number, *candidate);
    }
    without.put_all(waiting_.as_wide_as(spec.gpus, spec.group));
  }
  if (!later || is_reserved(later->block)) return std::nullopt;
  stirred_ = true;
  return start(now, ledger, later->block, later->number, later->of.team);
}

std::optional<ClassNumber> Dispatcher::long_unserved(Instant now, const Ledger& ledger,
                                                     const ClassSet& fitting,
                                                     const ClassSet& without,
                                                     const Candidate& of) const {
  const Wide all_loads = Wide{waiting_.load_work()} * 1000 / knobs_.aged_loads;
  const Wide gpus = std::max<std::int64_t>(1, placement_.open_gpus());
  const auto round = static_cast<std::int64_t>(std::min<Wide>(all_loads / gpus, longest_patience));
  const Duration patience = std::max(knobs_.patience, Duration{round});
  int looked_at = 0;
  for (const auto& [since, number] : waiting_.unserved()) {
    if (since + patience > now || looked_at++ == aged_of_decision) break;
    const bool serves =
        fitting.contains(number) && !without.contains(number) && waiting_.waits(number, of.team);
    if (!serves || !ledger.may_hold(of.team, waiting_.spec(number).gpus)) continue;
    if (of.beyond || is_bounded(ledger, number, of.team)) return number;
  }
  return std::nullopt;
}

}  // namespace gwageo
