// Log-probabilities out of answers as servers write them, and out of answers that lack something.
#include "worker/openai_scores.h"

#include <gtest/gtest.h>

#include "worker/openai_native.h"

namespace gwageo {
namespace {

#define EXPECT_HAS(text, part) EXPECT_NE((text).find(part), std::string::npos) << (text)

Json answer(const std::string& logprobs) {
  return *Json::parse(R"({"choices":[{"text":"","logprobs":)" + logprobs + "}]}");
}

Response score(const std::string& context, const std::string& continuation,
               const std::string& logprobs) {
  return score_echo_of_text(split_text(context, continuation), answer(logprobs));
}

TEST(OpenAiScores, MovesWhiteSpaceIntoTheContinuation) {
  const SplitText split = split_text("답은 \t\xE3\x80\x80", "하나");
  EXPECT_EQ(split.context, "답은");
  EXPECT_EQ(split.continuation, " \t\xE3\x80\x80하나");
  EXPECT_EQ(split_text("A:", " B").context, "A:");
}

TEST(OpenAiScores, SumsTheContinuationOnly) {
  const Response response = score("A b", " c d", R"({"tokens":["A"," b"," c"," d"," e"],
    "token_logprobs":[null,-1,-0.5,-0.25,-7],
    "top_logprobs":[null,{"x":-0.1},{" c":-0.5},{"y":-0.2," d":-0.25},{" e":-7}]})");
  EXPECT_EQ(response.outcome, Outcome::answered) << response.error;
  EXPECT_DOUBLE_EQ(response.log_probability, -0.75);
  EXPECT_EQ(response.tokens, 2u);
  EXPECT_FALSE(response.greedy);
}

TEST(OpenAiScores, TokensOfTextAndOffsetsMayBeCharactersInPieces) {
  // The second syllable comes as three byte tokens.
  const std::string lists = R"({"tokens":["가","\uFFFD","\uFFFD","\uFFFD","다"],
    "token_logprobs":[null,-1,-2,-3,-4],"top_logprobs":[null,{"\uFFFD":-1},{"\uFFFD":-2},
    {"\uFFFD":-3},{"다":-4}],"text_offset":)";
  const Response response = score("가", "나다", lists + "[0,1,1,1,2]}");
  EXPECT_EQ(response.outcome, Outcome::answered) << response.error;
  EXPECT_DOUBLE_EQ(response.log_probability, -10);
  EXPECT_TRUE(response.greedy);
  // Offsets that count each piece as a character, as vLLM's do, fit nothing.
  const Response shifted = score("가", "나다", lists + "[0,1,2,3,4]}");
  EXPECT_EQ(shifted.outcome, Outcome::refused_by_engine) << shifted.error;
  EXPECT_HAS(shifted.error, "tokens[1]");
  const Response without = score("가", "나다", lists + "[-1,-1,-1,-1,-1]}");
  EXPECT_EQ(without.outcome, Outcome::refused_by_engine);
  EXPECT_HAS(without.error, "text_offset");
}

TEST(OpenAiScores, TakesTheChoiceThatWasAsked) {
  const auto scored = [](const std::string& choices) {
    return score_echo_of_text({"a", " b"}, *Json::parse(R"({"choices":[)" + choices + "]}"));
  };
  const auto choice = [](int index, const std::string& number) {
    return R"({"index":)" + std::to_string(index) +
           R"(,"logprobs":{"tokens":["a"," b"],"token_logprobs":[null,)" + number +
           R"(],"top_logprobs":[null,{"c":-0.5}]}})";
  };
  EXPECT_DOUBLE_EQ(scored(choice(1, "-3") + "," + choice(0, "-2")).log_probability, -2);
  for (const std::string& wrong : {choice(7, "-2"), choice(0, "-2") + "," + choice(0, "-3")}) {
    const Response response = scored(wrong);
    EXPECT_EQ(response.outcome, Outcome::engine_failed);
    EXPECT_HAS(response.error, "choices[0]");
  }
}

TEST(OpenAiScores, CollidingTextsDoNotMakeATokenGreedy) {
  const Response response = score("a", " b", R"({"tokens":["a"," b"],"token_logprobs":[null,-3],
    "top_logprobs":[null,{" b":-0.1,"c":-4}]})");
  EXPECT_FALSE(response.greedy);
}

