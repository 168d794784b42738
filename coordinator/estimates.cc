#include "coordinator/estimates.h"

#include <algorithm>

namespace gwageo {
namespace {

constexpr std::uint64_t items_remembered = 1024;

}  // namespace

void Estimates::Mean::add(std::uint64_t more, Duration longer) {
  items += more;
  took += longer.microseconds;
  while (items > items_remembered) {
    items /= 2;
    took /= 2;
  }
}

void Estimates::ran(ClassNumber number, const std::string& suite, std::uint64_t items,
                    Duration took) {
  both_[{number, suite}].add(items, took);
  classes_[number].add(items, took);
  suites_[suite].add(items, took);
}

Duration Estimates::item_time(ClassNumber number, const std::string& suite) const {
  const auto mean = [](const Mean& of) {
    return Duration{std::max<std::int64_t>(1, of.took / static_cast<std::int64_t>(of.items))};
  };
  const auto both = both_.find({number, suite});
  if (both != both_.end()) return mean(both->second);
  const auto of_class = classes_.find(number);
  if (of_class != classes_.end()) return mean(of_class->second);
  const auto of_suite = suites_.find(suite);
  return of_suite != suites_.end() ? mean(of_suite->second) : item_prior;
}

Duration Estimates::loaded(ClassNumber number, Duration took) {
  const auto [it, is_first] = loads_.try_emplace(number, took);
  if (!is_first) it->second = {(it->second.microseconds * 3 + took.microseconds) / 4};
  return it->second;
}

}  // namespace gwageo
