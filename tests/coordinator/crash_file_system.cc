#include "tests/coordinator/crash_file_system.h"

#include <filesystem>
#include <fstream>

#include "protocol/check.h"

namespace gwageo {

namespace fs = std::filesystem;
using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;

// A file that is being written. Appends go to the real file at once, as they go to a kernel.
class CrashFile final : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  CrashFile(CrashFileSystem& system, std::shared_ptr<CrashFileSystem::Content> content,
            std::unique_ptr<rocksdb::FSWritableFile> file)
      : FSWritableFileOwnerWrapper(std::move(file)),
        system_(system),
        content_(std::move(content)) {}

  IOStatus Append(const rocksdb::Slice& data, const IOOptions& options,
                  IODebugContext* debug) override {
    const std::lock_guard lock(system_.mutex_);
    system_.begin_change();
    const std::size_t fitting = std::min<std::size_t>(data.size(), system_.bytes_left_);
    const IOStatus status = target()->Append(rocksdb::Slice(data.data(), fitting), options, debug);
    if (!status.ok()) return status;
    content_->size += fitting;
    if (system_.bytes_left_ != ~0ull) system_.bytes_left_ -= fitting;
    return fitting == data.size() ? IOStatus::OK()
                                  : IOStatus::NoSpace("injected: the disk is full");
  }
  IOStatus Append(const rocksdb::Slice& data, const IOOptions& options,
                  const rocksdb::DataVerificationInfo&, IODebugContext* debug) override {
    return Append(data, options, debug);
  }
  IOStatus Truncate(std::uint64_t size, const IOOptions& options, IODebugContext* debug) override {
    const std::lock_guard lock(system_.mutex_);
    system_.begin_change();
    content_->size = std::min(content_->size, size);
    content_->synced = std::min(content_->synced, size);
    return target()->Truncate(size, options, debug);
  }
  IOStatus Sync(const IOOptions&, IODebugContext*) override {
    const std::lock_guard lock(system_.mutex_);
    system_.begin_change();
    content_->synced = content_->size;
    return IOStatus::OK();
  }
  IOStatus Fsync(const IOOptions& options, IODebugContext* debug) override {
    return Sync(options, debug);
  }
  IOStatus RangeSync(std::uint64_t, std::uint64_t, const IOOptions&, IODebugContext*) override {
    return IOStatus::OK();  // A hint to the kernel; promises nothing.
  }

 private:
  CrashFileSystem& system_;
  std::shared_ptr<CrashFileSystem::Content> content_;  // Shared with its names.
};

// A file whose bytes are overwritten in place, and which may grow.
class CrashOverwrittenFile final : public rocksdb::FSRandomRWFileOwnerWrapper {
 public:
  CrashOverwrittenFile(CrashFileSystem& system, std::shared_ptr<CrashFileSystem::Content> content,
                       std::unique_ptr<rocksdb::FSRandomRWFile> file)
      : FSRandomRWFileOwnerWrapper(std::move(file)),
        system_(system),
        content_(std::move(content)) {}

  IOStatus Write(std::uint64_t place, const rocksdb::Slice& data, const IOOptions& options,
                 IODebugContext* debug) override {
    const std::lock_guard lock(system_.mutex_);
    system_.begin_change();
    keep_before(place, data.size());
    const std::uint64_t grows = place + data.size() - std::min(place + data.size(), content_->size);
    const bool fits = grows <= system_.bytes_left_;
    if (!fits) return IOStatus::NoSpace("injected: the disk is full");
    if (system_.bytes_left_ != ~0ull) system_.bytes_left_ -= grows;
    content_->size += grows;
    return target()->Write(place, data, options, debug);
  }
  IOStatus Sync(const IOOptions&, IODebugContext*) override {
    const std::lock_guard lock(system_.mutex_);
    system_.begin_change();
    content_->synced = content_->size;
    content_->before.clear();
    return IOStatus::OK();
  }
  IOStatus Fsync(const IOOptions& options, IODebugContext* debug) override {
    return Sync(options, debug);
  }

 private:
  static constexpr std::uint64_t sector = 512;

  void keep_before(std::uint64_t place, std::uint64_t count) {
    std::ifstream in(content_->contents, std::ios::binary);
    for (std::uint64_t at = place / sector * sector; at < place + count; at += sector) {
      if (at >= content_->synced || content_->before.contains(at)) continue;
      std::string bytes(std::min(sector, content_->synced - at), '\0');
      in.seekg(static_cast<std::streamoff>(at));
      in.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
      GWAGEO_CHECK(in.gcount() == static_cast<std::streamsize>(bytes.size()));
      content_->before.emplace(at, std::move(bytes));
    }
  }

