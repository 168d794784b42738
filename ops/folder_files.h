// The files of a suite as they lie in a folder.
#pragma once

#include <string>

#include "benchmarks/suite.h"

namespace gwageo {

/// Paths are relative to the folder of the suite file. One thread.
class FolderFiles final : public SourceFiles {
 public:
  /// `suite_file` as a person typed it.
  explicit FolderFiles(const std::string& suite_file);

  /// The suite file's name within its folder.
  const std::string& main() const { return main_; }
  Result<std::uint64_t> size(const std::string& path) const override;
  Result<std::string> read(const std::string& path, std::uint64_t offset,
                           std::uint64_t count) const override;

  /// The error with the file that its text begins with named as the person would: with the folder
  /// before it.
  Error as_typed(Error error) const;

 private:
  std::string folder_;  ///< Empty, or with '/' at its end.
  std::string main_;
};

}  // namespace gwageo
