#include "coordinator/load_costs.h"

namespace gwageo {

void LoadCosts::Recent::add(Duration took) {
  mean = mean ? Duration{(mean->microseconds * 3 + took.microseconds) / 4} : took;
}

void LoadCosts::loaded(NodeNumber node, ClassNumber number, Duration took) {
  Class& of = classes_[number];
  of.all.add(took);
  const auto [there, is_first] = of.there.try_emplace(node);
  if (is_first) {
    of.first.add(took);
  } else {
    of.again.add(took);
    there->second.add(took);
  }
}

void LoadCosts::lies_there(NodeNumber node, ClassNumber number, bool lies) {
  if (lies) {
    cached_.emplace(node, number);
  } else {
    cached_.erase({node, number});
  }
}

void LoadCosts::lose(NodeNumber node) {
  cached_.erase(cached_.lower_bound({node, 0}), cached_.lower_bound({node + 1, 0}));
  for (auto& [number, of] : classes_) of.there.erase(node);
}

Duration LoadCosts::expect(NodeNumber node, ClassNumber number) const {
  const auto known = classes_.find(number);
  const bool is_cached = cached_.contains({node, number});
  if (known == classes_.end()) return is_cached ? Duration{prior.microseconds / 2} : prior;
  const Class& of = known->second;
  const auto there = of.there.find(node);
  if (there == of.there.end() && is_cached) {
    return of.again.mean.value_or(Duration{of.all.mean->microseconds / 2});
  }
  if (there == of.there.end()) return of.first.mean.value_or(*of.all.mean);
  if (there->second.mean) return *there->second.mean;
  return of.again.mean.value_or(*of.all.mean);
}

Duration LoadCosts::expect(ClassNumber number) const {
  const auto known = classes_.find(number);
  return known == classes_.end() ? prior : *known->second.all.mean;
}

}  // namespace gwageo
