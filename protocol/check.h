// GWAGEO_CHECK: an invariant that must hold in every build. A failure is a bug in this program,
// never bad input and never an operating failure; the process ends at once, with the place.
#pragma once

namespace gwageo {

/// Prints `condition`, `file`, `line` and the note of `set_check_note`, then aborts.
[[noreturn]] void check_failed(const char* condition, const char* file, int line);

/// What a CheckTrap turns a failed check into.
struct BrokenRule {
  const char* condition;
  const char* file;
  int line;
};

/// While one lives, a failed check of its thread throws BrokenRule instead of ending the process.
/// For an audit only, which puts somebody else's facts to the rules of our own code: there a broken
/// rule is a finding. What was being changed when it is thrown must be thrown away.
class CheckTrap {
 public:
  CheckTrap();
  ~CheckTrap();
  CheckTrap(const CheckTrap&) = delete;
  CheckTrap& operator=(const CheckTrap&) = delete;
};

/// A line that is printed with the next failed check, for instance the seed of a simulation.
/// The text must outlive its use. Not synchronised: set it from one thread.
void set_check_note(const char* note);

}  // namespace gwageo

#define GWAGEO_CHECK(condition) \
  ((condition) ? static_cast<void>(0) : ::gwageo::check_failed(#condition, __FILE__, __LINE__))
