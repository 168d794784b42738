// The canonical bytes of requests and responses. They are hashed and stored: the digests written
// here may never change.
#include "protocol/request.h"

#include <gtest/gtest.h>

#include <random>

namespace gwageo {
namespace {

using namespace std::string_literals;

Request generation() {
  Request request;
  request.prompt = "Question: 1 + 1 = ?\nAnswer:";
  request.stop = {"\n", "Question:"};
  request.tokens_max = 16;
  request.temperature = 0.5;
  request.top_p = 0.9;
  request.seed = 7;
  return request;
}

Request likelihood() {
  Request request;
  request.kind = RequestKind::likelihood;
  request.prompt = "서울은";
  request.continuation = " 수도";
  return request;
}

Request rolling() {
  Request request;
  request.kind = RequestKind::rolling;
  request.continuation = "서울은 수도";
  return request;
}

Request chat() {
  Request request = generation();
  request.kind = RequestKind::chat;
  request.prompt.clear();
  request.messages = {{"system", "Answer."}, {"user", "1 + 1 = ?"}, {"assistant", "It is"}};
  return request;
}

Response response() { return {Outcome::truncated, "two\0"s, -1.5, true, 3, "limit"}; }

TEST(RequestTest, layouts_are_these_bytes) {
  Request small;
  small.prompt = "p";
  small.stop = {"s"};
  small.tokens_max = 2;
  small.seed = 3;
  EXPECT_EQ(encode(small),
            "\1\0\1\0\0\0p\1\0\0\0\1\0\0\0s\2\0\0\0"
            "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\xf0\x3f\3\0\0\0\0\0\0\0"s);
  small = {};
  small.kind = RequestKind::likelihood;
  small.prompt = "p";
  small.continuation = "c";
  EXPECT_EQ(encode(small), "\1\1\1\0\0\0p\1\0\0\0c"s);
  small.kind = RequestKind::rolling;
  small.prompt.clear();
  EXPECT_EQ(encode(small), "\1\2\0\0\0\0\1\0\0\0c"s);
  small = {};
  small.kind = RequestKind::chat;
  small.messages = {{"user", "m"}};
  small.tokens_max = 2;
  small.seed = 3;
  EXPECT_EQ(encode(small),
            "\1\3\0\0\0\0\1\0\0\0\4\0\0\0user\1\0\0\0m\0\0\0\0\2\0\0\0"
            "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\xf0\x3f\3\0\0\0\0\0\0\0"s);
  EXPECT_EQ(encode(Response{Outcome::timed_out, "t", 0, true, 5, "e"}),
            "\1\4\1\0\0\0t\0\0\0\0\0\0\0\0\1\5\0\0\0\1\0\0\0e"s);
}

TEST(RequestTest, comes_back_from_its_bytes) {
  for (const Request& request : {Request(), generation(), likelihood(), rolling(), chat()}) {
    EXPECT_EQ(*decode_request(encode(request)), request);
  }
  for (const Response& answer : {Response(), response()}) {
    EXPECT_EQ(*decode_response(encode(answer)), answer);
  }
}

TEST(RequestTest, what_the_kind_does_not_use_is_not_in_the_bytes) {
  Request request = likelihood();
  request.seed = 99;
  request.stop = {"x"};
  EXPECT_EQ(encode(request), encode(likelihood()));
  request = generation();
  request.continuation = "x";
  EXPECT_EQ(encode(request), encode(generation()));
  for (const Request& whole : {rolling(), chat()}) {
    request = whole;
    request.prompt = "x";
    EXPECT_EQ(encode(request), encode(whole));
  }
}

TEST(RequestTest, a_prompt_where_the_kind_has_none_and_strange_messages_are_refused) {
  std::string bytes = encode(likelihood());
  bytes[1] = 2;  // Rolling, with a prompt.
  EXPECT_FALSE(decode_request(bytes));
  Request request = chat();
  request.messages.clear();
  EXPECT_FALSE(decode_request(encode(request)));
  request.messages = {{"tool", "x"}};
  EXPECT_FALSE(decode_request(encode(request)));
  request.messages.assign(4097, {"user", "x"});
  EXPECT_FALSE(decode_request(encode(request)));
}

TEST(RequestTest, bytes_that_are_cut_or_go_on_are_refused) {
  for (const Request& request : {generation(), likelihood(), rolling(), chat()}) {
    const std::string whole = encode(request);
    for (std::size_t size = 0; size < whole.size(); ++size) {
      const auto cut = decode_request(whole.substr(0, size));
      ASSERT_FALSE(cut) << size;
      EXPECT_EQ(cut.error().kind, ErrorKind::bad_input);
    }
    EXPECT_FALSE(decode_request(whole + '\0'));
  }
  const std::string whole = encode(response());
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_FALSE(decode_response(whole.substr(0, size))) << size;
  }
  EXPECT_FALSE(decode_response(whole + '\0'));
}

TEST(RequestTest, unknown_numbers_are_refused) {
  std::string bytes = encode(generation());
  bytes[0] = 2;
  EXPECT_FALSE(decode_request(bytes));
  bytes = encode(generation());
  bytes[1] = 4;
  EXPECT_FALSE(decode_request(bytes));
  bytes = encode(response());
  bytes[1] = static_cast<char>(outcome_count);
  EXPECT_FALSE(decode_response(bytes));
  bytes = encode(Response());
  bytes[14] = 2;  // `greedy`, after the empty text.
  EXPECT_FALSE(decode_response(bytes));
}

TEST(RequestTest, stop_strings_are_bounded) {
  Request request = generation();
  request.stop.assign(64, "x");
  EXPECT_TRUE(decode_request(encode(request)));
  request.stop.assign(65, "x");
  EXPECT_FALSE(decode_request(encode(request)));
}

TEST(RequestTest, whatever_is_accepted_has_one_encoding) {
  std::mt19937 random(20261122);
  const std::string seeds[] = {encode(generation()), encode(likelihood()), encode(rolling()),
                               encode(chat()), encode(response())};
  int accepted = 0;
  for (int round = 0; round < 20000; ++round) {
    std::string bytes = seeds[random() % 3];
    for (auto changes = 1 + random() % 3; changes > 0; --changes) {
      bytes[random() % bytes.size()] = static_cast<char>(random());
    }
    if (const auto request = decode_request(bytes)) {
      EXPECT_EQ(encode(*request), bytes);
      ++accepted;
    }
    if (const auto answer = decode_response(bytes)) {
      EXPECT_EQ(encode(*answer), bytes);
      ++accepted;
    }
  }
  EXPECT_GT(accepted, 1000);
}

TEST(OutcomeTest, names_and_classes) {
  const char* const names[] = {"answered",  "truncated",   "refused_by_engine", "engine_failed",
                               "timed_out", "worker_lost", "cancelled"};
  for (std::size_t i = 0; i < outcome_count; ++i) {
    const auto outcome = static_cast<Outcome>(i);
    EXPECT_EQ(to_string(outcome), names[i]);
    EXPECT_FALSE(is_scored(outcome) && is_retried(outcome));
  }
  EXPECT_EQ(to_string(static_cast<Outcome>(outcome_count)), "unknown");
  EXPECT_TRUE(is_scored(Outcome::truncated));
  EXPECT_TRUE(is_retried(Outcome::worker_lost));
  EXPECT_FALSE(is_retried(Outcome::refused_by_engine));
}

}  // namespace
}  // namespace gwageo
