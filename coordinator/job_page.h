// A job, page by page, for a client that may read this job and no other. The list that the pages
// are cut from is
//
//   the suite's manifest | every piece of its files, in the manifest's order | every item
//
// each with its length before it. So a client needs no key of the store, and is given none of its
// rows: what another job was asked, and what it answered, is in no page but where this job adopted
// that answer.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "coordinator/job_head.h"
#include "coordinator/job_items.h"
#include "coordinator/store.h"

namespace gwageo {

struct JobPage {
  std::optional<JobHead> head;  ///< With its times; of the first page alone.
  std::uint64_t next = 0;       ///< The position after the page's last.
  bool more = false;            ///< Whether there is one.
  std::string bytes;            ///< At least one element unless `from` is beyond the list.
};

/// Reads a job's pages. Each page that begins where the last one ended costs what it holds; to
/// begin elsewhere costs a pass over the job's records. One thread at a time; the store outlives
/// it.
class JobPages {
 public:
  /// With copies of all that is needed beside the store. Items of an open job are as they were when
  /// the copies were made.
  JobPages(JobOnRecord job, JobHead head) : job_(std::move(job)), head_(std::move(head)) {}
  JobPages(const JobPages&) = delete;
  JobPages& operator=(const JobPages&) = delete;

  /// bad_input when an element is too large for a message.
  Result<JobPage> read(std::uint64_t from, const Store& store);

  JobId job() const { return job_.job.accepted.job; }
  /// Whether the job's items can change no more.
  bool is_final() const { return job_.job.scored.has_value(); }

 private:
  Result<std::string> element(std::uint64_t position, const Store& store);

  JobOnRecord job_;
  JobHead head_;
  std::vector<Digest> blobs_;
  std::optional<StoredItems> items_;
  std::uint64_t at_ = 0;                 ///< Position of what `items_` gives next.
  std::optional<std::string> too_much_;  ///< Was read, and had no room in the last page.
};

}  // namespace gwageo
