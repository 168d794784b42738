// Models that need several GPUs, or certain ones, on workers that declare theirs.
#include <gtest/gtest.h>

#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "coordinator/scheduler.h"
#include "coordinator/state.h"
#include "coordinator/waiting_reasons.h"
#include "tests/coordinator/small_pool.h"

namespace gwageo::testing {
namespace {

class GpuBlocks : public SmallPool {
 protected:
  /// A model of the team that needs such GPUs.
  void add_model(const std::string& name, const std::string& more) {
    const Said said =
        say(op(), "model.add",
            R"({"name": ")" + name + R"(", "role": "candidate", "released": "2026-10-01", )" +
                R"("engine": "recorded", "team": "red", "digest": ")" + to_hex(sha256("files")) +
                "\"" + more + "}");
    ASSERT_EQ(said.code, ReplyCode::done) << said.text;
  }
  /// A model whose server a worker starts, on so many nodes.
  Said say_model(const std::string& name, std::uint32_t gpus, std::uint32_t nodes,
                 const std::string& more = "") {
    return say(op(), "model.add",
               R"({"name": ")" + name + R"(", "role": "candidate", "released": "2026-10-01", )" +
                   R"("engine": "process", "team": "red", "digest": ")" + to_hex(sha256("files")) +
                   R"(", "gpus": )" + std::to_string(gpus) + R"(, "nodes": )" +
                   std::to_string(nodes) + more + "}");
  }
  /// All of it is asked: no plan is there in which known answers could be looked up.
  Said submit_all(const std::string& model) {
    return submit(op(), model, R"(, "skip_lookup": true)");
  }
  WorkerId hello_nodes(const std::string& name, std::uint32_t gpus, std::uint32_t nodes,
                       const std::string& kind = "H100") {
    return hello(name, gpus, 10, "process", {kind, 81920, "", "", nodes});
  }
  std::string warning(const std::string& model) {
    return scheduler().cannot_run(*state().model(model)).value_or("");
  }
  WorkerId hello_gpus(const std::string& name, std::uint32_t count,
                      const std::string& kind = "H100", std::uint32_t memory_mib = 81920) {
    return hello(name, count, 10, "recorded", {kind, memory_mib, "", ""});
  }
  /// First slot and width of each block that has leases.
  std::vector<std::pair<std::uint32_t, std::uint32_t>> blocks(WorkerId worker) const {
    std::set<std::pair<std::uint32_t, std::uint32_t>> found;
    for (const LeaseId id : leases(worker)) {
      const LeaseGranted& lease = state().lease(id)->granted;
      found.emplace(lease.slot, state().job(lease.job)->accepted.gpus);
    }
    return {found.begin(), found.end()};
  }
  using Blocks = std::vector<std::pair<std::uint32_t, std::uint32_t>>;
  std::int64_t held() const { return state().ledger().held(state().ledger().names().at("red")); }
};

TEST_F(GpuBlocks, ALeaseLiesOnABlockOfItsModelsWidth) {
  add_model("wide", R"(, "gpus": 2)");
  ASSERT_EQ(submit(op(), "wide").code, ReplyCode::done);
  const WorkerId worker = hello_gpus("w1", 5);
  EXPECT_EQ(blocks(worker), (Blocks{{0, 2}, {2, 2}}));
  EXPECT_EQ(held(), 4);
  hand_in_all(leases(worker).at(0));
  EXPECT_EQ(blocks(worker), (Blocks{{0, 2}, {2, 2}}));
}

TEST_F(GpuBlocks, WidthsShareAWorkerWithoutOverlap) {
  add_model("four", R"(, "gpus": 4)");
  add_model("one", "");
  ASSERT_EQ(submit(op(), "four").code, ReplyCode::done);
  const WorkerId worker = hello_gpus("w1", 8);
  EXPECT_EQ(blocks(worker), (Blocks{{0, 4}, {4, 4}}));
  ASSERT_EQ(submit(of_team("blue"), "blue-1").code, ReplyCode::done);
  // Team blue is owed most: the next block that falls free is broken up for it.
  pass(seconds(60));
  heartbeat(worker);
  while (!leases(worker).empty() && blocks(worker) == Blocks{{0, 4}, {4, 4}}) {
    hand_in_all(leases(worker).at(0));
  }
  std::uint32_t end = 0;
  for (const auto& [slot, width] : blocks(worker)) {
    EXPECT_GE(slot, end);
    end = slot + width;
  }
  EXPECT_LE(end, 8u);
}

