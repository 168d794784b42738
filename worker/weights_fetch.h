// WeightsFetch: one model on its way into a node's cache, from other nodes where the plan says so
// (weights_plan.h) and from storage where nobody has it.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "protocol/log.h"
#include "protocol/model_spec.h"
#include "worker/weights_link.h"
#include "worker/weights_server.h"

namespace gwageo {

/// Tries with one node before it is given up, except where it gave something wrong.
inline constexpr int weights_tries_max = 2;

/// What a fetch works with. All outlive it.
struct WeightsRoom {
  const WeightsCache& cache;
  WeightsShelf& shelf;
  WeightsDirectory* directory = nullptr;  ///< None: from storage only.
  const KeyPair& key;
  WeightsMember self;  ///< How others find us.
  std::uint32_t piece_bytes = weights_piece_bytes;
  AtomicWeightsCounts& counts;
  Log& log;
  const std::atomic<bool>& stop;
};

/// One thread, one model. REQUIRES: the claim of the model.
class WeightsFetch {
 public:
  WeightsFetch(const WeightsRoom& room, const ModelSpec& spec) : room_(room), spec_(spec) {}
  ~WeightsFetch();
  WeightsFetch(const WeightsFetch&) = delete;
  WeightsFetch& operator=(const WeightsFetch&) = delete;

  /// Until the model is whole in the cache, or: corrupt when the files in storage are another
  /// model; the error of storage, or of the cache as its trouble(); unavailable when asked to stop.
  /// What was fetched is kept for the next try, except with corrupt.
  Status run();

 private:
  Status fetch(bool alone);
  Status join(bool whole);
  std::vector<WeightsMember> line();
  Status from_line();
  Status take_from(const WeightsMember& giver, WeightsAsk what);
  Status take_layout(const std::string& bytes);
  Status take_piece(const WeightsMember& giver, const WeightsNews& news);
  Result<bool> is_reader(const VerifyingKey& key, const WeightsMember& giver);
  void blame(const WeightsMember& giver, const Error& error);
  Status ask_everybody(const std::vector<WeightsMember>& members);
  Status from_storage();
  Status begin(WeightsLayout layout);
  Status own(Status of_cache);
  Status read_missing(FileLock reader);
  Result<FileLock> wait_to_read();

  WeightsRoom room_;
  const ModelSpec& spec_;
  std::shared_ptr<WeightsEntry> entry_;  // Shared with connections that give from it.
  bool in_line_ = false;
  std::optional<Error> own_trouble_;  // Of our cache.
  std::map<std::string, int> tries_;
  std::set<std::string> given_up_;
  std::set<VerifyingKey> readers_;
};

/// How the files of the model at `path` fall into pieces. Errors name path and file.
Result<WeightsLayout> layout_at(const std::string& path, std::uint32_t piece_bytes);

}  // namespace gwageo
