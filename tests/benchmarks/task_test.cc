#include "benchmarks/task.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "benchmarks/suite.h"
#include "tests/benchmarks/memory_files.h"

namespace gwageo {
namespace {

// A suite of one task, whose keys begin in line 6, column 5.
Result<Task> load_keys(const std::string& keys) {
  std::string suite = "suite: s\nversion: 1\naxes: {a: {}}\ntasks:\n  - axis: a\n    ";
  for (const char c : keys) suite += c == '\n' ? std::string("\n    ") : std::string(1, c);
  const MemoryFiles files = {{"suite.yaml", suite}, {"t.jsonl", ""}, {"d.jsonl", ""}};
  auto loaded = load_suite("suite.yaml", files);
  if (!loaded) return tl::unexpected(loaded.error());
  return loaded->tasks.front();
}

std::string refusal_of_task(const std::string& keys) {
  const auto task = load_keys(keys);
  return task ? "accepted" : task.error().message;
}

const std::string generate =
    "task: t\n"
    "doc_to_text: \"{{q}}\"\n"
    "doc_to_target: \"{{a}}\"\n"
    "dataset_kwargs: {data_files: {test: t.jsonl, dev: d.jsonl}}\n";
const std::string choose_task =
    generate + "output_type: multiple_choice\ndoc_to_choice: [가, 나]\n";

Task made(const std::string& keys) {
  const auto task = load_keys(keys);
  EXPECT_TRUE(task) << task.error().message;
  return task ? *task : Task();
}

TEST(Task, HasTheDefaultsOfTheHarness) {
  const Task task = made(generate);
  EXPECT_EQ(task.name, "t");
  EXPECT_EQ(task.axis, "a");
  EXPECT_EQ(task.weight, 1);
  EXPECT_EQ(task.output_type, OutputType::generate_until);
  EXPECT_EQ(task.target_delimiter, " ");
  EXPECT_EQ(task.fewshot_delimiter, "\n\n");
  EXPECT_EQ(task.few_shot.count, 0u);
  EXPECT_EQ(task.generation.until, std::vector<std::string>{"\n\n"});
  EXPECT_EQ(task.generation.tokens_max, 256u);
  EXPECT_EQ(task.generation.temperature, 0);
  EXPECT_EQ(task.filters,
            (std::vector<FilterPipeline>{{"none", {{"take_first", Json::object()}}}}));
  EXPECT_EQ(task.metrics, (std::vector<MetricSpec>{{"exact_match", "", true, Json::object()}}));
  EXPECT_EQ(task.score, (ScoreName{"exact_match", "none"}));
  EXPECT_EQ(task.test_split, "test");
  EXPECT_EQ(task.item_id, "");
  EXPECT_TRUE(task.question.choice.is_null());

  const Task choice = made(choose_task);
  EXPECT_EQ(choice.metrics, (std::vector<MetricSpec>{{"acc", "", true, Json::object()},
                                                     {"acc_norm", "", true, Json::object()}}));
  EXPECT_EQ(made(generate + "output_type: loglikelihood").metrics,
            (std::vector<MetricSpec>{{"acc", "", true, Json::object()},
                                     {"perplexity", "", false, Json::object()}}));
}

TEST(Task, MayNameItsColumns) {
  const auto with = [](const std::string& arguments) {
    return "task: t\ndataset_path: csv\ndoc_to_text: \"{{q}}\"\ndoc_to_target: \"{{a}}\"\n"
           "dataset_kwargs: {data_files: t.jsonl" +
           arguments + "}";
  };
  const DataFormat plain = made(with("")).data_format;
  EXPECT_TRUE(plain.header);
  EXPECT_TRUE(plain.names.empty());
  const Task named = made(with(", names: [q, a]"));
  EXPECT_FALSE(named.data_format.header);
  EXPECT_EQ(named.data_format.names, (std::vector<std::string>{"q", "a"}));
  EXPECT_NE(named.digest, made(with(", names: [a, q]")).digest);
  EXPECT_TRUE(made(with(", header: 0, names: [q, a]")).data_format.header);
  EXPECT_TRUE(made(with(", header: infer")).data_format.header);
  EXPECT_FALSE(made(with(", header: null, column_names: [q, a]")).data_format.header);
  for (const auto& [arguments, what] :
       {std::pair(", names: []", "dataset_kwargs.names': no names"),
        std::pair(", names: [q, q]", "dataset_kwargs.names[1]': a second column 'q'"),
        std::pair(", header: null", "columns without a header need `names`"),
        std::pair(", header: 1", "dataset_kwargs.header")}) {
    EXPECT_NE(refusal_of_task(with(arguments)).find(what), std::string::npos)
        << refusal_of_task(with(arguments));
  }
}

TEST(Task, AcceptsWhatHasNoMeaningHere) {
  made(generate +
       "task_alias: T\ntag: [x, y]\nmetadata: {version: 2.0}\nrepeats: 1\n"
       "should_decontaminate: false\ndataset_path: json\ndataset_name: null\ngen_prefix: null\n"
       "doc_to_choice: null\nfewshot_config: null\nfilter_list: null");
}

TEST(Task, RefusesForeignKeysByName) {
  EXPECT_EQ(refusal_of_task(generate + "use_prompt: x"),
            "suite.yaml:10:5: key 'use_prompt': it is outside the subset of lm-eval's task files "
            "that this version reads; write the task without it");
  for (const char* key : {"process_docs", "process_results", "doc_to_image", "doc_to_audio",
                          "use_prompt", "custom_dataset"}) {
    EXPECT_NE(refusal_of_task(generate + key + ": x").find("it is outside the subset"),
              std::string::npos)
        << key;
  }
  EXPECT_EQ(refusal_of_task(generate + "doc_to_txt: x"),
            "suite.yaml:10:5: key 'doc_to_txt': unknown, did you mean 'doc_to_text'?");
  EXPECT_EQ(refusal_of_task(generate + "repeats: 0"),
            "suite.yaml:10:14: key 'repeats': expected an integer from 1 to 1000, got 0");
  made(generate + "should_decontaminate: true\ndoc_to_decontamination_query: q");
  EXPECT_NE(refusal_of_task(generate + "dataset_path: org/set")
                .find("the data set 'org/set' is not beside"),
            std::string::npos);
  EXPECT_EQ(refusal_of_task("task: t\ndoc_to_text: q\ndoc_to_target: a\ndataset_path: org/set"),
            "suite.yaml:9:19: key 'dataset_path': the data set 'org/set' is not beside the suite: "
            "give its files there, with `dataset_path: json` (or csv) and `dataset_kwargs: "
            "{data_files: ...}`");
  EXPECT_EQ(refusal_of_task(generate + "output_type: generate"),
            "suite.yaml:10:18: key 'output_type': expected multiple_choice, loglikelihood, "
            "loglikelihood_rolling or generate_until, got 'generate'");
}

TEST(Task, RefusesMissingAndMistypedKeys) {
  EXPECT_EQ(refusal_of_task("task: t"),
            "suite.yaml:5:5: task 't': the key 'doc_to_text' is missing");
  EXPECT_EQ(refusal_of_task("doc_to_text: x"), "suite.yaml:5:5: the key 'task' is missing");
  EXPECT_EQ(refusal_of_task("task: 'a b'"),
            "suite.yaml:6:11: key 'task': 'a b' is no name (letters, digits, . _ -)");
  EXPECT_EQ(refusal_of_task("task: t\ndoc_to_text: 3.5"),
            "suite.yaml:7:18: key 'doc_to_text': expected a string, got a number");
  EXPECT_EQ(refusal_of_task(generate + "weight: 0"),
            "suite.yaml:10:13: key 'weight': expected a finite number above 0");
  EXPECT_EQ(refusal_of_task(generate + "weight: x"),
            "suite.yaml:10:13: key 'weight': expected a number, got a string");
  EXPECT_EQ(refusal_of_task(generate + "item_id: ''"),
            "suite.yaml:10:14: key 'item_id': an empty name");
  EXPECT_EQ(refusal_of_task(generate + "cluster: ''"),
            "suite.yaml:10:14: key 'cluster': an empty name");
  EXPECT_EQ(refusal_of_task("task: t\ndoc_to_text: x\ndoc_to_target: y"),
            "suite.yaml:5:5: task 't': the key 'dataset_kwargs' is missing");
  EXPECT_EQ(refusal_of_task("task: t\ndoc_to_text: x\ndoc_to_target: {}"),
            "suite.yaml:8:20: key 'doc_to_target': expected a string, an integer or a list of "
            "strings, got a mapping");
}

TEST(Task, RefusesTemplatesWhereTheyAreWritten) {
  EXPECT_EQ(refusal_of_task("task: t\ndoc_to_text: \"a {% macro x() %}\"\ndoc_to_target: y"),
            "suite.yaml:7:18: key 'doc_to_text': line 1, column 6 of the template: the statement "
            "'macro' is outside the subset of Jinja that this version reads; write the template "
            "without it, or import a plan that the harness has rendered");
  EXPECT_EQ(
      refusal_of_task(generate + "description: \"{{ x\""),
      "suite.yaml:10:18: key 'description': line 1, column 1 of the template: an opening that "
      "is never closed");
  EXPECT_EQ(refusal_of_task("task: t\ndoc_to_text: x\ndoc_to_target: \"{{y.encode()}}\"")
                .rfind("suite.yaml:8:20: key 'doc_to_target': line 1, column 5", 0),
            0u);
  EXPECT_EQ(refusal_of_task(generate + "doc_to_choice: \"{{ [a }}\"")
                .rfind("suite.yaml:10:20: key 'doc_to_choice': line 1, column 7", 0),
            0u);
}

TEST(Task, ReadsChoices) {
  EXPECT_EQ(made(choose_task).question.choice.dump(), "[\"가\",\"나\"]");
  EXPECT_EQ(made(generate + "output_type: multiple_choice\ndoc_to_choice: {a: x, b: y}")
                .question.choice.dump(),
            "[\"x\",\"y\"]");
  EXPECT_EQ(made(generate + "output_type: multiple_choice\ndoc_to_choice: \"{{c}}\"")
                .question.choice.dump(),
            "\"{{c}}\"");
  EXPECT_EQ(refusal_of_task(generate + "output_type: multiple_choice"),
            "suite.yaml:5:5: task 't': the key 'doc_to_choice' is missing");
  EXPECT_EQ(refusal_of_task(generate + "doc_to_choice: []"),
            "suite.yaml:10:20: key 'doc_to_choice': no choices");
  EXPECT_EQ(refusal_of_task(generate + "doc_to_choice: [1, 2]"),
            "suite.yaml:10:21: key 'doc_to_choice[0]': expected a string, got an integer");
  EXPECT_EQ(
      refusal_of_task(generate + "doc_to_choice: [yes, no]").rfind("suite.yaml:10:21: 'yes' is", 0),
      0u);
  EXPECT_EQ(refusal_of_task(generate + "output_type: loglikelihood\ndoc_to_choice: [a]"),
            "suite.yaml:11:20: key 'doc_to_choice': has no meaning with output_type loglikelihood");
}

TEST(Task, ReadsGenerationArguments) {
  const Task task = made(generate +
                         "generation_kwargs: {until: [\"\\n\", '질문:'], max_gen_toks: 16, "
                         "do_sample: false, temperature: 0.0, top_p: 0.9}");
  EXPECT_EQ(task.generation.until, (std::vector<std::string>{"\n", "질문:"}));
  EXPECT_EQ(task.generation.tokens_max, 16u);
  EXPECT_EQ(task.generation.temperature, 0);
  EXPECT_EQ(task.generation.top_p, 1);
  const auto arguments = [](const std::string& text) {
    return made(generate + "generation_kwargs: {" + text + "}").generation;
  };
  EXPECT_EQ(arguments("until: x").until, std::vector<std::string>{"x"});
  EXPECT_EQ(arguments("until: []").until, std::vector<std::string>{});
  EXPECT_EQ(arguments("max_tokens: 3, max_new_tokens: 4").tokens_max, 4u);
  EXPECT_EQ(arguments("do_sample: false, temperature: 0.7, top_p: 0.5").temperature, 0);
  EXPECT_EQ(arguments("do_sample: false, temperature: 0.7, top_p: 0.5").top_p, 1);
  EXPECT_EQ(arguments("temperature: 0").temperature, 0);
  EXPECT_EQ(made(generate + "fewshot_delimiter: '#'").generation.until,
            std::vector<std::string>{"#"});

  const auto refused = [](const std::string& text) {
    return refusal_of_task(generate + "generation_kwargs: {" + text + "}");
  };
  EXPECT_EQ(refused("beams: 2"), "suite.yaml:10:25: key 'generation_kwargs.beams': unknown");
  EXPECT_EQ(
      refused("until: [1]"),
      "suite.yaml:10:33: key 'generation_kwargs.until[0]': expected a string, got an integer");
  EXPECT_EQ(refused("max_gen_toks: 0"),
            "suite.yaml:10:39: key 'generation_kwargs.max_gen_toks': expected an integer from 1 to "
            "1048576, got 0");
  EXPECT_EQ(refused("temperature: -1"),
            "suite.yaml:10:38: key 'generation_kwargs.temperature': expected 0 to 100");
  EXPECT_EQ(
      refused("top_p: 0"),
      "suite.yaml:10:32: key 'generation_kwargs.top_p': expected a number above 0, at most 1");
  EXPECT_TRUE(made(generate + "fewshot_delimiter: ''").generation.until.empty());
  std::string many = "until: [x";
  for (int i = 0; i < 64; ++i) many += ", x";
  EXPECT_EQ(refused(many + "]"),
            "suite.yaml:10:32: key 'generation_kwargs.until': more than 64 stop strings");
}

TEST(Task, SamplesWhereItIsAsked) {
  const auto generation = [](const std::string& text) {
    return made(generate + "generation_kwargs: {" + text + "}").generation;
  };
  EXPECT_EQ(generation("temperature: 0.7, do_sample: true, top_p: 0.9").temperature, 0.7);
  EXPECT_EQ(generation("temperature: 0.7, do_sample: true, top_p: 0.9").top_p, 0.9);
  EXPECT_EQ(generation("temperature: 0.7").temperature, 0.7);
  EXPECT_EQ(generation("temperature: 0.7, do_sample: false, top_p: 0.9").temperature, 0);
  EXPECT_EQ(generation("temperature: 0.7, do_sample: false, top_p: 0.9").top_p, 1);
  EXPECT_EQ(generation("temperature: 1, do_sample: true").arguments.dump(),
            R"({"temperature":1.0,"do_sample":true,"until":["\n\n"]})");
  EXPECT_EQ(made(generate).generation.arguments.dump(),
            R"({"temperature":0.0,"do_sample":false,"max_gen_toks":256,"until":["\n\n"]})");
  const auto refused = [](const std::string& text) {
    return refusal_of_task(generate + "generation_kwargs: {" + text + "}");
  };
  EXPECT_EQ(refused("do_sample: true"),
            "suite.yaml:10:36: key 'generation_kwargs.do_sample': engines differ in the "
            "temperature that they would take; give 'temperature' too");
  for (const char* key : {"top_k", "min_p", "typical_p", "seed"}) {
    EXPECT_NE(refused(std::string("do_sample: false, ") + key + ": 1").find("it is outside"),
              std::string::npos)
        << key;
  }
  EXPECT_NE(refused("num_beams: 2").find("a search with several beams is outside"),
            std::string::npos);
  made(generate + "generation_kwargs: {num_beams: 1}");
  // It is not asked to generate.
  made(choose_task + "generation_kwargs: {do_sample: true}");
}

const std::string bare = "task: t\ndoc_to_text: \"{{q}}\"\ndoc_to_target: \"{{a}}\"\n";

std::string files(const std::string& list) {
  return bare + "dataset_kwargs: {data_files: " + list + "}\n";
}

TEST(Task, ChoosesTheSplitThatIsAsked) {
  EXPECT_EQ(made(files("t.jsonl")).data_files.at("test").front(), "t.jsonl");
  EXPECT_EQ(made(files("t.jsonl") + "test_split: train").test_split, "train");
  EXPECT_EQ(made(files("t.jsonl") + "validation_split: val").test_split, "val");
  EXPECT_EQ(made(files("{val: t.jsonl}") + "validation_split: val").test_split, "val");
  EXPECT_EQ(made(files("{val: t.jsonl, hard: d.jsonl}") + "validation_split: val\ntest_split: hard")
                .test_split,
            "hard");
  EXPECT_EQ(refusal_of_task(files("{test: t.jsonl, val: d.jsonl}") + "validation_split: val"),
            "suite.yaml:10:23: key 'validation_split': there is a file for 'test' too; name one "
            "with 'test_split'");
  EXPECT_EQ(refusal_of_task(files("{val: t.jsonl}") + "test_split: test"),
            "suite.yaml:10:17: key 'test_split': 'data_files' has no file for the split 'test'");
  EXPECT_EQ(refusal_of_task(files("{val: t.jsonl}")),
            "suite.yaml:5:5: task 't': 'data_files' has no file for the split 'test'");
  EXPECT_EQ(made(files("{test: [t.jsonl, t.jsonl]}")).data_files.at("test"),
            (std::vector<std::string>{"t.jsonl", "t.jsonl"}));
  EXPECT_EQ(refusal_of_task(bare + "dataset_kwargs: {data_file: t.jsonl}"),
            "suite.yaml:9:22: key 'dataset_kwargs.data_file': unknown, did you mean 'data_files'?");
}

TEST(Task, ChoosesTheSplitOfItsExamples) {
  const Task task = made(generate + "num_fewshot: 5\nfewshot_split: dev");
  EXPECT_EQ(task.few_shot.count, 5u);
  EXPECT_EQ(task.few_shot.split, "dev");
  EXPECT_EQ(task.few_shot.sampler, "default");
  EXPECT_FALSE(task.few_shot.drops_evaluated);
  const auto shots = [](const std::string& keys) {
    return made(generate + "num_fewshot: 1\n" + keys).few_shot;
  };
  EXPECT_EQ(shots("fewshot_split: test\nfewshot_config: {sampler: first_n, split: dev}").split,
            "dev");
  EXPECT_EQ(shots("fewshot_config: {sampler: first_n, split: dev}").sampler, "first_n");
  EXPECT_TRUE(shots("fewshot_split: test").drops_evaluated);
  EXPECT_EQ(shots("training_split: dev").split, "dev");
  EXPECT_FALSE(shots("training_split: dev").drops_evaluated);
  EXPECT_EQ(shots("validation_split: dev\ntest_split: test").split, "dev");

  // With a validation split alone the harness compares names that are both absent.
  const std::string validation = files("{val: t.jsonl, dev: d.jsonl}") + "validation_split: val\n";
  EXPECT_TRUE(made(validation + "num_fewshot: 1").few_shot.drops_evaluated);
  EXPECT_EQ(made(validation + "num_fewshot: 1").few_shot.split, "val");
  EXPECT_FALSE(made(validation + "num_fewshot: 1\nfewshot_split: val").few_shot.drops_evaluated);

  // With nothing but the split that is asked, that one is the pool, and nothing is dropped.
  EXPECT_EQ(shots("").split, "test");
  EXPECT_FALSE(shots("").drops_evaluated);
  EXPECT_EQ(refusal_of_task(generate + "num_fewshot: 1\nfewshot_split: train"),
            "suite.yaml:10:18: key 'num_fewshot': 'data_files' has no file for the few-shot split "
            "'train'");
  EXPECT_EQ(refusal_of_task(generate + "num_fewshot: -1"),
            "suite.yaml:10:18: key 'num_fewshot': expected an integer from 0 to 1000, got -1");
  EXPECT_EQ(refusal_of_task(generate + "fewshot_config: {sampler: balanced}"),
            "suite.yaml:10:31: key 'fewshot_config.sampler': expected default or first_n, got "
            "'balanced'");
  EXPECT_EQ(refusal_of_task(generate + "fewshot_config: {samples: [x]}"),
            "suite.yaml:10:32: key 'fewshot_config.samples[0]': expected a mapping: one row, got "
            "a string");
  EXPECT_EQ(
      refusal_of_task(generate + "fewshot_config: {process_docs: x}"),
      "suite.yaml:10:36: key 'fewshot_config.process_docs': it is outside the subset of lm-eval's "
      "task files that this version reads; write the task without it");
}

TEST(Task, RefusesAPerplexityThatIsBetterTheMoreItIs) {
  const auto with = [](const std::string& better) {
    return generate +
           "output_type: loglikelihood_rolling\n"
           "metric_list: [{higher_is_better: " +
           better + ", metric: word_perplexity}]";
  };
  EXPECT_EQ(refusal_of_task(with("true")),
            "suite.yaml:11:38: key 'metric_list[0].higher_is_better': 'word_perplexity' is better "
            "the less it is; write false, or nothing");
  EXPECT_FALSE(made(with("false")).metrics.front().higher_is_better);
}

TEST(Task, ReadsFiltersMetricsAndScore) {
  const Task task = made(generate +
                         "filter_list:\n"
                         "  - {name: number, filter: [{function: regex, regex_pattern: '(\\d+)', "
                         "group_select: -1}, {function: take_first}]}\n"
                         "  - {name: all, filter: [{function: take_first}]}\n"
                         "metric_list:\n"
                         "  - {metric: exact_match, aggregation: mean, higher_is_better: true, "
                         "ignore_case: true, hf_evaluate: false}\n"
                         "  - metric: f1\n"
                         "score: f1,all");
  ASSERT_EQ(task.filters.size(), 2u);
  EXPECT_EQ(task.filters[0].name, "number");
  EXPECT_EQ(task.filters[0].steps[0].function, "regex");
  EXPECT_EQ(task.filters[0].steps[0].arguments.dump(),
            "{\"regex_pattern\":\"(\\\\d+)\",\"group_select\":-1}");
  EXPECT_EQ(task.metrics[0].arguments.dump(), "{\"ignore_case\":true}");
  EXPECT_EQ(task.metrics[0].aggregation, "mean");
  EXPECT_EQ(task.metrics[1].aggregation, "");  // Its own, which its `average` has a say in.
  EXPECT_EQ(task.score, (ScoreName{"f1", "all"}));
  EXPECT_EQ(made(generate + "score: exact_match").score, (ScoreName{"exact_match", "none"}));

  EXPECT_EQ(refusal_of_task(generate + "score: acc"),
            "suite.yaml:10:12: key 'score': the task has no metric 'acc'");
  EXPECT_EQ(refusal_of_task(generate + "score: exact_match,x"),
            "suite.yaml:10:12: key 'score': the task has no filter 'x'");
  EXPECT_EQ(refusal_of_task(generate + "filter_list: []"),
            "suite.yaml:10:18: key 'filter_list': no filters");
  EXPECT_EQ(refusal_of_task(generate + "filter_list: [{name: a, filter: []}]"), "accepted");
  EXPECT_EQ(refusal_of_task(generate + "filter_list: [{name: 'a,b', filter: []}]"),
            "suite.yaml:10:26: key 'filter_list[0].name': a name must hold something, and neither "
            "commas nor line ends");
  EXPECT_EQ(refusal_of_task(generate + "filter_list: [{filter: [{pattern: x}]}]"),
            "suite.yaml:10:29: key 'filter_list[0].filter[0]': the key 'function' is missing");
  EXPECT_EQ(refusal_of_task(generate + "metric_list: []"),
            "suite.yaml:10:18: key 'metric_list': no metrics");
  EXPECT_EQ(refusal_of_task(generate + "metric_list: [{metric: f1}, {metric: f1}]"),
            "suite.yaml:10:33: key 'metric_list[1]': a second metric 'f1'");
  EXPECT_NE(refusal_of_task(generate + "metric_list: [{metric: f1, hf_evaluate: true}]")
                .find("a metric of another library is outside the subset"),
            std::string::npos);
}

TEST(Task, RefusesFiltersWhereTheyAreWritten) {
  const auto filter = [](const std::string& step, const std::string& keys = generate) {
    return refusal_of_task(keys + "filter_list:\n  - filter:\n    - {" + step + "}");
  };
  EXPECT_EQ(filter("function: regx"),
            "suite.yaml:12:22: key 'filter_list[0].filter[0].function': filter 'regx': there is no "
            "such filter, did you mean 'regex'?");
  EXPECT_EQ(filter("function: custom"),
            "suite.yaml:12:22: key 'filter_list[0].filter[0].function': filter 'custom': not in "
            "this version");
  EXPECT_EQ(filter("function: map, mapping: {}"),
            "suite.yaml:12:36: key 'filter_list[0].filter[0].mapping': filter 'map': unknown "
            "argument 'mapping'");
  EXPECT_EQ(filter("function: regex, regex_pattern: '(a'")
                .rfind("suite.yaml:12:44: key 'filter_list[0].filter[0].regex_pattern': filter "
                       "'regex': argument 'regex_pattern': regex: ",
                       0),
            0u);
  EXPECT_EQ(filter("function: regex, group_select: x"),
            "suite.yaml:12:43: key 'filter_list[0].filter[0].group_select': filter 'regex': "
            "argument 'group_select': expected an integer, got string");
  EXPECT_EQ(filter("function: regex, group: 1").rfind("suite.yaml:12:36: key", 0), 0u);
  EXPECT_EQ(filter("function: lowercase", choose_task),
            "suite.yaml:14:22: key 'filter_list[0].filter[0].function': filter 'lowercase': only "
            "take_first goes with log-likelihoods");
}

TEST(Task, MetricsOverRepeatsNeedTheRepeats) {
  const auto metric = [](const std::string& keys) {
    return refusal_of_task(generate + "metric_list:\n  - {" + keys + "}");
  };
  EXPECT_EQ(metric("metric: pass_at_k, k: [1, 4]"),
            "suite.yaml:11:32: key 'metric_list[0].k': k = 4, but an item has 1 answers; raise "
            "`repeats`");
  EXPECT_EQ(metric("metric: pass_at_k")
                .rfind("suite.yaml:11:18: key 'metric_list[0].metric': "
                       "metric 'pass_at_k': argument 'k': expected numbers",
                       0),
            0u);
  const Task task = made(generate +
                         "metric_list:\n  - {metric: avg_at_k, k: 1}\n"
                         "  - {metric: pass@1, ignore_case: true}");
  ASSERT_EQ(task.metrics.size(), 2U);
  EXPECT_EQ(task.metrics[0].metric, "avg@1");
  EXPECT_EQ(task.metrics[1].metric, "pass@1");
  EXPECT_EQ(task.score.metric, "avg@1");
}

TEST(Task, RefusesMetricsWhereTheyAreWritten) {
  const auto metric = [](const std::string& keys) {
    return refusal_of_task(generate + "metric_list:\n  - {" + keys + "}");
  };
  EXPECT_EQ(metric("metric: exact_mach"),
            "suite.yaml:11:18: key 'metric_list[0].metric': metric 'exact_mach': there is no such "
            "metric, did you mean 'exact_match'?");
  EXPECT_EQ(metric("metric: acc").rfind("suite.yaml:11:18: key 'metric_list[0].metric': ", 0), 0u);
  EXPECT_EQ(metric("metric: exact_match, aggregation: bleu"),
            "suite.yaml:11:44: key 'metric_list[0].aggregation': metric 'exact_match': aggregation "
            "'bleu' is not in this version");
  EXPECT_EQ(metric("metric: exact_match, regexes_to_ignore: ['(']")
                .rfind("suite.yaml:11:50: key 'metric_list[0].regexes_to_ignore': metric "
                       "'exact_match': argument 'regexes_to_ignore': regex: ",
                       0),
            0u);
  EXPECT_EQ(metric("metric: exact_match, ignore_cases: true"),
            "suite.yaml:11:45: key 'metric_list[0].ignore_cases': metric 'exact_match': unknown "
            "argument 'ignore_cases', did you mean 'ignore_case'?");
}

TEST(Task, DigestCoversWhatIsAskedAndNothingElse) {
  const Digest digest = made(generate).digest;
  for (const char* same :
       {"weight: 2", "metric_list: [{metric: f1}]", "task_alias: x", "tag: x", "metadata: {a: 1}",
        "filter_list: [{name: a, filter: [{function: lowercase}]}]", "fewshot_split: dev",
        "generation_kwargs: {until: [\"\\n\\n\"]}", "test_split: test",
        "generation_kwargs: {do_sample: false, temperature: 0.7, top_p: 0.5}"}) {
    EXPECT_EQ(made(generate + same).digest, digest) << same;
  }
  EXPECT_EQ(made(files("{test: d.jsonl}")).digest, digest);
  for (const char* other :
       {"description: x", "target_delimiter: ''", "num_fewshot: 1\nfewshot_split: dev",
        "generation_kwargs: {max_gen_toks: 3}", "item_id: key", "doc_to_choice: [a]",
        "output_type: loglikelihood"}) {
    EXPECT_NE(made(generate + other).digest, digest) << other;
  }
}

}  // namespace
}  // namespace gwageo
