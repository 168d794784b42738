#include "worker/call_queue.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

namespace gwageo {
namespace {

Call queued_call(std::uint64_t token, const std::string& prompt) {
  Call made{token, "T", "i" + std::to_string(token), 0, 0, {}};
  made.request.prompt = prompt;
  return made;
}

Call choice(std::uint64_t token, const std::string& item, std::uint32_t number) {
  Call made{token, "T", item, 0, number, {}};
  made.request.kind = RequestKind::likelihood;
  made.request.prompt = "Question of " + item;
  made.request.continuation = " " + std::to_string(number);
  return made;
}

std::vector<std::uint64_t> tokens_of_calls(const std::vector<Call>& calls) {
  std::vector<std::uint64_t> tokens;
  for (const Call& each : calls) tokens.push_back(each.token);
  return tokens;
}

std::vector<std::uint64_t> drained(CallQueue& queue) {
  std::vector<std::uint64_t> tokens;
  while (!queue.empty()) tokens.push_back(queue.pop().token);
  return tokens;
}

using CallTokens = std::vector<std::uint64_t>;

TEST(CallQueue, PromptsThatBeginAlikeAreNeighbours) {
  CallQueue queue;
  const std::vector<std::string> prompts = {"b: two", "a: one", "b: one", "a: two", "a: one"};
  for (std::size_t i = 0; i < prompts.size(); ++i) queue.push(queued_call(i, prompts[i]));
  EXPECT_EQ(queue.size(), 5u);
  EXPECT_EQ(drained(queue), (CallTokens{1, 4, 3, 2, 0}));
}

TEST(CallQueue, ChatsAreNeighboursByTheirFirstMessages) {
  CallQueue queue;
  const auto chat = [](std::uint64_t token, const std::string& system, const std::string& user) {
    Call made{token, "T", "i", 0, 0, {}};
    made.request.kind = RequestKind::chat;
    made.request.messages = {{"system", system}, {"user", user}};
    return made;
  };
  queue.push(chat(1, "Be kind.", "b"));
  queue.push(chat(2, "Be brief.", "c"));
  queue.push(chat(3, "Be kind.", "a"));
  EXPECT_EQ(drained(queue), (CallTokens{2, 3, 1}));
}

// A prompt that is behind the walk, or that would always be overtaken, has its turn in the next.
TEST(CallQueue, NobodyIsPassedByTwice) {
  CallQueue queue;
  queue.push(queued_call(0, "m"));
  queue.push(queued_call(1, "z"));
  EXPECT_EQ(queue.pop().token, 0u);
  for (std::uint64_t i = 10; i < 20; ++i) queue.push(queued_call(i, "n"));
  EXPECT_EQ(queue.pop().token, 1u);
  queue.push(queued_call(2, "a"));
  EXPECT_EQ(queue.pop().token, 2u);
}

TEST(CallQueue, GivesTheOtherChoicesOfAQuestion) {
  CallQueue queue;
  for (const std::uint32_t number : {2, 0, 1}) queue.push(choice(number, "one", number));
  queue.push(choice(7, "two", 0));
  Call repeat = choice(8, "one", 3);
  repeat.repeat = 1;
  queue.push(repeat);
  const Call first = queue.pop();
  EXPECT_EQ(first.token, 2u);
  EXPECT_EQ(tokens_of_calls(queue.pop_siblings(first)), (CallTokens{0, 1}));
  EXPECT_EQ(drained(queue), (CallTokens{8, 7}));
}

TEST(CallQueue, GivesAllBackInTheOrderInWhichTheyCame) {
  CallQueue queue;
  for (std::uint64_t i = 0; i < 10; ++i) queue.push(queued_call(i, std::to_string(9 - i)));
  EXPECT_EQ(queue.pop().token, 9u);
  queue.push(queued_call(10, "0"));
  EXPECT_EQ(tokens_of_calls(queue.take_all()), (CallTokens{0, 1, 2, 3, 4, 5, 6, 7, 8, 10}));
  EXPECT_TRUE(queue.empty());
}

TEST(CallQueue, LosesAndDoublesNothing) {
  std::mt19937 random(7);
  for (int round = 0; round < 50; ++round) {
    CallQueue queue;
    CallTokens seen;
    std::uint64_t pushed = 0;
    for (int i = 0; i < 200; ++i) {
      if (random() % 2 == 0) {
        queue.push(choice(pushed++, std::to_string(random() % 5), random() % 4));
        continue;
      }
      if (queue.empty()) continue;
      const Call first = queue.pop();
      seen.push_back(first.token);
      if (random() % 2 == 0) continue;
      for (const Call& each : queue.pop_siblings(first)) seen.push_back(each.token);
    }
    for (const std::uint64_t token : drained(queue)) seen.push_back(token);
    std::ranges::sort(seen);
    CallTokens all;
    for (std::uint64_t i = 0; i < pushed; ++i) all.push_back(i);
    EXPECT_EQ(seen, all);
  }
}

}  // namespace
}  // namespace gwageo
