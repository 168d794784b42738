#include "coordinator/command_claims.h"

#include <algorithm>

#include "benchmarks/leaderboard_builder.h"
#include "coordinator/blobs.h"
#include "coordinator/boards.h"
#include "coordinator/claims_judgement.h"
#include "coordinator/members.h"
#include "protocol/limits.h"

namespace gwageo::claims {
namespace {

/// Of the names that one import may add, so that its record is within its bound.
constexpr std::size_t new_names_bytes_max = std::size_t{48} << 10;

Status check_claim_date(const std::string& key, const std::string& date) {
  if (parse_date(date)) return {};
  return fail(ErrorKind::bad_input,
              "`" + key + "`: \"" + date + "\" is no date: YYYY-MM-DD, and a day that exists");
}

Result<ClaimsImported> read_request(const CommandRequest& r) {
  Members in(r.body);
  ClaimsImported claims;
  claims.board = in.name("board");
  claims.release = in.text_or("release", "");
  claims.seen = in.text_or("seen", r.state().day());
  const std::string format = in.text("format");
  claims.source = in.text("source");
  claims.file = in.digest("file");
  claims.categories_source = in.text_or("categories_source", "");
  if (r.body.find("categories") != nullptr) claims.categories = in.digest("categories");
  claims.reason = in.words("reason");
  claims.principal = r.principal.name;
  GWAGEO_TRY(in.status());
  if (!claims.release.empty()) GWAGEO_TRY(check_claim_date("release", claims.release));
  GWAGEO_TRY(check_claim_date("seen", claims.seen));
  if (claims.seen < claims.release) {
    return fail(ErrorKind::bad_input,
                "`release`: " + claims.release +
                    " is after the day on which the board said so (`seen`: " + claims.seen + ")");
  }
  const std::optional<BoardFormat> known = parse_board_format(format);
  if (!known) {
    return fail(ErrorKind::bad_input,
                "`format` must be livebench, aider or claims, not \"" + format + "\"");
  }
  claims.format = *known;
  for (const Digest& digest : {claims.file, claims.categories}) {
    if (digest == Digest{}) continue;
    GWAGEO_ASSIGN(bytes, read_blob(r.context.store, digest));
    if (!bytes) return fail(ErrorKind::bad_input, "file " + to_hex(digest) + " was not put");
  }
  return claims;
}

/// Reads the file as a person's, who is told what is wrong with it.
Result<BoardFile> read_given(const Store& store, const ClaimsImported& claims) {
  Result<BoardFile> board = stored_board(store, claims);
  if (!board && board.error().kind == ErrorKind::corrupt) {
    return fail(ErrorKind::bad_input, board.error().message);
  }
  return board;
}

/// The models that the board was not known to have on the day.
std::vector<std::string> new_models(const Leaderboard& board, const BoardImports& known,
                                    const std::string& seen) {
  const std::map<std::string, Date> days = first_seen(known);
  std::vector<std::string> names;
  for (const BoardRow& row : board.rows) {
    const auto day = days.find(row.model);
    if (day == days.end() || seen < to_string(day->second)) names.push_back(row.model);
  }
  return names;
}

Status check_names(const std::vector<std::string>& names) {
  std::size_t bytes = 0;
  for (const std::string& name : names) bytes += name.size() + 16;
  if (bytes <= new_names_bytes_max) return {};
  return fail(ErrorKind::bad_input, std::to_string(names.size()) +
                                        " models that the board did not have, with names too "
                                        "long for one record: import a part of them first");
}

Json json_of(const ClaimsImported& imported) {
  Json json;
  json["release"] = imported.release.empty() ? Json(nullptr) : Json(imported.release);
  json["version"] = imported.version;
  json["seen"] = imported.seen;
  json["format"] = to_string(imported.format);
  json["source"] = imported.source;
  json["file"] = to_hex(imported.file);
  json["models"] = imported.models;
  json["tasks"] = imported.tasks;
  json["added"] = imported.added;
  json["removed"] = imported.removed;
  json["restated"] = imported.restated;
  json["reason"] = imported.reason.empty() ? Json(nullptr) : Json(imported.reason);
  json["principal"] = imported.principal;
  return json;
}

Json json_of(const ClaimedModel& model) {
  Json json;
  json["model"] = model.name;
  json["released"] = model.dated ? Json(to_string(*model.dated)) : Json(nullptr);
  json["dated_by"] = model.is_release ? "release" : "first_seen";
  json["overall"] = model.score ? Json(model.score->overall.to_double()) : Json(nullptr);
  Json categories = Json::object();
  if (model.score) {
    for (const BoardCategory& category : model.score->categories) {
      categories[category.name] = category.mean.to_double();
    }
  }
  json["categories"] = std::move(categories);
  return json;
}

/// Highest overall first; who has none comes last; then by name.
Json ranking(std::vector<ClaimedModel> models) {
  std::stable_sort(models.begin(), models.end(), [](const ClaimedModel& a, const ClaimedModel& b) {
    if (a.score && b.score) return b.score->overall < a.score->overall;
    return a.score.has_value() && !b.score.has_value();
  });
  Json rows = Json::array();
  for (const ClaimedModel& model : models) rows.push_back(json_of(model));
  return rows;
}

}  // namespace

CommandOutcome add(const CommandRequest& r) {
  Result<ClaimsImported> claims = read_request(r);
  if (!claims) return refusal(claims.error());
  const Result<BoardFile> given = read_given(r.context.store, *claims);
  if (!given) return refusal(given.error());
  const auto found = r.state().boards().find(claims->board);
  const BoardImports known = found == r.state().boards().end() ? BoardImports{} : found->second;
  const ClaimsImported* const before = newest_import(known, claims->release);
  Leaderboard last;
  if (before != nullptr) {
    Result<BoardFile> stored = stored_board(r.context.store, *before);
    if (!stored) return refusal(stored.error());
    last = std::move(stored->board);
    if (last == given->board) {
      Answered answer;
      answer.body["known"] = true;
      return answer;
    }
  }
  const BoardChange change = board_change(last, given->board);
  claims->models = static_cast<std::uint32_t>(given->board.rows.size());
  claims->tasks = static_cast<std::uint32_t>(given->board.tasks.size());
  claims->added = change.added;
  claims->removed = change.removed;
  claims->restated = change.restated;
  claims->first_seen = new_models(given->board, known, claims->seen);
  if (const Status fits = check_names(claims->first_seen); !fits) return refusal(fits.error());
  // The scheduler asks the same; here it says so before the bounds of the record do.
  if (const Status fits = check_import(r.state(), *claims); !fits) return refusal(fits.error());
  return Event{Proposed{r.client, *std::move(claims)}};
}

CommandOutcome list(const CommandRequest& r) {
  Json boards = Json::array();
  for (const auto& [name, imports] : r.state().boards()) {
    Json entry;
    entry["board"] = name;
    entry["imports"] = imports.size();
    const ClaimsImported* const newest = board_on(imports, std::nullopt, r.state().day());
    entry["newest"] = newest == nullptr ? Json(nullptr) : json_of(*newest);
    boards.push_back(std::move(entry));
  }
  Answered answer;
  answer.body["boards"] = std::move(boards);
  return answer;
}

CommandOutcome show(const CommandRequest& r) {
  Members in(r.body);
  const std::string name = in.name("board");
  const std::string release = in.text_or("release", "");
  const std::string as_of = in.text_or("as_of", r.state().day());
  if (const Status status = in.status(); !status) return refusal(status.error());
  if (const Status date = check_claim_date("as_of", as_of); !date) return refusal(date.error());
  const auto board = r.state().boards().find(name);
  if (board == r.state().boards().end()) {
    return refusal(
        {ErrorKind::not_found, "no board is named " + name + " (gwageo reference list)"});
  }
  const std::optional<std::string> pinned =
      release.empty() ? std::nullopt : std::optional<std::string>(release);
  const ClaimsImported* const imported = board_on(board->second, pinned, as_of);
  if (imported == nullptr) {
    return bad_request("board " + name + (pinned ? "@" + *pinned : "") + " was not seen by " +
                       as_of);
  }
  const Result<BoardFile> stored = stored_board(r.context.store, *imported);
  if (!stored) return refusal(stored.error());
  Answered answer;
  answer.body["board"] = name;
  answer.body["as_of"] = as_of;
  answer.body["evidence"] = "claimed";
  answer.body["state"] = json_of(*imported);
  answer.body["models"] = ranking(claimed_models(stored->board, first_seen(board->second)));
  Json findings = Json::array();
  for (const BoardFinding& finding : stored->findings) findings.push_back(to_json(finding));
  answer.body["findings"] = std::move(findings);
  Json imports = Json::array();
  for (const ClaimsImported& each : board->second) imports.push_back(json_of(each));
  answer.body["imports"] = std::move(imports);
  return answer;
}

}  // namespace gwageo::claims
