#include "coordinator/cross_checks.h"

#include <algorithm>
#include <utility>

namespace gwageo {
namespace {

bool may_ask(const CheckItem& item, const Checker& worker) {
  if (!item.only.empty()) return item.only == worker.who.name;
  return !is_one_hand(item.kept.who, worker.who, worker.by_key) &&
         (!item.other || !is_one_hand(item.other->who, worker.who, worker.by_key));
}

}  // namespace

void CrossChecks::answered(const Digest& class_key, JobId job, const ChecksSet& shares,
                           std::vector<GivenAnswer> answers) {
  awaiting_.push_back({class_key, job, shares, std::move(answers)});
}

void CrossChecks::sealed(const ResultsRecorded& results, const Digest& leaf, Instant now,
                         bool by_key) {
  if (awaiting_.empty()) return;
  const GivenAnswer& first = awaiting_.front().answers.front();
  if (first.lease != results.lease || first.index != results.ranges.front().begin) return;
  const Awaiting drawn = std::move(awaiting_.front());
  awaiting_.pop_front();
  for (const GivenAnswer& answer : drawn.answers) {
    if (is_drawn(CheckKind::again, leaf, answer.index, drawn.shares.again)) {
      add(drawn.class_key, {drawn.job, answer, CheckKind::again, std::nullopt, {}, now, 0});
    }
    if (!is_drawn(CheckKind::known, leaf, answer.index, drawn.shares.known)) continue;
    const std::uint64_t draw = leaf.bytes[0] + answer.index;
    std::optional<CheckItem> item = known_for(drawn.class_key, {answer.who, by_key}, draw);
    if (!item) continue;
    item->since = now;
    add(drawn.class_key, *std::move(item));
  }
}

void CrossChecks::add(const Digest& class_key, CheckItem item) {
  if (waiting_.size() >= classes_max && !waiting_.contains(class_key)) {
    waiting_.erase(waiting_.begin());
  }
  std::deque<CheckItem>& all = waiting_[class_key];
  if (all.size() >= waiting_max) all.pop_front();
  all.push_back(std::move(item));
}

std::vector<CheckItem> CrossChecks::take(const Digest& class_key, const Checker& worker,
                                         std::uint64_t most, Instant now) {
  const auto found = waiting_.find(class_key);
  if (found == waiting_.end() || most == 0) return {};
  std::deque<CheckItem>& all = found->second;
  std::erase_if(all, [&](const CheckItem& item) { return item.since + dropped_after <= now; });
  std::vector<CheckItem> taken;
  const CheckItem* const first = first_for(class_key, worker);
  if (first != nullptr) {
    const JobId job = first->job;
    std::set<std::uint64_t> indexes;
    const auto fits = [&](const CheckItem& item) {
      return item.job == job && may_ask(item, worker) && !indexes.contains(item.kept.index);
    };
    bool is_late = first->since + patience <= now;
    for (const CheckItem& item : all) {
      if (indexes.size() < most && fits(item)) indexes.insert(item.kept.index);
    }
    if (is_late || indexes.size() >= std::min<std::uint64_t>(lease_items, most)) {
      std::set<std::uint64_t> left = std::exchange(indexes, {});
      std::erase_if(all, [&](CheckItem& item) {
        if (!left.contains(item.kept.index) || !fits(item)) return false;
        left.erase(item.kept.index);
        indexes.insert(item.kept.index);
        taken.push_back(item);
        return true;
      });
    }
  }
  if (all.empty()) waiting_.erase(found);
  std::sort(taken.begin(), taken.end(),
            [](const CheckItem& a, const CheckItem& b) { return a.kept.index < b.kept.index; });
  return taken;
}

std::vector<Digest> CrossChecks::overdue(Instant now) const {
  std::vector<Digest> classes;
  for (const auto& [class_key, items] : waiting_) {
    if (items.front().since + load_after <= now) classes.push_back(class_key);
  }
  return classes;
}

const CheckItem* CrossChecks::first_for(const Digest& class_key, const Checker& worker) const {
  const auto found = waiting_.find(class_key);
  if (found == waiting_.end()) return nullptr;
  for (const CheckItem& item : found->second) {
    if (may_ask(item, worker)) return &item;
  }
  return nullptr;
}

void CrossChecks::agreed(const Digest& class_key, const CheckItem& item, const GivenAnswer& given) {
  if (known_.size() >= classes_max && !known_.contains(class_key)) known_.erase(known_.begin());
  std::deque<Known>& all = known_[class_key];
  if (all.size() >= known_max) all.pop_front();
  all.push_back({item, {item.kept.who, given.who}});
  all.back().item.other = given;
  all.back().item.kind = CheckKind::known;
  all.back().item.tries = 0;
}

std::optional<CheckItem> CrossChecks::known_for(const Digest& class_key, const Checker& worker,
                                                std::uint64_t draw) {
  const auto found = known_.find(class_key);
  if (found == known_.end()) return std::nullopt;
  std::vector<Known*> open;
  for (Known& known : found->second) {
    const bool is_asked = std::any_of(
        known.asked.begin(), known.asked.end(),
        [&](const Answerer& before) { return is_one_hand(before, worker.who, worker.by_key); });
    // They may have agreed before workers were told apart by their keys.
    const CheckItem& item = known.item;
    const bool are_two = !is_one_hand(item.kept.who, item.other->who, worker.by_key);
    if (!is_asked && are_two) open.push_back(&known);
  }
  if (open.empty()) return std::nullopt;
  Known& chosen = *open[draw % open.size()];
  chosen.asked.insert(worker.who);
  CheckItem item = chosen.item;
  item.only = worker.who.name;
  return item;
}

void CrossChecks::forget(const std::string& worker) {
  for (auto& [class_key, all] : known_) {
    std::erase_if(all, [&](const Known& known) {
      return known.item.kept.who.name == worker || known.item.other->who.name == worker;
    });
  }
}

void CrossChecks::forget(JobId job) {
  for (auto& [class_key, all] : known_) {
    std::erase_if(all, [&](const Known& known) { return known.item.job == job; });
  }
  for (auto& [class_key, all] : waiting_) {
    std::erase_if(all, [&](const CheckItem& item) { return item.job == job; });
  }
  std::erase_if(waiting_, [](const auto& of_class) { return of_class.second.empty(); });
}

}  // namespace gwageo
