#include "coordinator/rocks_store.h"

#include <fcntl.h>
#include <rocksdb/cache.h>
#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/file_system.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/listener.h>
#include <rocksdb/slice_transform.h>
#include <rocksdb/sst_partitioner.h>
#include <rocksdb/table.h>
#include <rocksdb/utilities/checkpoint.h>
#include <unistd.h>

#include <filesystem>
#include <mutex>

#include "coordinator/durable_file.h"
#include "coordinator/patient_thread.h"
#include "coordinator/prepared_log.h"
#include "coordinator/rocksdb_crc32c.h"

namespace gwageo {
namespace {

ErrorKind kind_of(const rocksdb::Status& status) {
  if (status.IsCorruption()) return ErrorKind::corrupt;
  if (status.IsNoSpace() || status.IsBusy()) return ErrorKind::unavailable;
  if (status.IsNotFound() || status.IsPathNotFound()) return ErrorKind::not_found;
  if (status.IsInvalidArgument() || status.IsNotSupported()) return ErrorKind::bad_input;
  return ErrorKind::io;
}

tl::unexpected<Error> failure(const std::string& path, const std::string& act,
                              const rocksdb::Status& status) {
  return fail(kind_of(status), "store " + path + ": " + act + ": " + status.ToString());
}

// The files CURRENT and IDENTITY hold a name each.
constexpr std::uintmax_t name_bytes_max = 4096;

// A key as a person can find it again: the table's letter, then hexadecimal digits.
std::string readable(std::string_view key) {
  if (key.empty()) return "the first key";
  static constexpr char digits[] = "0123456789abcdef";
  std::string text = "key ";
  text += key.front();
  if (key.size() > 1) text += ' ';
  for (const char byte : key.substr(1)) {
    text += digits[static_cast<unsigned char>(byte) >> 4];
    text += digits[static_cast<unsigned char>(byte) & 15];
  }
  return text;
}

rocksdb::Slice slice(std::string_view bytes) { return {bytes.data(), bytes.size()}; }
std::string_view view(const rocksdb::Slice& bytes) { return {bytes.data(), bytes.size()}; }

// The library links files that it never changes. A copy is kept for the day on which the disk
// spoils one of them, so each gets bytes of its own.
Status unlink_from_original(const std::string& folder) {
  std::error_code error;
  std::vector<std::filesystem::path> linked;
  for (std::filesystem::directory_iterator file(folder, error), end; !error && file != end;
       file.increment(error)) {
    if (file->is_regular_file() && file->hard_link_count() > 1) linked.push_back(file->path());
  }
  for (const std::filesystem::path& path : linked) {
    const std::filesystem::path fresh = path.string() + ".copy";
    if (!error) std::filesystem::copy_file(path, fresh, error);
    if (error) break;
    const int file = ::open(fresh.c_str(), O_RDONLY | O_CLOEXEC);
    const bool is_synced = file >= 0 && ::fsync(file) == 0;
    if (file >= 0) ::close(file);
    if (!is_synced) return fail(ErrorKind::io, fresh.string() + ": cannot be synced");
    std::filesystem::rename(fresh, path, error);
  }
  if (error) return fail(ErrorKind::io, "store copy " + folder + ": " + error.message());
  return sync_folder(folder);
}

// The first failure of the store; after it no write is tried. Background work of the library
// reports here too, so a failed flush stops the store before a write would meet it.
class Latch {
 public:
  Status check() const {
    const std::lock_guard lock(mutex_);
    return status_;
  }
  void set(const Status& failed) {
    const std::lock_guard lock(mutex_);
    if (status_) status_ = failed;
  }

 private:
  mutable std::mutex mutex_;
  Status status_;
};

class Listener final : public rocksdb::EventListener {
 public:
  Listener(std::string path, Latch& latch) : path_(std::move(path)), latch_(latch) {}
  // Both run on the thread that does the work and nothing else.
  void OnFlushBegin(rocksdb::DB*, const rocksdb::FlushJobInfo&) override { be_patient(); }
  void OnCompactionBegin(rocksdb::DB*, const rocksdb::CompactionJobInfo&) override { be_patient(); }
  void OnBackgroundError(rocksdb::BackgroundErrorReason, rocksdb::Status* error) override {
    latch_.set(failure(path_, "write", *error));
  }
  // The library's own recovery would take writes again after some were refused.
  void OnErrorRecoveryBegin(rocksdb::BackgroundErrorReason, rocksdb::Status,
                            bool* recover) override {
    *recover = false;
  }

