// Whole prompts, written out by hand, and every way in which a row can be refused.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "benchmarks/suite.h"
#include "protocol/bytes.h"
#include "protocol/request.h"
#include "tests/benchmarks/memory_files.h"

namespace gwageo {
namespace {

const std::string render_head = "suite: s\nversion: 1\naxes: {a: {}}\ntasks:\n  - axis: a\n    ";
const std::string both = "dataset_kwargs: {data_files: {test: t.jsonl, dev: d.jsonl}}\n";

// One task over the rows of t.jsonl, with the examples of d.jsonl.
struct Rendered {
  Suite suite;
  std::vector<PlanEntry> entries;
  std::string refused;
};

Rendered render(const std::string& keys, const std::string& rows,
                const std::string& examples = "") {
  std::string text = render_head;
  for (const char c : both + keys) text += c == '\n' ? std::string("\n    ") : std::string(1, c);
  const MemoryFiles files = {{"suite.yaml", text}, {"t.jsonl", rows}, {"d.jsonl", examples}};
  Rendered out;
  auto suite = load_suite("suite.yaml", files);
  if (!suite) {
    out.refused = suite.error().message;
    return out;
  }
  out.suite = *suite;
  const Status status = render_plan(*suite, files, [&](PlanEntry entry) -> Status {
    out.entries.push_back(std::move(entry));
    return {};
  });
  if (!status) out.refused = status.error().message;
  return out;
}

Request request(const PlanEntry& entry, std::size_t index) {
  return decode_request(entry.requests.at(index)).value();
}

using Texts = std::vector<std::string>;

TEST(Render, MultipleChoiceWithExamplesAndADescription) {
  const Rendered plan = render(
      "task: kobest\n"
      "output_type: multiple_choice\n"
      "description: \"다음 문제를 풀어라.\\n\\n\"\n"
      "doc_to_text: \"{{paragraph.strip()}} 질문: {{question}}\\nA. {{A}}\\nB. {{B}}\\n정답：\"\n"
      "doc_to_choice: [아니오, 예]\n"
      "doc_to_target: \"{{label}}\"\n"
      "num_fewshot: 2\n"
      "fewshot_split: dev\n"
      "fewshot_config: {sampler: first_n}",
      "{\"id\":\"k1\",\"paragraph\":\" 두아 리파는 가수다. "
      "\",\"question\":\"가수인가?\",\"A\":\"가\","
      "\"B\":\"나\",\"label\":1}\n",
      "{\"paragraph\":\"해가 "
      "뜬다.\",\"question\":\"밤인가?\",\"A\":\"다\",\"B\":\"라\",\"label\":0}\n"
      "{\"paragraph\":\"비가 "
      "온다.\",\"question\":\"오는가?\",\"A\":\"마\",\"B\":\"바\",\"label\":1}\n"
      "{\"paragraph\":\"없다.\"}\n");
  ASSERT_EQ(plan.refused, "");
  ASSERT_EQ(plan.entries.size(), 1u);
  const PlanEntry& entry = plan.entries[0];
  const std::string prompt =
      "다음 문제를 풀어라.\n\n"
      "해가 뜬다. 질문: 밤인가?\nA. 다\nB. 라\n정답： 아니오\n\n"
      "비가 온다. 질문: 오는가?\nA. 마\nB. 바\n정답： 예\n\n"
      "두아 리파는 가수다. 질문: 가수인가?\nA. 가\nB. 나\n정답：";
  EXPECT_EQ(entry.item, "k1");
  ASSERT_EQ(entry.requests.size(), 2u);
  EXPECT_EQ(request(entry, 0).kind, RequestKind::likelihood);
  EXPECT_EQ(request(entry, 0).prompt, prompt);
  EXPECT_EQ(request(entry, 0).continuation, " 아니오");
  EXPECT_EQ(request(entry, 1).prompt, prompt);
  EXPECT_EQ(request(entry, 1).continuation, " 예");
  EXPECT_EQ(entry.reference, (Reference{{"예"}, {1}, {"아니오", "예"}}));
}

TEST(Render, GenerationWithExamples) {
  const Rendered plan = render(
      "task: sums\n"
      "doc_to_text: \"Q: {{a}}+{{b}}\\nA:\"\n"
      "doc_to_target: \"{{answer}}\"\n"
      "num_fewshot: 1\n"
      "fewshot_split: dev\n"
      "generation_kwargs: {until: [\"\\n\"], max_gen_toks: 8, do_sample: false}",
      "{\"a\":1,\"b\":2,\"answer\":3}\n{\"a\":4,\"b\":5,\"answer\":9}\n",
      "{\"a\":7,\"b\":8,\"answer\":15}\n");
  ASSERT_EQ(plan.refused, "");
  ASSERT_EQ(plan.entries.size(), 2u);
  EXPECT_EQ(plan.entries[1].item, "1");
  EXPECT_EQ(plan.entries[1].reference, (Reference{{"9"}, {}, {}}));
  Request expected;
  expected.prompt = "Q: 7+8\nA: 15\n\nQ: 4+5\nA:";
  expected.stop = {"\n"};
  expected.tokens_max = 8;
  EXPECT_EQ(request(plan.entries[1], 0), expected);
}

TEST(Render, LogLikelihoodPutsNothingBeforeTheTarget) {
  const Rendered plan = render(
      "task: last_word\n"
      "output_type: loglikelihood\n"
      "doc_to_text: text\n"
      "doc_to_target: \"{{' ' + word}}\"\n"
      "num_fewshot: 1\n"
      "fewshot_split: dev\n"
      "target_delimiter: ''",
      "{\"text\":\"나는 집에\",\"word\":\"간다\"}\n", "{\"text\":\"해가\",\"word\":\"뜬다\"}\n");
  ASSERT_EQ(plan.refused, "");
  const Request asked = request(plan.entries.at(0), 0);
  EXPECT_EQ(asked.kind, RequestKind::likelihood);
  EXPECT_EQ(asked.prompt, "해가 뜬다\n\n나는 집에");
  EXPECT_EQ(asked.continuation, " 간다");
  EXPECT_EQ(plan.entries[0].reference, (Reference{{" 간다"}, {}, {}}));
}

TEST(Render, KeepsComposedAndDecomposedTextAsTheyAre) {
  const std::string decomposed = "\u1112\u1161\u11AB\u3000";
  const Rendered plan =
      render("task: t\ndoc_to_text: \"{{q}}：\"\ndoc_to_target: q",
             "{\"q\":\"" + decomposed + "\"}\n{\"q\":\"한\"}\n{\"q\":\"\\ud55c\"}\n");
  ASSERT_EQ(plan.entries.size(), 3u) << plan.refused;
  EXPECT_EQ(request(plan.entries[0], 0).prompt, decomposed + "：");
  EXPECT_EQ(request(plan.entries[1], 0).prompt, "한：");
  EXPECT_EQ(request(plan.entries[2], 0).prompt, "한：");
  EXPECT_NE(plan.entries[1].item_digest, plan.entries[2].item_digest);
}

TEST(Render, TargetsAndChoicesMayBeColumnsListsAndTemplates) {
  const std::string rows =
      "{\"q\":\"Q\",\"c\":[\"x\",\"it's\"],\"n\":1,\"w\":\"it's\",\"b\":true}\n";
  const auto reference = [&](const std::string& choice, const std::string& target) {
    const Rendered plan =
        render("task: t\noutput_type: multiple_choice\ndoc_to_text: q\ndoc_to_choice: " + choice +
                   "\ndoc_to_target: " + target,
               rows);
    EXPECT_EQ(plan.refused, "");
    return plan.entries.at(0).reference;
  };
  const Reference second = {{"it's"}, {1}, {"x", "it's"}};
  for (const char* choice :
       {"c", "\"{{c}}\"", "\"{{[c[0], w]}}\"", "[x, \"it's\"]", "\"['x', \\\"{{w}}\\\"]\""}) {
    for (const char* target : {"n", "w", "b", "\"{{n}}\"", "\"{{w}}\"", "1"}) {
      EXPECT_EQ(reference(choice, target), second) << choice << " " << target;
    }
  }
}

TEST(Render, GenerationTargetsMayBeSeveral) {
  const std::string rows =
      "{\"q\":\"Q\",\"list\":[\"a\",\"2\"],\"n\":1.5,\"text\":\"[1] is a note\"}\n";
  const auto targets = [&](const std::string& target) {
    const Rendered plan = render("task: t\ndoc_to_text: q\ndoc_to_target: " + target, rows);
    return plan.refused.empty() ? plan.entries.at(0).reference.targets : Texts{plan.refused};
  };
  EXPECT_EQ(targets("list"), (Texts{"a", "2"}));
  EXPECT_EQ(targets("\"{{list}}\""), (Texts{"a", "2"}));
  EXPECT_EQ(targets("\"['x', 'y{{n}}']\""), (Texts{"x", "y1.5"}));
  EXPECT_EQ(targets("\"[not a list]\""), Texts{"[not a list]"});
  EXPECT_EQ(targets("text"), Texts{"[1] is a note"});
  EXPECT_EQ(targets("n"), Texts{"1.5"});
  EXPECT_EQ(targets("[u, v]"), (Texts{"u", "v"}));
  EXPECT_EQ(targets("\"{{q}}\"\ndoc_to_choice: [P, Q]"), Texts{"Q"});
}

TEST(Render, AnExampleWithoutAnswerHasNoDelimiters) {
  const Rendered plan = render(
      "task: t\ndoc_to_text: q\ndoc_to_target: a\nnum_fewshot: 2\nfewshot_split: dev\n"
      "fewshot_config: {sampler: first_n}",
      "{\"q\":\"Q\",\"a\":\"x\"}\n", "{\"q\":\"one\",\"a\":\"\"}\n{\"q\":\"two\",\"a\":\"y\"}\n");
  ASSERT_EQ(plan.refused, "");
  EXPECT_EQ(request(plan.entries.at(0), 0).prompt, "onetwo y\n\nQ");
}

TEST(Render, DigestsNameTheTaskTheItemAndTheRow) {
  const std::string keys = "task: t\ndoc_to_text: q\ndoc_to_target: q";
  const Rendered plan = render(keys, "{\"q\":\"a\", \"id\":5}\r\n");
  ASSERT_EQ(plan.refused, "");
  ByteWriter identity;
  identity.digest(plan.suite.tasks[0].digest);
  identity.text("5");
  identity.text("{\"q\":\"a\", \"id\":5}");
  EXPECT_EQ(plan.entries.at(0).item_digest, sha256(identity.bytes()));
  EXPECT_EQ(plan.entries[0].task, 0u);
  EXPECT_EQ(plan.entries[0].repeat, 0u);
}

std::string refusal_of_rows(const std::string& keys, const std::string& rows,
                            const std::string& examples = "") {
  return render(keys, rows, examples).refused;
}

TEST(Render, TheClusterIsAFieldOfTheRow) {
  const std::string keys = "task: t\ndoc_to_text: \"Q: {{q}}\"\ndoc_to_target: a\ncluster: c";
  const Rendered plan =
      render(keys, "{\"q\":1,\"a\":1,\"c\":\"x\"}\n{\"q\":2,\"a\":1,\"c\":\"y\"}\n");
  ASSERT_EQ(plan.refused, "");
  ASSERT_EQ(plan.entries.size(), 2U);
  EXPECT_EQ(plan.entries[0].cluster, "x");
  EXPECT_EQ(plan.entries[1].cluster, "y");
}

TEST(Render, RefusesRowsWithFileLineItemAndField) {
  const std::string keys = "task: t\ndoc_to_text: \"Q: {{q}}\"\ndoc_to_target: \"{{a}}\"";
  EXPECT_EQ(refusal_of_rows("task: t\ndoc_to_text: \"{{q}}\"\ndoc_to_target: a",
                            "{\"q\":\"x\",\"a\":1}\n\n{\"q\":\"y\",\"id\":\"z\"}\n"),
            "t.jsonl:3: task 't', item 'z': doc_to_target: the field 'a' is null");
  EXPECT_EQ(refusal_of_rows(keys, "{\"a\":1}\n"),
            "t.jsonl:1: task 't', item '0': doc_to_text: line 1, column 6 of the template: the "
            "field 'q' is undefined");
  EXPECT_EQ(refusal_of_rows(keys, "{\"q\":1,\"a\":1,\"id\":[]}\n"),
            "t.jsonl:1: task 't': the field 'id', which names items, is neither an integer nor a "
            "string with something in it");
  EXPECT_EQ(refusal_of_rows(keys + "\nitem_id: key", "{\"q\":1,\"a\":1}\n"),
            "t.jsonl:1: task 't': the field 'key', which names items, is missing");
  EXPECT_EQ(refusal_of_rows(keys + "\ncluster: passage", "{\"q\":1,\"a\":1}\n"),
            "t.jsonl:1: task 't', item '0': the field 'passage', which groups items, is missing");
  EXPECT_EQ(refusal_of_rows(keys, "{\"q\":1,\"a\":1}\n{]\n").rfind("t.jsonl:2: malformed JSON", 0),
            0u);
  EXPECT_EQ(refusal_of_rows(keys, ""), "t.jsonl: task 't': no rows");
  EXPECT_EQ(refusal_of_rows(keys, "\n\n"), "t.jsonl: task 't': no rows");
  EXPECT_EQ(refusal_of_rows(keys + "\ndescription: \"{{d}}\"", "{\"q\":1,\"a\":1}\n"),
            "t.jsonl:1: task 't', item '0': description: line 1, column 3 of the template: the "
            "field 'd' is undefined");
}

TEST(Render, RefusesEqualItemIds) {
  const std::string keys = "task: t\ndoc_to_text: q\ndoc_to_target: q";
  EXPECT_EQ(refusal_of_rows(
                keys, "{\"q\":\"a\",\"id\":1}\n{\"q\":\"b\",\"id\":2}\n\n{\"q\":\"c\",\"id\":1}\n"),
            "t.jsonl:4: task 't', item '1': the same item id as in line 1");
  EXPECT_EQ(
      refusal_of_rows(keys, "{\"q\":\"a\",\"id\":1}\n{\"q\":\"b\"}\n"),
      "t.jsonl:2: task 't', item '1': the same item id as in line 1; a row without an 'id' is "
      "named by its number, from 0");
}

TEST(Render, RefusesColumnsThatComeAndGo) {
  const std::string keys = "task: t\ndoc_to_text: q\ndoc_to_target: x";
  EXPECT_EQ(refusal_of_rows(keys, "{\"q\":\"a\",\"x\":\"b\"}\n{\"x\":\"b\"}\n"),
            "t.jsonl:2: task 't', item '1': doc_to_text: the field 'q' is null, expected a string");
  EXPECT_EQ(refusal_of_rows(keys, "{\"q\":\"a\"}\n{\"q\":\"b\",\"x\":1}\n"),
            "t.jsonl:1: task 't', item '0': doc_to_target: the field 'x' is null");
  EXPECT_EQ(refusal_of_rows(keys, "{\"q\":3}\n"),
            "t.jsonl:1: task 't', item '0': doc_to_text: the field 'q' is an integer, expected a "
            "string");
}

TEST(Render, RefusesTargetsThatAreNoChoice) {
  const auto choice = [](const std::string& target, const std::string& choices = "[가, 나]") {
    return refusal_of_rows(
        "task: t\noutput_type: multiple_choice\ndoc_to_text: q\ndoc_to_choice: " + choices +
            "\ndoc_to_target: " + target,
        "{\"id\":\"i\",\"q\":\"Q\",\"n\":2,\"w\":\"다\",\"l\":[0],\"z\":null,\"f\":1.5,"
        "\"c\":[1,2],\"e\":[],\"s\":[\"\"]}\n");
  };
  const std::string row = "t.jsonl:1: task 't', item 'i': ";
  EXPECT_EQ(choice("n"), row + "doc_to_target: 2 is no index of the 2 choices");
  EXPECT_EQ(choice("\"{{n}}\""), row + "doc_to_target: 2 is no index of the 2 choices");
  EXPECT_EQ(choice("-1"), row + "doc_to_target: -1 is no index of the 2 choices");
  EXPECT_EQ(choice("f"), row + "doc_to_target: 1.5 is no index of the 2 choices");
  EXPECT_EQ(choice("w"), row + "doc_to_target: '다' is none of the 2 choices");
  EXPECT_EQ(choice("z"), row + "doc_to_target: the field 'z' is null");
  EXPECT_EQ(choice("l"), "");
  EXPECT_EQ(choice("\"{{l + [2]}}\""), row + "doc_to_target: 2 is no index of the 2 choices");
  EXPECT_EQ(choice("e"), row + "doc_to_target: a list without right choices");
  EXPECT_EQ(choice("0", "c"), row + "doc_to_choice: choice 0 is an integer, expected a string");
  EXPECT_EQ(choice("0", "e"), row + "doc_to_choice: gives no choices");
  EXPECT_EQ(choice("0", "s"), "");
  EXPECT_EQ(choice("0", "n"), row + "doc_to_choice: expected a list, got an integer");
  EXPECT_EQ(choice("0", "w"), row + "doc_to_choice: gives no list: '다'");
  EXPECT_EQ(
      refusal_of_rows("task: t\ndoc_to_text: \"{{n}}\"\ndoc_to_choice: [가, 나]\ndoc_to_target: 0",
                      "{\"n\":1}\n"),
      "t.jsonl:1: task 't', item '0': doc_to_text: is an index of the choices, which only "
      "goes with output_type multiple_choice");
  EXPECT_EQ(refusal_of_rows("task: t\noutput_type: multiple_choice\ndoc_to_text: \"{{n}}\"\n"
                            "doc_to_choice: [가, 나]\ndoc_to_target: 0",
                            "{\"n\":\"1\"}\n{\"n\":\"x\"}\n"),
            "t.jsonl:2: task 't', item '1': doc_to_text: is a text here and an index in the first "
            "row");
}

TEST(Render, RefusesBinaryF1OfMoreThanTwoLabels) {
  const auto labels = [](const std::string& metric, const std::string& choices) {
    return refusal_of_rows(
        "task: t\noutput_type: multiple_choice\ndoc_to_text: q\ndoc_to_choice: " + choices +
            "\ndoc_to_target: 0\nmetric_list: [{" + metric + "}]",
        "{\"q\":\"Q\"}\n");
  };
  const std::string why =
      "binary F1 is of the labels 0 and 1, and the item has 3 choices (the harness ends there as "
      "well); leave 'aggregation' out and write 'average: macro' or 'micro' beside 'metric: f1', "
      "or take acc or mcc";
  const std::string row = "t.jsonl:1: task 't', item '0': metric 'f1': ";
  EXPECT_EQ(labels("metric: f1", "[a, b]"), "");
  EXPECT_EQ(labels("metric: f1", "[a, b, c]"), row + why);
  EXPECT_EQ(labels("metric: f1, aggregation: f1", "[a, b, c]"), row + why);
  // The harness reads no `average`, whatever stands beside the aggregation.
  EXPECT_EQ(labels("metric: f1, aggregation: f1, average: macro", "[a, b, c]"), row + why);
  EXPECT_EQ(labels("metric: mcc, aggregation: f1", "[a, b, c]"),
            "t.jsonl:1: task 't', item '0': metric 'mcc': " + why);
  EXPECT_EQ(labels("metric: f1, average: macro", "[a, b, c]"), "");
  EXPECT_EQ(labels("metric: f1, average: micro", "[a, b, c]"), "");
  EXPECT_EQ(labels("metric: mcc", "[a, b, c]"), "");
  EXPECT_NE(
      refusal_of_rows("task: t\ndoc_to_text: q\ndoc_to_target: n\nmetric_list: [{metric: f1}]",
                      "{\"q\":\"Q\",\"n\":2}\n")
          .find("and the item has the label 2 ("),
      std::string::npos);
}

TEST(Render, RefusesAnswersThatAreNone) {
  const auto answer = [](const std::string& keys) {
    return refusal_of_rows(
        "task: t\ndoc_to_text: q\n" + keys,
        "{\"q\":\"Q\",\"e\":[],\"l\":[[1]],\"two\":[\"a\",\"b\"],\"blank\":\"\"}\n");
  };
  const std::string row = "t.jsonl:1: task 't', item '0': doc_to_target: ";
  EXPECT_EQ(answer("doc_to_target: e"), "");  // Nothing is right.
  EXPECT_EQ(answer("doc_to_target: l"), "");
  EXPECT_EQ(answer("doc_to_target: two\noutput_type: loglikelihood"),
            row + "several answers to one log-likelihood");
  EXPECT_EQ(answer("doc_to_target: blank\noutput_type: loglikelihood"), row + "is empty");
  EXPECT_EQ(answer("doc_to_target: blank"), "");
}

TEST(Render, EndsWithTheFirstErrorOfTheSink) {
  const MemoryFiles files = {
      {"suite.yaml", render_head + "task: t\n    doc_to_text: q\n    doc_to_target: q\n"
                                   "    dataset_kwargs: {data_files: t.jsonl}\n"},
      {"t.jsonl", "{\"q\":\"a\"}\n{\"q\":\"b\"}\n{\"q\":\"c\"}\n"}};
  const Suite suite = load_suite("suite.yaml", files).value();
  int calls = 0;
  const Status status = render_plan(suite, files, [&](PlanEntry) -> Status {
    if (++calls == 2) return fail(ErrorKind::unavailable, "full");
    return {};
  });
  EXPECT_EQ(status.error(), (Error{ErrorKind::unavailable, "full"}));
  EXPECT_EQ(calls, 2);
}

// The same rows in one file and the same keys give the same plan, byte for byte.
TEST(Render, IsAFunctionOfItsArguments) {
  std::string rows;
  for (int i = 0; i < 200; ++i) rows += "{\"q\":\"" + std::to_string(i) + "\",\"a\":\"x\"}\n";
  const std::string keys =
      "task: t\ndoc_to_text: q\ndoc_to_target: a\nnum_fewshot: 5\nfewshot_split: test";
  const Rendered first = render(keys, rows);
  const Rendered second = render(keys, rows);
  ASSERT_EQ(first.entries.size(), 200u) << first.refused;
  EXPECT_EQ(first.entries, second.entries);
  for (const PlanEntry& entry : first.entries) {
    const std::string prompt = "\n\n" + request(entry, 0).prompt;
    EXPECT_EQ(prompt.find("\n\n" + entry.item + " x"), std::string::npos) << prompt;
  }
}

}  // namespace
}  // namespace gwageo
