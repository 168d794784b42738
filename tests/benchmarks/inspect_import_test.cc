// An Inspect log becomes a task and what a model said to it.
#include "benchmarks/inspect_import.h"

#include <gtest/gtest.h>

#include "tests/benchmarks/memory_files.h"
#include "tests/benchmarks/zip_builder.h"

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

std::string refusal_of_log(const Json& log) {
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

TEST(InspectImport, SaysWhereSamplesAreMissing) {
  Json log = log_of(R"([{"id":"a","input":"x","target":"y"}])");
  log["results"]["completed_samples"] = 1;
  EXPECT_EQ(refusal_of_log(log), "accepted");
  log["results"]["completed_samples"] = 2;
  EXPECT_EQ(refusal_of_log(log),
            "log.json: field 'results.completed_samples': says 2, and 1 samples are there; a part "
            "of them is missing");
}

TEST(InspectImport, NamesTheFieldThatIsWrong) {
  EXPECT_EQ(refusal_of_log(parsed(R"({"version":1})")),
            "log.json: field 'version': expected 2, got 1");
  EXPECT_EQ(refusal_of_log(log_of("[]")),
            "log.json: field 'samples': expected a list; the .json form of a log has its samples "
            "inline");
  EXPECT_EQ(refusal_of_log(log_of(R"([{"id":"a","target":"x"}])")),
            "log.json: field 'samples[0].input': expected a text or a list of messages");
  EXPECT_EQ(refusal_of_log(log_of(R"([{"id":"a","input":"q","target":"x","epoch":2}])")),
            "log.json: field 'samples[0].epoch': expected 1 to 1");
  EXPECT_EQ(refusal_of_log(log_of(R"([{"id":"a","input":"q","target":"x"},
                               {"id":"a","input":"q","target":"x"}])")),
            "log.json: field 'samples[1].id': 'a' comes twice with epoch 1");
  EXPECT_EQ(refusal_of_log(log_of(R"([{"id":"a","input":"q","target":"x","epoch":1},
                               {"id":"a","input":"r","target":"x","epoch":2}])",
                                  2)),
            "log.json: field 'samples[1].input': 'a' was asked in another way in another epoch");
  EXPECT_EQ(refusal_of_log(
                log_of(R"([{"id":"a","input":[{"role":"tool","content":"4"}],"target":"x"}])")),
            "log.json: field 'samples[0].input': a turn is neither system's, user's nor "
            "assistant's; a conversation with tools cannot be asked again");
}

// Its message is the likeliest choice, which read as an answer would be scored as one.
TEST(InspectImport, RefusesALogWhoseAnswersAreLogLikelihoods) {
  const std::string advice =
      "its answers are log-likelihoods, no texts; write the job with `results --format lm-eval` "
      "and import that log with --from lm-eval";
  EXPECT_EQ(refusal_of_log(log_of(R"([{"id":"a","input":"q","target":"x",
                "metadata":{"doc":{},"log_likelihoods":[[-1.5,true]]}}])")),
            "log.json: field 'samples[0].metadata.log_likelihoods': " + advice);
  // Where no item was answered, only the head of a log of ours says that nothing was generated.
  EXPECT_EQ(
      refusal_of_log(parsed(R"({"version":2,"eval":{"task":"t","metadata":{"gwageo":{"job":"1"}}},
                "plan":{"config":{}},"samples":[{"id":"a","input":"q","target":"x"}]})")),
      "log.json: field 'plan.config': " + advice);
}

const char* const inspect_header =
    R"({"version":2,"status":"success","eval":{"task":"kit/kmmlu","config":{"epochs":2}},)"
    R"("plan":{"config":{"max_tokens":9,"temperature":0.0}}})";

std::string sample_of(const std::string& id, int epoch, const std::string& answer,
                      const std::string& input = "\"q\"") {
  return R"({"id":)" + id + R"(,"epoch":)" + std::to_string(epoch) + R"(,"input":)" + input +
         R"(,"target":"x","messages":[],"metadata":{"weight":NaN},)" +
         R"("output":{"choices":[{"message":{"content":")" + answer + R"("}}]}})";
}

Result<ImportedLog> of_archive(const std::vector<ZipPart>& parts) {
  const MemoryFiles files = {{"log.eval", zip_of(parts)}};
  return import_archive(files, "log.eval");
}

std::string refusal_of_log(const std::vector<ZipPart>& parts) {
  const auto imported = of_archive(parts);
  return imported ? "accepted" : imported.error().message;
}

