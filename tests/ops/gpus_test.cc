// What people say of GPUs, and what they are told of them.
#include "tests/ops/program.h"

namespace gwageo::testing {
namespace {

class GpusTest : public ProgramTest {};

TEST_F(GpusTest, AWorkerSaysAllOfItsGpusOrNone) {
  const auto refused = [&](std::vector<std::string> more, const std::string& why) {
    for (const std::string verb : {"worker", "up"}) {
      std::vector<std::string> words = {verb};
      words.insert(words.end(), more.begin(), more.end());
      expect(words, 2, {why});
    }
  };
  refused({"--gpus", "8"}, "--gpus needs --gpu-kind KIND and --gpu-memory GIB");
  refused({"--gpu-kind", "H100"}, "--gpu-kind is of GPUs: say with --gpus N how many");
  refused({"--node", "n1"}, "--node is of GPUs");
  refused({"--gpus", "65", "--gpu-kind", "H100", "--gpu-memory", "80"}, "--gpus");
  refused({"--gpus", "8", "--gpu-kind", "H 100", "--gpu-memory", "80"}, "--gpu-kind: \"H 100\"");
  refused({"--gpus", "8", "--gpu-kind", "H100", "--gpu-memory", "0"}, "--gpu-memory");
  expect({"worker", "--slots", "2", "--gpus", "2", "--gpu-kind", "H100", "--gpu-memory", "80"}, 2,
         {"--slots and --gpus: give one of them"});
}

TEST_F(GpusTest, AWorkerOfSeveralMachinesNamesThem) {
  const auto refused = [&](const std::string& gpus, const std::string& hosts,
                           const std::string& why, std::vector<std::string> more = {}) {
    std::vector<std::string> words = {"worker",     "--gpus", gpus,           "--hosts", hosts,
                                      "--gpu-kind", "H100",   "--gpu-memory", "80"};
    words.insert(words.end(), more.begin(), more.end());
    expect(words, 2, {why});
  };
  write("none/README", "no templates");
  refused("8", "", "--hosts is empty");
  refused("8", "a", "--hosts: 1 machine: name 2, 4");
  refused("8", "a,b,c", "--hosts: 3 machines");
  refused("8", "a,b,a,c", "--hosts: a is named twice");
  refused("8", "a,b c", "--hosts: \"b c\" is no name of a machine");
  refused("8", "a,,b", "--hosts: \"\" is no name of a machine");
  refused("6", "a,b", "--hosts: 6 GPUs on each of 2 machines are 12, and no model takes so many");
  refused("64", "a,b", "are 128, and no model takes so many");
  refused("8", "a,b", "there are no templates for it here: name their folder with --engines DIR",
          {"--engines", path("none")});
  refused("8", "a,b", "--weights-cache: it is a folder of this machine", {"--weights-cache", "c"});
  expect({"worker", "--hosts", "a,b"}, 2, {"--hosts is of GPUs: say with --gpus N how many"});
  expect({"up", "--gpus", "8", "--hosts", "a,b"}, 2, {"--hosts"});
}

TEST_F(GpusTest, AModelSaysWhatItNeeds) {
  const pid_t pool = up("gwageo-data", 0);
  const std::vector<std::string> add = {"model",     "add",        "m",          "--role",
                                        "candidate", "--released", "2026-11-16", "--engine",
                                        "paced",     "--gpus"};
  const auto with = [&](std::vector<std::string> more) {
    std::vector<std::string> words = add;
    words.insert(words.end(), more.begin(), more.end());
    return words;
  };
  for (const std::string none : {"3", "0", "65", "two"}) {
    expect(with({none}), 2, {"--gpus: \"" + none + "\" is none of 1, 2, 4, 8, 16, 32, 64"});
  }
  expect(with({"2", "--gpu-memory", "20000"}), 2, {"--gpu-memory"});
  expect(with({"2", "--gpu-memory", "0"}), 2, {"--gpu-memory: 0 GiB are no requirement"});
  for (const std::string nodes : {"3", "4", "0"})
    expect(with({"2", "--nodes", nodes}), 2, {"--nodes"});
  expect(with({"2", "--nodes", "2"}), 2, {"engine paced runs on one"});
  done(with({"2", "--gpu-kind", "H100", "--gpu-memory", "80"}));
  EXPECT_NE(done({"model", "list"}).out.find("2 of H100, 80 GiB"), std::string::npos);
  expect(with({"4"}), 2, {"engine or GPUs: retire it"});
  stop(pool);
}

}  // namespace
}  // namespace gwageo::testing
