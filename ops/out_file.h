// A file that is written piece by piece and stands under its name only when it is whole.
#pragma once

#include <cstdio>
#include <memory>
#include <string>
#include <string_view>

#include "protocol/result.h"

namespace gwageo {

/// Until `finish` it is called NAME.part, and it goes when it is never finished. One owner, one
/// thread.
class OutFile {
 public:
  /// io, naming it. What has the name already is replaced by `finish`.
  static Result<OutFile> create(const std::string& path);
  OutFile(OutFile&&) noexcept = default;
  OutFile& operator=(OutFile&&) noexcept = default;
  ~OutFile();

  Status write(std::string_view bytes);
  /// Appends all that was written to `other`, which is not finished.
  Status append(OutFile& other);
  Status finish();
  const std::string& path() const { return path_; }

 private:
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  explicit OutFile(std::string path) : path_(std::move(path)) {}
  std::string part() const { return path_ + ".part"; }
  tl::unexpected<Error> failed() const;

  std::string path_;
  std::unique_ptr<std::FILE, Close> file_;
};

}  // namespace gwageo
