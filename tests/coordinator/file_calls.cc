#include "tests/coordinator/file_calls.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/types.h>

#include <cerrno>
#include <cstdarg>
#include <filesystem>
#include <fstream>

namespace gwageo::testing {
namespace {

/// The one that looks; null: nobody does.
struct Watcher {
  std::string folder;
  std::function<int(const FileCall&)> before;
  std::function<void(const FileCall&)> done;
  std::map<int, std::string> open;  ///< Descriptors of files and folders below `folder`.
};
std::unique_ptr<Watcher>& watcher() {
  static std::unique_ptr<Watcher> one;
  return one;
}
bool is_watched(const std::string& path) {
  return watcher() != nullptr &&
         (path == watcher()->folder || path.starts_with(watcher()->folder + "/"));
}
/// Makes a call, unless it has to fail.
template <class Real>
auto through(const FileCall& call, Real real) -> decltype(real()) {
  if (const int error = watcher()->before(call); error != 0) {
    errno = error;
    return -1;
  }
  const auto result = real();
  if (result >= 0) watcher()->done(call);
  return result;
}

}  // namespace

FileCalls::FileCalls(std::string folder, std::function<int(const FileCall&)> before,
                     std::function<void(const FileCall&)> done) {
  watcher() =
      std::make_unique<Watcher>(Watcher{std::move(folder), std::move(before), std::move(done), {}});
}
FileCalls::~FileCalls() { watcher().reset(); }

// ---- the model ----

void ModelDisk::change(std::map<std::string, std::shared_ptr<Node>>& names,
                       const Node::Change& change) {
  if (!change.removed.empty()) names.erase(change.removed);
  if (!change.added.empty()) names[change.added] = change.node;
}

std::map<std::string, std::shared_ptr<ModelDisk::Node>> ModelDisk::Node::current() const {
  auto all = names;
  for (const Change& one : changes) change(all, one);
  return all;
}

std::shared_ptr<ModelDisk::Node> ModelDisk::find(const std::string& path) const {
  std::shared_ptr<Node> node = root_;
  for (const auto& part : std::filesystem::path(path).lexically_relative(folder_)) {
    if (part == ".") continue;
    const auto names = node->current();
    const auto found = names.find(part.string());
    if (found == names.end()) return nullptr;
    node = found->second;
  }
  return node;
}

void ModelDisk::apply(const FileCall& call, bool forgets_syncs) {
  const std::filesystem::path path(call.path);
  const std::string name = path.filename().string();
  const std::shared_ptr<Node> node = find(call.path);
  switch (call.kind) {
    case FileCall::Kind::create:
      if (node) {
        node->bytes.clear();
        break;
      }
      find(path.parent_path())->changes.push_back({"", name, std::make_shared<Node>()});
      break;
    case FileCall::Kind::write: node->bytes += call.bytes; break;
    case FileCall::Kind::sync:
      if (forgets_syncs) break;
      node->synced_bytes = node->bytes;
      node->names = node->current();
      node->changes.clear();
      break;
    case FileCall::Kind::rename:
      // Both names are in one folder, as everybody here does it.
      find(path.parent_path())
          ->changes.push_back({name, std::filesystem::path(call.to).filename().string(), node});
      break;
    case FileCall::Kind::unlink:
      find(path.parent_path())->changes.push_back({name, "", nullptr});
      break;
    case FileCall::Kind::make_folder: {
      const auto made = std::make_shared<Node>();
      made->is_folder = true;
      find(path.parent_path())->changes.push_back({"", name, made});
    }
  }
}

void ModelDisk::write(const Node& node, const std::string& path, std::mt19937_64& random) {
  if (!node.is_folder) {
    std::string bytes = node.synced_bytes;
    if (node.bytes != node.synced_bytes)
      bytes = node.bytes.substr(0, random() % (node.bytes.size() + 1));
    std::ofstream(path, std::ios::binary) << bytes;
    return;
  }
  std::filesystem::create_directory(path);
  auto names = node.names;
  const std::size_t kept = random() % (node.changes.size() + 1);
  for (std::size_t i = 0; i < kept; ++i) change(names, node.changes[i]);
  for (const auto& [name, child] : names) write(*child, path + "/" + name, random);
}

void ModelDisk::write_after_power_failure(const std::string& image, std::mt19937_64& random) const {
  write(*root_, image, random);
}

}  // namespace gwageo::testing

// ---- what the linker puts in the place of the system's ----

using gwageo::testing::FileCall;
using gwageo::testing::is_watched;
using gwageo::testing::through;
using gwageo::testing::watcher;

// The names are the linker's.
extern "C" {
int __real_open(const char* path, int flags, ...);
ssize_t __real_write(int file, const void* bytes, size_t size);
int __real_fsync(int file);
int __real_rename(const char* from, const char* to);
int __real_unlink(const char* path);
int __real_mkdir(const char* path, mode_t mode);

int __wrap_open(const char* path, int flags, ...);
ssize_t __wrap_write(int file, const void* bytes, size_t size);
int __wrap_fsync(int file);
int __wrap_rename(const char* from, const char* to);
int __wrap_unlink(const char* path);
int __wrap_mkdir(const char* path, mode_t mode);

int __wrap_open(const char* path, int flags, ...) {
  mode_t mode = 0;
  if ((flags & O_CREAT) != 0) {
    va_list rest;
    va_start(rest, flags);
    mode = va_arg(rest, mode_t);
    va_end(rest);
  }
  const auto real = [&] { return __real_open(path, flags, mode); };
  if (!is_watched(path)) return real();
  const bool is_new = (flags & O_CREAT) != 0;
  const int file = is_new ? through({FileCall::Kind::create, path, {}, {}}, real) : real();
  if (file >= 0) watcher()->open[file] = path;
  return file;
}

ssize_t __wrap_write(int file, const void* bytes, size_t size) {
  const auto real = [&] { return __real_write(file, bytes, size); };
  if (watcher() == nullptr || !watcher()->open.contains(file)) return real();
  return through({FileCall::Kind::write,
                  watcher()->open[file],
                  {},
                  std::string(static_cast<const char*>(bytes), size)},
                 real);
}

// Not handed to the kernel: nobody cuts the power of this machine.
int __wrap_fsync(int file) {
  if (watcher() == nullptr || !watcher()->open.contains(file)) return __real_fsync(file);
  return through({FileCall::Kind::sync, watcher()->open[file], {}, {}}, [] { return 0; });
}

int __wrap_rename(const char* from, const char* to) {
  const auto real = [&] { return __real_rename(from, to); };
  return is_watched(from) ? through({FileCall::Kind::rename, from, to, {}}, real) : real();
}

int __wrap_unlink(const char* path) {
  const auto real = [&] { return __real_unlink(path); };
  return is_watched(path) ? through({FileCall::Kind::unlink, path, {}, {}}, real) : real();
}

int __wrap_mkdir(const char* path, mode_t mode) {
  const auto real = [&] { return __real_mkdir(path, mode); };
  return is_watched(path) ? through({FileCall::Kind::make_folder, path, {}, {}}, real) : real();
}
}
