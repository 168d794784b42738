// Published data of two languages through a model that really computes: KoBEST's COPA and SentiNeg
// and AGIEval's SAT items, on four workers as on one.
//
// The suite is made here from ../shared/data. A prompt that is longer than the model's context is
// cut by the engine; that is the same everywhere, and only equality is looked at.
#include <gtest/gtest.h>

#include <fstream>
#include <map>

#include "tests/e2e/pool.h"
#include "tests/folders.h"

namespace gwageo::e2e {
namespace {

namespace fs = std::filesystem;

using Row = std::map<std::string, std::string>;

/// Fields between tabs, rows between line ends; a field may be quoted, with "" for a quote in it,
/// and then hold tabs and line ends. The first row names the columns.
std::vector<Row> parse_tsv(const std::string& bytes) {
  std::vector<std::vector<std::string>> table(1, {""});
  bool is_quoted = false;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const char c = bytes[i];
    std::string& field = table.back().back();
    if (is_quoted && c == '"' && i + 1 < bytes.size() && bytes[i + 1] == '"') {
      field += bytes[++i];
    } else if (c == '"' && (is_quoted || field.empty())) {
      is_quoted = !is_quoted;
    } else if (is_quoted || (c != '\t' && c != '\n' && c != '\r')) {
      field += c;
    } else if (c == '\t') {
      table.back().emplace_back();
    } else if (c == '\n') {
      table.emplace_back(1, "");
    }
  }
  std::vector<Row> rows;
  for (std::size_t i = 1; i < table.size(); ++i) {
    if (table[i].size() != table.front().size()) continue;  // The end of the file.
    Row& row = rows.emplace_back();
    for (std::size_t k = 0; k < table[i].size(); ++k) row[table.front()[k]] = table[i][k];
  }
  return rows;
}

std::string row_text(const std::string& prompt, Json::Array choices, std::size_t answer) {
  Json row;
  row["prompt"] = prompt;
  row["choices"] = std::move(choices);
  row["answer"] = static_cast<std::int64_t>(answer);
  return row.dump() + "\n";
}

std::string copa_rows(const fs::path& file) {
  std::string rows;
  for (const Row& row : parse_tsv(read_file(file))) {
    const bool is_cause = row.at("question") == "원인";
    rows += row_text(row.at("sentence") + (is_cause ? " 왜냐하면" : " 그래서"),
                     {row.at("1"), row.at("2")}, row.at("Answer") == "1" ? 0 : 1);
  }
  return rows;
}

std::string sentineg_rows(const fs::path& file) {
  std::string rows;
  for (const Row& row : parse_tsv(read_file(file))) {
    rows += row_text("문장: " + row.at("Text") + "\n긍부정:", {"부정", "긍정"},
                     row.at("Label") == "1" ? 1 : 0);
  }
  return rows;
}

std::string sat_rows(const fs::path& file) {
  std::string rows;
  std::ifstream lines(file);
  for (std::string line; std::getline(lines, line);) {
    const Json item = Json::parse(line).value();
    const std::string label = text(item, {"label"});
    rows += row_text("Q: " + text(item, {"question"}) + "\nA:", at(item, {"options"}).as_array(),
                     static_cast<std::size_t>(label.front() - 'A'));
  }
  return rows;
}

std::string task_text(const std::string& task, const std::string& axis) {
  return "  - task: " + task + "\n    axis: " + axis + R"(
    output_type: multiple_choice
    dataset_kwargs: {data_files: )" +
         task + R"(.jsonl}
    doc_to_text: "{{prompt}}"
    doc_to_choice: choices
    doc_to_target: answer
    metric_list:
      - {metric: acc, aggregation: mean, higher_is_better: true}
      - {metric: acc_norm, aggregation: mean, higher_is_better: true}
)";
}

/// The suite's file.
std::string write_real_suite(const fs::path& folder, const fs::path& source) {
  write_file(folder / "copa.jsonl", copa_rows(source / "kobest/copa_test.tsv"));
  write_file(folder / "sentineg.jsonl", sentineg_rows(source / "kobest/sentineg_test.tsv"));
  write_file(folder / "sat_math.jsonl", sat_rows(source / "agieval/sat-math.jsonl"));
  write_file(folder / "suite.yaml",
             "suite: real\nversion: 1\naxes: {korean: {weight: 1}, english: {weight: 1}}\n"
             "tasks:\n" +
                 task_text("copa", "korean") + task_text("sentineg", "korean") +
                 task_text("sat_math", "english"));
  return (folder / "suite.yaml").string();
}

Json examine_real(const fs::path& data, const std::string& suite, int workers) {
  Pool pool(data, workers);
  pool.start();
  pool.ask({"suite", "add", suite});
  const fs::path model = folders::source() / "benchmarks/models/baram-1";
  pool.ask({"model", "add", "baram-1", "--role", "reference", "--released", "2026-07-15",
            "--engine", "builtin", "--path", model.string()});
  const Json results = pool.results(pool.submit("real", "baram-1", "real"));
  EXPECT_LT(pool.stop(), Milliseconds(5000));
  return results;
}

TEST(RealData, FourWorkersSayWhatOneSays) {
  const fs::path source = folders::shared() / "data";
  if (!fs::exists(source / "kobest") || !fs::exists(source / "agieval")) {
    GTEST_SKIP() << "no shared data: set GWAGEO_SHARED to the folder that has data/kobest";
  }
  const TemporaryFolder folder;
  const std::string suite = write_real_suite(folder.path() / "suite", source);
  const Json four = examine_real(folder.path() / "four", suite, 4);
  const Json one = examine_real(folder.path() / "one", suite, 1);
  EXPECT_EQ(whole(four, {"tasks", "copa", "acc", "n"}), 1000);
  EXPECT_EQ(whole(four, {"tasks", "sentineg", "acc", "n"}), 397);
  EXPECT_EQ(whole(four, {"tasks", "sat_math", "acc", "n"}), 220);
  EXPECT_EQ(whole(four, {"coverage", "answered"}), 1617);
  for (const char* key : {"plan_root", "results_root", "scores_root", "tasks", "axes", "total",
                          "coverage", "executed", "reused"}) {
    EXPECT_EQ(at(four, {key}).dump(), at(one, {key}).dump()) << key;
  }
}

}  // namespace
}  // namespace gwageo::e2e
