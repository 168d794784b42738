#include "benchmarks/mersenne_twister.h"

#include <algorithm>
#include <bit>

#include "protocol/check.h"

namespace gwageo {

// The reference code's init_by_array over the seed's 32-bit words, low word first.
PythonRandom::PythonRandom(std::uint64_t seed) {
  const std::uint32_t words[] = {static_cast<std::uint32_t>(seed),
                                 static_cast<std::uint32_t>(seed >> 32)};
  const std::size_t word_count = words[1] != 0 ? 2 : 1;
  state_[0] = 19650218u;
  for (std::size_t i = 1; i < size; ++i) {
    const std::uint32_t before = state_[i - 1];
    state_[i] = 1812433253u * (before ^ (before >> 30)) + static_cast<std::uint32_t>(i);
  }
  std::size_t i = 1;
  const auto advance = [&] {
    if (++i < size) return;
    state_[0] = state_[size - 1];
    i = 1;
  };
  std::size_t word = 0;
  for (std::size_t k = 0; k < size; ++k) {
    const std::uint32_t before = state_[i - 1];
    state_[i] = (state_[i] ^ ((before ^ (before >> 30)) * 1664525u)) + words[word] +
                static_cast<std::uint32_t>(word);
    word = (word + 1) % word_count;
    advance();
  }
  for (std::size_t k = 0; k < size - 1; ++k) {
    const std::uint32_t before = state_[i - 1];
    state_[i] =
        (state_[i] ^ ((before ^ (before >> 30)) * 1566083941u)) - static_cast<std::uint32_t>(i);
    advance();
  }
  state_[0] = 0x80000000u;
}

void PythonRandom::refill() {
  constexpr std::size_t ahead = 397;
  const auto twisted = [](std::uint32_t high, std::uint32_t low) {
    const std::uint32_t joined = (high & 0x80000000u) | (low & 0x7FFFFFFFu);
    return (joined >> 1) ^ (0x9908B0DFu & (0u - (joined & 1u)));
  };
  for (std::size_t i = 0; i < size - ahead; ++i) {
    state_[i] = state_[i + ahead] ^ twisted(state_[i], state_[i + 1]);
  }
  for (std::size_t i = size - ahead; i < size - 1; ++i) {
    state_[i] = state_[i + ahead - size] ^ twisted(state_[i], state_[i + 1]);
  }
  state_[size - 1] = state_[ahead - 1] ^ twisted(state_[size - 1], state_[0]);
  for (std::size_t i = 0; i < size; ++i) {
    std::uint32_t y = state_[i];
    y ^= y >> 11;
    y ^= (y << 7) & 0x9D2C5680u;
    y ^= (y << 15) & 0xEFC60000u;
    numbers_[i] = y ^ (y >> 18);
  }
  at_ = 0;
}

std::uint32_t PythonRandom::next() {
  if (at_ == size) refill();
  return numbers_[at_++];
}

std::uint64_t PythonRandom::bits(unsigned count) {
  GWAGEO_CHECK(count >= 1 && count <= 64);
  if (count <= 32) return next() >> (32 - count);
  const std::uint64_t low = next();
  return low | static_cast<std::uint64_t>(next() >> (64 - count)) << 32;
}

std::uint64_t PythonRandom::below(std::uint64_t limit) {
  GWAGEO_CHECK(limit > 0);
  const auto count = static_cast<unsigned>(std::bit_width(limit));
  std::uint64_t drawn = bits(count);
  while (drawn >= limit) drawn = bits(count);
  return drawn;
}

// CPython copies the population where that is smaller than a set of the picks would be, else it
// draws again until the pick is new. The two consume different numbers, so the rule that chooses
// between them is part of the result.
std::vector<std::size_t> PythonRandom::sample(std::size_t population, std::size_t count) {
  GWAGEO_CHECK(count <= population);
  std::size_t set_size = 21;
  if (count > 5) {
    std::size_t power = 1;
    while (power < 3 * count) power *= 4;
    set_size += power;
  }
  std::vector<std::size_t> picks;
  picks.reserve(count);
  if (population <= set_size) {
    std::vector<std::size_t> pool(population);
    for (std::size_t i = 0; i < population; ++i) pool[i] = i;
    for (std::size_t i = 0; i < count; ++i) {
      const std::size_t pick = below(population - i);
      picks.push_back(pool[pick]);
      pool[pick] = pool[population - i - 1];
    }
    return picks;
  }
  while (picks.size() < count) {
    const std::size_t pick = below(population);
    if (std::find(picks.begin(), picks.end(), pick) == picks.end()) picks.push_back(pick);
  }
  return picks;
}

// random() has 53 bits, 27 of one number and 26 of the next; a pick is the floor of its product
// with the population.
void PythonRandom::choices(std::size_t population, std::span<std::uint32_t> picks) {
  GWAGEO_CHECK(population > 0);
  GWAGEO_CHECK(population < (1ULL << 31));
  const auto limit = static_cast<double>(population);
  const auto pick = [&](std::uint32_t first, std::uint32_t second) {
    const double high = static_cast<std::int32_t>(first >> 5);
    const double low = static_cast<std::int32_t>(second >> 6);
    const double random = (high * 67108864.0 + low) * (1.0 / 9007199254740992.0);
    return static_cast<std::uint32_t>(static_cast<std::int32_t>(random * limit));
  };
  for (std::size_t done = 0; done < picks.size();) {
    const std::size_t pairs = std::min((size - at_) / 2, picks.size() - done);
    if (pairs == 0) {
      const std::uint32_t first = next();
      picks[done++] = pick(first, next());
      continue;
    }
    const std::uint32_t* const numbers = numbers_.data() + at_;
    for (std::size_t i = 0; i < pairs; ++i) {
      picks[done + i] = pick(numbers[2 * i], numbers[2 * i + 1]);
    }
    at_ += 2 * pairs;
    done += pairs;
  }
}

}  // namespace gwageo