TEST_F(GpuBlocks, TimeIsChargedForEveryGpuOfTheBlock) {
  add_model("four", R"(, "gpus": 4)");
  ASSERT_EQ(submit(op(), "four").code, ReplyCode::done);
  const WorkerId worker = hello_gpus("w1", 4);
  pass(seconds(10));
  hand_in(leases(worker).at(0), 1);
  EXPECT_EQ(state().gpu_time("red"), seconds(40));
}

TEST_F(GpuBlocks, AJobWiderThanItsTeamsLimitIsToldThatItNeverRuns) {
  team("add", R"("name": "lab", "limit": 3)");
  team("add", R"("name": "red", "parent": "lab")");
  add_model("four", R"(, "gpus": 4)");
  hello_gpus("w1", 8);
  const Said said = submit(op(), "four");
  ASSERT_EQ(said.code, ReplyCode::done);
  EXPECT_EQ(said.warning,
            "model four needs 4 GPUs at once, more than the limit of lab, which is 3: the job "
            "waits until an operator raises it (gwageo team set lab --limit N)");
  const Forecast forecast(scheduler());
  EXPECT_FALSE(forecast.outlook(job(1)));
  EXPECT_FALSE(forecast.position(job(1)));
  const std::vector<WaitReason> reasons = waiting_reasons(forecast, job(1), {});
  ASSERT_FALSE(reasons.empty());
  EXPECT_EQ(reasons[0].text,
            "Group lab, which team red is in, holds 0 GPUs, and its limit is 3; its model needs "
            "4: it never gets them, unless an operator raises the limit (gwageo team set lab "
            "--limit N).");
  add_model("one", "");
  ASSERT_EQ(submit(op(), "one").code, ReplyCode::done);
  EXPECT_EQ(Forecast(scheduler()).position(job(2))->of, 1U);  // What can never run is in no way.
}

TEST_F(GpuBlocks, APlanThatWaitsForAJobWhichCannotRunSaysSo) {
  add_model("wide", R"(, "gpus": 16)");
  const WorkerId worker = hello_gpus("w1", 8);
  const std::string asked = R"({"model": "wide", "suite": "s"})";
  const std::string lacks = submit(op(), "wide").warning;
  ASSERT_NE(lacks, "");
  const Json cannot = say(op(), "plan.estimate", asked).body;
  EXPECT_EQ(*cannot.find("items")->find("to_run"), Json(0));
  EXPECT_EQ(*cannot.find("items")->find("coming_out"), Json(0));
  EXPECT_TRUE(cannot.find("estimate")->is_null());
  EXPECT_EQ(*cannot.find("warning"), Json(lacks));
  // One comes that has them.
  step(GoodbyeReceived{worker});
  hello_gpus("w2", 16);
  EXPECT_EQ(say(op(), "plan.estimate", asked).body.find("warning"), nullptr);
}

TEST_F(GpuBlocks, ALimitThatIsLoweredHoldsOnceWhatIsOutHasEnded) {
  add_model("two", R"(, "gpus": 2)");
  ASSERT_EQ(submit(op(), "two").code, ReplyCode::done);
  const WorkerId worker = hello_gpus("w1", 8);
  EXPECT_EQ(held(), 8);
  team("add", R"("name": "red", "limit": 4)");
  for (int i = 0; i < 4; ++i) hand_in_all(leases(worker).at(0));
  EXPECT_EQ(held(), 4);
}

TEST_F(GpuBlocks, ALimitIsOneOnGpus) {
  team("add", R"("name": "red", "limit": 5)");
  add_model("two", R"(, "gpus": 2)");
  ASSERT_EQ(submit(op(), "two").code, ReplyCode::done);
  hello_gpus("w1", 8);
  EXPECT_EQ(held(), 4);
}

