// gwageo export.
#include <algorithm>
#include <filesystem>

#include "coordinator/words.h"
#include "ops/archive.h"
#include "ops/evidence.h"
#include "ops/export_selection.h"
#include "ops/output.h"
#include "ops/verbs.h"
#include "ops/verification.h"

namespace gwageo {

namespace {

Error taken(const std::string& path) {
  return {ErrorKind::conflict,
          path + ": exists already; give --out another name, or --force to replace it"};
}

/// How much of the journal is exported. Of a running coordinator, which goes on writing, exactly
/// what its checkpoint covers: all of it is signed then.
std::uint64_t records_of(const Evidence& evidence, const Verification& verified) {
  const bool is_covered =
      evidence.claimed && verified.signed_size && *verified.signed_size >= evidence.claimed->size;
  return is_covered ? *verified.signed_size : verified.size;
}

}  // namespace

Result<int> verb_export(const Invocation& arguments) {
  const std::optional<std::string> path = arguments.text("out");
  if (!path || path->empty()) return fail(ErrorKind::bad_input, "export needs --out FILE");
  // An archive that somebody keeps is what a rewritten journal is compared with.
  std::error_code error;
  const Existing existing = arguments.has("force") ? Existing::replace : Existing::keep;
  if (existing == Existing::keep &&
      std::filesystem::exists(std::filesystem::symlink_status(*path, error))) {
    return tl::unexpected(taken(*path));
  }
  GWAGEO_ASSIGN(evidence, open_evidence(arguments, std::nullopt));
  if (evidence.client != nullptr && evidence.note) {
    GWAGEO_ASSIGN(note,
                  await_checkpoint(evidence, arguments.data_directory(), evidence.claimed->size));
    evidence.note = std::move(note);
  }
  GWAGEO_ASSIGN(verified, verify(evidence));
  if (!verified.ok) return fail(ErrorKind::corrupt, "the record does not hold: " + verified.reason);
  ArchiveHeader header;
  header.what = arguments.text_or("WHAT", "");
  const std::uint64_t records = records_of(evidence, verified);
  GWAGEO_ASSIGN(selection, export_selection(*evidence.store, header.what, records));
  header.jobs = selection.jobs;
  header.verifier = evidence.verifier_text;
  header.checkpoint = evidence.note;
  const Result<std::uint64_t> rows =
      write_archive(*path, *evidence.store, selection, header, existing);
  if (!rows && rows.error().kind == ErrorKind::conflict) return tl::unexpected(taken(*path));
  GWAGEO_TRY(rows);
  const std::uint64_t left = records - std::min(records, verified.signed_size.value_or(0));
  if (arguments.json()) {
    Json document;
    document["what"] = header.what;
    document["file"] = *path;
    document["rows"] = *rows;
    document["jobs"] = selection.jobs.size();
    document["journal"] = records;
    document["unsigned"] = left;
    print(document);
  } else {
    say(header.what + ": " + counted(static_cast<std::int64_t>(selection.jobs.size()), "job") +
        ", " + counted(static_cast<std::int64_t>(*rows), "row") + " in " + *path + "\n" +
        unsigned_warning(left) + "check it anywhere with: gwageo audit rescore " + *path + "\n");
  }
  return exit_code::done;
}

}  // namespace gwageo
