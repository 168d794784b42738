// The golden files of tests/golden as values, and the task files beside them as a suite's files.
#pragma once

#include <ostream>
#include <string>
#include <vector>

#include "benchmarks/suite.h"
#include "protocol/json.h"

namespace gwageo::golden {

/// The folder tests/golden of the sources, or another of that shape that GWAGEO_GOLDEN names.
std::string folder();

/// The files below a folder of the disk.
class DiskFiles final : public SourceFiles {
 public:
  explicit DiskFiles(std::string folder) : folder_(std::move(folder)) {}
  Result<std::uint64_t> size(const std::string& path) const override;
  Result<std::string> read(const std::string& path, std::uint64_t offset,
                           std::uint64_t count) const override;

 private:
  std::string folder_;
};

/// One task and what the harness made of it.
struct GoldenTask {
  std::string name;
  std::string file;  ///< Of the task, relative to folder().
  Json expected;
};
/// How a failed test names it.
inline void PrintTo(const GoldenTask& task, std::ostream* out) { *out << task.file; }

/// Those of every expected file, by file and then in the order of the file.
std::vector<GoldenTask> tasks();

}  // namespace gwageo::golden
