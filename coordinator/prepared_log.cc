#include "coordinator/prepared_log.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstring>
#include <optional>
#include <string_view>
#include <utility>

#include "protocol/bytes.h"
#include "protocol/quick_hash.h"

namespace gwageo {
namespace {

using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;

struct Layout {
  std::string_view magic;
  std::size_t alignment;     // Of every chunk.
  std::size_t mark_at;       // Where in a chunk its mark is,
  std::size_t check_at;      // its check,
  std::size_t checked_from;  // and what that is over.

  std::size_t chunk_after(std::size_t end) const {
    return (end + alignment - 1) / alignment * alignment;
  }
  std::size_t first_chunk() const { return chunk_after(magic.size()); }
};
// That of what is written first.
constexpr std::array layouts{
    Layout{{"gwageo log 3\n\0\0\0", 16}, DirectFile::sector_bytes, 8, 0, 8},
    Layout{{"gwageo log 2\n\0\0\0", 16}, 1, 0, 8, 16},
};
constexpr std::string_view magic_name = "gwageo log ";  // What every magic begins with.
constexpr std::uint32_t mark = 0x6b6e6863;
constexpr std::size_t head_bytes = 32;
constexpr std::size_t zeros_bytes = std::size_t{256} << 10;
// A file is prepared where the disk has room for so many. On a disk that is nearly full it would be
// what fills it, and the log itself would find no room.
constexpr std::uint64_t room_factor = 3;
constexpr std::size_t direct_zeros_bytes = std::size_t{1} << 20;

std::string_view view_of_slice(const rocksdb::Slice& bytes) { return {bytes.data(), bytes.size()}; }

struct Chunk {
  std::uint64_t synced = 0;
  std::size_t next = 0;    // Where the chunk after it begins.
  std::string_view bytes;  // Of the log.
};

// The chunk at `place`, or nothing when there is no whole one.
std::optional<Chunk> chunk_at(const Layout& layout, std::string_view file, std::size_t place) {
  if (place > file.size() || file.size() - place < head_bytes) return std::nullopt;
  const std::string_view head = file.substr(place, head_bytes);
  ByteReader marked(head.substr(layout.mark_at));
  const bool is_marked = marked.u32() == mark;
  const std::uint32_t length = marked.u32();
  const std::uint64_t check = ByteReader(head.substr(layout.check_at)).u64();
  ByteReader in(head.substr(16));
  const std::uint64_t said_place = in.u64();
  const std::uint64_t synced = in.u64();
  if (!is_marked || said_place != place) return std::nullopt;
  const std::size_t next = layout.chunk_after(place + head_bytes + length);
  if (next > file.size()) return std::nullopt;
  const std::size_t checked = place + layout.checked_from;
  // It tells an accident of the disk; for forgers there are the hashes of the journal.
  if (quick_hash(file.substr(checked, next - checked)) != check) return std::nullopt;
  return Chunk{synced, next, file.substr(place + head_bytes, length)};
}

// Whether a chunk behind `end` says that the file was synced beyond it.
bool was_synced_beyond(const Layout& layout, std::string_view file, std::size_t end) {
  ByteWriter marked;
  marked.u32(mark);
  std::size_t found = end + layout.mark_at;
  for (;;) {
    found = file.find(marked.bytes(), found + 1);
    if (found == file.npos) return false;
    const std::optional<Chunk> chunk = chunk_at(layout, file, found - layout.mark_at);
    if (chunk && chunk->synced > end) return true;
  }
}

// None for a file that is no framed log of a layout that is known.
const Layout* layout_of(std::string_view file) {
  for (const Layout& layout : layouts) {
    if (file.starts_with(layout.magic)) return &layout;
  }
  return nullptr;
}

// A framed log as it is read: whole in memory, for it is no larger than a table in memory.
class FramedLog final : public rocksdb::FSSequentialFile {
 public:
  FramedLog(const std::string& path, std::string_view file, bool up_to_damage)
      : up_to_damage_(up_to_damage) {
    const Layout& layout = *layout_of(file);
    std::size_t place = layout.first_chunk();
    // What lies between the magic and the first chunk is as much of the file as the rest.
    const std::size_t stray = file.find_first_not_of('\0', layout.magic.size());
    if (stray < place) place = stray;
    while (const auto chunk = chunk_at(layout, file, place)) {
      log_.append(chunk->bytes);
      place = chunk->next;
    }
    if (was_synced_beyond(layout, file, place)) {
      damage_ = path + ": the write-ahead log is damaged at byte " + std::to_string(place) +
                ", behind which it had been synced";
    }
  }

  std::uint64_t size() const { return log_.size(); }