  CrashFileSystem& system_;
  std::shared_ptr<CrashFileSystem::Content> content_;  // Shared with its names.
};

class CrashFolder final : public rocksdb::FSDirectoryWrapper {
 public:
  CrashFolder(CrashFileSystem& system, std::unique_ptr<rocksdb::FSDirectory> folder)
      : FSDirectoryWrapper(std::move(folder)), system_(system) {}

  IOStatus Fsync(const IOOptions&, IODebugContext*) override {
    const std::lock_guard lock(system_.mutex_);
    system_.begin_change();
    system_.synced_names_ = system_.names_;
    system_.unsynced_.clear();
    return IOStatus::OK();
  }
  IOStatus FsyncWithDirOptions(const IOOptions& options, IODebugContext* debug,
                               const rocksdb::DirFsyncOptions&) override {
    return Fsync(options, debug);
  }

 private:
  CrashFileSystem& system_;
};

CrashFileSystem::CrashFileSystem(const std::string& folder, const std::string& scratch,
                                 std::uint64_t seed)
    : FileSystemWrapper(rocksdb::FileSystem::Default()),
      folder_(folder),
      scratch_(scratch),
      random_(seed) {
  GWAGEO_CHECK(fs::is_empty(scratch_));
  fs::create_directories(folder_);
  for (const auto& entry : fs::directory_iterator(folder_)) {
    names_[entry.path().filename()] = adopt(entry.path(), entry.file_size(), entry.file_size());
  }
  synced_names_ = names_;
}

void CrashFileSystem::crash_at(std::uint64_t operation, const std::string& image, Unsynced unsynced,
                               std::function<void()> at_crash) {
  const std::lock_guard lock(mutex_);
  crash_operation_ = operations_ + operation;
  image_ = image;
  image_unsynced_ = unsynced;
  at_crash_ = std::move(at_crash);
}

void CrashFileSystem::crash_now(const std::string& image, Unsynced unsynced) {
  const std::lock_guard lock(mutex_);
  write_image(image, unsynced);
}

bool CrashFileSystem::has_crashed() const {
  const std::lock_guard lock(mutex_);
  return has_crashed_;
}

std::uint64_t CrashFileSystem::operations() const {
  const std::lock_guard lock(mutex_);
  return operations_;
}

void CrashFileSystem::fill_after(std::uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  bytes_left_ = bytes;
}

void CrashFileSystem::begin_change() {
  if (++operations_ != crash_operation_) return;
  write_image(image_, image_unsynced_);
  at_crash_();
}

// The names are those of the last sync and some first part of the changes since: file systems with
// a journal keep the order of changes to a folder.
void CrashFileSystem::write_image(const std::string& image, Unsynced unsynced) {
  has_crashed_ = true;
  Names names = synced_names_;
  const std::uint64_t kept = unsynced == Unsynced::lost ? 0 : random_up_to(unsynced_.size());
  for (std::uint64_t i = 0; i < kept; ++i) names[unsynced_[i].name] = unsynced_[i].content;
  fs::create_directories(image);
  for (const auto& [name, content] : names) {
    if (content != nullptr) write_content(*content, image + "/" + name, unsynced);
  }
}

void CrashFileSystem::write_content(const Content& content, const std::string& path,
                                    Unsynced unsynced) {
  std::string bytes(content.size, '\0');
  std::ifstream in(content.contents, std::ios::binary);
  in.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  GWAGEO_CHECK(in.gcount() == static_cast<std::streamsize>(bytes.size()));
  std::uint64_t kept = content.synced;
  if (unsynced != Unsynced::lost) kept += random_up_to(content.size - content.synced);
  bytes.resize(kept);
  for (const auto& [place, before] : content.before) {
    const bool reached_the_disk = unsynced != Unsynced::lost && random_up_to(1) == 1;
    if (!reached_the_disk) bytes.replace(place, before.size(), before);
  }
  if (unsynced == Unsynced::zeroed) bytes.resize(kept + random_up_to(content.size - kept), '\0');
  std::ofstream(path, std::ios::binary) << bytes;
}

std::shared_ptr<CrashFileSystem::Content> CrashFileSystem::adopt(const std::string& path,
                                                                 std::uint64_t size,
                                                                 std::uint64_t synced) {
  const auto content = std::make_shared<Content>(
      Content{scratch_ + "/" + std::to_string(++contents_made_), size, synced, {}});
  fs::create_hard_link(path, content->contents);
  return content;
}

