// RotatedLog: what a program of others says, in a bounded number of files of bounded size.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace gwageo {

/// FILE, and older ones as FILE.1, FILE.2, ... A disk that is full loses what cannot be written,
/// and nothing else; so does a name that is a link. One thread.
class RotatedLog {
 public:
  /// What FILE held before becomes FILE.1. `files` are kept in all, one at least.
  RotatedLog(std::string path, std::uint64_t bytes_max, std::uint32_t files);
  ~RotatedLog();
  RotatedLog(const RotatedLog&) = delete;
  RotatedLog& operator=(const RotatedLog&) = delete;

  void write(std::string_view bytes);

 private:
  void rotate();
  void open();

  std::string path_;
  std::uint64_t bytes_max_;
  std::uint32_t files_;
  std::uint64_t bytes_ = 0;
  int file_ = -1;
};

}  // namespace gwageo
