#include "protocol/check.h"

#include <cstdio>
#include <cstdlib>

namespace gwageo {
namespace {
const char* check_note = nullptr;
thread_local int traps = 0;  // One may live within another.
}  // namespace

CheckTrap::CheckTrap() { ++traps; }
CheckTrap::~CheckTrap() { --traps; }

void set_check_note(const char* note) { check_note = note; }

void check_failed(const char* condition, const char* file, int line) {
  if (traps > 0) throw BrokenRule{condition, file, line};
  std::fprintf(stderr, "gwageo: bug: %s:%d: this must hold: %s\n", file, line, condition);
  if (check_note != nullptr) std::fprintf(stderr, "gwageo: %s\n", check_note);
  std::fflush(stderr);
  std::abort();
}

}  // namespace gwageo
