#include "ops/simulate/simulator.h"

#include <algorithm>
#include <queue>
#include <set>
#include <string>

#include "ops/simulate/backlog.h"
#include "ops/simulate/generator.h"
#include "ops/simulate/pool.h"
#include "ops/simulate/run_time.h"
#include "ops/simulate/shape.h"
#include "protocol/check.h"
#include "protocol/wide.h"

namespace gwageo::simulate {
namespace {

/// The end of a load or of a piece. `version` tells whether it still counts.
struct SlotEvent {
  Instant at;
  std::uint64_t number;  // Events of one instant happen in the order in which they were foreseen.
  std::uint32_t slot;
  std::uint32_t version;
  bool load_over;
  bool operator>(const SlotEvent& other) const {
    return at != other.at ? at > other.at : number > other.number;
  }
};

struct Repair {
  Instant at;
  NodeIndex node;
  Instant down_since;
  bool operator>(const Repair& other) const {
    return at != other.at ? at > other.at : node > other.node;
  }
};

/// Batches of a shard.
struct Progress {
  std::uint32_t given = 0;  // That run or are over.
  std::uint32_t over = 0;
};

template <class T>
using Agenda = std::priority_queue<T, std::vector<T>, std::greater<T>>;

class Simulation {
 public:
  Simulation(const Fleet& fleet, const Workload& workload, const Truth& truth, Policy& policy)
      : fleet_(fleet),
        workload_(workload),
        truth_(truth),
        policy_(policy),
        time_(truth, policy.scores_on_gpu()),
        pool_(fleet, workload),
        backlog_(workload),
        progress_(workload.shards),
        shards_left_(workload.jobs.size()),
        outcome_(fleet, workload) {
    for (std::size_t i = 0; i < workload.jobs.size(); ++i) {
      shards_left_[i] = workload.jobs[i].shards;
    }
  }

  Outcome run();

 private:
  std::optional<Instant> next_event() const;
  void happen();
  void fail_nodes();
  void end_slots();
  void ask();
  void start(const Start& start);
  void yield(const Yield& yield);
  void end(std::uint32_t slot, bool lost);
  void count_done(const Running& running, const Piece& done);
  void schedule(std::uint32_t slot, Instant at, bool load_over);
  std::int64_t give(const Job& job, const Piece& piece, bool back);
  void mix(std::uint64_t value) {
    outcome_.fingerprint = (outcome_.fingerprint ^ value) * 0x9e3779b97f4a7c15u;
    outcome_.fingerprint ^= outcome_.fingerprint >> 29;
  }
  bool is_loading(const Running& running) const {
    return running.start.load && now_ < running.ready;
  }
  /// The slowest node of a place: its GPUs wait for each other.
  NodeIndex pace_of(const Place& place) const;
  void queue(const Job& job, std::int64_t batches);
  std::int64_t gpus_of(const Job& job) const { return workload_.classes[job.model_class].gpus; }

