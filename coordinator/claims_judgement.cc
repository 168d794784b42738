#include "coordinator/claims_judgement.h"

#include <algorithm>

#include "coordinator/boards.h"
#include "coordinator/keys.h"
#include "protocol/bytes.h"

namespace gwageo {
namespace {

Result<std::string> read_file_of(const Store& store, const Digest& digest,
                                 const ClaimsImported& imported) {
  GWAGEO_ASSIGN(bytes, store.read(keys::blob(digest)));
  if (bytes) return *std::move(bytes);
  return fail(ErrorKind::corrupt,
              "file " + to_hex(digest) + " of board " + imported.board + " is not in the store");
}

void add_model(ByteWriter& out, const ClaimedModel& model) {
  out.text(model.name);
  const std::size_t values = model.row == nullptr ? 0 : model.row->values.size();
  out.u32(static_cast<std::uint32_t>(values));
  for (std::size_t i = 0; i < values; ++i) {
    const std::optional<Fraction>& value = model.row->values[i];
    out.text(value ? to_string(*value) : "");
  }
}

// What the verdict on one candidate depends on, but for the candidate.
std::string shared_inputs(const JudgementInput& input, const Leaderboard& board,
                          const ClaimedCohort& cohort) {
  ByteWriter out;
  out.text(input.target.text);
  out.text(input.policy.board);
  out.text(input.claims ? input.claims->imported.release : "");
  out.u32(static_cast<std::uint32_t>(board.tasks.size()));
  for (const BoardTask& task : board.tasks) {
    out.text(task.name);
    out.text(task.category);
  }
  out.u32(cohort.models.empty() ? 0 : 1);
  out.u32(static_cast<std::uint32_t>(cohort.lacking.size()));
  for (const ClaimedModel* model : cohort.lacking) out.text(model->name);
  if (cohort.best != nullptr) {
    add_model(out, *cohort.best);
    out.text(to_string(*cohort.best->dated));
    out.u32(cohort.best->is_release ? 1 : 0);
  }
  return std::string(out.bytes());
}

Digest inputs_digest(const std::string& shared, const ClaimedModel& candidate) {
  ByteWriter out;
  out.text(shared);
  add_model(out, candidate);
  return sha256(out.bytes());
}

Contender contender(const ClaimedModel& model) {
  return {model.name, model.dated.value_or(Date{}), "claimed", {}, {}, !model.is_release};
}

/// The models that the target names, or all; a named one that is not on the board has no row.
std::vector<ClaimedModel> candidates_of(const Target& policy,
                                        const std::vector<ClaimedModel>& models) {
  if (policy.candidates.empty()) return models;
  std::vector<std::string> names = policy.candidates;
  std::sort(names.begin(), names.end());
  std::vector<ClaimedModel> out;
  for (const std::string& name : names) {
    const auto known = std::find_if(models.begin(), models.end(),
                                    [&](const ClaimedModel& model) { return model.name == name; });
    if (known != models.end()) {
      out.push_back(*known);
    } else {
      out.emplace_back().name = name;
    }
  }
  return out;
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

Result<Judgement> judge_claims(const JudgementInput& input, const Store& store) {
  Judgement judgement{input, {}, {}, {}};
  Leaderboard board;
  std::vector<ClaimedModel> models;
  ClaimedCohort cohort;
  if (input.claims) {
    GWAGEO_ASSIGN(read, stored_board(store, input.claims->imported));
    board = std::move(read.board);
    models = claimed_models(board, input.claims->first_seen);
    cohort = claimed_cohort(models, *parse_date(input.as_of), input.policy.window_months);
  }
  for (const ClaimedModel* model : cohort.models) {
    judgement.input.cohort.push_back(contender(*model));
  }
  const std::string shared = shared_inputs(input, board, cohort);
  for (const ClaimedModel& candidate : candidates_of(input.policy, models)) {
    judgement.input.candidates.push_back(contender(candidate));
    Verdict verdict = input.claims ? judge_claimed(input.policy, board, candidate, cohort)
                                   : no_board(input, candidate.name);
    std::string document = claimed_json(verdict).dump();
    judgement.reached.push_back({input.target.name, input.target.version, candidate.name,
                                 input.as_of, 0, inputs_digest(shared, candidate),
                                 std::string(to_string(verdict.kind)), sha256(document)});
    judgement.documents.push_back(std::move(document));
    judgement.verdicts.push_back(std::move(verdict));
  }
  return judgement;
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
