#include "coordinator/verdict_history.h"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <set>

#include "benchmarks/target.h"
#include "benchmarks/target_changes.h"
#include "coordinator/blobs.h"
#include "coordinator/contenders.h"
#include "coordinator/roster.h"

namespace gwageo {
namespace {

const Json& inputs_of(const Json& document) {
  static const Json nothing = Json::object();
  const Json* const inputs = document.find("inputs");
  return inputs == nullptr ? nothing : *inputs;
}

/// A verdict on record, and the one before on the same candidate.
struct Recorded {
  const VerdictReached* verdict = nullptr;
  const VerdictReached* before = nullptr;
};

std::vector<Recorded> recorded(const State& state, const HistoryQuery& query,
                               const TargetSight& sight, std::uint64_t& kept) {
  std::vector<Recorded> found;
  std::map<std::string, const VerdictReached*> last;
  for (const VerdictReached& verdict : state.verdict_history()) {
    if (verdict.target != query.target) continue;
    if (query.candidate && verdict.candidate != *query.candidate) continue;
    if (!sight.sees(verdict)) {
      ++kept;
      continue;
    }
    const VerdictReached*& before = last[verdict.candidate];
    found.push_back({&verdict, before});
    before = &verdict;
  }
  return found;
}

/// Documents of one page: that of a verdict is wanted again by the next one on its candidate.
class Documents {
 public:
  Documents(const State& state, const Store& store) : state_(state), store_(store) {}
  /// As `read_superseded` where a later verdict took its place, else as `read_document`.
  Result<std::optional<Json>> of(const VerdictReached& verdict) {
    const VerdictReached& last = state_.verdicts().at({verdict.target, verdict.candidate});
    const bool is_newest = last.generation == verdict.generation;
    Read& known = read_[verdict.candidate];
    if (known.name == verdict.document && (known.document || !is_newest)) return known.document;
    known = {};
    if (is_newest) {
      GWAGEO_ASSIGN(document, read_document(store_, verdict.document));
      known.document = std::move(document);
    } else {
      GWAGEO_ASSIGN(document, read_superseded(store_, verdict.document));
      known.document = std::move(document);
    }
    known.name = verdict.document;
    return known.document;
  }

