// PythonRandom against CPython itself, for a thousand seeds: golden/make/python_random.py, which
// says how the lines are made, and the file that it wrote.
#include "benchmarks/mersenne_twister.h"

#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <vector>

#include "protocol/digest.h"
#include "tests/folders.h"

namespace gwageo {
namespace {

constexpr std::uint64_t seeds = 1000;
constexpr std::uint64_t block = 50;

struct Draw {
  std::size_t population;
  std::size_t count;
};

constexpr unsigned bit_counts[] = {1, 7, 31, 32, 33, 48, 53, 64};
constexpr std::uint64_t limits_below[] = {1,          2,
                                          3,          10,
                                          1000,       1ULL << 31,
                                          1ULL << 32, (1ULL << 32) + 1,
                                          1ULL << 53, 1'000'000'000'000'000'000};
constexpr Draw samples[] = {{0, 0},      {1, 1},      {5, 5},      {21, 5},    {22, 5},
                            {85, 6},     {86, 6},     {85, 21},    {86, 21},   {277, 22},
                            {278, 22},   {300, 300},  {1000, 100}, {10000, 1}, {10000, 5},
                            {10000, 26}, {100000, 64}};
constexpr Draw choices[] = {{1, 3}, {7, 20}, {100, 50}, {1319, 333}, {1'000'003, 10}};

std::string line_of(std::uint64_t seed) {
  PythonRandom random(seed);
  std::string line = std::to_string(seed) + ":";
  const auto add = [&](std::uint64_t number) { line += " " + std::to_string(number); };
  for (int i = 0; i < 10; ++i) {  // random(), times 2^53.
    const std::uint64_t high = random.next() >> 5;
    add(high << 26 | random.next() >> 6);
  }
  for (const unsigned count : bit_counts) add(random.bits(count));
  for (const std::uint64_t limit : limits_below) add(random.below(limit));
  for (const Draw& draw : samples) {
    for (const std::size_t pick : random.sample(draw.population, draw.count)) add(pick);
  }
  for (const Draw& draw : choices) {
    std::vector<std::uint32_t> picks(draw.count);
    random.choices(draw.population, picks);
    for (const std::uint32_t pick : picks) add(pick);
  }
  return line + "\n";
}

TEST(PythonRandom, GivesWhatCPythonGivesForAThousandSeeds) {
  std::ifstream file(folders::source() / "tests/golden/python_random.txt");
  std::string range;
  std::string digest;
  std::uint64_t seed = 0;
  while (file >> range >> digest) {
    EXPECT_EQ(range, std::to_string(seed) + "-" + std::to_string(seed + block - 1));
    std::string text;
    for (const std::uint64_t end = seed + block; seed < end; ++seed) text += line_of(seed);
    EXPECT_EQ(to_hex(sha256(text)), digest) << "seeds " << range;
  }
  EXPECT_EQ(seed, seeds);
}

}  // namespace
}  // namespace gwageo
