// The write-ahead log of the store, laid out for syncing it often.
//
// A sync of a file that grows must also write the file's new size, which about doubles its cost
// (ARCHITECTURE.md has figures). So a log is written into a file of zeros that was made and synced
// beforehand, by another thread, and took its name over; then a sync writes the new bytes and
// nothing else.
//
// Such a file does not end where the log ends, so every append is framed:
//
//     file  = magic (16 bytes), chunk, chunk, ..., zeros
//     chunk = u64 check | u32 mark | u32 length | u64 place | u64 synced | `length` bytes
//
// all little-endian. Each chunk begins at a multiple of 512 bytes, with zeros before it, so that a
// sector is written once and a chunk can go to the disk past the page cache (direct_file.h). In
// layout 2, which is still read, chunks follow each other closely, and the check comes third.
// `place` is where in the file the chunk begins, `synced` up to where the file was known to be on
// the disk when the chunk was written, `check` the XXH3 (64 bits) of what follows it, zeros
// included. The log ends before the first chunk that is not whole. If a later one says that this
// place was synced, it is not what a power failure leaves but damage, and reading fails there.
//
// A log that outgrows its zeros grows on. Where no file could be made in time, and in stores of
// before, the log is a plain file; both are read.
//
// A log is synced before the next one is begun. Else a power failure could take what was written
// last to the one and leave what was written to the other: a hole in the order of writes.
#pragma once

#include <rocksdb/file_system.h>

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

#include "coordinator/background.h"
#include "coordinator/direct_file.h"

namespace gwageo {

/// Any thread.
class PreparedLogs final : public rocksdb::FileSystemWrapper {
 public:
  /// For the logs (names ending in ".log") of `folder`, each of about `bytes`. With `up_to_damage`
  /// a damaged log is read up to the very place, for a recovery that a person asked for.
  /// Over the machine's own file system logs are written past its cache.
  PreparedLogs(std::shared_ptr<rocksdb::FileSystem> base, std::string folder, std::uint64_t bytes,
               bool up_to_damage);

  /// Makes the first file of zeros, before any log. When that fails, or would take a large part of
  /// the room that is left, the first log is a plain file.
  void prepare();

  const char* Name() const override { return "PreparedLogs"; }
  rocksdb::IOStatus NewWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                                    std::unique_ptr<rocksdb::FSWritableFile>* file,
                                    rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus ReopenWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                                       std::unique_ptr<rocksdb::FSWritableFile>* file,
                                       rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus NewSequentialFile(const std::string& path, const rocksdb::FileOptions& options,
                                      std::unique_ptr<rocksdb::FSSequentialFile>* file,
                                      rocksdb::IODebugContext* debug) override;
  /// Of a framed log: the bytes of the log.
  rocksdb::IOStatus GetFileSize(const std::string& path, const rocksdb::IOOptions& options,
                                std::uint64_t* size, rocksdb::IODebugContext* debug) override;

 private:
  enum class Prepared { none, being_made, ready };
  struct OpenLog;
  class FramedWriter;
  class PlainWriter;

  bool is_log(const std::string& path) const;
  /// The bytes of a framed log; none of any other file.
  rocksdb::IOStatus read_log(const std::string& path, std::string& framed);
  bool is_ready();
  void prepare_next();
  bool has_room();
  bool fill_directly();

  std::string folder_;
  std::string prepared_path_;
  std::uint64_t bytes_;
  bool up_to_damage_;
  std::mutex mutex_;
  Prepared prepared_ = Prepared::none;
  std::shared_ptr<WriteQueue> queue_;        // None over a file system that is not the machine's.
  std::shared_ptr<WriteQueue> zeros_queue_;  // Of the thread that makes the next file; or none.
  std::shared_ptr<OpenLog> latest_;  // Shared with its writer, which the library may end any time.
  Background background_;            // Last: its thread ends before the rest goes.
};

}  // namespace gwageo
