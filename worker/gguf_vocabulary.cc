#include "worker/gguf_vocabulary.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "worker/text_vocabulary.h"

namespace gwageo {
namespace {

constexpr std::size_t token_bytes_max = 1024;
constexpr std::string_view space_mark = "\u2581";

// Values of tokenizer.ggml.token_type.
enum TokenType : std::int64_t {
  normal = 1,
  unknown = 2,
  control = 3,
  user = 4,
  unused = 5,
  byte = 6
};

// How the words of a byte-level vocabulary are cut, by the names that llama.cpp gives the ways.
struct Cutting {
  std::string_view name;
  std::vector<std::string_view> patterns;  // One after another.
  bool whole_words;
  bool begins;  // Whether a text begins with the begin-of-text token unless told.
};
constexpr std::string_view llama3_pattern =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*)"
    R"(|\s*[\r\n]+|\s+(?!\S)|\s+)";
constexpr std::string_view qwen2_pattern =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*)"
    R"(|\s*[\r\n]+|\s+(?!\S)|\s+)";

const std::vector<Cutting>& cuttings() {
  static const std::vector<Cutting> all = {
      {"gpt-2", {gpt2_pattern}, false, false},
      {"olmo", {gpt2_pattern}, false, false},
      {"llama-bpe", {llama3_pattern}, true, true},
      {"llama3", {llama3_pattern}, true, true},
      {"qwen2", {qwen2_pattern}, false, false},
      {"smollm", {"\\p{N}", gpt2_pattern}, false, false},
  };
  return all;
}

class VocabularyReader {
 public:
  VocabularyReader(const GgufFile& file, std::size_t vocab_size)
      : file_(file), vocab_size_(vocab_size) {}

  Result<VocabularyParts> read() {
    const Json* const model = find("model");
    const bool has_scores = model != nullptr && *model == Json("llama");
    if (!has_scores && (model == nullptr || *model != Json("gpt2"))) {
      return bad("model", "must be \"llama\" or \"gpt2\"");
    }
    GWAGEO_TRY(read_tokens());
    bool begins = has_scores;
    if (has_scores) {
      GWAGEO_TRY(read_scores());
    } else {
      GWAGEO_TRY(read_merges());
      GWAGEO_ASSIGN(usual, read_cutting());
      begins = usual;
    }
    GWAGEO_TRY(read_borders(begins));
    GWAGEO_TRY(expect_tokens_below(parts_, vocab_size_, file_.path().string()));
    return std::move(parts_);
  }

 private:
  static std::string full(const std::string& key) { return "tokenizer.ggml." + key; }
  tl::unexpected<Error> bad(const std::string& key, const std::string& why) const {
    return fail(ErrorKind::bad_input, file_.path().string() + ": key \"" + full(key) + "\" " + why);
  }
  const Json* find(const std::string& key) const {
    const auto found = file_.metadata().find(full(key));
    return found == file_.metadata().end() ? nullptr : &found->second;
  }
  // A list as long as that of the tokens.
  Result<const Json::Array*> list(const std::string& key) const {
    const Json* const value = find(key);
    if (value == nullptr || !value->is_array()) return bad(key, "must be a list");
    if (value->as_array().size() != tokens_->size()) {
      return bad(key, "has " + std::to_string(value->as_array().size()) + " entries for " +
                          std::to_string(tokens_->size()) + " tokens");
    }
    return &value->as_array();
  }
  static std::string at(std::size_t i) { return "[" + std::to_string(i) + "] "; }

  Status read_tokens() {
    const Json* const tokens = find("tokens");
    if (tokens == nullptr || !tokens->is_array() || tokens->as_array().empty()) {
      return bad("tokens", "must be a list of texts");
    }
    tokens_ = &tokens->as_array();
    if (tokens_->size() > vocab_size_) {
      return bad("tokens", "has " + std::to_string(tokens_->size()) +
                               " entries, but the model has only " + std::to_string(vocab_size_) +
                               " tokens");
    }
    GWAGEO_ASSIGN(types, list("token_type"));
    for (std::size_t i = 0; i < tokens_->size(); ++i) {
      const Json& text = (*tokens_)[i];
      if (!text.is_string() || text.as_string().size() > token_bytes_max) {
        return bad("tokens", at(i) + "must be a text of at most " +
                                 std::to_string(token_bytes_max) + " bytes");
      }
      const Json& type = (*types)[i];
      if (!type.is_integer() || type.as_integer() < normal || type.as_integer() > byte) {
        return bad("token_type", at(i) + "must be a whole number from 1 to 6");
      }
      add_token(static_cast<Token>(i), text.as_string(), type.as_integer());
    }
    return {};
  }
  void add_token(Token token, const std::string& text, std::int64_t type) {
    const bool is_special = type == control || type == unknown;
    if ((is_special || type == user) && !text.empty()) {
      parts_.added.push_back({text, token, is_special, false, false});
    } else if (type == byte) {
      byte_texts_.emplace(text, token);
    } else {
      parts_.texts.emplace(text, token);  // Of equal texts the first counts.
    }
  }

