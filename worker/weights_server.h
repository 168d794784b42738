// WeightsServer: gives pieces of what this process fetches, and of what lies in its node's cache,
// to nodes that stand in the line for the model.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "worker/weights_cache.h"
#include "worker/weights_directory.h"
#include "worker/weights_link.h"
#include "worker/weights_socket.h"

namespace gwageo {

/// Connections at a time; more are closed at once.
inline constexpr std::size_t weights_links_max = 64;

/// What a node has moved so far, in bytes but for the last.
struct WeightsCounts {
  std::uint64_t storage = 0;   ///< Read from storage.
  std::uint64_t received = 0;  ///< Taken from other nodes, and right.
  std::uint64_t sent = 0;      ///< Given to other nodes.
  std::uint64_t refused = 0;   ///< Pieces of other nodes that were not right.
};
struct AtomicWeightsCounts {
  std::atomic<std::uint64_t> storage{0};
  std::atomic<std::uint64_t> received{0};
  std::atomic<std::uint64_t> sent{0};
  std::atomic<std::uint64_t> refused{0};
};

/// What this process fetches, for those who follow it. Any thread.
class WeightsShelf {
 public:
  /// It will be fetched: who asks is told to wait.
  void expect(const Digest& model);
  /// Its pieces come here. A shared_ptr: a connection may read from it until after the fetch.
  void put(const Digest& model, std::shared_ptr<WeightsEntry> entry);
  /// It is over, well or not; the entry is closed.
  void remove(const Digest& model);
  /// Whether it is fetched; the entry once there is one. Waits for that up to `at_most`.
  struct Found {
    bool expected = false;
    std::shared_ptr<WeightsEntry> entry;
  };
  Found find(const Digest& model, Duration at_most) const;

 private:
  mutable std::mutex mutex_;  ///< Guards the entries.
  mutable std::condition_variable changed_;
  std::map<Digest, std::shared_ptr<WeightsEntry>> entries_;
};

class WeightsServer {
 public:
  /// All outlive it. `rate`: bytes a second that each connection may carry, 0 for any.
  WeightsServer(WeightsListener listener, const KeyPair& key, const WeightsCache& cache,
                const WeightsShelf& shelf, WeightsDirectory& directory, std::uint64_t rate,
                AtomicWeightsCounts& counts);
  /// Ends all connections.
  ~WeightsServer();
  WeightsServer(const WeightsServer&) = delete;
  WeightsServer& operator=(const WeightsServer&) = delete;

 private:
  struct Connection {
    std::thread thread;
    std::atomic<bool> ended{false};
  };
  struct Given;
  void accept_all();
  void reap();
  Status serve(WeightsSocket& socket);
  Status answer(WeightsSocket& socket, const Digest& model, WeightsWish& wish);
  Result<Given> wait_for(WeightsSocket& socket, const Digest& model);
  Status give_piece(WeightsSocket& socket, const WeightsEntry& entry, std::uint32_t index,
                    bool vouched, SendRate& rate);

  WeightsListener listener_;
  const KeyPair& key_;
  const WeightsCache& cache_;
  const WeightsShelf& shelf_;
  WeightsDirectory& directory_;
  const std::uint64_t rate_;
  AtomicWeightsCounts& counts_;
  std::atomic<bool> stop_{false};
  std::list<Connection> connections_;  // The accepting thread's own.
  std::thread thread_;                 // Last: it uses the rest.
};

}  // namespace gwageo
