// How what was decided becomes frames. An acknowledgement travels in the next grant of the same
// turn to the same worker: one frame less for each lease.
#include "coordinator/coordinator.h"
#include "coordinator/requirement.h"
#include "protocol/codec.h"
#include "protocol/limits.h"

namespace gwageo {

Status Coordinator::send_committed(const std::function<void(const Outgoing&)>& send) {
  do {
    for (const Outgoing& frame : std::exchange(frames_, {})) send(frame);
    GWAGEO_TRY(make_frames(1));
  } while (!frames_.empty());
  return {};
}

// What waited for the worker's next grant goes by itself.
void Coordinator::release(WorkerId worker) {
  const auto waiting = held_.find(worker);
  if (waiting == held_.end()) return;
  for (const Acknowledge& acknowledge : waiting->second) {
    frames_.push_back({worker_peers_.at(worker), encode(Message{acknowledge})});
  }
  held_.erase(waiting);
}

Status Coordinator::make_frames(std::size_t bytes_max) {
  std::size_t counted = 0;
  std::size_t bytes = 0;
  while (!outgoing_.empty()) {
    for (; counted < frames_.size(); ++counted) bytes += frames_[counted].bytes.size();
    if (bytes >= bytes_max) return {};
    auto next = std::move(outgoing_.front());
    outgoing_.pop_front();
    if (auto* const ready = std::get_if<Outgoing>(&next)) {
      frames_.push_back(std::move(*ready));
      continue;
    }
    Send& what = std::get<Send>(next);
    const auto peer = worker_peers_.find(what.worker);
    if (peer == worker_peers_.end()) continue;
    if (const auto* const acknowledge = std::get_if<Acknowledge>(&what.what)) {
      held_[what.worker].push_back(*acknowledge);
    } else if (const auto* const granted = std::get_if<SendGrant>(&what.what)) {
      if (state().lease(granted->lease) == nullptr) continue;  // Over within the same turn.
      if (held_[what.worker].size() > limits::acknowledged_max) release(what.worker);
      Result<std::string> frame = grant_frame(granted->lease, held_[what.worker]);
      if (!frame && frame.error().kind == ErrorKind::corrupt) {
        cannot_ask(granted->lease, frame.error());
        continue;
      }
      if (!frame) return tl::unexpected(frame.error());
      held_.erase(what.worker);
      frames_.push_back({peer->second, *std::move(frame)});
    } else {
      release(what.worker);
      std::visit(
          [&](auto& m) {
            if constexpr (!std::is_same_v<std::decay_t<decltype(m)>, SendGrant>) {
              frames_.push_back({peer->second, encode(Message{std::move(m)})});
            }
          },
          what.what);
    }
  }
  while (!held_.empty()) release(held_.begin()->first);
  return {};
}

// Nothing is stepped while frames are made: the next tick does it, at once.
void Coordinator::cannot_ask(LeaseId lease, const Error& why) {
  unasked_.push_back({lease, "what it asks cannot be read as it is on record: " + why.message});
  wake_at_ = monotonic_base_ + (step_time_ - log_base_);
}

Result<std::string> Coordinator::grant_frame(LeaseId id,
                                             const std::vector<Acknowledge>& acknowledged) {
  const Lease& lease = *state().lease(id);
  const JobAccepted& job = state().job(lease.granted.job)->accepted;
  const SuiteAdded& suite = state().plan_of(job);
  const PlanOnRecord plan{suite.manifest, suite.plan_root};
  GWAGEO_ASSIGN(header, plans_.header(plan));
  Grant grant;
  grant.lease = id;
  grant.job = job.job;
  grant.slot = lease.granted.slot;
  grant.width = job.gpus;
  grant.class_key = job.class_key;
  grant.acknowledged = acknowledged;
  const ModelAdded& model = model_of(state(), job);
  grant.model = {model.name, model.digest, model.engine, model.path, model.options};
  std::vector<PlanReader::Block> blocks;  // What the items lie in.
  std::vector<GrantItemView> items;
  items.reserve(lease.rest.size());
  for (const Range& range : lease.rest.ranges()) {
    for (std::uint64_t index = range.begin; index < range.end; ++index) {
      if (index == range.begin || index % entries_of_block == 0) {
        GWAGEO_ASSIGN(block, plans_.block_of(plan, index));
        blocks.push_back(std::move(block));
      }
      GWAGEO_ASSIGN(entry, blocks.back()->view(index % entries_of_block));
      GrantItemView& item = items.emplace_back();
      item = {index, header->tasks.at(entry.task), entry.item, entry.repeat, {}, entry.item_digest};
      item.requests.reserve(entry.requests);
      entry.for_each_request([&](std::string_view bytes) { item.requests.push_back(bytes); });
    }
  }
  return encode(grant, items);
}

}  // namespace gwageo
