// An archive: what is needed to verify and rescore some jobs without a coordinator, in one file.
//
//   "gwageo-archive 1\n"                                  then, compressed (zstd_file.h):
//   n x ( u32 key length, key | u32 value length, value ) little-endian
//
// The first row has the key "header" and holds JSON: {"what", "jobs": [...], "verifier",
// "checkpoint" or null}. Every other row is one of the store (coordinator/keys.h), as it lies
// there: the whole journal, and of the jobs their plans, results, scorecards, verdicts and suite
// files.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "coordinator/contenders.h"
#include "coordinator/state.h"
#include "coordinator/store.h"
#include "ops/zstd_file.h"
#include "protocol/result.h"

namespace gwageo {

inline constexpr std::string_view archive_magic = "gwageo-archive 1";
inline constexpr std::string_view archive_header_key = "header";

struct ArchiveHeader {
  std::string what;                       ///< What was exported, for people.
  std::set<JobId> jobs;                   ///< Whose rows are complete.
  std::string verifier;                   ///< The coordinator's vkey.
  std::optional<std::string> checkpoint;  ///< The signed note, where the exporter had it.
};

/// What an export is about.
struct ExportSelection {
  std::set<JobId> jobs;        ///< With the jobs that these adopted from.
  std::set<Digest> manifests;  ///< Of their suites.
  std::set<Digest> documents;  ///< Scorecards, verdicts, stages, evidence.
  /// Scorecards and verdicts in whose place there are later ones: as far as the source has them.
  std::set<Digest> superseded;
  std::uint64_t records = 0;  ///< Of the journal, from its first on.
  /// Keys of the blocks of results that these records vouch for: others were written since.
  std::set<std::string> result_blocks;
};

/// What the candidates of a closed stage were judged on, as the journal was when it was closed.
struct StageInput {
  StageClosed closing;
  JudgementInput input;
};

/// The selection but for `records`, `result_blocks` and `superseded`: one job with the audits that
/// were drawn of it, or (for the name of a target) every scored job of its candidates and cohort,
/// and all that its closed stages and its decisions rest on: `stages` are those of every target.
/// not_found when there is neither.
Result<ExportSelection> select_for_export(const State& state, const std::string& what,
                                          const std::vector<StageInput>& stages = {});

/// Gives `add` every row of the selection but the header, as an archive has them. Its errors and
/// those of `source` are passed on; corrupt when a blob is missing.
Status copy_rows(const Store& source, const ExportSelection& selection,
                 const std::function<Status(std::string_view key, std::string_view value)>& add);

/// Writes the archive from the rows of `source`. Returns how many rows it holds. Errors as
/// `ZstdWriter::finish`.
Result<std::uint64_t> write_archive(const std::string& path, const Store& source,
                                    const ExportSelection& selection, const ArchiveHeader& header,
                                    Existing existing);

/// Puts the rows of an archive into an empty store. corrupt or bad_input, naming the file, when it
/// is no whole archive.
Result<ArchiveHeader> load_archive(const std::string& path, Store& store);

}  // namespace gwageo
