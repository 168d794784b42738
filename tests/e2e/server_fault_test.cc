// What a server may do to the items that it is asked: refuse one of them for good, or die with some
// in flight and come back. It costs the one, and nothing.
#include <gtest/gtest.h>
#include <signal.h>

#include <map>

#include "protocol/limits.h"
#include "tests/e2e/pool.h"
#include "tests/worker/openai_server.h"

namespace gwageo::e2e {
namespace {

using gwageo::testing::Habits;
using gwageo::testing::OpenAiServer;
using gwageo::testing::Reply;
namespace fs = std::filesystem;

constexpr int served_items = 400;

/// Two workers with four connections each to a server that takes up to 20 ms for an answer.
struct ServerFault : ::testing::Test {
  void SetUp() override {
    pool.start();
    pool.ask({"suite", "add", write_paced_suite(folder.path() / "suite", "numbers", served_items)});
    pool.ask({"model", "add", "m", "--role", "reference", "--released", "2026-07-15", "--engine",
              "openai", "--url", server.url(), "--option", "model=words", "--option",
              "connections=4"});
  }
  std::int64_t done_of(const std::string& job) const {
    return whole(pool.ask({"status", job}), {"items", "done"});
  }
  /// Everything was answered, and counted once.
  void expect_complete(const std::string& job) const {
    const Json results = pool.results(job);
    EXPECT_EQ(whole(results, {"coverage", "failed"}), 0) << results.dump();
    EXPECT_EQ(whole(results, {"tasks", "pace", "exact_match", "n"}), served_items);
    EXPECT_EQ(whole(results, {"executed"}), served_items);
    EXPECT_EQ(pool.items_recorded(), served_items);
  }

