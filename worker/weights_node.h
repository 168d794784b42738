// WeightsNode: what a worker process does about weights. Its slots ask it for models; it finds them
// in the node's cache, waits for another process of the node that fetches them, or fetches them,
// and gives to other nodes what it has.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "protocol/log.h"
#include "protocol/model_spec.h"
#include "worker/weights_fetch.h"

namespace gwageo {

struct WeightsNodeOptions {
  WeightsCacheOptions cache;
  std::string listen;      ///< HOST or HOST:PORT that other nodes reach; with a directory.
  std::uint64_t rate = 0;  ///< Bytes a second to each other node; 0: as fast as it goes.
  std::uint32_t piece_bytes = weights_piece_bytes;
};

/// Whether a model of that engine is files that the node's cache can hold for it.
bool has_weights(const std::string& engine);

/// Any thread.
class WeightsNode {
 public:
  /// `directory` (none: this node alone) and `log` outlive it. Errors name the folder or the
  /// address.
  static Result<std::unique_ptr<WeightsNode>> open(const WeightsNodeOptions& options,
                                                   WeightsDirectory* directory, Log& log);
  /// Leaves every line, ends fetches in progress and connections.
  ~WeightsNode();
  WeightsNode(const WeightsNode&) = delete;
  WeightsNode& operator=(const WeightsNode&) = delete;

  /// The model of that digest in the node's cache, verified, fetched where it was not there. Blocks
  /// for as long as that takes. Errors name the model and what is in the way, which is unavailable
  /// where it is the cache's own; after any of them a later try goes on with what has come.
  Result<WeightsLease> obtain(const ModelSpec& spec);
  /// Whether `spec`, which is not there, has no room, and would have if one slot of this process
  /// did not read `model` any more.
  bool is_in_the_way(const Digest& model, const ModelSpec& spec) const;
  /// One more slot of this process reads the model, or one less.
  void note_reader(const Digest& model, bool begins);
  /// An engine found the model's files to be something else: they are fetched anew next time.
  /// REQUIRES: the lease was given back.
  void distrust(const Digest& model);
  /// Ends fetches; `obtain` fails from here on.
  void stop() { stop_ = true; }

  /// The models in the node's cache, ascending: what an agent could report.
  std::vector<Digest> cached() const { return cache_.models(); }
  WeightsCounts counts() const;
  /// How others know this process.
  const WeightsMember& self() const { return self_; }

 private:
  WeightsNode(WeightsNodeOptions options, WeightsCache cache, const KeyPair& key,
              WeightsDirectory* directory, Log& log);
  Status serve();
  Status fetch(const ModelSpec& spec, FileLock claim);

  const WeightsNodeOptions options_;
  const WeightsCache cache_;
  const KeyPair key_;
  WeightsDirectory* const directory_;
  Log& log_;
  WeightsMember self_;
  std::atomic<bool> stop_{false};
  AtomicWeightsCounts counts_;
  mutable std::mutex readers_mutex_;
  std::map<Digest, int> readers_;
  WeightsShelf shelf_;
  std::unique_ptr<WeightsServer> server_;  // Last: its threads use the rest.
};

}  // namespace gwageo
