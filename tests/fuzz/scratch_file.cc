#include "tests/fuzz/scratch_file.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "tests/memory_folder.h"

namespace gwageo::fuzz {
ScratchFile::ScratchFile(const std::string& name, std::string_view bytes) : name_(name) {
  static int made = 0;
  folder_ = testing::memory_folder().string() + "/gwageo-fuzz-" + std::to_string(::getpid()) + "-" +
            std::to_string(made++);
  std::filesystem::create_directory(folder_);
  std::ofstream(path(), std::ios::binary) << bytes;
}

ScratchFile::~ScratchFile() { std::filesystem::remove_all(folder_); }

std::string ScratchFile::bytes() const {
  std::ifstream file(path(), std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace gwageo::fuzz
