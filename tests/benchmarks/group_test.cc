#include "benchmarks/group.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "tests/benchmarks/memory_files.h"

namespace gwageo {
namespace {

std::string task_file(const std::string& name, const std::string& more = "") {
  return "task: " + name +
         "\ndoc_to_text: q\ndoc_to_target: a\ndataset_kwargs: {data_files: t.jsonl}\n" + more;
}

// A suite that includes g/group.yaml, with task files a, b and c beside that.
Result<Suite> load(const std::string& group, const std::string& entry = "",
                   const std::string& before = "") {
  const MemoryFiles files = {
      {"suite.yaml", "suite: s\nversion: 1\naxes: {x: {}}\ntasks:\n" + before +
                         "  - include: g/group.yaml\n    axis: x\n" + entry},
      {"g/group.yaml", group},
      {"g/a.yaml", task_file("a", "tag: red\n")},
      {"g/b.yaml", task_file("b", "num_fewshot: 0\n")},
      {"g/c.yaml", "include: b.yaml\ntask: c\ntask_alias: C\n"},
      {"g/inner.yaml", "group: inner\ntask: [b, c]\n"},
      {"g/t.jsonl", "{\"q\":\"Q\",\"a\":\"A\"}\n"}};
  return load_suite("suite.yaml", files);
}

std::vector<std::string> names(const Suite& suite) {
  std::vector<std::string> out;
  for (const Task& task : suite.tasks) out.push_back(task.name);
  return out;
}

using Names = std::vector<std::string>;

TEST(Group, ListsTaskFilesBesideIt) {
  const auto suite = load(
      "group: g\ngroup_alias: G\ntask:\n  - a\n  - inner\n  - task: d\n    doc_to_text: q\n"
      "    doc_to_target: a\n    dataset_kwargs: {data_files: t.jsonl}\n"
      "aggregate_metric_list: [{metric: exact_match, weight_by_size: false, filter_list: none}]\n"
      "metadata: {version: 2}\n",
      "    weight: 2\n");
  ASSERT_TRUE(suite) << suite.error().message;
  EXPECT_EQ(names(*suite), (Names{"a", "b", "c", "g::d"}));
  ASSERT_EQ(suite->groups.size(), 2u);
  EXPECT_EQ(suite->groups[0].name, "inner");
  EXPECT_EQ(suite->groups[0].members, (Names{"b", "c"}));
  EXPECT_EQ(suite->groups[1].name, "g");
  EXPECT_EQ(suite->groups[1].alias, "G");
  EXPECT_EQ(suite->groups[1].members, (Names{"a", "inner", "g::d"}));
  EXPECT_EQ(suite->groups[1].metrics, (std::vector<GroupMetric>{{"exact_match", {"none"}, false}}));
  EXPECT_EQ(suite->groups[1].metadata.dump(), "{\"version\":2}");
  for (const Task& task : suite->tasks) {
    EXPECT_EQ(task.axis, "x");
    EXPECT_EQ(task.weight, 2);
  }
  EXPECT_EQ(suite->files, (Names{"suite.yaml", "g/a.yaml", "g/b.yaml", "g/c.yaml", "g/group.yaml",
                                 "g/inner.yaml", "g/t.jsonl"}));
}

TEST(Group, GivesItsKeysToItsTasksWhoseOwnWin) {
  const auto suite = load(
      "group: g\nrepeats: 3\ntask:\n  - a\n  - {task: b, repeats: 2}\n"
      "  - group: h\n    repeats: 4\n    task: [c]\n");
  ASSERT_TRUE(suite) << suite.error().message;
  EXPECT_EQ(suite->tasks[0].repeats, 3u);
  EXPECT_EQ(suite->tasks[1].repeats, 2u);
  EXPECT_EQ(suite->tasks[2].repeats, 4u);
  EXPECT_EQ(suite->groups[0].name, "g::h");
  EXPECT_EQ(suite->groups[1].members, (Names{"a", "b", "g::h"}));
}

TEST(Group, TakesTagsAndTasksThatTheSuiteHas) {
  const std::string before =
      "  - {include: g/a.yaml, axis: x, task: z}\n  - {include: g/a.yaml, axis: x}\n";
  const auto suite = load("group: g\ntask: [red, b]\n", "", before);
  ASSERT_TRUE(suite) << suite.error().message;
  EXPECT_EQ(names(*suite), (Names{"z", "a", "b"}));
  EXPECT_EQ(suite->groups[0].members, (Names{"a", "z", "b"}));
}

// As the harness's index does: by the name that a file gives its task, or by a tag.
TEST(Group, FindsItsTasksInTheFilesOfItsFolder) {
  const std::string rows = "{\"q\":\"Q\",\"a\":\"A\"}\n";
  MemoryFiles files = {
      {"suite.yaml",
       "suite: s\nversion: 1\naxes: {x: {}}\ntasks:\n"
       "  - include: g/_group.yaml\n    axis: x\n"},
      {"g/_group.yaml", "group: g\ntask: [inner, two, colours]\n"},
      {"g/_inner.yaml", "group: inner\ntask: [one]\n"},
      {"g/_template", task_file("", "tag: [colours, more]\n")},
      {"g/below/1.yaml", "include: ../_template\ntask: one\n"},
      {"g/below/2.yaml", "include: ../_template\ntask: two\n"},
      {"g/below/3.yaml", "include: ../_template\ntask: three\n"},
      {"g/below/4.yaml", "include: ../_template\ntask: two\ndoc_to_text: second of its name\n"},
      {"g/broken.yaml", "task: [\n"},
      {"g/t.jsonl", rows}};
  const auto suite = load_suite("suite.yaml", files);
  ASSERT_TRUE(suite) << suite.error().message;
  EXPECT_EQ(names(*suite), (Names{"one", "two", "three"}));
  EXPECT_EQ(suite->groups[0].members, (Names{"one"}));
  EXPECT_EQ(suite->groups[1].members, (Names{"inner", "two", "one", "three", "two"}));
  EXPECT_EQ(suite->tasks[1].question.text.dump(), "\"q\"");
  EXPECT_EQ(suite->files,
            (Names{"suite.yaml", "g/_group.yaml", "g/_inner.yaml", "g/_template", "g/below/1.yaml",
                   "g/below/2.yaml", "g/below/3.yaml", "g/t.jsonl"}));
}

TEST(Group, RefusesWhatItCannotBe) {
  const auto refused = [](const std::string& group) {
    const auto suite = load(group);
    return suite ? std::string("accepted") : suite.error().message;
  };
  EXPECT_EQ(refused("group: g\ntask: [nothing]\n"),
            "g/group.yaml:2:8: key 'task[0]': 'nothing' is no task of the suite so far, no tag, "
            "and no YAML file in the group's folder defines it");
  EXPECT_EQ(refused("group: g\n"), "suite.yaml:5:5: the key 'task' is missing");
  EXPECT_EQ(refused("group: g\ntask: []\n"), "g/group.yaml:2:7: key 'task': a group without tasks");
  EXPECT_NE(refused("group: g\ntask: [group]\n").find("nested too deeply"), std::string::npos);
  EXPECT_NE(
      refused("group: g\ntask: [a]\naggregate_metric_list: [{metric: acc, aggregation: max}]\n")
          .find("expected mean"),
      std::string::npos);
}

// By hand: values 0.5 (n 4, error 0.25) and 1 (n 1, error 0.1).
TEST(Group, ATaskOnAHubIsNamedAtItsOwnKey) {
  const MemoryFiles files = {
      {"suite.yaml",
       "suite: s\nversion: 1\naxes: {x: {}}\ntasks: [{include: group.yaml, axis: x}]\n"},
      {"group.yaml", "group: g\ntask: [a]\n"},
      {"a.yaml", "task: a\ndataset_path: org/set\ndoc_to_text: q\ndoc_to_target: a\n"}};
  const auto suite = load_suite("suite.yaml", files);
  ASSERT_FALSE(suite);
  EXPECT_EQ(suite.error().message.find("a.yaml:2:15: key 'dataset_path': the data set 'org/set'"),
            0U)
      << suite.error().message;
}

TEST(GroupScore, IsTheMeanOverItsTasks) {
  Suite suite =
      *load("group: g\ntask: [a, inner]\naggregate_metric_list: [{metric: exact_match}]\n");
  Scorecard card;
  const double values[] = {0.5, 1, 1};
  const std::uint64_t sizes[] = {4, 1, 0};
  for (std::size_t i = 0; i < 3; ++i) {
    TaskScore& score = card.tasks.emplace_back();
    score.task = suite.tasks[i].name;
    MetricScore& metric = score.metrics.emplace_back();
    metric.name = "exact_match";
    metric.value = values[i];
    metric.standard_error = i == 0 ? 0.25 : 0.1;
    metric.n = sizes[i];
  }
  std::vector<GroupScore> scores = group_scores(suite, card);
  ASSERT_EQ(scores.size(), 2u);
  EXPECT_EQ(scores[1].tasks, (Names{"a", "b", "c"}));
  EXPECT_EQ(scores[1].n, 5u);
  ASSERT_EQ(scores[1].figures.size(), 1u);
  EXPECT_EQ(scores[1].figures[0].filter, "none");
  EXPECT_DOUBLE_EQ(scores[1].figures[0].value, (0.5 * 4 + 1) / 5);
  EXPECT_DOUBLE_EQ(scores[1].figures[0].standard_error.value(),
                   std::sqrt(3 * 0.0625 * 4 / 3.0 / 5));
  suite.groups[1].metrics[0].weight_by_size = false;
  card.tasks[1].metrics[0].standard_error.reset();
  scores = group_scores(suite, card);
  EXPECT_DOUBLE_EQ(scores[1].figures[0].value, 0.75);
  EXPECT_FALSE(scores[1].figures[0].standard_error);
}

}  // namespace
}  // namespace gwageo
