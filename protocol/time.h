// Three kinds of time that are never mixed.
#pragma once

#include <compare>
#include <cstdint>
#include <string>

namespace gwageo {

/// A span of time in microseconds.
struct Duration {
  std::int64_t microseconds = 0;
  friend auto operator<=>(const Duration&, const Duration&) = default;
  friend Duration operator+(Duration a, Duration b) { return {a.microseconds + b.microseconds}; }
  friend Duration operator-(Duration a, Duration b) { return {a.microseconds - b.microseconds}; }
  friend Duration operator*(Duration a, std::int64_t n) { return {a.microseconds * n}; }
};
constexpr Duration microseconds(std::int64_t n) { return {n}; }
constexpr Duration milliseconds(std::int64_t n) { return {n * 1000}; }
constexpr Duration seconds(std::int64_t n) { return {n * 1000000}; }

/// Log time: microseconds of coordinator life since the journal began. Persisted, never decreasing,
/// advanced by the monotonic clock only. Not a date.
struct Instant {
  std::int64_t microseconds = 0;
  friend auto operator<=>(const Instant&, const Instant&) = default;
  friend Instant operator+(Instant a, Duration b) { return {a.microseconds + b.microseconds}; }
  friend Instant operator-(Instant a, Duration b) { return {a.microseconds - b.microseconds}; }
  friend Duration operator-(Instant a, Instant b) { return {a.microseconds - b.microseconds}; }
};

/// Wall time: microseconds since 1970-01-01T00:00:00Z. For people to read; no decision reads it.
struct WallTime {
  std::int64_t microseconds = 0;
  friend auto operator<=>(const WallTime&, const WallTime&) = default;
};

/// The clocks of a process. Only shells hold one; the pure cores are told the time.
class Clock {
 public:
  virtual ~Clock() = default;
  /// Monotonic time since an arbitrary moment; never decreases within this process.
  virtual Duration monotonic() const = 0;
  virtual WallTime wall() const = 0;
};

}  // namespace gwageo
