// gwageo audit export: the journal as a published log.
#include <algorithm>
#include <filesystem>
#include <utility>

#include "coordinator/keys.h"
#include "coordinator/log_folder.h"
#include "coordinator/words.h"
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
    if (there) return ExportTarget("", *there);
    return fail(ErrorKind::conflict, path + ": is there already, and no log by " + to_vkey(key) +
                                         ": " + there.error().message +
                                         "; give --out an empty folder");
  }
  ExportTarget(ExportTarget&& other) noexcept
      : made_(std::exchange(other.made_, {})), held_(std::move(other.held_)) {}
  ExportTarget& operator=(ExportTarget&&) = delete;
  ~ExportTarget() {
    std::error_code ignored;
    if (!made_.empty()) std::filesystem::remove_all(made_, ignored);
  }
  void keep() { made_.clear(); }
  /// The checkpoint that lies there.
  const std::optional<Checkpoint>& held() const { return held_; }

 private:
  explicit ExportTarget(std::string made, std::optional<Checkpoint> held = {})
      : made_(std::move(made)), held_(std::move(held)) {}
  std::string made_;  ///< Empty: it was there before, or stays.
  std::optional<Checkpoint> held_;
};

/// Tiles that are begun anew take the place of those that are there, so what they are made of has
/// to go on from what was signed over these.
Status check_same_story(const Evidence& evidence, const Checkpoint& newest, const std::string& path,
                        const Checkpoint& held) {
  const std::vector<HeldHead> all = {{path, held, {}}};
  HeldHeads heads(all);
  MerkleFrontier tree;
  if (heads.wants(0)) heads.note(0, tree.root());
  GWAGEO_TRY(evidence.store->scan(keys::journal(0), keys::journal(std::min(newest.size, held.size)),
                                  [&](std::string_view, std::string_view bytes) {
                                    tree.add(merkle_leaf(bytes));
                                    if (heads.wants(tree.size())) {
                                      heads.note(tree.size(), tree.root());
                                    }
                                    return true;
                                  }));
  const auto found = heads.compare(newest.origin, newest.size, *evidence.store);
  if (!found) return {};
  return fail(ErrorKind::corrupt, evidence.source + ": does not go on from what is in " + path +
                                      ": " + found->reason + "; nothing is written");
}

/// What was there and was not what was published.
std::string said_of(const AlteredFiles& altered) {
  if (altered.names().empty()) return {};
  std::string text = counted(static_cast<std::int64_t>(altered.names().size()), "file",
                             "was altered there and is", "were altered there and are") +
                     " replaced; what was there is kept in " + altered.folder() + ":\n";
  for (const std::string& name : altered.names()) text += "  " + name + "\n";
  return text;
}

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
  LogFolder folder = LogFolder::open(path, *evidence.verifier, LogFolder::Look::at_all);
  const std::uint64_t before = target.held() ? target.held()->size : 0;
  if (before > checkpoint.size) {
    return fail(ErrorKind::corrupt, path + ": holds " + std::to_string(before) +
                                        " records already, and " + evidence.source + " has " +
                                        std::to_string(checkpoint.size) + ": records are gone");
  }
  if (folder.begins_anew() && target.held()) {
    GWAGEO_TRY(check_same_story(evidence, checkpoint, path, *target.held()));
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
    document["altered"] = Json::array();
    for (const std::string& name : folder.altered().names()) document["altered"].push_back(name);
    document["statements"] = folder.statements().count();
    document["statements_missing"] = folder.statements().missing();
    print(document);
  } else {
    say(std::to_string(checkpoint.size) + " records in " + path + ", " +
        std::to_string(checkpoint.size - before) + " of them new\n" + said_of(folder.statements()) +
        said_of(folder.altered()) + "check it anywhere with: " + "gwageo audit verify " + path +
        " --signer " + to_vkey(*evidence.verifier) + "\n");
  }
  return exit_code::done;
}

}  // namespace gwageo
