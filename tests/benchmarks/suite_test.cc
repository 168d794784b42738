#include "benchmarks/suite.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "protocol/bytes.h"
#include "tests/benchmarks/memory_files.h"

namespace gwageo {
namespace {

const char* const head = "suite: national\nversion: 3\naxes: {korean: {weight: 2}, reasoning: }\n";
const char* const sums =
    "  - task: sums\n"
    "    axis: reasoning\n"
    "    dataset_kwargs: {data_files: data/sums.jsonl}\n"
    "    doc_to_text: \"{{question}}\"\n"
    "    doc_to_target: \"{{answer}}\"\n";
const char* const included = "  - {include: tasks/particle.yaml, axis: korean, weight: 0.5}\n";
const char* const particle =
    "task: particle\n"
    "output_type: multiple_choice\n"
    "num_fewshot: 2\n"
    "fewshot_split: dev\n"
    "dataset_kwargs: {data_files: {test: ../data/p.jsonl, dev: d.jsonl, spare: s.jsonl}}\n"
    "doc_to_text: noun\n"
    "doc_to_choice: choices\n"
    "doc_to_target: answer\n";

MemoryFiles national() {
  return {{"suite.yaml", std::string(head) + "tasks:\n" + included + sums},
          {"tasks/particle.yaml", particle},
          {"data/p.jsonl", "{}"},
          {"tasks/d.jsonl", "{}"},
          {"tasks/s.jsonl", "{}"},
          {"data/sums.jsonl", "{}"}};
}

// What is wrong with a suite file beside the files of `national`.
std::string refusal(const std::string& suite, const MemoryFiles& others = national()) {
  MemoryFiles files = others;
  files.set("suite.yaml", suite);
  const auto loaded = load_suite("suite.yaml", files);
  return loaded ? "accepted" : loaded.error().message;
}

std::string with_tasks(const std::string& tasks) { return std::string(head) + "tasks:\n" + tasks; }

// `text` with the one place where it says `from` saying `to`.
std::string changed(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

TEST(Suite, ReadsAxesTasksAndFiles) {
  const auto suite = load_suite("suite.yaml", national());
  ASSERT_TRUE(suite) << suite.error().message;
  EXPECT_EQ(suite->name, "national");
  EXPECT_EQ(suite->version, 3u);
  EXPECT_EQ(suite->axes, (std::vector<Axis>{{"korean", 2}, {"reasoning", 1}}));
  ASSERT_EQ(suite->tasks.size(), 2u);
  EXPECT_EQ(suite->tasks[0].name, "particle");
  EXPECT_EQ(suite->tasks[0].axis, "korean");
  EXPECT_EQ(suite->tasks[0].weight, 0.5);
  EXPECT_EQ(suite->tasks[0].data_files.at("test").front(), "data/p.jsonl");
  EXPECT_EQ(suite->tasks[0].data_files.at("dev").front(), "tasks/d.jsonl");
  EXPECT_EQ(suite->tasks[1].name, "sums");
  EXPECT_EQ(suite->files, (std::vector<std::string>{"suite.yaml", "data/p.jsonl", "data/sums.jsonl",
                                                    "tasks/d.jsonl", "tasks/particle.yaml"}));
}

TEST(Suite, MayLieInAFolder) {
  MemoryFiles files;
  files.set("a/b/suite.yaml",
            with_tasks(changed(sums, "data/sums.jsonl", "./x/../s.jsonl")) +
                changed(changed(sums, "sums\n", "more\n"), "reasoning", "korean"));
  files.set("a/b/s.jsonl", "{}");
  files.set("a/b/data/sums.jsonl", "{}");
  const auto suite = load_suite("./a/b/suite.yaml", files);
  ASSERT_TRUE(suite) << suite.error().message;
  EXPECT_EQ(suite->files,
            (std::vector<std::string>{"a/b/suite.yaml", "a/b/data/sums.jsonl", "a/b/s.jsonl"}));
  files.set("a/b/suite.yaml", with_tasks(changed(sums, "data/sums.jsonl", "../s.jsonl")));
  EXPECT_EQ(load_suite("a/b/suite.yaml", files).error().message,
            "a/b/suite.yaml:7:34: key 'dataset_kwargs.data_files': '../s.jsonl' leads outside the "
            "suite's folder");
}

TEST(Suite, RefusesWrongKeysWithTheirPlace) {
  EXPECT_EQ(refusal("suite: a\nversion: 1\naxis: {}\n"),
            "suite.yaml:3:1: key 'axis': unknown, did you mean 'axes'?");
  EXPECT_EQ(refusal("version: 1\n"), "suite.yaml:1:1: the key 'suite' is missing");
  EXPECT_EQ(refusal("suite: -x\nversion: 1\n"),
            "suite.yaml:1:8: key 'suite': '-x' is no name (letters, digits, . _ -)");
  EXPECT_EQ(refusal("suite: a\nversion: 0\n"),
            "suite.yaml:2:10: key 'version': expected an integer from 1 to 2147483647, got 0");
  EXPECT_EQ(refusal("suite: a\nversion: one\n"),
            "suite.yaml:2:10: key 'version': expected an integer, got a string");
  EXPECT_EQ(refusal("suite: a\nversion: 1\nversion: 2\n"),
            "suite.yaml:3:1: key 'version': given twice, first in line 2");
  EXPECT_EQ(refusal("- a\n"), "suite.yaml:1:1: expected a mapping, got a list");
  EXPECT_EQ(load_suite("gone.yaml", national()).error().message, "gone.yaml: no such file");
}

TEST(Suite, RefusesAxesThatMeanNothing) {
  const auto axes = [](const std::string& text) {
    return refusal("suite: a\nversion: 1\naxes: " + text + "\ntasks:\n" + sums);
  };
  EXPECT_EQ(axes("{}"), "suite.yaml:3:7: key 'axes': no axes");
  EXPECT_EQ(axes("[a]"), "suite.yaml:3:7: key 'axes': expected a mapping, got a list");
  EXPECT_EQ(axes("{reasoning: {wieght: 1}}"),
            "suite.yaml:3:20: key 'axes.reasoning.wieght': unknown, did you mean 'weight'?");
  for (const char* weight : {"0", "-1"}) {
    EXPECT_EQ(axes("{reasoning: {weight: " + std::string(weight) + "}}"),
              "suite.yaml:3:28: key 'axes.reasoning.weight': expected a finite number above 0");
  }
  EXPECT_EQ(axes("{reasoning: {weight: [1]}}"),
            "suite.yaml:3:28: key 'axes.reasoning.weight': expected a number, got a list");
  EXPECT_EQ(axes("{reasoning: 2}"),
            "suite.yaml:3:19: key 'axes.reasoning': expected a mapping, got an integer");
  EXPECT_EQ(axes("{\"a b\": {}, reasoning: {}}"),
            "suite.yaml:3:15: key 'axes.a b': 'a b' is no name (letters, digits, . _ -)");
  EXPECT_EQ(refusal(with_tasks(sums)),
            "suite.yaml:3:16: key 'axes.korean': no task is on this axis");
}

TEST(Suite, RefusesTasksThatFitNoAxisOrAreThereTwice) {
  EXPECT_EQ(refusal(std::string(head) + "tasks: []"), "suite.yaml:4:8: key 'tasks': no tasks");
  EXPECT_EQ(
      refusal(with_tasks(changed(sums, "axis: reasoning", "axis: reasonning"))),
      "suite.yaml:6:11: key 'axis': there is no axis 'reasonning', did you mean 'reasoning'?");
  EXPECT_EQ(refusal(with_tasks(changed(sums, "    axis: reasoning\n", ""))),
            "suite.yaml:5:5: task 'sums': the key 'axis' is missing");
  EXPECT_EQ(refusal(with_tasks(std::string(sums) + sums)),
            "suite.yaml:10:5: task 'sums': the suite has a task of that name already");
  EXPECT_EQ(refusal(with_tasks("  - 3\n")), "suite.yaml:5:5: expected a mapping, got an integer");
  EXPECT_EQ(refusal(with_tasks(changed(sums, "sums.jsonl", "gone.jsonl"))),
            "suite.yaml:7:21: key 'dataset_kwargs': the file 'data/gone.jsonl' of the split 'test' "
            "is not there: data/gone.jsonl: no such file");
}

TEST(Suite, IncludesFilesBesideTheirFile) {
  MemoryFiles files = national();
  files.set("tasks/particle.yaml", "include: [base/one.yaml, base/two.yaml]\nnum_fewshot: 0\n");
  files.set("tasks/base/one.yaml", std::string(particle) + "description: one\n");
  files.set("tasks/base/two.yaml",
            "description: two\nnum_fewshot: 7\nnum_fewshot: 9\n"
            "dataset_kwargs: {data_files: {test: ../../data/p.jsonl}}\n");
  const auto suite = load_suite("suite.yaml", files);
  ASSERT_TRUE(suite) << suite.error().message;
  EXPECT_EQ(suite->tasks[0].description, "two");
  EXPECT_EQ(suite->tasks[0].few_shot.count, 0u);
  EXPECT_EQ(suite->tasks[0].data_files.size(), 1u);
  EXPECT_EQ(suite->tasks[0].data_files.at("test").front(), "data/p.jsonl");
  EXPECT_EQ(suite->files, (std::vector<std::string>{"suite.yaml", "data/p.jsonl", "data/sums.jsonl",
                                                    "tasks/base/one.yaml", "tasks/base/two.yaml",
                                                    "tasks/particle.yaml"}));
}

TEST(Suite, RefusesIncludesThatLeadAstray) {
  const auto include = [](const std::string& path) {
    return refusal(with_tasks("  - {include: " + path + ", axis: korean}\n" + sums));
  };
  EXPECT_EQ(include("../x.yaml"),
            "suite.yaml:5:15: key 'include': '../x.yaml' leads outside the suite's folder");
  EXPECT_EQ(include("a/../../x.yaml"),
            "suite.yaml:5:15: key 'include': 'a/../../x.yaml' leads outside the suite's folder");
  EXPECT_EQ(include("/etc/x.yaml"),
            "suite.yaml:5:15: key 'include': '/etc/x.yaml' is absolute; a suite's files lie beside "
            "it");
  EXPECT_EQ(include("tasks/"), "suite.yaml:5:15: key 'include': 'tasks/' is a folder");
  EXPECT_EQ(include("'a\\b'"),
            "suite.yaml:5:15: key 'include': 'a\\b' holds a character that no path may hold");
  EXPECT_EQ(include("''"), "suite.yaml:5:15: key 'include': '' is no path");
  EXPECT_EQ(include("gone.yaml"), "suite.yaml:5:15: key 'include': gone.yaml: no such file");
  EXPECT_EQ(include("suite.yaml"), "suite.yaml:5:15: key 'include': 'suite.yaml' includes itself");
  MemoryFiles files = national();
  files.set("tasks/particle.yaml", "include: other.yaml\n");
  files.set("tasks/other.yaml", "task: x\ninclude: particle.yaml\n");
  EXPECT_EQ(refusal(with_tasks(included), files),
            "tasks/other.yaml:2:10: key 'include': 'tasks/particle.yaml' includes itself");
  files.set("tasks/particle.yaml",
            changed(particle, "num_fewshot: 2", "process_docs: !function u.f"));
  EXPECT_EQ(refusal(with_tasks(included), files),
            "tasks/particle.yaml:3:15: `!function` needs Python, which no task file runs "
            "here; write the task without it");
}

TEST(Suite, NamesTheFileOfAnIncludedKey) {
  MemoryFiles files = national();
  files.set("tasks/particle.yaml", changed(particle, "num_fewshot: 2", "num_fewshot: two"));
  EXPECT_EQ(refusal(with_tasks(included), files),
            "tasks/particle.yaml:3:14: key 'num_fewshot': expected an integer, got a string");
  files.set("tasks/particle.yaml", changed(particle, "num_fewshot: 2", "num_fewshots: 2"));
  EXPECT_EQ(refusal(with_tasks(included), files),
            "tasks/particle.yaml:3:1: key 'num_fewshots': unknown, did you mean 'num_fewshot'?");
}

TEST(Suite, ReadsTheItemsThatChanged) {
  const std::string tasks = std::string("tasks:\n") + included + sums;
  MemoryFiles files = national();
  files.set("suite.yaml", head + tasks +
                              "changed:\n"
                              "  - {task: sums, item: 12, reason: wrong answer}\n"
                              "  - {task: sums, item: '12a', reason: typing error}\n");
  const auto suite = load_suite("suite.yaml", files);
  ASSERT_TRUE(suite) << suite.error().message;
  EXPECT_EQ(suite->changed, (std::vector<ChangedItem>{{"sums", "12", "wrong answer"},
                                                      {"sums", "12a", "typing error"}}));
  const auto changes = [&](const std::string& list) {
    return refusal(head + tasks + "changed: " + list);
  };
  EXPECT_EQ(changes("[{task: sum, item: 1, reason: x}]"),
            "suite.yaml:11:18: key 'changed[0].task': the suite has no task 'sum'");
  EXPECT_EQ(changes("[{task: sums, item: 1}]"),
            "suite.yaml:11:11: key 'changed[0]': the key 'reason' is missing");
  EXPECT_EQ(changes("[{task: sums, item: 1, reason: ''}]"),
            "suite.yaml:11:41: key 'changed[0].reason': a change needs a reason");
  EXPECT_EQ(changes("[{task: sums, item: 1.5, reason: x}]"),
            "suite.yaml:11:30: key 'changed[0].item': expected a string, got a number");
  EXPECT_EQ(changes("[{task: sums, item: 1, reason: x}, {task: sums, item: '1', reason: y}]"),
            "suite.yaml:11:45: key 'changed[1]': the item '1' is listed twice");
}

TEST(Suite, DigestIsTheTreeHeadOverItsFiles) {
  MemoryFiles files = national();
  const Suite suite = load_suite("suite.yaml", files).value();
  std::vector<Digest> leaves;
  for (const std::string& path : suite.files) {
    const std::string content = files.read(path, 0, *files.size(path)).value();
    ByteWriter leaf;
    leaf.text(path);
    leaf.u64(content.size());
    leaf.digest(sha256(content));
    leaves.push_back(merkle_leaf(leaf.bytes()));
  }
  EXPECT_EQ(suite_digest(suite, files).value(), merkle_root(leaves));
  files.set("tasks/s.jsonl", "not a file of the suite");
  EXPECT_EQ(suite_digest(suite, files).value(), merkle_root(leaves));
  files.set("data/p.jsonl", "{} ");
  EXPECT_NE(suite_digest(suite, files).value(), merkle_root(leaves));
  files.remove("data/p.jsonl");
  EXPECT_EQ(suite_digest(suite, files).error().message, "data/p.jsonl: no such file");
}

}  // namespace
}  // namespace gwageo
