// The store on disk: RocksDB. rocks_store.cc and prepared_log.cc, its write-ahead log's files, are
// the only ones of the program that see that library.
//
// What it adds to it: a first failed write is the last one; a scan that meets a damaged block is an
// error; a folder that has lost its table of contents is refused instead of begun anew; and a full
// disk is met before the library opens it. What it cannot do: notice that acknowledged writes at
// the end of the write-ahead log are missing. The signed checkpoint (checkpoint.h) is the guard
// there.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "coordinator/store.h"
#include "protocol/result.h"

namespace rocksdb {
class FileSystem;
}

namespace gwageo {

struct RocksOptions {
  /// The folder of the store; made when it is not there, unless `read_only`.
  std::string path;
  /// For an audit of a data directory that no coordinator uses: nothing on disk is changed, every
  /// write is refused, and the folder must exist.
  bool read_only = false;
  /// Opens although the end of the write-ahead log is damaged, with the batches before the damage.
  /// Only for a recovery that a person asked for: later, acknowledged batches are forgotten.
  bool accept_damaged_tail = false;
  /// With less free space than this the store is not opened (unavailable), unless `read_only`.
  std::uint64_t reserve_bytes = 64u << 20;
  /// Written data is held in memory tables of this size, up to three, before it is sorted to disk.
  std::uint64_t memory_table_bytes = 12u << 20;
  /// Tests put faults here. Borrowed; must outlive the store. Null means the real file system.
  rocksdb::FileSystem* file_system = nullptr;
};

/// Opens the store. unavailable: too little space, or another process holds it. corrupt: its files
/// are not what was written. not_found: `read_only` and no store there. No two of one folder.
Result<std::unique_ptr<Store>> open_rocks_store(const RocksOptions& options);

}  // namespace gwageo
