// The builtin engine: a Llama-architecture model on a device, plain and exact: on the processor, or
// on a GPU that gives the same bits.
//
// Batching is continuous: every step feeds the next tokens of up to `batch` sequences through the
// model together, long prompts in chunks; a sequence that ends makes room for the next call at
// once. The answer to a call depends on the model and the request alone, to the last bit: not on
// what else is in the batch, on the options below, or on the number of threads.
//
// Options: `batch` (sequences at a time, default 32), `step_tokens` (tokens fed in one step at
// most, default 512), `shared_prefixes` (1 or 0, default 1: compute common beginnings once).
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "worker/engine.h"
#include "worker/llama.h"
#include "worker/prefix_cache.h"
#include "worker/sequence.h"
#include "worker/thread_pool.h"
#include "worker/waker.h"

namespace gwageo {

/// Thread rule: that of Engine. Its own threads work only inside `step`.
class BuiltinEngine final : public Engine {
 public:
  /// Without a device in `room` the processor computes, and `room.threads` share the sequences of a
  /// step among them; 0 counts as 1. Another device gets each step whole.
  explicit BuiltinEngine(const EngineRoom& room = {});
  ~BuiltinEngine() override;

  Status load(const ModelSpec& spec) override;
  /// `device`, where it is not the processor.
  Json findings() const override;
  std::uint32_t calls_in_flight() const override { return batch_; }
  void start(Call call) override;
  std::vector<Completion> step() override;
  void wait(Duration at_most) override;
  void wake() override { waker_.wake(); }
  void cancel_all() override;

 private:
  struct Active;
  struct Share;
  void admit();
  void adopt_blocks(Active& active);
  std::size_t plan_all();
  bool plan(Active& active, std::size_t tokens, bool may_wait);
  void run_share(Share& share);
  void collect(Active& active);
  std::vector<Completion> fail_all(const std::string& reason);

  std::uint32_t batch_ = 32;
  std::uint32_t step_tokens_ = 512;
  bool shares_prefixes_ = true;
  const EngineRoom room_;
  std::unique_ptr<Device> device_;
  std::string device_description_;
  std::unique_ptr<Vocabulary> vocabulary_;
  std::optional<Llama> model_;
  std::optional<PrefixCache> prefixes_;
  ThreadPool pool_;
  std::vector<Workspace> workspaces_;  // One for each part of a step.
  std::deque<Call> waiting_;
  std::vector<std::unique_ptr<Active>> active_;  // In the order of their start.
  std::vector<Completion> finished_;
  Waker waker_;
};

}  // namespace gwageo
