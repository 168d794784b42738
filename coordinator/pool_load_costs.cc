// What the pool learns of loads, and where models' files lie.
#include <utility>

#include "coordinator/pool.h"

namespace gwageo {
namespace {

bool loads_now(const Dispatcher& dispatcher, const PoolNode& node, ClassNumber number) {
  for (std::uint32_t slot = 0; slot < node.loaded_at.size(); ++slot) {
    const bool is_there = dispatcher.loaded(node.number, slot) == number;
    if (is_there && dispatcher.loads().is_loading({node.number, slot, 1})) return true;
  }
  return false;
}

}  // namespace

void Pool::set_cached(const Node& node, const Class& of) {
  load_costs_.lies_there(node.number, of.number, node.cached.contains(of.model));
  dispatcher_.set_load(of.number, node.number, load_costs_.expect(node.number, of.number));
}

void Pool::cached(WorkerId worker, const std::vector<Digest>& models) {
  Node& node = nodes_.at(worker);
  std::set<Digest> now(models.begin(), models.end());
  if (now == node.cached) return;
  const std::set<Digest> before = std::exchange(node.cached, std::move(now));
  for (const auto& [class_key, of] : classes_) {
    if (before.contains(of.model) == node.cached.contains(of.model)) continue;
    if (loads_now(dispatcher_, node, of.number)) load_costs_.fetched(node.number, of.number);
    set_cached(node, of);
  }
}

void Pool::loaded(Instant now, WorkerId worker, std::uint32_t slot, const Digest& class_key,
                  Duration took) {
  Node& node = nodes_.at(worker);
  node.loaded_at[slot] = now;
  const auto known = classes_.find(class_key);
  if (known == classes_.end()) return;
  const ClassNumber number = known->second.number;
  const std::vector<ClassNumber> others = load_costs_.loaded(node.number, number, took);
  for (const ClassNumber each : others) {
    dispatcher_.set_load(each, load_costs_.expect(each).load);
  }
  for (const auto& [at, each] : load_costs_.said_of(others)) {
    dispatcher_.set_load(each, at, load_costs_.expect(at, each));
  }
  dispatcher_.set_load(number, node.number, load_costs_.expect(node.number, number));
  const Block block{node.number, slot, known->second.gpus};
  if (dispatcher_.loaded(node.number, slot) == number) dispatcher_.ready(now, block, took);
  const auto failed = load_failed_.find(class_key);
  if (failed == load_failed_.end() || failed->second.empty()) return;
  if (failed->second.erase(worker) > 0) dispatcher_.bar(now, node.number, number, false);
  for (auto& [other, failure] : failed->second) {
    if (failure.is_away) failure.until = now;  // It is there again, so others look at once.
  }
  bar(now, class_key);
}

Duration Pool::load_time(const Digest& class_key) const {
  const std::optional<ClassNumber> number = class_number(class_key);
  return number ? dispatcher_.waiting().spec(*number).load : LoadCosts::unknown;
}

Duration Pool::load_time(const Digest& class_key, WorkerId worker) const {
  const Class& of = classes_.at(class_key);
  return dispatcher_.load_on({nodes_.at(worker).number, 0, of.gpus}, of.number);
}

ExpectedLoad Pool::expect_load(const ModelAdded& model) const {
  const std::optional<ClassNumber> number = class_number(model.class_key);
  return number ? load_costs_.expect(*number) : load_costs_.expect(load_prior(model));
}

}  // namespace gwageo
