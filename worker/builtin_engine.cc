#include "worker/builtin_engine.h"

#include <algorithm>
#include <utility>

#include "protocol/check.h"
#include "worker/engine_support.h"
#include "worker/model_check.h"
#include "worker/model_files.h"
#include "worker/model_parts.h"

namespace gwageo {
namespace {

constexpr std::size_t prefix_bytes_max = std::size_t{64} << 20;

}  // namespace

// A sequence in the batch, and what it does in the step at hand.
struct BuiltinEngine::Active {
  std::uint64_t token;
  Sequence sequence;
  PrefixCache::Node node = 0;  // The block of the tree that its cache has reached,
  bool follows_tree = true;    // as long as it reads or computes whole blocks of its prompt.
  std::vector<PrefixCache::Node> announced = {};
  Piece piece = {};
  std::vector<std::uint32_t> targets = {};
  std::vector<TokenJudgement> judgements = {};
};

// The pieces that one thread feeds through the model.
struct BuiltinEngine::Share {
  std::size_t workspace = 0;
  std::vector<Active*> members;
};

BuiltinEngine::BuiltinEngine(const EngineRoom& room)
    : room_(room), pool_(room.make_device ? 1 : room.threads) {}
BuiltinEngine::~BuiltinEngine() = default;

Status BuiltinEngine::load(const ModelSpec& spec) {
  GWAGEO_CHECK(!model_);
  GWAGEO_TRY(expect_options(spec, {"batch", "step_tokens", "shared_prefixes"}));
  GWAGEO_ASSIGN(batch, count_option(spec, "batch", batch_, 1, 4096));
  GWAGEO_ASSIGN(step_tokens, count_option(spec, "step_tokens", step_tokens_, 1, 1 << 20));
  GWAGEO_ASSIGN(shared, count_option(spec, "shared_prefixes", 1, 0, 1));
  GWAGEO_TRY(check_model(spec.path));
  GWAGEO_ASSIGN(files, list_model_files(spec.path));
  if (digest_of(files) != spec.digest) {
    return fail(ErrorKind::corrupt, spec.path + ": the files have the model digest " +
                                        to_hex(digest_of(files)) + ", not " + to_hex(spec.digest) +
                                        " of model " + spec.name);
  }
  GWAGEO_ASSIGN(parts, open_model(spec.path, files));
  if (room_.make_device) {
    GWAGEO_ASSIGN(made, room_.make_device(room_.slot));
    device_ = std::move(made.device);
    device_description_ = std::move(made.description);
  } else {
    device_ = make_cpu_device();
  }
  GWAGEO_ASSIGN(model, Llama::load(parts.config, std::move(parts.weights), *device_));
  batch_ = batch;
  step_tokens_ = step_tokens;
  shares_prefixes_ = shared == 1;
  vocabulary_ = std::move(parts.vocabulary);
  model_.emplace(std::move(model));
  prefixes_.emplace(std::max<std::size_t>(1, prefix_bytes_max / model_->cache_block_bytes()));
  for (std::size_t i = 0; i < pool_.size(); ++i) workspaces_.emplace_back(*device_);
  return {};
}

Json BuiltinEngine::findings() const {
  Json out = Json::object();
  if (!device_description_.empty()) out["device"] = device_description_;
  return out;
}

void BuiltinEngine::start(Call call) {
  GWAGEO_CHECK(model_.has_value());
  waiting_.push_back(std::move(call));
}

std::vector<Completion> BuiltinEngine::step() {
  admit();
  const std::size_t planned = plan_all();
  std::vector<Share> shares(pool_.size());
  std::size_t dealt = 0;
  for (const auto& active : active_) {
    if (active->piece.tokens.empty()) continue;
    shares[dealt * shares.size() / planned].members.push_back(active.get());
    dealt += active->piece.tokens.size();
  }
  for (std::size_t i = 0; i < shares.size(); ++i) shares[i].workspace = i;
  pool_.run(shares.size(), [&](std::size_t i) { run_share(shares[i]); });
  if (planned > 0) {
    if (const Status status = device_->status(); !status) return fail_all(status.error().message);
  }
  for (const auto& active : active_) collect(*active);
  std::erase_if(active_, [](const auto& active) { return active->sequence.finished(); });
  if (prefixes_) prefixes_->trim();
  return std::exchange(finished_, {});
}

// Decides what to feed in this step; returns the tokens of all pieces. A sequence that generates
// gets its one token; prompts get the rest, the oldest first and in long runs.
std::size_t BuiltinEngine::plan_all() {
  const auto is_short = [](const auto& active) { return active->sequence.ahead().size() == 1; };
  auto reserved = static_cast<std::size_t>(std::ranges::count_if(active_, is_short));
  std::size_t planned = 0;
  for (const auto& active : active_) {
    if (planned == step_tokens_) break;
    const std::size_t left = step_tokens_ - planned;
    std::size_t tokens = left > reserved ? left - reserved : 0;
    if (is_short(active)) {
      tokens = 1;
      --reserved;
    }
    if (tokens > 0 && plan(*active, tokens, planned > 0)) planned += active->piece.tokens.size();
  }
  return planned;
}

void BuiltinEngine::admit() {
  while (active_.size() < batch_ && !waiting_.empty()) {
    Call call = std::move(waiting_.front());
    waiting_.pop_front();
    Sequence sequence(std::move(call.request), *vocabulary_,
                      model_->config().max_position_embeddings);
    if (sequence.finished()) {
      finished_.push_back({call.token, sequence.response()});
      continue;
    }
    active_.push_back(std::make_unique<Active>(Active{call.token, std::move(sequence)}));
    active_.back()->follows_tree = shares_prefixes_;
  }
}

// Takes over the blocks that others have computed for the same tokens.
void BuiltinEngine::adopt_blocks(Active& active) {
  Cache& cache = active.sequence.cache();
  while (active.follows_tree && active.sequence.unjudged_ahead() >= cache_block_positions) {
    const auto tokens = active.sequence.ahead().first(cache_block_positions);
    const PrefixCache::Found found = prefixes_->find(active.node, tokens);
    if (found.block == nullptr) return;
    cache.blocks.push_back(*found.block);
    cache.positions += cache_block_positions;
    active.node = found.node;
  }
}

// Decides what to feed of this sequence, at most `tokens`. False when it waits for a block that
// another sequence computes in this very step, or, where it `may_wait`, for room for a whole block.
bool BuiltinEngine::plan(Active& active, std::size_t tokens, bool may_wait) {
  adopt_blocks(active);
  std::size_t count = std::min(tokens, active.sequence.ahead().size());
  if (active.follows_tree && count < active.sequence.ahead().size()) {
    // Stay on block borders while the prompt goes on.
    if (count >= cache_block_positions) count -= count % cache_block_positions;
    if (count < cache_block_positions && may_wait) return false;
  }
  const std::size_t whole = std::min(count, active.sequence.unjudged_ahead());
  if (active.follows_tree) {
    const std::span<const Token> ahead = active.sequence.ahead();
    std::size_t at = 0;
    for (; at + cache_block_positions <= whole; at += cache_block_positions) {
      const auto block = ahead.subspan(at, cache_block_positions);
      // The first block of a step is unknown or announced; behind an unknown one all are unknown.
      if (prefixes_->find(active.node, block).node != 0) return false;
      active.node = prefixes_->announce(active.node, block);
      active.announced.push_back(active.node);
    }
    active.follows_tree = at == count;  // Off the borders, it has left the tree for good.
  }
  active.piece = active.sequence.piece(count);
  active.targets = active.sequence.targets(active.piece);
  active.judgements.resize(active.piece.logits);
  return true;
}

void BuiltinEngine::run_share(Share& share) {
  std::vector<Piece> pieces;
  std::vector<std::uint32_t> targets;
  for (const Active* active : share.members) {
    pieces.push_back(active->piece);
    targets.insert(targets.end(), active->targets.begin(), active->targets.end());
  }
  const float* const logits = model_->forward(pieces, workspaces_[share.workspace]);
  std::vector<TokenJudgement> judgements(targets.size());
  if (!targets.empty()) device_->judge(logits, model_->config().vocab_size, targets, judgements);
  std::size_t taken = 0;
  for (Active* active : share.members) {
    // Where the request samples, the token drawn takes the place of the most probable one.
    const auto how = active->sequence.next_draw();
    if (how && active->piece.logits == 1 && judgements[taken].finite) {
      std::vector<float> row(model_->config().vocab_size);
      device_->download(row, logits + taken * row.size());
      judgements[taken].best = draw(row, *how);
    }
    std::copy_n(judgements.begin() + static_cast<std::ptrdiff_t>(taken), active->judgements.size(),
                active->judgements.begin());
    taken += active->judgements.size();
  }
}

void BuiltinEngine::collect(Active& active) {
  const Cache& cache = active.sequence.cache();
  const std::vector<CacheBlock>& blocks = cache.blocks;
  const std::size_t first = (cache.positions - active.piece.tokens.size()) / cache_block_positions;
  const std::size_t complete = cache.positions / cache_block_positions;
  for (std::size_t i = 0; i < active.announced.size(); ++i) {
    GWAGEO_CHECK(first + i < complete);
    prefixes_->supply(active.announced[i], blocks[first + i]);
  }
  active.announced.clear();
  active.sequence.absorb(active.judgements);
  if (cache.positions == 0) {  // It goes on in another window, from the root of the tree.
    active.node = 0;
    active.follows_tree = shares_prefixes_;
  }
  active.judgements.clear();
  active.piece = {};
  if (active.sequence.finished()) finished_.push_back({active.token, active.sequence.response()});
}

// A device that failed has spoiled this step and would spoil the next one.
std::vector<Completion> BuiltinEngine::fail_all(const std::string& reason) {
  const auto fail_call = [&](std::uint64_t token) {
    Response response;
    response.outcome = Outcome::engine_failed;
    response.error = reason;
    finished_.push_back({token, std::move(response), true});
  };
  for (const auto& active : active_) fail_call(active->token);
  for (const Call& call : waiting_) fail_call(call.token);
  active_.clear();
  waiting_.clear();
  return std::exchange(finished_, {});
}

void BuiltinEngine::wait(Duration at_most) {
  if (!finished_.empty() || !waiting_.empty() || !active_.empty()) return;
  waker_.wait(at_most);
}

void BuiltinEngine::cancel_all() {
  const auto cancel = [this](std::uint64_t token) {
    finished_.push_back({token, cancelled_response()});
  };
  for (const auto& active : active_) cancel(active->token);
  for (const Call& call : waiting_) cancel(call.token);
  active_.clear();
  waiting_.clear();
}

}  // namespace gwageo
