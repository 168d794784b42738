// gwageo export.
#include <filesystem>

#include "ops/archive.h"
#include "ops/evidence.h"
#include "ops/output.h"
#include "ops/verbs.h"
#include "ops/verification.h"

namespace gwageo {

Result<int> verb_export(const Invocation& arguments) {
  const std::optional<std::string> path = arguments.text("out");
  if (!path || path->empty()) return fail(ErrorKind::bad_input, "export needs --out FILE");
  // An archive that somebody keeps is what a rewritten journal is compared with.
  std::error_code error;
  if (!arguments.has("force") && std::filesystem::exists(*path, error)) {
    return fail(ErrorKind::conflict,
                *path + ": exists already; give --out another name, or --force to replace it");
  }
  GWAGEO_ASSIGN(evidence, open_evidence(arguments, std::nullopt));
  GWAGEO_ASSIGN(verified, verify(evidence));
  if (!verified.ok) return fail(ErrorKind::corrupt, "the record does not hold: " + verified.reason);
  GWAGEO_ASSIGN(state, replay(*evidence.store, verified.size));
  ArchiveHeader header;
  header.what = arguments.text_or("WHAT", "");
  GWAGEO_ASSIGN(selection, select_for_export(state, header.what));
  header.jobs = selection.jobs;
  header.verifier = evidence.verifier_text;
  header.checkpoint = evidence.note;
  GWAGEO_ASSIGN(rows, write_archive(*path, *evidence.store, selection, header));
  if (arguments.json()) {
    Json document;
    document["what"] = header.what;
    document["file"] = *path;
    document["rows"] = rows;
    document["jobs"] = selection.jobs.size();
    document["journal"] = verified.size;
    print(document);
  } else {
    say(header.what + ": " + std::to_string(selection.jobs.size()) + " jobs, " +
        std::to_string(rows) + " rows in " + *path +
        "\ncheck it anywhere with: gwageo audit rescore " + *path + "\n");
  }
  return exit_code::done;
}

}  // namespace gwageo
