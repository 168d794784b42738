// Files of a folder that are not what they have to be any more: kept beside those that take their
// place, for whoever wants to know what was done to them.
//
//   DIR/altered/<the file's own path in DIR>    with .2, .3, ... where that is taken
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "protocol/result.h"

namespace gwageo {

/// One owner, one thread at a time.
class AlteredFiles {
 public:
  /// Of the folder `root`.
  explicit AlteredFiles(std::string root) : root_(std::move(root)) {}

  /// Moves the file away, durably, or what lies where a folder of its path has to be.
  Status set_aside(const std::string& path);

  /// Their paths in the folder, in the order in which they were found.
  const std::vector<std::string>& names() const { return names_; }
  /// Where they are.
  std::string folder() const { return root_ + "/altered"; }

 private:
  /// The path in the folder of what has to go before `name` can be written.
  std::filesystem::path in_the_way_of(const std::filesystem::path& name) const;

  std::string root_;
  std::vector<std::string> names_;
};

}  // namespace gwageo
