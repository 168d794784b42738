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
  Result<std::vector<std::string>> list(const std::string& folder) const override;

 private:
  std::string folder_;
};

/// What the harness made of the task or group file tasks/NAME/NAME.yaml.
struct Golden {
  std::string name;
  Json expected;
};
/// How a failed test names it.
inline void PrintTo(const Golden& golden, std::ostream* out) { *out << golden.name; }

/// Those of every expected file, by name.
std::vector<Golden> golden_files();

}  // namespace gwageo::golden
