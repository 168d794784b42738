// gwageo audit export: the journal as a published log. What does not go on from what lies there is
// refused before anything is written, and what proves it is kept beside the folder.
#include <algorithm>
#include <filesystem>
#include <utility>
#include <vector>

#include "coordinator/keys.h"
#include "coordinator/log_folder.h"
#include "coordinator/words.h"
#include "ops/evidence.h"
#include "ops/output.h"
#include "ops/story_proof.h"
#include "ops/system.h"
#include "ops/verbs.h"

namespace gwageo {
namespace {

/// The folder of the log. What was written into one without a log goes again unless it was
/// published there, and so does a folder that was made for it.
class ExportTarget {
 public:
  /// What lies at `path` has to be a log by the same key, or nothing.
  static Result<ExportTarget> open(const std::string& path, const NoteKey& key) {
    namespace fs = std::filesystem;
    std::error_code error;
    if (!fs::exists(path, error)) {
      fs::create_directories(path, error);
      if (error) return fail(ErrorKind::io, path + ": " + error.message());
      return ExportTarget(path, true);
    }
    const bool is_empty = fs::is_directory(path, error) && fs::is_empty(path, error);
    if (!error && is_empty) return ExportTarget(path, false);
    const Result<std::string> note = read_published_checkpoint(path);
    const Result<Checkpoint> there =
        note ? open_checkpoint(*note, key) : Result<Checkpoint>(tl::unexpected(note.error()));
    if (there) return ExportTarget(SignedHead{*note, *there});
    return fail(ErrorKind::conflict, path + ": is there already, and no log by " + to_vkey(key) +
                                         ": " + there.error().message +
                                         "; give --out an empty folder");
  }
  ExportTarget(ExportTarget&& other) noexcept
      : new_(std::exchange(other.new_, {})),
        is_made_(other.is_made_),
        held_(std::move(other.held_)) {}
  ExportTarget& operator=(ExportTarget&&) = delete;
  ~ExportTarget() {
    namespace fs = std::filesystem;
    if (new_.empty()) return;
    std::error_code ignored;
    for (fs::directory_iterator entry(new_, ignored), end; !ignored && entry != end;
         entry.increment(ignored)) {
      std::error_code stays;
      fs::remove_all(entry->path(), stays);
    }
    if (is_made_) fs::remove(new_, ignored);
  }
  void keep() { new_.clear(); }
  /// What lies there.
  const std::optional<SignedHead>& held() const { return held_; }

 private:
  ExportTarget(std::string path, bool is_made) : new_(std::move(path)), is_made_(is_made) {}
  explicit ExportTarget(SignedHead held) : held_(std::move(held)) {}
  std::string new_;  ///< The folder; empty: there was a log before, or there is now.
  bool is_made_ = false;
  std::optional<SignedHead> held_;
};

Result<std::vector<Digest>> leaves_in(const Store& store, std::uint64_t size) {
  std::vector<Digest> leaves;
  GWAGEO_TRY(store.scan(keys::journal(0), keys::journal(size),
                        [&](std::string_view, std::string_view bytes) {
                          leaves.push_back(merkle_leaf(bytes));
                          return leaves.size() < size;
                        }));
  if (leaves.size() == size) return leaves;
  return fail(ErrorKind::corrupt, "a record is missing: " + std::to_string(leaves.size()) + " of " +
                                      std::to_string(size) + " are there");
}

/// Says who signed which two, and what was kept of it.
tl::unexpected<Error> refuse_story(const Evidence& evidence, const SignedHead& newest,
                                   const std::string& path, const SignedHead& held,
                                   const NodeAt& nodes) {
  const auto said = [](const SignedHead& head) {
    return std::to_string(head.checkpoint.size) + " records with root " +
           to_hex(head.checkpoint.root);
  };
  const NoteKey& log = *evidence.verifier;
  const std::string kept =
      keep_refused(path, held, newest, log, nodes,
                   "once an export into " + path + " has as many records, hold it against that: " +
                       "gwageo audit verify " + path + " --signer " + to_vkey(log) + " --from " +
                       refused_path(path) + name_of_head(newest.checkpoint));
  return fail(ErrorKind::corrupt,
              evidence.source + ": does not go on from what is in " + path + ": " + to_vkey(log) +
                  " signed " + said(held) + ", which is there, and " + said(newest) +
                  ", which is not written; " + kept + "; keep what is in " + path +
                  " (gwageo recover --from " + path +
                  " puts back what a journal lost of it), and give another story another --out");
}

/// Whether what `folder` would hold is what was signed, and goes on from what was signed over what
/// lies there. Where it does, little is read: the records that are new, and all of them where the
/// tiles there vouch for nothing.
Status check_same_story(const Evidence& evidence, const SignedHead& newest, const std::string& path,
                        const SignedHead& held, const LogFolder& folder) {
  const std::uint64_t before = held.checkpoint.size;
  const std::uint64_t size = newest.checkpoint.size;
  const NodeAt in_tiles = nodes_from_tiles(
      before, [&path](const TileName& tile) { return read_published_tile(path, tile); });
  const bool is_known = size < before || (size == before && newest.checkpoint != held.checkpoint);
  if (is_known) return refuse_story(evidence, newest, path, held, in_tiles);
  if (!folder.begins_anew()) {
    GWAGEO_ASSIGN(root, folder.root_with(*evidence.store, size));
    if (root == newest.checkpoint.root) return {};
  }
  GWAGEO_ASSIGN(leaves, leaves_in(*evidence.store, size));
  const NodeAt nodes = nodes_over(leaves);
  GWAGEO_ASSIGN(root, root_from_nodes(size, nodes));
  GWAGEO_ASSIGN(root_before, root_from_nodes(before, nodes));
  const bool goes_on = root == newest.checkpoint.root && root_before == held.checkpoint.root;
  if (goes_on) return {};
  return refuse_story(evidence, newest, path, held, nodes);
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
  const std::uint64_t before = target.held() ? target.held()->checkpoint.size : 0;
  if (target.held()) {
    GWAGEO_TRY(check_same_story(evidence, {note, checkpoint}, path, *target.held(), folder));
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
