// gwageo backup | restore. A backup has the layout of a data directory, so that an audit reads it
// as one.
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <map>
#include <vector>

#include "coordinator/checkpoint.h"
#include "coordinator/data_directory.h"
#include "coordinator/durable_file.h"
#include "coordinator/keys.h"
#include "coordinator/rocks_store.h"
#include "ops/client.h"
#include "ops/coordinator_keys.h"
#include "ops/held_heads.h"
#include "ops/output.h"
#include "ops/system.h"
#include "ops/verbs.h"
#include "protocol/key_file.h"

namespace gwageo {
namespace {

namespace fs = std::filesystem;

Status refuse_path(const std::string& path, const std::error_code& error) {
  if (!error) return {};
  return fail(ErrorKind::io, path + ": " + error.message());
}

/// Copies a file or a folder, if it is there.
Status copy(const std::string& from, const std::string& to) {
  std::error_code error;
  if (!fs::exists(from, error)) return {};
  fs::copy(from, to, fs::copy_options::recursive, error);
  return refuse_path(from, error);
}

/// Secret keys: for their owner's eyes alone.
Status copy_keys(const std::string& from, const std::string& to) {
  GWAGEO_TRY(copy(from + "/keys", to + "/keys"));
  std::error_code error;
  if (!fs::exists(to + "/keys", error)) return {};
  ::chmod((to + "/keys").c_str(), 0700);
  for (const fs::directory_entry& entry : fs::directory_iterator(to + "/keys", error)) {
    ::chmod(entry.path().c_str(), 0600);
  }
  return refuse_path(to + "/keys", error);
}

/// The folder must not be there, or be empty. It is its owner's alone: answers and keys come in.
Status make_empty_folder(const std::string& path) {
  std::error_code error;
  if (fs::exists(path, error) && (!fs::is_directory(path, error) || !fs::is_empty(path, error))) {
    return fail(ErrorKind::bad_input, path +
                                          ": is there already and not empty; nothing is written "
                                          "over");
  }
  fs::create_directories(path, error);
  if (!error) fs::permissions(path, fs::perms::owner_all, error);
  return refuse_path(path, error);
}

/// A backup inside of what it copies would be part of it.
Status check_apart(const std::string& target, const std::string& source) {
  std::error_code error;
  const fs::path way =
      fs::weakly_canonical(target, error).lexically_relative(fs::weakly_canonical(source, error));
  if (error || way.empty() || *way.begin() == "..") return refuse_path(target, error);
  return fail(ErrorKind::bad_input, target + ": lies in the data directory that is in use, " +
                                        source + "; a backup needs a folder elsewhere");
}

/// Takes what is in a folder away again, unless the work was finished.
class Unfinished {
 public:
  explicit Unfinished(std::string folder) : folder_(std::move(folder)) {}
  ~Unfinished() {
    std::error_code ignored;
    if (folder_.empty()) return;
    for (const fs::directory_entry& entry : fs::directory_iterator(folder_, ignored)) {
      fs::remove_all(entry.path(), ignored);
    }
  }
  Unfinished(const Unfinished&) = delete;
  Unfinished& operator=(const Unfinished&) = delete;
  void finish() { folder_.clear(); }

