// Examinations: what a coordinator would have on record and in its store, made in memory by the
// code that makes it in earnest: a suite rendered, every answer recorded, every job evaluated. No
// pool, no clock: for measurements and tests.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "benchmarks/date.h"
#include "coordinator/journal.h"
#include "coordinator/result_block.h"
#include "coordinator/state.h"
#include "coordinator/store.h"

namespace gwageo {

/// A resource; one thread. The same calls make the same answers.
class Examinations {
 public:
  /// With a suite `bench` of so many items in four tasks of one axis, a target `bench` on it (the
  /// best within 6 months, share 0.95), and `day` begun. REQUIRES: 4 items or more.
  static Result<std::unique_ptr<Examinations>> create(std::uint64_t items, const std::string& day);

  const State& state() const { return state_; }
  /// All that was decided, in order.
  const std::vector<Fact>& facts() const { return facts_; }
  const Store& store() const { return *store_; }

  void decide(const Fact& fact);
  void put_blob(const std::string& bytes);
  /// Its team has the model's name.
  void add_model(const std::string& name, ModelRole role, const Date& released);
  /// A job of the model's newest version with every answer recorded; so many of them are right.
  Result<JobId> answer(const std::string& model, double accuracy);
  /// The name of the worker that answered a job, and no other.
  static std::string worker_of(JobId job);
  /// Scores a job that was answered.
  Status evaluate_job(JobId job);
  /// Both.
  Status examine(const std::string& model, double accuracy);

 private:
  Status render(std::uint64_t items);
  Status record(JobId job, LeaseId lease, double accuracy);
  Status record(JobId job, const ResultBlock& block);
  double draw();

  std::unique_ptr<Store> store_ = new_memory_store();
  State state_;
  JournalWriter journal_;
  std::vector<Fact> facts_;
  SuiteAdded suite_;
  std::uint64_t drawn_ = 1;
  std::int64_t now_ = 0;
};

}  // namespace gwageo