TEST(OpenAiScores, SeesTheBeginningForWhatItIs) {
  EXPECT_EQ(score("A", " b", R"({"tokens":["<s>","A"," b"],"token_logprobs":[null,-1,-2],
    "top_logprobs":[null,{"A":-1},{" b":-2}],"text_offset":[0,3,4]})")
                .log_probability,
            -2);
  EXPECT_EQ(score("A", " b", R"({"tokens":[" A"," b"],"token_logprobs":[null,-2],
    "top_logprobs":[null,{" b":-2}]})")
                .log_probability,
            -2);
}

TEST(OpenAiScores, RefusesABoundaryInsideAToken) {
  const Response response = score("A", "bc d", R"({"tokens":["Ab","c"," d"],
    "token_logprobs":[null,-1,-2],"top_logprobs":[null,{"c":-1},{" d":-2}]})");
  EXPECT_EQ(response.outcome, Outcome::refused_by_engine);
  EXPECT_HAS(response.error,
             "boundary between context and continuation lies inside "
             "choices[0].logprobs.tokens[0]");
}

TEST(OpenAiScores, NamesWhatIsMissing) {
  const auto error = [](const std::string& logprobs) {
    const Response response = score("A", " b c", logprobs);
    EXPECT_EQ(response.outcome, Outcome::engine_failed) << logprobs;
    return response.error;
  };
  EXPECT_HAS(error("null"), "no choices[0].logprobs");
  EXPECT_HAS(error("{}"), "choices[0].logprobs.token_logprobs");
  EXPECT_HAS(error(R"({"token_logprobs":[]})"), "top_logprobs");
  EXPECT_HAS(error(R"({"token_logprobs":[null,-1],"top_logprobs":[null,{"a":-1}],
    "tokens":["A"," b"]})"),
             "ends after 3 of the 5 characters");
  EXPECT_HAS(error(R"({"token_logprobs":[null,-1,null],"top_logprobs":[null,{"a":-1},null],
    "tokens":["A"," b"," c"]})"),
             "token_logprobs[2] is no log-probability");
  EXPECT_HAS(error(R"({"token_logprobs":[null,-1,2],"top_logprobs":[null,{"a":-1},{"b":1}],
    "tokens":["A"," b"," c"]})"),
             "token_logprobs[2]");
  EXPECT_HAS(error(R"({"token_logprobs":[null,-1,-2],"top_logprobs":[null,{"a":-1},null],
    "tokens":["A"," b"," c"]})"),
             "top_logprobs[2] is empty");
  EXPECT_HAS(error(R"({"token_logprobs":[null,-1,-2],"top_logprobs":[null,{"a":-1}],
    "tokens":["A"," b"," c"]})"),
             "top_logprobs has 2 entries, not 3");
}

TEST(OpenAiScores, RefusesTextsThatDoNotFit) {
  const Response response = score("A", " b", R"({"tokens":["A"," x"],"token_logprobs":[null,-1],
    "top_logprobs":[null,{" x":-1}]})");
  EXPECT_EQ(response.outcome, Outcome::refused_by_engine);
  EXPECT_HAS(response.error, "tokens[1] is \" x\" where the prompt has \" b\"");
}

TEST(OpenAiScores, TakesMinusInfinityAsServersWriteIt) {
  const Response response = score("A", " b", R"({"tokens":["A"," b"],
    "token_logprobs":[null,-9999.0],"top_logprobs":[null,{" x":-0.1," b":-9999.0}]})");
  EXPECT_DOUBLE_EQ(response.log_probability, -9999);
}

TEST(OpenAiScores, CountsTokenIds) {
  const Json echo = answer(R"({"token_logprobs":[null,-1,-2,-9],
    "top_logprobs":[null,{"a":-1},{"b":-2},{"c":-9}]})");
  EXPECT_DOUBLE_EQ(score_echo_of_token_ids(1, 3, echo).log_probability, -3);
  const Response few = score_echo_of_token_ids(1, 5, echo);
  EXPECT_EQ(few.outcome, Outcome::engine_failed);
  EXPECT_HAS(few.error, "token_logprobs has 4 entries for a prompt of 5 tokens");
}

