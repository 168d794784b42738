// A run that the field's harness logged becomes a suite that asks the same again.
#include "benchmarks/lm_eval_import.h"

#include <gtest/gtest.h>

#include "benchmarks/lm_eval_log.h"
#include "protocol/request.h"
#include "tests/benchmarks/logged_run.h"

namespace gwageo::lm_eval {
namespace {

TEST_F(LmEvalImport, AsksTheSamePromptsWhateverOrderAndFilterTheyWereLoggedIn) {
  std::vector<Json> rows = {choice_row(2, "1"), choice_row(0, "0"), choice_row(1, "[0, 1]")};
  for (int i = 0; i < 3; ++i) {
    rows.push_back(rows[static_cast<std::size_t>(i)]);
    rows.back()["filter"] = "second";
  }
  files_.set(run_.samples("pick"), lines(rows));
  const auto task = imported(run_, files_, "pick");
  ASSERT_TRUE(task) << task.error().message;
  EXPECT_EQ(task->task.why_external, "");
  EXPECT_EQ(task->task.documents, 3U);
  const auto [suite, entries] = rendered(*task);
  ASSERT_EQ(entries.size(), 3U);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(entries[i].item, std::to_string(i));
    ASSERT_EQ(entries[i].requests.size(), 2U);
    const Request second = decode_request(entries[i].requests[1]).value();
    EXPECT_EQ(second.prompt, "Q" + std::to_string(i));
    EXPECT_EQ(second.continuation, " 아니오");
    EXPECT_EQ(entries[i].reference.choices, (std::vector<std::string>{"예", "아니오"}));
  }
  EXPECT_EQ(entries[0].reference.gold(), 0);
  EXPECT_EQ(entries[2].reference.gold(), 1);
  EXPECT_EQ(entries[1].reference.golds, (std::vector<std::int64_t>{0, 1}));
  EXPECT_EQ(suite.tasks[0].metrics[0].metric, "acc");
}

TEST_F(LmEvalImport, NamesFileLineAndField) {
  const std::string path = run_.samples("pick");
  EXPECT_EQ(imported(run_, files_, "pick").error().message,
            run_.results + ": field 'configs.pick': its samples are not there: expected " + path +
                " beside it");
  EXPECT_EQ(refusal({choice_row(0, "0"), choice_row(2, "0")}),
            path + ":2: field 'doc_id': there is a 2 and no 1; a part of the samples is missing");
  Json changed = choice_row(0, "0");
  changed["doc"]["question"] = "다";
  EXPECT_EQ(refusal({changed}).substr(0, path.size() + 20), path + ":1: field 'doc_hash'");
  Json other = choice_row(0, "0");
  other["arguments"]["gen_args_0"]["arg_0"] = "another";
  EXPECT_EQ(refusal({choice_row(0, "0"), other}),
            path + ":2: field 'arguments': doc_id 0 was asked in another way in line 1");
  EXPECT_EQ(refusal({choice_row(0, "2")}),
            path +
                ":1: field 'target': '2' is none of the 2 choices, neither by its text nor by "
                "its place");
  Json bare = choice_row(0, "0");
  bare["arguments"]["gen_args_1"] = Json::object();
  EXPECT_EQ(refusal({bare}), path + ":1: field 'arguments.gen_args_1': no arguments");
  files_.set(path, "{\"doc_id\":0\n");
  EXPECT_EQ(imported(run_, files_, "pick").error().message.substr(0, path.size() + 2), path + ":1");
  run_.document["n-samples"] = Json::parse(R"({"pick":{"original":9,"effective":9}})").value();
  EXPECT_EQ(refusal({choice_row(0, "0")}), run_.results +
                                               ": field 'n-samples.pick.effective': is 9, but " +
                                               path + " has 1 documents; a part is missing");
}

TEST_F(LmEvalImport, ARowThatIsMissingOrComesTwiceIsNamed) {
  const std::string path = run_.samples("pick");
  const auto filtered = [](int number, const char* filter) {
    Json out = choice_row(number, "0");
    out["filter"] = filter;
    return out;
  };
  const std::vector<Json> whole = {filtered(0, "a"), filtered(1, "a"), filtered(0, "b"),
                                   filtered(1, "b")};
  EXPECT_EQ(refusal(whole), "accepted");
  // The last row was never written, as when the disk was full.
  EXPECT_EQ(refusal({whole[0], whole[1], whole[2]}),
            path +
                ":2: field 'doc_id': 1 has no row for filter 'b'; a part of the samples is "
                "missing");
  EXPECT_EQ(refusal({whole[0], whole[2], whole[3]}),
            path +
                ":3: field 'doc_id': 1 has no row for filter 'a'; a part of the samples is "
                "missing");
  EXPECT_EQ(refusal({whole[0], whole[1], whole[2], whole[3], whole[1]}),
            path +
                ":5: field 'filter': doc_id 1 comes a second time with filter 'a'; a part was "
                "logged twice");
  std::string config = pick_config;
  config.insert(config.find("\"repeats\""), R"("filter_list":[{"name":"a"},{"name":"b"}],)");
  run_ = run_of(config);
  EXPECT_EQ(refusal({whole[0], whole[1]}),
            path +
                ": field 'filter': there is no row for filter 'b' of configs.pick.filter_list; "
                "a part of the samples is missing");
}

TEST_F(LmEvalImport, AFileThatWasCutOrIsNoTextIsNamedByItsLine) {
  const std::string path = run_.samples("pick");
  const std::string whole = lines({choice_row(0, "0"), choice_row(1, "1")});
  const auto complaint = [&](const std::string& bytes) {
    files_.set(path, bytes);
    const auto task = imported(run_, files_, "pick");
    return task ? std::string("accepted") : task.error().message;
  };
  EXPECT_EQ(complaint(whole.substr(0, whole.size() - 1)), "accepted");  // But for its line end.
  EXPECT_EQ(complaint(whole.substr(0, whole.size() - 9)).substr(0, path.size() + 3), path + ":2:");
  std::string bad = whole;
  bad[whole.find("나", whole.find('\n'))] = '\xff';
  EXPECT_EQ(complaint(bad).substr(0, path.size() + 3), path + ":2:");
  EXPECT_EQ(complaint(""), path + ": no samples");
}

// `--samples` of the harness: so many were chosen, and keep their numbers.
TEST_F(LmEvalImport, DocumentsThatWereChosenKeepTheirNumbers) {
  run_.document["n-samples"] = Json::parse(R"({"pick":{"original":9,"effective":2}})").value();
  files_.set(run_.samples("pick"), lines({choice_row(3, "0"), choice_row(7, "1")}));
  const auto task = imported(run_, files_, "pick");
  ASSERT_TRUE(task) << task.error().message;
  EXPECT_EQ(task->task.documents, 2U);
  EXPECT_EQ(task->task.original, 9U);
  const auto [suite, entries] = rendered(*task);
  ASSERT_EQ(entries.size(), 2U);
  EXPECT_EQ(entries[1].item, "7");
  EXPECT_EQ(refusal({choice_row(3, "0")}),
            run_.samples("pick") +
                ":1: field 'doc_id': there is a 3 and no 0; a part of the "
                "samples is missing");
}

/// A document of which two contexts are asked before one ending; the first is the likelier.
Json context_row(int number, double accuracy) {
  const std::string n = std::to_string(number);
  Json out = row(number, "{\"n\":" + n + "}", "she was tired.",
                 R"({"gen_args_0":{"arg_0":"Ann slept as","arg_1":" she was tired."},)"
                 R"("gen_args_1":{"arg_0":"Sue slept as","arg_1":" she was tired."}})");
  out["filtered_resps"] = Json::parse(R"([["-1.5","False"],["-2.25","False"]])").value();
  out["acc"] = accuracy;
  return out;
}

TEST_F(LmEvalImport, OfSeveralContextsTheRightOneIsToldByWhatWasScored) {
  files_.set(run_.samples("pick"), lines({context_row(0, 1.0), context_row(1, 0.0)}));
  const auto task = imported(run_, files_, "pick");
  ASSERT_TRUE(task) << task.error().message;
  EXPECT_EQ(task->task.why_external, "");
  const auto [suite, entries] = rendered(*task);
  ASSERT_EQ(entries.size(), 2U);
  EXPECT_EQ(entries[0].reference.gold(), 0);
  EXPECT_EQ(entries[1].reference.gold(), 1);
  const Request second = decode_request(entries[0].requests[1]).value();
  EXPECT_EQ(second.prompt, "Sue slept as");
  EXPECT_EQ(second.continuation, " she was tired.");
}

TEST_F(LmEvalImport, OfSeveralContextsNoneIsGuessed) {
  const std::string unsaid = "the samples do not say which of several contexts is right";
  const auto why = [&](const std::vector<Json>& rows) {
    files_.set(run_.samples("pick"), lines(rows));
    const auto task = imported(run_, files_, "pick");
    return task ? task->task.why_external : task.error().message;
  };
  EXPECT_EQ(why({context_row(0, 0.0), context_row(1, 0.0)}),
            unsaid + ": in all of them `acc` is 0, as where the right one is not known");
  Json bare = context_row(1, 1.0);
  bare["acc"] = nullptr;
  EXPECT_EQ(
      why({context_row(0, 1.0), bare}),
      unsaid + "; " + run_.samples("pick") + ":2 has no `acc` and `filtered_resps` that settle it");
  Json three = context_row(0, 0.0);
  const Json last = *three.find("arguments")->find("gen_args_1");
  three["arguments"]["gen_args_2"] = last;
  three["filtered_resps"].push_back(Json::parse(R"(["-9.0","False"])").value());
  EXPECT_EQ(why({three}).substr(0, unsaid.size()), unsaid);
  std::string config = pick_config;
  config.replace(config.find("\"acc\""), 5, "\"acc_norm\"");
  run_ = run_of(config);
  EXPECT_EQ(why({context_row(0, 1.0)}), "");  // Without examples the contexts are the choices.
  config.replace(config.find("\"num_fewshot\":0"), 15, "\"num_fewshot\":1");
  run_ = run_of(config);
  EXPECT_EQ(why({context_row(0, 1.0)}),
            "acc_norm needs the choices apart from their contexts, which the samples do not hold");
}

// Python writes NaN among scores and in documents, and hashes a document with it.
TEST_F(LmEvalImport, DocumentsAndScoresMayHoldNaN) {
  const auto log = [](const std::string& document) {
    return R"({"doc_id":0,"doc":)" + document + R"(,"target":"0","arguments":)" +
           choice_row(0, "0").find("arguments")->dump() +
           R"(,"filter":"none","acc_norm":NaN,"acc":-Infinity,"doc_hash":")" +
           to_hex(sha256("{\n  \"n\": NaN\n}")) + "\"}\n";
  };
  files_.set(run_.samples("pick"), log(R"({"n":NaN})"));
  const auto task = imported(run_, files_, "pick");
  ASSERT_TRUE(task) << task.error().message;
  EXPECT_NE(task->rows.find(R"("doc": {"n": NaN})"), std::string::npos) << task->rows;
  const auto [suite, entries] = rendered(*task);
  ASSERT_EQ(entries.size(), 1U);
  EXPECT_EQ(entries[0].reference.gold(), 0);
  // It is another document than one without a value, and so it does not fit the hash.
  files_.set(run_.samples("pick"), log(R"({"n":null})"));
  const std::string where = run_.samples("pick") + ":1: field 'doc_hash'";
  EXPECT_EQ(imported(run_, files_, "pick").error().message.substr(0, where.size()), where);
}