  IOStatus Read(std::size_t n, const IOOptions&, rocksdb::Slice* result, char* scratch,
                IODebugContext*) override {
    std::size_t count = std::min(n, log_.size() - read_);
    const bool is_at_damage = count < n && !damage_.empty();
    if (is_at_damage && (!up_to_damage_ || count == 0)) return IOStatus::Corruption(damage_);
    std::memcpy(scratch, log_.data() + read_, count);
    read_ += count;
    // The library takes a short read for a peaceful end. What no record begins with is damage to it
    // too, and it keeps what came before.
    if (is_at_damage) {
      std::memset(scratch + count, 0xff, n - count);
      count = n;
    }
    *result = rocksdb::Slice(scratch, count);
    return IOStatus::OK();
  }
  IOStatus Skip(std::uint64_t n) override {
    read_ += std::min<std::uint64_t>(n, log_.size() - read_);
    return IOStatus::OK();
  }

 private:
  std::string log_;
  std::string damage_;
  bool up_to_damage_;
  std::size_t read_ = 0;
};

// A framed log that was read to its end. The library opens such a file again only to cut it to the
// size that it was told, which is that of the log and not of the file.
class FinishedLog final : public rocksdb::FSWritableFile {
 public:
  using FSWritableFile::Append;
  IOStatus Append(const rocksdb::Slice&, const IOOptions&, IODebugContext*) override {
    return IOStatus::NotSupported("a log that was read is not written again");
  }
  IOStatus Truncate(std::uint64_t, const IOOptions&, IODebugContext*) override {
    return IOStatus::OK();
  }
  IOStatus Close(const IOOptions&, IODebugContext*) override { return IOStatus::OK(); }
  IOStatus Flush(const IOOptions&, IODebugContext*) override { return IOStatus::OK(); }
  IOStatus Sync(const IOOptions&, IODebugContext*) override { return IOStatus::OK(); }
};

// The bytes of a framed file; none of a plain one.
IOStatus read_framed(rocksdb::FileSystem& files, const std::string& path, std::string& bytes) {
  std::unique_ptr<rocksdb::FSSequentialFile> file;
  IOStatus status = files.NewSequentialFile(path, {}, &file, nullptr);
  bytes.clear();
  std::string buffer(zeros_bytes, '\0');
  while (status.ok()) {
    rocksdb::Slice part;
    status = file->Read(buffer.size(), {}, &part, buffer.data(), nullptr);
    if (!status.ok() || part.empty()) break;
    bytes.append(part.data(), part.size());
    if (layout_of(bytes) != nullptr) continue;
    if (bytes.starts_with(magic_name)) {
      return IOStatus::NotSupported(path +
                                    ": a log of another version of gwageo; open "
                                    "the directory with that one");
    }
    bytes.clear();
    break;
  }
  return status;
}

}  // namespace

// The file of a log that is being written.
struct PreparedLogs::OpenLog {
  std::mutex mutex;
  std::unique_ptr<rocksdb::FSRandomRWFile> framed;  // One of the two, until it is closed.
  std::unique_ptr<rocksdb::FSWritableFile> plain;
  std::optional<DirectFile> direct;  // The framed file once more, where there is this quick way.
  SectorBuffer chunk;                // The last one.
  std::uint64_t place = 0;           // Of it.

  // Writes `chunk` at `place`, in part after it returns; it is settled before the next thing.
  IOStatus begin_write() {
    if (direct && direct->begin(place, chunk)) return IOStatus::OK();
    return write_usually();
  }
  IOStatus settle() {
    if (!direct || direct->wait()) return IOStatus::OK();
    direct.reset();
    return write_usually();
  }
  IOStatus sync() {
    const std::lock_guard lock(mutex);
    const IOStatus status = settle();
    if (!status.ok()) return status;
    if (framed) return framed->Sync({}, nullptr);
    return plain ? plain->Sync({}, nullptr) : IOStatus::OK();
  }
  IOStatus close() {
    const std::lock_guard lock(mutex);
    IOStatus status = settle();
    direct.reset();
    IOStatus closed;
    if (framed) closed = std::exchange(framed, nullptr)->Close({}, nullptr);
    if (plain) closed = std::exchange(plain, nullptr)->Close({}, nullptr);
    return status.ok() ? closed : status;
  }

 private:
  IOStatus write_usually() {
    const std::string_view bytes = chunk.view();
    return framed->Write(place, rocksdb::Slice(bytes.data(), bytes.size()), {}, nullptr);
  }
};

class PreparedLogs::FramedWriter final : public rocksdb::FSWritableFile {
 public:
  explicit FramedWriter(std::shared_ptr<OpenLog> log) : log_(std::move(log)) {}
  ~FramedWriter() override { log_->close(); }

