#include "coordinator/estimates.h"

#include <algorithm>

#include "protocol/wide.h"

namespace gwageo {
namespace {

constexpr std::uint64_t items_remembered = 1024;
// A worker may become slow at any time.
constexpr std::uint64_t items_of_pace = 64;

}  // namespace

void Estimates::Mean::add(std::uint64_t more, Duration longer) {
  items += more;
  took += longer.microseconds;
  while (items > items_remembered) {
    items /= 2;
    took /= 2;
  }
}

void Estimates::ran(Instant now, ClassNumber number, const std::string& suite, std::uint64_t items,
                    Duration took) {
  const Kind kind{number, suite};
  both_[kind].add(items, took);
  came_[kind] = now;
  least_.erase(kind);
  classes_[number].add(items, took);
  suites_[suite].add(items, took);
}

// While others of the kind come in, it is the slot that is slow and not the kind.
void Estimates::out(Instant now, ClassNumber number, const std::string& suite, std::uint64_t items,
                    Instant since) {
  const Kind kind{number, suite};
  const auto came = came_.find(kind);
  if (items == 0 || (came != came_.end() && came->second > since)) return;
  const Duration each{(now - since).microseconds / static_cast<std::int64_t>(items)};
  Duration& least = least_[kind];
  least = std::max(least, each);
}

Duration Estimates::item_time(ClassNumber number, const std::string& suite) const {
  const Duration expected = expect(number, suite).item;
  const auto least = least_.find({number, suite});
  return least == least_.end() ? expected : std::max(expected, least->second);
}

Estimates::Expected Estimates::expect(std::optional<ClassNumber> number,
                                      const std::string& suite) const {
  const auto from = [](const Mean& of, Basis basis) {
    const std::int64_t mean = of.took / static_cast<std::int64_t>(of.items);
    return Expected{{std::max<std::int64_t>(1, mean)}, basis, of.items};
  };
  if (number) {
    const auto both = both_.find({*number, suite});
    if (both != both_.end()) return from(both->second, Basis::class_and_suite);
    const auto of_class = classes_.find(*number);
    if (of_class != classes_.end()) return from(of_class->second, Basis::model_class);
  }
  const auto of_suite = suites_.find(suite);
  if (of_suite != suites_.end()) return from(of_suite->second, Basis::suite);
  return {item_prior, Basis::prior, 0};
}

void Pace::ran(std::uint64_t items, Duration took, Duration expected) {
  items_ += items;
  took_ += took.microseconds;
  expected_ += expected.microseconds;
  while (items_ > items_of_pace) {
    items_ /= 2;
    took_ /= 2;
    expected_ /= 2;
  }
}

std::int64_t Pace::thousandths() const {
  if (expected_ == 0) return 1000;
  const Wide pace = static_cast<Wide>(took_) * 1000 / expected_;
  if (pace >= 667 && pace <= 1500) return 1000;
  return static_cast<std::int64_t>(std::clamp<Wide>(pace, 10, 1000000));
}

}  // namespace gwageo
