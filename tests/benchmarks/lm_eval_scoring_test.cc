// How an imported task is scored: as the run was, as far as this version can.
#include <gtest/gtest.h>

#include "benchmarks/evaluate.h"
#include "benchmarks/lm_eval_import.h"
#include "benchmarks/lm_eval_results.h"
#include "benchmarks/lm_eval_table.h"
#include "tests/benchmarks/logged_run.h"

namespace gwageo::lm_eval {
namespace {

TEST_F(LmEvalImport, WhatNeedsPythonIsScoredElsewhereAndWeighsNothing) {
  std::string config = pick_config;
  config.insert(config.find("\"repeats\""), R"("process_results":"def f(): pass",)");
  run_ = run_of(config);
  files_.set(run_.samples("pick"), lines({choice_row(0, "whatever"), choice_row(1, "else")}));
  const auto task = imported(run_, files_, "pick");
  ASSERT_TRUE(task) << task.error().message;
  EXPECT_EQ(task->task.why_external, "the task brings its own process_results (Python)");
  const auto [suite, entries] = rendered(*task);
  ASSERT_EQ(entries.size(), 2U);
  auto evaluator = Evaluator::create(suite).value();
  const std::vector<Response> said(2);
  for (const PlanEntry& entry : entries) evaluator->add(entry, said);
  const Scorecard card = evaluator->finish();
  EXPECT_EQ(card.item_count, 2U);
  EXPECT_EQ(card.tasks[0].metrics.at(0).n, 0U);
  EXPECT_TRUE(card.axes.empty());
  EXPECT_FALSE(card.total);
  EXPECT_EQ(decode_scorecard(encode(card)).value().item_count, 2U);
}

// A function of the task's own among the filters: the harness logs its source.
TEST_F(LmEvalImport, AFilterOfItsOwnIsLeftOutByNameAndTheOthersAreScored) {
  const std::string own =
      R"({"name":"own","filter":[{"function":"custom","filter_fn":"<function f at 0x7f>"}]})";
  const std::string first = R"({"name":"first","filter":[{"function":"take_first"}]})";
  const auto import = [&](const std::string& filters) {
    run_ = run_of(R"({"say":{"task":"say","output_type":"generate_until","repeats":1,
        "filter_list":[)" +
                  filters + R"(],"metric_list":[{"metric":"exact_match"}]}})");
    std::vector<Json> rows;
    for (const char* const filter : {"own", "first"}) {
      if (filters.find(filter) == std::string::npos) continue;
      rows.push_back(
          row(0, "{}", "a", R"({"gen_args_0":{"arg_0":"Q","arg_1":{"until":["\n"]}}})", filter));
    }
    files_.set(run_.samples("say"), lines(rows));
    return imported(run_, files_, "say").value();
  };
  const Imported partly = import(own + "," + first);
  EXPECT_EQ(partly.task.why_external, "");
  ASSERT_EQ(partly.task.left_out.size(), 1U);
  EXPECT_EQ(partly.task.left_out[0].find("\"own\": task:"), 0U) << partly.task.left_out[0];
  EXPECT_NE(partly.task.left_out[0].find("custom"), std::string::npos) << partly.task.left_out[0];
  EXPECT_NE(partly.task.yaml.find("# Without filter \"own\": "), std::string::npos);
  const auto [suite, entries] = rendered(partly);
  ASSERT_EQ(suite.tasks[0].filters.size(), 1U);
  EXPECT_EQ(suite.tasks[0].filters[0].name, "first");
  EXPECT_EQ(entries.at(0).reference.targets, std::vector<std::string>{"a"});
  const Imported not_at_all = import(own);
  EXPECT_NE(not_at_all.task.why_external, "");
  EXPECT_TRUE(not_at_all.task.left_out.empty());
}

// As the harness's registry has it where the configuration does not say.
TEST_F(LmEvalImport, WhatIsBetterTheLessItIsStaysSo) {
  for (const char* const said : {"", R"(,"higher_is_better":false)"}) {
    run_ = run_of(R"({"roll":{"task":"roll","output_type":"loglikelihood_rolling","repeats":1,
        "metric_list":[{"metric":"word_perplexity")" +
                  std::string(said) + R"(},
                       {"metric":"bits_per_byte")" +
                  said + "}]}}");
    files_.set(run_.samples("roll"),
               lines({row(0, "{}", "a b", R"({"gen_args_0":{"arg_0":"a b"}})")}));
    const auto task = imported(run_, files_, "roll");
    ASSERT_TRUE(task) << task.error().message;
    EXPECT_EQ(task->task.why_external, "");
    const auto [suite, entries] = rendered(*task);
    auto evaluator = Evaluator::create(suite).value();
    for (const PlanEntry& entry : entries) {
      Response response;
      response.log_probability = -2;
      evaluator->add(entry, std::vector<Response>{response});
    }
    const Scorecard card = decode_scorecard(encode(evaluator->finish())).value();
    ASSERT_EQ(card.tasks.at(0).metrics.size(), 2U);
    for (const MetricScore& score : card.tasks[0].metrics) EXPECT_FALSE(score.higher_is_better);
    const Json results =
        results_document(suite, card, {{1, 1, {"word_perplexity", "bits_per_byte"}, "aa"}}, {});
    EXPECT_EQ(results.find("higher_is_better")->dump(),
              R"({"roll":{"word_perplexity":false,"bits_per_byte":false}})");
    EXPECT_NE(csv_table(results).find("word_perplexity,false,"), std::string::npos)
        << csv_table(results);
  }
}

TEST_F(LmEvalImport, AMetricOfItsOwnIsScoredElsewhereToo) {
  std::string config = pick_config;
  config.replace(config.find("\"acc\""), 5, "\"def mine(x): return x\"");
  run_ = run_of(config);
  files_.set(run_.samples("pick"), lines({choice_row(0, "0")}));
  const auto task = imported(run_, files_, "pick");
  ASSERT_TRUE(task) << task.error().message;
  EXPECT_NE(task->task.why_external, "");
}

}  // namespace
}  // namespace gwageo::lm_eval
