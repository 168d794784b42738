// gwageo audit export: the journal as a published log.
#include <filesystem>
#include <utility>

#include "coordinator/log_folder.h"
#include "ops/evidence.h"
#include "ops/output.h"
#include "ops/system.h"
#include "ops/verbs.h"

namespace gwageo {
namespace {

/// The folder of the log. One that was made for it goes again unless the log was published in it.
class ExportTarget {
 public:
  /// What lies at `path` has to be a log by the same key, or nothing.
  static Result<ExportTarget> open(const std::string& path, const NoteKey& key) {
    namespace fs = std::filesystem;
    std::error_code error;
    if (!fs::exists(path, error)) {
      fs::create_directories(path, error);
      if (error) return fail(ErrorKind::io, path + ": " + error.message());
      return ExportTarget(path);
    }
    const bool is_empty = fs::is_directory(path, error) && fs::is_empty(path, error);
    if (!error && is_empty) return ExportTarget("");
    const Result<std::string> note = read_published_checkpoint(path);
    const Result<Checkpoint> there =
        note ? open_checkpoint(*note, key) : Result<Checkpoint>(tl::unexpected(note.error()));
    if (there) return ExportTarget("");
    return fail(ErrorKind::conflict, path + ": is there already, and no log by " + to_vkey(key) +
                                         ": " + there.error().message +
                                         "; give --out an empty folder");
  }
  ExportTarget(ExportTarget&& other) noexcept : made_(std::exchange(other.made_, {})) {}
  ExportTarget& operator=(ExportTarget&&) = delete;
  ~ExportTarget() {
    std::error_code ignored;
    if (!made_.empty()) std::filesystem::remove_all(made_, ignored);
  }
  void keep() { made_.clear(); }

 private:
  explicit ExportTarget(std::string made) : made_(std::move(made)) {}
  std::string made_;  ///< Empty: it was there before, or stays.
};

std::string said_of(const LogStatements& statements) {
  if (statements.missing() == 0) return {};
  return std::to_string(statements.missing()) +
         " statements that people signed for them are not at hand there, so nobody can check who "
         "asked for those records from this folder\n";
}

}  // namespace

Result<int> verb_audit_export(const Invocation& arguments) {
  const std::optional<std::string> out = arguments.text("out");
  if (!out || out->empty()) return fail(ErrorKind::bad_input, "audit export needs --out DIR");
  const std::string path = absolute_path(*out);
  GWAGEO_ASSIGN(evidence, open_evidence(arguments, arguments.text("WHERE")));
  if (!evidence.verifier) {
    return fail(ErrorKind::bad_input,
                evidence.source + ": no key is at hand; say whose log it is with --signer VKEY");
  }
  GWAGEO_ASSIGN(note, newest_note(evidence));
  GWAGEO_ASSIGN(checkpoint, open_checkpoint(note, *evidence.verifier));
  GWAGEO_ASSIGN(target, ExportTarget::open(path, *evidence.verifier));
  LogFolder folder = LogFolder::open(path, *evidence.verifier);
  const std::uint64_t before = folder.size();
  if (before > checkpoint.size) {
    return fail(ErrorKind::corrupt, path + ": holds " + std::to_string(before) +
                                        " records already, and " + evidence.source + " has " +
                                        std::to_string(checkpoint.size) + ": records are gone");
  }
  GWAGEO_TRY(folder.extend(*evidence.store, checkpoint.size));
  GWAGEO_TRY(folder.publish(note));
  target.keep();
  if (arguments.json()) {
    Json document;
    document["log"] = path;
    document["size"] = checkpoint.size;
    document["root"] = to_hex(checkpoint.root);
    document["new"] = checkpoint.size - before;
    document["signer"] = to_vkey(*evidence.verifier);
    document["statements"] = folder.statements().count();
    document["statements_missing"] = folder.statements().missing();
    print(document);
  } else {
    say(std::to_string(checkpoint.size) + " records in " + path + ", " +
        std::to_string(checkpoint.size - before) + " of them new\n" + said_of(folder.statements()) +
        "check it anywhere with: " + "gwageo audit verify " + path + " --signer " +
        to_vkey(*evidence.verifier) + "\n");
  }
  return exit_code::done;
}

}  // namespace gwageo
