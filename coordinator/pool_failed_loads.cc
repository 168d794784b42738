// Where a class would not load: who tries again, and when.
#include <algorithm>
#include <utility>

#include "coordinator/pool.h"

namespace gwageo {
namespace {

// While all others are busy, a worker on which a class would not load tries again after this time,
// twice as long after each further failure.
constexpr Duration load_again_after = seconds(30);
constexpr Duration load_again_at_most = seconds(300);
// The same where the model's server is away, or its weights have no room: whether others are busy
// or not, so that other work goes on meanwhile.
constexpr Duration away_again_after = seconds(5);
constexpr Duration away_again_at_most = seconds(40);

}  // namespace

void Pool::ready(Instant now, const Block& block) {
  const bool was_loading = dispatcher_.loads().is_loading(block);
  dispatcher_.ready(now, block);
  if (was_loading && !load_failed_.empty()) bar_again(now);
}

void Pool::load_failed(Instant now, WorkerId worker, const Digest& class_key, std::string why,
                       bool is_away) {
  if (!classes_.contains(class_key)) return;
  LoadFailure& failure = load_failed_[class_key][worker];
  failure.why = std::move(why);
  if (failure.is_away != is_away) failure.times = 0;
  failure.is_away = is_away;
  const Duration first = is_away ? away_again_after : load_again_after;
  const Duration most = is_away ? away_again_at_most : load_again_at_most;
  failure.until = now + std::min(first * (1 << std::min(failure.times, 8U)), most);
  ++failure.times;
  bar(now, class_key);
}

std::map<WorkerId, std::string> Pool::load_errors(const Digest& class_key) const {
  const auto failed = load_failed_.find(class_key);
  if (failed == load_failed_.end()) return {};
  std::map<WorkerId, std::string> errors;
  for (const auto& [worker, failure] : failed->second) errors.emplace(worker, failure.why);
  return errors;
}

bool Pool::could_serve(const Node& node, const Class& of) const {
  return node.is_open && node.meets(of.requirement) &&
         dispatcher_.placement().sound_blocks(node.number, of.gpus) > 0;
}

bool Pool::has_untried(const Digest& class_key) const {
  const auto known = classes_.find(class_key);
  if (known == classes_.end()) return false;
  const auto failed = load_failed_.find(class_key);
  return std::any_of(nodes_.begin(), nodes_.end(), [&](const auto& node) {
    const bool has_failed = failed != load_failed_.end() && failed->second.contains(node.first);
    return !has_failed && could_serve(node.second, known->second);
  });
}

bool Pool::is_any_idle(const Class& of, const std::map<WorkerId, LoadFailure>& failed) const {
  bool is_idle = false;
  for (const auto& [worker, node] : nodes_) {
    if (failed.contains(worker) || !could_serve(node, of)) continue;
    dispatcher_.placement().for_each_block(node.number, of.gpus, [&](const Block& block) {
      is_idle = is_idle || dispatcher_.placement().idle(block);
    });
  }
  return is_idle;
}

void Pool::bar(Instant now, const Digest& class_key) {
  const Class& of = classes_.at(class_key);
  std::map<WorkerId, LoadFailure>& failed = load_failed_[class_key];
  const bool others = has_untried(class_key);
  for (auto& [worker, failure] : failed) {
    if (others && failure.until <= now && is_any_idle(of, failed)) {
      failure.until = now + load_again_after;
    }
    const NodeNumber number = nodes_.at(worker).number;
    const bool is_tried = failure.is_away && is_loading_at(number, of);
    const bool waits = (others || failure.is_away) && now < failure.until;
    dispatcher_.bar(now, number, of.number, waits || is_tried);
    if (waits && (!try_again_at_ || failure.until < *try_again_at_)) {
      try_again_at_ = failure.until;
    }
  }
  if (!crowded_.contains(class_key)) return;
  for (const auto& [worker, node] : nodes_) {
    if (!node.meets(of.requirement)) dispatcher_.bar(now, node.number, of.number, true);
  }
}

bool Pool::is_loading_at(NodeNumber node, const Class& of) const {
  bool is_loading = false;
  dispatcher_.placement().for_each_block(node, of.gpus, [&](const Block& block) {
    is_loading = is_loading || (dispatcher_.loads().is_loading(block) &&
                                dispatcher_.loaded(node, block.first) == of.number);
  });
  return is_loading;
}

void Pool::bar_again(Instant now) {
  try_again_at_.reset();
  for (const auto& [class_key, failed] : load_failed_) {
    if (!failed.empty()) bar(now, class_key);
  }
  for (const Digest& class_key : crowded_) bar(now, class_key);
}

}  // namespace gwageo
