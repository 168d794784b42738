#include "ops/progress.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <utility>

#include "ops/table.h"

namespace gwageo {
namespace {

constexpr Duration draw_every = milliseconds(100);
constexpr std::size_t bar_cells = 24;

std::string span(double seconds_left) {
  const auto total = static_cast<std::int64_t>(seconds_left + 0.5);
  char text[32];
  if (total >= 3600) {
    std::snprintf(text, sizeof text, "%lld h %02lld min", static_cast<long long>(total / 3600),
                  static_cast<long long>(total / 60 % 60));
  } else {
    std::snprintf(text, sizeof text, "%lld:%02lld", static_cast<long long>(total / 60),
                  static_cast<long long>(total % 60));
  }
  return text;
}

}  // namespace

Progress::Progress(std::string title, std::string unit)
    : title_(std::move(title)),
      unit_(std::move(unit)),
      is_terminal_(::isatty(STDERR_FILENO) == 1) {}

Progress::~Progress() {
  if (is_drawn_) std::fputc('\n', stderr);
}

void Progress::show(std::uint64_t done, std::uint64_t total) {
  if (!is_terminal_) return;
  const Duration now = clock_.monotonic();
  if (!std::exchange(has_begun_, true)) {
    began_at_ = now;
    done_at_first_ = done;
  } else if (now - drawn_at_ < draw_every && (done < total || done == done_at_last_)) {
    return;
  }
  drawn_at_ = now;
  done_at_last_ = done;
  is_drawn_ = true;
  const double elapsed = static_cast<double>((now - began_at_).microseconds) / 1e6;
  const double rate =
      elapsed > 0 ? static_cast<double>(done - std::min(done, done_at_first_)) / elapsed : 0;
  const double share =
      total == 0 ? 1 : static_cast<double>(std::min(done, total)) / static_cast<double>(total);
  std::string line = title_ + " [";
  const auto full = static_cast<std::size_t>(share * static_cast<double>(bar_cells));
  line.append(full, '#').append(bar_cells - full, '.');
  line += "] " + std::to_string(done) + "/" + std::to_string(total) + " " + unit_;
  if (rate > 0) line += ", " + decimal(rate, rate < 10 ? 1 : 0) + "/s";
  if (rate > 0 && done < total)
    line += ", " + span(static_cast<double>(total - done) / rate) + " left";
  std::fprintf(stderr, "\r\033[K%s", line.c_str());
  std::fflush(stderr);
}

}  // namespace gwageo
