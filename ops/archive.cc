#include "ops/archive.h"

#include "coordinator/fact_codec.h"
#include "coordinator/judgement.h"
#include "coordinator/keys.h"
#include "coordinator/suite_files.h"
#include "protocol/bytes.h"
#include "protocol/limits.h"

namespace gwageo {
namespace {

Json header_json(const ArchiveHeader& header) {
  Json jobs = Json::array();
  for (const JobId job : header.jobs) jobs.push_back(std::to_string(job.value));
  Json json;
  json["what"] = header.what;
  json["jobs"] = std::move(jobs);
  json["verifier"] = header.verifier;
  json["checkpoint"] = header.checkpoint ? Json(*header.checkpoint) : Json(nullptr);
  return json;
}

using AddRow = std::function<Status(std::string_view key, std::string_view value)>;

/// Passes rows on, each blob once.
class ArchiveRows {
 public:
  explicit ArchiveRows(const AddRow& add) : add_(add) {}

  /// Of the rows in `range` those with a key in `wanted`, or all.
  Status copy(const Store& source, const keys::KeyRange& range,
              const std::set<std::string>* wanted = nullptr) {
    Status added;
    GWAGEO_TRY(
        source.scan(range.first, range.second, [&](std::string_view key, std::string_view value) {
          if (wanted != nullptr && !wanted->contains(std::string(key))) return true;
          added = add_(key, value);
          return added.has_value();
        }));
    return added;
  }

  Status copy_blob(const Store& source, const Digest& digest) {
    GWAGEO_ASSIGN(is_there, copy_if_there(source, digest));
    if (is_there) return {};
    return fail(ErrorKind::corrupt, "blob " + to_hex(digest) + " is not in the store");
  }

  /// Whether it is there.
  Result<bool> copy_if_there(const Store& source, const Digest& digest) {
    if (blobs_.contains(digest)) return true;
    GWAGEO_ASSIGN(bytes, source.read(keys::blob(digest)));
    if (!bytes) return false;
    blobs_.insert(digest);
    GWAGEO_TRY(add_(keys::blob(digest), *bytes));
    return true;
  }