TEST_F(GpuBlocks, KindAndMemoryAreMet) {
  add_model("large", R"(, "gpu_kind": "H100", "gpu_memory_mib": 81920)");
  ASSERT_EQ(submit(op(), "large").code, ReplyCode::done);
  const WorkerId plain = hello("plain", 2);
  const WorkerId other = hello_gpus("other", 2, "A100");
  const WorkerId small = hello_gpus("small", 2, "H100", 65536);
  EXPECT_TRUE(leases(plain).empty() && leases(other).empty() && leases(small).empty());
  EXPECT_EQ(blocks(hello_gpus("w1", 2)), (Blocks{{0, 1}, {1, 1}}));
}

// Requirements are asked one after another; there is a bit for the first 63 only.
TEST_F(GpuBlocks, AnyNumberOfRequirementsIsKeptApart) {
  const WorkerId small = hello_gpus("small", 1, "H100", 1000);
  for (int i = 1; i <= 80; ++i) {
    const std::string name = "m" + std::to_string(i);
    add_model(name, R"(, "gpu_memory_mib": )" + std::to_string(1000 + i));
    ASSERT_EQ(submit(op(), name).code, ReplyCode::done);
  }
  EXPECT_TRUE(leases(small).empty());
  const WorkerId fits = hello_gpus("fits", 1, "H100", 1080);
  for (int i = 0; i < 80 * 12 && !leases(fits).empty(); ++i) hand_in_all(leases(fits).at(0));
  EXPECT_TRUE(leases(small).empty());
  EXPECT_TRUE(state().queue().empty());
}

TEST_F(GpuBlocks, AJobThatCanNeverRunSaysWhy) {
  add_model("eight", R"(, "gpus": 8)");
  add_model("h200", R"(, "gpu_kind": "H200", "gpu_memory_mib": 144384)");
  hello("plain", 8);
  EXPECT_EQ(submit(op(), "eight").warning,
            "model eight needs 8 GPUs of one worker; no worker here with the engine recorded has "
            "GPUs: the job waits until one comes (gwageo worker --gpus 8 --gpu-kind KIND "
            "--gpu-memory GIB)");
  hello_gpus("w1", 4);
  hello_gpus("w2", 2, "A100", 40960);
  EXPECT_EQ(warning("eight"),
            "model eight needs 8 GPUs of one worker; the largest such worker here has 4: the job "
            "waits until one comes (gwageo worker --gpus 8 --gpu-kind KIND --gpu-memory GIB)");
  EXPECT_EQ(
      warning("h200"),
      "model h200 needs 1 GPU of kind H200 with 141 GiB each of one worker; workers here with "
      "the engine recorded have A100 with 40 GiB, H100 with 80 GiB: the job waits until one "
      "comes (gwageo worker --gpus 1 --gpu-kind KIND --gpu-memory GIB)");
  EXPECT_EQ(*say(op(), "plan.estimate", R"({"model": "h200", "suite": "s"})").body.find("warning"),
            Json(warning("h200")));
  const Json waits = say(op(), "explain", R"({"job": "1"})").body;
  EXPECT_NE(waits.dump().find("no_gpus"), std::string::npos) << waits.dump();
  hello_gpus("w3", 8);
  EXPECT_EQ(warning("eight"), "");
}

TEST_F(GpuBlocks, AWorkerComesBackToItsBlocksAfterARestart) {
  add_model("two", R"(, "gpus": 2)");
  ASSERT_EQ(submit(op(), "two").code, ReplyCode::done);
  const WorkerId worker = hello_gpus("w1", 4);
  const std::vector<LeaseId> before = leases(worker);
  restart();
  hello_again(worker, "w1", 4, {"H100", 81920, "", ""}, before);
  EXPECT_EQ(leases(worker), before);
  EXPECT_EQ(held(), 4);
  // With fewer GPUs it keeps what still has its block.
  hello_again(worker, "w1", 3, {"H100", 81920, "", ""}, before);
  EXPECT_EQ(blocks(worker), (Blocks{{0, 2}}));
  hello_again(worker, "w1", 4, {"H100", 81920, "", ""}, leases(worker));
  EXPECT_EQ(blocks(worker), (Blocks{{0, 2}, {2, 2}}));
}

