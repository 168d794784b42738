#include "ops/recovery_heads.h"

#include <filesystem>

#include "coordinator/durable_file.h"
#include "coordinator/keys.h"
#include "ops/log_store.h"
#include "ops/system.h"

namespace gwageo {
namespace {

/// Records behind a gap would be chained to none that is there.
std::string advice_on_gaps(const MendedJournal& journal) {
  return "neither the mirror nor the store has " + journal.gaps_text() +
         ", so look for another mirror; or, to go on with the first " +
         std::to_string(journal.size) +
         " records alone, knowingly, recover into a new directory that has keys/coordinator.key "
         "and nothing else, with this one as --rows";
}

std::string advice_on_loss(const MendedJournal& journal, const std::vector<HeldHead>& heads) {
  if (!journal.gaps.empty()) return advice_on_gaps(journal);
  std::string one;
  for (const HeldHead& head : heads) {
    const bool has_more = !head.mirror.empty() && head.checkpoint.size > journal.size;
    if (has_more) one = " (" + head.mirror + " is one)";
  }
  return "neither the mirror nor the store has them, so look for a newer mirror" + one +
         "; or go on with " + std::to_string(journal.size) +
         " records and without them, knowingly: --accept-loss " + std::to_string(journal.size);
}

Status check_accepted(const MendedJournal& journal, std::uint64_t accepted) {
  const std::string option = "--accept-loss " + std::to_string(accepted) + ": ";
  if (!journal.gaps.empty()) return fail(ErrorKind::bad_input, option + advice_on_gaps(journal));
  if (accepted == journal.size) return {};
  return fail(ErrorKind::bad_input,
              option + "the mirror and the store have " + std::to_string(journal.size) +
                  " records together, and all of these are kept; nothing is written");
}

}  // namespace

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
      "put the file back, or take it away to go on without it, knowingly; nothing is written";
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
    Result<HeldHead> held = read_held_head("--witness", path, {key});
    if (!held) {
      held.error().message += "; nothing is written";
      return tl::unexpected(held.error());
    }
    held->source = absolute_path(path);
    heads.push_back(*std::move(held));
  }
  return heads;
}

Result<std::vector<HeldHead>> check_goes_on(const Evidence& mirror, const MendedJournal& journal,
                                            const std::vector<HeldHead>& heads,
                                            std::optional<std::uint64_t> accepted) {
  HeldHeads held(heads);
  MerkleFrontier tree;
  const auto note = [&] {
    if (held.wants(tree.size())) held.note(tree.size(), tree.root());
  };
  note();
  const keys::KeyRange all = keys::journal_from(0);
  GWAGEO_TRY(
      journal.records->scan(all.first, all.second, [&](std::string_view, std::string_view bytes) {
        if (tree.size() == journal.size) return false;
        tree.add(merkle_leaf(bytes));
        note();
        return true;
      }));
  GWAGEO_ASSIGN(own, read_unchecked_checkpoint(*mirror.note));
  const auto found = held.compare(own.origin, journal.size, *journal.records);
  const bool is_behind = found && found->first_bad == journal.size;
  if (found && !is_behind) {
    return fail(ErrorKind::corrupt,
                mirror.source + ": is not a mirror to recover from: " + found->reason +
                    "; nothing is written: it tells another story than what was signed before, so "
                    "look for the mirror of this directory's own");
  }
  if (accepted) GWAGEO_TRY(check_accepted(journal, *accepted));
  if (is_behind && !accepted) {
    return fail(ErrorKind::corrupt, mirror.source +
                                        ": is not enough to recover from: " + found->reason +
                                        "; nothing is written: " + advice_on_loss(journal, heads));
  }
  std::vector<HeldHead> lost;
  for (const HeldHead& head : heads) {
    if (head.checkpoint.size > journal.size) lost.push_back(head);
  }
  return lost;
}

std::string lost_folder(const DataDirectory& directory, std::uint64_t size) {
  return directory.path() + "/lost-" + std::to_string(size);
}

Status set_aside(const DataDirectory& directory, const std::vector<HeldHead>& lost,
                 const std::string& folder) {
  for (const HeldHead& head : lost) {
    const std::string from = head.mirror.empty() ? head.source : head.mirror;
    const std::filesystem::path way =
        std::filesystem::path(from).lexically_relative(directory.path());
    if (way.empty() || *way.begin() == "..") continue;  // Somebody brought it.
    const std::filesystem::path to = folder / way;
    std::error_code error;
    if (!std::filesystem::exists(from, error)) continue;  // It was brought as well, and is moved.
    std::filesystem::create_directories(to.parent_path(), error);
    if (!error && std::filesystem::exists(to, error)) {
      return fail(ErrorKind::io, to.string() + ": is there already; take " + folder +
                                     " elsewhere and recover again");
    }
    if (!error) std::filesystem::rename(from, to, error);
    if (error)
      return fail(ErrorKind::io, from + ": move to " + to.string() + ": " + error.message());
    GWAGEO_TRY(sync_folder(to.parent_path().string()));
    GWAGEO_TRY(sync_folder(std::filesystem::path(from).parent_path().string()));
  }
  return sync_folder(directory.path());
}

}  // namespace gwageo
