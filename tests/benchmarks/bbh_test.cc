// The published accuracies of code-davinci-002 on BIG-Bench-Hard (Suzgun et al., 2022), all 54 of
// them, from its published outputs through our filters and exact_match.
//
// direct: exact_match on the prediction as it is.
// cot:    two regex steps: the prediction up to the first blank line that a new "Q:" follows; then
//         the text after "So the answer is", less a final full stop. In YAML:
//           - {function: regex, regex_pattern: '(?s)\A.*?(?=\n\nQ:|\Z)'}
//           - {function: regex, regex_pattern: '(?s)So the answer is(.*?)\.?\Z'}
//           - {function: take_first}
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "benchmarks/evaluate.h"
#include "protocol/json.h"
#include "tests/benchmarks/scoring.h"
#include "tests/folders.h"

namespace gwageo {
namespace {

using scoring::step;

/// "task,mode" to the accuracy in percent.
std::map<std::string, double> published_accuracies(const std::filesystem::path& folder) {
  std::map<std::string, double> out;
  std::ifstream file(folder / "code-davinci-002_published_accuracy.csv");
  std::string line;
  std::getline(file, line);
  while (std::getline(file, line)) {
    const std::size_t comma = line.rfind(',');
    out[line.substr(0, comma)] = std::stod(line.substr(comma + 1));
  }
  return out;
}

/// One task for every published figure.
Suite published_suite(const std::map<std::string, double>& published) {
  std::vector<Task> tasks;
  for (const auto& [name, accuracy] : published) {
    Task& task = tasks.emplace_back(
        scoring::task(name, "reasoning", OutputType::generate_until, "exact_match"));
    if (!name.ends_with(",cot")) continue;
    task.filters = {
        {"answer",
         {step("regex", R"json({"regex_pattern": "(?s)\\A.*?(?=\\n\\nQ:|\\Z)"})json"),
          step("regex", R"json({"regex_pattern": "(?s)So the answer is(.*?)\\.?\\Z"})json"),
          step("take_first")}}};
  }
  return scoring::suite({{"reasoning", 1}}, std::move(tasks));
}

TEST(BigBenchHard, EveryPublishedAccuracyComesOut) {
  const std::filesystem::path folder = folders::shared() / "data" / "bbh";
  if (!std::filesystem::exists(folder)) {
    GTEST_SKIP() << "no shared data: set GWAGEO_SHARED to the folder that has data/bbh";
  }
  const std::map<std::string, double> published = published_accuracies(folder);
  ASSERT_EQ(published.size(), 54U);
  const Suite suite = published_suite(published);
  const auto evaluator = Evaluator::create(suite).value();
  for (const char* part : {"direct", "cot_a", "cot_b"}) {
    std::ifstream file(folder / ("code-davinci-002_" + std::string(part) + ".jsonl"));
    for (std::string line; std::getline(file, line);) {
      const Json row = Json::parse(line).value();
      const std::string name = row.find("task")->as_string() + "," + row.find("mode")->as_string();
      const auto index =
          static_cast<std::uint32_t>(std::distance(published.begin(), published.find(name)));
      ASSERT_LT(index, 54U) << name;
      const Response said = scoring::text(row.find("prediction")->as_string());
      evaluator->add(scoring::question(index, std::to_string(row.find("index")->as_integer()),
                                       {row.find("target")->as_string()}),
                     {&said, 1});
    }
  }
  const Scorecard card = evaluator->finish();
  EXPECT_EQ(card.item_count, 2U * 6511U);
  for (const TaskScore& task : card.tasks) {
    EXPECT_NEAR(100 * task.metrics[0].value, published.at(task.task), 1e-9) << task.task;
    EXPECT_TRUE(task.metrics[0].exact.has_value());
  }
}

}  // namespace
}  // namespace gwageo
