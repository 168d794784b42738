#include "coordinator/claims_judgement.h"

#include <algorithm>

#include "coordinator/blobs.h"
#include "coordinator/boards.h"

namespace gwageo {
namespace {

Result<std::string> read_file_of(const Store& store, const Digest& digest,
                                 const ClaimsImported& imported) {
  GWAGEO_ASSIGN(bytes, read_blob(store, digest));
  if (bytes) return *std::move(bytes);
  return fail(ErrorKind::corrupt,
              "file " + to_hex(digest) + " of board " + imported.board + " is not in the store");
}

Contender contender(const ClaimedModel& model) {
  return {model.name, model.dated.value_or(Date{}), "claimed", {}, {}, !model.is_release};
}

Verdict no_board(const JudgementInput& input, const std::string& candidate) {
  const std::string release =
      input.policy.board_release ? "@" + *input.policy.board_release : std::string();
  Verdict verdict;
  verdict.candidate = candidate;
  verdict.reasons.push_back("board " + input.policy.board + release + " is not there yet");
  return verdict;
}

}  // namespace

Result<BoardFile> stored_board(const Store& store, const ClaimsImported& imported) {
  GWAGEO_ASSIGN(text, read_file_of(store, imported.file, imported));
  std::optional<std::string> categories;
  if (imported.categories != Digest{}) {
    GWAGEO_ASSIGN(read, read_file_of(store, imported.categories, imported));
    categories = std::move(read);
  }
  std::optional<BoardText> grouped;
  if (categories) grouped = BoardText{imported.categories_source, *categories};
  Result<BoardFile> board =
      read_board(imported.format, imported.board, {imported.source, text}, grouped);
  if (!board) return fail(ErrorKind::corrupt, "an imported board: " + board.error().message);
  return board;
}

ClaimedContest::ClaimedContest(const JudgementInput& input, const Leaderboard& board)
    : policy_(input.policy), board_(board) {
  if (!input.claims) return;
  models_ = claimed_models(board, input.claims->first_seen);
  cohort_ = claimed_cohort(models_, *parse_date(input.as_of), policy_.window_months);
}

std::vector<ClaimedModel> ClaimedContest::candidates() const {
  if (policy_.candidates.empty()) return models_;
  std::vector<std::string> names = policy_.candidates;
  std::sort(names.begin(), names.end());
  std::vector<ClaimedModel> out;
  for (const std::string& name : names) {
    const auto known = std::find_if(models_.begin(), models_.end(),
                                    [&](const ClaimedModel& model) { return model.name == name; });
    if (known != models_.end()) {
      out.push_back(*known);
    } else {
      out.emplace_back().name = name;
    }
  }
  return out;
}

Verdict ClaimedContest::judge(const JudgementInput& input, const ClaimedModel& candidate) const {
  if (!input.claims) return no_board(input, candidate.name);
  return judge_claimed(input.policy, board_, candidate, cohort_);
}

JudgementInput ClaimedContest::filled(JudgementInput input) const {
  for (const ClaimedModel* model : cohort_.models) input.cohort.push_back(contender(*model));
  for (const ClaimedModel& model : candidates()) input.candidates.push_back(contender(model));
  return input;
}

Json claimed_json(const Verdict& verdict) {
  Json json = to_json(verdict);
  json["evidence"] = "claimed";
  return json;
}

Json board_json(const JudgementInput& input) {
  Json json;
  json["board"] = input.policy.board;
  if (!input.claims) return json;
  const ClaimsImported& imported = input.claims->imported;
  json["release"] = imported.release.empty() ? Json(nullptr) : Json(imported.release);
  json["version"] = imported.version;
  json["seen"] = imported.seen;
  json["file"] = to_hex(imported.file);
  return json;
}

}  // namespace gwageo