  using FSWritableFile::Append;
  IOStatus Append(const rocksdb::Slice& data, const IOOptions&, IODebugContext*) override {
    const std::lock_guard lock(log_->mutex);
    const IOStatus status = log_->settle();
    if (!status.ok()) return status;
    frame(view_of_slice(data));
    log_->place = place_;
    place_ += log_->chunk.size();
    size_ += data.size();
    return log_->begin_write();
  }
  IOStatus Sync(const IOOptions&, IODebugContext*) override {
    const std::uint64_t written = place_;
    const IOStatus status = log_->sync();
    if (status.ok()) synced_ = written;
    return status;
  }
  // Another thread may append meanwhile: `synced_` covers what was there before.
  bool IsSyncThreadSafe() const override { return true; }
  IOStatus Truncate(std::uint64_t, const IOOptions&, IODebugContext*) override {
    return IOStatus::NotSupported("a log is never cut");
  }
  IOStatus Flush(const IOOptions&, IODebugContext*) override { return IOStatus::OK(); }
  IOStatus Close(const IOOptions&, IODebugContext*) override { return log_->close(); }
  std::uint64_t GetFileSize(const IOOptions&, IODebugContext*) override { return size_; }

 private:
  void frame(std::string_view data) {
    SectorBuffer& chunk = log_->chunk;
    chunk.reset(head_bytes + data.size());
    ByteWriter checked;
    checked.u32(mark);
    checked.u32(static_cast<std::uint32_t>(data.size()));
    checked.u64(place_);
    checked.u64(synced_);
    constexpr std::size_t checked_from = layouts.front().checked_from;
    std::memcpy(chunk.data() + checked_from, checked.bytes().data(), checked.bytes().size());
    std::memcpy(chunk.data() + head_bytes, data.data(), data.size());
    ByteWriter check;
    check.u64(quick_hash(chunk.view().substr(checked_from)));
    std::memcpy(chunk.data(), check.bytes().data(), check.bytes().size());
  }

  std::shared_ptr<OpenLog> log_;  // Shared with whoever makes the next log.
  std::atomic<std::uint64_t> place_ = layouts.front().first_chunk();
  std::atomic<std::uint64_t> synced_ = layouts.front().first_chunk();
  std::uint64_t size_ = 0;  // Of the log.
};

class PreparedLogs::PlainWriter final : public rocksdb::FSWritableFileWrapper {
 public:
  explicit PlainWriter(std::shared_ptr<OpenLog> log)
      : FSWritableFileWrapper(log->plain.get()), log_(std::move(log)) {}
  ~PlainWriter() override { log_->close(); }
  IOStatus Sync(const IOOptions&, IODebugContext*) override { return log_->sync(); }
  IOStatus Fsync(const IOOptions&, IODebugContext*) override { return log_->sync(); }
  IOStatus Close(const IOOptions&, IODebugContext*) override { return log_->close(); }

