// An Inspect log becomes a task and what a model said to it.
#include "benchmarks/inspect_import.h"

#include <gtest/gtest.h>

namespace gwageo::inspect {
namespace {

const std::string file = "log.json";

Json parsed(const std::string& text) { return Json::parse(text).value(); }

/// A log whose samples are `samples`.
Json log_of(const std::string& samples, int epochs = 1) {
  return parsed(
      R"({"version":2,"status":"success","eval":{"task":"kit/kmmlu","config":{"epochs":)" +
      std::to_string(epochs) +
      R"(}},"plan":{"config":{"max_tokens":9,"temperature":0.0}},"samples":)" + samples + "}");
}

std::string refusal(const Json& log) {
  const auto imported = import_log(file, log);
  return imported ? "accepted" : imported.error().message;
}

TEST(InspectImport, KeepsWhatWasSentAndWhatCameBack) {
  const auto imported = import_log(file, log_of(R"([
    {"id":"a","epoch":1,"input":"가?","choices":["x","y"],"target":"B",
     "messages":[{"role":"system","content":"be brief"},{"role":"user","content":"가?"},
                 {"role":"assistant","content":"B"}],
     "output":{"choices":[{"message":{"role":"assistant",
       "content":[{"type":"reasoning","reasoning":"hm"},{"type":"text","text":"B"}]}}]},
     "error":null},
    {"id":2,"epoch":1,"input":"나?","target":["1","one"],"messages":[],
     "output":{"choices":[]},"error":{"message":"lost"}}])"));
  ASSERT_TRUE(imported) << imported.error().message;
  EXPECT_EQ(imported->task, "kmmlu");
  EXPECT_EQ(imported->documents, 2U);
  EXPECT_EQ(imported->answers, 1U);
  EXPECT_EQ(imported->rows,
            R"({"id":"a","requests":[{"messages":[{"role":"system","content":"be brief"},)"
            R"({"role":"user","content":"가?"}]}],"choices":["x","y"],"golds":[],"targets":["B"],)"
            R"("target":"B","doc":{}})"
            "\n"
            R"({"id":2,"requests":[{"messages":[{"role":"user","content":"나?"}]}],"choices":[],)"
            R"("golds":[],"targets":["1","one"],"target":["1","one"],"doc":{}})"
            "\n");
  EXPECT_EQ(imported->outputs, "{\"task\":\"kmmlu\",\"item\":\"a\",\"repeat\":0,\"text\":\"B\"}\n");
}

TEST(InspectImport, NamesTheFieldThatIsWrong) {
  EXPECT_EQ(refusal(parsed(R"({"version":1})")), "log.json: field 'version': expected 2, got 1");
  EXPECT_EQ(refusal(log_of("[]")),
            "log.json: field 'samples': expected a list; this reads the .json form, with its "
            "samples inline");
  EXPECT_EQ(refusal(log_of(R"([{"id":"a","target":"x"}])")),
            "log.json: field 'samples[0].input': expected a text or a list of messages");
  EXPECT_EQ(refusal(log_of(R"([{"id":"a","input":"q","target":"x","epoch":2}])")),
            "log.json: field 'samples[0].epoch': expected 1 to 1");
  EXPECT_EQ(refusal(log_of(R"([{"id":"a","input":"q","target":"x"},
                               {"id":"a","input":"q","target":"x"}])")),
            "log.json: field 'samples[1].id': 'a' comes twice with epoch 1");
  EXPECT_EQ(refusal(log_of(R"([{"id":"a","input":"q","target":"x","epoch":1},
                               {"id":"a","input":"r","target":"x","epoch":2}])",
                           2)),
            "log.json: field 'samples[1].input': 'a' was asked in another way in another epoch");
  EXPECT_EQ(refusal(log_of(R"([{"id":"a","input":[{"role":"tool","content":"4"}],"target":"x"}])")),
            "log.json: field 'samples[0].input': a turn is neither system's, user's nor "
            "assistant's; a conversation with tools cannot be asked again");
}

// Its message is the likeliest choice, which read as an answer would be scored as one.
TEST(InspectImport, RefusesALogWhoseAnswersAreLogLikelihoods) {
  const std::string advice =
      "its answers are log-likelihoods, no texts; write the job with `results --format lm-eval` "
      "and import that log with --from lm-eval";
  EXPECT_EQ(refusal(log_of(R"([{"id":"a","input":"q","target":"x",
                "metadata":{"doc":{},"log_likelihoods":[[-1.5,true]]}}])")),
            "log.json: field 'samples[0].metadata.log_likelihoods': " + advice);
  // Where no item was answered, only the head of a log of ours says that nothing was generated.
  EXPECT_EQ(refusal(parsed(R"({"version":2,"eval":{"task":"t","metadata":{"gwageo":{"job":"1"}}},
                "plan":{"config":{}},"samples":[{"id":"a","input":"q","target":"x"}]})")),
            "log.json: field 'plan.config': " + advice);
}

}  // namespace
}  // namespace gwageo::inspect