 private:
  std::string path_;
  Latch& latch_;
};

class RocksStore final : public Store {
 public:
  RocksStore(std::string path, bool read_only) : path_(std::move(path)), read_only_(read_only) {}

  Status open(const RocksOptions& options);

  Status write(const WriteBatch& batch, Sync sync) override {
    GWAGEO_TRY(may_write());
    GWAGEO_TRY(latch_.check());
    // Room for all at once. The library could check each entry on its way to the table in memory,
    // against memory that changes by itself in between; records, answers and documents have digests
    // of their own for that, and for longer.
    std::size_t bytes = 0;
    for (const auto& [key, value] : batch.puts) bytes += key.size() + value.size() + 16;
    rocksdb::WriteBatch entries(bytes);
    rocksdb::Status status;
    for (const auto& [key, value] : batch.puts) {
      if (status.ok()) status = entries.Put(key, value);
    }
    for (const std::string& key : batch.erasures) {
      if (status.ok()) status = entries.Delete(key);
    }
    if (status.ok()) status = db_->Write(rocksdb::WriteOptions(), &entries);
    GWAGEO_TRY(succeeded("write", status));
    return sync == Sync::yes ? this->sync() : Status{};
  }

  Status sync() override {
    GWAGEO_TRY(may_write());
    GWAGEO_TRY(latch_.check());
    return succeeded("sync", db_->SyncWAL());
  }

  Result<std::optional<std::string>> read(std::string_view key) const override {
    std::string value;
    const rocksdb::Status status = db_->Get(rocksdb::ReadOptions(), slice(key), &value);
    if (status.IsNotFound()) return std::optional<std::string>();
    if (!status.ok()) return failure(path_, "read " + readable(key), status);
    return std::optional<std::string>(std::move(value));
  }

  Status scan(std::string_view from, std::string_view to,
              const std::function<bool(std::string_view, std::string_view)>& visit) const override {
    if (from >= to) return {};
    const Range range(*db_, from, to);
    std::string near(from);
    for (range.entries->Seek(slice(from)); range.entries->Valid(); range.entries->Next()) {
      near = view(range.entries->key());
      if (!visit(near, view(range.entries->value()))) return {};
    }
    // A damaged block ends the iteration just as the end of the range does.
    const rocksdb::Status status = range.entries->status();
    if (!status.ok()) return failure(path_, "scan at or after " + readable(near), status);
    return {};
  }

  Result<std::optional<std::pair<std::string, std::string>>> last(
      std::string_view from, std::string_view to) const override {
    using Entry = std::pair<std::string, std::string>;
    if (from >= to) return std::optional<Entry>();
    const Range range(*db_, from, to);
    range.entries->SeekToLast();
    const rocksdb::Status status = range.entries->status();
    if (!status.ok()) return failure(path_, "last before " + readable(to), status);
    if (!range.entries->Valid()) return std::optional<Entry>();
    return std::optional<Entry>(
        Entry(range.entries->key().ToString(), range.entries->value().ToString()));
  }

  Status copy_to(const std::string& path) const override {
    rocksdb::Checkpoint* made = nullptr;
    rocksdb::Status status = rocksdb::Checkpoint::Create(db_.get(), &made);
    const std::unique_ptr<rocksdb::Checkpoint> copier(made);
    if (status.ok()) status = copier->CreateCheckpoint(path);
    if (!status.ok()) return failure(path_, "copy to " + path, status);
    return unlink_from_original(path);
  }

 private:
  Status may_write() const {
    if (!read_only_) return {};
    return fail(ErrorKind::not_allowed, "store " + path_ + ": opened for reading");
  }

  // The background's failure may be the cause of this one, and says more.
  Status succeeded(const std::string& act, const rocksdb::Status& status) {
    if (!status.ok()) latch_.set(failure(path_, act, status));
    return latch_.check();
  }

  // An iterator over [from, to). The library borrows the bounds.
  struct Range {
    Range(rocksdb::DB& db, std::string_view from, std::string_view to)
        : lower(slice(from)), upper(slice(to)) {
      rocksdb::ReadOptions how;
      how.iterate_lower_bound = &lower;
      how.iterate_upper_bound = &upper;
      how.fill_cache = false;
      entries.reset(db.NewIterator(how));
    }
    Range(const Range&) = delete;
    Range& operator=(const Range&) = delete;
    rocksdb::Slice lower;
    rocksdb::Slice upper;
    std::unique_ptr<rocksdb::Iterator> entries;
  };

