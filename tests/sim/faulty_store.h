// A store whose process can die: what was not synced may be lost, from some batch on; a batch in
// progress may be lost or may have arrived.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "coordinator/store.h"
#include "tests/sim/random.h"

namespace gwageo::sim {

class FaultyStore final : public Store {
 public:
  Status write(const WriteBatch& batch, Sync sync) override;
  Status sync() override;
  Result<std::optional<std::string>> read(std::string_view key) const override;
  Status scan(std::string_view from, std::string_view to,
              const std::function<bool(std::string_view, std::string_view)>& visit) const override;
  Result<std::optional<std::pair<std::string, std::string>>> last(
      std::string_view from, std::string_view to) const override;
  Status copy_to(const std::string& path) const override;

  /// Where the process dies in its next write and the sync after it, which then fails.
  enum class Death {
    before_write,  ///< Nothing of the batch arrives.
    in_sync,       ///< What was not synced may arrive or not.
    after_sync,    ///< Everything is there, and nobody was told.
  };
  void die_in_next_write(Death death) { dying_ = death; }
  /// The process has died: a suffix of the unsynced batches is lost. Usable again afterwards.
  void crash(Random& random);

 private:
  using Undo = std::vector<std::pair<std::string, std::optional<std::string>>>;
  void apply(const WriteBatch& batch);

  std::map<std::string, std::string, std::less<>> rows_;
  std::vector<Undo> unsynced_;  ///< How to take each unsynced batch back, oldest first.
  std::optional<Death> dying_;
};

}  // namespace gwageo::sim
