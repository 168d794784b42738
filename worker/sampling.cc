#include "worker/sampling.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "protocol/check.h"

namespace gwageo {
namespace {

// A number in [0, 1), the same for the same seed and index.
double unit_interval(std::uint64_t seed, std::uint64_t index) {
  const auto bits =
      philox({static_cast<std::uint32_t>(index), static_cast<std::uint32_t>(index >> 32), 0, 0},
             {static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)});
  const std::uint64_t whole = static_cast<std::uint64_t>(bits[1]) << 32 | bits[0];
  return static_cast<double>(whole >> 11) * 0x1p-53;
}

}  // namespace

std::array<std::uint32_t, 4> philox(std::array<std::uint32_t, 4> counter,
                                    std::array<std::uint32_t, 2> key) {
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t first = std::uint64_t{0xD2511F53U} * counter[0];
    const std::uint64_t second = std::uint64_t{0xCD9E8D57U} * counter[2];
    counter = {static_cast<std::uint32_t>(second >> 32) ^ counter[1] ^ key[0],
               static_cast<std::uint32_t>(second),
               static_cast<std::uint32_t>(first >> 32) ^ counter[3] ^ key[1],
               static_cast<std::uint32_t>(first)};
    key[0] += 0x9E3779B9U;
    key[1] += 0xBB67AE85U;
  }
  return counter;
}

std::uint32_t draw(std::span<const float> logits, const Draw& how) {
  GWAGEO_CHECK(!logits.empty());
  GWAGEO_CHECK(how.temperature > 0);
  GWAGEO_CHECK(how.top_p > 0 && how.top_p <= 1);
  std::vector<std::uint32_t> order(logits.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = static_cast<std::uint32_t>(i);
  std::ranges::stable_sort(order,
                           [&](std::uint32_t a, std::uint32_t b) { return logits[a] > logits[b]; });
  const double top = static_cast<double>(logits[order.front()]);
  std::vector<double> sums;  // Running, of weights relative to the most probable token's.
  double sum = 0;
  for (const std::uint32_t token : order) {
    sum += std::exp((static_cast<double>(logits[token]) - top) / how.temperature);
    sums.push_back(sum);
  }
  const auto reached = std::ranges::lower_bound(sums, how.top_p * sum);
  const auto last = reached == sums.end() ? sums.end() - 1 : reached;
  const double wanted = unit_interval(how.seed, how.index) * *last;
  const auto drawn = std::upper_bound(sums.begin(), last, wanted);
  return order[static_cast<std::size_t>(drawn - sums.begin())];
}

}  // namespace gwageo
