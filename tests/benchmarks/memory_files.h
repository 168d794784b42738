// The files of a suite, held in memory.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "benchmarks/suite.h"

namespace gwageo {

/// Files by path. A value.
class MemoryFiles final : public SourceFiles {
 public:
  MemoryFiles() = default;
  MemoryFiles(std::initializer_list<std::pair<const std::string, std::string>> files)
      : files_(files) {}

  void set(const std::string& path, std::string content) { files_[path] = std::move(content); }
  void remove(const std::string& path) { files_.erase(path); }

  Result<std::uint64_t> size(const std::string& path) const override {
    const auto found = files_.find(path);
    if (found == files_.end()) return fail(ErrorKind::not_found, path + ": no such file");
    return found->second.size();
  }
  Result<std::string> read(const std::string& path, std::uint64_t offset,
                           std::uint64_t count) const override {
    const auto found = files_.find(path);
    if (found == files_.end()) return fail(ErrorKind::not_found, path + ": no such file");
    largest_read = std::max(largest_read, count);
    if (offset >= found->second.size()) return std::string();
    return found->second.substr(offset, count);
  }
  Result<std::vector<std::string>> list(const std::string& folder) const override {
    std::vector<std::string> out;
    for (const auto& [path, content] : files_) {
      if (path.starts_with(folder)) out.push_back(path);
    }
    return out;
  }

  /// The most bytes that one call asked for.
  mutable std::uint64_t largest_read = 0;

 private:
  std::map<std::string, std::string> files_;
};

}  // namespace gwageo
