#include "coordinator/altered_files.h"

#include <filesystem>

#include "coordinator/durable_file.h"

namespace gwageo {

Status AlteredFiles::set_aside(const std::string& path) {
  namespace fs = std::filesystem;
  const fs::path name = in_the_way_of(fs::path(path).lexically_relative(root_));
  const std::string from = root_ + "/" + name.string();
  const std::string wanted = folder() + "/" + name.string();
  std::error_code error;
  fs::create_directories(fs::path(wanted).parent_path(), error);
  if (error) {
    return fail(ErrorKind::io, folder() + ": a folder for what was altered cannot be made there: " +
                                   error.message() + "; move away what is in its place");
  }
  std::string to = wanted;
  for (int number = 2; !error && fs::exists(fs::symlink_status(to, error)); ++number) {
    to = wanted + "." + std::to_string(number);
  }
  error.clear();  // That nothing is there is no error.
  fs::rename(from, to, error);
  if (error) return fail(ErrorKind::io, from + ": move to " + to + ": " + error.message());
  names_.push_back(name.string());
  return sync_folder(fs::path(to).parent_path().string());
}

std::filesystem::path AlteredFiles::in_the_way_of(const std::filesystem::path& name) const {
  std::filesystem::path place;
  for (const std::filesystem::path& part : name) {
    std::error_code error;
    place /= part;
    if (!std::filesystem::is_directory(root_ / place, error)) break;
  }
  return place;
}

}  // namespace gwageo