 private:
  std::shared_ptr<OpenLog> log_;  // Shared with whoever makes the next log.
};

PreparedLogs::PreparedLogs(std::shared_ptr<rocksdb::FileSystem> base, std::string folder,
                           std::uint64_t bytes, bool up_to_damage)
    : FileSystemWrapper(std::move(base)),
      folder_(std::move(folder)),
      prepared_path_(folder_ + "/prepared"),
      bytes_(bytes),
      up_to_damage_(up_to_damage) {
  if (target() != rocksdb::FileSystem::Default().get()) return;
  queue_ = std::make_shared<WriteQueue>();
  zeros_queue_ = std::make_shared<WriteQueue>();
}

// Pages of zeros in the cache would cost their copying, and again to be thrown out of it as the log
// is written.
bool PreparedLogs::fill_directly() {
  if (zeros_queue_ == nullptr) return false;
  DirectFile file(zeros_queue_, prepared_path_);
  SectorBuffer buffer;
  buffer.reset(direct_zeros_bytes);
  std::memset(buffer.data(), 0, buffer.size());
  const std::string_view magic = layouts.front().magic;
  std::memcpy(buffer.data(), magic.data(), magic.size());
  for (std::uint64_t written = 0; written < bytes_; written += buffer.size()) {
    buffer.reset(
        static_cast<std::size_t>(std::min<std::uint64_t>(bytes_ - written, direct_zeros_bytes)));
    if (!file.begin(written, buffer) || !file.wait()) return false;
    std::memset(buffer.data(), 0, magic.size());
  }
  return true;
}

bool PreparedLogs::has_room() {
  std::uint64_t free = 0;
  // Who cannot tell has room: the disk says so itself in a moment.
  if (!target()->GetFreeSpace(folder_, {}, &free, nullptr).ok()) return true;
  return free >= room_factor * bytes_;
}

void PreparedLogs::prepare() {
  // One of an earlier life is of use to nobody, and its room may be what is needed.
  if (target()->FileExists(prepared_path_, {}, nullptr).ok()) {
    (void)target()->DeleteFile(prepared_path_, {}, nullptr);
  }
  if (!has_room()) {
    const std::lock_guard lock(mutex_);
    prepared_ = Prepared::none;
    return;
  }
  std::unique_ptr<rocksdb::FSWritableFile> file;
  IOStatus status = target()->NewWritableFile(prepared_path_, {}, &file, nullptr);
  std::string bytes(layouts.front().magic);
  bytes.resize(std::min<std::uint64_t>(bytes_, zeros_bytes), '\0');
  const bool is_filled = status.ok() && fill_directly();
  for (std::uint64_t written = 0; !is_filled && status.ok() && written < bytes_;
       written += bytes.size()) {
    if (written > 0) bytes.assign(bytes.size(), '\0');
    status = file->Append(bytes, {}, nullptr);
  }
  if (status.ok()) status = file->Fsync({}, nullptr);
  if (status.ok()) status = file->Close({}, nullptr);
  if (!status.ok()) {
    file.reset();
    (void)target()->DeleteFile(prepared_path_, {}, nullptr);
  }
  const std::lock_guard lock(mutex_);
  prepared_ = status.ok() ? Prepared::ready : Prepared::none;
}

bool PreparedLogs::is_log(const std::string& path) const {
  return path.starts_with(folder_ + "/") && path.ends_with(".log");
}

bool PreparedLogs::is_ready() {
  const std::lock_guard lock(mutex_);
  return prepared_ == Prepared::ready;
}

// One file is made at a time: two would have the same name.
void PreparedLogs::prepare_next() {
  {
    const std::lock_guard lock(mutex_);
    if (prepared_ == Prepared::being_made) return;
    prepared_ = Prepared::being_made;
  }
  background_.post([this] { prepare(); });
}

IOStatus PreparedLogs::NewWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                                       std::unique_ptr<rocksdb::FSWritableFile>* file,
                                       IODebugContext* debug) {
  if (!is_log(path)) return target()->NewWritableFile(path, options, file, debug);
  IOStatus status = latest_ ? latest_->sync() : IOStatus::OK();
  if (!status.ok()) return status;
  latest_ = std::make_shared<OpenLog>();
  if (is_ready()) {
    status = target()->RenameFile(prepared_path_, path, {}, debug);
    if (status.ok()) status = target()->NewRandomRWFile(path, options, &latest_->framed, debug);
    if (!status.ok()) return status;
    if (queue_ != nullptr) latest_->direct.emplace(queue_, path);
    *file = std::make_unique<FramedWriter>(latest_);
  } else {
    status = target()->NewWritableFile(path, options, &latest_->plain, debug);
    if (!status.ok()) return status;
    *file = std::make_unique<PlainWriter>(latest_);
  }
  prepare_next();
  return status;
}

IOStatus PreparedLogs::read_log(const std::string& path, std::string& framed) {
  return is_log(path) ? read_framed(*target(), path, framed) : IOStatus::OK();
}

IOStatus PreparedLogs::ReopenWritableFile(const std::string& path,
                                          const rocksdb::FileOptions& options,
                                          std::unique_ptr<rocksdb::FSWritableFile>* file,
                                          IODebugContext* debug) {
  std::string framed;
  const IOStatus status = read_log(path, framed);
  if (!status.ok()) return status;
  if (framed.empty()) return target()->ReopenWritableFile(path, options, file, debug);
  *file = std::make_unique<FinishedLog>();
  return status;
}

IOStatus PreparedLogs::NewSequentialFile(const std::string& path,
                                         const rocksdb::FileOptions& options,
                                         std::unique_ptr<rocksdb::FSSequentialFile>* file,
                                         IODebugContext* debug) {
  std::string framed;
  const IOStatus status = read_log(path, framed);
  if (!status.ok()) return status;
  if (framed.empty()) return target()->NewSequentialFile(path, options, file, debug);
  *file = std::make_unique<FramedLog>(path, framed, up_to_damage_);
  return status;
}

IOStatus PreparedLogs::GetFileSize(const std::string& path, const IOOptions& options,
                                   std::uint64_t* size, IODebugContext* debug) {
  std::string framed;
  const IOStatus status = read_log(path, framed);
  if (!status.ok()) return status;
  if (framed.empty()) return target()->GetFileSize(path, options, size, debug);
  *size = FramedLog(path, framed, up_to_damage_).size();
  return status;
}

}  // namespace gwageo
