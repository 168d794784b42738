// Store: an ordered map of byte strings with atomic, synced batches. The coordinator's only memory.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "protocol/result.h"

namespace gwageo {

/// Puts and erasures that happen together or not at all. A later entry for a key wins.
struct WriteBatch {
  std::vector<std::pair<std::string, std::string>> puts;
  std::vector<std::string> erasures;
  bool empty() const { return puts.empty() && erasures.empty(); }
};

enum class Sync : bool { no = false, yes = true };

/// Thread rule: any thread may read and write at any time; readers see whole batches only, durable
/// or not. A sync makes every batch before it durable, whoever wrote it.
class Store {
 public:
  virtual ~Store() = default;

  /// Applies the batch. With Sync::yes it has reached stable storage when this returns; with
  /// Sync::no it is on its way there, and `sync` waits for it. After any failure of either the
  /// store is in an unknown state and takes no further write: the owner must end the process and
  /// recover (a failed sync is never retried).
  virtual Status write(const WriteBatch& batch, Sync sync) = 0;
  /// Everything that was written before has reached stable storage when this returns.
  virtual Status sync() = 0;

  /// The value of `key`, or nothing. corrupt or io when it cannot be read.
  virtual Result<std::optional<std::string>> read(std::string_view key) const = 0;

  /// Calls `visit(key, value)` for keys in [from, to) in byte order until it returns false. A
  /// damaged block is an error after the visits before it, never a short scan.
  virtual Status scan(
      std::string_view from, std::string_view to,
      const std::function<bool(std::string_view key, std::string_view value)>& visit) const = 0;

  /// The last key in [from, to) and its value, or nothing.
  virtual Result<std::optional<std::pair<std::string, std::string>>> last(
      std::string_view from, std::string_view to) const = 0;

  /// Writes a consistent copy of everything into the new folder `path`, on the same machine.
  virtual Status copy_to(const std::string& path) const = 0;
};

/// The reference behaviour, in memory. `copy_to` is refused.
std::unique_ptr<Store> new_memory_store();

}  // namespace gwageo
