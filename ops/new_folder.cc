#include "ops/new_folder.h"

#include <filesystem>
#include <vector>

namespace gwageo {
namespace {

namespace fs = std::filesystem;

constexpr int leftovers_max = 1000;

tl::unexpected<Error> failed(const std::string& path, const std::error_code& error) {
  return fail(ErrorKind::io, path + ": " + error.message());
}

tl::unexpected<Error> taken_path(const std::string& path) {
  return fail(ErrorKind::conflict,
              path + ": exists already; give --out another name, or remove it");
}

std::string without_slash(std::string path) {
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  return path;
}

}  // namespace

Result<NewFolder> NewFolder::make(const std::string& wanted) {
  const std::string path = without_slash(wanted);
  std::error_code error;  // What is not there is one too.
  const bool is_there = fs::exists(fs::symlink_status(path, error));
  error.clear();
  if (is_there && !(fs::is_directory(path, error) && fs::is_empty(path, error)))
    return taken_path(path);
  const fs::path above = fs::path(path).parent_path();
  if (!is_there && !above.empty()) fs::create_directories(above, error);
  if (error) return failed(path, error);
  const std::string part = is_there ? path + "/.part" : path + ".part";
  for (int i = 0; i < leftovers_max; ++i) {
    const std::string name = i == 0 ? part : part + "-" + std::to_string(i);
    if (fs::create_directory(name, error)) return NewFolder(path, name, is_there);
    if (error && error != std::errc::file_exists) return failed(name, error);
  }
  return taken_path(part);
}

NewFolder::~NewFolder() {
  std::error_code error;
  if (!part_.empty()) fs::remove_all(part_, error);
}

Status NewFolder::finish(const std::string& last) {
  if (is_inside_) return move_up(last);
  std::error_code error;
  fs::rename(part_, path_, error);  // An empty folder that came meanwhile gives way.
  if (error == std::errc::directory_not_empty || error == std::errc::file_exists ||
      error == std::errc::not_a_directory) {
    return taken_path(path_);
  }
  if (error) return failed(path_, error);
  part_.clear();
  return {};
}

Status NewFolder::move_up(const std::string& last) {
  std::error_code error;
  std::vector<std::string> names;
  for (fs::directory_iterator entry(part_, error), end; !error && entry != end;
       entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    if (name != last) names.push_back(name);
  }
  if (error) return failed(part_, error);
  names.push_back(last);
  for (const std::string& name : names) {
    fs::rename(file(name), final_file(name), error);
    if (error) return failed(final_file(name), error);
  }
  return {};  // What is left of the part is an empty folder, which goes with this.
}

}  // namespace gwageo
