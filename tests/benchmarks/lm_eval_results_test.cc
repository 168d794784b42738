// Rows and results as the field's harness writes them, by the character.
#include "benchmarks/lm_eval_results.h"

#include <gtest/gtest.h>

#include "benchmarks/lm_eval_sample.h"
#include "benchmarks/lm_eval_table.h"
#include "benchmarks/logged_documents.h"
#include "tests/benchmarks/memory_files.h"

namespace gwageo::lm_eval {
namespace {

const char* const suite_text = R"(suite: s
version: 1
axes: {a: {}}
tasks:
  - task: pick
    task_alias: Pick
    axis: a
    output_type: multiple_choice
    dataset_kwargs: {data_files: pick.jsonl}
    doc_to_text: "Q: {{q}}"
    doc_to_choice: ["예", "no"]
    doc_to_target: "{{a}}"
    num_fewshot: 0
    metric_list: [{metric: acc}, {metric: acc_norm}]
    metadata: {version: 2.0}
  - task: say
    axis: a
    output_type: generate_until
    repeats: 2
    dataset_kwargs: {data_files: say.jsonl}
    doc_to_text: "{{q}}"
    doc_to_target: "{{a}}"
    generation_kwargs: {until: ["\n"], max_gen_toks: 4}
    filter_list:
      - {name: first, filter: [{function: take_first}]}
      - {name: low, filter: [{function: lowercase}, {function: take_first}]}
    metric_list: [{metric: exact_match, aggregation: mean, higher_is_better: true}]
)";

struct Examined {
  Suite suite;
  Scorecard card;
  std::vector<std::string> rows;
};

Examined run_all() {
  MemoryFiles files;
  files.set("suite.yaml", suite_text);
  files.set("pick.jsonl", "{\"q\":\"나\",\"a\":1}\n{\"q\":\"x\",\"a\":0}\n");
  files.set("say.jsonl", "{\"q\":\"p\",\"a\":\"ok\"}\n");
  Examined out{load_suite("suite.yaml", files).value(), {}, {}};
  std::vector<PlanEntry> entries;
  EXPECT_TRUE(render_plan(out.suite, files, [&](PlanEntry entry) -> Status {
    entries.push_back(std::move(entry));
    return {};
  }));
  std::size_t first = 0;
  std::uint32_t task = 0;
  auto documents = LoggedDocuments::open(out.suite.tasks[0], files).value();
  auto evaluator =
      Evaluator::create(out.suite, [&](const ItemScores& scores) {
        if (scores.task != task) {
          task = scores.task;
          documents = LoggedDocuments::open(out.suite.tasks[task], files).value();
        }
        while (entries[first].task != scores.task || entries[first].item != scores.item) ++first;
        const Task& of = out.suite.tasks[scores.task];
        const Sample sample =
            Sample::create(of, *documents.next().value(), entries[first], scores).value();
        for (std::size_t f = 0; f < of.filters.size(); ++f) {
          out.rows.push_back(sample.row(of, scores, f));
        }
      }).value();
  for (const PlanEntry& entry : entries) {
    std::vector<Response> said(entry.requests.size());
    for (std::size_t i = 0; i < said.size(); ++i) {
      said[i].log_probability = -1.5 - static_cast<double>(i);
      said[i].greedy = i == 0;
      said[i].text = entry.repeat == 0 ? "OK" : "no";
    }
    evaluator->add(entry, said);
  }
  out.card = evaluator->finish();
  return out;
}

TEST(LmEvalSample, IsWhatTheHarnessWrites) {
  const Examined run = run_all();
  ASSERT_EQ(run.rows.size(), 4U);
  EXPECT_EQ(
      run.rows[0],
      R"({"doc_id": 0, "doc": {"q": "나", "a": 1}, "target": "1", "arguments": {"gen_args_0": )"
      R"({"arg_0": "Q: 나", "arg_1": " 예"}, "gen_args_1": {"arg_0": "Q: 나", "arg_1": " no"}}, )"
      R"("resps": [[["-1.5", "True"]], [["-2.5", "False"]]], "filtered_resps": [["-1.5", "True"], )"
      R"(["-2.5", "False"]], "filter": "none", "metrics": ["acc", "acc_norm"], "doc_hash": ")" +
          to_hex(sha256("{\n  \"q\": \"나\",\n  \"a\": 1\n}")) + R"(", "prompt_hash": ")" +
          to_hex(sha256("Q: 나")) + R"(", "target_hash": ")" + to_hex(sha256("1")) +
          R"(", "acc": 0.0, "acc_norm": 1.0})");
  EXPECT_EQ(run.rows[3],
            R"({"doc_id": 0, "doc": {"q": "p", "a": "ok"}, "target": "ok", "arguments": )"
            R"({"gen_args_0": {"arg_0": "p", "arg_1": {"until": ["\n"], "max_gen_toks": 4}}}, )"
            R"("resps": [["OK", "no"]], "filtered_resps": ["ok"], "filter": "low", "metrics": )"
            R"(["exact_match"], "doc_hash": ")" +
                to_hex(sha256("{\n  \"q\": \"p\",\n  \"a\": \"ok\"\n}")) +
                R"(", "prompt_hash": ")" + to_hex(sha256("p")) + R"(", "target_hash": ")" +
                to_hex(sha256("ok")) + R"(", "exact_match": 1.0})");
}

