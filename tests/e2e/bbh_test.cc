// Every published accuracy of code-davinci-002 on BIG-Bench-Hard, 27 tasks asked in two modes, from
// its published outputs: as recorded outputs, leased, handed in, stored and scored by a pool.
//
// The files of the suites are made here from ../shared/data/bbh; what the two filters of mode cot
// do is said in tests/benchmarks/bbh_test.cc.
#include <gtest/gtest.h>

#include <fstream>
#include <map>

#include "tests/e2e/pool.h"
#include "tests/folders.h"

namespace gwageo::e2e {
namespace {

namespace fs = std::filesystem;

constexpr const char* cot_filters = R"(
    filter_list:
      - name: answer
        filter:
          - {function: regex, regex_pattern: '(?s)\A.*?(?=\n\nQ:|\Z)'}
          - {function: regex, regex_pattern: '(?s)So the answer is(.*?)\.?\Z'}
          - {function: take_first})";

/// Percent, by task.
std::map<std::string, double> published(const fs::path& folder, const std::string& mode) {
  std::map<std::string, double> found;
  std::ifstream file(folder / "code-davinci-002_published_accuracy.csv");
  for (std::string line; std::getline(file, line);) {
    const std::size_t first = line.find(',');
    const std::size_t last = line.rfind(',');
    if (first == last || line.substr(first + 1, last - first - 1) != mode) continue;
    found[line.substr(0, first)] = std::stod(line.substr(last + 1));
  }
  return found;
}

/// The examples of a task as rows; an item's id is its row number.
std::string rows_of(const fs::path& file) {
  const Json task = Json::parse(read_file(file)).value();
  std::string rows;
  for (const Json& example : at(task, {"examples"}).as_array()) rows += example.dump() + "\n";
  return rows;
}

/// Writes the suite "bbh-MODE" of these tasks into `folder`; its file.
std::string write_bbh_suite(const fs::path& folder, const fs::path& source, const std::string& mode,
                            const std::map<std::string, double>& tasks) {
  std::string suite =
      "suite: bbh-" + mode + "\nversion: 1\naxes: {reasoning: {weight: 1}}\n" + "tasks:\n";
  for (const auto& [task, accuracy] : tasks) {
    write_file(folder / (task + ".jsonl"), rows_of(source / (task + ".json")));
    suite += "  - task: " + task + "\n    axis: reasoning\n    output_type: generate_until\n" +
             "    dataset_kwargs: {data_files: " + task + ".jsonl}\n" +
             R"(    doc_to_text: "{{input}}"
    doc_to_target: "{{target}}"
    generation_kwargs: {until: ["\n\nQ:"], max_gen_toks: 512}
    metric_list: [{metric: exact_match, aggregation: mean, higher_is_better: true}])" +
             (mode == "cot" ? cot_filters : "") + "\n";
  }
  write_file(folder / "suite.yaml", suite);
  return (folder / "suite.yaml").string();
}

/// What the model said, as a file of recorded outputs; its path.
std::string write_outputs(const fs::path& folder, const fs::path& source,
                          const std::vector<std::string>& parts) {
  std::string rows;
  for (const std::string& part : parts) {
    std::ifstream file(source / ("code-davinci-002_" + part + ".jsonl"));
    for (std::string line; std::getline(file, line);) {
      const Json said = Json::parse(line).value();
      Json row;
      row["task"] = at(said, {"task"});
      row["item"] = std::to_string(whole(said, {"index"}));
      row["repeat"] = 0;
      row["text"] = at(said, {"prediction"});
      rows += row.dump() + "\n";
    }
  }
  write_file(folder / "outputs.jsonl", rows);
  return (folder / "outputs.jsonl").string();
}

TEST(BigBenchHard, EveryPublishedAccuracyComesOutOfThePool) {
  const fs::path source = folders::shared() / "data" / "bbh";
  if (!fs::exists(source)) {
    GTEST_SKIP() << "no shared data: set GWAGEO_SHARED to the folder that has data/bbh";
  }
  const TemporaryFolder folder;
  Pool pool(folder.path() / "data", 2);
  pool.start();
  const std::map<std::string, std::vector<std::string>> modes = {{"direct", {"direct"}},
                                                                 {"cot", {"cot_a", "cot_b"}}};
  std::map<std::string, std::string> jobs;
  for (const auto& [mode, parts] : modes) {
    const fs::path place = folder.path() / mode;
    pool.ask({"suite", "add", write_bbh_suite(place, source, mode, published(source, mode))});
    pool.ask({"model", "add", "davinci-" + mode, "--role", "reference", "--released", "2026-07-15",
              "--engine", "recorded", "--outputs", write_outputs(place, source, parts)});
    jobs[mode] = pool.submit(mode, "davinci-" + mode, "bbh-" + mode);
  }
  std::size_t figures = 0;
  for (const auto& [mode, job] : jobs) {
    const Json results = pool.results(job);
    EXPECT_EQ(text(results, {"evidence"}), "recorded");
    EXPECT_EQ(whole(results, {"coverage", "answered"}), 6511);
    for (const auto& [task, accuracy] : published(source, mode)) {
      const Json& metrics = at(results, {"tasks", task});
      ASSERT_EQ(metrics.as_object().size(), 1U) << metrics.dump();
      const double value = at(metrics.as_object().front().second, {"value"}).as_double();
      EXPECT_NEAR(100 * value, accuracy, 1e-9) << task << ", " << mode;
      ++figures;
    }
  }
  EXPECT_EQ(figures, 54U);
  EXPECT_TRUE(at(pool.ask({"audit", "rescore"}), {"ok"}).as_bool());
}

}  // namespace
}  // namespace gwageo::e2e
