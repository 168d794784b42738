// A file that is written past the page cache, without waiting: one write at a time, of whole
// sectors. Linux alone; elsewhere, and on file systems that have no such way, nothing can be begun.
//
// It spares a log that is synced often the copy into the cache and the search for what is dirty
// there (ARCHITECTURE.md has figures). What was written is durable after a sync, as ever.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace gwageo {

/// Bytes that begin where a sector may begin in memory.
class SectorBuffer {
 public:
  /// Whole sectors.
  std::string_view view() const { return {data_.get(), size_}; }
  std::size_t size() const { return size_; }
  char* data() { return data_.get(); }
  /// Room for `bytes`, rounded up to whole sectors; the sectors' rest is zeros. What it held stays
  /// where it had as much room before, and is lost where it had not.
  void reset(std::size_t bytes);

 private:
  struct Free {
    void operator()(char* bytes) const;
  };
  std::unique_ptr<char, Free> data_;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

/// The kernel's queue of writes. Any thread, one at a time.
class WriteQueue {
 public:
  WriteQueue();
  ~WriteQueue();
  WriteQueue(const WriteQueue&) = delete;
  WriteQueue& operator=(const WriteQueue&) = delete;

 private:
  friend class DirectFile;
  unsigned long context_ = 0;  // 0: there is none.
};

/// One owner; any thread, one at a time. `queue` may have other files, one after the other.
class DirectFile {
 public:
  static constexpr std::size_t sector_bytes = 512;

  DirectFile(std::shared_ptr<WriteQueue> queue, const std::string& path);
  /// Waits for what was begun.
  ~DirectFile();
  DirectFile(const DirectFile&) = delete;
  DirectFile& operator=(const DirectFile&) = delete;

  /// Begins to write `bytes`, which stay as they are until `wait`, at `place`, a multiple of a
  /// sector. False when that cannot be done: write them in another way. REQUIRES: nothing is under
  /// way.
  bool begin(std::uint64_t place, const SectorBuffer& bytes);
  /// Returns when nothing is under way. False when what was is not, or not wholly, in the file.
  bool wait();

 private:
  std::shared_ptr<WriteQueue> queue_;
  int file_ = -1;
  std::size_t under_way_ = 0;  // Bytes.
};

}  // namespace gwageo
