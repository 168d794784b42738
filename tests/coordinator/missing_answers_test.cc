// Answers that are on record and not in the store: nothing is scored as if nobody had given them.
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>

#include "coordinator/evaluation.h"
#include "coordinator/keys.h"
#include "coordinator/state.h"
#include "coordinator/store.h"
#include "tests/coordinator/audit_hall.h"

namespace gwageo::testing {
namespace {

// The same rows but for the first `without` blocks of results of job 1.
std::unique_ptr<Store> copy_of(const Store& store, int without) {
  std::unique_ptr<Store> copy = new_memory_store();
  WriteBatch batch;
  const keys::KeyRange results = keys::result_blocks(JobId{1});
  EXPECT_TRUE(store.scan("", "z", [&](std::string_view key, std::string_view value) {
    if (key >= results.first && key < results.second && without-- > 0) return true;
    batch.puts.emplace_back(key, value);
    return true;
  }));
  EXPECT_TRUE(copy->write(batch, Sync::no));
  return copy;
}

TEST(MissingAnswers, AreNoScore) {
  AuditHall hall(2);
  hall.run_job();
  const Job& job = *hall.state().job(JobId{1});
  const EvaluationInput input{job, hall.state().plan_of(job.accepted).manifest};
  const Result<Evaluation> whole = evaluate(input, *copy_of(hall.store(), 0));
  ASSERT_TRUE(whole) << whole.error().message;
  EXPECT_EQ(whole->scored.outcomes, job.scored->outcomes);
  const Result<Evaluation> part = evaluate(input, *copy_of(hall.store(), 1));
  ASSERT_FALSE(part);
  EXPECT_EQ(part.error().kind, ErrorKind::corrupt);
  EXPECT_NE(part.error().message.find("job 1: the answer to plan index"), std::string::npos)
      << part.error().message;
}

}  // namespace
}  // namespace gwageo::testing
