// Where a class would not load: who tries again, and when.
#include <algorithm>
#include <utility>

#include "coordinator/pool.h"
#include "protocol/check.h"

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
// Or longer where tries are long, or many models are away, up to this.
constexpr Duration away_rest_at_most = seconds(600);
// A class that could have been tried again so long ago is one that nobody waits for.
constexpr Duration away_forgotten_after = seconds(60);

// How many classes are away for the worker, and tried now and then.
std::int64_t count_away(const PoolLoadFailures& failures, WorkerId worker, Instant now) {
  return std::count_if(failures.begin(), failures.end(), [&](const auto& each) {
    const auto failed = each.second.find(worker);
    return failed != each.second.end() && failed->second.is_away && failed->second.has_failed() &&
           now < failed->second.until + away_forgotten_after;
  });
}

}  // namespace

void Pool::ready(Instant now, const Block& block) {
  const bool was_loading = dispatcher_.loads().is_loading(block);
  dispatcher_.ready(now, block);
  if (was_loading && !load_failed_.empty()) bar_again(now);
}

void Pool::load_failed(Instant now, WorkerId worker, const Digest& class_key, std::string why,
                       std::optional<Duration> away) {
  if (!classes_.contains(class_key)) return;
  const bool is_away = away.has_value();
  PoolLoadFailure& failure = load_failed_[class_key][worker];
  failure.why = std::move(why);
  if (failure.is_away != is_away) failure.times = 0;
  failure.is_away = is_away;
  const Duration first = is_away ? away_again_after : load_again_after;
  const Duration most = is_away ? away_again_at_most : load_again_at_most;
  failure.until = now + std::min(first * (1 << std::min(failure.times, 8U)), most);
  ++failure.times;
  if (is_away) {
    // k classes, each of which is tried for t and then rests for (2 k - 1) t, take t / (2 k t) of
    // the time each, and half of it together.
    const Duration rest = *away * (2 * count_away(load_failed_, worker, now) - 1);
    failure.until = std::max(failure.until, now + std::min(rest, away_rest_at_most));
  }
  bar(now, class_key);
}

// Of a model that somebody else's server has nobody knows whether it is there: where no slot of the
// worker serves it yet, one looks first.
void Pool::begin_load(Instant now, const Block& block) {
  const std::optional<ClassNumber> number = dispatcher_.loaded(block.node, block.first);
  const auto begun = std::find_if(classes_.begin(), classes_.end(),
                                  [&](const auto& each) { return each.second.number == number; });
  GWAGEO_CHECK(begun != classes_.end());
  if (!begun->second.elsewhere) return;
  bool is_served = false;
  dispatcher_.placement().for_each_block(block.node, block.width, [&](const Block& other) {
    is_served |= dispatcher_.loaded(other.node, other.first) == number &&
                 !dispatcher_.loads().is_loading(other);
  });
  const PoolLoadFailure first{"", true, 0, now};
  if (!is_served) load_failed_[begun->first].try_emplace(workers_.at(block.node), first);
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
    if (!could_serve(node.second, known->second)) return false;
    if (failed == load_failed_.end()) return true;
    const auto here = failed->second.find(node.first);
    return here == failed->second.end() || !here->second.has_failed();
  });
}

bool Pool::is_any_idle(const Class& of, const std::map<WorkerId, PoolLoadFailure>& failed) const {
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
  std::map<WorkerId, PoolLoadFailure>& failed = load_failed_[class_key];
  const bool others = has_untried(class_key);
  for (auto& [worker, failure] : failed) {
    if (failure.has_failed() && others && failure.until <= now && is_any_idle(of, failed)) {
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
