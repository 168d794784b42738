// WeightsCache: a node's folder of models, shared by all worker processes of the node.
//
//     DIR/models/HEX/     a whole model, by its digest (weights_entry.h); it comes by a rename, so
//                         what is there is whole and verified. `used`: touched at each use
//     DIR/partial/HEX/    one on its way; it counts with its full size
//     DIR/locks/HEX       shared: in use; exclusive: being fetched or removed
//     DIR/lock            held for a moment while it is decided what must go
//     DIR/readers/N       each lets one process read storage
//     DIR/trash/          what is being removed
//
// All locks are flock's: the kernel frees those of a process that was killed, and what it had
// fetched so far is resumed by the next who asks. The folder must be on a disk of the node. What of
// it somebody removes is made again; while it is read-only, what is there may still be used.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "worker/file_lock.h"
#include "worker/weights_entry.h"

namespace gwageo {

struct WeightsCacheOptions {
  std::string folder;
  std::uint64_t quota_bytes = 0;  ///< Of all models together, those on their way included.
  std::uint32_t readers = 2;      ///< Processes of this node that read storage at a time.
};

/// A whole model that stays where it is as long as this lives. A resource.
class WeightsLease {
 public:
  WeightsLease(std::string path, FileLock lock) : path_(std::move(path)), lock_(std::move(lock)) {}
  /// What an engine opens: a folder, or the model's one file.
  const std::string& path() const { return path_; }

 private:
  std::string path_;
  FileLock lock_;
};

/// Any thread; any number of processes on one folder, which should give the same quota. What the
/// system refuses of the folder itself is `io` unless another kind is named: see trouble().
class WeightsCache {
 public:
  /// Makes the folder where it is missing. bad_input, naming it, where it cannot be made or nothing
  /// can be written there.
  static Result<WeightsCache> open(const WeightsCacheOptions& options);

  /// A model that is there. not_found when it is not; unavailable while somebody fetches or removes
  /// it. Marks it as used now.
  Result<WeightsLease> lease(const Digest& model) const;
  /// The same to give away to other nodes, which is no use of it.
  Result<WeightsLease> lend(const Digest& model) const;

  /// Whether it is there.
  bool has(const Digest& model) const;

  /// The sole right to fetch a model. `unavailable` while others have it or use the model.
  Result<FileLock> claim(const Digest& model) const;
  /// What an earlier fetch left, verified; not_found when there is nothing of use. REQUIRES: claim,
  /// as all of the following.
  Result<std::unique_ptr<WeightsEntry>> resume(const Digest& model) const;
  /// An empty entry, after removing models that nobody uses, the least recently used first, until
  /// it fits quota and disk. bad_input when quota or disk are too small for it alone; unavailable,
  /// with what is in the way, when it does not fit now. Then nothing of it is left, and nothing was
  /// removed for it.
  Result<std::unique_ptr<WeightsEntry>> begin(const Digest& model, WeightsLayout layout) const;
  /// Whether a model of so many bytes would have room if nobody used `without` any more.
  bool would_fit(const Digest& model, std::uint64_t bytes, const Digest& without) const;
  /// Verifies that the entry is whole, makes it durable and moves it among the models. corrupt when
  /// it is another model; then it is removed.
  Status finish(const WeightsEntry& entry) const;
  /// Removes what a fetch has brought.
  void discard(const Digest& model) const;

  /// Removes a whole model that turned out to be damaged. False when somebody uses it.
  bool drop(const Digest& model) const;

  /// Opens a model that is there for giving away. REQUIRES: a lease.
  Result<std::unique_ptr<WeightsEntry>> open_whole(const Digest& model) const;
  /// What is there, ascending: what a worker could tell a scheduler that prefers it.
  std::vector<Digest> models() const;
  /// The right to read storage; `unavailable` while as many others have it as may.
  Result<FileLock> reader() const;

  /// An error of the folder itself as what it is for a model, which another node may hold: as
  /// `unavailable`, naming the cache and the next step. Others, of the model, stay as they are.
  Error trouble(Error error) const;

 private:
  explicit WeightsCache(WeightsCacheOptions options) : options_(std::move(options)) {}
  struct Held;
  Status make_parts() const;
  std::string at(const char* part, const Digest& model) const;
  Result<FileLock> lock(const std::string& path, LockKind kind) const;
  Result<WeightsLease> look_up(const Digest& model) const;
  std::vector<Held> held(const Digest& but) const;
  bool remove(const Held& held) const;
  bool take_away(const Held& held) const;
  Status check_ever_fits(const std::string& name, std::uint64_t bytes) const;
  Status make_room(const Digest& model, std::uint64_t bytes) const;

  WeightsCacheOptions options_;
};

}  // namespace gwageo
