#include "worker/weights_plan.h"

#include <algorithm>
#include <tuple>

namespace gwageo {
namespace {

std::vector<WeightsStanding> in_order(std::vector<WeightsStanding> line) {
  std::ranges::sort(
      line, {}, [](const WeightsStanding& s) { return std::tuple(!s.whole, s.joined, s.node); });
  return line;
}

}  // namespace

std::optional<std::string> whom_to_follow(const std::vector<WeightsStanding>& line,
                                          const std::string& self,
                                          const std::set<std::string>& given_up) {
  std::optional<std::string> nearest;
  for (const WeightsStanding& each : in_order(line)) {
    if (each.node == self) break;
    if (!given_up.contains(each.node)) nearest = each.node;
  }
  return nearest;
}

std::vector<std::string> whom_to_ask(const std::vector<WeightsStanding>& line,
                                     const std::string& self,
                                     const std::set<std::string>& given_up) {
  std::vector<std::string> others;
  for (const WeightsStanding& each : in_order(line)) {
    if (each.node != self && !given_up.contains(each.node)) others.push_back(each.node);
  }
  return others;
}

}  // namespace gwageo
