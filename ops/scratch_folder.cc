#include "ops/scratch_folder.h"

#include <filesystem>
#include <system_error>
#include <utility>

#include "ops/system.h"
#include "worker/own_folder.h"

namespace gwageo {
namespace {

namespace fs = std::filesystem;

/// One that is removed by others between its making and its lock is made again.
constexpr int makings_max = 8;

}  // namespace

Result<ScratchFolder> ScratchFolder::make(const std::string& beginning) {
  GWAGEO_ASSIGN(all, temporary_folder());
  remove_abandoned_folders(all, beginning, Duration{});
  for (int making = 1;; ++making) {
    const std::string path = all + "/" + beginning + random_name();
    GWAGEO_TRY(make_own_folder(path));
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
