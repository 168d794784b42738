// The store's reference behaviour. A scan goes over the map as it was when the scan began: the
// scan holds the map, and a write that meets a held map first copies it. Writes during a scan are
// rare, so nearly every write is in place.
#include <map>
#include <mutex>
#include <shared_mutex>

#include "coordinator/store.h"

namespace gwageo {
namespace {

using Map = std::map<std::string, std::string, std::less<>>;

class MemoryStore final : public Store {
 public:
  Status write(const WriteBatch& batch, Sync) override {
    const std::unique_lock lock(mutex_);
    if (map_.use_count() > 1) map_ = std::make_shared<Map>(*map_);
    for (const auto& [key, value] : batch.puts) map_->insert_or_assign(key, value);
    for (const std::string& key : batch.erasures) map_->erase(key);
    return {};
  }

  Status sync() override { return {}; }

  Result<std::optional<std::string>> read(std::string_view key) const override {
    const std::shared_lock lock(mutex_);
    const auto found = map_->find(key);
    if (found == map_->end()) return std::optional<std::string>();
    return std::optional<std::string>(found->second);
  }

  Status scan(std::string_view from, std::string_view to,
              const std::function<bool(std::string_view, std::string_view)>& visit) const override {
    const Held held(*this);
    for (auto entry = held.map().lower_bound(from); entry != held.map().end() && entry->first < to;
         ++entry) {
      if (!visit(entry->first, entry->second)) break;
    }
    return {};
  }

  Result<std::optional<std::pair<std::string, std::string>>> last(
      std::string_view from, std::string_view to) const override {
    using Entry = std::pair<std::string, std::string>;
    const std::shared_lock lock(mutex_);
    auto entry = map_->lower_bound(to);
    if (from >= to || entry == map_->begin()) return std::optional<Entry>();
    --entry;
    if (entry->first < from) return std::optional<Entry>();
    return std::optional<Entry>(*entry);
  }

  Status copy_to(const std::string& path) const override {
    return fail(ErrorKind::bad_input, path + ": a store in memory cannot be copied to a folder");
  }

 private:
  // The map as it is now, kept unchanged for a scan. Taken and given back under the lock, so that
  // the writer's look at the count is ordered with both.
  class Held {
   public:
    explicit Held(const MemoryStore& store) : store_(store) {
      const std::shared_lock lock(store_.mutex_);
      map_ = store_.map_;
    }
    ~Held() {
      const std::shared_lock lock(store_.mutex_);
      map_.reset();
    }
    Held(const Held&) = delete;
    Held& operator=(const Held&) = delete;
    const Map& map() const { return *map_; }

   private:
    const MemoryStore& store_;
    std::shared_ptr<const Map> map_;
  };

  mutable std::shared_mutex mutex_;
  // Shared with the scans under way.
  std::shared_ptr<Map> map_ = std::make_shared<Map>();
};

}  // namespace

std::unique_ptr<Store> new_memory_store() { return std::make_unique<MemoryStore>(); }

}  // namespace gwageo
