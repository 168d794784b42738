#include "coordinator/verdict_explanation.h"

#include <algorithm>
#include <charconv>
#include <map>

#include "benchmarks/paired_scorecards.h"
#include "benchmarks/rounds.h"
#include "benchmarks/target.h"
#include "benchmarks/target_suite.h"
#include "benchmarks/verdict.h"
#include "coordinator/blobs.h"
#include "coordinator/suite_files.h"
#include "coordinator/verdict_history.h"
#include "coordinator/verdict_items.h"

namespace gwageo {
namespace {

const Json& part(const Json& object, std::string_view key) {
  static const Json none;
  const Json* const found = object.find(key);
  return found == nullptr ? none : *found;
}

std::string text_in(const Json& object, std::string_view key) {
  const Json& value = part(object, key);
  return value.is_string() ? value.as_string() : std::string();
}

Json as_text(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }

std::optional<std::uint64_t> generation_named(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// The verdicts of one candidate, oldest first.
std::vector<const VerdictReached*> verdicts_of(const State& state, const std::string& target,
                                               const std::string& candidate) {
  std::vector<const VerdictReached*> found;
  for (const VerdictReached& verdict : state.verdict_history()) {
    if (verdict.target == target && verdict.candidate == candidate) found.push_back(&verdict);
  }
  return found;
}

/// What the verdict's document says; nothing where it is superseded and not at hand.
Result<std::optional<Json>> document_of(const VerdictQuestion& question, const Store& store) {
  const Digest& name = question.verdict.document;
  if (question.is_superseded) return read_superseded(store, name);
  GWAGEO_ASSIGN(document, read_document(store, name));
  return std::optional(std::move(document));
}

/// Whom a verdict's document says it is compared with: by axis, or, under "", in all.
std::vector<std::pair<std::string, std::string>> references_of(const Json& document) {
  std::vector<std::pair<std::string, std::string>> found;
  const Json& references = part(document, "references");
  if (references.is_object()) {
    for (const auto& [axis, model] : references.as_object()) {
      if (model.is_string()) found.emplace_back(axis, model.as_string());
    }
  }
  if (references.is_array()) {
    for (const Json& model : references.as_array()) {
      if (model.is_string()) found.emplace_back("", model.as_string());
    }
  }
  return found;
}

/// The model of that name in the inputs: the candidate, or one of the cohort.
const Json& compared_model(const Json& inputs, const std::string& name, bool is_candidate) {
  static const Json none;
  if (is_candidate) return part(inputs, "candidate");
  const Json& cohort = part(inputs, "cohort");
  if (!cohort.is_array()) return none;
  for (const Json& model : cohort.as_array()) {
    if (text_in(model, "model") == name) return model;
  }
  return none;
}

/// The job that examined a model of the inputs, in decimal; empty: none did.
std::string job_of(const JobsByScores& jobs, const Json& model) {
  const auto found = jobs.find(
      {text_in(model, "model"), part(model, "version").dump(), 0, text_in(model, "scores_root")});
  return found == jobs.end() ? std::string() : found->second;
}

/// Whose items a verdict rests on: the candidate first, then whom it is compared with, each once.
std::vector<const Json*> models_compared(const Json& document) {
  const Json& inputs = part(document, "inputs");
  std::vector<const Json*> found{&compared_model(inputs, "", true)};
  for (const auto& [axis, name] : references_of(document)) {
    const Json* const model = &compared_model(inputs, name, false);
    if (std::find(found.begin(), found.end(), model) == found.end()) found.push_back(model);
  }
  return found;
}

Result<Scorecard> read_scorecard(const Store& store, const std::string& root) {
  const std::optional<Digest> digest = from_hex(root);
  if (!digest) return fail(ErrorKind::corrupt, "a verdict names no scorecard: \"" + root + "\"");
  GWAGEO_ASSIGN(bytes, read_blob(store, *digest));
  if (!bytes) return fail(ErrorKind::corrupt, "scorecard " + root + " is not in the store");
  return decode_scorecard(*bytes);
}

Json rule_json(const Target& policy, const std::string& as_of) {
  Json rule;
  rule["share"] = to_double(policy.share);
  rule["share_exact"] = to_string(policy.share);
  rule["compare"] = to_string(policy.comparison);
  rule["reference"] = policy.compared_with ? Json(*policy.compared_with) : Json(nullptr);
  rule["top"] = policy.comparison == Comparison::mean_top ? Json(policy.top) : Json(nullptr);
  rule["bar"] = policy.comparison == Comparison::bar ? Json(to_double(policy.bar)) : Json(nullptr);
  rule["decide"] = policy.decide_by_confidence && !policy.is_claimed ? "confidence" : "point";
  rule["confidence"] = policy.is_claimed ? Json(nullptr) : Json(confidence_of_a_look(policy));
  rule["min_coverage"] = policy.is_claimed ? Json(nullptr) : Json(policy.min_coverage);
  rule["window"] = nullptr;
  const std::optional<Date> day = parse_date(as_of);
  if (!has_window(policy) || !day) return rule;
  rule["window"] = Json::object();
  rule["window"]["months"] = policy.window_months;
  rule["window"]["first"] = to_string(day_after(months_before(*day, policy.window_months)));
  rule["window"]["last"] = as_of;
  return rule;
}

/// What the document says of the axes, of whatever was compared with; without a suite no weights.
Json axes_of(const Json& axes, const Suite* suite) {
  Json list = Json::array();
  if (!axes.is_object()) return list;
  for (const auto& [name, said] : axes.as_object()) {
    Json row;
    row["axis"] = name;
    row["weight"] = nullptr;
    for (std::size_t i = 0; suite != nullptr && i < suite->axes.size(); ++i) {
      if (suite->axes[i].name == name) row["weight"] = suite->axes[i].weight;
    }
    for (const char* const key : {"candidate", "reference", "ratio"}) row[key] = part(said, key);
    list.push_back(std::move(row));
  }
  return list;
}

/// What one verdict's scorecards come to.
class Derivation {
 public:
  Derivation(const VerdictQuestion& question, const Json& document, const Store& store)
      : q_(question), document_(document), inputs_(part(document, "inputs")), store_(store) {}

  Status derive(const Target& policy, Json& answer) {
    answer["cohort"] = Json::array();
    answer["axes"] = axes_of(part(document_, "axes"), nullptr);
    answer["tasks"] = Json::array();
    answer["items"] = nullptr;
    answer["items_withheld"] = as_text(q_.withheld);
    answer["candidate_job"] = as_text(job_of(q_.sources.jobs, part(inputs_, "candidate")));
    answer["reference_job"] = nullptr;
    if (!q_.suite) return {};
    GWAGEO_ASSIGN(manifest, read_manifest(store_, q_.suite->manifest));
    const StoredFiles files(store_, manifest);
    GWAGEO_ASSIGN(suite, load_suite(manifest.main, files));
    const bool has_weights = !policy.axes.empty() && weighing_faults(policy, suite.axes).empty();
    if (has_weights) suite = weighed(suite, policy);
    GWAGEO_TRY(add_cohort(policy, suite, answer));
    answer["axes"] = axes_of(part(document_, "axes"), &suite);
    const std::vector<std::pair<std::string, std::string>> named = references_of(document_);
    const bool is_bar = policy.comparison == Comparison::bar;
    if (!candidate_ || (named.empty() && !is_bar) || part(document_, "ratio").is_null()) return {};
    const ComparedCards compared = compared_cards(suite, policy);
    Opponent opponent{{}, to_double(policy.bar)};
    for (const Task& task : suite.tasks) {
      std::vector<const Scorecard*>& of_task = opponent.by_task.emplace_back();
      for (const auto& [axis, name] : named) {
        const auto known = compared.references.find(name);
        if ((axis.empty() || axis == task.axis) && known != compared.references.end()) {
          of_task.push_back(known->second);
        }
      }
    }
    if (named.size() == 1) {
      const Json& reference = compared_model(inputs_, named.front().second, false);
      answer["reference_job"] = as_text(job_of(q_.sources.jobs, reference));
    }
    const ItemComparison items(suite, policy, *compared.candidate, opponent);
    answer["method"] = items.is_all_means() ? "score_test" : "bootstrap";
    answer["tasks"] = items.tasks(q_.withheld.empty());
    if (!q_.withheld.empty()) return {};
    const PlanOnRecord plan{q_.suite->manifest, q_.suite->plan_root};
    GWAGEO_ASSIGN(worst, items.against_candidate(q_.items, store_, plan));
    answer["items"] = std::move(worst);
    return {};
  }

 private:
  struct ComparedCards {
    std::vector<Scorecard> paired;  // Where they are restricted to it.
    const Scorecard* candidate = nullptr;
    std::map<std::string, const Scorecard*> references;
  };

  /// The scorecards as the verdict compares them.
  ComparedCards compared_cards(const Suite& suite, const Target& policy) const {
    std::vector<const Scorecard*> cards{&*candidate_};
    for (const auto& [name, card] : cards_) cards.push_back(&card);
    ComparedCards compared;
    if (policy.missing == Missing::paired_items) {
      compared.paired = on_paired_items(suite, cards);
      for (std::size_t i = 0; i < cards.size(); ++i) cards[i] = &compared.paired[i];
    }
    compared.candidate = cards.front();
    std::size_t next = 1;
    for (const auto& [name, card] : cards_) compared.references[name] = cards[next++];
    return compared;
  }

  Status add_cohort(const Target& policy, const Suite& suite, Json& answer) {
    const Json& cohort = part(inputs_, "cohort");
    if (!cohort.is_array()) return {};
    for (const Json& model : cohort.as_array()) {
      Json member = model;
      member["job"] = as_text(job_of(q_.sources.jobs, model));
      member["total"] = nullptr;
      member["total_exact"] = nullptr;
      GWAGEO_ASSIGN(card, read(model, suite));
      if (card) {
        add_total(suite, *card, member);
        cards_.emplace(text_in(model, "model"), *std::move(card));
      }
      const std::optional<Date> released = parse_date(text_in(model, "released"));
      const bool leaves = released && has_window(policy);
      member["out_since"] =
          leaves ? Json(to_string(out_of_window(*released, policy.window_months))) : Json(nullptr);
      answer["cohort"].push_back(std::move(member));
    }
    answer["total"] = nullptr;
    answer["total_exact"] = nullptr;
    GWAGEO_ASSIGN(own, read(part(inputs_, "candidate"), suite));
    if (!own) return {};
    add_total(suite, *own, answer);
    candidate_ = std::move(own);
    return {};
  }

  /// What a model of the inputs scored, over its rounds; nothing where it was not examined.
  Result<std::optional<Scorecard>> read(const Json& model, const Suite& suite) const {
    std::vector<std::string> roots{text_in(model, "scores_root")};
    if (roots.front().empty()) return std::optional<Scorecard>();
    const Json& rounds = part(model, "rounds");
    for (std::size_t i = 0; rounds.is_array() && i < rounds.as_array().size(); ++i) {
      const Json& root = rounds.as_array()[i];
      roots.push_back(root.is_string() ? root.as_string() : std::string());
    }
    std::vector<Scorecard> cards;
    for (const std::string& root : roots) {
      GWAGEO_ASSIGN(card, read_scorecard(store_, root));
      if (!is_of_suite(card, suite)) {
        return fail(ErrorKind::corrupt, "scorecard " + root +
                                            ", which a verdict rests on, is none " + "of suite " +
                                            suite.name + "@" + std::to_string(suite.version));
      }
      cards.push_back(std::move(card));
    }
    std::vector<const Scorecard*> all;
    for (const Scorecard& card : cards) all.push_back(&card);
    return std::optional(mean_of_rounds(suite, all));
  }

  static void add_total(const Suite& suite, const Scorecard& card, Json& to) {
    const std::optional<Total> total = total_score(suite, card.tasks);
    if (!total) return;
    to["total"] = total->value;
    const std::optional<Fraction> exact = total->exact ? total->exact->to_fraction() : std::nullopt;
    if (exact) to["total_exact"] = to_string(*exact);
  }

  const VerdictQuestion& q_;
  const Json& document_;
  const Json& inputs_;
  const Store& store_;
  std::optional<Scorecard> candidate_;
  std::map<std::string, Scorecard> cards_;  ///< Of the cohort, by name.
};

}  // namespace

Result<VerdictQuestion> find_verdict(const State& state, const Store& store,
                                     const std::string& text) {
  const std::size_t slash = text.find('/');
  const std::string target = text.substr(0, slash);
  std::string candidate = slash == std::string::npos ? "" : text.substr(slash + 1);
  const auto versions = state.targets().find(target);
  if (versions == state.targets().end() || candidate.empty()) {
    return fail(ErrorKind::not_found, "there is no verdict \"" + text +
                                          "\": it is named TARGET/CANDIDATE or "
                                          "TARGET/CANDIDATE@GENERATION (gwageo target list)");
  }
  // A board may have a name with an @; the whole of it goes first.
  std::optional<std::uint64_t> generation;
  std::vector<const VerdictReached*> found = verdicts_of(state, target, candidate);
  const std::size_t at = candidate.rfind('@');
  if (found.empty() && at != std::string::npos) {
    generation = generation_named(std::string_view(candidate).substr(at + 1));
    candidate.resize(at);
    if (generation) found = verdicts_of(state, target, candidate);
  }
  auto one = found.end();
  if (generation) {
    one = std::find_if(found.begin(), found.end(), [&](const VerdictReached* verdict) {
      return verdict->generation == *generation;
    });
  } else if (!found.empty()) {
    one = std::prev(found.end());
  }
  if (one == found.end()) {
    return fail(ErrorKind::not_found, "there is no verdict \"" + text +
                                          "\" on record (gwageo target history " + target + ")");
  }
  VerdictQuestion question;
  question.verdict = **one;
  if (one != found.begin()) question.before = **std::prev(one);
  for (const TargetAdded& version : versions->second) {
    if (version.version == question.verdict.target_version) question.target = version;
    if (question.before && version.version == question.before->target_version) {
      question.replaced = version;
    }
  }
  question.is_superseded = std::next(one) != found.end();
  GWAGEO_ASSIGN(read, document_of(question, store));
  const Json document = read.value_or(Json::object());
  const Json& suite = part(part(document, "inputs"), "suite");
  const Json& version = part(suite, "version");
  const SuiteAdded* const added =
      version.is_integer()
          ? state.suite(text_in(suite, "suite"), static_cast<std::uint32_t>(version.as_integer()))
          : nullptr;
  if (added != nullptr) question.suite = *added;
  question.sources =
      move_sources(state, question.is_superseded ? VerdictAge::superseded : VerdictAge::newest);
  return question;
}

Result<std::string> why_withheld(const State& state, const Store& store,
                                 const VerdictQuestion& question, const std::string& team) {
  GWAGEO_ASSIGN(document, document_of(question, store));
  if (!document) return std::string();  // It has no items.
  const std::vector<const Json*> models = models_compared(*document);
  for (const Json* const model : models) {
    if (text_in(*model, "scores_root").empty()) continue;  // It has no items.
    const std::string number = job_of(question.sources.jobs, *model);
    const std::optional<std::uint64_t> id = generation_named(number);
    const Job* const job = id ? state.job({*id}) : nullptr;
    if (job != nullptr && job->accepted.team == team) continue;
    return std::string("which items were answered how is left out: ") +
           (model == models.front() ? "the candidate"
            : models.size() == 2    ? "the best reference"
                                    : "reference " + text_in(*model, "model")) +
           " was examined by " + (number.empty() ? "a job" : "job " + number) +
           ", which is none of team " + team +
           "'s, and a team reads the items of its own jobs only";
  }
  return std::string();
}

Result<Json> explain(const VerdictQuestion& question, const Store& store) {
  const VerdictReached& verdict = question.verdict;
  GWAGEO_ASSIGN(read, document_of(question, store));
  GWAGEO_ASSIGN(policy, load_target(question.target.name, question.target.text));
  DocumentBefore before;
  if (question.before) {
    GWAGEO_ASSIGN(read_before, read_superseded(store, question.before->document));
    before.emplace(std::move(read_before));
  }
  const Json document = read.value_or(Json::object());
  Json answer;
  answer["target"] = verdict.target;
  answer["target_version"] = verdict.target_version;
  answer["generation"] = verdict.generation;
  answer["as_of"] = verdict.as_of;
  answer["basis"] = policy.is_claimed ? "claimed" : "measured";
  answer["document"] = to_hex(verdict.document);
  answer["document_at_hand"] = read.has_value();
  answer["inputs_digest"] = to_hex(verdict.inputs);
  answer["rule"] = rule_json(policy, verdict.as_of);
  for (const char* const key :
       {"candidate", "verdict", "ratio", "ratio_exact", "meets", "ci", "n", "best_reference",
        "references", "settled_by", "gates", "admitted", "reasons"}) {
    answer[key] = part(document, key);
  }
  answer["candidate"] = verdict.candidate;
  answer["verdict"] = verdict.verdict;
  std::vector<Move> moves = moves_of_documents(before, read, question.sources);
  if (question.replaced) name_policy_changes(*question.replaced, question.target, moves);
  answer["moves"] = to_json(moves);
  answer["before"] = nullptr;
  if (question.before) {
    answer["before"] = Json::object();
    answer["before"]["generation"] = question.before->generation;
    answer["before"]["as_of"] = question.before->as_of;
    answer["before"]["verdict"] = question.before->verdict;
  }
  answer["method"] = "none";
  answer["inputs"] = part(document, "inputs");
  GWAGEO_TRY(Derivation(question, document, store).derive(policy, answer));
  if (policy.is_claimed) answer["categories"] = part(document, "axes");
  return answer;
}

}  // namespace gwageo
