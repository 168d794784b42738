#include "tests/sim/faulty_store.h"

#include <iterator>
#include <utility>

namespace gwageo::sim {

void FaultyStore::apply(const WriteBatch& batch) {
  Undo undo;
  const auto remember = [&](const std::string& key) {
    const auto it = rows_.find(key);
    undo.emplace_back(key, it == rows_.end() ? std::nullopt : std::optional(it->second));
  };
  for (const auto& [key, value] : batch.puts) {
    remember(key);
    rows_[key] = value;
  }
  for (const std::string& key : batch.erasures) {
    remember(key);
    rows_.erase(key);
  }
  unsynced_.push_back(std::move(undo));
}

Status FaultyStore::write(const WriteBatch& batch, Sync sync) {
  if (dying_ == Death::before_write) {
    dying_.reset();
    return fail(ErrorKind::io, "the process dies in a write");
  }
  apply(batch);
  return sync == Sync::yes ? this->sync() : Status{};
}

Status FaultyStore::sync() {
  const std::optional<Death> death = std::exchange(dying_, std::nullopt);
  if (death != Death::in_sync) unsynced_.clear();
  if (!death) return {};
  return fail(ErrorKind::io, "the process dies in a sync");
}

void FaultyStore::crash(Random& random) {
  std::size_t keep = unsynced_.empty() ? 0 : random.below(unsynced_.size() + 1);
  while (unsynced_.size() > keep) {
    Undo& undo = unsynced_.back();
    for (auto it = undo.rbegin(); it != undo.rend(); ++it) {
      if (it->second) {
        rows_[it->first] = *it->second;
      } else {
        rows_.erase(it->first);
      }
    }
    unsynced_.pop_back();
  }
  unsynced_.clear();
  dying_.reset();
}

Result<std::optional<std::string>> FaultyStore::read(std::string_view key) const {
  const auto it = rows_.find(key);
  return it == rows_.end() ? std::nullopt : std::optional(it->second);
}

Status FaultyStore::scan(
    std::string_view from, std::string_view to,
    const std::function<bool(std::string_view, std::string_view)>& visit) const {
  const auto end = rows_.lower_bound(to);
  for (auto it = rows_.lower_bound(from); it != end; ++it) {
    if (!visit(it->first, it->second)) break;
  }
  return {};
}

Result<std::optional<std::pair<std::string, std::string>>> FaultyStore::last(
    std::string_view from, std::string_view to) const {
  const auto end = rows_.lower_bound(to);
  if (end == rows_.begin()) return std::nullopt;
  const auto it = std::prev(end);
  if (it->first < from) return std::nullopt;
  return std::pair<std::string, std::string>(*it);
}

Status FaultyStore::copy_to(const std::string&) const {
  return fail(ErrorKind::bad_input, "a simulated store is not copied");
}

}  // namespace gwageo::sim
