#include "worker/recorded_engine.h"

#include <gtest/gtest.h>

#include "tests/worker/tiny_model.h"
#include "worker/model_files.h"

namespace gwageo {
namespace {

using testing::TemporaryFolder;

#define EXPECT_HAS(text, part) EXPECT_NE((text).find(part), std::string::npos) << (text)

struct Recorded : ::testing::Test {
  ModelSpec spec_of(std::string_view lines) {
    const std::string path = folder.write("outputs.jsonl", lines);
    return {"outputs", model_digest(path).value(), "recorded", path, {}};
  }
  std::string load_error(std::string_view lines) {
    RecordedEngine engine;
    const Status loaded = engine.load(spec_of(lines));
    if (loaded) return "loaded";
    EXPECT_HAS(loaded.error().message, "outputs.jsonl");
    return loaded.error().message;
  }
  TemporaryFolder folder;
};

Call call(std::uint64_t token, RequestKind kind, std::string item, std::uint32_t repeat,
          std::uint32_t choice) {
  Call made{token, "T", std::move(item), repeat, choice, {}};
  made.request.kind = kind;
  made.request.stop = {"o"};
  made.request.tokens_max = 1;
  return made;
}

TEST_F(Recorded, PlaysBackWhatWasRecorded) {
  const std::string large(300'000, 'o');
  RecordedEngine engine;
  const Status loaded =
      engine.load(spec_of(R"({"task":"T","item":"b","choice":1,"logprob":-2.5,"greedy":true})"
                          "\n"
                          R"({"task":"T","item":"b","choice":0,"logprob":-1,"greedy":false})"
                          "\n\n"
                          R"({"task":"T","item":7,"repeat":0,"text":"한국 hello"})"
                          "\r\n"
                          R"({"task":"T","item":"7","repeat":1,"text":""})"
                          "\n"
                          R"({"task":"U","item":"7","text":"another task"})"
                          "\n"
                          R"({"task":"T","item":"large","repeat":0,"text":")" +
                          large + "\"}"));
  ASSERT_TRUE(loaded) << loaded.error().message;
  engine.start(call(1, RequestKind::likelihood, "b", 0, 1));
  engine.start(call(2, RequestKind::likelihood, "b", 0, 0));
  engine.start(call(3, RequestKind::generate, "7", 0, 0));
  engine.start(call(4, RequestKind::generate, "7", 1, 0));
  engine.start(call(5, RequestKind::generate, "large", 0, 0));
  engine.start(call(6, RequestKind::likelihood, "b", 0, 2));
  engine.start(call(7, RequestKind::generate, "7", 2, 0));
  engine.start(call(8, RequestKind::generate, "b", 0, 0));
  engine.wait(seconds(60));
  const auto done = engine.step();
  ASSERT_EQ(done.size(), 8u);
  EXPECT_EQ(done[0].token, 1u);
  EXPECT_EQ(done[0].response.log_probability, -2.5);
  EXPECT_TRUE(done[0].response.greedy);
  EXPECT_EQ(done[1].response.log_probability, -1);
  EXPECT_FALSE(done[1].response.greedy);
  EXPECT_EQ(done[2].response.text, "한국 hello")
      << "recorded text is final: no stop string, no cut";
  EXPECT_EQ(done[2].response.outcome, Outcome::answered);
  EXPECT_EQ(done[3].response.text, "");
  EXPECT_EQ(done[4].response.text, large);
  EXPECT_EQ(done[5].response.outcome, Outcome::refused_by_engine);
  EXPECT_EQ(done[5].response.error, "no recorded output for task T item b repeat 0 choice 2");
  EXPECT_EQ(done[6].response.error, "no recorded output for task T item 7 repeat 2");
  EXPECT_EQ(done[7].response.outcome, Outcome::refused_by_engine);
  EXPECT_TRUE(engine.step().empty());
}

TEST_F(Recorded, NamesLineAndFieldOfABadRow) {
  const std::string good = R"({"task":"T","item":"a","repeat":0,"text":"x"})"
                           "\n";
  EXPECT_EQ(load_error(good), "loaded");
  const auto second = [&](const std::string& row) { return load_error(good + row + "\n"); };
  EXPECT_HAS(second("{"), "outputs.jsonl:2: malformed JSON at column 2");
  EXPECT_HAS(second("[]"), ":2: not a JSON object");
  EXPECT_HAS(second(R"({"item":"b","text":"x"})"), ":2: field \"task\"");
  EXPECT_HAS(second(R"({"task":"T","text":"x"})"), "field \"item\"");
  EXPECT_HAS(second(R"({"task":"T","item":1.5,"text":"x"})"), "field \"item\"");
  EXPECT_HAS(second(R"({"task":"T","item":"b","text":5})"), "field \"text\"");
  EXPECT_HAS(second(R"({"task":"T","item":"b","repeat":-1,"text":"x"})"), "field \"repeat\"");
  EXPECT_HAS(second(R"({"task":"T","item":"b","repeat":4294967296,"text":"x"})"), "\"repeat\"");
  EXPECT_HAS(second(R"({"task":"T","item":"b","text":"x","score":1})"), "unknown field \"score\"");
  EXPECT_HAS(second(R"({"task":"T","item":"b","text":"x","choice":0})"),
             "unknown field \"choice\"");
  EXPECT_HAS(second(R"({"task":"T","item":"b"})"), "neither field \"text\" nor field \"logprob\"");
  EXPECT_HAS(second(R"({"task":"T","item":"b","logprob":-1,"greedy":true})"), "field \"choice\"");
  EXPECT_HAS(second(R"({"task":"T","item":"b","choice":0,"logprob":-1})"), "field \"greedy\"");
  EXPECT_HAS(second(R"({"task":"T","item":"b","choice":0,"logprob":0.5,"greedy":true})"),
             "field \"logprob\"");
  EXPECT_HAS(second(R"({"task":"T","item":"b","choice":0,"logprob":1e999,"greedy":true})"), ":2: ");
  EXPECT_HAS(second("{\"task\":\"T\",\"item\":\"b\",\"text\":\"\xff\"}"),
             ":2: not UTF-8 at column");
  EXPECT_HAS(second(R"({"task":"T","item":"b","text":"x","text":"y"})"), "twice");
}

TEST_F(Recorded, RefusesAFileWithoutRows) {
  for (const char* empty : {"", "\n", " \r\n\n"}) {
    EXPECT_HAS(load_error(empty), "outputs.jsonl: holds no recorded output");
  }
}

TEST_F(Recorded, RefusesTwoRowsForOneRequest) {
  EXPECT_HAS(load_error(R"({"task":"T","item":"1","text":"x"})"
                        "\n"
                        R"({"task":"T","item":"2","text":"x"})"
                        "\n"
                        R"({"task":"T","item":1,"repeat":0,"text":"y"})"),
             "lines 1 and 3 both give task T item 1 repeat 0");
  const std::string row = R"({"task":"T","item":"1","choice":3,"logprob":-1,"greedy":true})"
                          "\n";
  EXPECT_HAS(load_error(row + row), "lines 1 and 2 both give task T item 1 repeat 0 choice 3");
}

TEST_F(Recorded, VerifiesTheDigestOfTheBytesItParsed) {
  ModelSpec spec = spec_of("");
  folder.write("outputs.jsonl", "\n");
  RecordedEngine engine;
  const Status loaded = engine.load(spec);
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().kind, ErrorKind::corrupt);
  spec.path = folder.path().string();
  EXPECT_HAS(RecordedEngine().load(spec).error().message, "a folder");
  spec.path += "/none";
  EXPECT_EQ(RecordedEngine().load(spec).error().kind, ErrorKind::not_found);
  spec.options["batch"] = "1";
  EXPECT_HAS(RecordedEngine().load(spec).error().message, "unknown option \"batch\"");
}

TEST_F(Recorded, CancelsWhatWaits) {
  RecordedEngine engine;
  ASSERT_TRUE(engine.load(spec_of(R"({"task":"T","item":"1","text":"x"})")));
  engine.start(call(9, RequestKind::generate, "a", 0, 0));
  engine.cancel_all();
  const auto done = engine.step();
  ASSERT_EQ(done.size(), 1u);
  EXPECT_EQ(done[0].token, 9u);
  EXPECT_EQ(done[0].response.outcome, Outcome::cancelled);
  engine.wake();
  engine.wait(seconds(3600));
}

}  // namespace
}  // namespace gwageo
