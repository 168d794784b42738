#include "tests/golden/expected.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "tests/folders.h"

namespace gwageo::golden {
namespace {

std::string content(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

}  // namespace

std::string folder() {
  const char* other = std::getenv("GWAGEO_GOLDEN");
  return other != nullptr ? other : folders::source() / "tests/golden";
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

Result<std::vector<std::string>> DiskFiles::list(const std::string& folder) const {
  std::vector<std::string> out;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder_ + "/" + folder)) {
    if (entry.is_regular_file()) out.push_back(entry.path().lexically_relative(folder_).string());
  }
  std::sort(out.begin(), out.end());
  return out;
}

std::vector<Golden> golden_files() {
  std::vector<Golden> out;
  for (const auto& entry : std::filesystem::directory_iterator(folder() + "/expected")) {
    out.push_back({entry.path().stem().string(), Json::parse(content(entry.path())).value()});
  }
  std::sort(out.begin(), out.end(),
            [](const Golden& a, const Golden& b) { return a.name < b.name; });
  return out;
}

}  // namespace gwageo::golden
