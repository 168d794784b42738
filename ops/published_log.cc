#include "ops/published_log.h"

#include <algorithm>
#include <filesystem>

#include "coordinator/durable_file.h"
#include "coordinator/fact_codec.h"
#include "coordinator/keys.h"
#include "protocol/transparency/cosignature.h"

namespace gwageo {
namespace {

namespace fs = std::filesystem;

/// Files of witnesses; more than anybody has.
constexpr std::size_t witnesses_max = 1024;

/// A checkpoint of ours that somebody holds.
struct Held {
  std::string path;
  Checkpoint checkpoint;
};

/// Without a checkpoint nobody can say whether the journal has its end.
Status check_unsigned(const DataDirectory& directory, const Store& store) {
  std::uint64_t size = 0;
  bool was_served = false;
  const keys::KeyRange all = keys::journal_from(0);
  GWAGEO_TRY(store.scan(all.first, all.second, [&](std::string_view, std::string_view bytes) {
    ++size;
    const Result<Record> record = decode_record(bytes);
    was_served = was_served || !record || !may_precede_checkpoint(record->fact);
    return true;
  }));
  if (!was_served) return {};
  return fail(ErrorKind::corrupt,
              directory.checkpoint_path() +
                  " is missing, and without it nobody can say whether "
                  "the journal, which has " +
                  std::to_string(size) +
                  " records, is whole. Put the "
                  "file back, or restore the newest backup into an empty directory (gwageo "
                  "restore); nothing is served from here");
}

Result<Held> open_held(const std::string& path, const NoteKey& key, const std::string& advice) {
  GWAGEO_ASSIGN(note, read_file(path, note_bytes_max));
  Result<Checkpoint> opened = open_checkpoint(note, key);
  if (opened) return Held{path, *std::move(opened)};
  return fail(ErrorKind::corrupt, path + ": " + opened.error().message + ". " + advice);
}

/// Every checkpoint by `key` that is at hand.
Result<std::vector<Held>> held_checkpoints(const DataDirectory& directory, const NoteKey& key,
                                           const std::string& witnesses,
                                           const std::vector<std::string>& brought) {
  std::vector<Held> all;
  std::error_code error;
  if (is_name_taken(directory.checkpoint_path())) {
    GWAGEO_ASSIGN(held,
                  open_held(directory.checkpoint_path(), key,
                            "Put the file back, or keys/coordinator.key where that is another "
                            "one's, or restore the newest backup into an empty directory "
                            "(gwageo restore)"));
    all.push_back(std::move(held));
  }
  std::vector<std::string> paths = brought;
  if (is_name_taken(directory.tiles_path() + "/checkpoint")) {
    paths.push_back(directory.tiles_path() + "/checkpoint");
  }
  for (const fs::directory_entry& entry : fs::directory_iterator(witnesses, error)) {
    if (paths.size() == witnesses_max) break;
    if (entry.path().extension() != ".new") paths.push_back(entry.path().string());
  }
  std::sort(paths.begin() + static_cast<std::ptrdiff_t>(brought.size()), paths.end());
  for (const std::string& path : paths) {
    GWAGEO_ASSIGN(held, open_held(path, key,
                                  "It has to be a checkpoint of this coordinator: put another in "
                                  "its place, or take it away"));
    all.push_back(std::move(held));
  }
  return all;
}

/// What the journal in a store is, at the sizes that others hold.
struct JournalAt {
  std::uint64_t size = 0;
  std::map<std::uint64_t, Digest> roots;
  MerkleFrontier last;  ///< At the largest of the sizes.
};

Result<JournalAt> journal_at(const Store& store, const std::vector<Held>& held) {
  JournalAt found;
  MerkleFrontier tree;
  std::uint64_t most = 0;
  for (const Held& one : held) most = std::max(most, one.checkpoint.size);
  const auto note = [&] {
    for (const Held& one : held) {
      if (one.checkpoint.size == tree.size()) found.roots[tree.size()] = tree.root();
    }
    if (tree.size() == most) found.last = tree;
  };
  note();
  const keys::KeyRange all = keys::journal_from(0);
  GWAGEO_TRY(store.scan(all.first, all.second, [&](std::string_view, std::string_view bytes) {
    ++found.size;
    if (tree.size() == most) return true;
    tree.add(merkle_leaf(bytes));
    note();
    return true;
  }));
  return found;
}

}  // namespace

PublishedLog::PublishedLog(const DataDirectory& directory, const Store& store, NoteKey verifier,
                           CheckpointSigner signer)
    : checkpoint_path_(directory.checkpoint_path()),
      tiles_path_(directory.tiles_path()),
      witnesses_path_(directory.path() + "/witnesses"),
      store_(store),
      verifier_(std::move(verifier)),
      signer_(std::move(signer)),
      folder_(LogFolder::open(tiles_path_, verifier_)) {}

Result<std::unique_ptr<PublishedLog>> PublishedLog::open(const DataDirectory& directory,
                                                         const Store& store, const KeyFile& keys,
                                                         const std::vector<std::string>& brought) {
  GWAGEO_ASSIGN(key, parse_vkey(keys.coordinator_verifier));
  const std::string witnesses = directory.path() + "/witnesses";
  GWAGEO_ASSIGN(held, held_checkpoints(directory, key, witnesses, brought));
  if (!is_name_taken(directory.checkpoint_path())) {
    GWAGEO_TRY(check_unsigned(directory, store));
  }
  GWAGEO_ASSIGN(journal, journal_at(store, held));
  for (const auto& [path, checkpoint] : held) {
    const Status behind = check_not_behind(
        checkpoint, journal.size,
        [&](std::uint64_t size) -> Result<Digest> { return journal.roots.at(size); });
    if (behind) continue;
    return fail(ErrorKind::corrupt,
                "the journal in " + directory.store_path() + " is not the one that was signed in " +
                    path + ": " + behind.error().message +
                    " (signed: " + std::to_string(checkpoint.size) +
                    " records, there: " + std::to_string(journal.size) +
                    "). Restore the newest backup into an empty directory (gwageo restore), or put "
                    "the lost files back; nothing is served from here");
  }
  CheckpointSigner signer(store, keys.signing.signing, journal.last);
  std::unique_ptr<PublishedLog> log(
      new PublishedLog(directory, store, std::move(key), std::move(signer)));
  GWAGEO_TRY(log->read_witnesses());
  return log;
}

Status PublishedLog::read_witnesses() {
  if (const Result<std::string> note = read_published_checkpoint(tiles_path_)) published_ = *note;
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(witnesses_path_, error)) {
    if (entry.path().extension() == ".new") continue;
    GWAGEO_ASSIGN(held, open_held(entry.path().string(), verifier_, ""));
    witnessed_[entry.path().filename().string()] = held.checkpoint.size;
  }
  return {};
}

