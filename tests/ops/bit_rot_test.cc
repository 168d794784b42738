// Bit rot in a data directory: one file of any kind is damaged, then everybody asks. Whatever is
// answered is what was answered before, or it is refused in words that name the place. Nothing
// dies without a word.
//
//   GWAGEO_FLIPS  how often something is damaged (60; ops/soak asks for 500)
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <map>
#include <random>

#include "tests/memory_folder.h"
#include "tests/ops/program.h"
#include "tests/temporary_folder.h"

namespace gwageo::testing {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t sector = 512;

int rounds_wanted() {
  const char* const given = std::getenv("GWAGEO_FLIPS");
  return given == nullptr ? 60 : std::max(1, std::atoi(given));
}

std::string bytes_of(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// Files of zeros, as prepared logs are, take no room.
void write_sparse(const fs::path& path, const std::string& bytes) {
  fs::create_directories(path.parent_path());
  const std::size_t end = bytes.find_last_not_of('\0') + 1;
  std::ofstream(path, std::ios::binary) << std::string_view(bytes).substr(0, end);
  fs::resize_file(path, bytes.size());
}

/// What a file is for, by its path in the data directory; empty for one that holds nothing.
std::string kind_of(const fs::path& relative) {
  const std::string name = relative.filename();
  const std::string folder = relative.begin()->string();
  if (folder != "store") {
    if (folder == "keys") return name;
    if (folder == "log") return "log";
    return name == "lock" || name == "socket" || name == "endpoint" ? "" : folder;
  }
  if (name == "LOCK") return "";
  if (name.ends_with(".log")) return "write-ahead log";
  if (name.ends_with(".sst")) return "sorted file";
  if (name.ends_with(".blob")) return "blob file";
  return name.substr(0, name.find('-'));  // MANIFEST, OPTIONS, CURRENT, IDENTITY, LOG, prepared.
}

/// What a person sees of a finished competition, and the data directory that it was read from.
class BitRotTest : public ProgramTest {
 protected:
  static constexpr const char* data = "gwageo-data";

  void add_model(const std::string& name, const std::string& role, int wrong_every) {
    std::string rows;
    for (int i = 0; i < items; ++i) {
      const std::string answer = std::to_string(i % wrong_every == 0 ? 9 : i % 4);
      rows += R"({"task":"sums","item":")" + std::to_string(i) + R"(","repeat":0,"text":")" +
              answer + std::string(static_cast<std::size_t>(i % 300), ' ') + "\"}\n";
    }
    write(name + ".jsonl", rows);
    done({"model", "add", name, "--role", role, "--released", "2026-07-15", "--engine", "recorded",
          "--outputs", path(name + ".jsonl")});
    done({"submit", "--model", name, "--suite", "kit", "--wait"});
  }

  /// Two lives, so that there are sorted files and blobs beside the log.
  void make_directory() {
    write_suite("kit", items);
    pid_t pool = up(data, 1);
    done({"suite", "add", path("kit/suite.yaml")});
    done({"target", "add", path("kit/target.yaml")});
    add_model("old", "reference", 7);
    ASSERT_EQ(stop(pool), 0);
    pool = up(data, 1);
    add_model("young", "candidate", 5);
    ask_right();
    ASSERT_EQ(stop(pool), 0);
    const Ran verified = done({"audit", "verify", data, "--json"});
    ASSERT_TRUE(verified.json().find("ok")->as_bool()) << verified.out;
    right_["verify"] = head_of(verified);
    for (const auto& entry : fs::recursive_directory_iterator(path(data))) {
      const fs::path relative = entry.path().lexically_relative(path(data));
      if (!entry.is_regular_file()) continue;
      const std::string kind = kind_of(relative);
      if (!kind.empty() && entry.file_size() > 0) files_[kind].push_back(relative);
    }
    for (const char* kind : {"write-ahead log", "sorted file", "blob file", "MANIFEST", "CURRENT",
                             "OPTIONS", "IDENTITY", "checkpoint", "format", "coordinator.key"}) {
      EXPECT_TRUE(files_.contains(kind)) << kind;
    }
  }

  static std::string head_of(const Ran& verified) {
    const Json document = verified.json();
    return document.find("size")->dump() + " " + document.find("root")->dump();
  }

  std::vector<std::vector<std::string>> questions() const {
    return {{"results", "1", "--json"},
            {"results", "2", "--json"},
            {"target", "show", "kit-95", "--as-of", "2026-09-01", "--json"}};
  }

  void ask_right() {
    for (const auto& question : questions()) right_[question[1]] = done(question).out;
  }

  /// Says what was done to which file.
  std::string damage(std::mt19937_64& random) {
    fs::remove_all(damaged_);
    for (const char* folder : {"keys", "store", "log", "tiles"}) {
      fs::create_directories(damaged_ / folder);
    }
    // Half of all rounds go where the answers are.
    const std::vector<std::string> dear = {"write-ahead log", "sorted file", "blob file",
                                           "MANIFEST", "checkpoint"};
    std::vector<std::string> kinds;
    for (const auto& [kind, unused] : files_) kinds.push_back(kind);
    const std::vector<std::string>& from = random() % 2 == 0 ? dear : kinds;
    kind_ = from[random() % from.size()];
    const std::vector<fs::path>& candidates = files_.at(kind_);
    const fs::path victim = candidates[random() % candidates.size()];
    std::string what;
    for (const auto& entry : fs::recursive_directory_iterator(path(data))) {
      const fs::path relative = entry.path().lexically_relative(path(data));
      if (!entry.is_regular_file() || relative == "lock") continue;
      std::string bytes = bytes_of(entry.path());
      bool is_gone = false;
      if (relative == victim) what = changed(bytes, random, is_gone);
      if (is_gone) continue;
      write_sparse(damaged_ / relative, bytes);
      fs::permissions(damaged_ / relative, fs::perms::owner_read | fs::perms::owner_write);
    }
    return victim.string() + ": " + what;
  }

  static std::string changed(std::string& bytes, std::mt19937_64& random, bool& is_gone) {
    // Of a log most is zeros, which nobody reads.
    const std::size_t written = std::max<std::size_t>(1, bytes.find_last_not_of('\0') + 1);
    const std::size_t at = random() % written;
    const std::string place = " at byte " + std::to_string(at) + " of " + std::to_string(written);
    switch (random() % 10) {
      case 0: bytes.resize(at); return "cut" + place;
      case 1: {
        const std::size_t count = std::min(sector, bytes.size() - at);
        bytes.replace(at, count, std::string(count, '\0'));
        return "zeros" + place;
      }
      case 2: {
        const std::size_t other = random() % written;
        const std::size_t count = std::min(sector, bytes.size() - std::max(at, other));
        const std::string kept = bytes.substr(at, count);
        bytes.replace(at, count, bytes.substr(other, count));
        bytes.replace(other, count, kept);
        return "swapped with " + std::to_string(other) + place;
      }
      case 3:
        is_gone = random() % 2 == 0;
        if (is_gone) return "removed";
        [[fallthrough]];
      default:
        bytes[at] = static_cast<char>(bytes[at] ^ (1 << random() % 8));
        return "a bit" + place;
    }
  }

  void note(const std::string& how) { ++counts_[kind_ + ": " + how]; }

  /// An answer is right, or there is none and somebody says why.
  void expect_right_or_refused(const Ran& ran, const std::string& name, const std::string& got) {
    EXPECT_LT(ran.code, 128) << name << " died\n" << ran.err;
    if (ran.code == 0) {
      EXPECT_EQ(got, right_.at(name)) << "a wrong answer to " << name;
    } else {
      EXPECT_FALSE((ran.err + ran.out).empty()) << name << " ended with " << ran.code;
    }
  }

  void ask_the_auditor() {
    const Ran verified = run({"audit", "verify", damaged_, "--json"});
    expect_right_or_refused(verified, "verify", verified.code == 0 ? head_of(verified) : "");
    if (verified.code != 0 && verified.code != 1) {
      EXPECT_NE(verified.err.find(damaged_.string()), std::string::npos) << verified.err;
    }
  }

  void ask_the_coordinator() {
    const pid_t coordinator = begin("rotten", {"coordinator", "--data", damaged_});
    int code = -1;
    const bool is_decided = eventually(
        [&] {
          code = wait_for(coordinator, 0);
          return code >= 0 || fs::exists(damaged_ / "endpoint");
        },
        20000);
    ASSERT_TRUE(is_decided) << "neither serves nor ends";
    if (code >= 0) {
      const std::string said = bytes_of(path(".rotten.err")) + bytes_of(path(".rotten.out"));
      EXPECT_TRUE(code > 0 && code < 128) << "ended with " << code << "\n" << said;
      EXPECT_NE(said.find(damaged_.string()), std::string::npos) << "names no place: " << said;
      return note("refused to serve");
    }
    int refused = 0;
    for (std::vector<std::string> question : questions()) {
      const std::string name = question[1];
      question.insert(question.end(),
                      {"--data", damaged_, "--key", path(data) + "/keys/operator.key"});
      const Ran ran = run(question);
      expect_right_or_refused(ran, name, ran.out);
      refused += ran.code != 0;
    }
    note(refused == 0 ? "right" : "some refused");
    const int ended = stop(coordinator);
    EXPECT_LT(ended, 128) << bytes_of(path(".rotten.err"));
  }

  static constexpr int items = 200;
  const TemporaryFolder memory_{memory_folder()};
  const fs::path damaged_ = memory_ / "damaged";
  std::map<std::string, std::vector<fs::path>> files_;  ///< By kind, relative.
  std::map<std::string, std::string> right_;
  std::string kind_;
  std::map<std::string, int> counts_;
};

TEST_F(BitRotTest, NoWrongAnswerIsServed) {
  ASSERT_NO_FATAL_FAILURE(make_directory());
  const int rounds = rounds_wanted();
  for (int round = 0; round < rounds && !HasFailure(); ++round) {
    std::mt19937_64 random(static_cast<std::uint64_t>(round));
    SCOPED_TRACE("round " + std::to_string(round) + ": " + damage(random));
    ask_the_auditor();
    ask_the_coordinator();
  }
  for (const auto& [what, times] : counts_) std::printf("%4d %s\n", times, what.c_str());
}

}  // namespace
}  // namespace gwageo::testing
