// How the daemons begin and end: whom a worker waits for, and what a start leaves behind.
#include <signal.h>
#include <sys/resource.h>

#include <fstream>

#include "tests/ops/program.h"

namespace gwageo::testing {
namespace {

namespace fs = std::filesystem;

class Daemon : public ProgramTest {
 protected:
  std::string endpoint_of(const std::string& data) const {
    const std::string line = text_of(data + "/endpoint");
    return line.substr(0, line.find('\n'));
  }
  std::string text_of(const std::string& name) const {
    std::ifstream in(path(name));
    return {std::istreambuf_iterator<char>(in), {}};
  }
};

TEST_F(Daemon, AWorkerSaysThatNobodyAnswersAndGivesUpWhenTold) {
  stop(up("gwageo-data", 0));
  const Ran ran = run({"worker", "--coordinator", "127.0.0.1:1", "--key",
                       "gwageo-data/keys/worker.key", "--connect-within", "3", "--json"});
  EXPECT_EQ(ran.code, 3) << ran.err;
  EXPECT_NE(ran.err.find("no coordinator answers yet"), std::string::npos) << ran.err;
  EXPECT_NE(ran.json().find("error")->as_string().find("127.0.0.1:1 within 3 s"),
            std::string::npos);
  expect({"worker", "--coordinator", "127.0.0.1:1", "--key", "gwageo-data/keys/worker.key",
          "--connect-within", "soon"},
         2, {"--connect-within", "whole number"});
  expect({"worker", "--coordinator", "127.0.0.1:1", "--key", "gwageo-data/keys/worker.key",
          "--slowdown", "0"},
         2, {"--slowdown"});
}

TEST_F(Daemon, AWorkerWithAKeyForAnotherCoordinatorEnds) {
  up("gwageo-data", 0);
  stop(up("foreign-data", 0));
  expect({"worker", "--coordinator", endpoint_of("gwageo-data"), "--key",
          "foreign-data/keys/worker.key"},
         4, {"key file of worker", "for another coordinator"});
}

TEST_F(Daemon, AWorkerWithAKeyForAnotherCoordinatorIsRefusedByTheTimeItWasGiven) {
  up("gwageo-data", 0);
  stop(up("foreign-data", 0));
  expect({"worker", "--coordinator", endpoint_of("gwageo-data"), "--key",
          "foreign-data/keys/worker.key", "--connect-within", "4"},
         4, {"key file of worker", "for another coordinator"});
}

// The same coordinator, from a copy that was made before the worker was registered.
TEST_F(Daemon, AWorkerWhoseKeyNobodyRegisteredEnds) {
  stop(up("gwageo-data", 0));
  fs::copy(path("gwageo-data"), path("older-data"), fs::copy_options::recursive);
  up("gwageo-data", 0);
  done({"keys", "new", "worker", "machine", "--out", "machine.key"});
  up("older-data", 0);
  expect({"worker", "--coordinator", endpoint_of("older-data"), "--key", "machine.key"}, 4,
         {"does not know the key of machine", "gwageo keys new worker"});
}

TEST_F(Daemon, NobodyElseCanReadAnswersAndKeys) {
  up("gwageo-data", 0);
  done({"backup", "saved"});
  for (const std::string data : {"gwageo-data", "saved"}) {
    EXPECT_EQ(fs::status(path(data)).permissions(), fs::perms::owner_all) << data;
    EXPECT_EQ(fs::status(path(data + "/keys")).permissions(), fs::perms::owner_all) << data;
    for (const fs::directory_entry& key : fs::directory_iterator(path(data + "/keys"))) {
      EXPECT_EQ(key.status().permissions(), fs::perms::owner_read | fs::perms::owner_write)
          << key.path();
    }
  }
}

TEST_F(Daemon, AStartWithAMistakeLeavesNothingBehind) {
  for (const std::string verb : {"up", "coordinator"}) {
    const std::vector<std::pair<std::string, std::string>> mistakes = {
        {"--listen", "nowhere"},      {"--listen", "192.0.2.1:0"},
        {"--listen", "[::1"},         {"--zone", "Mars/Base"},
        {"--zone", "Europe"},         {"--zone", ""},
        {"--zone", "zone.tab"},       {"--zone", "../../../etc/hostname"},
        {"--zone", "/etc/localtime"}, {"--zone", "../zoneinfo/UTC"},
        {"--origin", "two words"},    {"--origin", ""},
    };
    for (const auto& [option, value] : mistakes) {
      expect({verb, "--data", "new-data", option, value}, 2, {option});
      EXPECT_FALSE(fs::exists(path("new-data"))) << verb << " " << option << " " << value;
    }
  }
  up("gwageo-data", 0);
  expect({"up", "--data", "new-data", "--listen", endpoint_of("gwageo-data")}, 2,
         {"--listen", "in use"});
  EXPECT_FALSE(fs::exists(path("new-data")));
}

// Workers elsewhere were told an address, which has to outlive a restart.
TEST_F(Daemon, APoolComesBackWhereItWas) {
  const std::string warning = "is taken; workers elsewhere need the new one";
  stop(up("other-data", 0));
  const pid_t first = up("gwageo-data", 0);
  const std::string endpoint = endpoint_of("gwageo-data");
  stop(first);
  const pid_t second = up("gwageo-data", 0);
  EXPECT_EQ(endpoint_of("gwageo-data"), endpoint);
  EXPECT_EQ(text_of(".gwageo-data.err").find(warning), std::string::npos);
  stop(second);

  write("other-data/port", endpoint.substr(endpoint.rfind(':') + 1) + "\n");
  up("other-data", 0);
  ASSERT_EQ(endpoint_of("other-data"), endpoint);
  up("gwageo-data", 0);
  EXPECT_NE(endpoint_of("gwageo-data"), endpoint);
  EXPECT_NE(text_of(".gwageo-data.err").find(warning), std::string::npos);
  done({"status"});
}

TEST_F(Daemon, AStartThatFailsSaysSoAsOneDocument) {
  up("gwageo-data", 0);
  stop(up("other-data", 0));
  const std::string taken = endpoint_of("gwageo-data");
  // The first is found before anything begins, the others by the coordinator.
  for (const std::string verb : {"up", "coordinator"}) {
    for (const auto& [words, part] : std::vector<std::pair<std::vector<std::string>, std::string>>{
             {{"--data", "new-data", "--listen", "nowhere"}, "--listen"},
             {{"--data", "other-data", "--listen", taken}, "in use"},
             {{"--data", "other-data", "--zone", "UTC"}, "founded with"}}) {
      std::vector<std::string> all = {verb, "--json"};
      all.insert(all.end(), words.begin(), words.end());
      const Ran ran = run(all);
      EXPECT_EQ(ran.code, 2) << ran.err;
      EXPECT_NE(ran.err.find(part), std::string::npos) << ran.err;
      EXPECT_NE(ran.json().find("error")->as_string().find(part), std::string::npos) << ran.out;
    }
  }
}

// Started again for ever, it would write to its journal each time and never serve.
TEST_F(Daemon, ACoordinatorThatEndsByItselfAgainAndAgainIsGivenUp) {
  const pid_t pool = up("gwageo-data", 0);
  const std::vector<pid_t> children = children_of(pool);
  ASSERT_EQ(children.size(), 1U);
  write("gwageo-data/store/CURRENT", "MANIFEST-999999\n");
  ::kill(children.front(), SIGKILL);
  EXPECT_EQ(wait_for(pool), 1);
  const std::string said = text_of(".gwageo-data.err");
  EXPECT_NE(said.find("ended by itself 5 times in a row"), std::string::npos) << said;
  EXPECT_NE(said.find("log/coordinator.log"), std::string::npos) << said;
}

// A coordinator that may write files of 4 KiB dies by SIGXFSZ when it opens its store.
TEST_F(Daemon, ACoordinatorThatDiesBeforeItServesIsSpokenFor) {
  stop(up("gwageo-data", 0));
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  const rlimit little{4096, before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &little), 0);
  const pid_t pool = begin("pool", {"up", "--data", "gwageo-data", "--workers", "0"});
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
  EXPECT_EQ(wait_for(pool), 1);
  EXPECT_NE(
      text_of(".pool.err").find("the coordinator ended before it served: was ended by signal"),
      std::string::npos)
      << text_of(".pool.err");
}

// The one that takes its place has other keys, so the worker must not wait for ever.
TEST_F(Daemon, AWorkerThatLosesItsCoordinatorSaysSoAndEndsWhenAnotherTakesItsPlace) {
  const pid_t first = up("gwageo-data", 0);
  const std::string endpoint = endpoint_of("gwageo-data");
  const pid_t worker = begin("worker", {"worker", "--coordinator", endpoint, "--key",
                                        "gwageo-data/keys/worker.key", "--name", "far"});
  ASSERT_TRUE(eventually([&] {
    const Ran ran = run({"status", "--json"});
    return ran.code == 0 && ran.out.find("\"far\"") != std::string::npos;
  }));
  stop(first);
  EXPECT_TRUE(eventually([&] {
    return text_of(".worker.err").find("the connection to the coordinator is lost") !=
           std::string::npos;
  })) << text_of(".worker.err");
  begin("other", {"up", "--data", "other-data", "--workers", "0", "--listen", endpoint});
  EXPECT_EQ(wait_for(worker), 4);
  const std::string said = text_of(".worker.err");
  EXPECT_NE(said.find("it is for another coordinator"), std::string::npos) << said;
}

TEST_F(Daemon, AWorkerFollowsItsCoordinatorToAnotherAddress) {
  stop(up("other-data", 0));
  const pid_t first = up("gwageo-data", 0);
  const std::string before = endpoint_of("gwageo-data");
  write("where", before + "\n");
  begin("worker", {"worker", "--coordinator", "file:where", "--key", "gwageo-data/keys/worker.key",
                   "--name", "far"});
  const auto sees_worker = [&] {
    const Ran ran = run({"status", "--coordinator", "file:where", "--key",
                         "gwageo-data/keys/operator.key", "--json"});
    return ran.code == 0 && ran.out.find("\"far\"") != std::string::npos;
  };
  ASSERT_TRUE(eventually(sees_worker));
  stop(first);
  // Somebody has the port meanwhile, so the coordinator comes back elsewhere.
  write("other-data/port", before.substr(before.rfind(':') + 1) + "\n");
  up("other-data", 0);
  up("gwageo-data", 0);
  ASSERT_NE(endpoint_of("gwageo-data"), before);
  write("where", endpoint_of("gwageo-data") + "\n");
  EXPECT_TRUE(eventually(sees_worker)) << text_of(".worker.err");
  EXPECT_NE(text_of(".worker.err").find("the coordinator has another address now"),
            std::string::npos);
}

TEST_F(Daemon, AFileThatHoldsNoAddressIsNamed) {
  stop(up("gwageo-data", 0));
  write("where", "\n127.0.0.1:1\n");
  for (const std::string verb : {"worker", "status"}) {
    expect({verb, "--coordinator", "file:where", "--key", "gwageo-data/keys/worker.key"}, 2,
           {"where:1", "no address"});
    expect({verb, "--coordinator", "file:nowhere", "--key", "gwageo-data/keys/worker.key"}, 2,
           {"nowhere"});
  }
}

TEST_F(Daemon, OptionsOfWorkersReachThemAndWrongOnesEndIt) {
  const std::string refused = "--nonsense";
  expect({"up", "--data", "a", "--workers", "1", "--worker-options", refused}, 2,
         {refused, "w1 cannot begin with what it is told (--worker-options \"--nonsense\""});
  expect({"up", "--data", "b", "--worker-options", "--log '"}, 2, {"a quote is not closed"});
  const pid_t pool = begin(
      "up", {"up", "--data", "c", "--workers", "1", "--worker-options", "--credit 7 --loads 3"});
  EXPECT_TRUE(eventually([&] {
    const Ran seen = run({"workers", "--data", "c", "--json"});
    return seen.code == 0 && seen.out.find("\"credit_items\":7") != std::string::npos;
  }));
  ::kill(pool, SIGTERM);
  EXPECT_EQ(wait_for(pool), 0);
}

// It said "2 workers", and went on so whatever became of them.
TEST_F(Daemon, AWorkerThatIsRefusedIsSaid) {
  const pid_t first = up("gwageo-data", 1);
  write_suite("sums");
  done({"suite", "add", "sums/suite.yaml"});
  add_paced("m1", "candidate", "2026-01-01", "4");
  done({"keys", "new", "worker", "mallory", "--out", "mallory.key"});
  done({"drain", "w1"});
  const auto works = [&](const std::string& name) {
    const pid_t worker = begin(name, {"worker", "--coordinator", endpoint_of("gwageo-data"),
                                      "--key", "mallory.key", "--name", name});
    return eventually([&] { return run({"workers"}).out.find(name) != std::string::npos; }) ? worker
                                                                                            : -1;
  };
  const pid_t other = works("w2");
  ASSERT_GT(other, 0);
  done({"submit", "--model", "m1", "--suite", "sums", "--wait"});
  ::kill(works("w3"), SIGTERM);  // It has done nothing, so its name is free again.
  ::kill(other, SIGTERM);
  EXPECT_EQ(wait_for(other), 0);
  EXPECT_EQ(stop(first), 0);
  const pid_t pool = up("gwageo-data", 3);
  ASSERT_TRUE(eventually([&] {
    const std::string said = text_of(".gwageo-data.err");
    return said.find("w2 is refused, so 2 of 3 workers can work") != std::string::npos;
  })) << text_of(".gwageo-data.err");
  EXPECT_TRUE(eventually([&] { return run({"workers"}).out.find("w3") != std::string::npos; }));
  const std::string said = text_of(".gwageo-data.err");
  EXPECT_NE(said.find("belongs to the key of mallory"), std::string::npos) << said;
  EXPECT_EQ(said.find("w3 is refused"), std::string::npos) << said;
  EXPECT_EQ(stop(pool), 0);
}

// What is in use is no good as input, whoever asks.
TEST_F(Daemon, WhatIsInUseIsRefusedAlike) {
  up("gwageo-data", 0);
  const std::string held = "another coordinator uses " + path("gwageo-data");
  expect({"up", "--data", "gwageo-data"}, 2, {held});
  expect({"coordinator", "--data", "gwageo-data"}, 2, {held});
  expect({"audit", "verify", "gwageo-data"}, 2, {held});
  stop(up("other-data", 0));
  for (const std::string verb : {"up", "coordinator"}) {
    expect({verb, "--data", "other-data", "--listen", endpoint_of("gwageo-data")}, 2,
           {"--listen", "in use"});
  }
}

}  // namespace
}  // namespace gwageo::testing
