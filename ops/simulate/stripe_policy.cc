#include "ops/simulate/stripe_policy.h"

#include <algorithm>
#include <deque>

#include "ops/simulate/idle_gpus.h"

namespace gwageo::simulate {
namespace {

/// One process of a job.
struct Stripe {
  Place place;
  ShardIndex next = 0;       // Its next shard, while it has one.
  Piece back;                // What an outage gave back.
  std::uint32_t set = none;  // Of the shard that it ran last.
  bool loaded = false;
  bool running = false;
  bool placed = false;
};

struct Striped {
  JobIndex job = none;
  std::vector<Stripe> stripes;
  std::uint32_t open = 0;  // Stripes with work.
};

class StripePolicy final : public Policy {
 public:
  StripePolicy(const Fleet& fleet, const Workload& workload, const StripeOptions& options)
      : fleet_(fleet),
        workload_(workload),
        stripes_(options.stripes),
        loads_each_set_(options.loads_each_set),
        idle_(fleet, workload),
        jobs_(workload.jobs.size()) {}

  void node_up(NodeIndex node, Instant) override { idle_.node_up(node); }
  void node_down(NodeIndex node, Instant now) override;
  void arrived(JobIndex job, Instant) override { queue_.push_back(job); }
  void ended(const Ended& ended, Instant) override;
  std::optional<Decision> next(Instant) override;
  bool scores_on_gpu() const override { return true; }

 private:
  void open(JobIndex job);
  void close(Striped& striped);
  bool place_stripes(Striped& striped);
  std::uint32_t set_of(const Job& job, ShardIndex shard) const;
  ShardIndex end_of(JobIndex job) const {
    return workload_.jobs[job].first_shard + workload_.jobs[job].shards;
  }

  const Fleet& fleet_;
  const Workload& workload_;
  std::uint32_t stripes_;
  bool loads_each_set_;
  IdleGpus idle_;
  std::deque<JobIndex> queue_;
  std::vector<Striped> jobs_;
  std::deque<JobIndex> waiting_;  // Opened, with stripes that have no place: one at first.
  std::vector<JobIndex> ready_;   // With stripes to be started.
};

void StripePolicy::open(JobIndex job) {
  const Job& whole = workload_.jobs[job];
  const std::uint64_t slots = idle_.shapes().room(idle_.shapes().of(whole.model_class));
  const auto count =
      static_cast<std::uint32_t>(std::min<std::uint64_t>(slots, std::min(stripes_, whole.shards)));
  Striped& striped = jobs_[job];
  striped.job = job;
  striped.open = count;
  striped.stripes.resize(count);
  for (std::uint32_t i = 0; i < count; ++i) striped.stripes[i].next = whole.first_shard + i;
  waiting_.push_back(job);
}

// Collects slots as they come free, and says whether each stripe with work has one.
bool StripePolicy::place_stripes(Striped& striped) {
  const ClassIndex model_class = workload_.jobs[striped.job].model_class;
  for (Stripe& stripe : striped.stripes) {
    const bool works = stripe.next < end_of(striped.job) || !stripe.back.empty();
    if (stripe.placed || !works) continue;
    const std::optional<Place> place = idle_.find(idle_.shapes().of(model_class));
    if (!place) return false;
    idle_.take(*place, model_class);
    stripe.place = *place;
    stripe.placed = true;
    stripe.loaded = false;
  }
  return true;
}

std::uint32_t StripePolicy::set_of(const Job& job, ShardIndex shard) const {
  const auto first = workload_.sets.begin() + job.first_set;
  const auto after =
      std::upper_bound(first, first + job.sets, shard,
                       [](ShardIndex s, const DataSet& set) { return s < set.first_shard; });
  return static_cast<std::uint32_t>(after - workload_.sets.begin()) - 1;
}

std::optional<Decision> StripePolicy::next(Instant) {
  while (true) {
    while (!ready_.empty()) {
      Striped& striped = jobs_[ready_.back()];
      for (Stripe& stripe : striped.stripes) {
        const bool fresh = stripe.next < end_of(striped.job);
        if (!stripe.placed || stripe.running || (!fresh && stripe.back.empty())) continue;
        Start start{stripe.place, striped.job, !stripe.loaded, stripe.back};
        if (start.piece.empty()) {
          const Job& job = workload_.jobs[striped.job];
          const std::uint32_t set = set_of(job, stripe.next);
          start.load = start.load || (loads_each_set_ && set != stripe.set);
          stripe.set = set;
          start.piece = whole_shards(job, stripe.next, 1);
          stripe.next += static_cast<std::uint32_t>(striped.stripes.size());
        }
        stripe.back = {};
        stripe.loaded = true;
        stripe.running = true;
        return start;
      }
      ready_.pop_back();
    }
    if (waiting_.empty()) {
      if (queue_.empty()) return std::nullopt;
      open(queue_.front());
      queue_.pop_front();
    }
    if (!place_stripes(jobs_[waiting_.front()])) return std::nullopt;
    ready_.push_back(waiting_.front());
    waiting_.pop_front();
  }
}

void StripePolicy::ended(const Ended& ended, Instant) {
  Striped& striped = jobs_[ended.start.job];
  const auto found = std::find_if(
      striped.stripes.begin(), striped.stripes.end(),
      [&](const Stripe& stripe) { return stripe.placed && stripe.place == ended.start.place; });
  Stripe& stripe = *found;
  stripe.running = false;
  stripe.back = ended.rest;
  if (!stripe.back.empty() || stripe.next < end_of(striped.job)) {
    if (!ended.lost) ready_.push_back(striped.job);
    return;  // What is lost gets another place once its node is known to be down.
  }
  if (--striped.open == 0) close(striped);
}

void StripePolicy::close(Striped& striped) {
  for (const Stripe& stripe : striped.stripes) {
    if (stripe.placed) idle_.give(stripe.place, false);
  }
  striped = {};
}

// Stripes there need another place; so do those that are over, whose slots just go.
void StripePolicy::node_down(NodeIndex node, Instant) {
  for (Striped& striped : jobs_) {
    if (striped.job == none) continue;
    bool misses = false;
    for (Stripe& stripe : striped.stripes) {
      const NodeIndex first = stripe.place.node;
      if (!stripe.placed || node < first || node >= first + nodes_of(fleet_, stripe.place)) {
        continue;
      }
      stripe.placed = false;
      idle_.give(stripe.place, false);  // Other nodes of it are still there.
      misses = misses || stripe.next < end_of(striped.job) || !stripe.back.empty();
    }
    const bool waits = std::find(waiting_.begin(), waiting_.end(), striped.job) != waiting_.end();
    if (misses && !waits) waiting_.push_front(striped.job);
  }
  idle_.node_down(node);
}

}  // namespace

std::unique_ptr<Policy> new_stripe_policy(const Fleet& fleet, const Workload& workload,
                                          const StripeOptions& options) {
  return std::make_unique<StripePolicy>(fleet, workload, options);
}

}  // namespace gwageo::simulate
