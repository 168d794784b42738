// The coordinator's rows, read through its verb `rows`: an audit sees a running coordinator as it
// sees a folder.
#pragma once

#include "coordinator/store.h"
#include "ops/client.h"
#include "protocol/transparency/tile.h"

namespace gwageo {

/// A tile of the log that the coordinator publishes.
Result<std::string> published_tile(Client& client, const TileName& tile);

/// Read-only. Each read is a question to the coordinator; a long scan is many, between which it may
/// write. One thread, unlike other stores.
class RemoteStore final : public Store {
 public:
  /// The client outlives it.
  explicit RemoteStore(Client& client) : client_(client) {}

  Status write(const WriteBatch& batch, Sync sync) override;
  Status sync() override { return write({}, Sync::yes); }
  Result<std::optional<std::string>> read(std::string_view key) const override;
  Status scan(std::string_view from, std::string_view to,
              const std::function<bool(std::string_view key, std::string_view value)>& visit)
      const override;
  Result<std::optional<std::pair<std::string, std::string>>> last(
      std::string_view from, std::string_view to) const override;
  Status copy_to(const std::string& path) const override;

 private:
  Client& client_;
};

}  // namespace gwageo