// What a worker says it has loaded counts where a block of that model may begin, and nowhere else.
TEST_F(GpuBlocks, ReportsOfBlocks) {
  add_model("two", R"(, "gpus": 2)");
  ASSERT_EQ(submit(op(), "two").code, ReplyCode::done);
  say(op(), "pause", R"({"job": "1"})");
  const WorkerId worker = hello_gpus("w1", 4);
  const Digest key = state().model("two")->class_key;
  const auto loaded = [&] { return scheduler().pool().loaded_slots(key).size(); };
  const auto report = [&](const std::vector<SlotReport>& slots) {
    step(HeartbeatReceived{{worker, {}, slots}});
  };
  const SlotReport it{key, false};
  const SlotReport none{};
  report({none, none, it, none});
  EXPECT_EQ(loaded(), 1u);
  report({none, none, it, none});
  EXPECT_EQ(loaded(), 1u);
  report({none, it, none, it});
  EXPECT_EQ(loaded(), 0u);
  report({it, it, it, it});
  EXPECT_EQ(loaded(), 2u);
}

TEST_F(GpuBlocks, AShapeIsPartOfTheClassAndRefusedInWords) {
  add_model("plain", "");
  add_model("two", R"(, "gpus": 2)");
  add_model("kind", R"(, "gpu_kind": "H100")");
  EXPECT_EQ(state().model("plain")->gpus, 1u);
  std::set<Digest> keys;
  for (const char* name : {"plain", "two", "kind"}) keys.insert(state().model(name)->class_key);
  EXPECT_EQ(keys.size(), 3u);
  const auto refused = [&](const std::string& more) {
    return say(op(), "model.add",
               R"({"name": "m", "role": "candidate", "released": "2026-10-01", "digest": ")" +
                   to_hex(sha256("f")) + R"(", "engine": "recorded", )" + more + "}")
        .text;
  };
  EXPECT_EQ(refused(R"("gpus": 3)"),
            "`gpus`: 3 is none of 1, 2, 4, 8, 16, 32, 64: a slot is a block of so many GPUs of one "
            "worker, so that blocks of all models fill it without gaps");
  EXPECT_NE(refused(R"("gpus": 128)"), "");
  EXPECT_NE(refused(R"("gpus": -1)"), "");
  EXPECT_NE(refused(R"("gpu_kind": "a b")"), "");
  EXPECT_EQ(refused(R"("gpu_memory_mib": 16777217)"),
            "`gpu_memory_mib` must be from 0 (any) to 16777216 (16384 GiB)");
}

TEST_F(GpuBlocks, AModelOfSeveralNodesRunsOnAWorkerOfJustThatShape) {
  ASSERT_EQ(say_model("two", 16, 2).code, ReplyCode::done);
  ASSERT_EQ(submit_all("two").code, ReplyCode::done);
  for (const WorkerId other :
       {hello_nodes("one-node", 16, 1), hello_nodes("narrow", 8, 2), hello_nodes("wide", 32, 2),
        hello_nodes("four-nodes", 16, 4), hello("plain", 16, 10, "process")}) {
    EXPECT_TRUE(leases(other).empty());
    EXPECT_FALSE(scheduler().pool().could_run(other, state(), job(1)));
  }
  const WorkerId fits = hello_nodes("fits", 16, 2);
  EXPECT_EQ(blocks(fits), (Blocks{{0, 16}}));
  EXPECT_EQ(held(), 16);
  for (int i = 0; i < 200 && !leases(fits).empty(); ++i) hand_in_all(leases(fits).at(0));
  EXPECT_TRUE(state().queue().empty());
}

// Not even one of its width, and not one that asks for nothing.
TEST_F(GpuBlocks, AModelOfOneNodeIsNeverPutOnAWorkerOfSeveral) {
  ASSERT_EQ(say_model("wide", 16, 1).code, ReplyCode::done);
  ASSERT_EQ(say_model("plain", 1, 1).code, ReplyCode::done);
  ASSERT_EQ(submit_all("wide").code, ReplyCode::done);
  ASSERT_EQ(submit_all("plain").code, ReplyCode::done);
  const WorkerId spanning = hello_nodes("spanning", 16, 2);
  EXPECT_TRUE(leases(spanning).empty());
  EXPECT_EQ(Forecast(scheduler()).outlook(job(1)), std::nullopt);
  const WorkerId fits = hello_nodes("fits", 16, 1);
  EXPECT_FALSE(leases(fits).empty());
  EXPECT_NE(Forecast(scheduler()).outlook(job(1)), std::nullopt);
  EXPECT_TRUE(leases(spanning).empty());
}

