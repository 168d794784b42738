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

#include "coordinator/job_head.h"
#include "coordinator/store.h"

namespace gwageo {

/// A copy of what a page is made from beside the store, so that it can be made elsewhere.
struct JobPageInput {
  Job job;
  JobHead head;
  std::uint64_t from = 0;  ///< A position in the list.
};

struct JobPage {
  std::optional<JobHead> head;  ///< With its times; of the first page alone.
  std::uint64_t next = 0;       ///< The position after the page's last.
  bool more = false;            ///< Whether there is one.
  std::string bytes;            ///< At least one element unless `from` is beyond the list.
};

/// bad_input when an item is too large for a message. Items of an open job are as they are now.
Result<JobPage> read_page(const JobPageInput& input, const Store& store);

}  // namespace gwageo