  Status read_scores() {
    GWAGEO_ASSIGN(listed, list("scores"));
    std::vector<float> scores;
    for (std::size_t i = 0; i < listed->size(); ++i) {
      const Json& score = (*listed)[i];
      if (!score.is_number() || !std::isfinite(score.as_double())) {
        return bad("scores", at(i) + "must be a number");
      }
      scores.push_back(static_cast<float>(score.as_double()));
    }
    parts_.merges = MergeTable(merges_of_scores(parts_.texts, scores));
    parts_.texts.insert(byte_texts_.begin(), byte_texts_.end());
    parts_.byte_fallback = true;
    parts_.joins_unknown = true;
    GWAGEO_TRY(read_token("unknown_token_id", parts_.unknown));
    parts_.space_mark = space_mark;
    GWAGEO_ASSIGN(puts_space, flag("add_space_prefix", true));
    if (puts_space) parts_.rewriting.emplace_back(PrependStep{std::string(space_mark)});
    parts_.rewriting.emplace_back(ReplaceStep{" ", std::string(space_mark)});
    const Json* const collapses = find("remove_extra_whitespaces");
    if (collapses != nullptr && *collapses == Json(true)) {
      return bad("remove_extra_whitespaces", "is true, which the builtin engine does not support");
    }
    return {};
  }

  Status read_merges() {
    const Json* const listed = find("merges");
    if (listed == nullptr || !listed->is_array()) return bad("merges", "must be a list of texts");
    std::vector<Merge> merges;
    for (std::size_t i = 0; i < listed->as_array().size(); ++i) {
      const Json& value = listed->as_array()[i];
      const std::string text = value.is_string() ? value.as_string() : std::string();
      const std::size_t space = text.find(' ', 1);
      if (text.empty() || space == std::string::npos) {
        return bad("merges", at(i) + "must be two texts with a space between");
      }
      const auto left = parts_.texts.find(text.substr(0, space));
      const auto right = parts_.texts.find(text.substr(space + 1));
      const auto joined = parts_.texts.find(text.substr(0, space) + text.substr(space + 1));
      if (left == parts_.texts.end() || right == parts_.texts.end() ||
          joined == parts_.texts.end()) {
        return bad("merges", at(i) + "names or makes a text that is no normal token");
      }
      merges.push_back(
          {left->second, right->second, static_cast<std::uint32_t>(i), joined->second});
    }
    parts_.merges = MergeTable(std::move(merges));
    return {};
  }

  // Returns whether texts usually begin with the begin-of-text token.
  Result<bool> read_cutting() {
    const Json* const name = find("pre");
    const std::string text = name != nullptr && name->is_string() ? name->as_string() : "";
    const auto found = std::ranges::find(cuttings(), text, &Cutting::name);
    if (found == cuttings().end()) {
      std::string known;
      for (const Cutting& each : cuttings()) {
        known += (known.empty() ? "" : ", ") + std::string(each.name);
      }
      return bad("pre", "is \"" + text.substr(0, 200) + "\"; known are " + known);
    }
    for (const std::string_view pattern : found->patterns) {
      GWAGEO_ASSIGN(regex, Regex::compile_unicode(pattern));
      parts_.cutting.emplace_back(SplitStep{std::make_shared<const Regex>(std::move(regex))});
    }
    parts_.cutting.emplace_back(BytesStep{});
    parts_.whole_words = found->whole_words;
    parts_.byte_level = true;
    return found->begins;
  }

  Status read_borders(bool usually_begins) {
    std::optional<Token> begin;
    std::optional<Token> end;
    std::optional<Token> turn_end;
    GWAGEO_TRY(read_token("bos_token_id", begin));
    GWAGEO_TRY(read_token("eos_token_id", end));
    GWAGEO_TRY(read_token("eot_token_id", turn_end));
    if (!end) return bad("eos_token_id", "is missing");
    parts_.end_of_text = {*end};
    if (turn_end) parts_.end_of_text.push_back(*turn_end);
    parts_.begin_of_text = begin ? *begin : *end;
    GWAGEO_ASSIGN(begins, flag("add_bos_token", usually_begins));
    if (begins && !begin) return bad("bos_token_id", "is missing, but texts shall begin with it");
    if (begins) parts_.prefix = {*begin};
    GWAGEO_ASSIGN(ends, flag("add_eos_token", false));
    if (ends) return bad("add_eos_token", "is true, which the builtin engine does not support");
    return {};
  }

  Status read_token(const std::string& key, std::optional<Token>& to) const {
    const Json* const value = find(key);
    if (value == nullptr || *value == Json(std::int64_t{UINT32_MAX})) return {};  // "None."
    if (!value->is_integer() || value->as_integer() < 0 ||
        value->as_integer() >= static_cast<std::int64_t>(tokens_->size())) {
      return bad(key, "must be a token below " + std::to_string(tokens_->size()));
    }
    to = static_cast<Token>(value->as_integer());
    return {};
  }
  Result<bool> flag(const std::string& key, bool otherwise) const {
    const Json* const value = find(key);
    if (value == nullptr) return otherwise;
    if (!value->is_bool()) return bad(key, "must be true or false");
    return value->as_bool();
  }

  const GgufFile& file_;
  std::size_t vocab_size_;
  const Json::Array* tokens_ = nullptr;
  VocabularyParts parts_;
  TokenTexts byte_texts_;
};

}  // namespace

Result<std::unique_ptr<Vocabulary>> gguf_vocabulary(const GgufFile& file, std::size_t vocab_size) {
  GWAGEO_ASSIGN(parts, VocabularyReader(file, vocab_size).read());
  return std::make_unique<TextVocabulary>(std::move(parts));
}

}  // namespace gwageo
