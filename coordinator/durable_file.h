// Durable files outside the store. Every file that must survive a power failure is written through
// here: checkpoint, keys, tiles, the format and the endpoint. Errors name the path and say what the
// operating system said; not_allowed where it was our right that was missing.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "protocol/result.h"

namespace gwageo {

/// Who may read a file that is written here.
enum class Readers { everyone, owner };

/// Makes `bytes` the content of the file `path`. When this returns success they are on stable
/// storage; after a power failure at any moment the file holds the old or the new bytes, whole.
/// Written as `path`.new beside it (a leftover is overwritten), synced, renamed, and the folder
/// synced. A failure before the rename leaves the old file; after it, either may be there. A failed
/// sync is never retried. One writer per path at a time.
Status replace_file(const std::string& path, std::string_view bytes,
                    Readers readers = Readers::everyone);

/// Many files at once: as `replace_file` for each, with the syncs shared. One owner, one thread.
///
/// A process that was killed may have left files and folders of which the kernel knows and the disk
/// does not. So a folder that is there already has its own name synced as well, once a batch.
class FileBatch {
 public:
  /// For files below the folder `root`, which itself is on stable storage.
  explicit FileBatch(std::string root) : root_(std::move(root)) {}

  /// Writes `bytes` beside where they will lie. Folders that are missing are made.
  Status put(const std::string& path, std::string_view bytes);
  /// What lies at `path` already is as wanted: it is on stable storage, too, after `finish`.
  Status keep(const std::string& path);
  /// When this returns success all that was put is in place and on stable storage. After a failure
  /// of either some files are, each of them whole. More may be put afterwards.
  Status finish();
  std::size_t size() const { return paths_.size(); }

 private:
  Status make_folder(const std::string& path);

  std::string root_;
  std::vector<std::string> paths_;
  std::set<std::string> folders_;  ///< Whose names have changed, or are not known to be durable.
  std::set<std::string> met_;      ///< Folders whose own names are, or will be with `finish`.
};

/// The whole content of a regular file. not_found when there is none; bad_input when it is larger
/// than `size_max` or no regular file.
Result<std::string> read_file(const std::string& path, std::uint64_t size_max);

/// Whether anything has that name, and be it a link that leads nowhere: whoever reads it then says
/// what is wrong with it.
bool is_name_taken(const std::string& path);

/// Removes a file and syncs its folder. No file is no error.
Status remove_file(const std::string& path);

/// Makes the names in a folder durable.
Status sync_folder(const std::string& path);

/// Bytes that this user may still write on the file system of `path`, which must exist.
Result<std::uint64_t> free_bytes(const std::string& path);

}  // namespace gwageo