// Where requirements share their bit.
TEST_F(GpuBlocks, NodesAreKeptApartHoweverManyRequirementsThereAre) {
  for (int i = 1; i <= 70; ++i) {
    add_model("m" + std::to_string(i), R"(, "gpu_memory_mib": )" + std::to_string(1000 + i));
    ASSERT_EQ(submit(op(), "m" + std::to_string(i)).code, ReplyCode::done);
  }
  ASSERT_EQ(say_model("two", 4, 2).code, ReplyCode::done);
  ASSERT_EQ(say_model("wide", 4, 1).code, ReplyCode::done);
  ASSERT_EQ(submit_all("two").code, ReplyCode::done);
  ASSERT_EQ(submit_all("wide").code, ReplyCode::done);
  const WorkerId four = hello_nodes("four", 4, 4);
  EXPECT_TRUE(leases(four).empty());
  const auto runs = [&](WorkerId worker) {
    return state().job(state().lease(leases(worker).at(0))->granted.job)->accepted.model;
  };
  EXPECT_EQ(runs(hello_nodes("one", 4, 1)), "wide");
  EXPECT_EQ(runs(hello_nodes("spanning", 4, 2)), "two");
}

TEST_F(GpuBlocks, AWorkerOfSeveralNodesIsLostAndQuarantinedWhole) {
  ASSERT_EQ(say_model("two", 4, 2).code, ReplyCode::done);
  ASSERT_EQ(submit_all("two").code, ReplyCode::done);
  const WorkerId worker = hello_nodes("spanning", 4, 2);
  EXPECT_EQ(blocks(worker), (Blocks{{0, 4}}));
  // One GPU of it is out of order: all of it is.
  std::vector<SlotReport> slots(4);
  slots[1].fault = "it is hot";
  step(HeartbeatReceived{{worker, leases(worker), slots}});
  for (const LeaseId lease : leases(worker)) {
    step(GiveBackReceived{{worker, lease, GiveBackReason::draining, "slot 1: it is hot"}});
  }
  EXPECT_TRUE(leases(worker).empty());
  EXPECT_NE(warning("two").find("every slot here that could serve model two is out of order"),
            std::string::npos)
      << warning("two");
  const std::vector<WaitReason> reasons = waiting_reasons(Forecast(scheduler()), job(1), {});
  ASSERT_FALSE(reasons.empty());
  EXPECT_EQ(reasons[0].reason, Wait::faulty_slots);
  slots[1].fault.clear();
  step(HeartbeatReceived{{worker, {}, slots}});
  EXPECT_EQ(blocks(worker), (Blocks{{0, 4}}));
}

TEST_F(GpuBlocks, WhoLacksNodesIsToldWhichWorkerToStart) {
  ASSERT_EQ(say_model("two", 16, 2, R"(, "gpu_kind": "H100", "gpu_memory_mib": 81920)").code,
            ReplyCode::done);
  ASSERT_EQ(say_model("four", 16, 4).code, ReplyCode::done);
  ASSERT_EQ(say_model("plain", 1, 1).code, ReplyCode::done);
  hello_gpus("builtin", 8);
  EXPECT_EQ(warning("two"),
            "no worker that is here has the engine process: the job waits until "
            "one comes (gwageo worker)");
  hello_nodes("one-node", 8, 1);
  EXPECT_EQ(submit_all("two").warning,
            "model two needs 16 GPUs of kind H100 with 80 GiB each, on 2 nodes of one worker; no "
            "worker here with the engine process spans several nodes: the job waits until one "
            "comes (gwageo worker --gpus 8 --hosts HOST1,HOST2 --gpu-kind KIND --gpu-memory GIB)");
  const std::vector<WaitReason> reasons = waiting_reasons(Forecast(scheduler()), job(1), {});
  ASSERT_FALSE(reasons.empty());
  EXPECT_EQ(reasons[0].reason, Wait::no_gpus);
  EXPECT_EQ(*reasons[0].data.find("nodes"), Json(2));
  hello_nodes("spanning", 8, 2, "A100");
  EXPECT_EQ(warning("four"),
            "model four needs 16 GPUs, on 4 nodes of one worker; workers here with the engine "
            "process that span several have 2 nodes of 4 A100 with 80 GiB: the job waits until one "
            "comes (gwageo worker --gpus 4 --hosts HOST1,...,HOST4 --gpu-kind KIND --gpu-memory "
            "GIB)");
  EXPECT_EQ(warning("plain"), "");
}