  const Fleet& fleet_;
  const Workload& workload_;
  const Truth& truth_;
  Policy& policy_;
  RunTime time_;
  Pool pool_;
  Backlog backlog_;
  Instant now_;
  Agenda<SlotEvent> slot_events_;
  Agenda<Repair> repairs_;
  std::uint64_t events_ = 0;
  std::size_t next_job_ = 0;
  std::size_t next_failure_ = 0;
  std::vector<Progress> progress_;          // Of each shard.
  std::vector<std::uint32_t> shards_left_;  // Of each job, with batches that are not over.
  std::uint64_t done_ = 0;
  Outcome outcome_;
};

std::optional<Instant> Simulation::next_event() const {
  std::optional<Instant> first;
  const auto consider = [&](Instant at) { first = first ? std::min(*first, at) : at; };
  if (!slot_events_.empty()) consider(slot_events_.top().at);
  if (next_job_ < workload_.jobs.size()) consider(workload_.jobs[next_job_].arrival);
  if (!repairs_.empty()) consider(repairs_.top().at);
  // Outages alone go on for ever: a policy that has nothing running does not live of them.
  if (first && next_failure_ < truth_.failures.size()) consider(truth_.failures[next_failure_].at);
  if (const std::optional<Instant> at = policy_.wake(); at && *at > now_) consider(*at);
  return first;
}

Outcome Simulation::run() {
  for (NodeIndex node = 0; node < fleet_.nodes.size(); ++node) {
    pool_.set_up(node, true);
    policy_.node_up(node, now_);
  }
  while (done_ < workload_.shards) {
    const std::optional<Instant> at = next_event();
    if (!at) break;
    now_ = *at;
    outcome_.recorder.advance(now_);
    happen();
    if (done_ < workload_.shards) ask();
  }
  outcome_.recorder.finish();
  outcome_.unfinished = workload_.shards - done_;
  outcome_.makespan = now_ - Instant{};
  for (; !repairs_.empty(); repairs_.pop()) {
    outcome_.gpu_time.down = outcome_.gpu_time.down + (now_ - repairs_.top().down_since) *
                                                          fleet_.nodes[repairs_.top().node].gpus;
  }
  return std::move(outcome_);
}

void Simulation::happen() {
  end_slots();
  fail_nodes();
  while (next_job_ < workload_.jobs.size() && workload_.jobs[next_job_].arrival <= now_) {
    const Job& job = workload_.jobs[next_job_];
    queue(job, std::int64_t{job.shards} * job.batches);
    policy_.arrived(static_cast<JobIndex>(next_job_++), now_);
  }
}

void Simulation::fail_nodes() {
  while (!repairs_.empty() && repairs_.top().at <= now_) {
    const Repair repair = repairs_.top();
    repairs_.pop();
    outcome_.gpu_time.down =
        outcome_.gpu_time.down + (now_ - repair.down_since) * fleet_.nodes[repair.node].gpus;
    pool_.set_up(repair.node, true);
    policy_.node_up(repair.node, now_);
  }
  while (next_failure_ < truth_.failures.size() && truth_.failures[next_failure_].at <= now_) {
    const Failure& failure = truth_.failures[next_failure_++];
    if (!pool_.is_up(failure.node)) continue;
    ++outcome_.outages;
    for (const std::uint32_t slot : pool_.slots_running(failure.node)) end(slot, true);
    pool_.set_up(failure.node, false);
    policy_.node_down(failure.node, now_);
    repairs_.push({now_ + failure.repair, failure.node, now_});
  }
}

void Simulation::end_slots() {
  while (!slot_events_.empty() && slot_events_.top().at <= now_) {
    const SlotEvent event = slot_events_.top();
    slot_events_.pop();
    Running& running = pool_.at(event.slot);
    if (!running.busy || running.version != event.version) continue;
    if (!event.load_over) {
      end(event.slot, false);
      continue;
    }
    const Job& job = workload_.jobs[running.start.job];
    outcome_.recorder.loads(job.team, -gpus_of(job));
    outcome_.recorder.serves(job.team, gpus_of(job));
    policy_.loaded(running.start, now_);
    schedule(event.slot, running.ready + running.cut.after, false);
  }
}

void Simulation::ask() {
  while (true) {
    ++outcome_.asked;
    const std::optional<Decision> decision = policy_.next(now_);
    if (!decision) return;
    if (const Start* const begin = std::get_if<Start>(&*decision)) start(*begin);
    if (const Yield* const stop = std::get_if<Yield>(&*decision)) yield(*stop);
  }
}

void Simulation::schedule(std::uint32_t slot, Instant at, bool load_over) {
  slot_events_.push({at, events_++, slot, pool_.at(slot).version, load_over});
}

NodeIndex Simulation::pace_of(const Place& place) const {
  if (truth_.node_pace.empty()) return place.node;
  const auto first = truth_.node_pace.begin() + place.node;
  const auto slowest = std::max_element(first, first + nodes_of(fleet_, place));
  return static_cast<NodeIndex>(slowest - truth_.node_pace.begin());
}

// So many batches of the job wait more, or less.
void Simulation::queue(const Job& job, std::int64_t batches) {
  outcome_.recorder.queues(job.team, batches * (Recorder::queue_unit / job.batches * gpus_of(job)));
  outcome_.recorder.is_worth(job.team, backlog_.queues(job, batches));
  outcome_.standstill.queues(job.model_class, batches, now_);
}

// Counts the piece's batches as given, or as not given after all. Returns how many they are.
std::int64_t Simulation::give(const Job& job, const Piece& piece, bool back) {
  std::int64_t batches = 0;
  for (std::uint32_t n = 0; n < piece.shards; ++n) {
    const std::uint32_t from = n == 0 ? piece.from : 0;
    const std::uint32_t to = n + 1 == piece.shards ? piece.to : job.batches;
    GWAGEO_CHECK(from < to);
    GWAGEO_CHECK(to <= job.batches);
    std::uint32_t& given = progress_[piece.shard + n].given;
    GWAGEO_CHECK(back ? given >= to - from : given + (to - from) <= job.batches);
    back ? given -= to - from : given += to - from;
    batches += to - from;
  }
  return batches;
}

void Simulation::start(const Start& start) {
  GWAGEO_CHECK(start.job < next_job_);
  const Job& job = workload_.jobs[start.job];
  const ModelClass& model_class = workload_.classes[job.model_class];
  const Piece& piece = start.piece;
  GWAGEO_CHECK(!piece.empty());
  GWAGEO_CHECK(piece.shard >= job.first_shard);
  GWAGEO_CHECK(piece.shard + piece.shards <= job.first_shard + job.shards);
  Running& running = pool_.take(start);
  const NodeIndex node = pace_of(start.place);
  // First, so that a class whose last work starts is not seen to stand still.
  outcome_.standstill.runs(job.model_class, 1, now_);
  queue(job, -give(job, piece, false));
  ++outcome_.starts;
  running.began = now_;
  running.ready = now_;
  if (start.load) {
    ++outcome_.loads;
    Duration load = model_class.load;
    if (policy_.keeps_weights() && pool_.note_weights(start.place, job.model_class)) {
      load = load - model_class.fetch;
    }
    running.ready = now_ + time_.paced(load, node);
  }
  running.cut = {piece, {}, time_.of(job, piece, node)};
  const std::uint32_t slot = pool_.slot_of(start.place);
  if (start.load) {
    outcome_.recorder.loads(job.team, gpus_of(job));
  } else {
    outcome_.recorder.serves(job.team, gpus_of(job));
  }
  schedule(slot, running.ready + (start.load ? Duration{} : running.cut.after), start.load);
  mix(static_cast<std::uint64_t>(now_.microseconds));
  mix((std::uint64_t{slot} << 32) | (start.load ? 1U : 0U));
  mix((std::uint64_t{piece.shard} << 32) | piece.shards);
  mix((std::uint64_t{piece.from} << 32) | piece.to);
}

void Simulation::yield(const Yield& yield) {
  Running& running = pool_.at(yield.place);
  GWAGEO_CHECK(!running.yields);
  ++outcome_.yields;
  const Job& job = workload_.jobs[running.start.job];
  running.yields = true;
  ++running.version;
  Instant end = now_;
  if (is_loading(running)) {
    running.cut = {{}, running.start.piece, {}};
  } else {
    running.cut =
        time_.at_boundary(job, running.start.piece, pace_of(yield.place), now_ - running.ready);
    end = running.ready + running.cut.after;
  }
  schedule(pool_.slot_of(yield.place), end, false);
}

// What a person had to wait for each shard that is over, and whose job may be over with it.
void Simulation::count_done(const Running& running, const Piece& done) {
  const Job& job = workload_.jobs[running.start.job];
  const NodeIndex node = pace_of(running.start.place);
  Instant begin = running.ready;
  for (std::uint32_t n = 0; n < done.shards; ++n) {
    const std::uint32_t from = n == 0 ? done.from : 0;
    const std::uint32_t to = n + 1 == done.shards ? done.to : job.batches;
    if (from == 0) {
      outcome_.waits[job.team].push_back((begin - job.arrival).microseconds);
    }
    begin = begin + time_.of_batches(job, done.shard + n, from, to, node);
    Progress& shard = progress_[done.shard + n];
    shard.over += to - from;
    GWAGEO_CHECK(shard.over <= shard.given);
    if (shard.over < job.batches) continue;
    ++done_;
    if (--shards_left_[running.start.job] == 0) outcome_.job_ends[running.start.job] = now_;
  }
}

void Simulation::end(std::uint32_t slot, bool lost) {
  // A copy: the policy may be told while the slot is already given back.
  const Running running = pool_.at(slot);
  const Job& job = workload_.jobs[running.start.job];
  const bool loading = is_loading(running);
  Cut cut = running.cut;
  if (loading) {
    cut = {{}, running.start.piece, {}};
  } else if (lost) {
    cut =
        time_.at_loss(job, running.start.piece, pace_of(running.start.place), now_ - running.ready);
  }
  const Ended ended{running.start, cut.rest, running.began,
                    (loading ? now_ : running.ready) - running.began, lost};
  loading ? outcome_.recorder.loads(job.team, -gpus_of(job))
          : outcome_.recorder.serves(job.team, -gpus_of(job));
  GpuTime& sum = outcome_.gpu_time;
  sum.loading = sum.loading + ended.loading * gpus_of(job);
  if (!loading) {
    const Duration useful = cut.after - time_.scoring(cut.after);
    sum.useful = sum.useful + useful * gpus_of(job);
    sum.wasted = sum.wasted + (now_ - running.ready - useful) * gpus_of(job);
  }
  if (!ended.rest.empty()) queue(job, give(job, ended.rest, true));
  outcome_.standstill.runs(job.model_class, -1, now_);
  count_done(running, cut.done);
  pool_.give(running, !lost && !loading);
  policy_.ended(ended, now_);
}

/// Whether the fleet has a slot for each class.
Status check_shapes(const Workload& workload, const Shapes& shapes) {
  std::set<std::uint64_t> kinds;
  for (const Shape& shape : shapes.all()) kinds.insert(shape.kinds);
  if (kinds.size() > requirements_max) {
    return fail(ErrorKind::bad_input, "simulation: classes ask for more than " +
                                          std::to_string(requirements_max) +
                                          " different sets of kinds of GPUs");
  }
  for (ClassIndex i = 0; i < workload.classes.size(); ++i) {
    const ModelClass& model_class = workload.classes[i];
    const Shape& shape = shapes.of(i);
    if (shapes.room(shape) > 0) continue;
    const std::string who = (model_class.asked_in.empty() ? "simulation" : model_class.asked_in) +
                            ": class " + model_class.name;
    std::string kind;
    for (const std::string& name : model_class.kinds) kind += (kind.empty() ? "" : " or ") + name;
    if (shape.kinds == 0) {
      return fail(ErrorKind::bad_input,
                  who + " needs GPUs of kind " + kind + ", and the fleet has none");
    }
    std::uint32_t widest = 0;
    for (std::uint32_t gpus = 1; gpus <= slot_gpus_max; gpus *= 2) {
      if (shapes.room({gpus, shape.kinds}) > 0) widest = gpus;
    }
    return fail(ErrorKind::bad_input,
                who + " needs " + std::to_string(model_class.gpus) + " GPUs " +
                    (kind.empty() ? "" : "of kind " + kind + " ") +
                    "of one node or domain, and the widest slot that the fleet has room for has " +
                    std::to_string(widest));
  }
  return {};
}

/// Whether all times can be counted, see workload.h.
Status check_times(const Fleet& fleet, const Workload& workload, const Truth& truth) {
  const auto refuse = [](const std::string& text) {
    return fail(ErrorKind::bad_input, "simulation: " + text);
  };
  Wide pace = 1000;
  for (const std::uint32_t of_node : truth.node_pace) pace = std::max<Wide>(pace, of_node);
  const Wide longest = piece_time_max.microseconds;
  const std::string most =
      " " + std::to_string(piece_time_max.microseconds / 1000000) + " s where it is slowest";
  Wide sum = 0;
  for (const Job& job : workload.jobs) {
    const ModelClass& model_class = workload.classes[job.model_class];
    const Wide load = model_class.load.microseconds * pace / 1000;
    if (load > longest) return refuse("class " + model_class.name + " loads for more than" + most);
    for (ShardIndex shard = job.first_shard; shard < job.first_shard + job.shards; ++shard) {
      const Wide paced = truth.of(shard).microseconds * pace / 1000;
      const Wide whole = paced + paced * truth.scoring_per_mille / 1000;
      if (whole > longest) return refuse("a shard takes more than" + most);
      sum += (whole + load) * model_class.gpus;
    }
  }
  if (sum > gpu_time_max.microseconds) return too_much_work();
  Wide down = 0;
  for (const Failure& failure : truth.failures) {
    down += static_cast<Wide>(failure.repair.microseconds) * fleet.nodes[failure.node].gpus;
  }
  if (down <= gpu_time_max.microseconds) return {};
  return refuse("all outages together keep GPUs away for more than " +
                std::to_string(gpu_time_max.microseconds / 1000000) +
                " GPU-seconds; fewer --failures or a shorter --repair make it less");
}

}  // namespace

Status check_simulation(const Fleet& fleet, const Workload& workload, const Truth& truth) {
  const auto refuse = [](const std::string& text) {
    return fail(ErrorKind::bad_input, "simulation: " + text);
  };
  if (fleet.gpus() == 0) return refuse("the fleet has no GPU");
  if (workload.jobs.empty()) return refuse("there is no work: no job has a shard");
  const Shapes shapes(fleet, workload);
  GWAGEO_TRY(check_shapes(workload, shapes));
  for (const ModelClass& model_class : workload.classes) {
    if (model_class.load.microseconds < 1 || model_class.fetch > model_class.load) {
      return refuse("class " + model_class.name + " has a load time below 1 us or below its fetch");
    }
  }
  for (const Failure& failure : truth.failures) {
    if (failure.node >= fleet.nodes.size() || failure.repair.microseconds < 1) {
      return refuse("an outage of node " + std::to_string(failure.node) + " makes no sense");
    }
  }
  if (truth.shard_ends.size() != workload.shards) return refuse("shards without a duration");
  return check_times(fleet, workload, truth);
}

Outcome simulate(const Fleet& fleet, const Workload& workload, const Truth& truth, Policy& policy) {
  return Simulation(fleet, workload, truth, policy).run();
}

}  // namespace gwageo::simulate
