#include "worker/openai_retry.h"

#include <gtest/gtest.h>

#include <set>

namespace gwageo {
namespace {

HttpAnswer answered(int status, std::string body = {}) {
  HttpAnswer answer;
  answer.status = status;
  answer.body = std::move(body);
  return answer;
}

HttpAnswer ended(HttpEnd end) {
  HttpAnswer answer;
  answer.end = end;
  answer.error = "why";
  return answer;
}

TEST(OpenAiRetry, KnowsWhatMayGetBetter) {
  for (const int status : {429, 500, 502, 503, 504}) {
    EXPECT_TRUE(may_get_better(answered(status))) << status;
  }
  for (const int status : {301, 400, 401, 403, 404, 408, 413, 422, 501}) {
    EXPECT_FALSE(may_get_better(answered(status))) << status;
  }
  for (const HttpEnd end : {HttpEnd::not_reached, HttpEnd::lost, HttpEnd::timed_out}) {
    EXPECT_TRUE(may_get_better(ended(end)));
  }
  EXPECT_FALSE(may_get_better(ended(HttpEnd::too_large)));
  EXPECT_FALSE(may_get_better(ended(HttpEnd::impossible)));
}

TEST(OpenAiRetry, PausesDoubleAndDependOnTheCallAlone) {
  std::set<std::int64_t> pauses;
  for (std::uint64_t call = 0; call < 100; ++call) {
    Duration full = milliseconds(500);
    for (std::uint32_t tries = 1; tries <= 20; ++tries, full = std::min(full * 2, seconds(30))) {
      const auto pause = pause_before_retry(answered(503), tries, 20, call, {});
      ASSERT_TRUE(pause);
      EXPECT_GE(*pause, microseconds(full.microseconds / 2));
      EXPECT_LE(*pause, full);
      EXPECT_EQ(pause, pause_before_retry(answered(503), tries, 20, call, {}));
      if (tries == 1) pauses.insert(pause->microseconds);
    }
  }
  EXPECT_GT(pauses.size(), 90U);  // Calls that failed together do not come back together.
}

TEST(OpenAiRetry, EndsAfterItsRetries) {
  EXPECT_TRUE(pause_before_retry(answered(500), 5, 5, 1, {}));
  EXPECT_FALSE(pause_before_retry(answered(500), 6, 5, 1, {}));
  EXPECT_FALSE(pause_before_retry(answered(500), 1, 0, 1, {}));
  EXPECT_FALSE(pause_before_retry(answered(400), 1, 5, 1, {}));
}

TEST(OpenAiRetry, TakesRetryAfterAtItsWordWithinBounds) {
  HttpAnswer answer = answered(429);
  for (const auto& [said, taken] :
       {std::pair(seconds(0), milliseconds(250)), std::pair(seconds(7), seconds(7)),
        std::pair(seconds(86400), waits_max)}) {
    answer.retry_after = said;
    EXPECT_EQ(pause_before_retry(answer, 1, 5, 1, {}), taken);
  }
}

TEST(OpenAiRetry, WaitsSoLongInAll) {
  EXPECT_EQ(waits_max * limits::engine_tries_max, seconds(300));
  HttpAnswer told = answered(429);
  told.retry_after = seconds(60);
  for (const HttpAnswer& answer : {told, answered(503)}) {
    Duration waited;
    std::uint32_t tries = 1;
    while (const auto pause = pause_before_retry(answer, tries, 100, 1, waited)) {
      waited = waited + *pause;
      ++tries;
    }
    EXPECT_EQ(waited, waits_max);
    EXPECT_LT(tries, 100U);
  }
}

TEST(OpenAiRetry, SortsFailuresIntoOutcomes) {
  EXPECT_EQ(failure_of(answered(404), 1, "").outcome, Outcome::refused_by_engine);
  EXPECT_EQ(failure_of(answered(302), 1, "").outcome, Outcome::refused_by_engine);
  EXPECT_EQ(failure_of(answered(429), 6, "").outcome, Outcome::engine_failed);
  EXPECT_EQ(failure_of(answered(501), 1, "").outcome, Outcome::engine_failed);
  EXPECT_EQ(failure_of(ended(HttpEnd::timed_out), 2, "").outcome, Outcome::timed_out);
  EXPECT_EQ(failure_of(ended(HttpEnd::lost), 2, "").error, "the server: why (tried 2 times)");
}

TEST(OpenAiRetry, SaysThatAServerPutItOffForTooLong) {
  HttpAnswer answer = answered(429);
  answer.retry_after = waits_max;
  EXPECT_EQ(failure_of(answer, 2, "").error.find("Retry-After"), std::string::npos);
  answer.retry_after = seconds(3600);
  EXPECT_NE(failure_of(answer, 2, "").error.find("(its Retry-After: 3600 s, longer than a worker"),
            std::string::npos);
}

TEST(OpenAiRetry, FindsTheMessageOfABody) {
  EXPECT_EQ(message_in(R"({"error":{"message":"a"}})", ""), "a");
  EXPECT_EQ(message_in(R"({"error":"b"})", ""), "b");
  EXPECT_EQ(message_in(R"({"message":"c","code":400})", ""), "c");
  EXPECT_EQ(message_in(R"({"detail":"d"})", ""), "d");
  EXPECT_EQ(message_in("<html>\n", ""), "<html> ");
  EXPECT_EQ(message_in("", ""), "");
  // Cut between characters, never inside one, and never inside the token.
  std::string syllables;
  for (int i = 0; i < 200; ++i) syllables += "가";
  EXPECT_EQ(message_in(syllables, "").size(), 300U);
  EXPECT_EQ(message_in("x" + syllables, "").size(), 298U);
  const std::string long_token(400, 't');
  EXPECT_EQ(message_in("key " + long_token, long_token), "key [token]");
  EXPECT_EQ(message_in("\xff\xfe", ""), "");
}

}  // namespace
}  // namespace gwageo
