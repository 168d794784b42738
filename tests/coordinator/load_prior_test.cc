// What a load is taken to need before anybody has seen one, and where it is told.
#include "coordinator/load_prior.h"

#include <gtest/gtest.h>

#include <string>

#include "coordinator/fact_codec.h"
#include "coordinator/forecast.h"
#include "coordinator/report.h"
#include "coordinator/scheduler.h"
#include "coordinator/state.h"
#include "protocol/limits.h"
#include "tests/coordinator/small_pool.h"

namespace gwageo::testing {
namespace {

constexpr std::uint64_t gigabyte = 1'000'000'000;

ModelAdded served_by(const std::string& server, std::uint32_t gpus, std::uint64_t bytes) {
  ModelAdded model;
  model.engine = "process";
  model.options["template"] = server;
  model.gpus = gpus;
  model.bytes = bytes;
  return model;
}

TEST(LoadPrior, OfALargeServerIsMinutes) {
  const LoadPrior prior = load_prior(served_by("vllm", 8, 140 * gigabyte));
  EXPECT_GT(prior.first, seconds(280));
  EXPECT_LT(prior.first, seconds(300));
  EXPECT_EQ(prior.again, seconds(205 + 20));
  EXPECT_EQ(prior.size, LoadPrior::Size::files);
  EXPECT_LT(load_prior(served_by("vllm", 1, 14 * gigabyte)).first, seconds(70));
  EXPECT_LT(load_prior(served_by("llama.cpp", 1, 4 * gigabyte)).first, seconds(5));
  EXPECT_EQ(load_prior(served_by("our-own", 1, 0)).first, seconds(2));
  EXPECT_GT(load_prior(served_by("our-own", 2, 0)).first, seconds(200));
}

TEST(LoadPrior, OfWhatIsNotReadIsThatOfItsEngine) {
  for (const std::string engine : {"builtin", "openai", "recorded", "paced"}) {
    ModelAdded model;
    model.engine = engine;
    EXPECT_EQ(load_prior(model).first, seconds(1)) << engine;
    EXPECT_EQ(load_prior(model).again, milliseconds(500)) << engine;
    EXPECT_EQ(load_prior(model).size, LoadPrior::Size::unknown);
  }
}

TEST(LoadPrior, TakesHalfOfTheMemoryWhereNobodyCountedTheFiles) {
  ModelAdded model = served_by("sglang", 2, 0);
  model.gpu_memory_mib = 80 * 1024;
  const LoadPrior prior = load_prior(model);
  EXPECT_EQ(prior.size, LoadPrior::Size::memory);
  EXPECT_EQ(prior.bytes, std::uint64_t{80} << 30);
  EXPECT_EQ(prior.first, seconds(205) + Duration{(std::int64_t{80} << 30) / 1700});
}

TEST(LoadPrior, TellsKindsOfEnginesApart) {
  const std::string one = load_prior(served_by("vllm", 1, 0)).kind;
  EXPECT_EQ(load_prior(served_by("vllm", 1, 5)).kind, one);
  EXPECT_NE(load_prior(served_by("llama.cpp", 1, 0)).kind, one);
  EXPECT_NE(load_prior(served_by("vllm", 2, 0)).kind, one);  // On GPUs, as far as it says.
}

TEST(LoadPrior, IsOfBytesThatARecordBounds) {
  ModelAdded model = served_by("vllm", 1, limits::model_bytes_max);
  model.name = "m";
  const Result<Record> most = decode_record(encode_record({1, {2}, {3}, {}, model}));
  ASSERT_TRUE(most) << most.error().message;
  EXPECT_EQ(std::get<ModelAdded>(most->fact), model);
  ++model.bytes;
  EXPECT_FALSE(decode_record(encode_record({1, {2}, {3}, {}, model})));
}

/// One team with models of many bytes, on workers that have the engine.
class LargeModels : public SmallPool {
 protected:
  void add(const std::string& name, std::int64_t bytes, const std::string& more = "") {
    const Said said =
        say(op(), "model.add",
            R"({"name": ")" + name +
                R"(", "role": "candidate", "released": "2026-10-01", "engine": "process", )"
                R"("team": "red", "options": {"template": "vllm"}, "digest": ")" +
                to_hex(sha256(name)) + R"(", "bytes": )" + std::to_string(bytes) + more + "}");
    ASSERT_EQ(said.code, ReplyCode::done) << said.text;
  }
  /// The plan is nowhere, and so no answers are looked up.
  Json plan(const std::string& model) const {
    JobAccepted job = job_on(*state().model(model), *state().suite("s", std::nullopt));
    job.team = "red";
    return report::plan(Forecast(scheduler()), job, {});
  }
  void submit_new(const std::string& model) {
    ASSERT_EQ(submit(op(), model, R"(, "skip_lookup": true)").code, ReplyCode::done);
  }
  static std::string told(const Json& plan) {
    std::string text;
    for (const char* const key :
         {"load_microseconds", "load_basis", "load_basis_loads", "load_bytes", "load_bytes_of"}) {
      text += plan.find(key)->dump() + " ";
    }
    return text;
  }
};

