#include "ops/recovery_heads.h"

#include <filesystem>

#include "coordinator/durable_file.h"
#include "coordinator/keys.h"
#include "ops/log_store.h"
#include "ops/system.h"

namespace gwageo {

Result<std::vector<HeldHead>> heads_held_in(const DataDirectory& directory, const NoteKey& key,
                                            const std::vector<std::string>& brought) {
  std::vector<HeldHead> heads;
  const auto add = [&](const std::string& path, const std::string& mirror,
                       const std::string& advice) -> Status {
    GWAGEO_ASSIGN(note, read_file(path, note_bytes_max));
    const Result<Checkpoint> opened = open_checkpoint(note, key);
    if (!opened) {
      return fail(ErrorKind::corrupt, path + ": " + opened.error().message + "; " + advice);
    }
    heads.push_back({path, *opened, mirror});
    return {};
  };
  const std::string put_back =
      "put the file back, or take it away to recover without it, knowingly; nothing is written";
  std::error_code error;
  if (std::filesystem::exists(directory.checkpoint_path(), error)) {
    GWAGEO_TRY(add(directory.checkpoint_path(), {}, put_back));
  }
  if (is_log_folder(directory.tiles_path())) {
    GWAGEO_TRY(add(directory.tiles_path() + "/checkpoint", directory.tiles_path(), put_back));
  }
  GWAGEO_ASSIGN(witnessed, witness_files_in(directory.path()));
  for (const std::string& path : witnessed) GWAGEO_TRY(add(path, {}, put_back));
  for (const std::string& path : brought) {
    GWAGEO_TRY(add(absolute_path(path), {},
                   "--witness takes a checkpoint of this coordinator; nothing is written"));
  }
  return heads;
}

Status check_goes_on(const Evidence& mirror, const std::vector<HeldHead>& heads) {
  HeldHeads held(heads);
  MerkleFrontier tree;
  const auto note = [&] {
    if (held.wants(tree.size())) held.note(tree.size(), tree.root());
  };
  note();
  const keys::KeyRange all = keys::journal_from(0);
  GWAGEO_TRY(
      mirror.store->scan(all.first, all.second, [&](std::string_view, std::string_view bytes) {
        tree.add(merkle_leaf(bytes));
        note();
        return true;
      }));
  GWAGEO_ASSIGN(own, read_unchecked_checkpoint(*mirror.note));
  const auto found = held.compare(own.origin, tree.size(), *mirror.store);
  if (!found) return {};
  const bool is_behind = found->first_bad == tree.size();
  return fail(ErrorKind::corrupt,
              mirror.log_folder + ": is not a mirror to recover from: " + found->reason +
                  "; nothing is written: " +
                  (is_behind ? "it would lose them, so look for a newer mirror"
                             : "it tells another story than what was signed before, so look for "
                               "the mirror of this directory's own"));
}

}  // namespace gwageo
