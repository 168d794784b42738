#include "ops/scratch_folder.h"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <system_error>
#include <utility>

#include "ops/system.h"

namespace gwageo {
namespace {

namespace fs = std::filesystem;

/// One that is removed by others between its making and its lock is made again.
constexpr int makings_max = 8;

bool is_ours(const fs::path& path) {
  struct stat about = {};
  return ::lstat(path.c_str(), &about) == 0 && S_ISDIR(about.st_mode) && about.st_uid == ::getuid();
}

void remove_abandoned(const fs::path& all, const std::string& beginning) {
  std::error_code error;
  for (fs::directory_iterator at(all, error), end; !error && at != end; at.increment(error)) {
    const fs::path& path = at->path();
    if (!path.filename().string().starts_with(beginning) || !is_ours(path)) continue;
    const Result<FileLock> lock = FileLock::attempt(path / "lock", LockKind::exclusive);
    std::error_code ignored;
    if (lock) fs::remove_all(path, ignored);
  }
}

}  // namespace

Result<ScratchFolder> ScratchFolder::make(const std::string& beginning) {
  const fs::path all = fs::temp_directory_path();
  remove_abandoned(all, beginning);
  for (int making = 1;; ++making) {
    const std::string path = all / (beginning + random_name());
    GWAGEO_TRY(make_folders(path));
    Result<FileLock> lock = FileLock::attempt(path + "/lock", LockKind::exclusive);
    if (lock) return ScratchFolder(path, *std::move(lock));
    if (making == makings_max) return tl::unexpected(lock.error());
  }
}

ScratchFolder::ScratchFolder(std::string path, FileLock lock)
    : path_(std::move(path)), lock_(std::move(lock)) {}

ScratchFolder::ScratchFolder(ScratchFolder&& other) noexcept
    : path_(std::exchange(other.path_, {})),
      lock_(std::move(other.lock_)),
      is_kept_(other.is_kept_) {}

ScratchFolder::~ScratchFolder() {
  std::error_code ignored;
  if (!path_.empty() && !is_kept_) fs::remove_all(path_, ignored);
}

}  // namespace gwageo
