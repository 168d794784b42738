// Where tests lay files that they write and remove by the thousand, and that no power failure of
// this machine is to spare: in memory, where there is such a place. A disk looks for a place for
// each new file among those that were removed a moment ago, which takes longer than the tests.
#pragma once

#include <unistd.h>

#include <filesystem>

namespace gwageo::testing {

inline std::filesystem::path memory_folder() {
  const std::filesystem::path memory = "/dev/shm";
  return ::access(memory.c_str(), W_OK) == 0 ? memory : std::filesystem::temp_directory_path();
}

}  // namespace gwageo::testing
