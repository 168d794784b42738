// A coordinator with workers of which some forge answers, and an auditor.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "tests/coordinator/desk.h"
#include "worker/batch_signer.h"

namespace gwageo::testing {

inline constexpr std::size_t audited_items = 400;

/// Workers w1, w2, ... that answer at once, each with a way of its own.
class AuditHall : public Desk {
 public:
  explicit AuditHall(std::uint64_t workers);
  ~AuditHall() override;

  /// It comes as this principal, whose key is registered if need be, and under its usual name
  /// unless another is said.
  void join(std::uint64_t worker, const std::string& key = "pool", const std::string& name = {});

  /// It says goodbye.
  void leave(std::uint64_t worker);

  void run_job();

  /// Begins an audit of job 1, by the number that is the digest of a text.
  Reply commit(std::int64_t sample, const std::string& number);
  Reply reveal(std::int64_t audit, const std::string& number);
  Json show(std::int64_t audit);
  Json audited(std::int64_t sample, const std::string& number = "number");

  void let_pass(Duration time);

  /// Which workers answered items of a job, by the records.
  std::set<std::string> who_ran(JobId job) const;

  std::set<std::uint64_t> forges;  ///< Workers that make up every hundredth answer.
  static inline std::string engine = "paced";

 protected:
  void hear(const Message& message) override;
  bool work() override;

 public:
  std::uint64_t forged_in_hundred = 10;
  bool answers = true;  ///< Else what is asked waits.

 private:
  struct Sent {
    Results results;
    std::vector<ItemIdentity> items;
  };

  void acknowledged(const Acknowledge& known);
  void add_suite();

  std::deque<Grant> inbox_;
  std::map<std::uint64_t, std::string> workers_;  // With the key of each.
  std::map<std::uint64_t, BatchSigner> signers_;
  std::map<LeaseId, Sent> sent_;
  Instant signing_time_;
};

}  // namespace gwageo::testing
