#include "coordinator/judgement.h"

#include "coordinator/claims_judgement.h"

namespace gwageo {

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
    }
    cohort.push_back(std::move(member));
  }
  Json verdicts = Json::array();
  for (const Verdict& verdict : judgement.verdicts) {
    verdicts.push_back(input.policy.is_claimed ? claimed_json(verdict) : to_json(verdict));
  }
  Json json;
  json["target"] = input.target.name;
  json["version"] = input.target.version == 0 ? Json(nullptr) : Json(input.target.version);
  json["suite"] = input.suite ? Json(input.suite->name + "@" + std::to_string(input.suite->version))
                              : Json(nullptr);
  json["basis"] = input.policy.is_claimed ? "claimed" : "measured";
  if (input.policy.is_claimed) json["board"] = board_json(input);
  json["as_of"] = input.as_of;
  json["share"] = static_cast<double>(input.policy.share.numerator) /
                  static_cast<double>(input.policy.share.denominator);
  json["generation"] = generation;
  json["cohort"] = std::move(cohort);
  json["verdicts"] = std::move(verdicts);
  return json;
}

}  // namespace gwageo