  std::string path_;
  bool read_only_;
  Latch latch_;
  // The order matters: the database goes first, then what it uses.
  std::unique_ptr<rocksdb::Env> env_;
  std::unique_ptr<rocksdb::DB> db_;
};

rocksdb::BlockBasedTableOptions table_options() {
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = rocksdb::NewLRUCache(32u << 20);
  table.cache_index_and_filter_blocks = true;
  table.pin_l0_filter_and_index_blocks_in_cache = true;
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
  return table;
}

// Why these values.
//  * The log's recovery mode: a power failure may cut the last batch short, and that must open, so
//    not kAbsoluteConsistency. A damaged batch with others behind it was acknowledged, and must not
//    be forgotten in silence, so not kPointInTimeRecovery, the default. Neither mode notices a log
//    that was cut at a batch's end; the signed checkpoint does.
//  * Recycled logs would save the growth of a file at each sync, but need a mode that forgets, and
//    did not save it on the disk that was measured. prepared_log.h does.
//  * Large values (blocks of results, of plans, documents) go to files of their own, compressed
//    once with what costs least, and are not copied again by every compaction: that copying and
//    its compression were a quarter of all CPU time of a busy coordinator.
//  * What stays in tables is mostly keys and digests, which hardly shrink: zstd's first level takes
//    what there is, and merging eight files at a time instead of four halves how often it runs.
//    Together 5 % of the throughput of a busy coordinator.
//  * Every flush holds keys of all tables, so it overlaps all of the first level, which is written
//    anew with it: that level is small, and its files hold one table each, which mostly move down
//    as they are. With the library's sizes a compaction took longer the more was stored, half a
//    second after three minutes of 22,000 results a second, and acknowledgements waited for it.
//  * New files go to the disk a piece at a time, not all at once before the log's next sync.
//  * Keys of one table ascend, so an insertion begins where the last one of its table was.
//  * Nothing runs by the clock (statistics), and the library's own log stays small.
rocksdb::Options library_options(const RocksOptions& options) {
  rocksdb::Options library;
  library.create_if_missing = !options.read_only;
  library.wal_recovery_mode = options.accept_damaged_tail
                                  ? rocksdb::WALRecoveryMode::kPointInTimeRecovery
                                  : rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
  library.paranoid_checks = true;
  library.compression = rocksdb::kLZ4Compression;
  library.bottommost_compression = rocksdb::kZSTD;
  library.bottommost_compression_opts.enabled = true;
  library.bottommost_compression_opts.level = 1;
  library.level0_file_num_compaction_trigger = 8;
  library.max_bytes_for_level_base = 16u << 20;
  library.target_file_size_base = 4u << 20;
  library.target_file_size_multiplier = 2;
  library.sst_partitioner_factory = rocksdb::NewSstPartitionerFixedPrefixFactory(1);
  library.bytes_per_sync = 1u << 20;
  library.enable_blob_files = true;
  library.min_blob_size = 1024;
  library.blob_compression_type = rocksdb::kLZ4Compression;
  library.write_buffer_size = options.memory_table_bytes;
  library.max_write_buffer_number = 3;
  library.memtable_insert_with_hint_prefix_extractor.reset(rocksdb::NewFixedPrefixTransform(1));
  library.max_open_files = 256;
  library.max_background_jobs = 2;
  library.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table_options()));
  library.info_log_level = rocksdb::WARN_LEVEL;
  library.max_log_file_size = 1u << 20;
  library.keep_log_file_num = 2;
  library.stats_dump_period_sec = 0;
  library.stats_persist_period_sec = 0;
  library.max_bgerror_resume_count = 0;
  return library;
}

// Makes the folder if need be and refuses a disk that is too full: this build of the library ends
// the process when it fails to write while it opens.
Status check_space(const RocksOptions& options) {
  std::error_code error;
  std::filesystem::create_directories(options.path, error);
  if (error) return fail(ErrorKind::io, "store " + options.path + ": create: " + error.message());
  GWAGEO_ASSIGN(free, free_bytes(options.path));
  if (free >= options.reserve_bytes) return {};
  return fail(ErrorKind::unavailable,
              "store " + options.path + ": the disk is too full to open it: " +
                  std::to_string(free >> 20) + " MiB are free and " +
                  std::to_string(options.reserve_bytes >> 20) + " MiB are needed; make room");
}

