// The libFuzzer program of one target, GWAGEO_FUZZ_TARGET. `--seeds DIR` as its only arguments
// writes the target's seeds there and ends.
//
// Time is counted as the processor's, so that a busy machine fails nobody.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <fstream>

#include "tests/fuzz/targets.h"

namespace {

/// Of one input, built as it is here: a bound of ten times less in the program that is shipped. A
/// pattern that does all the work that is borne takes 0.7 s on a slow machine, and 1.03 s of it
/// were counted where both processors shared a core.
constexpr double seconds_max = 2;

double processor_seconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

[[noreturn]] void write_seeds(const gwageo::fuzz::Target& target,
                              const std::filesystem::path& folder) {
  std::filesystem::create_directories(folder);
  int number = 0;
  if (target.seeds != nullptr) {
    for (const std::string& seed : target.seeds()) {
      std::ofstream(folder / ("seed_" + std::to_string(number++)), std::ios::binary) << seed;
    }
  }
  std::exit(0);
}

}  // namespace

extern "C" int LLVMFuzzerInitialize(int* count, char*** arguments);
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size);

int LLVMFuzzerInitialize(int* count, char*** arguments) {
  if (*count == 3 && std::strcmp((*arguments)[1], "--seeds") == 0) {
    write_seeds(gwageo::fuzz::GWAGEO_FUZZ_TARGET, (*arguments)[2]);
  }
  return 0;
}

int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const double before = processor_seconds();
  gwageo::fuzz::GWAGEO_FUZZ_TARGET.run({reinterpret_cast<const char*>(bytes), size});
  const double took = processor_seconds() - before;
  if (took > seconds_max) {
    std::fprintf(stderr, "an input took %.2f s of processor time, more than %.0f\n", took,
                 seconds_max);
    std::abort();
  }
  return 0;
}
