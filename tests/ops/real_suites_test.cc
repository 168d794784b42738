// The suites on published data (benchmarks/suites/real) load and render whole, and have as many
// items as their README.md says. The data lie in ../shared/data; without them the test is skipped.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "tests/folders.h"
#include "tests/ops/program.h"

namespace gwageo::testing {
namespace {

namespace fs = std::filesystem;

fs::path data_folder() { return folders::shared() / "data"; }

class RealSuites : public ProgramTest {
 protected:
  void SetUp() override {
    if (!fs::exists(data_folder() / "kobest")) {
      GTEST_SKIP() << "no shared data: set GWAGEO_SHARED to the folder that has data/kobest";
    }
  }

  /// "TASK AXIS ITEMS REQUESTS" of each task, a line each.
  std::string tasks_of(const std::string& name) const {
    const std::string file = folders::source() / "benchmarks/suites/real" / (name + ".yaml");
    const Ran ran =
        done({"suite", "check", file, "--data-files", data_folder().string(), "--json"});
    std::string out;
    if (ran.code != 0) return out;
    const Json checked = ran.json();
    for (const Json& task : checked.find("tasks")->as_array()) {
      out += task.find("task")->as_string() + " " + task.find("axis")->as_string();
      for (const char* key : {"items", "requests"}) {
        out += " " + std::to_string(task.find(key)->as_integer());
      }
      out += "\n";
    }
    return out;
  }
};

TEST_F(RealSuites, KoBest) {
  EXPECT_EQ(tasks_of("kobest"),
            "kobest_boolq korean 1404 2808\n"
            "kobest_copa korean 1000 2000\n"
            "kobest_hellaswag korean 500 2000\n"
            "kobest_sentineg korean 397 794\n"
            "kobest_wic korean 1260 2520\n");
}

TEST_F(RealSuites, Klue) {
  EXPECT_EQ(tasks_of("klue"), "klue_nli korean 3000 9000\nklue_sts korean 519 1038\n");
}

TEST_F(RealSuites, KorNli) {
  EXPECT_EQ(tasks_of("kornli"),
            "kornli_xnli_dev korean 2490 7470\nkornli_xnli_test korean 5010 15030\n");
}

TEST_F(RealSuites, Gsm8k) {
  EXPECT_EQ(tasks_of("gsm8k"),
            "gsm8k_cot reasoning 1319 1319\ngsm8k_cot_zeroshot reasoning 1319 1319\n");
}

TEST_F(RealSuites, TruthfulQa) {
  EXPECT_EQ(tasks_of("truthfulqa"), "truthfulqa_all_wrong_answers truth 817 4115\n");
}

TEST_F(RealSuites, AgiEval) {
  EXPECT_EQ(tasks_of("agieval"),
            "agieval_logiqa_en reasoning 651 2604\n"
            "agieval_lsat_ar reasoning 230 1150\n"
            "agieval_lsat_lr reasoning 510 2550\n"
            "agieval_aqua_rat mathematics 254 1270\n"
            "agieval_sat_math mathematics 220 880\n"
            "agieval_math mathematics 1000 1000\n");
}

TEST_F(RealSuites, BigBenchHard) {
  // All tasks have 250 items but three.
  const std::string tasks = tasks_of("bbh");
  std::size_t count = 0;
  for (const char c : tasks) count += c == '\n' ? 1u : 0u;
  EXPECT_EQ(count, 27u);
  for (const char* line :
       {"bbh_causal_judgement reasoning 187 187\n", "bbh_penguins_in_a_table reasoning 146 146\n",
        "bbh_snarks reasoning 178 178\n", "bbh_word_sorting reasoning 250 250\n"}) {
    EXPECT_NE(tasks.find(line), std::string::npos) << line;
  }
  std::size_t whole = 0;
  for (std::size_t at = 0; (at = tasks.find(" 250 250\n", at)) != std::string::npos; ++at) ++whole;
  EXPECT_EQ(whole, 24u);
}

/// What code-davinci-002 answered without a chain of thought, as outputs of the suite's tasks.
std::string published_outputs() {
  std::ifstream in(data_folder() / "bbh/code-davinci-002_direct.jsonl");
  std::string out;
  for (std::string line; std::getline(in, line);) {
    const Json row = Json::parse(line).value();
    Json output;
    output["task"] = "bbh_" + row.find("task")->as_string();
    output["item"] = std::to_string(row.find("index")->as_integer());
    output["text"] = *row.find("prediction");
    out += output.dump() + "\n";
  }
  return out;
}

/// The cells of lines of comma-separated text without quotes.
std::vector<std::vector<std::string>> cells_of(std::istream& in) {
  std::vector<std::vector<std::string>> out;
  for (std::string line; std::getline(in, line);) {
    std::istringstream cells(line);
    std::vector<std::string>& row = out.emplace_back();
    for (std::string cell; std::getline(cells, cell, ',');) row.push_back(cell);
  }
  return out;
}

TEST_F(RealSuites, BigBenchHardGivesThePublishedAccuracies) {
  write("outputs.jsonl", published_outputs());
  const pid_t pool = up("gwageo-data", 1);
  done({"suite", "add", folders::source() / "benchmarks/suites/real/bbh.yaml", "--data-files",
        data_folder().string()});
  done({"model", "add", "davinci", "--role", "reference", "--released", "2022-10-17", "--engine",
        "recorded", "--outputs", "outputs.jsonl"});
  done({"submit", "--model", "davinci", "--suite", "bbh", "--wait"});
  std::istringstream results(done({"results", "1", "--format", "csv"}).out);
  std::map<std::string, double> shares;
  for (const auto& row : cells_of(results)) {
    if (row.at(2) == "strict-match") shares[row.at(0)] = std::stod(row.at(6));
  }
  std::ifstream file(data_folder() / "bbh/code-davinci-002_published_accuracy.csv");
  std::size_t compared = 0;
  for (const auto& row : cells_of(file)) {
    if (row.at(1) != "direct") continue;
    EXPECT_NEAR(100 * shares["bbh_" + row.at(0)], std::stod(row.at(2)), 1e-9) << row.at(0);
    ++compared;
  }
  EXPECT_EQ(compared, 27u);
  EXPECT_EQ(stop(pool), 0);
}

}  // namespace
}  // namespace gwageo::testing