Result<std::string> PublishedLog::sign(const Checkpoint& head) {
  const std::lock_guard lock(signing_);
  return signer_.sign(head);
}

Status PublishedLog::guard(const Checkpoint& head) {
  const std::lock_guard lock(signing_);
  if (head.size < signer_.size()) return {};
  GWAGEO_ASSIGN(note, signer_.sign(head));
  GWAGEO_TRY(replace_file(checkpoint_path_, note));
  signed_ = std::move(note);
  return {};
}

Status PublishedLog::publish(Until until) {
  std::string newest;
  {
    const std::lock_guard lock(signing_);
    newest = signed_;
  }
  const std::lock_guard lock(publishing_);
  GWAGEO_TRY(keep_cosignatures());
  GWAGEO_TRY(publish_offered());
  if (newest.empty()) return {};
  GWAGEO_ASSIGN(note, parse_note(newest));
  GWAGEO_ASSIGN(checkpoint, parse_checkpoint(note.text));
  // What is published already has its cosignatures.
  const Result<Note> published = parse_note(published_);
  if (published && published->text == note.text) note = *published;
  bool has_witnesses = false;
  {
    const std::lock_guard noting(noting_);
    if (offered_ && offered_->text == note.text) return {};
    has_witnesses = !witnessed_.empty();
  }
  GWAGEO_TRY(folder_.extend(store_, checkpoint.size));
  {
    const std::lock_guard noting(noting_);
    offered_ = std::move(note);
  }
  if (has_witnesses && until == Until::witnessed) return {};
  return publish_offered();
}

Status PublishedLog::publish_offered() {
  std::string text;
  {
    const std::lock_guard noting(noting_);
    if (!offered_) return {};
    text = to_text(*offered_);
  }
  if (text == published_) return {};
  GWAGEO_TRY(folder_.publish(text));
  published_ = std::move(text);
  return {};
}

Status PublishedLog::keep_cosignatures() {
  std::map<std::string, std::string> notes;
  {
    const std::lock_guard noting(noting_);
    notes = std::exchange(pending_, {});
  }
  FileBatch files(fs::path(witnesses_path_).parent_path().string());
  for (const auto& [name, note] : notes) {
    GWAGEO_TRY(files.put(witnesses_path_ + "/" + name, note));
  }
  return files.size() == 0 ? Status() : files.finish();
}

Result<std::string> PublishedLog::offered() const {
  const std::lock_guard noting(noting_);
  if (offered_) return to_text(*offered_);
  return fail(ErrorKind::unavailable, "nothing is published yet; ask again in a second");
}

Status PublishedLog::take_cosignature(const NoteKey& key, const std::string& note) {
  GWAGEO_ASSIGN(checkpoint, open_checkpoint(note, verifier_));
  GWAGEO_ASSIGN(parsed, parse_note(note));
  GWAGEO_ASSIGN(at, cosigned_at(parsed, key));
  if (!at) {
    return fail(ErrorKind::bad_input, "the checkpoint is not cosigned by " + to_vkey(key));
  }
  const NoteSignature& cosignature = *find_signature(parsed, key);
  const std::lock_guard noting(noting_);
  const auto before = witnessed_.find(key.name);
  if (before == witnessed_.end() && witnessed_.size() == witnesses_max) {
    return fail(ErrorKind::unavailable, "there are witnesses enough");
  }
  if (before != witnessed_.end() && before->second > checkpoint.size) {
    return fail(ErrorKind::conflict, key.name + " has cosigned " + std::to_string(before->second) +
                                         " records before, and now " +
                                         std::to_string(checkpoint.size));
  }
  witnessed_[key.name] = checkpoint.size;
  const NoteSignature own = *find_signature(parsed, verifier_);
  pending_[key.name] = to_text(Note{parsed.text, {own, cosignature}});
  if (!offered_ || offered_->text != parsed.text) return {};
  std::vector<NoteSignature>& all = offered_->signatures;
  std::erase_if(all, [&](const NoteSignature& one) {
    return one.name == key.name && one.id == cosignature.id;
  });
  if (all.size() < note_signatures_max) all.push_back(cosignature);
  return {};
}

LogAccess PublishedLog::access() {
  LogAccess access;
  access.checkpoint = [this] { return offered(); };
  access.tile = [this](const TileName& tile) { return read_published_tile(tiles_path_, tile); };
  access.cosign = [this](const NoteKey& key, const std::string& note) {
    return take_cosignature(key, note);
  };
  return access;
}

}  // namespace gwageo
