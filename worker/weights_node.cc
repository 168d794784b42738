#include "worker/weights_node.h"

#include <chrono>
#include <thread>
#include <utility>

namespace gwageo {
namespace {

constexpr auto peers_looked_at_every = std::chrono::milliseconds(20);

}  // namespace

bool has_weights(const std::string& engine) { return engine == "builtin" || engine == "process"; }

WeightsNode::WeightsNode(WeightsNodeOptions options, WeightsCache cache, const KeyPair& key,
                         WeightsDirectory* directory, Log& log)
    : options_(std::move(options)),
      cache_(std::move(cache)),
      key_(key),
      directory_(directory),
      log_(log) {
  self_.node = to_hex(Digest{key_.verifying.bytes}).substr(0, 32);
  self_.key = key_.verifying;
}

Result<std::unique_ptr<WeightsNode>> WeightsNode::open(const WeightsNodeOptions& options,
                                                       WeightsDirectory* directory, Log& log) {
  GWAGEO_ASSIGN(cache, WeightsCache::open(options.cache));
  GWAGEO_ASSIGN(key, generate_key_pair());
  std::unique_ptr<WeightsNode> node(
      new WeightsNode(options, std::move(cache), key, directory, log));
  if (directory != nullptr) GWAGEO_TRY(node->serve());
  return node;
}

// Others may have what lies here from the start.
Status WeightsNode::serve() {
  GWAGEO_ASSIGN(listener, WeightsListener::open(options_.listen));
  self_.endpoint = listener.endpoint;
  server_ = std::make_unique<WeightsServer>(std::move(listener), key_, cache_, shelf_, *directory_,
                                            options_.rate, counts_);
  WeightsMember whole = self_;
  whole.whole = true;
  for (const Digest& model : cached()) GWAGEO_TRY(directory_->join(model, whole));
  return {};
}

WeightsNode::~WeightsNode() {
  stop_ = true;
  if (directory_ == nullptr) return;
  // A line that cannot be left is left by those who find nobody here.
  for (const Digest& model : cached()) static_cast<void>(directory_->leave(model, self_.node));
}

WeightsCounts WeightsNode::counts() const {
  return {counts_.storage.load(), counts_.received.load(), counts_.sent.load(),
          counts_.refused.load()};
}

Result<WeightsLease> WeightsNode::obtain(const ModelSpec& spec) {
  while (!stop_.load()) {
    Result<WeightsLease> lease = cache_.lease(spec.digest);
    if (lease) return lease;
    const ErrorKind kind = lease.error().kind;
    if (kind != ErrorKind::not_found && kind != ErrorKind::unavailable) {
      return fail("model " + spec.name, cache_.trouble(lease.error()));
    }
    Result<FileLock> claim = cache_.claim(spec.digest);
    if (!claim && claim.error().kind != ErrorKind::unavailable) {
      return fail("model " + spec.name, cache_.trouble(claim.error()));
    }
    if (!claim) {
      std::this_thread::sleep_for(peers_looked_at_every);  // Somebody of this node fetches it.
    } else if (!cache_.has(spec.digest)) {
      const Status fetched = fetch(spec, *std::move(claim));
      if (!fetched) {
        return fail("model " + spec.name + " from " + spec.path + " for the weights cache",
                    fetched.error());
      }
    }
  }
  return fail(ErrorKind::unavailable, "asked to stop before model " + spec.name + " was there");
}

void WeightsNode::note_reader(const Digest& model, bool begins) {
  const std::lock_guard lock(readers_mutex_);
  int& readers = readers_[model];
  readers += begins ? 1 : -1;
  if (readers == 0) readers_.erase(model);
}

bool WeightsNode::is_in_the_way(const Digest& model, const ModelSpec& spec) const {
  {
    const std::lock_guard lock(readers_mutex_);
    const auto readers = readers_.find(model);
    if (readers != readers_.end() && readers->second > 1) return false;  // Others keep it there.
  }
  const Result<WeightsLayout> layout = layout_at(spec.path, options_.piece_bytes);
  return layout && !cache_.would_fit(spec.digest, layout->bytes(), spec.digest) &&
         cache_.would_fit(spec.digest, layout->bytes(), model);
}

Status WeightsNode::fetch(const ModelSpec& spec, FileLock claim) {
  const WeightsCounts before = counts();
  std::optional<FileLock> claimed(std::move(claim));
  WeightsFetch fetch(
      {cache_, shelf_, directory_, key_, self_, options_.piece_bytes, counts_, log_, stop_}, spec);
  const Status fetched = fetch.run();
  // The claim first: until the fetch is off the shelf, others are served from it, and from then on
  // from the cache.
  claimed.reset();
  if (!fetched) return fetched;
  const WeightsCounts now = counts();
  log_.write(LogLevel::info, "weights are in the cache",
             {{"model", spec.name},
              {"from_storage", std::to_string(now.storage - before.storage)},
              {"from_nodes", std::to_string(now.received - before.received)}});
  return {};
}

void WeightsNode::distrust(const Digest& model) {
  if (!cache_.drop(model)) return;
  if (directory_ != nullptr) static_cast<void>(directory_->leave(model, self_.node));
  log_.write(LogLevel::error, "a model in the weights cache was damaged and is fetched again",
             {{"digest", to_hex(model)}});
}

}  // namespace gwageo
