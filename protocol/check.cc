#include "protocol/check.h"

#include <cstdio>
#include <cstdlib>

namespace gwageo {
namespace {
const char* check_note = nullptr;
}  // namespace

void set_check_note(const char* note) { check_note = note; }

void check_failed(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "gwageo: bug: %s:%d: this must hold: %s\n", file, line, condition);
  if (check_note != nullptr) std::fprintf(stderr, "gwageo: %s\n", check_note);
  std::fflush(stderr);
  std::abort();
}

}  // namespace gwageo
