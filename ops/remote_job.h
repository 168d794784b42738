// A job of a running coordinator, read through its verb `items`: what a team is given of its own
// job is what everybody else is given.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "coordinator/job_head.h"
#include "coordinator/job_items.h"
#include "coordinator/store.h"
#include "ops/client.h"

namespace gwageo {

/// A resource; one thread. The client outlives it.
class RemoteJob final : public JobItems {
 public:
  /// Reads all but the items. not_found or not_allowed as the coordinator says; corrupt when it
  /// gives something else than what the suite names.
  static Result<std::unique_ptr<RemoteJob>> open(Client& client, JobId job);

  const JobHead& head() const { return head_; }
  /// Holds the suite's files.
  const Store& files() const { return *files_; }
  Result<JobItem> next() override;

 private:
  RemoteJob(Client& client, JobId job) : client_(client), job_(job), files_(new_memory_store()) {}
  Status ask();
  Result<std::string_view> element();
  Status take_blob(const Digest& digest);

  Client& client_;
  JobId job_;
  JobHead head_;
  std::unique_ptr<Store> files_;
  std::string page_;
  std::size_t at_ = 0;     ///< Bytes of the page that were taken.
  std::int64_t next_ = 0;  ///< Where the next page begins.
  bool more_ = true;       ///< Whether there is one.
};

}  // namespace gwageo
