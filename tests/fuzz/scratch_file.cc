#include "tests/fuzz/scratch_file.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>

namespace gwageo::fuzz {
namespace {

/// Memory, where there is such a place: a fuzzer makes thousands of files a second.
std::string base() {
  const std::string memory = "/dev/shm";
  return ::access(memory.c_str(), W_OK) == 0 ? memory
                                             : std::filesystem::temp_directory_path().string();
}

}  // namespace

ScratchFile::ScratchFile(const std::string& name, std::string_view bytes) : name_(name) {
  static int made = 0;
  folder_ = base() + "/gwageo-fuzz-" + std::to_string(::getpid()) + "-" + std::to_string(made++);
  std::filesystem::create_directory(folder_);
  std::ofstream(path(), std::ios::binary) << bytes;
}

ScratchFile::~ScratchFile() { std::filesystem::remove_all(folder_); }

std::string ScratchFile::bytes() const {
  std::ifstream file(path(), std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace gwageo::fuzz