// Every byte changed and every cut: each gives a task or a complaint, and ends.
TEST_F(LmEvalImport, TakesAnyBytes) {
  const std::string line = choice_row(0, "0").dump() + "\n";
  const auto read = [&](const std::string& bytes) {
    files_.set(run_.samples("pick"), bytes);
    return imported(run_, files_, "pick").has_value();
  };
  EXPECT_TRUE(read(line));
  for (std::size_t i = 0; i < line.size(); ++i) {
    read(line.substr(0, i));
    for (const char c : {'\0', '"', '{', '9', '\xff'}) {
      std::string changed = line;
      changed[i] = c;
      read(changed);
    }
  }
}

TEST_F(LmEvalImport, LinesHaveABound) {
  files_.set(run_.samples("pick"), std::string((16u << 20) + 2, ' '));
  EXPECT_EQ(imported(run_, files_, "pick").error().message,
            run_.samples("pick") + ":1: a line of more than 16 MiB");
  EXPECT_LE(files_.largest_read, 1u << 20);
}

TEST_F(LmEvalImport, GenerationKeepsItsSettingsFiltersAndTargets) {
  run_ = run_of(
      R"json({"sums":{"task":"sums","output_type":"generate_until","repeats":1,
          "filter_list":[{"name":"n","filter":[{"function":"regex","regex_pattern":"(-?[0-9]+)"},
                                               {"function":"take_first"}]
}],
          "metric_list":[{"metric":"exact_match","aggregation":"mean","higher_is_better":true}]
}
})json");
  const std::string arguments =
      R"({"gen_args_0":{"arg_0":"1+1",)"
      R"("arg_1":{"until":["\n","Q:"],"max_gen_toks":7,"temperature":0.0}}})";
  files_.set(run_.samples("sums"), lines({row(0, "{}", "['2']", arguments, "n"),
                                          row(1, "{}", "['2', 'two']", arguments, "n")}));
  const auto task = imported(run_, files_, "sums");
  ASSERT_TRUE(task) << task.error().message;
  EXPECT_EQ(task->task.why_external, "");
  const auto [suite, entries] = rendered(*task);
  ASSERT_EQ(entries.size(), 2U);
  const Request request = decode_request(entries[0].requests[0]).value();
  EXPECT_EQ(request.prompt, "1+1");
  EXPECT_EQ(request.stop, (std::vector<std::string>{"\n", "Q:"}));
  EXPECT_EQ(request.tokens_max, 7U);
  EXPECT_EQ(entries[0].reference.targets, std::vector<std::string>{"2"});
  EXPECT_EQ(entries[1].reference.targets, (std::vector<std::string>{"2", "two"}));
  EXPECT_EQ(suite.tasks[0].filters[0].name, "n");

  std::string other = arguments;
  other.replace(other.find(":7"), 2, ":8");
  files_.set(run_.samples("sums"),
             lines({row(0, "{}", "2", arguments, "n"), row(1, "{}", "2", other, "n")}));
  EXPECT_EQ(imported(run_, files_, "sums").error().message.substr(0, 70),
            (run_.samples("sums") + ":2: field 'arguments.gen_args_0.arg_1': other").substr(0, 70));
}

