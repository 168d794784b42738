// A folder that is filled file by file and stands under its name only when it is whole.
#pragma once

#include <string>
#include <utility>

#include "protocol/result.h"

namespace gwageo {

/// Until `finish` its files lie in NAME.part beside it (in NAME/.part where NAME is an empty folder
/// already, which may be a mount), and they go when it is never finished. What a killed process
/// left is in nobody's way: the next one takes NAME.part-1. One owner, one thread.
class NewFolder {
 public:
  /// conflict, naming it, when `path` is there and no empty folder; io when it cannot be made.
  static Result<NewFolder> make(const std::string& path);
  NewFolder(NewFolder&& other) noexcept
      : path_(std::move(other.path_)),
        part_(std::exchange(other.part_, {})),
        is_inside_(other.is_inside_) {}
  NewFolder& operator=(NewFolder&&) = delete;
  ~NewFolder();

  /// Where a file of it is to be written.
  std::string file(const std::string& name) const { return part_ + "/" + name; }
  /// Gives all files their places, `last` after all others. Call it once.
  Status finish(const std::string& last);
  /// Where that file lies once it is finished.
  std::string final_file(const std::string& name) const { return path_ + "/" + name; }

 private:
  NewFolder(std::string path, std::string part, bool is_inside)
      : path_(std::move(path)), part_(std::move(part)), is_inside_(is_inside) {}
  Status move_up(const std::string& last);

  std::string path_;
  std::string part_;  ///< Empty: finished, or moved away.
  bool is_inside_;
};

}  // namespace gwageo
