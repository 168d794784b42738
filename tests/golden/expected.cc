#include "tests/golden/expected.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace gwageo::golden {
namespace {

std::string content(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

}  // namespace

std::string folder() {
  const char* other = std::getenv("GWAGEO_GOLDEN");
  return other != nullptr ? other : std::string(GWAGEO_SOURCE_DIR) + "/tests/golden";
}

Result<std::uint64_t> DiskFiles::size(const std::string& path) const {
  std::error_code failed;
  const std::uint64_t size = std::filesystem::file_size(folder_ + "/" + path, failed);
  if (failed) return fail(ErrorKind::not_found, path + ": no such file");
  return size;
}

Result<std::string> DiskFiles::read(const std::string& path, std::uint64_t offset,
                                    std::uint64_t count) const {
  const std::string text = content(folder_ + "/" + path);
  return offset < text.size() ? text.substr(offset, count) : std::string();
}

std::vector<GoldenTask> tasks() {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder() + "/expected")) {
    files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  std::vector<GoldenTask> out;
  for (const std::filesystem::path& file : files) {
    const Json expected = Json::parse(content(file)).value();
    for (const auto& [name, task] : expected.find("tasks")->as_object()) {
      out.push_back({name, "tasks/" + file.stem().string() + "/" + name + ".yaml", task});
    }
  }
  return out;
}

}  // namespace gwageo::golden