  OpenAiServer server{Habits{.by_prompt = true, .latency_max = 20}};
  TemporaryFolder folder;
  Pool pool{folder.path() / "data", 2};
};

TEST_F(ServerFault, OneRequestRefusedCostsOneItem) {
  const std::string asked = R"("number 137")";
  server.script(asked, {{400, R"({"error": {"message": "no such number"}})"}});
  const std::string job = pool.submit("once", "m", "numbers");
  const Json results = pool.results(job);
  EXPECT_EQ(whole(results, {"outcomes", "refused_by_engine"}), 1) << results.dump();
  EXPECT_EQ(whole(results, {"coverage", "failed"}), 1);
  EXPECT_EQ(whole(results, {"tasks", "pace", "exact_match", "n"}), served_items - 1);
  EXPECT_EQ(server.count(asked), 1U) << "a refusal is no reason to ask again";
  const std::string why = pool.ask({"explain", job}).dump();
  EXPECT_NE(why.find("status 400: no such number"), std::string::npos) << why;
}

TEST_F(ServerFault, AServerThatDiesAndComesBackCostsNothing) {
  const std::string job = pool.submit("once", "m", "numbers");
  ASSERT_TRUE(eventually(Milliseconds(30000), [&] { return server.count("number ") >= 40; }));
  server.stop();
  ASSERT_LT(done_of(job), served_items) << "the work was done before the server died";
  server.start();
  expect_complete(job);
  EXPECT_GT(server.count("number "), static_cast<std::size_t>(served_items))
      << "nothing was in flight";
}

TEST_F(ServerFault, WorkersThatStartBeforeTheirServerWaitForIt) {
  const std::string job = pool.submit("once", "m", "numbers");
  ASSERT_TRUE(eventually(Milliseconds(30000), [&] { return server.count("number ") >= 40; }));
  server.stop();
  for (const Daemon& daemon : daemons_of(pool.data())) {
    if (daemon.verb == "worker") ::kill(daemon.id, SIGKILL);
  }
  ASSERT_LT(done_of(job), served_items) << "the work was done before the server died";
  const std::size_t granted = pool.facts("lease-granted").size();
  ASSERT_TRUE(eventually(Milliseconds(30000),
                         [&] { return pool.facts("lease-granted").size() > granted; }));
  server.start();
  expect_complete(job);
}

// A model that would not load anywhere fails its job at once; a server that is away is no fault of
// the model, however many workers find it away.
TEST_F(ServerFault, AServerThatIsAwayFailsNoJob) {
  pool.ask({"model", "add", "hasty", "--role", "reference", "--released", "2026-07-15", "--engine",
            "openai", "--url", server.url(), "--option", "model=words", "--option", "retries=0"});
  server.stop();
  const std::string job = pool.submit("once", "hasty", "numbers");
  ASSERT_TRUE(eventually(Milliseconds(60000), [&] {
    return pool.facts("lease-ended").size() > std::size_t{limits::load_tries_max};
  }));
  const Json explained = pool.ask({"explain", job});
  EXPECT_FALSE(at(explained, {"load_errors"}).as_array().empty());
  EXPECT_NE(explained.dump().find("could not load it the last time: "), std::string::npos)
      << explained.dump();
  server.start();
  expect_complete(job);
}

// With no retries each call that meets nobody ends at once. What was in flight loses a try; all
// else waits for the server.
TEST_F(ServerFault, AServerThatDiesAndStaysAwayCostsWhatWasInFlight) {
  pool.ask({"model", "add", "hasty", "--role", "reference", "--released", "2026-07-15", "--engine",
            "openai", "--url", server.url(), "--option", "model=words", "--option", "retries=0",
            "--option", "connections=4"});
  const std::string job = pool.submit("once", "hasty", "numbers");
  ASSERT_TRUE(eventually(Milliseconds(30000), [&] { return server.count("number ") >= 40; }));
  const std::size_t ended = pool.facts("lease-ended").size();
  server.stop();
  ASSERT_LT(done_of(job), served_items) << "the work was done before the server died";
  ASSERT_TRUE(eventually(Milliseconds(60000),
                         [&] { return pool.facts("lease-ended").size() > ended + 6; }));
  server.start();
  expect_complete(job);
}

TEST_F(ServerFault, ExplainSaysWhatTheLastTrySaid) {
  const std::string asked = R"("number 137")";
  server.script(asked, std::vector<Reply>(20, {500, R"({"error": "out of memory"})"}));
  pool.ask({"model", "add", "hasty", "--role", "reference", "--released", "2026-07-15", "--engine",
            "openai", "--url", server.url(), "--option", "model=words", "--option", "retries=0"});
  const std::string job = pool.submit("once", "hasty", "numbers");
  const Json results = pool.results(job);
  EXPECT_EQ(whole(results, {"outcomes", "engine_failed"}), 1) << results.dump();
  const std::string why = pool.ask({"explain", job}).dump();
  EXPECT_NE(why.find("the last such try of the job, of item 137: the server answered with status "
                     "500: out of"),
            std::string::npos)
      << why;
}

TEST_F(ServerFault, ExplainSaysWhatUnlikeTriesSaid) {
  const auto fails = [](const std::string& error) {
    return std::vector<Reply>(20, {500, R"({"error": ")" + error + "\"}"});
  };
  server.script(R"("number 137")", fails("out of memory"));
  server.script(R"("number 138")", fails("out of memory"));
  server.script(R"("number 205")", fails("a broken disk"));
  pool.ask({"model", "add", "hasty", "--role", "reference", "--released", "2026-07-15", "--engine",
            "openai", "--url", server.url(), "--option", "model=words", "--option", "retries=0"});
  const std::string job = pool.submit("once", "hasty", "numbers");
  EXPECT_EQ(whole(pool.results(job), {"outcomes", "engine_failed"}), 3);
  const Json explained = pool.ask({"explain", job});
  std::map<std::string, std::int64_t> tries;
  for (const Json& failure : at(explained, {"failures"}).as_array()) {
    for (const Json& one : at(failure, {"reasons"}).as_array()) {
      tries[at(one, {"reason"}).as_string()] += whole(one, {"tries"});
    }
  }
  const std::map<std::string, std::int64_t> expected{
      {"the server answered with status 500: out of memory", 2 * limits::engine_tries_max},
      {"the server answered with status 500: a broken disk", limits::engine_tries_max}};
  EXPECT_EQ(tries, expected) << explained.dump();
  EXPECT_NE(explained.dump().find("Tries that ended so said, too, "), std::string::npos);
}

TEST_F(ServerFault, WhatModelAddRefusedStaysWithTheModel) {
  const OpenAiServer odd{Habits{.at_chance = true}};
  pool.ask({"model", "add", "odd", "--role", "reference", "--released", "2026-07-15", "--engine",
            "openai", "--url", odd.url(), "--option", "model=words"});
  const std::string shown = pool.ask({"model", "show", "odd"}).dump();
  EXPECT_NE(shown.find(R"("refused_likelihood":"the log-probabilities are not those of a working)"),
            std::string::npos)
      << shown;
}

// The server quotes the token wherever it can. Nothing that is kept or shown has it.
TEST_F(ServerFault, TheTokenIsOnNoRecord) {
  const std::string token = "sk-very-secret-token";
  const fs::path file = folder.path() / "token";
  write_file(file, token);
  server.script(R"("number 137")", {{401, "no such key: " + token}});
  server.script(R"("number 138")", std::vector<Reply>(20, {500, R"({"error": ")" + token + "\"}"}));
  server.script(R"("number 139")", {{200, testing::completion("x", token)}});
  pool.ask({"model", "add", "secret", "--role", "reference", "--released", "2026-07-15", "--engine",
            "openai", "--url", server.url(), "--option", "model=words", "--option", "retries=1",
            "--option", "token_file=" + file.string()});
  const std::string job = pool.submit("once", "secret", "numbers");
  const Json results = pool.results(job);
  EXPECT_EQ(whole(results, {"coverage", "failed"}), 2) << results.dump();  // 139 was asked again.
  EXPECT_NE(server.asked().back().head.find("Bearer " + token), std::string::npos);
  const std::string explained = pool.ask({"explain", job}).dump();
  EXPECT_NE(explained.find("[token]"), std::string::npos) << explained;
  for (const std::string& text : {results.dump(), explained, pool.ask({"journal"}).dump(),
                                  pool.ask({"model", "show", "secret"}).dump()}) {
    EXPECT_EQ(text.find(token), std::string::npos) << text;
  }
  for (const auto& entry : fs::recursive_directory_iterator(pool.data())) {
    if (!entry.is_regular_file()) continue;
    EXPECT_EQ(read_file(entry.path()).find(token), std::string::npos) << entry.path();
  }
}

}  // namespace
}  // namespace gwageo::e2e
