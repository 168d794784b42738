// Published traces as work. The columns of a file tell which one it is:
//
//   cluster,metric,job_type,le_seconds,cdf_percent   Acme, NSDI'24: how long evaluation jobs took
//   job_id,user,num_gpu,submit_time,...,duration,... Philly with deadlines, as Chronus has it
//   name,...,num_gpu,gpu_milli,...,deletion_time,... Alibaba openb, ATC'23: pods
//
// A row that makes no sense (negative, no number, a gang wider than any slot, a share of several
// GPUs) is refused with file, line and field. Rows that ask for no GPU, and pods that never began
// or ended, are no work and are left out; so are, on demand, those that are too wide. A row of 3
// GPUs gets a slot of 4.
#pragma once

#include <string>
#include <string_view>

#include "ops/simulate/generator.h"

namespace gwageo::simulate {

enum class TraceKind { acme, philly, openb_pods };
/// bad_input where the first line names columns of none of them.
Result<TraceKind> trace_kind(std::string_view text, const std::string& file);

/// The durations of Acme's jobs of type Eval on one of its clusters, "Seren" or "Kalos".
Result<DurationTable> read_acme(std::string_view text, const std::string& file,
                                std::string_view cluster);

struct TraceOptions {
  Duration load_least = seconds(30);
  Duration load_most = seconds(300);
  Duration shard = seconds(60);  ///< Jobs are cut in equal shards of at most that.
  std::uint32_t batches = 64;    ///< Of a shard.
  std::uint32_t gpus_max = 8;    ///< Of the widest slot that the fleet has room for.
  bool leave_out_wide = false;
};

struct TraceWork {
  Work work;
  std::uint64_t left_out = 0;  ///< Rows.
  std::uint64_t widened = 0;   ///< Rows that ask for 3, 5, ... GPUs: their slots have 4, 8, ....
};

/// REQUIRES: a kind with jobs, not acme. Load times are drawn from the seed.
Result<TraceWork> read_jobs(std::string_view text, const std::string& file, TraceKind kind,
                            const TraceOptions& options, std::uint64_t seed);

}  // namespace gwageo::simulate
