#include "tests/folders.h"

#include <cstdlib>
#include <system_error>

namespace gwageo::folders {

std::filesystem::path source() { return GWAGEO_SOURCE_DIR; }

std::filesystem::path shared() {
  if (const char* const given = std::getenv("GWAGEO_SHARED")) return given;
  return source().parent_path() / "shared";
}

std::optional<std::filesystem::path> shared_if_there() {
  std::filesystem::path folder = shared();
  std::error_code error;
  if (!std::filesystem::is_directory(folder, error)) return std::nullopt;
  return folder;
}

}  // namespace gwageo::folders
