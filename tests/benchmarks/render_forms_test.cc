// The forms of asking that the first version had not: contexts for each choice, several right
// choices, choices asked alone, rolling likelihoods, prefixes, repeats and chats. Expected prompts
// follow lm-eval's rules (fewshot_context, build_qa_turn, construct_requests) by hand.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "benchmarks/suite.h"
#include "protocol/request.h"
#include "tests/benchmarks/memory_files.h"

namespace gwageo {
namespace {

struct Asked {
  std::vector<PlanEntry> entries;
  std::string refused;
  Request request(std::size_t entry, std::size_t index = 0) const {
    return decode_request(entries.at(entry).requests.at(index)).value();
  }
};

Asked ask(const std::string& keys, const std::string& rows, const std::string& examples = "") {
  std::string text = "suite: s\nversion: 1\naxes: {a: {}}\ntasks:\n  - axis: a\n    ";
  for (const char c :
       "task: t\ndataset_kwargs: {data_files: {test: t.jsonl, dev: d.jsonl}}\n" + keys) {
    text += c == '\n' ? std::string("\n    ") : std::string(1, c);
  }
  const MemoryFiles files = {{"suite.yaml", text}, {"t.jsonl", rows}, {"d.jsonl", examples}};
  Asked out;
  auto suite = load_suite("suite.yaml", files);
  if (!suite) return {{}, suite.error().message};
  const Status status = render_plan(*suite, files, [&](PlanEntry entry) -> Status {
    out.entries.push_back(std::move(entry));
    return {};
  });
  if (!status) out.refused = status.error().message;
  return out;
}

TEST(RenderForms, ContextsMayBeTheChoices) {
  const Asked asked =
      ask("output_type: multiple_choice\n"
          "doc_to_text: label\ndoc_to_target: \"{{end}}\"\n"
          "doc_to_choice: \"{{[a + ' is', b + ' is']}}\"\n"
          "num_fewshot: 1\nfewshot_split: dev\nfewshot_config: {sampler: first_n}\n",
          R"({"label":1,"a":"Ann","b":"Bob","end":"late."})"
          "\n",
          R"({"label":0,"a":"Cid","b":"Dan","end":"tall."})"
          "\n");
  ASSERT_EQ(asked.refused, "");
  ASSERT_EQ(asked.entries.at(0).requests.size(), 2u);
  EXPECT_EQ(asked.request(0, 0).prompt, "Cid is tall.\n\nAnn is");
  EXPECT_EQ(asked.request(0, 1).prompt, "Cid is tall.\n\nBob is");
  EXPECT_EQ(asked.request(0, 1).continuation, " late.");
  EXPECT_EQ(asked.entries[0].reference, (Reference{{"Bob is"}, {1}, {"Ann is", "Bob is"}}));
}

TEST(RenderForms, SeveralChoicesMayBeRight) {
  const Asked asked =
      ask("output_type: multiple_choice\ndoc_to_text: q\ndoc_to_choice: [x, y, z]\n"
          "doc_to_target: right",
          "{\"q\":\"Q\",\"right\":[0,2]}\n");
  ASSERT_EQ(asked.refused, "");
  EXPECT_EQ(asked.entries[0].reference, (Reference{{"x", "z"}, {0, 2}, {"x", "y", "z"}}));
}

TEST(RenderForms, PrefixesBeginTheAnswer) {
  const std::string keys =
      "output_type: multiple_choice\ndoc_to_text: q\ndoc_to_choice: [x, y]\ndoc_to_target: n\n"
      "gen_prefix: \"{{p}}\"\nnum_fewshot: 1\nfewshot_split: dev\n";
  Asked asked =
      ask(keys, "{\"q\":\"Q\",\"n\":0,\"p\":\"So:\"}\n", "{\"q\":\"E\",\"n\":1,\"p\":\"Thus\"}\n");
  ASSERT_EQ(asked.refused, "");
  EXPECT_EQ(asked.request(0).prompt, "E Thus y\n\nQ So:");
  EXPECT_EQ(asked.request(0).continuation, " x");
  asked =
      ask(keys, "{\"q\":\"Q \",\"n\":0,\"p\":\" So\"}\n", "{\"q\":\"E\",\"n\":1,\"p\":\"T \"}\n");
  EXPECT_EQ(asked.request(0).prompt, "E T y\n\nQ  So");
  asked = ask(keys +
                  "fewshot_config: {gen_prefix: null, target_delimiter: '=', "
                  "fewshot_delimiter: ';', doc_to_choice: [u, v]}",
              "{\"q\":\"Q\",\"n\":0,\"p\":\"So:\"}\n", "{\"q\":\"E\",\"n\":1,\"p\":\"Thus\"}\n");
  EXPECT_EQ(asked.request(0).prompt, "E=v;Q So:");
}

TEST(RenderForms, RollingAsksForTheWholeText) {
  const Asked asked =
      ask("output_type: loglikelihood_rolling\ndoc_to_text: ''\n"
          "doc_to_target: \"{{page}}\"\nmetric_list: [{metric: word_perplexity}]",
          "{\"page\":\"a b\\nc\"}\n");
  ASSERT_EQ(asked.refused, "");
  EXPECT_EQ(asked.request(0).kind, RequestKind::rolling);
  EXPECT_EQ(asked.request(0).continuation, "a b\nc");
  EXPECT_EQ(asked.entries[0].reference.targets, std::vector<std::string>{"a b\nc"});
}

TEST(RenderForms, RepeatsDifferInTheirSeedAlone) {
  const std::string keys = "doc_to_text: q\ndoc_to_target: q\nrepeats: 3\n";
  Asked asked = ask(keys, "{\"q\":\"a\"}\n{\"q\":\"b\"}\n");
  ASSERT_EQ(asked.entries.size(), 6u) << asked.refused;
  for (std::size_t i = 0; i < 6; ++i) {
    EXPECT_EQ(asked.entries[i].repeat, i % 3);
    EXPECT_EQ(asked.entries[i].item, std::to_string(i / 3));
    EXPECT_EQ(asked.entries[i].requests, asked.entries[i / 3 * 3].requests);
  }
  asked = ask(keys + "generation_kwargs: {temperature: 0.5}", "{\"q\":\"a\"}\n");
  ASSERT_EQ(asked.entries.size(), 3u) << asked.refused;
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(asked.request(i).seed, 1234 + i);
    EXPECT_EQ(asked.request(i).temperature, 0.5);
  }
}

TEST(RenderForms, ChatsAreMessages) {
  const std::string keys =
      "description: \"D.\"\ndoc_to_text: q\ndoc_to_target: a\nnum_fewshot: 1\nfewshot_split: dev\n"
      "system_instruction: S\napply_chat_template: true\n";
  const std::string row = "{\"q\":\"Q?\",\"a\":\"x\"}\n";
  const std::string example = "{\"q\":\"E?\",\"a\":\"y\"}\n";
  using Messages = std::vector<ChatMessage>;
  Asked asked = ask(keys, row, example);
  ASSERT_EQ(asked.refused, "");
  EXPECT_EQ(asked.request(0).kind, RequestKind::chat);
  EXPECT_EQ(asked.request(0).messages, (Messages{{"system", "S\n\nD."}, {"user", "E? y\n\nQ?"}}));
  EXPECT_EQ(
      ask(keys + "fewshot_as_multiturn: true\ngen_prefix: 'So:'", row, example).request(0).messages,
      (Messages{{"system", "S\n\nD."},
                {"user", "E?"},
                {"assistant", "So: y"},
                {"user", "Q?"},
                {"assistant", "So:"}}));
  EXPECT_EQ(ask(keys + "gen_prefix: 'So:'", row, example).request(0).messages,
            (Messages{{"system", "S\n\nD."}, {"user", "E? So: y\n\nQ?"}, {"assistant", "So:"}}));
  EXPECT_EQ(ask("doc_to_text: q\ndoc_to_target: a\nfewshot_as_multiturn: true", row).refused,
            "suite.yaml:10:27: key 'fewshot_as_multiturn': needs 'apply_chat_template: true'");
  EXPECT_NE(ask("output_type: multiple_choice\ndoc_to_choice: [a]\ndoc_to_text: q\n"
                "doc_to_target: 0\napply_chat_template: true",
                row)
                .refused.find("import the plan"),
            std::string::npos);
}

}  // namespace
}  // namespace gwageo
