#include "ops/held_heads.h"

#include <algorithm>
#include <filesystem>

#include "coordinator/durable_file.h"
#include "coordinator/keys.h"
#include "coordinator/log_folder.h"
#include "ops/kept_number.h"
#include "ops/log_store.h"
#include "ops/system.h"

namespace gwageo {
namespace {

/// The leaf hashes of a mirror, one after the other.
class MirrorLeaves {
 public:
  MirrorLeaves(const std::string& path, std::uint64_t size) : path_(path), size_(size) {}

  /// The hash of leaf `index`. REQUIRES: asked for in order.
  Result<Digest> at(std::uint64_t index) {
    if (index % tile_width == 0) {
      const TileName tile = tile_at(0, index / tile_width, size_);
      GWAGEO_ASSIGN(bytes, read_published_tile(path_, tile));
      GWAGEO_ASSIGN(hashes, decode_hashes(tile, bytes));
      hashes_ = std::move(hashes);
    }
    return hashes_[index % tile_width];
  }

 private:
  std::string path_;
  std::uint64_t size_;
  std::vector<Digest> hashes_;
};

/// The first record of the journal whose leaf is not the mirror's. Nothing when the mirror itself
/// is not what its checkpoint says.
Result<std::optional<std::uint64_t>> first_difference(const HeldHead& head, const Store& store) {
  MirrorLeaves mirror(head.mirror, head.checkpoint.size);
  MerkleFrontier tree;
  std::optional<std::uint64_t> first;
  Status failed;
  const auto take = [&](std::optional<std::string_view> record) {
    const Result<Digest> leaf = mirror.at(tree.size());
    if (!leaf) {
      failed = tl::unexpected(leaf.error());
      return;
    }
    if (!first && (!record || merkle_leaf(*record) != *leaf)) first = tree.size();
    tree.add(*leaf);
  };
  const keys::KeyRange all = keys::journal_from(0);
  GWAGEO_TRY(store.scan(all.first, all.second, [&](std::string_view, std::string_view bytes) {
    if (tree.size() < head.checkpoint.size) take(bytes);
    return failed && tree.size() < head.checkpoint.size;
  }));
  while (failed && tree.size() < head.checkpoint.size) take(std::nullopt);
  GWAGEO_TRY(failed);
  return tree.root() == head.checkpoint.root ? first : std::nullopt;
}

}  // namespace

Result<HeldHead> read_held_head(const std::string& option, const std::string& given,
                                const std::vector<NoteKey>& keys) {
  const auto refused = [&](const std::string& why) {
    return fail(ErrorKind::bad_input, option + " " + given + ": " + why);
  };
  HeldHead held{given, {}, {}};
  std::string path = absolute_path(given);
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) {
    if (is_log_folder(path)) held.mirror = path;
    path += "/checkpoint";
  }
  GWAGEO_ASSIGN(note, read_file(path, note_bytes_max));
  if (is_kept_number(note)) {
    GWAGEO_ASSIGN(kept, read_kept_number(path));
    if (!kept.fixed) {
      return refused(
          "keeps a number, and no root yet that a checkpoint fixed: its audit was broken off "
          "before, so it holds nothing to compare with; go on with it (gwageo audit replay " +
          kept.job + " --keep " + given + "), which keeps the checkpoint in the file");
    }
    note = kept.fixed->note;
  }
  Result<Checkpoint> opened = read_unchecked_checkpoint(note);
  for (const NoteKey& key : keys) {
    opened = open_checkpoint(note, key);
    if (opened) break;
  }
  if (!opened) {
    return refused(opened.error().message +
                   "; it takes a checkpoint of this log, a witness's state file, what audit replay "
                   "kept, or a mirror's folder");
  }
  held.checkpoint = *std::move(opened);
  return held;
}

Result<std::vector<std::string>> witness_files_in(const std::string& directory) {
  const std::string folder = directory + "/witnesses";
  std::vector<std::string> paths;
  std::error_code error;
  for (std::filesystem::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    if (entry->path().extension() != ".new") paths.push_back(entry->path().string());
  }
  if (error && error != std::errc::no_such_file_or_directory) {
    return fail(ErrorKind::io, folder + ": " + error.message());
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

bool HeldHeads::wants(std::uint64_t size) const {
  return std::any_of(heads_.begin(), heads_.end(),
                     [size](const HeldHead& head) { return head.checkpoint.size == size; });
}

Disagreement HeldHeads::changed(const HeldHead& head) const {
  const std::uint64_t size = head.checkpoint.size;
  const std::string other = "the checkpoint in " + head.source + " over " + std::to_string(size) +
                            " records has root " + to_hex(head.checkpoint.root) +
                            ", and here it is " + to_hex(roots_.at(size)) + ": ";
  // What somebody holds of fewer records, and fits, bounds where the change can be.
  std::uint64_t fits = 0;
  for (const HeldHead& one : heads_) {
    const auto root = roots_.find(one.checkpoint.size);
    if (one.checkpoint.size < size && root != roots_.end() && root->second == one.checkpoint.root) {
      fits = std::max(fits, one.checkpoint.size);
    }
  }
  std::optional<std::uint64_t> first_bad;
  if (fits + 1 == size) first_bad = fits;
  return Disagreement{first_bad, other + "one of records " + std::to_string(fits) + " to " +
                                     std::to_string(size - 1) + " was changed after it was signed"};
}

// Even where records are gone from the end, an earlier one may be the first that is another. A
// mirror that cannot be read names none, and what was found stays found.
Disagreement HeldHeads::named(Disagreement found, const Store& store) const {
  for (const HeldHead& head : heads_) {
    if (head.mirror.empty()) continue;
    const Result<std::optional<std::uint64_t>> first = first_difference(head, store);
    if (!first || !*first || (found.first_bad && **first >= *found.first_bad)) continue;
    found.first_bad = **first;
    found.reason +=
        "; record " + std::to_string(**first) + " is not the one that is held in " + head.source;
  }
  return found;
}

std::string with_advice(const Disagreement& found) {
  if (found.first_bad) return found.reason;
  return found.reason + " (give --from a mirror, or checkpoints between, to learn which)";
}

std::optional<Disagreement> HeldHeads::compare(const std::string& origin, std::uint64_t size,
                                               const Store& store) const {
  std::vector<const HeldHead*> ascending;
  for (const HeldHead& head : heads_) ascending.push_back(&head);
  std::stable_sort(ascending.begin(), ascending.end(), [](const HeldHead* a, const HeldHead* b) {
    return a->checkpoint.size < b->checkpoint.size;
  });
  for (const HeldHead* const head : ascending) {
    const Checkpoint& held = head->checkpoint;
    if (held.origin != origin) {
      return Disagreement{0, "the checkpoint in " + head->source + " is of " + held.origin +
                                 ", and the journal is of " + origin};
    }
    if (held.size > size) {
      return named(
          Disagreement{size, "the checkpoint in " + head->source + " is over " +
                                 std::to_string(held.size) + " records, and here are " +
                                 std::to_string(size) + ": records " + std::to_string(size) +
                                 " to " + std::to_string(held.size - 1) + " are gone"},
          store);
    }
    if (roots_.at(held.size) == held.root) continue;
    return named(changed(*head), store);
  }
  return std::nullopt;
}

}  // namespace gwageo
