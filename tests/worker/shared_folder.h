// Where the real models and data outside the repository lie, if this machine has them.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <optional>

namespace gwageo::testing {

/// The folder named by GWAGEO_SHARED in the environment, else at compile time; nothing when it is
/// not there. Tests that need it skip themselves then.
inline std::optional<std::filesystem::path> shared_folder() {
  std::filesystem::path path;
#ifdef GWAGEO_SHARED_DIR
  path = GWAGEO_SHARED_DIR;
#endif
  if (const char* given = std::getenv("GWAGEO_SHARED")) path = given;
  std::error_code error;
  if (path.empty() || !std::filesystem::is_directory(path, error)) return std::nullopt;
  return path;
}

}  // namespace gwageo::testing