// Inspect makes its .json of an .eval with the samples by epoch, and by id within one: numbers as
// if they had 20 digits.
TEST(InspectArchive, GivesWhatTheJsonFormOfTheLogGives) {
  const auto archive = of_archive(
      {{.name = "_journal/start.json", .data = "{}"},
       {.name = "samples/10_epoch_1.json", .data = sample_of("10", 1, "ten")},
       {.name = "samples/b_epoch_2.json", .data = sample_of("\"b\"", 2, "b2")},
       {.name = "samples/9_epoch_1.json", .data = sample_of("9", 1, "lost")},
       {.name = "samples/b_epoch_1.json", .data = sample_of("\"b\"", 1, "b1")},
       {.name = "samples/9_epoch_1.json", .data = sample_of("9", 1, "nine")},  // Asked once more.
       {.name = "summaries.json", .data = R"([{"id":"b","epoch":2},{"id":9,"epoch":1}])"},
       {.name = "header.json", .data = inspect_header}});
  ASSERT_TRUE(archive) << archive.error().message;
  std::string document = inspect_header;
  document.pop_back();
  document += ",\"samples\":[" + sample_of("9", 1, "nine") + "," + sample_of("10", 1, "ten") + "," +
              sample_of("\"b\"", 1, "b1") + "," + sample_of("\"b\"", 2, "b2") + "]}";
  const auto json = import_log("log.json", Json::parse_python(document).value());
  ASSERT_TRUE(json) << json.error().message;
  EXPECT_EQ(archive->rows, json->rows);
  EXPECT_EQ(archive->outputs, json->outputs);
  EXPECT_EQ(archive->yaml, json->yaml);
  EXPECT_EQ(archive->documents, 3U);
  EXPECT_EQ(archive->answers, 4U);
  EXPECT_NE(archive->rows.find("\"weight\": NaN"), std::string::npos) << archive->rows;
  EXPECT_EQ(archive->outputs.find(R"({"task":"kmmlu","item":"9","repeat":0,"text":"nine"})"), 0U);
}

TEST(InspectArchive, NamesTheMemberThatIsWrongOrMissing) {
  const ZipPart head = {.name = "header.json", .data = inspect_header};
  const ZipPart sample = {.name = "samples/a_epoch_1.json", .data = sample_of("\"a\"", 1, "x")};
  EXPECT_EQ(refusal_of_log(std::vector<ZipPart>{sample}),
            "log.eval: has no member 'header.json': the run has not ended; give a log that Inspect "
            "has finished or recovered");
  EXPECT_EQ(refusal_of_log(std::vector<ZipPart>{head}),
            "log.eval: has no member 'samples/...': nothing was asked");
  ZipPart bad = head;
  bad.data = R"({"version":1})";
  EXPECT_EQ(refusal_of_log({bad, sample}),
            "log.eval: member 'header.json': field 'version': expected 2, got 1");
  bad = sample;
  bad.data = R"({"id":"a","target":"x"})";
  EXPECT_EQ(refusal_of_log({head, bad}),
            "log.eval: member 'samples/a_epoch_1.json': field 'input': expected a text or a list "
            "of messages");
  bad.data = "{";
  EXPECT_EQ(refusal_of_log({head, bad}).substr(0, 65),
            "log.eval: member 'samples/a_epoch_1.json': malformed JSON at line");
  bad = sample;
  bad.checksum_xor = 1;
  EXPECT_EQ(refusal_of_log({head, bad}),
            "log.eval: member 'samples/a_epoch_1.json': its checksum is another one");
  const ZipPart list = {.name = "summaries.json",
                        .data = R"([{"id":"a","epoch":1},{"id":7,"epoch":2}])"};
  EXPECT_EQ(refusal_of_log({head, sample, list}),
            "log.eval: member 'summaries.json': names 'samples/7_epoch_2.json', which is missing");
  ZipPart piece = sample;
  piece.name = "samples/a/b_epoch_1/sample.json";
  EXPECT_EQ(refusal_of_log({head, piece}),
            "log.eval: member 'samples/a/b_epoch_1/sample.json': a sample in pieces; let Inspect "
            "make one of them: inspect log convert --to json --output-dir DIR FILE");
  const MemoryFiles files = {{"log.eval", "PK\x03\x04 but no more"}};
  EXPECT_EQ(import_archive(files, "log.eval").error().message,
            "log.eval: no zip archive, or one that is cut short: it has no end");
}

// Inspect may write a text once and a word for it where it stood: that is no prompt.
TEST(InspectImport, AnAttachmentIsWhatItStandsFor) {
  const auto imported = import_log(file, log_of(R"([
    {"id":"a","input":"attachment://77","target":"x","attachments":{"77":"a long question"}}])"));
  ASSERT_TRUE(imported) << imported.error().message;
  EXPECT_NE(imported->rows.find(R"("content":"a long question")"), std::string::npos);
  EXPECT_EQ(refusal_of_log(log_of(R"([{"id":"a","input":"attachment://78","target":"x"}])")),
            "log.json: field 'samples[0].input': the sample has no 'attachment://78'");
}

}  // namespace
}  // namespace gwageo::inspect
