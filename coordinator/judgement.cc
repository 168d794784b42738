#include "coordinator/judgement.h"

#include <algorithm>

#include "coordinator/claims_judgement.h"
#include "coordinator/decisions.h"
#include "coordinator/keys.h"
#include "coordinator/standing.h"
#include "coordinator/suite_files.h"
#include "protocol/bytes.h"

namespace gwageo {
namespace {

// What the verdict on one candidate depends on; the day only through the cohort.
Digest inputs_digest(const JudgementInput& input, const Contender& candidate) {
  ByteWriter out;
  out.text(input.target.text);
  out.digest(input.suite ? input.suite->digest : Digest{});
  const auto add = [&](const Contender& c) {
    out.text(c.name);
    out.text(to_string(c.released));
    out.digest(c.scores_root);
  };
  add(candidate);
  for (const Contender& reference : input.cohort) add(reference);
  add_decided(out, input, candidate.name);
  return sha256(out.bytes());
}

Result<Scorecard> read_scorecard(const Store& store, const Digest& root) {
  GWAGEO_ASSIGN(bytes, store.read(keys::blob(root)));
  if (!bytes) return fail(ErrorKind::corrupt, "scorecard " + to_hex(root) + " is not in the store");
  return decode_scorecard(*bytes);
}

// Scorecards of all contenders, read once.
class Scorecards {
 public:
  explicit Scorecards(const Store& store) : store_(store) {}
  Result<JudgedModel> judged(const Contender& contender) {
    JudgedModel model{contender.name, contender.released, contender.evidence, nullptr};
    if (!contender.job) return model;
    auto known = read_.find(contender.scores_root);
    if (known == read_.end()) {
      GWAGEO_ASSIGN(scorecard, read_scorecard(store_, contender.scores_root));
      known = read_.emplace(contender.scores_root, std::move(scorecard)).first;
    }
    model.scorecard = &known->second;
    return model;
  }

 private:
  const Store& store_;
  std::map<Digest, Scorecard> read_;
};

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

Verdict no_suite(const JudgementInput& input, const std::string& candidate) {
  Verdict verdict;
  verdict.candidate = candidate;
  verdict.reasons.push_back("suite " + input.policy.suite + " is not there yet");
  return verdict;
}

}  // namespace

Result<Judgement> judge_all(const JudgementInput& input, const Store& store) {
  if (input.policy.is_claimed) return judge_claims(input, store);
  Judgement judgement{input, {}, {}, {}};
  std::optional<Suite> suite;
  if (input.suite) {
    GWAGEO_ASSIGN(manifest, read_manifest(store, input.suite->manifest));
    const StoredFiles files(store, manifest);
    GWAGEO_ASSIGN(loaded, load_suite(manifest.main, files));
    suite = std::move(loaded);
  }
  Scorecards scorecards(store);
  std::vector<JudgedModel> cohort;
  for (const Contender& reference : input.cohort) {
    GWAGEO_ASSIGN(model, scorecards.judged(reference));
    cohort.push_back(model);
  }
  for (const Contender& candidate : input.candidates) {
    GWAGEO_ASSIGN(model, scorecards.judged(candidate));
    const std::vector<GateDecision> decisions = decisions_on(input, candidate.name);
    Verdict verdict = suite ? judge(input.policy, *suite, model, cohort, decisions)
                            : no_suite(input, candidate.name);
    std::string document = to_json(verdict).dump();
    judgement.reached.push_back({input.target.name, input.target.version, candidate.name,
                                 input.as_of, 0, inputs_digest(input, candidate),
                                 std::string(to_string(verdict.kind)), sha256(document)});
    judgement.documents.push_back(std::move(document));
    judgement.verdicts.push_back(std::move(verdict));
  }
  return judgement;
}

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
  const Standing standing = standing_of(input, judgement.verdicts);
  for (const Verdict& verdict : judgement.verdicts) {
    Json row = input.policy.is_claimed ? claimed_json(verdict) : to_json(verdict);
    row["gate_details"] = gate_details(input, verdict);
    add_standing(standing, verdicts.as_array().size(), verdict.candidate, row);
    add_entry(input, verdict.candidate, row);
    verdicts.push_back(std::move(row));
  }
  Json json;
  json["target"] = input.target.name;
  json["version"] = input.target.version;
  json["suite"] = input.suite ? Json(input.suite->name + "@" + std::to_string(input.suite->version))
                              : Json(nullptr);
  json["basis"] = input.policy.is_claimed ? "claimed" : "measured";
  if (input.policy.is_claimed) json["board"] = board_json(input);
  json["stage"] = input.stage ? Json(input.stage->stage) : Json(nullptr);
  json["as_of"] = input.as_of;
  json["share"] = static_cast<double>(input.policy.share.numerator) /
                  static_cast<double>(input.policy.share.denominator);
  json["stay"] = input.policy.stay ? Json(*input.policy.stay) : Json(nullptr);
  json["generation"] = generation;
  json["cohort"] = std::move(cohort);
  json["verdicts"] = std::move(verdicts);
  return json;
}

}  // namespace gwageo
