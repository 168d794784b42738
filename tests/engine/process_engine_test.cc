// The engine `process` over a server that fails in every way that real ones do.
#include "worker/process_engine.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <fstream>
#include <thread>

#include "tests/engine/hosted_engine.h"
#include "tests/folders.h"
#include "tests/worker/openai_server.h"
#include "worker/process_table.h"

namespace gwageo {
namespace {

using testing::fake_template;
using testing::HostedEngine;
using testing::OpenAiServer;
using testing::processes_of;
namespace fs = std::filesystem;

#define EXPECT_HAS(text, part) EXPECT_NE((text).find(part), std::string::npos) << (text)

Request likelihood() {
  Request request;
  request.kind = RequestKind::likelihood;
  request.prompt = "number one";
  request.continuation = " Paris";
  return request;
}

std::string error_of(const Status& status) { return status ? "" : status.error().message; }

TEST(ProcessEngine, StartsAsksAndStops) {
  HostedEngine host;
  const Status loaded = host.load({});
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_EQ(host.engine().calls_in_flight(), 4U) << "the template's";
  const Json findings = host.engine().findings();
  const Json* const about = findings.find("process");
  ASSERT_NE(about, nullptr);
  EXPECT_EQ(about->find("engine_version")->as_string(), "fake 1.0");
  EXPECT_EQ(about->find("template")->as_string(), "fake");
  EXPECT_HAS(about->find("command")->dump(), "--port");
  for (std::uint64_t i = 0; i < 20; ++i) host.start(i, "number " + std::to_string(i));
  for (const Completion& each : host.finish(20)) {
    EXPECT_TRUE(is_scored(each.response.outcome)) << each.response.error;
  }
  EXPECT_TRUE(is_scored(host.answer(likelihood()).outcome));
  EXPECT_FALSE(processes_of(host.folder()).empty());
  host.unload();
  EXPECT_TRUE(processes_of(host.folder()).empty()) << "at once, not soon";
  EXPECT_HAS(host.log(), "asked to stop");
}

TEST(ProcessEngine, AModelsOptionReachesTheServer) {
  HostedEngine host;
  ASSERT_TRUE(host.load({{"habits", "ignore_echo"}}));
  const Response refused = host.answer(likelihood());
  EXPECT_EQ(refused.outcome, Outcome::refused_by_engine);
  EXPECT_HAS(refused.error, "the server ignores echo");
}

TEST(ProcessEngine, ASlowStartIsAwaited) {
  HostedEngine host;
  ASSERT_TRUE(host.load({{"habits", "slow=700"}}));
  EXPECT_GE(host.engine().findings().find("process")->find("ready_milliseconds")->as_integer(),
            600);
}

TEST(ProcessEngine, OneThatIsNeverWellIsGivenUp) {
  HostedEngine host({fake_template("ready_seconds: 0.5\n")});
  const Status loaded = host.load({{"habits", "sick,talk=1"}});
  EXPECT_HAS(error_of(loaded),
             "template fake: it was not ready within 0.5 s, and was killed; it "
             "said last: line 0 of what a server says when it starts");
  EXPECT_HAS(error_of(loaded), (host.folder() / "logs/slot0/engine.log").string());
  EXPECT_EQ(loaded.error().kind, ErrorKind::bad_input);
  host.unload();
  EXPECT_TRUE(host.is_empty_soon());
}

TEST(ProcessEngine, AnEndBeforeItIsReadyIsTold) {
  HostedEngine host;
  const Status loaded = host.load({{"habits", "exit=7"}});
  EXPECT_HAS(error_of(loaded), "before it was ready exited: it exited with code 7");
  EXPECT_HAS(error_of(loaded), "it said last: cannot read the model: it is odd");
  EXPECT_HAS(error_of(loaded), "/logs/slot0/engine.log");
  EXPECT_EQ(loaded.error().kind, ErrorKind::bad_input);
}

TEST(ProcessEngine, OneThatIsKilledWhileItStartsIsStartedAgain) {
  HostedEngine host;
  const Status loaded = host.load({{"habits", "die_once=9"}});
  EXPECT_TRUE(loaded) << error_of(loaded);
}

TEST(ProcessEngine, OneThatCrashesWhileItStartsIsNot) {
  HostedEngine host;
  const Status loaded = host.load({{"habits", "die_once=11"}});
  EXPECT_HAS(error_of(loaded), "crashed: it was ended by signal 11 (SIGSEGV)");
  EXPECT_EQ(loaded.error().kind, ErrorKind::bad_input);
}

TEST(ProcessEngine, AProgramThatIsNotThereIsNamed) {
  std::string text = fake_template();
  text.replace(text.find(folders::fake_engine()), folders::fake_engine().size(), "/nowhere/server");
  HostedEngine host({text});
  EXPECT_HAS(error_of(host.load({})),
             "it cannot be started: /nowhere/server: No such file or directory");
}

TEST(ProcessEngine, OneThatServesAnotherModelIsRefusedByName) {
  HostedEngine host;
  const std::string error = error_of(host.load({{"habits", "other_name"}}));
  EXPECT_HAS(error, "the engine reports the model \"another-model\", not \"m-");
  EXPECT_HAS(error, " as asked; it said last: serving on ");
  EXPECT_HAS(error, (host.folder() / "logs/slot0/engine.log").string());
  host.unload();
  EXPECT_TRUE(host.is_empty_soon());
}

TEST(ProcessEngine, AnotherVersionThanTheTemplateWantsIsRefused) {
  HostedEngine host({fake_template("engine_version: \"fake 2\\\\..*\"\n")});
  EXPECT_HAS(error_of(host.load({})), "of version \"fake 1.0\", and template fake wants fake 2");
}

TEST(ProcessEngine, AVersionIsAskedOfTheProgramToo) {
  std::string text = fake_template("version_command: [sh, -c, \"echo tool 2.1; echo more\"]\n");
  const std::string route = "version_route: /version\nversion_field: version\n";
  text.erase(text.find(route), route.size());
  HostedEngine host({text});
  ASSERT_TRUE(host.load({}));
  EXPECT_EQ(host.engine().findings().find("process")->find("engine_version")->as_string(),
            "tool 2.1");
}

TEST(ProcessEngine, APortThatSomebodyTakesIsReplaced) {
  HostedEngine host;
  std::unique_ptr<OpenAiServer> thief;
  std::thread watcher([&] {
    const std::string port_file = host.model().string() + ".port";
    if (!e2e::eventually(e2e::Milliseconds(20000), [&] { return fs::exists(port_file); })) return;
    testing::Habits habits;
    habits.port = std::stoi(e2e::read_file(port_file));
    thief = std::make_unique<OpenAiServer>(habits);
    e2e::write_file(host.model().string() + ".taken", "x");
  });
  const Status loaded = host.load({{"habits", "take_port"}});
  watcher.join();
  ASSERT_TRUE(loaded) << loaded.error().message;
  ASSERT_NE(thief, nullptr);
  host.start(1, "number 1");
  EXPECT_TRUE(is_scored(host.finish(1).front().response.outcome));
  EXPECT_EQ(thief->count("number"), 0U) << "the other server was asked";
}

TEST(ProcessEngine, ACrashEndsWhatIsInFlightAndNothingElse) {
  HostedEngine host;
  ASSERT_TRUE(host.load({{"habits", "crash_after=6"}}));
  for (std::uint64_t i = 0; i < 12; ++i) host.start(i, "number " + std::to_string(i));
  std::size_t lost = 0;
  std::size_t answered = 0;
  while (lost == 0) {
    host.engine().wait(seconds(1));
    for (const Completion& each : host.engine().step()) {
      if (is_scored(each.response.outcome)) {
        ++answered;
        continue;
      }
      ++lost;
      EXPECT_EQ(each.response.outcome, Outcome::engine_failed);
      EXPECT_TRUE(each.unreachable);
      EXPECT_HAS(each.response.error,
                 "engine process, template fake: crashed: it was ended by signal 11 (SIGSEGV)");
    }
  }
  EXPECT_GE(answered, 2U);
  EXPECT_LE(lost, 4U) << "no more than its connections";
  EXPECT_GE(lost, 1U);
}

TEST(ProcessEngine, TheNextEngineTellsHowTheLastOneEnded) {
  HostedEngine host;
  ASSERT_TRUE(host.load({{"habits", "crash_after=1"}}));
  EXPECT_EQ(host.engine().findings().find("process")->find("before"), nullptr);
  host.start(1, "number 1");
  EXPECT_TRUE(host.finish(1).front().unreachable);
  ASSERT_TRUE(host.load({}));
  const Json findings = host.engine().findings();
  const Json* const before = findings.find("process")->find("before");
  ASSERT_NE(before, nullptr);
  EXPECT_EQ(before->find("end")->as_string(), "crashed");
  EXPECT_HAS(before->find("words")->as_string(), "signal 11");
}

// Where others may write as well, the note of the end is written into no file of their choice.
TEST(ProcessEngine, TheNoteOfAnEndFollowsNoLink) {
  HostedEngine host;
  ASSERT_TRUE(host.load({{"habits", "crash_after=1"}}));
  const fs::path precious = host.folder() / "precious";
  std::ofstream(precious) << "kept";
  fs::create_symlink(precious, host.folder() / "logs/slot0/ended.json");
  host.start(1, "number 1");
  EXPECT_TRUE(host.finish(1).front().unreachable);
  EXPECT_EQ(e2e::read_file(precious), "kept");
}

TEST(ProcessEngine, OutOfMemoryIsRecognisedByWhatItSays) {
  HostedEngine host;
  ASSERT_TRUE(host.load({{"habits", "memory_after=1"}}));
  host.start(1, "number 1");
  const Completion lost = host.finish(1).front();
  EXPECT_TRUE(lost.unreachable);
  EXPECT_HAS(lost.response.error, "out_of_memory: it ran out of memory (it exited with code 1");
  EXPECT_HAS(lost.response.error, "Tried to allocate 2.00 GiB");
}

TEST(ProcessEngine, OneThatHangsIsKilled) {
  HostedEngine host({fake_template("quiet_seconds: 0.3\n")});
  ASSERT_TRUE(host.load({{"habits", "hang_after=2"}, {"answer_seconds", "60"}}));
  const pid_t before = host.engine().process();
  for (std::uint64_t i = 0; i < 3; ++i) host.start(i, "number " + std::to_string(i));
  std::vector<Completion> ended = host.finish(3);
  const auto lost = std::find_if(ended.begin(), ended.end(),
                                 [](const Completion& each) { return each.unreachable; });
  ASSERT_NE(lost, ended.end());
  EXPECT_HAS(lost->response.error, "none at its health route: it hangs, and was killed");
  EXPECT_TRUE(e2e::eventually(e2e::Milliseconds(20000), [&] {
    host.engine().step();
    return ::kill(before, 0) != 0;
  }));
}

TEST(ProcessEngine, OneThatIsSlowButWellIsLeftAlone) {
  HostedEngine host({fake_template("quiet_seconds: 0.2\n")});
  ASSERT_TRUE(host.load({{"habits", "mute_after=1"}, {"answer_seconds", "1.5"}, {"retries", "0"}}));
  const pid_t before = host.engine().process();
  host.start(1, "number 1");
  EXPECT_EQ(host.finish(1).front().response.outcome, Outcome::timed_out);
  EXPECT_EQ(host.engine().process(), before);
}

TEST(ProcessEngine, AnEndWhileNobodyWaitsIsMendedByTheNextCall) {
  HostedEngine host;
  ASSERT_TRUE(host.load({}));
  const pid_t before = host.engine().process();
  ::kill(before, SIGKILL);
  ASSERT_TRUE(host.tend_until([&] { return host.engine().process() == 0; }));
  host.start(1, "number 1");
  EXPECT_TRUE(is_scored(host.finish(1).front().response.outcome));
  EXPECT_NE(host.engine().process(), before);
}

TEST(ProcessEngine, IsStoppedWhenIdleAndStartedByTheNextCall) {
  HostedEngine host({fake_template("idle_seconds: 0.2\n")});
  ASSERT_TRUE(host.load({}));
  host.start(1, "number 1");
  EXPECT_TRUE(is_scored(host.finish(1).front().response.outcome));
  ASSERT_TRUE(host.tend_until([&] { return host.engine().process() == 0; }));
  EXPECT_TRUE(processes_of(host.folder()).empty());
  EXPECT_HAS(host.log(), "asked to stop");
  host.start(2, "number 2");
  EXPECT_TRUE(is_scored(host.finish(1).front().response.outcome));
}

TEST(ProcessEngine, FilesThatChangeAreNotServedAfterARestart) {
  HostedEngine host({fake_template("idle_seconds: 0.2\n")});
  ASSERT_TRUE(host.load({}));
  ASSERT_TRUE(host.tend_until([&] { return host.engine().process() == 0; }));
  e2e::write_file(host.model(), "GGUF of another kind");
  host.start(1, "number 1");
  const Completion lost = host.finish(1).front();
  EXPECT_TRUE(lost.unreachable);
  EXPECT_HAS(lost.response.error, "was changed since its digest was verified");
}

// What another program does to the links is as bad as what it does to the files.
TEST(ProcessEngine, LinksThatShowOtherFilesAreNotServed) {
  HostedEngine host({fake_template("idle_seconds: 0.2\n")});
  e2e::write_file(host.folder() / "alpha/config.json", "{}");
  e2e::write_file(host.folder() / "beta/config.json", "{ }");
  host.model_path = host.folder() / "alpha";
  ASSERT_TRUE(host.load({}));
  ASSERT_TRUE(host.tend_until([&] { return host.engine().process() == 0; }));
  const fs::path link = host.folder() / "logs/slot0/model/config.json";
  fs::remove(link);
  fs::create_symlink(host.folder() / "beta/config.json", link);
  host.start(1, "number 1");
  const Completion lost = host.finish(1).front();
  EXPECT_TRUE(lost.unreachable);
  EXPECT_HAS(lost.response.error, link.string() +
                                      " was changed since the model's digest was "
                                      "verified: it shows " +
                                      (host.folder() / "beta/config.json").string());
}

TEST(ProcessEngine, OneThatIgnoresSigtermIsKilledAfterItsTime) {
  HostedEngine host({fake_template("stop_seconds: 0.3\n")});
  ASSERT_TRUE(host.load({{"habits", "deaf"}}));
  host.unload();
  EXPECT_TRUE(processes_of(host.folder()).empty());
}

TEST(ProcessEngine, WhatItStartedGoesWithIt) {
  HostedEngine host;
  ASSERT_TRUE(host.load({{"habits", "child"}}));
  EXPECT_EQ(processes_of(host.folder()).size(), 3U) << "keeper, server, and the server's child";
  host.unload();
  EXPECT_TRUE(processes_of(host.folder()).empty());
}

// The server gets its death from the kernel, and what it has started from the worker.
TEST(ProcessEngine, AKeeperThatIsKilledTakesEverybodyAlong) {
  HostedEngine host;
  ASSERT_TRUE(host.load({{"habits", "child,mute_after=1"}}));
  host.start(1, "number 1");
  host.engine().step();
  ::kill(host.engine().keeper(), SIGKILL);
  const Completion lost = host.finish(1).front();
  EXPECT_TRUE(lost.unreachable);
  EXPECT_HAS(lost.response.error, "keeper_lost: its keeper was killed");
  EXPECT_TRUE(processes_of(host.folder()).empty());
}

// What is left when keeper and worker are killed together.
TEST(ProcessEngine, WhatDeadKeepersLeftIsFoundByItsMark) {
  HostedEngine host;
  ASSERT_TRUE(host.load({}));
  const std::string mark = keeper_mark(host.engine().keeper());
  ASSERT_FALSE(mark.empty());
  EXPECT_EQ(bearers_of(mark), std::vector<pid_t>{host.engine().process()});
  kill_what_keepers_left();
  EXPECT_EQ(bearers_of(mark).size(), 1U) << "its keeper is alive";
  EXPECT_EQ(keeper_of(host.engine().process()), host.engine().keeper());
  EXPECT_EQ(keeper_of(::getpid()), 0);
  const std::string other = keeper_mark(::getpid());
  EXPECT_NE(other, mark);
  EXPECT_TRUE(keeper_mark(0).empty());
}

// A cluster's scheduler carries a mark to other machines, where such a keeper never was.
TEST(ProcessEngine, WhatBearsAMarkOfAnotherMachineIsLeftAlone) {
  std::string mark = keeper_mark(::getpid());
  ASSERT_NE(mark.find("pid:"), std::string::npos) << mark;
  mark =
      "another-machine." + mark.substr(mark.find("pid:"), mark.find("]:") + 2 - mark.find("pid:"));
  ::setenv(keeper_variable, (mark + "1:1").c_str(), 1);
  e2e::Process stranger({"60"}, "sleep");
  ::unsetenv(keeper_variable);
  ASSERT_TRUE(e2e::eventually(e2e::Milliseconds(20000),
                              [&] { return bearers_of(mark + "1:1").size() == 1; }));
  EXPECT_EQ(keeper_of(stranger.id()), 0);
  kill_what_keepers_left();
  EXPECT_FALSE(stranger.wait(e2e::Milliseconds(200)));
  stranger.signal(SIGKILL);
}

TEST(ProcessEngine, AModelOfOtherFilesIsRefused) {
  HostedEngine host;
  SystemClock clock;
  ProcessEngine engine(clock, host.room);
  const Status loaded =
      engine.load({"m", sha256("x"), "process", host.model(), {{"template", "fake"}}});
  EXPECT_HAS(error_of(loaded), "the files have the model digest");
  EXPECT_EQ(loaded.error().kind, ErrorKind::corrupt);
}

TEST(ProcessEngine, AModelLargerThanItsGpusIsRefused) {
  HostedEngine host;
  EXPECT_TRUE(check_memory(1ULL << 30, 1, {"H100", 1024, "", ""}));
  EXPECT_FALSE(check_memory((1ULL << 30) + 1, 1, {"H100", 1024, "", ""}));
  EXPECT_TRUE(check_memory((1ULL << 30) + 1, 2, {"H100", 1024, "", ""}));
  EXPECT_TRUE(check_memory(1ULL << 50, 1, {}));
  const Status large = check_memory(3ULL << 30, 2, {"H100", 1024, "", ""});
  EXPECT_HAS(error_of(large),
             "the model's files are 3.0 GiB, and 2 GPUs of 1.0 GiB cannot hold them");
  // Before they are read: with another digest than theirs nothing else would be said.
  fs::resize_file(host.model(), 2U << 20);
  host.room.gpus = {"H100", 1, "", ""};
  const SystemClock clock;
  ProcessEngine engine(clock, host.room);
  const Status early =
      engine.load({"m", Digest{}, "process", host.model_path, {{"template", "fake"}}});
  EXPECT_HAS(error_of(early), "cannot hold them");
}

TEST(ProcessEngine, TheBlocksGpusAreItsOwn) {
  EXPECT_EQ(visible_gpus("", 2, 2), "2,3");
  EXPECT_EQ(visible_gpus("4,5,6,7", 2, 2), "6,7");
  EXPECT_EQ(visible_gpus("GPU-a,GPU-b", 1, 1), "GPU-b");
  EXPECT_EQ(visible_gpus("3", 1, 1), "-1") << "GPU 1 is somebody else's";
  HostedEngine host;
  host.room.gpus = {"H100", 1024, "", ""};
  host.room.slot = 4;
  host.room.width = 4;
  ::unsetenv("CUDA_VISIBLE_DEVICES");
  ASSERT_TRUE(host.load({{"habits", "echo_environment"}}));
  EXPECT_HAS(e2e::read_file(host.folder() / "logs/slot4/engine.log"), "gpus 4,5,6,7");
}

// The server sees what the digest is of: what lies beside is no part of the model.
TEST(ProcessEngine, AFolderIsShownWithoutWhatLiesBeside) {
  HostedEngine host;
  const fs::path folder = host.folder() / "model";
  e2e::write_file(folder / "config.json", "{}");
  e2e::write_file(folder / "tokenizer.json", "{}");
  e2e::write_file(folder / "special_tokens_map.json", "{}");
  host.model_path = folder;
  const Status loaded = host.load({});
  ASSERT_TRUE(loaded) << loaded.error().message;
  std::vector<std::string> shown;
  for (const auto& entry : fs::directory_iterator(host.folder() / "logs/slot0/model")) {
    shown.push_back(entry.path().filename());
  }
  std::sort(shown.begin(), shown.end());
  EXPECT_EQ(shown, (std::vector<std::string>{"config.json", "tokenizer.json"}));
}

TEST(ProcessEngine, AWorkerThatEndsGivesUpALoad) {
  HostedEngine host;
  host.room.is_ending = [] { return true; };
  const Status loaded = host.load({{"habits", "sick"}});
  EXPECT_HAS(error_of(loaded), "the load was broken off");
  EXPECT_EQ(loaded.error().kind, ErrorKind::unavailable);
}

TEST(ProcessEngine, LogsAreRotated) {
  HostedEngine host;
  ASSERT_TRUE(host.load({{"habits", "talk=100"}}));
  host.unload();
  ASSERT_TRUE(host.load({}));
  host.unload();
  EXPECT_EQ(host.log().find("line 7 of"), std::string::npos);
  EXPECT_HAS(e2e::read_file(host.folder() / "logs/slot0/engine.log.1"), "line 99 of");
}

}  // namespace
}  // namespace gwageo
