// gwageo witness: follows the published log of a coordinator, or a folder that a mirror fills, and
// cosigns what goes on from what it cosigned before. Its state file is the note that it cosigned
// last, which is also what an auditor wants to have from it.
//
// A signed note that it refuses and cannot convict the log with yet is kept beside the state: for
// that it takes the tiles of what was cosigned, and whoever shows the note may hold them back. So
// each later look at a log that does go on from the state holds the kept notes against it. Of a
// larger one whose tiles are held back nobody knows yet whether it goes on: such notes wait beside
// the state, a bounded number of them, and are held against later looks likewise.
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "coordinator/durable_file.h"
#include "coordinator/log_folder.h"
#include "ops/client.h"
#include "ops/output.h"
#include "ops/remote_store.h"
#include "ops/story_proof.h"
#include "ops/system.h"
#include "ops/system_clock.h"
#include "ops/verbs.h"
#include "protocol/merkle_proof.h"
#include "protocol/transparency/split_proof.h"
#include "protocol/transparency/witness.h"

namespace gwageo {
namespace {

/// Where checkpoints and tiles come from, and where cosignatures go.
struct LogSource {
  std::optional<Client> client;
  std::string folder;  ///< Where there is no client.

  Result<std::string> checkpoint() {
    if (!client) return read_published_checkpoint(folder);
    GWAGEO_ASSIGN(answer, client->call("log.checkpoint"));
    return shown(answer.body, "note");
  }
  Result<std::string> tile(const TileName& tile) {
    return client ? published_tile(*client, tile) : read_published_tile(folder, tile);
  }
  Status cosign(const std::string& note) {
    if (!client) return {};
    Json body;
    body["note"] = note;
    GWAGEO_TRY(client->call("log.cosign", std::move(body)));
    return {};
  }
};

/// More of them than any witness has; each took a person to start it again.
constexpr std::size_t refused_max = 1024;
/// Notes that wait for tiles. None makes room for another: that would be a way to get rid of one.
constexpr std::size_t pending_max = 64;

/// The file of what was cosigned, and the right to change it: one witness uses it at a time, so
/// that looking and keeping are one step.
class WitnessState {
 public:
  /// `former` are keys that the witness had before this one: what they have cosigned is taken over.
  static Result<WitnessState> open(const std::string& path, const NoteKey& log,
                                   const NoteKey& witness, const std::vector<NoteKey>& former) {
    const std::string lock_path = path + ".lock";
    const int lock = ::open(lock_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (lock < 0) return fail(ErrorKind::io, lock_path + ": cannot be made");
    WitnessState state(path, lock);
    if (::flock(lock, LOCK_EX | LOCK_NB) != 0) {
      return fail(ErrorKind::conflict, path + ": another witness uses it");
    }
    Result<std::string> note = read_file(path, note_bytes_max);
    if (!note && note.error().kind == ErrorKind::not_found) return state;
    GWAGEO_TRY(note);
    Result<Checkpoint> last = open_witnessed(*note, log, witness);
    const Error error = last ? Error{} : last.error();
    for (const NoteKey& key : former) {
      if (!last) last = open_witnessed(*note, log, key);
    }
    if (!last) {
      return fail(path, Error{ErrorKind::bad_input,
                              error.message +
                                  "; a witness without its memory cosigns anything, so nothing is "
                                  "cosigned: put the file back; where the key was rotated since, "
                                  "say whose it was with --was VKEY (as the witness printed it "
                                  "then, and keys rotate); or begin with another --state"});
    }
    state.last_ = *std::move(last);
    state.note_ = *std::move(note);
    state.refused_ = state.read_kept(state.kept_path(), refused_max);
    state.pending_ = state.read_kept(state.pending_path(), pending_max);
    return state;
  }
  WitnessState(WitnessState&& other) noexcept
      : path_(std::move(other.path_)),
        lock_(std::exchange(other.lock_, -1)),
        last_(std::move(other.last_)),
        note_(std::move(other.note_)),
        refused_(std::move(other.refused_)),
        pending_(std::move(other.pending_)) {}
  WitnessState& operator=(WitnessState&&) = delete;
  ~WitnessState() {
    if (lock_ >= 0) ::close(lock_);
  }

  const std::optional<Checkpoint>& last() const { return last_; }
  const std::string& path() const { return path_; }

  /// Durable before anybody sees it.
  Status keep(const std::string& note, const Checkpoint& checkpoint) {
    GWAGEO_TRY(replace_file(path_, note));
    note_ = note;
    last_ = checkpoint;
    return {};
  }
  /// Keeps what was found out about a refused note by `log` over `head`, and says so. `node_at` has
  /// nodes of the larger of it and the last. REQUIRES: `last()`.
  std::string keep_refused_note(const std::string& note, const Checkpoint& head, const NoteKey& log,
                                const NodeAt& node_at) const {
    return keep_refused(path_, {note_, *last_}, {note, head}, log, node_at,
                        "look with this --state at a mirror of what was cosigned (--log DIR), and "
                        "if it is another story the proof is made from there");
  }
  /// Keeps a note by `log` of which nobody can say yet whether it goes on from the state, beside
  /// those that wait: an error of kind corrupt, with the proof, where two are of different stories,
  /// else `error`, which says what is missing for it and now where it waits.
  Error keep_pending(const std::string& note, const Checkpoint& head, const NoteKey& log,
                     const NodeAt& node_at, Error error) {
    for (const Kept& waits : pending_) {
      const Compared waited = compare(waits.note, note, head, log, node_at);
      if (!waited.proof.empty()) return another_story(waited.proof);
    }
    const std::string path = pending_path() + name_of_head(head);
    const bool is_known = std::any_of(pending_.begin(), pending_.end(),
                                      [&](const Kept& waits) { return waits.path == path; });
    error.message += "; NOT cosigned; ";
    if (!is_known && pending_.size() >= pending_max) {
      error.message += std::to_string(pending_max) + " notes wait for tiles already (" +
                       pending_path() + "*), so this one is not kept";
      return error;
    }
    if (!is_known) {
      const Status kept = replace_file(path, note);
      if (!kept) return kept.error();
      pending_.push_back({path, note});
    }
    error.message += "the note waits in " + path + ", and later looks hold it against the log";
    return error;
  }
  /// An error of kind corrupt when one of the notes that were kept is provably of another story
  /// than the log over `head`, whose nodes are at hand; it names the proof. Those that it goes on
  /// from are no matter any more, and those that its tiles say nothing of are looked at again.
  Status compare_kept(const std::string& note, const Checkpoint& head, const NoteKey& log,
                      const NodeAt& node_at) {
    for (auto one = refused_.begin(); one != refused_.end();) {
      const Compared refused = compare(one->note, note, head, log, node_at);
      if (!refused.proof.empty()) return tl::unexpected(another_story(refused.proof));
      one = refused.is_settled ? refused_.erase(one) : one + 1;
    }
    for (auto one = pending_.begin(); one != pending_.end();) {
      const Compared waited = compare(one->note, note, head, log, node_at);
      if (!waited.proof.empty()) return tl::unexpected(another_story(waited.proof));
      std::error_code error;  // A file that stays is found settled again by the next start.
      if (waited.is_settled) std::filesystem::remove(one->path, error);
      one = waited.is_settled ? pending_.erase(one) : one + 1;
    }
    return {};
  }

 private:
  WitnessState(std::string path, int lock) : path_(std::move(path)), lock_(lock) {}

  std::string kept_path() const { return refused_path(path_); }
  std::string pending_path() const { return path_ + ".pending-"; }

  static Error another_story(const std::string& proof) {
    return {ErrorKind::corrupt,
            "a checkpoint that was kept before is of another story than this log; NOT cosigned; " +
                proof};
  }

  struct Kept {
    std::string path;
    std::string note;
  };
  /// What a kept note is to the log over `head`.
  struct Compared {
    std::string proof;        ///< That it is of another story, in words; empty: none.
    bool is_settled = false;  ///< The log goes on from it, or it is no note of the log.
  };
  Compared compare(const std::string& kept, const std::string& note, const Checkpoint& head,
                   const NoteKey& log, const NodeAt& node_at) const {
    const Result<Checkpoint> before = open_checkpoint(kept, log);
    if (!before) return {{}, true};
    if (before->size > head.size) return {};
    const Result<SplitProof> proof = prove_split(kept, note, log, node_at);
    if (proof) return {keep_split_proof(path_, *proof, log), false};
    return {{}, goes_on(*before, head, node_at)};
  }

  /// Notes in files whose paths begin so. One that cannot be read is looked at by nobody until the
  /// next start.
  static std::vector<Kept> read_kept(const std::string& beginning, std::size_t at_most) {
    namespace fs = std::filesystem;
    const fs::path start = beginning;
    const std::string name = start.filename().string();
    const fs::path folder = start.has_parent_path() ? start.parent_path() : ".";
    std::vector<std::string> paths;
    std::error_code error;
    for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
         entry.increment(error)) {
      const bool is_ours = entry->path().filename().string().starts_with(name);
      if (paths.size() == at_most) break;
      if (!is_ours || entry->path().extension() == ".new") continue;
      paths.push_back(beginning + entry->path().filename().string().substr(name.size()));
    }
    std::sort(paths.begin(), paths.end());
    std::vector<Kept> kept;
    for (const std::string& path : paths) {
      if (const Result<std::string> note = read_file(path, note_bytes_max)) {
        kept.push_back({path, *note});
      }
    }
    return kept;
  }

