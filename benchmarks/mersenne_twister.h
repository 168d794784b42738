// The random numbers of CPython's `random.Random`, bit for bit: the field's harness draws its
// few-shot examples with them, so the prompts depend on every detail.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace gwageo {

/// MT19937 (Matsumoto and Nishimura 1998) seeded as `random.Random(seed)` seeds it. A value.
class PythonRandom {
 public:
  explicit PythonRandom(std::uint64_t seed);

  /// The next 32 bits.
  std::uint32_t next();
  /// `getrandbits(count)`. REQUIRES: 1 <= count <= 64.
  std::uint64_t bits(unsigned count);
  /// A number below `limit`, by rejection as CPython's `_randbelow`. REQUIRES: limit > 0.
  std::uint64_t below(std::uint64_t limit);
  /// The indices that `sample(range(population), count)` picks, in its order, with its draws.
  /// REQUIRES: count <= population.
  std::vector<std::size_t> sample(std::size_t population, std::size_t count);
  /// The indices that `choices(range(population), k=picks.size())` picks, in its order, with its
  /// draws. REQUIRES: 0 < population < 2^31.
  void choices(std::size_t population, std::span<std::uint32_t> picks);

 private:
  static constexpr std::size_t size = 624;
  void refill();

  std::array<std::uint32_t, size> state_{};
  std::array<std::uint32_t, size> numbers_{};  // What the state gives out, from `at_` on.
  std::size_t at_ = size;
};

}  // namespace gwageo