// Gives the content a name, in place of what had it; null takes the name away.
void CrashFileSystem::rename(const std::string& name, std::shared_ptr<Content> content) {
  unsynced_.push_back({name, content});
  if (content == nullptr) {
    names_.erase(name);
  } else {
    names_[name] = std::move(content);
  }
}

std::uint64_t CrashFileSystem::random_up_to(std::uint64_t most) { return random_() % (most + 1); }

IOStatus CrashFileSystem::NewWritableFile(const std::string& path,
                                          const rocksdb::FileOptions& options,
                                          std::unique_ptr<rocksdb::FSWritableFile>* file,
                                          IODebugContext* debug) {
  const std::lock_guard lock(mutex_);
  begin_change();
  // The real call would empty an old file of this name, which may have to outlive a crash.
  fs::remove(path);
  const IOStatus status = target()->NewWritableFile(path, options, file, debug);
  if (!status.ok()) return status;
  auto content = adopt(path, 0, 0);
  rename(fs::path(path).filename(), content);
  *file = std::make_unique<CrashFile>(*this, std::move(content), std::move(*file));
  return status;
}

IOStatus CrashFileSystem::ReopenWritableFile(const std::string& path,
                                             const rocksdb::FileOptions& options,
                                             std::unique_ptr<rocksdb::FSWritableFile>* file,
                                             IODebugContext* debug) {
  const std::lock_guard lock(mutex_);
  begin_change();
  const IOStatus status = target()->ReopenWritableFile(path, options, file, debug);
  if (!status.ok()) return status;
  const std::string name = fs::path(path).filename();
  if (names_.find(name) == names_.end()) rename(name, adopt(path, 0, 0));
  *file = std::make_unique<CrashFile>(*this, names_[name], std::move(*file));
  return status;
}

IOStatus CrashFileSystem::ReuseWritableFile(const std::string&, const std::string&,
                                            const rocksdb::FileOptions&,
                                            std::unique_ptr<rocksdb::FSWritableFile>*,
                                            IODebugContext*) {
  return IOStatus::NotSupported("files that are overwritten in place are not modelled");
}

IOStatus CrashFileSystem::NewRandomRWFile(const std::string& path,
                                          const rocksdb::FileOptions& options,
                                          std::unique_ptr<rocksdb::FSRandomRWFile>* file,
                                          IODebugContext* debug) {
  const std::lock_guard lock(mutex_);
  const auto found = names_.find(fs::path(path).filename());
  if (found == names_.end()) return IOStatus::NotFound(path);
  const IOStatus status = target()->NewRandomRWFile(path, options, file, debug);
  if (!status.ok()) return status;
  *file = std::make_unique<CrashOverwrittenFile>(*this, found->second, std::move(*file));
  return status;
}

IOStatus CrashFileSystem::NewDirectory(const std::string& path, const IOOptions& options,
                                       std::unique_ptr<rocksdb::FSDirectory>* folder,
                                       IODebugContext* debug) {
  const IOStatus status = target()->NewDirectory(path, options, folder, debug);
  const bool is_ours = fs::path(path).lexically_normal() / "" == fs::path(folder_) / "";
  if (status.ok() && is_ours) {
    *folder = std::make_unique<CrashFolder>(*this, std::move(*folder));
  }
  return status;
}

IOStatus CrashFileSystem::DeleteFile(const std::string& path, const IOOptions& options,
                                     IODebugContext* debug) {
  const std::lock_guard lock(mutex_);
  begin_change();
  const IOStatus status = target()->DeleteFile(path, options, debug);
  if (status.ok()) rename(fs::path(path).filename(), nullptr);
  return status;
}

IOStatus CrashFileSystem::RenameFile(const std::string& from, const std::string& to,
                                     const IOOptions& options, IODebugContext* debug) {
  const std::lock_guard lock(mutex_);
  begin_change();
  const IOStatus status = target()->RenameFile(from, to, options, debug);
  if (!status.ok()) return status;
  const auto found = names_.find(fs::path(from).filename());
  if (found == names_.end()) return status;  // The library's own log goes past this layer.
  rename(fs::path(to).filename(), found->second);
  rename(fs::path(from).filename(), nullptr);
  return status;
}

IOStatus CrashFileSystem::LinkFile(const std::string& from, const std::string& to,
                                   const IOOptions& options, IODebugContext* debug) {
  const std::lock_guard lock(mutex_);
  begin_change();
  const IOStatus status = target()->LinkFile(from, to, options, debug);
  if (status.ok()) rename(fs::path(to).filename(), names_[fs::path(from).filename()]);
  return status;
}

}  // namespace gwageo