  std::string path_;
  int lock_;
  std::optional<Checkpoint> last_;
  std::string note_;
  std::vector<Kept> refused_;  ///< That may be of another story.
  std::vector<Kept> pending_;  ///< Whose tiles were held back.
};

struct WitnessRound {
  std::uint64_t size = 0;
  bool is_new = false;
};

/// One look at the log. An error of kind corrupt is the log's fault, and ends the witness.
Result<WitnessRound> look_once(LogSource& source, WitnessState& state, const NoteKey& log,
                               const WitnessKey& key) {
  GWAGEO_ASSIGN(note, source.checkpoint());
  GWAGEO_ASSIGN(head, open_checkpoint(note, log));
  const std::uint64_t held = state.last() ? state.last()->size : 0;
  CosignRequest request{held, {}, note};
  const NodeAt nodes = nodes_from_tiles(
      std::max(held, head.size), [&source](const TileName& tile) { return source.tile(tile); });
  if (held > 0 && held < head.size) {
    Result<std::vector<Digest>> proof = prove_consistency(held, head.size, nodes);
    if (!proof) {
      return tl::unexpected(state.keep_pending(note, head, log, nodes, std::move(proof).error()));
    }
    request.proof = *std::move(proof);
  }
  const SystemClock clock;
  const auto now = static_cast<std::uint64_t>(clock.wall().microseconds / 1'000'000);
  Result<std::string> cosigned = witness(state.last(), request, log, key, now);
  if (!cosigned) {
    Error error = cosigned.error();
    if (head.size < held) error.kind = ErrorKind::corrupt;
    const bool is_other = error.kind == ErrorKind::corrupt && state.last();
    if (is_other) {
      error.message += "; NOT cosigned; " + state.keep_refused_note(note, head, log, nodes);
    }
    return tl::unexpected(std::move(error));
  }
  GWAGEO_TRY(state.compare_kept(note, head, log, nodes));
  const bool is_new = !state.last() || *state.last() != head;
  GWAGEO_TRY(state.keep(*cosigned, head));
  GWAGEO_TRY(source.cosign(*cosigned));
  return WitnessRound{head.size, is_new};
}

void tell_round(const Invocation& arguments, const WitnessRound& round, const WitnessKey& key,
                const std::string& path) {
  if (arguments.json()) {
    Json document;
    document["size"] = round.size;
    document["new"] = round.is_new;
    document["witness"] = to_vkey(key.verifier());
    document["state"] = path;
    print(document);
  } else {
    say("cosigned " + std::to_string(round.size) + " records as " + to_vkey(key.verifier()) +
        (round.is_new ? "\n" : " again\n"));
  }
}

Result<LogSource> open_source(const Invocation& arguments) {
  LogSource source;
  source.folder = arguments.text_or("log", "");
  if (!source.folder.empty()) return source;
  GWAGEO_ASSIGN(client, Client::open(arguments));
  source.client = std::move(client);
  return source;
}

/// Keys that this witness had before, as their vkeys say.
Result<std::vector<NoteKey>> former_keys(const Invocation& arguments) {
  std::vector<NoteKey> keys;
  for (const std::string& text : arguments.texts("was")) {
    const Result<NoteKey> key = parse_cosigner_vkey(text);
    if (!key) return fail(ErrorKind::bad_input, "--was: " + key.error().message);
    keys.push_back(*key);
  }
  return keys;
}

}  // namespace

Result<int> verb_witness(const Invocation& arguments) {
  const std::string key_path = arguments.text_or("key", environment("GWAGEO_KEY"));
  if (key_path.empty()) return fail(ErrorKind::bad_input, "witness needs --key FILE");
  GWAGEO_ASSIGN(keys, read_key_file(key_path));
  const WitnessKey key{keys.principal, keys.signing.signing};
  GWAGEO_ASSIGN(log, parse_vkey(arguments.text_or("signer", keys.coordinator_verifier)));
  GWAGEO_ASSIGN(every, arguments.whole_or("every", 1, 1, 86400));
  GWAGEO_ASSIGN(former, former_keys(arguments));
  GWAGEO_ASSIGN(state, WitnessState::open(arguments.text_or("state", keys.principal + ".witness"),
                                          log, key.verifier(), former));
  GWAGEO_ASSIGN(source, open_source(arguments));
  std::string last_trouble;
  for (;;) {
    const Result<WitnessRound> round = look_once(source, state, log, key);
    if (arguments.has("once")) {
      GWAGEO_TRY(round);
      tell_round(arguments, *round, key, state.path());
      return exit_code::done;
    }
    if (round) {
      if (round->is_new) tell_round(arguments, *round, key, state.path());
      last_trouble.clear();
    } else if (round.error().kind == ErrorKind::corrupt ||
               round.error().kind == ErrorKind::not_allowed) {
      return tl::unexpected(round.error());
    } else if (std::exchange(last_trouble, round.error().message) != round.error().message) {
      Json trouble;
      trouble["warning"] = round.error().message + "; the witness goes on trying";
      pass_on_warning(trouble);
    }
    std::this_thread::sleep_for(std::chrono::seconds(every));
  }
}

}  // namespace gwageo