 private:
  const AddRow& add_;
  std::set<Digest> blobs_;
};

/// What people signed for the records, as far as the source has it.
Status copy_statements(const Store& source, std::uint64_t records, ArchiveRows& rows) {
  std::vector<Digest> digests;
  GWAGEO_TRY(source.scan(keys::journal(0), keys::journal(records),
                         [&](std::string_view, std::string_view bytes) {
                           const Result<Record> record = decode_record(bytes);
                           if (record && record->statement) {
                             digests.push_back(record->statement->digest);
                           }
                           return true;
                         }));
  for (const Digest& digest : digests) GWAGEO_TRY(rows.copy_if_there(source, digest));
  return {};
}

Status copy_selection(const Store& source, const ExportSelection& selection, ArchiveRows& rows) {
  GWAGEO_TRY(rows.copy(source, {keys::journal(0), keys::journal(selection.records)}));
  GWAGEO_TRY(copy_statements(source, selection.records, rows));
  for (const Digest& digest : selection.manifests) {
    GWAGEO_TRY(rows.copy(source, keys::plan_blocks(digest)));
    GWAGEO_TRY(rows.copy(source, keys::plan_key_blocks(digest)));
    GWAGEO_TRY(rows.copy_blob(source, digest));
    GWAGEO_ASSIGN(manifest, read_manifest(source, digest));
    for (const ManifestFile& file : manifest.files) {
      for (const Digest& piece : file.pieces) GWAGEO_TRY(rows.copy_blob(source, piece));
    }
  }
  for (const JobId job : selection.jobs) {
    GWAGEO_TRY(rows.copy(source, keys::result_blocks(job), &selection.result_blocks));
  }
  for (const Digest& digest : selection.documents) GWAGEO_TRY(rows.copy_blob(source, digest));
  for (const Digest& digest : selection.superseded) GWAGEO_TRY(rows.copy_if_there(source, digest));
  return {};
}

/// Adds a job with everything that its scores rest on.
void select_job(const State& state, JobId id, ExportSelection& selection) {
  if (!selection.jobs.insert(id).second) return;
  const Job& job = *state.job(id);
  selection.manifests.insert(state.plan_of(job.accepted).manifest);
  if (job.scored) selection.documents.insert(job.scored->scores_root);
  for (const Adoption& adoption : job.adoptions) select_job(state, adoption.source, selection);
}

/// What was run again of a job, by whatever audits.
void select_audits(const State& state, JobId of, ExportSelection& selection) {
  for (const auto& [id, job] : state.jobs()) {
    const auto audit = state.audits().find(job.accepted.audit);
    if (audit == state.audits().end() || audit->second.committed.job != of) continue;
    select_job(state, id, selection);
  }
}

/// Every state of a board: a verdict may rest on any of them.
void select_board(const State& state, const std::string& board, ExportSelection& selection) {
  for (const ClaimsImported& imported : state.boards().at(board)) {
    selection.documents.insert(imported.file);
    if (imported.categories != Digest{}) selection.documents.insert(imported.categories);
  }
}

void select_target(const State& state, const JudgementInput& input, ExportSelection& selection) {
  for (const std::vector<Contender>* side : {&input.candidates, &input.cohort}) {
    for (const Contender& contender : *side) {
      if (!contender.job) continue;
      select_job(state, contender.job, selection);
      selection.documents.insert(contender.scores_root);  // It may be scored anew since.
      for (const Examination& round : contender.rounds) {
        if (!round.job) continue;
        select_job(state, round.job, selection);
        selection.documents.insert(round.scores_root);
      }
    }
  }
  if (input.suite) selection.manifests.insert(input.suite->manifest);
  if (input.claims) select_board(state, input.policy.board, selection);
  for (const auto& [name, verdict] : state.verdicts()) {
    if (name.first == input.target.name) selection.documents.insert(verdict.document);
  }
}

/// What people decided on, which no score says.
void select_evidence(const State& state, const std::string& target, ExportSelection& selection) {
  const auto add = [&](const auto& all) {
    for (const auto& each : all) {
      if (each.evidence != Digest{}) selection.documents.insert(each.evidence);
    }
  };
  add(state.programme().decisions(target));
  add(state.programme().points(target));
}

}  // namespace

Result<ExportSelection> select_for_export(const State& state, const std::string& what,
                                          const std::vector<StageInput>& stages) {
  ExportSelection selection;
  const bool is_number = !what.empty() && what.find_first_not_of("0123456789") == what.npos;
  const JobId job{is_number ? std::strtoull(what.c_str(), nullptr, 10) : 0};
  if (job && state.job(job) != nullptr) {
    select_job(state, job, selection);
    select_audits(state, job, selection);
    return selection;
  }
  if (!state.targets().contains(what)) {
    return fail(ErrorKind::not_found, "there is no job and no target \"" + what + "\"");
  }
  // Judged as of every date on record and as of the last day, so that a later audit finds them all.
  std::set<std::string> dates = {state.day()};
  for (const auto& [name, verdict] : state.verdicts()) {
    if (name.first == what) dates.insert(verdict.as_of);
  }
  for (const std::string& text : dates) {
    const std::optional<Date> date = parse_date(text);
    if (!date) continue;
    GWAGEO_ASSIGN(input, gather(state, what, *date));
    select_target(state, input, selection);
  }
  for (const StageInput& stage : stages) {
    if (stage.input.target.name != what) continue;
    select_target(state, stage.input, selection);
    selection.documents.insert(stage.closing.document);
  }
  select_evidence(state, what, selection);
  return selection;
}

Status copy_rows(const Store& source, const ExportSelection& selection, const AddRow& add) {
  ArchiveRows rows(add);
  return copy_selection(source, selection, rows);
}

Result<std::uint64_t> write_archive(const std::string& path, const Store& source,
                                    const ExportSelection& selection, const ArchiveHeader& header,
                                    Existing existing) {
  GWAGEO_ASSIGN(file, ZstdWriter::create(path, archive_magic, existing));
  std::uint64_t count = 0;
  const auto add = [&](std::string_view key, std::string_view value) {
    ByteWriter row;
    row.text(key);
    row.text(value);
    ++count;
    return file.write(row.bytes());
  };
  GWAGEO_TRY(add(archive_header_key, header_json(header).dump()));
  GWAGEO_TRY(copy_rows(source, selection, add));
  GWAGEO_TRY(file.finish());
  return count;
}

}  // namespace gwageo
