// The files of a suite as they lie in a folder.
#pragma once

#include <string>

#include "benchmarks/suite.h"

namespace gwageo {

/// Paths are relative to the folder of the suite file, except that those below `data/` may lie in a
/// folder of their own: published data stay where they were fetched. One thread.
class FolderFiles final : public SourceFiles {
 public:
  /// `suite_file` and `data_folder` as a person typed them; without a `data_folder`, `data/` lies
  /// beside the suite file.
  explicit FolderFiles(const std::string& suite_file, const std::string& data_folder = "");

  /// The suite file's name within its folder.
  const std::string& main() const { return main_; }
  Result<std::uint64_t> size(const std::string& path) const override;
  Result<std::string> read(const std::string& path, std::uint64_t offset,
                           std::uint64_t count) const override;
  /// Without what lies in hidden folders or in the `data_folder`. Refuses more than 100,000 files.
  Result<std::vector<std::string>> list(const std::string& folder) const override;

  /// The error with the file that its text begins with named as the person would: by the place
  /// where it lies.
  Error as_typed(Error error) const;

 private:
  std::string place_of(const std::string& path) const;
  tl::unexpected<Error> missing(const std::string& path) const;

  std::string folder_;       ///< Empty, or with '/' at its end.
  std::string data_folder_;  ///< Instead of `folder_` + "data/"; as that one.
  std::string main_;
};

}  // namespace gwageo
