// Results for other tools, and plans from them: a run goes out as the field's harness would have
// logged it, comes back as a suite, and gives the same prompts and scores again.
#include <fstream>
#include <iterator>
#include <map>

#include "tests/benchmarks/zip_builder.h"
#include "tests/ops/program.h"

namespace gwageo::testing {
namespace {

class ResultsVerb : public ProgramTest {
 protected:
  void write_run() const {
    write("s/suite.yaml", R"yaml(suite: small
version: 1
axes: {korean: {}}
tasks:
  - task: pick
    axis: korean
    output_type: multiple_choice
    dataset_kwargs: {data_files: pick.jsonl}
    doc_to_text: "질문: {{question}}\n답:"
    doc_to_choice: ["예", "아니오"]
    doc_to_target: "{{answer}}"
    metric_list: [{metric: acc}, {metric: acc_norm}]
    metadata: {version: 2.0}
  - task: sums
    axis: korean
    output_type: generate_until
    dataset_kwargs: {data_files: sums.jsonl}
    doc_to_text: "Q: {{question}}\nA:"
    doc_to_target: "{{answer}}"
    generation_kwargs: {until: ["\n"], max_gen_toks: 16}
    filter_list:
      - name: strict
        filter: [{function: regex, regex_pattern: "^(-?[0-9]+)"}, {function: take_first}]
      - name: loose
        filter: [{function: regex, regex_pattern: "(-?[0-9]+)"}, {function: take_first}]
    metric_list: [{metric: exact_match, aggregation: mean, higher_is_better: true}]
)yaml");
    write("s/pick.jsonl",
          "{\"question\":\"가\",\"answer\":0}\n{\"question\":\"나\",\"answer\":1,\"x\":0.1}\n");
    write("s/sums.jsonl",
          "{\"question\":\"1+1\",\"answer\":2}\n{\"question\":\"2+2\",\"answer\":4}\n"
          "{\"question\":\"3+3\",\"answer\":6}\n");
    write("outputs.jsonl",
          R"({"task":"pick","item":"0","choice":0,"logprob":-1.5,"greedy":true}
{"task":"pick","item":"0","choice":1,"logprob":-2.25,"greedy":false}
{"task":"pick","item":"1","choice":0,"logprob":-1.0,"greedy":true}
{"task":"pick","item":"1","choice":1,"logprob":-3.1,"greedy":false}
{"task":"sums","item":"0","text":"2"}
{"task":"sums","item":"1","text":"it is 4"}
)");
  }

  /// A pool that has examined the model `m` on the suite; an item of `sums` has no answer.
  void examined() {
    write_run();
    up("gwageo-data", 1);
    done({"suite", "add", "s/suite.yaml"});
    done({"model", "add", "m", "--role", "candidate", "--released", "2026-08-01", "--engine",
          "recorded", "--outputs", "outputs.jsonl"});
    EXPECT_EQ(run({"submit", "--model", "m", "--suite", "small", "--wait"}).code, 1);
  }

  std::string text(const std::string& name) const {
    std::ifstream in(name);
    return {std::istreambuf_iterator<char>(in), {}};
  }

