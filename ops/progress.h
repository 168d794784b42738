// A progress bar on standard error, and only where that is a terminal.
#pragma once

#include <cstdint>
#include <string>

#include "ops/system_clock.h"

namespace gwageo {

/// One thread.
class Progress {
 public:
  /// `unit` is what is counted, for instance "items".
  Progress(std::string title, std::string unit);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// Draws the bar anew, at most ten times a second; rate and time left come from what was done
  /// since the first call.
  void show(std::uint64_t done, std::uint64_t total);

 private:
  std::string title_;
  std::string unit_;
  SystemClock clock_;
  bool is_terminal_;
  bool is_drawn_ = false;
  bool has_begun_ = false;
  Duration began_at_;
  Duration drawn_at_;
  std::uint64_t done_at_first_ = 0;
  std::uint64_t done_at_last_ = 0;
};

}  // namespace gwageo
