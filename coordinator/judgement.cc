#include "coordinator/judgement.h"

#include <algorithm>

#include "benchmarks/rounds.h"
#include "coordinator/claims_judgement.h"
#include "coordinator/decisions.h"
#include "coordinator/standing.h"

namespace gwageo {
namespace {

// A late entrant is judged as any other; that it came late shows.
void add_entry(const JudgementInput& input, const std::string& candidate, Json& row) {
  const auto entered = input.entered.find(candidate);
  const bool is_known = entered != input.entered.end();
  const std::optional<Date> entry = is_known ? parse_date(entered->second) : std::nullopt;
  const std::optional<Date> opening =
      input.stage ? parse_date(input.stage->date) : std::optional<Date>();
  row["entered"] = is_known ? Json(entered->second) : Json(nullptr);
  row["days_after_opening"] = entry && opening
                                  ? Json(std::max<std::int64_t>(days_between(*opening, *entry), 0))
                                  : Json(nullptr);
}

// Why a model has no scorecard, or no further round, as far as jobs say: one is on its way, or one
// ended and the coordinator submits no other by itself.
void add_examination(const Contender& contender, Json& row) {
  const auto named = [](JobId job) {
    return job ? Json(std::to_string(job.value)) : Json(nullptr);
  };
  JobId under_way = contender.under_way;
  for (const Examination& round : contender.rounds) {
    if (!under_way) under_way = round.under_way;
  }
  const std::size_t next = rounds_examined(contender);
  const bool has_next = contender.job && next < contender.rounds.size();
  const JobId ended_again = has_next ? contender.rounds[next].ended : JobId();
  row["disowned"] = contender.disowned;
  row["asked_anew"] = contender.asked_anew;
  row["voided"] = contender.voided;
  row["under_way"] = named(under_way);
  row["ended"] = named(under_way ? JobId() : contender.job ? ended_again : contender.ended);
}

}  // namespace

Json to_json(const Judgement& judgement, std::uint64_t generation) {
  const JudgementInput& input = judgement.input;
  Json cohort = Json::array();
  for (const Contender& reference : input.cohort) {
    Json member;
    member["model"] = reference.name;
    member["released"] = to_string(reference.released);
    if (input.policy.is_claimed) {
      member["dated_by"] = reference.is_first_seen ? "first_seen" : "release";
    } else {
      member["examined"] = static_cast<bool>(reference.job);
      add_examination(reference, member);
    }
    cohort.push_back(std::move(member));
  }
  Json verdicts = Json::array();
  const Standing standing = standing_of(input, judgement.verdicts);
  for (std::size_t i = 0; i < judgement.verdicts.size(); ++i) {
    const Verdict& verdict = judgement.verdicts[i];
    Json row = input.policy.is_claimed ? claimed_json(verdict) : to_json(verdict);
    row["gate_details"] = gate_details(input, verdict);
    add_standing(standing, i, verdict.candidate, row);
    add_entry(input, verdict.candidate, row);
    if (!input.policy.is_claimed) add_examination(input.candidates.at(i), row);
    if (input.policy.settle) row["rounds"] = rounds_examined(input.candidates.at(i));
    verdicts.push_back(std::move(row));
  }
  Json json;
  json["target"] = input.target.name;
  json["version"] = input.target.version == 0 ? Json(nullptr) : Json(input.target.version);
  json["suite"] = input.suite ? Json(input.suite->name + "@" + std::to_string(input.suite->version))
                              : Json(nullptr);
  json["basis"] = input.policy.is_claimed ? "claimed" : "measured";
  if (input.policy.is_claimed) json["board"] = board_json(input);
  json["stage"] = input.stage ? Json(input.stage->stage) : Json(nullptr);
  json["as_of"] = input.as_of;
  json["share"] = static_cast<double>(input.policy.share.numerator) /
                  static_cast<double>(input.policy.share.denominator);
  json["confidence"] =
      input.policy.is_claimed ? Json(nullptr) : Json(confidence_of_a_look(input.policy));
  json["settle"] = nullptr;
  if (const std::optional<Settle>& settle = input.policy.settle) {
    json["settle"] = Json::object();
    json["settle"]["rounds"] = settle->rounds;
    json["settle"]["requests"] = settle->requests;
    json["settle"]["asked"] = input.asked_again;
  }
  json["stay"] = input.policy.stay ? Json(*input.policy.stay) : Json(nullptr);
  json["generation"] = generation;
  json["cohort"] = std::move(cohort);
  json["verdicts"] = std::move(verdicts);
  return json;
}

}  // namespace gwageo
