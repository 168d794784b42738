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

std::string program() { return GWAGEO_PROGRAM; }
std::string fake_engine() { return GWAGEO_FAKE_ENGINE; }
std::string fake_nvml() { return GWAGEO_FAKE_NVML; }
std::string small_nvml() { return GWAGEO_SMALL_NVML; }
std::string fake_group_module() { return GWAGEO_FAKE_GROUP_MODULE; }
std::string oracle() { return GWAGEO_ORACLE; }
std::string cuda_module() { return GWAGEO_CUDA_MODULE; }

}  // namespace gwageo::folders
