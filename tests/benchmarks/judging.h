// Makes models and targets for the tests of verdicts.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "benchmarks/target.h"
#include "benchmarks/verdict.h"
#include "tests/benchmarks/scoring.h"

namespace gwageo::judging {

/// `size` answers of which the first `right` are right.
inline std::vector<int> first_right(std::size_t right, std::size_t size) {
  std::vector<int> out(size, 0);
  std::fill_n(out.begin(), right, 1);
  return out;
}

/// One task on each of two axes, of weights 2 and 1.
inline Suite two_axes() {
  return scoring::suite(
      {{"korean", 2}, {"reasoning", 1}},
      {scoring::task("k", "korean", OutputType::generate_until, "exact_match"),
       scoring::task("r", "reasoning", OutputType::generate_until, "exact_match")});
}

/// So many right answers of `size` on either of the two axes.
inline Scorecard scored(std::size_t korean, std::size_t reasoning, std::size_t size) {
  return scoring::card(two_axes(), {first_right(korean, size), first_right(reasoning, size)});
}

inline JudgedModel model(std::string name, const Scorecard* scorecard) {
  return {std::move(name), {2026, 10, 1}, "executed", scorecard};
}

/// A target on suite `small` with these lines.
inline Target target(const std::string& lines) {
  const auto read = load_target("t.yaml", "target: t\nsuite: small\n" + lines);
  EXPECT_TRUE(read) << (read ? "" : read.error().message);
  return read.value();
}

inline bool says(const Verdict& verdict, std::string_view words) {
  return std::any_of(verdict.reasons.begin(), verdict.reasons.end(),
                     [&](const std::string& r) { return r.find(words) != std::string::npos; });
}

}  // namespace gwageo::judging
