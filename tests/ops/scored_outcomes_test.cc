#include "ops/scored_outcomes.h"

#include <gtest/gtest.h>

namespace gwageo {
namespace {

using Outcomes = std::array<std::uint64_t, outcome_count>;

Outcomes counts(std::uint64_t answered, std::uint64_t truncated, std::uint64_t timed_out,
                std::uint64_t cancelled) {
  Outcomes outcomes{};
  outcomes[static_cast<std::size_t>(Outcome::answered)] = answered;
  outcomes[static_cast<std::size_t>(Outcome::truncated)] = truncated;
  outcomes[static_cast<std::size_t>(Outcome::timed_out)] = timed_out;
  outcomes[static_cast<std::size_t>(Outcome::cancelled)] = cancelled;
  return outcomes;
}

// Of ten items six have results of the job's own, `adopted` have others', and one was given up.
Job job_of_ten(std::uint64_t adopted) {
  Job job;
  job.accepted.items = 10;
  job.executed.add({0, 6});
  job.done.add({0, 6 + adopted});
  job.recorded = counts(4, 2, 0, 0);
  job.given_up[Outcome::timed_out].add({9, 10});
  return job;
}

TEST(ScoredOutcomes, AreThoseOnRecord) {
  EXPECT_EQ(first_uncounted(job_of_ten(0), counts(4, 2, 1, 3)), std::nullopt);
  EXPECT_EQ(first_uncounted(job_of_ten(0), counts(3, 2, 1, 4)), Outcome::answered);
  EXPECT_EQ(first_uncounted(job_of_ten(0), counts(5, 1, 1, 3)), Outcome::answered);
  EXPECT_EQ(first_uncounted(job_of_ten(0), counts(4, 2, 0, 4)), Outcome::timed_out);
  EXPECT_EQ(first_uncounted(job_of_ten(0), counts(4, 2, 1, 2)), Outcome::cancelled);
}

TEST(ScoredOutcomes, OfAdoptedAnswersAnyButNone) {
  EXPECT_EQ(first_uncounted(job_of_ten(3), counts(7, 2, 1, 0)), std::nullopt);
  EXPECT_EQ(first_uncounted(job_of_ten(3), counts(5, 4, 1, 0)), std::nullopt);
  EXPECT_EQ(first_uncounted(job_of_ten(3), counts(6, 2, 1, 1)), Outcome::cancelled);
  EXPECT_EQ(first_uncounted(job_of_ten(3), counts(8, 2, 1, 0)), Outcome::answered);
  EXPECT_TRUE(first_uncounted(job_of_ten(3), counts(6, 2, 1, 0)).has_value());
}

}  // namespace
}  // namespace gwageo
