#include "coordinator/altered_files.h"

#include <filesystem>

#include "coordinator/durable_file.h"

namespace gwageo {

Status AlteredFiles::set_aside(const std::string& path) {
  namespace fs = std::filesystem;
  const fs::path name = fs::path(path).lexically_relative(root_);
  const std::string wanted = folder() + "/" + name.string();
  std::error_code error;
  fs::create_directories(fs::path(wanted).parent_path(), error);
  std::string to = wanted;
  for (int number = 2; !error && fs::exists(fs::symlink_status(to, error)); ++number) {
    to = wanted + "." + std::to_string(number);
  }
  error.clear();  // That nothing is there is no error.
  fs::rename(path, to, error);
  if (error) return fail(ErrorKind::io, path + ": move to " + to + ": " + error.message());
  names_.push_back(name.string());
  return sync_folder(fs::path(to).parent_path().string());
}

}  // namespace gwageo