  /// What `results --format lm-eval` wrote, by the names' beginnings.
  std::map<std::string, std::string> exported(const std::string& job, const std::string& folder) {
    const Json written =
        done({"results", job, "--format", "lm-eval", "--out", folder, "--json"}).json();
    std::map<std::string, std::string> out;
    for (const Json& file : written.find("files")->as_array()) {
      std::string name = file.as_string();
      const std::string content = text(path(name));
      name = name.substr(name.rfind('/') + 1);
      out[name.substr(0, name.rfind('_'))] = content;
    }
    return out;
  }
};

TEST_F(ResultsVerb, GoOutComeBackAndAreTheSame) {
  examined();
  const auto first = exported("1", "out");
  ASSERT_EQ(first.size(), 3U);
  const Json results = Json::parse(first.at("results")).value();
  EXPECT_EQ(*results.find("gwageo")->find("items_without_row"), Json(1));
  EXPECT_EQ(results.find("n-samples")->find("sums")->dump(), R"({"original":3,"effective":2})");
  EXPECT_EQ(*results.find("results")->find("sums")->find("exact_match,loose"), Json(1.0));
  const std::string partial = done({"results", "1", "--format", "markdown"}).out;
  EXPECT_TRUE(partial.ends_with("\n1 of 5 items has no score; see: gwageo explain 1\n")) << partial;
  const Ran part = done({"plan", "import", "--from", "lm-eval", "out", "--suite", "part"});
  EXPECT_NE(part.err.find("gwageo: task sums: the plan has 2 of 3 documents; the others have no "
                          "samples in the run\n"),
            std::string::npos)
      << part.err;
  write("outputs.jsonl",
        text(path("outputs.jsonl")) + "{\"task\":\"sums\",\"item\":\"2\",\"text\":\"no idea\"}\n");
  done({"model", "add", "whole", "--role", "candidate", "--released", "2026-08-01", "--engine",
        "recorded", "--outputs", "outputs.jsonl"});
  done({"submit", "--model", "whole", "--suite", "small", "--wait"});
  const auto whole = exported("2", "out");
  expect({"plan", "import", "--from", "lm-eval", "out", "--suite", "again"}, 2,
         {"2 runs with one name"});
  done({"plan", "import", "--from", "lm-eval", "out/whole", "--suite", "again"});
  expect({"plan", "import", "--from", "lm-eval", "out/whole", "--suite", "again"}, 2,
         {"again: exists already"});
  done({"submit", "--model", "whole", "--suite", "again", "--wait"});
  const auto again = exported("3", "back");
  EXPECT_EQ(again.at("samples_pick"), whole.at("samples_pick"));
  EXPECT_EQ(again.at("samples_sums"), whole.at("samples_sums"));
  const Json before = Json::parse(whole.at("results")).value();
  const Json after = Json::parse(again.at("results")).value();
  for (const char* key : {"results", "configs", "versions", "n-shot", "higher_is_better",
                          "n-samples", "task_hashes"}) {
    EXPECT_EQ(*after.find(key), *before.find(key)) << key;
  }
  expect({"results", "9", "--format", "lm-eval", "--out", "x"}, 2, {"there is no job \"9\""});
  expect({"results", "3", "--format", "lm-eval"}, 2, {"needs --out DIR"});
  expect({"results", "3", "--format", "paper"}, 2, {"is none of table, json, lm-eval"});
  const std::string markdown = done({"results", "3", "--format", "markdown"}).out;
  EXPECT_NE(markdown.find("|exact_match|"), std::string::npos);
  EXPECT_EQ(markdown.find("no score"), std::string::npos) << markdown;
  EXPECT_NE(done({"results", "3", "--format", "csv"}).out.find("pick,2.0,none,0,acc,true,0.5"),
            std::string::npos);
}

/// Everything below a folder: content by path, the folder's own name left out.
std::map<std::string, std::string> files_below(const std::string& folder) {
  std::map<std::string, std::string> out;
  for (const auto& file : std::filesystem::recursive_directory_iterator(folder)) {
    if (!file.is_regular_file()) continue;
    std::ifstream in(file.path());
    out[std::filesystem::relative(file.path(), folder).string()] = {
        std::istreambuf_iterator<char>(in), {}};
  }
  return out;
}

TEST_F(ResultsVerb, ATeamGetsItsOwnAndNobodyElses) {
  write_run();
  const pid_t pool = up("gwageo-data", 1);
  done({"keys", "new", "team", "red", "--out", "red.key"});
  done({"keys", "new", "team", "blue", "--out", "blue.key"});
  done({"suite", "add", "s/suite.yaml"});
  done({"model", "add", "m", "--role", "candidate", "--released", "2026-08-01", "--engine",
        "recorded", "--outputs", "outputs.jsonl", "--team", "red"});
  EXPECT_EQ(run({"submit", "--model", "m", "--suite", "small", "--wait"}).code, 1);
  for (const char* const format : {"lm-eval", "inspect", "csv", "markdown"}) {
    const std::string name = format;
    done({"results", "1", "--format", name, "--out", name + "/all"});
    done({"results", "1", "--format", name, "--out", name + "/red", "--key", "red.key"});
    EXPECT_FALSE(files_below(path(name + "/all")).empty()) << name;
    EXPECT_EQ(files_below(path(name + "/red")), files_below(path(name + "/all"))) << name;
    const Ran other = run({"results", "1", "--format", name, "--out", "x", "--key", "blue.key"});
    const Ran none = run({"results", "2", "--format", name, "--out", "x", "--key", "blue.key"});
    EXPECT_EQ(other.code, 4) << other.err;
    EXPECT_EQ(none.code, 4) << none.err;
    EXPECT_EQ(none.err, "gwageo: job 2" + other.err.substr(std::string("gwageo: job 1").size()));
  }
  EXPECT_FALSE(std::filesystem::exists(path("x")));
  EXPECT_EQ(stop(pool), 0);
  done({"results", "1", "--format", "lm-eval", "--out", "stopped"});
  EXPECT_EQ(files_below(path("stopped")), files_below(path("lm-eval/all")));
}

// A message has 16 MiB at most, so both the suite's files and the items take several.
TEST_F(ResultsVerb, WhatIsLongComesInPages) {
  write_run();
  std::string rows;
  std::string outputs;
  for (int i = 0; i < 40; ++i) {
    rows += "{\"question\":\"" + std::string(300000, 'x') + "\",\"answer\":1}\n";
    outputs += "{\"task\":\"sums\",\"item\":\"" + std::to_string(i) + "\",\"text\":\"1\"}\n";
  }
  write("s/sums.jsonl", rows);
  write("outputs.jsonl", outputs);
  up("gwageo-data", 1);
  done({"suite", "add", "s/suite.yaml"});
  done({"model", "add", "m", "--role", "candidate", "--released", "2026-08-01", "--engine",
        "recorded", "--outputs", "outputs.jsonl"});
  EXPECT_EQ(run({"submit", "--model", "m", "--suite", "small", "--wait"}).code, 1);
  const auto written = exported("1", "out");
  EXPECT_GT(written.at("samples_sums").size(), 2U * 40 * 2 * 300000);
  EXPECT_EQ(*Json::parse(written.at("results"))
                 .value()
                 .find("results")
                 ->find("sums")
                 ->find("exact_match,loose"),
            Json(1.0));
}

TEST_F(ResultsVerb, EveryOutputTypeGoesOutAndComesBack) {
  write("s/suite.yaml", R"yaml(suite: mixed
version: 1
axes: {a: {}}
tasks:
  - task: ll
    axis: a
    output_type: loglikelihood
    dataset_kwargs: {data_files: rows.jsonl}
    doc_to_text: "{{q}}"
    doc_to_target: " {{end}}"
    metric_list: [{metric: acc}, {metric: perplexity}]
  - task: roll
    axis: a
    output_type: loglikelihood_rolling
    dataset_kwargs: {data_files: rows.jsonl}
    doc_to_text: ""
    doc_to_target: "{{q}} {{end}}"
    metric_list: [{metric: word_perplexity}, {metric: bits_per_byte}]
  - task: mi
    axis: a
    output_type: multiple_choice
    dataset_kwargs: {data_files: rows.jsonl}
    doc_to_text: "{{q}}"
    doc_to_target: "{{answer}}"
    doc_to_choice: "{{[one, two]}}"
    metric_list: [{metric: acc}, {metric: acc_mutual_info}]
  - task: who
    axis: a
    output_type: multiple_choice
    dataset_kwargs: {data_files: rows.jsonl}
    doc_to_text: answer
    doc_to_target: "{{end}}"
    doc_to_choice: "{{[one, two]}}"
    metric_list: [{metric: acc}]
  - include: group.yaml
    axis: a
)yaml");
  write("s/group.yaml",
        "group: both\ngroup_alias: Both\ntask: [ll, mi]\naggregate_metric_list: [{metric: acc}]\n");
  write("s/rows.jsonl",
        "{\"q\":\"who\",\"one\":\"he\",\"two\":\"she\",\"answer\":0,\"end\":\"ran off\"}\n"
        "{\"q\":\"what\",\"one\":\"it\",\"two\":\"that\",\"answer\":1,\"end\":\"is so\"}\n");
  std::string outputs;
  for (const auto& [task, requests] :
       std::map<std::string, int>{{"ll", 1}, {"roll", 1}, {"mi", 4}, {"who", 2}}) {
    for (int item = 0; item < 2; ++item) {
      for (int choice = 0; choice < requests; ++choice) {
        Json row;
        row["task"] = task;
        row["item"] = std::to_string(item);
        row["choice"] = choice;
        row["logprob"] = -1.0 - choice * 0.37 - item * 0.11;
        row["greedy"] = choice == 0;
        outputs += row.dump() + "\n";
      }
    }
  }
  write("outputs.jsonl", outputs);
  up("gwageo-data", 1);
  const std::string notice =
      "gwageo: task roll is no part of its axis and the total: its score is better the less it "
      "is\n";
  const Ran checked = done({"suite", "check", "s/suite.yaml", "--json"});
  EXPECT_EQ(checked.json().find("outside_total")->dump(), R"(["roll"])");
  EXPECT_NE(checked.err.find(notice), std::string::npos) << checked.err;
  EXPECT_NE(done({"suite", "add", "s/suite.yaml"}).err.find(notice), std::string::npos);
  done({"model", "add", "m", "--role", "candidate", "--released", "2026-08-01", "--engine",
        "recorded", "--outputs", "outputs.jsonl"});
  done({"submit", "--model", "m", "--suite", "mixed", "--wait"});
  EXPECT_EQ(done({"results", "1", "--json"}).json().find("tasks_outside_total")->dump(),
            R"({"a":["roll"]})");
  const std::string first_table = done({"results", "1"}).out;
  EXPECT_NE(first_table.find("\na *  "), std::string::npos) << first_table;
  EXPECT_NE(first_table.find("* axis a is without what is better the less it is: roll\n"),
            std::string::npos)
      << first_table;
  const auto first = exported("1", "out");
  const Json results = Json::parse(first.at("results")).value();
  EXPECT_EQ(results.find("groups")->find("both")->dump(),
            R"({"alias":"Both","name":"both","sample_len":4,"acc,none":0.75,)"
            R"("acc_stderr,none":0.25,"sample_count":{"acc,none":4}})");
  EXPECT_EQ(results.find("group_subtasks")->dump(), R"({"both":["ll","mi"]})");
  EXPECT_NE(done({"results", "1", "--format", "markdown"}).out.find("| - ll"), std::string::npos);
  const Ran whole = done({"plan", "import", "--from", "lm-eval", "out", "--suite", "again"});
  EXPECT_NE(whole.err.find("group both is left out"), std::string::npos) << whole.err;
  done({"submit", "--model", "m", "--suite", "again", "--wait"});
  const auto again = exported("2", "back");
  for (const char* task : {"samples_ll", "samples_roll", "samples_mi", "samples_who"}) {
    EXPECT_EQ(again.at(task), first.at(task)) << task;
  }

  // Without what was scored, nothing says which of several contexts is right.
  for (const auto& [name, content] : files_below(path("out"))) {
    std::string bare = content;
    for (std::size_t at = 0; name.find("samples_who") != name.npos;) {
      at = bare.find("\"acc\": ", at);
      if (at == bare.npos) break;
      bare.replace(at, 5, "\"was\"");
    }
    write("bare/" + name, bare);
  }
  const Ran import = run({"plan", "import", "--from", "lm-eval", "bare", "--suite", "bare-plan"});
  EXPECT_EQ(import.code, 0) << import.err;
  EXPECT_NE(import.err.find("task who is scored elsewhere"), std::string::npos) << import.err;
  done({"submit", "--model", "m", "--suite", "bare-plan", "--wait"});
  const auto elsewhere = exported("3", "elsewhere");
  const std::string& rows = elsewhere.at("samples_who");
  const Json row = Json::parse(rows.substr(0, rows.find('\n'))).value();
  EXPECT_EQ(*row.find("metrics"), Json::array());
  EXPECT_EQ(row.find("resps")->dump(), R"([[["-1.0","True"]],[["-1.37","False"]]])");
  EXPECT_EQ(row.find("acc"), nullptr);
  const Json scored = done({"results", "3", "--json"}).json();
  EXPECT_EQ(*scored.find("tasks")->find("who")->find("bypass")->find("n"), Json(0));
  EXPECT_EQ(scored.find("tasks_without_score")->dump(), R"({"imported":["who"]})");
  const std::string table = done({"results", "3"}).out;
  EXPECT_NE(table.find("imported *  "), std::string::npos) << table;
  EXPECT_NE(table.find("* axis imported is without what has no score: who\n"), std::string::npos)
      << table;
  done({"results", "1", "--format", "inspect", "--out", "likelihoods"});
  for (const auto& [name, content] : files_below(path("likelihoods"))) {
    expect({"plan", "import", "--from", "inspect", "likelihoods/" + name, "--suite", "texts"}, 2,
           {"its answers are log-likelihoods, no texts"});
  }
  EXPECT_FALSE(std::filesystem::exists(path("texts")));
  done({"results", "3", "--format", "inspect", "--out", "inspect"});
  for (const auto& [name, content] : files_below(path("inspect"))) {
    if (name.find("_who") == name.npos) continue;
    const Json sample = Json::parse(content).value().find("samples")->as_array().front();
    EXPECT_EQ(sample.find("scores")->dump(), "{}");
  }
}

TEST_F(ResultsVerb, AnInspectLogGoesOutAndComesBackWithItsAnswers) {
  examined();
  const Json written =
      done({"results", "1", "--format", "inspect", "--out", "logs", "--json"}).json();
  EXPECT_EQ(*written.find("items_without_row"), Json(1));
  const Json::Array& files = written.find("files")->as_array();
  ASSERT_EQ(files.size(), 2U);
  const std::string file = files[1].as_string();
  const Json log = Json::parse(text(path(file))).value();
  EXPECT_EQ(*log.find("version"), Json(2));
  EXPECT_EQ(*log.find("eval")->find("task"), Json("sums"));
  EXPECT_EQ(*log.find("results")->find("completed_samples"), Json(2));
  EXPECT_EQ(*log.find("status"), Json("error"));
  EXPECT_EQ(*log.find("error")->find("message"),
            Json("1 of 3 samples has an error, and no score; see: gwageo explain 1"));
  EXPECT_EQ(*log.find("eval")->find("config")->find("fail_on_error"), Json(true));
  const Json whole = Json::parse(text(path(files[0].as_string()))).value();
  EXPECT_EQ(*whole.find("status"), Json("success"));
  EXPECT_EQ(whole.find("error"), nullptr);
  const Json::Array& samples = log.find("samples")->as_array();
  ASSERT_EQ(samples.size(), 3U);
  EXPECT_EQ(*samples[1].find("scores")->find("loose")->find("value"), Json(1.0));
  EXPECT_EQ(*samples[2].find("error")->find("message"),
            Json("refused_by_engine: no recorded output for task sums item 2 repeat 0"));
  done({"plan", "import", "--from", "inspect", file, "--suite", "logged"});
  EXPECT_EQ(text(path("logged/outputs.jsonl")),
            "{\"task\":\"sums\",\"item\":\"0\",\"repeat\":0,\"text\":\"2\"}\n"
            "{\"task\":\"sums\",\"item\":\"1\",\"repeat\":0,\"text\":\"it is 4\"}\n");
  done({"model", "add", "then", "--role", "reference", "--released", "2026-08-01", "--engine",
        "recorded", "--outputs", "logged/outputs.jsonl"});
  EXPECT_EQ(run({"submit", "--model", "then", "--suite", "logged", "--wait"}).code, 1);
  const Json results = done({"results", "2", "--json"}).json();
  EXPECT_EQ(*results.find("tasks")->find("sums")->find("exact_match")->find("value"), Json(0.5));
  write("odd.json", R"({"version":1})");
  expect({"plan", "import", "--from", "inspect", "odd.json", "--suite", "odd"}, 2,
         {"odd.json: field 'version': expected 2, got 1"});
}

TEST_F(ResultsVerb, AnInspectArchiveIsReadMemberByMember) {
  ZipPart head = {.name = "header.json",
                  .data = R"({"version":2,"eval":{"task":"sums"},"plan":{"config":{}}})"};
  ZipPart sample = {.name = "samples/1_epoch_1.json",
                    .data = R"({"id":1,"epoch":1,"input":"1+1","target":"2","messages":[],)"
                            R"("output":{"choices":[{"message":{"content":"2"}}]}})"};
  write("log.eval", zip_of({sample, head}));
  const Ran ran =
      done({"plan", "import", "--from", "inspect", "log.eval", "--suite", "packed", "--dry-run"});
  EXPECT_NE(ran.err.find("what the model said is in packed/outputs.jsonl"), std::string::npos);
  EXPECT_EQ(text(path("packed/outputs.jsonl")),
            "{\"task\":\"sums\",\"item\":\"1\",\"repeat\":0,\"text\":\"2\"}\n");
  sample.checksum_xor = 1;
  write("log.eval", zip_of({sample, head}));
  expect({"plan", "import", "--from", "inspect", "log.eval", "--suite", "bad", "--dry-run"}, 2,
         {"log.eval: member 'samples/1_epoch_1.json': its checksum is another one"});
  EXPECT_FALSE(std::filesystem::exists(path("bad")));
}

TEST_F(ResultsVerb, APlanThatCannotBeReadLeavesNothing) {
  write("run/results_d.json", R"({"configs":{"t":{"task":"t","output_type":"generate_until"}}})");
  expect({"plan", "import", "--from", "lm-eval", "run", "--suite", "again", "--dry-run"}, 2,
         {"run/results_d.json: field 'configs.t': its samples are not there",
          "samples_t_d.jsonl beside it"});
  EXPECT_FALSE(std::filesystem::exists(path("again")));
  expect({"plan", "import", "--from", "lm-eval", "nowhere", "--suite", "again"}, 2,
         {"nowhere: no such file or folder"});
  expect({"plan", "import", "--from", "helm", "run", "--suite", "again"}, 2,
         {"\"helm\" is neither lm-eval nor inspect"});
  expect({"plan", "import", "--from", "inspect", "run", "--suite", "again"}, 2,
         {"run: a folder; --from inspect takes one log"});
  expect({"plan", "import", "--from", "inspect", "gone.eval", "--suite", "again"}, 2,
         {"gone.eval: no such file"});
  write("log.eval", "PK\x03\x04 and no more");
  expect({"plan", "import", "--from", "inspect", "log.eval", "--suite", "again"}, 2,
         {"log.eval: no zip archive, or one that is cut short"});
  write("cut.json", R"({"version":2,"eval":{"task":"t"},"samples":[{"id":1,"inp)");
  expect({"plan", "import", "--from", "inspect", "cut.json", "--suite", "again"}, 2,
         {"cut.json: malformed JSON at line 1, column 5"});
  write("bad.json", "{\"version\":2,\"eval\":{\"task\":\"\xff\"}}");
  expect({"plan", "import", "--from", "inspect", "bad.json", "--suite", "again"}, 2,
         {"bad.json: not UTF-8 at line 1"});
  write("run/results_d.json", R"({"configs":{"t":{"task":"t","output_ty)");
  expect({"plan", "import", "--from", "lm-eval", "run", "--suite", "again"}, 2,
         {"run/results_d.json: malformed JSON at line 1"});
  EXPECT_FALSE(std::filesystem::exists(path("again")));
}

TEST_F(ResultsVerb, TwoPlansOfOneNameAreKeptApart) {
  const auto log = [](const std::string& question) {
    return R"({"version":2,"eval":{"task":"t"},"samples":[{"id":1,"epoch":1,"input":")" + question +
           R"(","target":"4","messages":[],"output":{"choices":[]}}]})";
  };
  write("one.json", log("2+2"));
  write("other.json", log("3+1"));
  up("gwageo-data", 0);
  done({"plan", "import", "--from", "inspect", "one.json", "--suite", "plan"});
  const Ran again = done(
      {"plan", "import", "--from", "inspect", "one.json", "--suite", "plan", "--out", "the-same"});
  EXPECT_NE(again.out.find("was there already"), std::string::npos) << again.out;
  expect({"plan", "import", "--from", "inspect", "other.json", "--suite", "plan"}, 2,
         {"plan: exists already"});
  expect({"plan", "import", "--from", "inspect", "other.json", "--suite", "plan", "--out", "else"},
         2, {"suite plan version 1 exists with another digest", "give the suite a new version"});
  expect({"plan", "import", "--from", "inspect", "other.json", "--suite", "plan", "--out", "else2",
          "--version", "2"},
         2, {"task t, item 1 differs from version 1", "`changed`"});
}

}  // namespace
}  // namespace gwageo::testing