// The harness logs a target as Python prints it; what it was is said by the configuration.
TEST_F(LmEvalImport, ATargetIsWhatItWasBeforeItWasPrinted) {
  const auto golds = [&](const std::string& made, const std::string& cell,
                         const std::string& target, std::optional<double> accuracy = {}) {
    std::string config = pick_config;
    config.insert(config.find("\"repeats\""), "\"doc_to_target\":" + Json(made).dump() + ",");
    run_ = run_of(config);
    Json out = row(0, R"({"answer":)" + cell + "}", target,
                   R"({"gen_args_0":{"arg_0":"Q","arg_1":" 1"},
                       "gen_args_1":{"arg_0":"Q","arg_1":" True"},
                       "gen_args_2":{"arg_0":"Q","arg_1":" 0"}})");
    out["filtered_resps"] = Json::parse(R"([["-1.5","a"],["-2.5","a"],["-0.5","a"]])").value();
    if (accuracy) out["acc"] = *accuracy;
    files_.set(run_.samples("pick"), lines({out}));
    const auto task = imported(run_, files_, "pick");
    if (!task) return task.error().message;
    if (!task->task.why_external.empty()) return task->task.why_external;
    return Json::parse(task->rows).value().find("golds")->dump();
  };
  EXPECT_EQ(golds("answer", R"("0")", "0"), "[2]");  // A text of the data,
  EXPECT_EQ(golds("answer", "0", "0"), "[0]");       // and a number.
  EXPECT_EQ(golds("answer", "[0, 1]", "[0, 1]"), "[0,1]");
  EXPECT_EQ(golds("{{answer}}", R"("0")", "0"), "[0]");  // Digits of a template are a place.
  EXPECT_EQ(golds("{{answer}}", R"("True")", "True"), "[1]");
  const std::string code = "def target(doc):\n    return 0\n";
  EXPECT_EQ(golds(code, "7", "True"), "[1]");  // Text and place are the same choice.
  EXPECT_EQ(golds(code, "7", "0", 1.0), "[2]");
  EXPECT_EQ(golds(code, "7", "0", 0.0), "[0]");
  EXPECT_EQ(golds(code, "7", "0"), "the samples do not say which choice is right: the target of " +
                                       run_.samples("pick") +
                                       ":1 may be a choice's text or another one's place");
}

