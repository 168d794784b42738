// Suspicion: which workers fail more often than others would, and answers that are known, by which
// such a worker can be told from an unlucky one. Volatile: what is decided on it is in the journal.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/digest.h"
#include "protocol/ids.h"

namespace gwageo {

/// Whether what goes wrong with an engine of this kind says something of its worker. A server
/// behind `openai` is somebody else's: a team's bad endpoint fails on every worker that asks it.
bool is_worker_to_blame(std::string_view engine);

/// One thread.
class Suspicion {
 public:
  /// A worker with so many points is asked something that is known.
  static constexpr std::size_t points_max = 3;
  /// A probe that ends without an answer is repeated until so many have.
  static constexpr std::uint32_t failures_max = 3;

  /// Something went wrong with the worker of this name, in words; `points` times as telling as
  /// usual.
  void point(const std::string& worker, const std::string& what, std::size_t points = 1);
  bool suspects(const std::string& worker) const;
  /// A probe of it ended without an answer. Returns whether that was one time too many.
  bool probe_failed(const std::string& worker);
  /// It has answered alike, or somebody has looked after it.
  void clear(const std::string& worker) { workers_.erase(worker); }
  /// What went wrong, newest last; empty for a worker without points.
  std::vector<std::string> points(const std::string& worker) const;

  /// The answer that counts for an item of the job, and who gave it.
  struct KnownAnswer {
    JobId job;
    std::uint64_t index = 0;
    LeaseId lease;
    Digest leaf;
    std::string worker;
  };
  /// REQUIRES: the engine of the class answers the same request alike.
  void remember(const Digest& class_key, KnownAnswer answer);
  /// Nothing of this job is known any more.
  void forget(JobId job);
  /// The newest known answer of the class that another worker gave.
  std::optional<KnownAnswer> known(const Digest& class_key, const std::string& not_by) const;
  /// The same of any class.
  const std::map<Digest, std::deque<KnownAnswer>>& known() const { return known_; }

 private:
  static constexpr std::size_t answers_of_class = 4;
  static constexpr std::size_t classes_max = 1024;

  struct Worker {
    std::vector<std::string> points;
    std::uint32_t failed_probes = 0;
  };
  std::map<std::string, Worker> workers_;
  std::map<Digest, std::deque<KnownAnswer>> known_;  // By class key, newest last.
};

}  // namespace gwageo