 private:
  std::string folder_;
};

/// Keeps the checkpoint that the coordinator signed over exactly the records that it copied.
Status keep_checkpoint(const Client& client, const Json& answer, const std::string& target) {
  GWAGEO_ASSIGN(key, parse_vkey(client.connection().key.coordinator_verifier));
  const Json* const note = answer.find("checkpoint");
  const std::string text = note != nullptr && note->is_string() ? note->as_string() : "";
  const Result<Checkpoint> head = open_checkpoint(text, key);
  if (!head) return fail("the checkpoint of the copy", head.error());
  if (head->size != static_cast<std::uint64_t>(number(answer, "journal"))) {
    return fail(ErrorKind::corrupt, "the checkpoint of the copy is over other records than it has");
  }
  return replace_file(target + "/checkpoint", text);
}

/// What a backup has, and nothing else: a link would bring in what lies elsewhere.
Status check_no_links(const std::string& source) {
  for (const char* const name : {"format", "checkpoint", "store", "keys", "witnesses"}) {
    std::error_code error;
    const fs::path top = fs::path(source) / name;
    std::vector<fs::path> found = {top};
    if (fs::is_directory(fs::symlink_status(top, error))) {
      for (fs::recursive_directory_iterator entry(top, error), end; !error && entry != end;
           entry.increment(error)) {
        found.push_back(entry->path());
      }
      GWAGEO_TRY(refuse_path(top.string(), error));
    }
    for (const fs::path& one : found) {
      const fs::file_status status = fs::symlink_status(one, error);
      if (!fs::exists(status) || fs::is_directory(status) || fs::is_regular_file(status)) continue;
      return fail(ErrorKind::bad_input, one.string() +
                                            ": is neither a file nor a folder, which no backup "
                                            "has, so nothing is restored from it");
    }
  }
  return {};
}

/// Without them a restored copy would not start, or would be another coordinator.
Status check_has_all(const std::string& source) {
  std::error_code error;
  if (!fs::exists(source + "/format", error) || !fs::exists(source + "/store", error)) {
    return fail(ErrorKind::bad_input, source + ": is no backup: it has no format or no store");
  }
  const std::string advice =
      "; nothing is restored from it: put the file back, or take another backup";
  if (!fs::exists(source + "/keys/coordinator.key", error)) {
    return fail(ErrorKind::bad_input, source +
                                          ": is no whole backup: it has no keys/coordinator.key, "
                                          "without which nobody can sign its journal" +
                                          advice);
  }
  if (!fs::exists(source + "/checkpoint", error)) {
    return fail(ErrorKind::bad_input, source +
                                          ": is no whole backup: it has no checkpoint, without "
                                          "which nobody can say whether its journal has its end" +
                                          advice);
  }
  return {};
}

/// Whose backup it is: its own key file vouches for its checkpoint and for what witnesses brought,
/// which is returned.
Result<std::vector<HeldHead>> check_signed(const std::string& source, const NoteKey& key) {
  GWAGEO_ASSIGN(note, read_file(source + "/checkpoint", note_bytes_max));
  if (const auto head = open_checkpoint(note, key); !head) {
    return fail(ErrorKind::corrupt,
                source + "/checkpoint: is not one by " + source +
                    "/keys/coordinator.key: " + head.error().message +
                    "; nothing is restored from it: put back the one of the two that is another, "
                    "or take another backup");
  }
  GWAGEO_ASSIGN(witnessed, witness_files_in(source));
  std::vector<HeldHead> heads;
  for (const std::string& path : witnessed) {
    GWAGEO_ASSIGN(cosigned, read_file(path, note_bytes_max));
    Result<Checkpoint> head = open_checkpoint(cosigned, key);
    if (!head) {
      return fail(ErrorKind::corrupt,
                  path + ": " + head.error().message +
                      "; nothing is restored: put the file back, or take it away to restore "
                      "without it, knowingly");
    }
    heads.push_back({path, *std::move(head), {}});
  }
  return heads;
}

/// Key files that a start does without, and a person may not.
struct UnusableKeys {
  std::vector<std::string> missing;
  std::map<std::string, std::string> damaged;  ///< And why.
};

/// Why the key file with a `text` is of no use to a coordinator with that `vkey`; empty: it is.
std::string unusable(const std::string& path, const std::string& text, KeyRole role,
                     const std::string& vkey) {
  const Result<KeyFile> keys = parse_key_file(path, text);
  if (!keys) return keys.error().message;
  if (keys->role != role) {
    return path + ": is the key of a principal with role " + std::string(to_string(keys->role));
  }
  return keys->coordinator_verifier == vkey ? "" : path + ": is for another coordinator";
}

Result<UnusableKeys> unusable_keys(const std::string& source, const std::string& vkey) {
  UnusableKeys found;
  for (const KeyRole role : {KeyRole::operator_, KeyRole::worker}) {
    const std::string name = "keys/" + std::string(to_string(role)) + ".key";
    const std::string path = source + "/" + name;
    std::error_code error;
    if (!fs::exists(path, error)) {
      found.missing.push_back(name);
      continue;
    }
    const Result<std::string> text = read_file(path, key_file_bytes_max);
    const std::string why = text ? unusable(path, *text, role, vkey) : text.error().message;
    if (!why.empty()) found.damaged[name] = why;
  }
  return found;
}

void warn_of_keys(const std::string& source, const UnusableKeys& keys) {
  const auto warn = [](const std::string& what, const std::string& name) {
    std::fprintf(stderr, "gwageo: warning: %s: put it back, or %s\n", what.c_str(),
                 name == "keys/worker.key"
                     ? "start without workers here: up --workers 0"
                     : "name another operator's key to every verb with --key");
  };
  for (const std::string& name : keys.missing) warn(source + " has no " + name, name);
  for (const auto& [name, why] : keys.damaged) warn(why, name);
}

/// Reads every row that was copied from `source` into the data directory `path`, whose blocks have
/// sums of their own, and compares its journal with its checkpoint, which is by `signer`, and with
/// what witnesses cosigned. corrupt, saying what and what to do, when it is not whole.
Status check_copy(const std::string& source, const std::string& path, const NoteKey& signer,
                  const std::vector<HeldHead>& witnessed) {
  const auto damaged = [&](const Error& why) {
    return fail(why.kind, source + " is damaged, so nothing is restored from it: " + why.message +
                              "; take another backup");
  };
  RocksOptions options;
  options.path = path + "/store";
  options.read_only = true;
  const Result<std::unique_ptr<Store>> store = open_rocks_store(options);
  if (!store) return damaged(store.error());
  GWAGEO_ASSIGN(note, read_file(path + "/checkpoint", note_bytes_max));
  GWAGEO_ASSIGN(head, open_checkpoint(note, signer));
  const std::string first = keys::journal(0);
  HeldHeads held(witnessed);
  MerkleFrontier tree;
  Digest root = tree.root();
  const Status read = (*store)->scan("", "\x7f", [&](std::string_view key, std::string_view bytes) {
    if (key.front() != first.front()) return true;
    tree.add(merkle_leaf(bytes));
    if (tree.size() == head.size) root = tree.root();
    if (held.wants(tree.size())) held.note(tree.size(), tree.root());
    return true;
  });
  if (!read) return damaged(read.error());
  const Status whole =
      check_not_behind(head, tree.size(), [&](std::uint64_t) -> Result<Digest> { return root; });
  if (!whole) return damaged(whole.error());
  const auto other = held.compare(head.origin, tree.size(), **store);
  if (!other) return {};
  return fail(
      ErrorKind::corrupt,
      source + ": its journal is not what a witness cosigned: " + other->reason +
          "; nothing is restored from it, for a coordinator there would tell a second "
          "story: take a newer backup; or take that file elsewhere, restore, and before any "
          "start refill the copy with gwageo recover --from MIRROR --witness FILE");
}

}  // namespace

Result<int> verb_backup(const Invocation& arguments) {
  const std::string target = absolute_path(arguments.text_or("WHERE", ""));
  const std::string source = arguments.data_directory();
  GWAGEO_ASSIGN(client, Client::open(arguments));
  const Result<std::string> endpoint = read_endpoint(source);
  if (!endpoint || *endpoint != client.connection().endpoint) {
    return fail(ErrorKind::bad_input,
                "a backup is made on the coordinator's machine: --data must name its directory");
  }
  GWAGEO_TRY(check_apart(target, source));
  GWAGEO_TRY(make_empty_folder(target));
  Unfinished unfinished(target);
  // Before the store: what they have cosigned is in it, so that a restored copy may start.
  GWAGEO_TRY(copy(source + "/witnesses", target + "/witnesses"));
  Json body;
  body["path"] = target + "/store";
  GWAGEO_ASSIGN(answer, client.call("backup", std::move(body)));
  // The keys only now that the coordinator has agreed.
  GWAGEO_TRY(copy_keys(source, target));
  GWAGEO_TRY(keep_checkpoint(client, answer.body, target));
  GWAGEO_TRY(copy(source + "/format", target + "/format"));
  ::sync();
  unfinished.finish();
  if (arguments.json()) {
    Json document;
    document["path"] = target;
    document["journal"] = number(answer.body, "journal");
    document["unsigned"] = 0;
    print(document);
  } else {
    say("backup of " + shown(answer.body, "journal") + " records in " + target + "\n" +
        "It holds the secret keys: keep it as safe as the original.\n");
  }
  return exit_code::done;
}

Result<int> verb_restore(const Invocation& arguments) {
  const std::string source = absolute_path(arguments.text_or("WHERE", ""));
  const std::string target = arguments.data_directory();
  GWAGEO_TRY(check_no_links(source));
  GWAGEO_TRY(check_has_all(source));
  // Of a format that we know; and a stopped data directory is kept from starting meanwhile.
  GWAGEO_ASSIGN(held, DataDirectory::open_for_reading(source));
  GWAGEO_ASSIGN(vkey, read_own_verifier(source + "/keys/coordinator.key"));
  GWAGEO_ASSIGN(signer, parse_vkey(vkey));
  GWAGEO_ASSIGN(witnessed, check_signed(source, signer));
  GWAGEO_ASSIGN(key_files, unusable_keys(source, vkey));
  GWAGEO_TRY(make_empty_folder(target));
  Unfinished unfinished(target);
  GWAGEO_TRY(copy(source + "/store", target + "/store"));
  GWAGEO_TRY(copy_keys(source, target));
  GWAGEO_TRY(copy(source + "/checkpoint", target + "/checkpoint"));
  GWAGEO_TRY(copy(source + "/witnesses", target + "/witnesses"));
  GWAGEO_TRY(check_copy(source, target, signer, witnessed));
  // The format marks a whole data directory, so it comes when all else is on the disk.
  ::sync();
  GWAGEO_TRY(copy(source + "/format", target + "/format"));
  ::sync();
  unfinished.finish();
  if (arguments.json()) {
    Json document;
    document["data"] = target;
    document["from"] = source;
    document["keys_missing"] = Json::array();
    for (const std::string& name : key_files.missing) document["keys_missing"].push_back(name);
    document["keys_damaged"] = Json::array();
    for (const auto& [name, why] : key_files.damaged) document["keys_damaged"].push_back(name);
    print(document);
  } else {
    say("restored into " + target + "; start it with: gwageo up --data " + target + "\n");
  }
  warn_of_keys(source, key_files);
  return exit_code::done;
}

}  // namespace gwageo
