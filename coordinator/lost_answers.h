// Answers that are on record and that the store has not, or others in their place: which they are,
// in words, and what a job that was closed for them means for others.
//
// Nothing is scored without them. Somebody may bring them back; else the job is closed on record,
// and what it rested on is asked anew by whoever submits it again.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "coordinator/job_items.h"
#include "coordinator/state.h"
#include "coordinator/store.h"
#include "protocol/result.h"

namespace gwageo {

/// In words: "answers of lease 5 of w1 (items 0 to 9) are gone from the store, and answers of lease
/// 7 of w2 (items 10 to 19), and of 2 more, are there and are not what was recorded", of what the
/// job, or another whose answers it took over, has on record; of a plan instead, where one is not
/// as on record; empty where all are there and are those. Reads the journal. Errors of the store.
Result<std::string> describe_lost_answers(const JobOnRecord& of, const Store& store);

/// What to do about it, for whoever asks of the job.
std::string advice_on_lost_answers(const Job& job);

/// Whether the job was closed because answers of it are gone: every item had come to its end.
inline bool is_closed_unscored(const Job& job) { return job.cancelled && job.settled(); }

/// Whether nothing rests on these answers of the job any more: it was closed so, and whoever took
/// some of them over was cancelled, too. REQUIRES: there is such a job.
bool counts_for_nothing(const State& state, JobId job, const std::vector<Range>& items);

/// What such jobs rested on, by the job that has the records: which of these answers are gone no
/// record says, so none of them is taken over any more.
std::map<JobId, RangeSet> answers_not_to_take(const State& state);

}  // namespace gwageo
