#include "protocol/check.h"

#include <cstdio>
#include <cstdlib>

namespace gwageo {
namespace {
const char* check_note = nullptr;
thread_local bool is_trapped = false;
}  // namespace

CheckTrap::CheckTrap() { is_trapped = true; }
CheckTrap::~CheckTrap() { is_trapped = false; }

void set_check_note(const char* note) { check_note = note; }

void check_failed(const char* condition, const char* file, int line) {
  if (is_trapped) throw BrokenRule{condition, file, line};
  std::fprintf(stderr, "gwageo: bug: %s:%d: this must hold: %s\n", file, line, condition);
  if (check_note != nullptr) std::fprintf(stderr, "gwageo: %s\n", check_note);
  std::fflush(stderr);
  std::abort();
}

}  // namespace gwageo
