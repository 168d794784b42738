// A file system on which the power can fail at any operation, and which can fill up.
//
// A killed process loses nothing: the kernel keeps what it wrote. To find a missing sync, this
// layer remembers for every file how much of it was synced, and for every folder which names were.
// A crash writes an image of what a disk would hold after a power failure into another folder,
// while the store under test goes on unharmed and is closed in peace. So a crash may fall into any
// moment, an opening or a compaction included. Nothing is really synced, which makes it fast.
#pragma once

#include <rocksdb/file_system.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <vector>

namespace gwageo {

/// What happens to bytes that were written but not synced.
enum class Unsynced {
  lost,    ///< All are gone.
  torn,    ///< Some first part of each file's stays; of what was overwritten, any sectors do.
  zeroed,  ///< The file keeps a grown size, but from some byte on it holds zeros.
};

/// Any thread. One folder without subfolders; what is in it at the start counts as synced.
class CrashFileSystem final : public rocksdb::FileSystemWrapper {
 public:
  /// `scratch` is an own empty folder on the same file system.
  CrashFileSystem(const std::string& folder, const std::string& scratch, std::uint64_t seed);

  /// Before the `operation`-th next change, the image is written to the new folder `image` and
  /// `at_crash` is called. No other change happens in between.
  void crash_at(std::uint64_t operation, const std::string& image, Unsynced unsynced,
                std::function<void()> at_crash);
  /// The same, now.
  void crash_now(const std::string& image, Unsynced unsynced);
  bool has_crashed() const;
  /// Changes so far: creations, appends, syncs, renames and removals.
  std::uint64_t operations() const;

  /// After `bytes` more bytes the disk is full: what fits is written, the rest is refused.
  void fill_after(std::uint64_t bytes);

  const char* Name() const override { return "CrashFileSystem"; }
  rocksdb::IOStatus NewWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                                    std::unique_ptr<rocksdb::FSWritableFile>* file,
                                    rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus ReopenWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                                       std::unique_ptr<rocksdb::FSWritableFile>* file,
                                       rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus ReuseWritableFile(const std::string& path, const std::string& old_path,
                                      const rocksdb::FileOptions& options,
                                      std::unique_ptr<rocksdb::FSWritableFile>* file,
                                      rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus NewRandomRWFile(const std::string& path, const rocksdb::FileOptions& options,
                                    std::unique_ptr<rocksdb::FSRandomRWFile>* file,
                                    rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus NewDirectory(const std::string& path, const rocksdb::IOOptions& options,
                                 std::unique_ptr<rocksdb::FSDirectory>* folder,
                                 rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus DeleteFile(const std::string& path, const rocksdb::IOOptions& options,
                               rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus RenameFile(const std::string& from, const std::string& to,
                               const rocksdb::IOOptions& options,
                               rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus LinkFile(const std::string& from, const std::string& to,
                             const rocksdb::IOOptions& options,
                             rocksdb::IODebugContext* debug) override;

 private:
  friend class CrashFile;
  friend class CrashOverwrittenFile;
  friend class CrashFolder;
  // A file without its name. `contents` is a second link to it, so that it outlives its names.
  struct Content {
    std::string contents;
    std::uint64_t size = 0;
    std::uint64_t synced = 0;
    std::map<std::uint64_t, std::string> before;  // Of sectors overwritten since the last sync.
  };
  using Names = std::map<std::string, std::shared_ptr<Content>>;  // Shared: a content has names.
  struct Change {
    std::string name;
    std::shared_ptr<Content> content;  // Null where the name is removed.
  };

  // The following REQUIRE that `mutex_` is held.
  void begin_change();
  void write_image(const std::string& image, Unsynced unsynced);
  void write_content(const Content& content, const std::string& path, Unsynced unsynced);
  std::shared_ptr<Content> adopt(const std::string& path, std::uint64_t size, std::uint64_t synced);
  void rename(const std::string& name, std::shared_ptr<Content> content);
  std::uint64_t random_up_to(std::uint64_t most);

  mutable std::mutex mutex_;
  std::string folder_;
  std::string scratch_;
  std::mt19937_64 random_;
  Names names_;                   // As the running program sees them.
  Names synced_names_;            // As of the last sync of the folder.
  std::vector<Change> unsynced_;  // What leads from the one to the other.
  std::uint64_t contents_made_ = 0;
  std::uint64_t operations_ = 0;
  std::uint64_t crash_operation_ = 0;
  std::string image_;
  Unsynced image_unsynced_ = Unsynced::lost;
  std::function<void()> at_crash_;
  bool has_crashed_ = false;
  std::uint64_t bytes_left_ = ~0ull;
};

}  // namespace gwageo