TEST_F(LargeModels, AreToldWithWhatTheFigureRestsOn) {
  add("first", 34'000'000'000);
  add("second", 68'000'000'000);
  hello("w1", 4, 10, "process");
  EXPECT_EQ(told(plan("first")), R"(80000000 "prior" 0 34000000000 "files" )");
  EXPECT_EQ(told(plan("second")), R"(100000000 "prior" 0 68000000000 "files" )");
  EXPECT_EQ(told(plan("red-1")), R"(1000000 "prior" 0 null null )");
  submit_new("first");
  const Digest class_key = state().model("first")->class_key;
  step(LoadedReceived{{{1}, 0, class_key, true, seconds(160), ""}});
  EXPECT_EQ(told(plan("first")), R"(160000000 "model" 1 34000000000 "files" )");
  EXPECT_EQ(told(plan("second")), R"(200000000 "engine" 1 68000000000 "files" )");
  EXPECT_EQ(told(plan("red-1")), R"(1000000 "prior" 0 null null )");
}

// 100 items that are expected to take a second each pay for one load of 80 s, and not for four.
TEST_F(LargeModels, TakeNoMoreSlotsThanTheirLoadsArePaidFor) {
  add("large", 34'000'000'000);
  add("small", 1'700'000'000, R"(, "gpus": 1)");
  const WorkerId worker = hello("w1", 4, 1, "process");
  submit_new("large");
  EXPECT_EQ(leases(worker).size(), 2u);
  EXPECT_GT(Forecast(scheduler()).outlook(job(1))->high, seconds(320));
}

TEST_F(LargeModels, AreTheSameWithTheirBytesAndWithout) {
  add("old", 0);
  add("old", 5);  // By a program that counts.
  EXPECT_EQ(state().model("old")->bytes, 0u);
  EXPECT_EQ(state().model("old")->version, 1u);
  const std::string counted = R"({"name": "old", "reason": "its size", "bytes": 5, "digest": ")" +
                              to_hex(sha256("old")) + "\"}";
  EXPECT_EQ(say(op(), "model.correct", counted).code, ReplyCode::done);
  EXPECT_EQ(state().model("old")->bytes, 5u);
  EXPECT_EQ(say(op(), "model.correct", R"({"name": "old", "reason": "r", "gpus": 2})").code,
            ReplyCode::done);
  EXPECT_EQ(state().model("old")->bytes, 5u);
  const std::string other =
      R"({"name": "old", "reason": "others", "digest": ")" + to_hex(sha256("new")) + "\"}";
  EXPECT_EQ(say(op(), "model.correct", other).code, ReplyCode::done);
  EXPECT_EQ(state().model("old")->bytes, 0u);  // Nobody counted these.
  EXPECT_EQ(say(op(), "model.correct", R"({"name": "old", "reason": "r", "bytes": -1})").code,
            ReplyCode::bad_input);
}

}  // namespace
}  // namespace gwageo::testing