Json document(const Examined& run) {
  Origin origin;
  origin.model = "org/m";
  origin.engine = "recorded";
  origin.sanitized_model = sanitized_model_name(origin.model);
  origin.model_arguments["model"] = origin.model;
  origin.program = "1";
  origin.started = {1'000'000};
  origin.ended = {3'500'000};
  return results_document(run.suite, run.card,
                          {{2, 2, {"acc", "acc_norm"}, "aa"}, {1, 1, {"exact_match"}, "bb"}},
                          origin);
}

TEST(LmEvalResults, HaveFiguresByMetricAndFilter) {
  const Json results = document(run_all());
  EXPECT_EQ(results.find("results")->find("pick")->dump(),
            R"({"name":"pick","alias":"Pick","sample_len":2,"acc,none":0.5,)"
            R"("acc_stderr,none":0.5,"acc_norm,none":0.5,"acc_norm_stderr,none":0.5})");
  EXPECT_EQ(results.find("results")->find("say")->dump(),
            R"({"name":"say","alias":"say","sample_len":1,"exact_match,first":0.0,)"
            R"("exact_match_stderr,first":"N/A","exact_match,low":1.0,)"
            R"("exact_match_stderr,low":"N/A"})");
  EXPECT_EQ(results.find("versions")->dump(), R"({"pick":2.0,"say":"Yaml"})");
  EXPECT_EQ(results.find("n-shot")->dump(), R"({"pick":0,"say":0})");
  EXPECT_EQ(results.find("higher_is_better")->dump(),
            R"({"pick":{"acc":true,"acc_norm":true},"say":{"exact_match":true}})");
  EXPECT_EQ(results.find("n-samples")->find("say")->dump(), R"({"original":1,"effective":1})");
  EXPECT_EQ(results.find("task_hashes")->dump(), R"({"pick":"aa","say":"bb"})");
  EXPECT_EQ(*results.find("model_name_sanitized"), Json("org__m"));
  EXPECT_EQ(*results.find("total_evaluation_time_seconds"), Json("2.5"));
  const Json& config = *results.find("configs")->find("say");
  EXPECT_EQ(config.find("generation_kwargs")->dump(), R"({"until":["\n"],"max_gen_toks":4})");
  EXPECT_EQ(*config.find("repeats"), Json(2));
  EXPECT_EQ(config.find("axis"), nullptr);
}

TEST(LmEvalTable, IsTheHarnesssTable) {
  EXPECT_EQ(markdown_table(document(run_all())),
            "|Tasks|Version|Filter|n-shot|  Metric   |   |Value |   |Stderr|\n"
            "|-----|-------|------|-----:|-----------|---|-----:|---|------|\n"
            "|Pick |2      |none  |     0|acc        |↑  |0.5000|±  |0.5000|\n"
            "|     |       |none  |     0|acc_norm   |↑  |0.5000|±  |0.5000|\n"
            "|say  |Yaml   |first |     0|exact_match|↑  |0.0000|±  |   N/A|\n"
            "|     |       |low   |     0|exact_match|↑  |1.0000|±  |   N/A|\n");
}

TEST(LmEvalTable, CommaSeparatedLinesHoldAllDigits) {
  EXPECT_EQ(csv_table(document(run_all())),
            "task,version,filter,n_shot,metric,higher_is_better,value,stderr,n\r\n"
            "pick,2.0,none,0,acc,true,0.5,0.5,2\r\n"
            "pick,2.0,none,0,acc_norm,true,0.5,0.5,2\r\n"
            "say,Yaml,first,0,exact_match,true,0.0,,1\r\n"
            "say,Yaml,low,0,exact_match,true,1.0,,1\r\n");
}

TEST(LmEvalResults, ModelNamesBecomeFolders) {
  EXPECT_EQ(sanitized_model_name("org/m:v1*[x]"), "org__m__v1__x__");
}

}  // namespace
}  // namespace gwageo::lm_eval
