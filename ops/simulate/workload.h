// What is simulated: a fleet of nodes with GPUs, and the work that teams bring to it. Values, pure.
//
// A job is one model put to one suite. Its shards are interchangeable stretches of items that take
// different times; a shard is made of `batches` equal batches, and can be cut between two of them.
// What a policy may know is in `Fleet` and `Workload`; how long shards really take, which nodes are
// slow and what fails when is in `Truth`, which the simulator alone looks at.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "coordinator/fact_pool.h"
#include "protocol/time.h"

namespace gwageo::simulate {

// Positions in the vectors below.
using NodeIndex = std::uint32_t;
using TeamIndex = std::uint32_t;
using ClassIndex = std::uint32_t;
using JobIndex = std::uint32_t;
using ShardIndex = std::uint32_t;
inline constexpr std::uint32_t none = std::numeric_limits<std::uint32_t>::max();

/// Of all nodes, whatever is in the file: bounds of what is simulated.
inline constexpr std::uint32_t node_gpus_max = 64;
inline constexpr std::uint32_t slot_gpus_max = 64;
inline constexpr std::uint32_t fleet_gpus_max = 1000000;
inline constexpr std::uint32_t kinds_max = 64;
inline constexpr std::uint32_t shards_max = 100000000;
inline constexpr std::uint32_t teams_max = 1024;
inline constexpr std::uint32_t classes_max = 100000;
inline constexpr std::uint32_t jobs_max = 10000000;
/// Of one shard or load at its slowest, scoring included: times the batches of a shard, at most
/// 65,536, it is a number that fits in 64 bits. 814 days.
inline constexpr Duration piece_time_max{std::int64_t{1} << 46};
/// Of all work at its slowest with a load for each shard: GPU time is summed up in microseconds in
/// 64 bits, and an outage or a change of mind repeats some of it; that leaves 15 times as much
/// room. 18,268 GPU-years; what is refused says it in seconds.
inline constexpr Duration gpu_time_max{std::int64_t{1} << 59};

struct Node {
  std::string name;
  std::uint32_t gpus = 0;    ///< From 1 to node_gpus_max.
  std::uint32_t kind = 0;    ///< Position in Fleet::kinds.
  std::uint32_t domain = 0;  ///< Nodes with the same number share a fast network: NVLink or rack.
  std::int64_t memory_mib = 0;
};

/// The kind of GPUs whose kind nobody said: they will do for any class.
inline constexpr const char* unsaid_kind = "gpu";

struct Fleet {
  std::vector<std::string> kinds;  ///< Of GPUs, "A100"; at most kinds_max.
  std::vector<Node> nodes;         ///< Those of a domain follow each other.
  /// The GPUs of all nodes, counted through: node n's begin at gpu_begin[n]; one entry more at the
  /// end, which is their number.
  std::vector<std::uint32_t> gpu_begin;

  std::uint32_t gpus() const { return gpu_begin.empty() ? 0 : gpu_begin.back(); }
};

struct Team {
  std::string name;
  std::uint32_t weight = 1;  ///< Its share, relative to the other teams'.
};

/// What a slot has to have loaded: a model with its engine settings and its width.
struct ModelClass {
  std::string name;
  std::uint32_t gpus = 1;  ///< Of one slot: 1, 2, 4, ... 64, aligned; on one node or domain.
  Duration load;           ///< From a cold slot to the first answer.
  /// The part of `load` that a node saves where its memory holds the weights already.
  Duration fetch;
  std::vector<std::string> kinds;  ///< Of GPUs that will do, as in Fleet::kinds. Empty: any.
  std::string asked_in = {};       ///< The first row of a trace that asks for it, as Csv::place.
};

/// Shards `first_shard` .. `first_shard + shards - 1`, in data sets that follow each other.
struct Job {
  TeamIndex team = 0;
  ClassIndex model_class = 0;
  Instant arrival;
  std::int32_t priority = 0;
  Tier tier = Tier::campaign;
  Duration within;            ///< From its arrival to its deadline; 0 = none.
  std::uint32_t batches = 1;  ///< Of each of its shards.
  ShardIndex first_shard = 0;
  std::uint32_t shards = 0;     ///< At least 1.
  std::uint32_t first_set = 0;  ///< Position in Workload::sets.
  std::uint32_t sets = 0;       ///< At least 1.
};

/// Part of a job's shards that belong together for a person: a benchmark.
struct DataSet {
  ShardIndex first_shard = 0;
  std::uint32_t shards = 0;
  /// What one of its shards takes, as believed beforehand: the mean over the data set.
  Duration estimate;
};

struct Workload {
  std::vector<Team> teams;
  std::vector<ModelClass> classes;
  std::vector<Job> jobs;  ///< By arrival.
  std::vector<DataSet> sets;
  std::uint32_t shards = 0;
};

/// An outage of a node.
struct Failure {
  Instant at;
  NodeIndex node = 0;
  Duration repair;
};

struct Truth {
  /// Where each shard ends when all are laid one behind the other, in microseconds; so shard s
  /// takes ends[s] - ends[s-1] on a node of nominal speed.
  std::vector<std::int64_t> shard_ends;
  /// Per node, what everything takes there, in thousandths of the nominal time. Empty: 1000 each.
  std::vector<std::uint32_t> node_pace;
  std::vector<Failure> failures;  ///< By time.
  /// What computing the metrics of a shard takes, in thousandths of its time. A policy that scores
  /// on the GPU holds it for so much longer.
  std::uint32_t scoring_per_mille = 0;

  Duration of(ShardIndex shard) const {
    return {shard_ends[shard] - (shard == 0 ? 0 : shard_ends[shard - 1])};
  }
};

}  // namespace gwageo::simulate
