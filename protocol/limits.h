// Every bound that both sides of the wire must know, with the arithmetic that relates them.
#pragma once

#include <cstddef>
#include <cstdint>

#include "protocol/time.h"

namespace gwageo::limits {

/// Version of the wire protocol. A peer with another one is refused in words.
inline constexpr std::uint32_t protocol_version = 1;

/// One frame. Larger ones are refused by the transport before they are read.
inline constexpr std::size_t message_bytes_max = std::size_t{16} << 20;
/// One piece of a file on its way to the store.
inline constexpr std::size_t piece_bytes_max = std::size_t{1} << 20;
inline constexpr std::size_t attachments_max = 16;
/// A journal record, so that it fits an entry of a tile bundle (C2SP tlog-tiles: 16-bit lengths).
inline constexpr std::size_t record_bytes_max = 65535;

inline constexpr std::size_t name_bytes_max = 128;
inline constexpr std::size_t text_bytes_max = 4096;  ///< Paths, reasons, option values.
inline constexpr std::size_t options_max = 64;
inline constexpr std::size_t fault_bytes_max = 512;  ///< What is wrong with a slot, in words.

inline constexpr std::uint32_t slots_max = 64;                 ///< Of one worker.
inline constexpr std::uint32_t loads_at_once = 8;              ///< Of one worker, unless it says.
inline constexpr std::uint32_t gpu_memory_mib_max = 1U << 24;  ///< Of one GPU: 16 TiB.
inline constexpr std::uint64_t model_bytes_max = std::uint64_t{1} << 50;  ///< Of its files.
inline constexpr std::uint32_t credit_items_max = 4096;  ///< Items in flight in one slot.
inline constexpr std::size_t lease_items_max = 256;      ///< Items of one lease.
inline constexpr std::size_t batch_chunks_max = 1024;    ///< Chunks that one Batch signs.
inline constexpr std::size_t acknowledged_max = 256;     ///< Acknowledgements in one Grant.
inline constexpr std::size_t requests_of_item_max = 256;
inline constexpr std::size_t request_bytes_max = std::size_t{4} << 20;
/// Of all requests of an item, and likewise of all its responses.
inline constexpr std::size_t item_bytes_max = std::size_t{4} << 20;
/// Of the items of one Grant or Results; a single item may be as large as it is allowed to be.
inline constexpr std::size_t chunk_bytes_max = std::size_t{8} << 20;
inline constexpr std::size_t cached_models_max = 256;  ///< That a worker names.
inline constexpr std::size_t ranges_max = 1024;        ///< Of one message or fact.
inline constexpr std::size_t leases_held_max = std::size_t{slots_max} * credit_items_max;
inline constexpr std::size_t adoptions_of_fact_max = 512;
inline constexpr std::size_t sums_of_fact_max = 2048;  ///< Tasks of one scorecard.

/// A worker reports every `heartbeat`; a lease that nobody reports for `lease_term` is over.
inline constexpr Duration heartbeat = seconds(1);
inline constexpr Duration lease_term = seconds(15);
/// A lease that makes no progress for this long while others idle gives half of its rest away.
inline constexpr Duration split_after = seconds(3);
/// A worker that was not heard for so long may be gone: while others idle, its items are copied.
inline constexpr Duration silent_after = seconds(3);
/// A slot whose results stay away for at least so long, and for `copy_times` what its items should
/// take, has stopped, too.
inline constexpr Duration copy_after = seconds(1);
inline constexpr std::int64_t copy_times = 4;
/// A worker whose recorded results are unsigned for so long is shown; after so long, or with so
/// many chunks of them, it gets no more leases until it has signed.
inline constexpr Duration unsigned_shown_after = seconds(10);
inline constexpr Duration unsigned_borne = seconds(60);
inline constexpr std::size_t unsigned_chunks_max = 65536;
/// How often the coordinator looks for slots that are late.
inline constexpr Duration look_every = milliseconds(250);
/// A worker that was told to stop has this long to hand in what it has.
inline constexpr Duration stop_grace = seconds(4);

/// Tries of one item before its failure is final: those that the engine spoils, those that are lost
/// with a worker. More of the second, because an item is seldom to blame for a lost worker.
inline constexpr std::uint32_t engine_tries_max = 3;
inline constexpr std::uint32_t lost_tries_max = 8;
/// Workers that a class may take with it, one after another, before its jobs are paused.
inline constexpr std::size_t workers_lost_max = 3;
/// Loads of one job's model that may fail in a row before the job has failed.
inline constexpr std::uint32_t load_tries_max = 3;

inline constexpr std::size_t workers_max = 4096;
inline constexpr std::size_t jobs_open_max = 100000;
inline constexpr std::size_t audit_parts_max = 2;
inline constexpr std::uint64_t plan_items_max = std::uint64_t{1} << 32;

/// Teams that are set, and how many are above one another with the lowest.
inline constexpr std::size_t teams_max = 4096;
inline constexpr std::size_t team_depth_max = 8;
/// The largest values of a team's setting. Hours are microseconds, too, within 63 bits.
inline constexpr std::uint32_t team_weight_max = 1000000;
inline constexpr std::uint32_t team_slots_max = 1000000;
inline constexpr std::uint64_t team_gpu_hours_max = 1000000000;
/// Priorities are from minus this to this.
inline constexpr std::int32_t priority_max = 1000;
/// The latest deadline of a job, from its submission.
inline constexpr Duration within_max = seconds(std::int64_t{366} * 86400);

static_assert(lease_term.microseconds >= 5 * heartbeat.microseconds);
static_assert(unsigned_borne.microseconds > 2 * lease_term.microseconds);
static_assert(silent_after.microseconds >= 3 * heartbeat.microseconds);
static_assert(chunk_bytes_max + item_bytes_max <= message_bytes_max);
static_assert(piece_bytes_max * attachments_max <= message_bytes_max);

}  // namespace gwageo::limits
