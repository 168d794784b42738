#include "ops/simulate/gwageo_policy.h"

#include <algorithm>
#include <vector>

#include "ops/simulate/charges.h"
#include "ops/simulate/shape.h"
#include "protocol/check.h"

namespace gwageo::simulate {
namespace {

/// What classes require of kinds of GPUs, as the dispatcher's groups.
class Requirements {
 public:
  explicit Requirements(const Shapes& shapes) {
    for (const Shape& shape : shapes.all()) {
      if (std::find(kinds_.begin(), kinds_.end(), shape.kinds) == kinds_.end()) {
        kinds_.push_back(shape.kinds);
      }
    }
    GWAGEO_CHECK(kinds_.size() <= requirements_max);
  }
  std::uint32_t number(const Shape& shape) const {
    const auto found = std::find(kinds_.begin(), kinds_.end(), shape.kinds);
    return static_cast<std::uint32_t>(found - kinds_.begin());
  }
  std::uint64_t met_by(std::uint32_t kind) const {
    std::uint64_t groups = 0;
    for (std::size_t i = 0; i < kinds_.size(); ++i) {
      groups |= (kinds_[i] >> kind & 1) << i;
    }
    return groups;
  }

 private:
  std::vector<std::uint64_t> kinds_;
};

class GwageoPolicy : public Policy {
 public:
  GwageoPolicy(const Fleet& fleet, const Workload& workload, const PolicyKnobs& knobs)
      : workload_(workload), dispatcher_(knobs), jobs_(workload.jobs.size()), charges_(fleet) {
    const Shapes shapes(fleet, workload);
    const Requirements requirements(shapes);
    for (const Span& span : shapes.spans()) {
      const Node& node = fleet.nodes[span.first];
      const NodeNumber first =
          dispatcher_.join(span.nodes, node.gpus, requirements.met_by(node.kind));
      for (NodeNumber i = first; i < first + span.nodes; ++i) dispatcher_.open({}, i, false);
    }
    for (const Team& team : workload.teams) {
      ledger_.set(ledger_.team(team.name), {{}, team.weight, 0, 0});
    }
    for (ClassIndex i = 0; i < workload.classes.size(); ++i) {
      const ModelClass& of = workload.classes[i];
      dispatcher_.add_class({of.gpus, requirements.number(shapes.of(i)), of.load});
    }
    waiting_jobs_.resize(workload.teams.size(), 0);
  }

  void node_up(NodeIndex node, Instant now) override { dispatcher_.open(now, node, true); }
  void node_down(NodeIndex node, Instant now) override { dispatcher_.lose(now, node); }

  void arrived(JobIndex index, Instant now) override {
    const simulate::Job& job = workload_.jobs[index];
    Waiting& waiting = jobs_[index];
    waiting.fresh = std::uint64_t{job.shards} * job.batches;
    for (std::uint32_t set = 0; set < job.sets; ++set) waiting.work += work_of(job, set);
    tell(index, now);
  }

  void loaded(const simulate::Start& start, Instant now) override {
    const Place& place = start.place;
    dispatcher_.ready(now, {place.node, place.gpu, place.gpus}, now - charges_.began(place));
  }

  void ended(const Ended& ended, Instant now) override {
    const Place& place = ended.start.place;
    const simulate::Job& job = workload_.jobs[ended.start.job];
    const std::int64_t took = (now - ended.began).microseconds * place.gpus;
    ledger_.hold(job.team, -std::int64_t{place.gpus});
    ledger_.charge(now, job.team, took - charges_.end(place));
    const Block block{place.node, place.gpu, place.gpus};
    const bool was_loading = ended.start.load && dispatcher_.loads().is_loading(block);
    dispatcher_.end(now, block);
    if (was_loading) dispatcher_.unload(now, block);  // It yielded before its model was there.
    if (ended.rest.empty()) return;
    jobs_[ended.start.job].back.push_back(ended.rest);
    tell(ended.start.job, now);
  }

  std::optional<Instant> wake() const override { return charges_.wake(); }

  std::optional<Decision> next(Instant now) override {
    charges_.charge(now, ledger_);
    const std::optional<gwageo::Start> start = dispatcher_.next(now, ledger_);
    if (!start) {
      const std::optional<gwageo::Yield> yield = dispatcher_.yields(now, ledger_);
      if (!yield) return std::nullopt;
      return Yield{{yield->block.node, yield->block.first, yield->block.width}};
    }
    const auto index = static_cast<JobIndex>(start->job.value - 1);
    const simulate::Job& job = workload_.jobs[index];
    const Piece piece = take(index, start->items);
    const Block& block = start->block;
    const Duration load = start->load ? workload_.classes[job.model_class].load : Duration{};
    const std::int64_t charged = (start->estimate + load).microseconds * block.width;
    charges_.begin({block.node, block.first, block.width}, job.team, now, charged,
                   now + start->estimate + load);
    ledger_.hold(job.team, block.width);
    ledger_.charge(now, job.team, charged);
    tell(index, now);
    return Start{{block.node, block.first, block.width}, index, start->load, piece};
  }