 private:
  struct Read {
    std::optional<Digest> name;
    std::optional<Json> document;
  };
  const State& state_;
  const Store& store_;
  std::map<std::string, Read> read_;  ///< The newest that was read, by candidate.
};

Result<Json> entry_of(const Recorded& recorded, const std::vector<TargetAdded>& versions,
                      Documents& documents, const MoveSources& sources) {
  DocumentBefore before;
  if (recorded.before != nullptr) {
    GWAGEO_ASSIGN(read, documents.of(*recorded.before));
    before.emplace(std::move(read));
  }
  const VerdictReached& verdict = *recorded.verdict;
  GWAGEO_ASSIGN(document, documents.of(verdict));
  std::vector<Move> moves = moves_of_documents(before, document, sources);
  if (recorded.before != nullptr) {
    name_policy_changes(versions.at(recorded.before->target_version - 1),
                        versions.at(verdict.target_version - 1), moves);
  }
  Json entry = verdict_json(document.value_or(Json::object()), verdict.as_of, moves);
  entry["candidate"] = verdict.candidate;
  entry["verdict"] = verdict.verdict;
  entry["document_at_hand"] = document.has_value();
  entry["generation"] = verdict.generation;
  entry["target_version"] = verdict.target_version;
  entry["inputs"] = to_hex(verdict.inputs);
  entry["document"] = to_hex(verdict.document);
  return entry;
}

/// Why a model is no candidate of the target today, as far as somebody said so, and since when.
/// Of a roster a team is told the reason of its own candidates' leaving.
Json why_gone(const State& state, const JudgementInput& today, const std::string& candidate,
              const Viewer& viewer) {
  Json row;
  row["candidate"] = candidate;
  row["since"] = nullptr;
  std::string text = candidate + " is no candidate any more";
  const auto retired = state.retired().find(candidate);
  const auto standing = standing_on(state.programme().roster(today.target.name), today.as_of);
  const auto change = standing.find(candidate);
  if (retired != state.retired().end()) {
    row["since"] = retired->second.date;
    text += ": it was retired";
    if (!retired->second.reason.empty()) text += ", " + retired->second.reason;
  } else if (change != standing.end() && !change->second->entered) {
    row["since"] = change->second->date;
    text += ": it left the roster";
    const bool is_told = !viewer || state.model(candidate)->team == *viewer;
    if (is_told) text += ", " + change->second->reason;
  } else {
    text += ": the target judges others";
  }
  row["text"] = std::move(text);
  return row;
}

/// Those of whom there is a verdict and who are judged no more. A board says itself whom it has.
Json gone(const State& state, const std::string& target, const std::vector<Recorded>& all,
          const Viewer& viewer) {
  Json rows = Json::array();
  const std::optional<Date> day = parse_date(state.day());
  const Result<JudgementInput> today =
      day ? gather(state, target, *day) : Result<JudgementInput>(JudgementInput{});
  if (!today || !day || today->policy.is_claimed) return rows;
  std::set<std::string> names;
  for (const Recorded& one : all) names.insert(one.verdict->candidate);
  for (const Contender& candidate : today->candidates) names.erase(candidate.name);
  for (const std::string& name : names) rows.push_back(why_gone(state, *today, name, viewer));
  return rows;
}

}  // namespace

Result<Json> history_page(const State& state, const Store& store, const HistoryQuery& query,
                          const TargetSight& sight) {
  if (!state.targets().contains(query.target)) {
    return fail(ErrorKind::not_found,
                "no target is named " + query.target + " (gwageo target list)");
  }
  std::uint64_t kept = 0;
  const std::vector<Recorded> all = recorded(state, query, sight, kept);
  std::uint64_t from = std::min<std::uint64_t>(query.from, all.size());
  if (query.last) from = all.size() - std::min<std::uint64_t>(*query.last, all.size());
  const std::uint64_t next = std::min<std::uint64_t>(from + verdicts_of_page, all.size());
  if (query.candidate && all.empty() && kept == 0 && state.model(*query.candidate) == nullptr) {
    return fail(ErrorKind::not_found, "target " + query.target + " has no verdict on " +
                                          *query.candidate + ", and no model is named so");
  }
  const bool has_any = next > from;
  const auto sources_of = [&](VerdictAge age) {
    return has_any ? move_sources(state, age) : MoveSources();
  };
  const MoveSources sources = sources_of(VerdictAge::newest);
  const MoveSources sources_then = sources_of(VerdictAge::superseded);
  Documents documents(state, store);
  Json verdicts = Json::array();
  for (std::uint64_t i = from; i < next; ++i) {
    const VerdictReached& verdict = *all[i].verdict;
    const VerdictReached& last = state.verdicts().at({verdict.target, verdict.candidate});
    const bool is_newest = last.generation == verdict.generation;
    GWAGEO_ASSIGN(entry, entry_of(all[i], state.targets().at(query.target), documents,
                                  is_newest ? sources : sources_then));
    verdicts.push_back(std::move(entry));
  }
  Json page;
  page["target"] = query.target;
  page["total"] = all.size();
  page["from"] = from;
  page["next"] = next;
  page["more"] = next < all.size();
  page["verdicts"] = std::move(verdicts);
  page["gone"] = gone(state, query.target, all, sight.viewer());
  if (kept > 0) page["withheld"] = withheld_json(kept);
  return page;
}

Result<Json> read_document(const Store& store, const Digest& document) {
  GWAGEO_ASSIGN(read, read_superseded(store, document));
  if (read) return *std::move(read);
  return fail(ErrorKind::corrupt,
              "the document " + to_hex(document) + " of a verdict is not in the store");
}

Result<std::optional<Json>> read_superseded(const Store& store, const Digest& document) {
  Result<std::optional<std::string>> read = read_blob(store, document);
  if (!read && read.error().kind != ErrorKind::corrupt) return tl::unexpected(read.error());
  if (!read || !*read) return std::optional<Json>();  // Altered is as good as gone.
  Result<Json> parsed = Json::parse(**read);
  if (parsed) return std::optional(*std::move(parsed));
  return fail(ErrorKind::corrupt,
              "the document " + to_hex(document) + " of a verdict: " + parsed.error().message);
}

std::vector<Move> moves_of_documents(const DocumentBefore& before,
                                     const std::optional<Json>& document,
                                     const MoveSources& sources) {
  const auto unknown = [](const std::string& whose) {
    const std::string text = "what moved it is not known: " + whose + " document is not at hand";
    return std::vector<Move>{{"unknown", "", "", "", "", text}};
  };
  if (!before) return moves_between({}, {}, sources);
  if (!document) return unknown("its");
  if (!*before) return unknown("the verdict before's");
  return moves_between(inputs_of(**before), inputs_of(*document), sources);
}

Json verdict_json(const Json& document, const std::string& as_of, const std::vector<Move>& moves) {
  const auto said = [&](std::string_view key) {
    const Json* const value = document.find(key);
    return value == nullptr ? Json(nullptr) : *value;
  };
  const Json* const target = inputs_of(document).find("target");
  const Json* const share = target == nullptr ? nullptr : target->find("share");
  const bool has_share = share != nullptr && share->is_string();
  Json entry;
  entry["as_of"] = as_of;
  entry["candidate"] = said("candidate");
  entry["verdict"] = said("verdict");
  entry["ratio"] = said("ratio");
  entry["ratio_exact"] = said("ratio_exact");
  entry["share"] = has_share ? Json(share_of(share->as_string())) : Json(nullptr);
  for (const char* const key :
       {"meets", "ci", "n", "settled_by", "best_reference", "references", "gates", "admitted"}) {
    entry[key] = said(key);
  }
  entry["moves"] = to_json(moves);
  return entry;
}

MoveSources move_sources(const State& state, VerdictAge age) {
  MoveSources sources;
  JobsByScores disowned;
  for (const auto& [id, job] : state.jobs()) {
    if (!job.scored || job.accepted.audit != 0) continue;
    const auto versions = state.models().find(job.accepted.model);
    if (versions == state.models().end()) continue;
    const std::string root = to_hex(job.scored->scores_root);
    for (const ModelAdded& version : versions->second) {
      // A version that corrects a date only has the answers of the one before.
      if (version.library != job.accepted.library) continue;
      // The oldest that counts (contenders.h): one that came to the same later is not what a
      // verdict rests on.
      const ScoresName name{version.name, std::to_string(version.version), job.accepted.round,
                            root};
      const bool counts = job.disowned.empty() || age == VerdictAge::superseded;
      (counts ? sources.jobs : disowned).emplace(name, std::to_string(id.value));
      if (!job.disowned.empty()) sources.disowned[name] = job.disowned_because;
    }
  }
  sources.jobs.merge(disowned);  // Where nothing has taken its place.
  for (const auto& [name, versions] : state.models()) {
    std::uint32_t salt = versions.front().salt;
    for (const ModelAdded& version : versions) {
      std::string why = version.reason;
      if (version.salt != salt) why = "its answers were disowned" + (why.empty() ? "" : ", " + why);
      sources.corrections[{name, std::to_string(version.version)}] = std::move(why);
      salt = version.salt;
    }
  }
  for (const auto& [name, retirement] : state.retired()) {
    sources.retirements[name] = retirement.reason;
  }
  return sources;
}

void name_policy_changes(const TargetAdded& before, const TargetAdded& after,
                         std::vector<Move>& moves) {
  const auto policy = std::find_if(moves.begin(), moves.end(),
                                   [](const Move& move) { return move.kind == "policy"; });
  if (policy == moves.end() || before.text == after.text) return;
  const Result<Target> was = load_target(before.name, before.text);
  const Result<Target> is = load_target(after.name, after.text);
  if (!was || !is) return;
  std::string said;
  for (const std::string& line : changes(*was, *is)) said += (said.empty() ? ": " : "; ") + line;
  policy->text = "policy " + policy->before + " -> " + policy->after +
                 (said.empty() ? " (which says the same)" : said);
}

double share_of(const std::string& exact) {
  const std::size_t slash = exact.find('/');
  const double numerator = std::strtod(exact.c_str(), nullptr);
  if (slash == std::string::npos) return numerator;
  const double denominator = std::strtod(exact.c_str() + slash + 1, nullptr);
  return denominator > 0 ? numerator / denominator : 0;
}

}  // namespace gwageo