TEST_F(GpuBlocks, WorkersOfSeveralNodesAloneAreOfNoUseToOthers) {
  ASSERT_EQ(say_model("plain", 1, 1).code, ReplyCode::done);
  hello_nodes("spanning", 8, 2);
  EXPECT_EQ(submit_all("plain").warning,
            "model plain needs a slot on one node of one worker; workers here with the engine "
            "process span several nodes, for models of just their shape (2 nodes of 4 H100 with 80 "
            "GiB): the job waits until one comes (gwageo worker)");
}

TEST_F(GpuBlocks, NodesArePartOfTheClassWhereThereAreSeveral) {
  ASSERT_EQ(say_model("one", 8, 1).code, ReplyCode::done);
  ASSERT_EQ(say_model("two", 8, 2).code, ReplyCode::done);
  ASSERT_EQ(say_model("four", 8, 4).code, ReplyCode::done);
  std::set<Digest> keys;
  for (const char* name : {"one", "two", "four"}) keys.insert(state().model(name)->class_key);
  EXPECT_EQ(keys.size(), 3u);
  // Since before there were nodes.
  add_model("old", R"(, "gpus": 8)");
  EXPECT_EQ(to_hex(state().model("old")->class_key),
            "bc38903694217c7745a01e9aaa71ede4674b79c82c66f3e98ec8fe564bf7f9a4");
  const Json models = say(op(), "model.list", "{}").body;
  for (const Json& model : models.find("models")->as_array()) {
    if (*model.find("model") != Json("four")) continue;
    EXPECT_EQ(*model.find("nodes"), Json(4));
  }
  EXPECT_EQ(say_model("two", 8, 4).code, ReplyCode::bad_input);  // It is there, on 2.
}

TEST_F(GpuBlocks, NodesAreRefusedInWords) {
  const auto of = [&](std::uint32_t gpus, const std::string& nodes, const std::string& engine) {
    return say(op(), "model.add",
               R"({"name": "m", "role": "candidate", "released": "2026-10-01", "digest": ")" +
                   to_hex(sha256("f")) + R"(", "engine": ")" + engine + R"(", "gpus": )" +
                   std::to_string(gpus) + R"(, "nodes": )" + nodes + "}")
        .text;
  };
  EXPECT_EQ(of(8, "3", "process"),
            "`nodes`: 3 is none of 1, 2, 4, ... with at least one GPU on each, of 8 GPUs in all "
            "(`gpus`): they are spread over the nodes evenly");
  for (const char* none : {"0", "-2", "16", "4294967298"}) {
    EXPECT_NE(of(8, none, "process").find("is none of 1, 2, 4"), std::string::npos) << none;
  }
  EXPECT_EQ(of(8, "2", "builtin"),
            "`nodes`: 2, and engine builtin runs on one: a server that a worker starts (engine "
            "process) alone may span several");
  EXPECT_EQ(of(8, "1", "builtin"), "");
}

TEST_F(GpuBlocks, ACorrectionMovesAModelToOtherNodes) {
  ASSERT_EQ(say_model("two", 8, 2).code, ReplyCode::done);
  const auto correct = [&](const std::string& more) {
    return say(op(), "model.correct", R"({"name": "two", "reason": "another shape")" + more + "}");
  };
  EXPECT_NE(correct(R"(, "gpus": 1)").text.find("`nodes`: 2 is none of"), std::string::npos);
  EXPECT_NE(correct(R"(, "engine": "builtin")").text.find("engine builtin runs on one"),
            std::string::npos);
  EXPECT_EQ(correct(R"(, "nodes": 4)").code, ReplyCode::done);
  EXPECT_EQ(state().model("two")->nodes, 4u);
  EXPECT_EQ(state().model("two")->gpus, 8u);
}

}  // namespace
}  // namespace gwageo::testing
