#include "coordinator/replay.h"

#include <algorithm>
#include <map>

#include "coordinator/verdict_history.h"
#include "coordinator/verdict_inputs.h"

namespace gwageo {
namespace {

/// To gather a day is to look at every job for every model; so much of that is one page.
constexpr std::size_t looks_of_page = 4'000'000;

std::size_t days_at_once(const State& state) {
  const std::size_t looks = state.models().size() * (state.jobs().size() + 1) + 1;
  return std::clamp(looks_of_page / looks, std::size_t{1}, days_of_page);
}

MoveSources sources_of(const JudgementInput& input) {
  MoveSources sources;
  for (const std::vector<Contender>* side : {&input.candidates, &input.cohort}) {
    for (const Contender& contender : *side) {
      const auto note = [&](std::uint64_t round, JobId job, const Digest& scores_root) {
        if (!job) return;
        const ScoresName name{contender.name, std::to_string(contender.version), round,
                              to_hex(scores_root)};
        sources.jobs[name] = std::to_string(job.value);
      };
      note(0, contender.job, contender.scores_root);
      for (std::size_t i = 0; i < contender.rounds.size(); ++i) {
        note(i + 1, contender.rounds[i].job, contender.rounds[i].scores_root);
      }
    }
  }
  return sources;
}

/// What a candidate's verdict rested on, on the day before.
struct Rested {
  Digest digest;
  Json inputs;
};
using DayBefore = std::map<std::string, Rested>;

Json gone_row(const std::string& candidate, const std::string& as_of) {
  Json document;
  document["candidate"] = candidate;
  return verdict_json(document, as_of,
                      {{"gone", candidate, "", "", "", candidate + " is no candidate any more"}});
}

DayBefore rested(const Judgement& judgement) {
  DayBefore day;
  for (std::size_t i = 0; i < judgement.verdicts.size(); ++i) {
    day[judgement.verdicts[i].candidate] = {judgement.reached[i].inputs, judgement.inputs[i]};
  }
  return day;
}

/// Returns how many were kept back.
std::uint64_t add_moved(const Judgement& judgement, const DayBefore& before, const RowSight& sight,
                        Json& verdicts) {
  std::uint64_t kept = 0;
  const MoveSources sources = sources_of(judgement.input);
  for (std::size_t i = 0; i < judgement.verdicts.size(); ++i) {
    const auto known = before.find(judgement.verdicts[i].candidate);
    if (known != before.end() && known->second.digest == judgement.reached[i].inputs) continue;
    if (!sight.sees(judgement.reached[i])) {
      ++kept;
      continue;
    }
    Json document = to_json(judgement.verdicts[i]);
    document["inputs"] = judgement.inputs[i];
    const Json was = known == before.end() ? Json(nullptr) : known->second.inputs;
    verdicts.push_back(verdict_json(document, judgement.input.as_of,
                                    moves_between(was, judgement.inputs[i], sources)));
  }
  return kept;
}

}  // namespace

Result<ReplayPage> gather_page(const State& state, const TargetAdded& target, const Date& from,
                               const Date& to, bool is_first) {
  ReplayPage page;
  page.has_day_before = !is_first;
  if (!is_first) {
    GWAGEO_ASSIGN(before, look_back(state, target, day_before(from)));
    page.days.push_back(std::move(before));
  }
  Date day = from;
  for (std::size_t left = days_at_once(state); left > 0 && day <= to; --left) {
    GWAGEO_ASSIGN(input, look_back(state, target, day));
    page.days.push_back(std::move(input));
    day = day_after(day);
  }
  if (day <= to) page.next = to_string(day);
  return page;
}

Result<Json> replay(const ReplayPage& page, Judging& judging) {
  Json verdicts = Json::array();
  DayBefore before;
  bool is_compared_only = page.has_day_before;
  std::uint64_t kept = 0;
  for (const JudgementInput& day : page.days) {
    GWAGEO_ASSIGN(judgement, judging.judge(day));
    DayBefore now = rested(judgement);
    if (!is_compared_only) {
      for (const auto& [candidate, was] : before) {
        if (now.contains(candidate)) continue;
        if (page.sight.sees(candidate, was.digest)) {
          verdicts.push_back(gone_row(candidate, day.as_of));
        } else {
          ++kept;
        }
      }
      kept += add_moved(judgement, before, page.sight, verdicts);
    }
    is_compared_only = false;
    before = std::move(now);
  }
  Json answer;
  answer["next"] = page.next ? Json(*page.next) : Json(nullptr);
  answer["days"] = page.days.size() - (page.has_day_before ? 1 : 0);
  answer["verdicts"] = std::move(verdicts);
  if (kept > 0) answer["withheld"] = withheld_json(kept);
  return answer;
}

Result<std::vector<Move>> cohort_moves(const JudgementInput& before, const JudgementInput& after,
                                       Judging& judging) {
  std::vector<Json> cohorts;
  for (const JudgementInput* day : {&before, &after}) {
    if (!day->policy.is_claimed) {
      cohorts.push_back(cohort_of(*day));
      continue;
    }
    GWAGEO_ASSIGN(judgement, judging.judge(*day));
    cohorts.push_back(cohort_of(judgement.input));
  }
  return cohort_moves(cohorts[0], cohorts[1], sources_of(after));
}

}  // namespace gwageo
