// A file in memory, for readers that take a path only.
#pragma once

#include <string>
#include <string_view>

namespace gwageo::fuzz {

/// A file alone in a folder of its own; both go with it. One owner.
class ScratchFile {
 public:
  ScratchFile(const std::string& name, std::string_view bytes);
  ~ScratchFile();
  ScratchFile(const ScratchFile&) = delete;
  ScratchFile& operator=(const ScratchFile&) = delete;

  const std::string& folder() const { return folder_; }
  std::string path() const { return folder_ + "/" + name_; }
  std::string bytes() const;

 private:
  std::string folder_;
  std::string name_;
};

}  // namespace gwageo::fuzz