// The library reads what it finds by its name: it would wait for a pipe, and take all that a link
// leads to, or that a file of one line holds, into memory. The folder may be somebody else's.
Status check_file(const std::filesystem::directory_entry& file) {
  const std::string name = file.path().filename();
  std::error_code error;
  const std::filesystem::file_status status = file.symlink_status(error);
  if (!error && std::filesystem::is_directory(status)) return {};
  if (error || !std::filesystem::is_regular_file(status)) {
    return fail(ErrorKind::corrupt,
                "store " + file.path().string() +
                    ": is neither a file nor a folder, which no store has: restore a backup");
  }
  if (name != "CURRENT" && name != "IDENTITY") return {};
  const std::uintmax_t bytes = file.file_size(error);
  if (!error && bytes <= name_bytes_max) return {};
  return fail(ErrorKind::corrupt, "store " + file.path().string() + ": has more than the " +
                                      std::to_string(name_bytes_max) +
                                      " bytes it may have: restore a backup");
}

// A store whose file CURRENT is gone would be taken for a new one and begun anew, over the data.
Status check_contents(const std::string& path) {
  bool has_current = false;
  std::string data;
  std::error_code error;
  for (std::filesystem::directory_iterator file(path, error), end; !error && file != end;
       file.increment(error)) {
    GWAGEO_TRY(check_file(*file));
    const std::string name = file->path().filename();
    const std::string ending = file->path().extension();
    if (name == "CURRENT") has_current = true;
    if (ending == ".sst" || ending == ".log" || ending == ".blob") data = name;
  }
  if (error) return fail(ErrorKind::io, "store " + path + ": list: " + error.message());
  if (has_current || data.empty()) return {};
  return fail(ErrorKind::corrupt, "store " + path + ": " + data +
                                      " is there, but not the file CURRENT: restore a backup");
}

Status RocksStore::open(const RocksOptions& options) {
  check_rocksdb_crc32c();
  if (options.read_only) {
    std::error_code error;
    if (!std::filesystem::exists(std::filesystem::path(path_) / "CURRENT", error)) {
      return fail(ErrorKind::not_found, "store " + path_ + ": there is none");
    }
  } else {
    GWAGEO_TRY(check_space(options));
  }
  GWAGEO_TRY(check_contents(path_));
  rocksdb::Options library = library_options(options);
  // The library asks for shared ownership of what it is given; this store outlives its use of both.
  library.listeners.push_back(std::make_shared<Listener>(path_, latch_));
  std::shared_ptr<rocksdb::FileSystem> files = rocksdb::FileSystem::Default();
  if (options.file_system != nullptr) files = {options.file_system, [](rocksdb::FileSystem*) {}};
  const auto logs = std::make_shared<PreparedLogs>(files, path_, options.memory_table_bytes / 8 * 9,
                                                   options.accept_damaged_tail);
  if (!options.read_only) logs->prepare();
  env_ = rocksdb::NewCompositeEnv(logs);
  library.env = env_.get();
  rocksdb::DB* opened = nullptr;
  const rocksdb::Status status = options.read_only
                                     ? rocksdb::DB::OpenForReadOnly(library, path_, &opened)
                                     : rocksdb::DB::Open(library, path_, &opened);
  db_.reset(opened);
  if (status.ok()) return {};
  const std::string text = status.ToString();
  if (text.find("lock hold by") != text.npos || text.find("While lock file") != text.npos) {
    return fail(ErrorKind::unavailable, "store " + path_ + ": in use: " + text);
  }
  // The store is there, so a file that is not is one that it names.
  Error error{kind_of(status), "store " + path_ + ": open: " + text};
  if (error.kind == ErrorKind::not_found) error.kind = ErrorKind::corrupt;
  return tl::unexpected(std::move(error));
}

}  // namespace

Result<std::unique_ptr<Store>> open_rocks_store(const RocksOptions& options) {
  auto store = std::make_unique<RocksStore>(options.path, options.read_only);
  GWAGEO_TRY(store->open(options));
  return std::unique_ptr<Store>(std::move(store));
}

}  // namespace gwageo
