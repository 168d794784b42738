// ScratchFolder: a temporary folder that may outlive its maker, and nobody's for long.
#pragma once

#include <string>

#include "protocol/result.h"
#include "worker/file_lock.h"

namespace gwageo {

/// Removed at its end unless it is kept. What was kept, or belongs to a process that was killed,
/// goes when the next one of the same beginning is made: what is in use is locked. A resource.
class ScratchFolder {
 public:
  /// In the system's temporary folder, with a random name after `beginning`.
  static Result<ScratchFolder> make(const std::string& beginning);
  ~ScratchFolder();
  ScratchFolder(ScratchFolder&& other) noexcept;
  ScratchFolder& operator=(ScratchFolder&&) = delete;

  /// Somebody will look into it.
  void keep() { is_kept_ = true; }
  const std::string& path() const { return path_; }

 private:
  ScratchFolder(std::string path, FileLock lock);

  std::string path_;  // Empty: moved away.
  FileLock lock_;
  bool is_kept_ = false;
};

}  // namespace gwageo
