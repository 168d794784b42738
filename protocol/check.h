// GWAGEO_CHECK: an invariant that must hold in every build. A failure is a bug in this program,
// never bad input and never an operating failure; the process ends at once, with the place.
#pragma once

namespace gwageo {

/// Prints `condition`, `file`, `line` and the note of `set_check_note`, then aborts.
[[noreturn]] void check_failed(const char* condition, const char* file, int line);

/// A line that is printed with the next failed check, for instance the seed of a simulation.
/// The text must outlive its use. Not synchronised: set it from one thread.
void set_check_note(const char* note);

}  // namespace gwageo

#define GWAGEO_CHECK(condition) \
  ((condition) ? static_cast<void>(0) : ::gwageo::check_failed(#condition, __FILE__, __LINE__))