TEST_F(LmEvalImport, TheFirstDocumentSaysWhetherATaskHasSeveralTargets) {
  const auto targets = [&](const std::vector<std::string>& logged) {
    run_ = run_of(R"({"say":{"task":"say","output_type":"generate_until","repeats":1,
        "doc_to_target":"{{answer}}",
        "metric_list":[{"metric":"exact_match","aggregation":"mean","higher_is_better":true}]}})");
    std::vector<Json> rows;
    for (std::size_t i = 0; i < logged.size(); ++i) {
      rows.push_back(row(static_cast<int>(i), "{}", logged[i],
                         R"({"gen_args_0":{"arg_0":"Q","arg_1":{"until":["\n"]}}})"));
    }
    files_.set(run_.samples("say"), lines(rows));
    const auto task = imported(run_, files_, "say");
    if (!task) return task.error().message;
    const std::string last = task->rows.substr(task->rows.rfind('\n', task->rows.size() - 2) + 1);
    return Json::parse(last).value().find("targets")->dump();
  };
  EXPECT_EQ(targets({"['a']", "['b', 'c']"}), R"(["b","c"])");
  EXPECT_EQ(targets({"a", "['b', 'c']"}), R"(["['b', 'c']"])");
  EXPECT_EQ(targets({"['a']", "가b"}), R"(["가","b"])");
}

TEST_F(LmEvalImport, AChatStaysOne) {
  run_ = run_of(R"({"talk":{"task":"talk","output_type":"generate_until","repeats":1}})");
  files_.set(run_.samples("talk"),
             lines({row(0, "{}", "2",
                        R"({"gen_args_0":{"arg_0":["[{\"role\": \"user\", \"content\": \"가\"}]"],
                            "arg_1":{"until":["\n"]}}})")}));
  const auto task = imported(run_, files_, "talk");
  ASSERT_TRUE(task) << task.error().message;
  const auto [suite, entries] = rendered(*task);
  ASSERT_EQ(entries.size(), 1U);
  const Request request = decode_request(entries[0].requests[0]).value();
  EXPECT_EQ(request.kind, RequestKind::chat);
  EXPECT_EQ(request.messages, (std::vector<ChatMessage>{{"user", "가"}}));
}

}  // namespace
}  // namespace gwageo::lm_eval