 private:
  struct Waiting {
    std::uint64_t fresh = 0;  // Batches that never ran.
    std::uint64_t taken = 0;
    std::uint32_t set = 0;  // Of the next fresh one.
    std::int64_t work = 0;  // Expected, of the fresh ones.
    std::vector<Piece> back;
    bool waits = false;
  };

  const DataSet& set_of(const simulate::Job& job, std::uint32_t set) const {
    return workload_.sets[job.first_set + set];
  }
  std::int64_t work_of(const simulate::Job& job, std::uint32_t set) const {
    const DataSet& data = set_of(job, set);
    return data.estimate.microseconds * data.shards;
  }
  static std::uint64_t batches_of(const simulate::Job& job, const Piece& piece) {
    return std::uint64_t{piece.shards - 1} * job.batches + piece.to - piece.from;
  }
  Duration batch_time(const simulate::Job& job, std::uint32_t set) const {
    return {std::max<std::int64_t>(1, set_of(job, set).estimate.microseconds / job.batches)};
  }

  // Cuts the first `count` batches off.
  static Piece front_of(const simulate::Job& job, Piece& piece, std::uint64_t count) {
    const std::uint64_t end = piece.from + count;  // Counted from the piece's first shard.
    Piece front = piece;
    front.shards = static_cast<std::uint32_t>((end - 1) / job.batches) + 1;
    front.to = static_cast<std::uint32_t>((end - 1) % job.batches) + 1;
    if (batches_of(job, piece) == count) {
      piece = {};
      return front;
    }
    const auto done = static_cast<std::uint32_t>(end / job.batches);
    piece.shard += done;
    piece.shards -= done;
    piece.from = static_cast<std::uint32_t>(end % job.batches);
    return front;
  }

  // The next `count` batches at most: of what came back, or of one data set.
  Piece take(JobIndex index, std::uint64_t count) {
    const simulate::Job& job = workload_.jobs[index];
    Waiting& waiting = jobs_[index];
    if (!waiting.back.empty()) {
      Piece& piece = waiting.back.back();
      const Piece front = front_of(job, piece, count);
      if (piece.empty()) waiting.back.pop_back();
      return front;
    }
    GWAGEO_CHECK(count <= left_of_set(job, waiting));
    const std::uint64_t begin = waiting.taken;
    const std::uint64_t last = begin + count - 1;
    waiting.taken += count;
    waiting.fresh -= count;
    waiting.work -= batch_time(job, waiting.set).microseconds * static_cast<std::int64_t>(count);
    if (waiting.fresh > 0 && left_of_set(job, waiting) == 0) ++waiting.set;
    const auto first_shard = static_cast<std::uint32_t>(begin / job.batches);
    const auto last_shard = static_cast<std::uint32_t>(last / job.batches);
    return {job.first_shard + first_shard, last_shard - first_shard + 1,
            static_cast<std::uint32_t>(begin % job.batches),
            static_cast<std::uint32_t>(last % job.batches) + 1};
  }

  std::uint64_t left_of_set(const simulate::Job& job, const Waiting& waiting) const {
    const DataSet& data = set_of(job, waiting.set);
    const std::uint64_t end =
        std::uint64_t{data.first_shard + data.shards - job.first_shard} * job.batches;
    return end - waiting.taken;
  }

  void tell(JobIndex index, Instant now) {
    const simulate::Job& job = workload_.jobs[index];
    Waiting& waiting = jobs_[index];
    JobDemand demand;
    demand.class_number = job.model_class;
    demand.team = job.team;
    demand.tier = job.tier;
    demand.priority = job.priority;
    if (job.within > Duration{}) demand.deadline = job.arrival + job.within;
    demand.item_time = batch_time(job, waiting.set);
    if (!waiting.back.empty()) {
      demand.items = batches_of(job, waiting.back.back());
    } else if (waiting.fresh > 0) {
      demand.items = left_of_set(job, waiting);
    }
    Duration work{std::max<std::int64_t>(0, waiting.work)};
    for (const Piece& piece : waiting.back) {
      work = work + demand.item_time * static_cast<std::int64_t>(batches_of(job, piece));
    }
    demand.work = work;
    dispatcher_.wait(now, JobId{index + std::uint64_t{1}}, demand);
    const bool waits = demand.items > 0;
    if (waits == waiting.waits) return;
    waiting.waits = waits;
    std::uint32_t& of_team = waiting_jobs_[job.team];
    of_team += waits ? 1 : ~std::uint32_t{0};
    ledger_.demand(now, job.team, of_team > 0);
  }

  const Workload& workload_;
  Dispatcher dispatcher_;
  Ledger ledger_;
  std::vector<Waiting> jobs_;
  std::vector<std::uint32_t> waiting_jobs_;  // Of each team.
  Charges charges_;
};

}  // namespace

std::unique_ptr<Policy> new_gwageo_policy(const Fleet& fleet, const Workload& workload,
                                          const PolicyKnobs& knobs) {
  return std::make_unique<GwageoPolicy>(fleet, workload, knobs);
}

}  // namespace gwageo::simulate
