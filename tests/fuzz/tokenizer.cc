// A tokenizer.json, and a text that it is to divide.
#include "protocol/check.h"
#include "tests/fuzz/targets.h"
#include "tests/worker/tiny_tokenizer.h"
#include "worker/text_vocabulary.h"
#include "worker/tokenizer_json.h"

namespace gwageo::fuzz {
namespace {

void run_tokenizer(std::string_view input) {
  const std::vector<std::string_view> parts = parts_of(input, 2);
  const Result<Json> json = Json::parse(parts[0]);
  if (!json) return;
  Result<VocabularyParts> read = parse_tokenizer_json(*json, "tokenizer.json");
  if (!read || !expect_tokens_below(*read, 4096, "tokenizer.json")) return;
  const TextVocabulary vocabulary(*std::move(read));
  const auto tokens = vocabulary.encode_alone(parts[1].substr(0, 256));
  if (!tokens) return;
  std::string said;
  for (const Token token : *tokens) vocabulary.decode(token, said);
  (void)vocabulary.encode_pair(parts[1].substr(0, 64), " 하나");
}

std::vector<std::string> tokenizer_seeds() {
  return {testing::tiny_tokenizer(false).dump() + "\n====\nabc 가나",
          testing::tiny_tokenizer(true).dump() + "\n====\n ab  c"};
}

}  // namespace

const Target tokenizer_target = {"tokenizer", run_tokenizer, tokenizer_seeds};

}  // namespace gwageo::fuzz
