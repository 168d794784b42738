#include "benchmarks/audit_sample.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <string>

#include "protocol/bytes.h"
#include "protocol/check.h"

namespace gwageo {
namespace {

constexpr std::string_view seed_domain = "gwageo audit v1";

/// Numbers from SHA-256(seed | counter), four of 64 bits a digest.
class SeededNumbers {
 public:
  explicit SeededNumbers(const Digest& seed) : seed_(seed) {}

  /// From 0 to bound - 1, each as likely: numbers of an incomplete last round are thrown away.
  std::uint64_t below(std::uint64_t bound) {
    const std::uint64_t reject = (0 - bound) % bound;  // 2^64 mod bound
    std::uint64_t number = next();
    while (number < reject) number = next();
    return number % bound;
  }

 private:
  std::uint64_t next() {
    if (at_ == 4) {
      ByteWriter in;
      in.digest(seed_);
      in.u64(counter_++);
      block_ = sha256(in.bytes());
      at_ = 0;
    }
    std::uint64_t number = 0;
    for (std::size_t i = 0; i < 8; ++i) number = number << 8 | block_.bytes[at_ * 8 + i];
    ++at_;
    return number;
  }

  Digest seed_;
  Digest block_;
  std::uint64_t counter_ = 0;
  std::size_t at_ = 4;
};

}  // namespace

Digest audit_commitment(const Digest& nonce) { return sha256(nonce.view()); }

Digest audit_seed(const Digest& root, const Digest& nonce) {
  std::string bytes(seed_domain);
  bytes += root.view();
  bytes += nonce.view();
  return sha256(bytes);
}

std::vector<std::uint64_t> draw_sample(const Digest& seed, std::uint64_t size,
                                       std::uint64_t count) {
  count = std::min(count, size);
  GWAGEO_CHECK(count <= sample_items_max);
  SeededNumbers numbers(seed);
  std::set<std::uint64_t> drawn;
  for (std::uint64_t last = size - count; last < size; ++last) {
    const std::uint64_t index = numbers.below(last + 1);
    if (!drawn.insert(index).second) drawn.insert(last);
  }
  return {drawn.begin(), drawn.end()};
}

double chance_to_meet(std::uint64_t size, std::uint64_t count, std::uint64_t forged) {
  GWAGEO_CHECK(count <= size && forged <= size);
  if (count > size - forged) return 1;
  // None of the sample is forged: the product of (honest left) / (all left).
  double log_none = 0;
  for (std::uint64_t i = 0; i < count; ++i) {
    log_none += std::log1p(-static_cast<double>(forged) / static_cast<double>(size - i));
  }
  return 0 - std::expm1(log_none);  // Of an empty sample 0, and not -0.
}

std::uint64_t sample_to_meet(std::uint64_t size, std::uint64_t forged, double chance) {
  GWAGEO_CHECK(forged > 0 && forged <= size && chance > 0 && chance < 1);
  const double wanted = std::log1p(-chance);
  double log_none = 0;
  std::uint64_t count = 0;
  while (count < size - forged && log_none > wanted) {
    log_none += std::log1p(-static_cast<double>(forged) / static_cast<double>(size - count));
    ++count;
  }
  return log_none > wanted ? count + 1 : count;
}

double binomial_above(std::uint64_t trials, double p, std::uint64_t bound) {
  if (bound >= trials || p <= 0) return 0;
  if (p >= 1) return 1;
  const auto n = static_cast<double>(trials);
  const auto term = [&](std::uint64_t k) {
    const auto x = static_cast<double>(k);
    return std::exp(std::lgamma(n + 1) - std::lgamma(x + 1) - std::lgamma(n - x + 1) +
                    x * std::log(p) + (n - x) * std::log1p(-p));
  };
  // Beyond the most likely count terms only fall. Those that are 0 to a double's last bit add
  // nothing, and of a large sample they are almost all.
  const auto likeliest = static_cast<std::uint64_t>((n + 1) * p);
  std::uint64_t first = std::max(bound + 1, std::min(likeliest, trials));
  std::uint64_t last = trials;
  while (first < last) {
    const std::uint64_t middle = last - (last - first) / 2;
    if (term(middle) > 0) {
      first = middle;
    } else {
      last = middle - 1;
    }
  }
  // From the least term of the tail up, so that small ones are not lost beside large ones.
  double sum = 0;
  for (std::uint64_t k = last; k > bound; --k) sum += term(k);
  return std::min(sum, 1.0);
}

std::pair<double, double> share_interval(std::uint64_t trials, std::uint64_t found) {
  GWAGEO_CHECK(found <= trials);
  if (trials == 0) return {0, 1};
  constexpr double z = 1.959963984540054;  // 97.5 % of the normal distribution lie below.
  const auto n = static_cast<double>(trials);
  const double share = static_cast<double>(found) / n;
  const double middle = (share + z * z / (2 * n)) / (1 + z * z / n);
  const double half =
      z / (1 + z * z / n) * std::sqrt(share * (1 - share) / n + z * z / (4 * n * n));
  const double low = found == 0 ? 0 : std::max(0.0, middle - half);
  const double high = found == trials ? 1 : std::min(1.0, middle + half);
  return {low, high};
}

std::uint64_t mismatches_allowed(std::uint64_t trials, const MismatchRule& rule) {
  std::uint64_t least = 0;
  std::uint64_t most = trials;  // Of which none can be more.
  while (least < most) {
    const std::uint64_t middle = least + (most - least) / 2;
    if (binomial_above(trials, rule.honest, middle) > rule.false_alarm) {
      least = middle + 1;
    } else {
      most = middle;
    }
  }
  return least;
}

double chance_to_refuse(std::uint64_t trials, double forged, const MismatchRule& rule) {
  GWAGEO_CHECK(forged >= 0 && forged <= 1);
  const double differs = rule.honest + forged - rule.honest * forged;
  return binomial_above(trials, differs, mismatches_allowed(trials, rule));
}

std::optional<std::uint64_t> sample_to_refuse(std::uint64_t most, double forged,
                                              const MismatchRule& rule, double chance) {
  GWAGEO_CHECK(chance > 0 && chance < 1);
  const auto is_enough = [&](std::uint64_t trials) {
    return chance_to_refuse(trials, forged, rule) >= chance;
  };
  std::uint64_t few = 0;  // Are not enough.
  std::uint64_t enough = std::min<std::uint64_t>(most, 1);
  while (!is_enough(enough)) {
    if (enough == most) return std::nullopt;
    few = enough;
    enough = enough < most / 2 ? enough * 2 : most;
  }
  while (enough - few > 1) {
    const std::uint64_t middle = few + (enough - few) / 2;
    (is_enough(middle) ? enough : few) = middle;
  }
  return enough;
}

double mcnemar_p(std::uint64_t gained, std::uint64_t lost) {
  const std::uint64_t moved = gained + lost;
  const std::uint64_t more = std::max(gained, lost);
  if (moved == 0 || more * 2 == moved) return 1;
  return std::min(1.0, 2 * binomial_above(moved, 0.5, more - 1));
}

}  // namespace gwageo