TEST(OpenAiScores, ReadsPromptLogprobs) {
  const Json given = *Json::parse(R"({"choices":[{"prompt_logprobs":[null,
    {"7":{"logprob":-1,"rank":1}},{"8":{"logprob":-2},"9":{"logprob":-0.5}}]}]})");
  const Response response = score_prompt_logprobs({6, 7, 8}, 1, given);
  EXPECT_DOUBLE_EQ(response.log_probability, -3);
  EXPECT_FALSE(response.greedy);
  EXPECT_TRUE(score_prompt_logprobs({6, 7, 9}, 1, given).greedy);
  EXPECT_HAS(score_prompt_logprobs({6, 7, 5}, 1, given).error,
             "prompt_logprobs[2] has no log-probability of token 5");
  EXPECT_HAS(score_prompt_logprobs({6, 7}, 1, given).error, "3 entries for a prompt of 2 tokens");
}

// As SGLang writes it: asked from the second of four tokens on, whose own number is null.
TEST(OpenAiScores, ReadsSglangsOwnForm) {
  const TokenIds ids = {1, 50, 60, 70};
  const auto score = [&](const std::string& tokens, const std::string& tops) {
    return score_native(ids, 1, 2,
                        *Json::parse(R"({"text":"","meta_info":{"id":"x","prompt_tokens":4,)"
                                     R"("input_token_logprobs":)" +
                                     tokens + R"(,"input_top_logprobs":)" + tops + "}}"));
  };
  const std::string tops = R"([null,[[-0.5,60,null]],[[-0.25,9,null]]])";
  const Response good = score("[[null,50,null],[-0.5,60,null],[-2,70,null]]", tops);
  EXPECT_EQ(good.outcome, Outcome::answered) << good.error;
  EXPECT_DOUBLE_EQ(good.log_probability, -2.5);
  EXPECT_EQ(good.tokens, 2u);
  EXPECT_FALSE(good.greedy);
  EXPECT_TRUE(score("[[null,50,null],[-0.5,60,null],[-0.25,70,null]]", tops).greedy);
  const auto error = [&](const std::string& tokens, const std::string& best) {
    const Response response = score(tokens, best);
    EXPECT_EQ(response.outcome, Outcome::engine_failed);
    return response.error;
  };
  const std::string good_tokens = "[[null,50,null],[-0.5,60,null],[-2,70,null]]";
  EXPECT_HAS(error("{}", tops), "no meta_info.input_token_logprobs");
  EXPECT_HAS(error(good_tokens, "null"), "no meta_info.input_top_logprobs");
  EXPECT_HAS(error("[[null,50,null],[-0.5,60,null]]", tops), "has 2 entries, not 3");
  EXPECT_HAS(error(good_tokens, "[null]"), "has 1 entries, not 3");
  EXPECT_HAS(error("[[null,50,null],[-0.5,61,null],[-2,70,null]]", tops), "not about token 60");
  EXPECT_HAS(error("[[null,50,null],[-0.5],[-2,70,null]]", tops), "logprobs[1] is not about");
  // Minus infinity comes as null.
  EXPECT_HAS(error("[[null,50,null],[null,60,null],[-2,70,null]]", tops), "no log-probability");
  EXPECT_HAS(error("[[null,50,null],[0.5,60,null],[-2,70,null]]", tops), "no log-probability");
  EXPECT_HAS(error(good_tokens, "[null,[],[[-0.25,9,null]]]"), "top_logprobs[1] is empty");
}

TEST(OpenAiScores, ReadsTokenIdsOutOfSglangsOwnForm) {
  const auto read = [](const std::string& text) { return read_native_tokens(*Json::parse(text)); };
  EXPECT_EQ(*read(R"({"meta_info":{"input_token_logprobs":[[null,1,null],[-1,5,"a"]]}})"),
            (TokenIds{1, 5}));
  EXPECT_HAS(read("{}").error().message, "no meta_info.input_token_logprobs");
  EXPECT_HAS(read(R"({"meta_info":{"input_token_logprobs":[[null,-1,null]]}})").error().message,
             "no token id in meta_info.input_token_logprobs[0]");
}

}  // namespace
}  // namespace gwageo
