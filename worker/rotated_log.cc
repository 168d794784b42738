#include "worker/rotated_log.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <utility>

namespace gwageo {

RotatedLog::RotatedLog(std::string path, std::uint64_t bytes_max, std::uint32_t files)
    : path_(std::move(path)), bytes_max_(std::max<std::uint64_t>(bytes_max, 1)), files_(files) {
  rotate();
}

RotatedLog::~RotatedLog() {
  if (file_ >= 0) ::close(file_);
}

void RotatedLog::open() {
  file_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0640);
  bytes_ = 0;
}

void RotatedLog::rotate() {
  if (file_ >= 0) ::close(std::exchange(file_, -1));
  for (std::uint32_t i = files_ > 0 ? files_ - 1 : 0; i > 0; --i) {
    const std::string from = i == 1 ? path_ : path_ + "." + std::to_string(i - 1);
    std::rename(from.c_str(), (path_ + "." + std::to_string(i)).c_str());
  }
  if (files_ <= 1) ::unlink(path_.c_str());
  open();
}

void RotatedLog::write(std::string_view bytes) {
  while (!bytes.empty()) {
    if (bytes_ >= bytes_max_) rotate();
    const std::size_t room = static_cast<std::size_t>(bytes_max_ - bytes_);
    const std::string_view part = bytes.substr(0, room);
    bytes.remove_prefix(part.size());
    bytes_ += part.size();
    for (std::size_t done = 0; file_ >= 0 && done < part.size();) {
      const ssize_t count = ::write(file_, part.data() + done, part.size() - done);
      if (count <= 0) break;
      done += static_cast<std::size_t>(count);
    }
  }
}

}  // namespace gwageo
