#include "worker/tokenizer_json.h"

#include <cctype>
#include <utility>

namespace gwageo {
namespace {

constexpr std::size_t steps_max = 64;

// Reads one tokenizer.json into parts. `where` is the path of a value, "pre_tokenizer.pattern".
class TokenizerReader {
 public:
  explicit TokenizerReader(const std::string& file) : file_(file) {}

  Result<VocabularyParts> read(const Json& tokenizer) {
    if (!tokenizer.is_object()) return fail(ErrorKind::bad_input, file_ + ": not a JSON object");
    const Json* const model = tokenizer.find("model");
    if (model == nullptr) return bad("model", "is missing");
    GWAGEO_TRY(read_model(*model));
    GWAGEO_TRY(read_added(tokenizer.find("added_tokens")));
    GWAGEO_TRY(read_normalizer(tokenizer.find("normalizer"), "normalizer"));
    GWAGEO_TRY(read_pre_tokenizer(tokenizer.find("pre_tokenizer"), "pre_tokenizer"));
    GWAGEO_TRY(read_post_processor(tokenizer.find("post_processor"), "post_processor"));
    GWAGEO_TRY(read_decoder(tokenizer.find("decoder"), "decoder"));
    return std::move(parts_);
  }

 private:
  tl::unexpected<Error> bad(const std::string& where, const std::string& why) const {
    return fail(ErrorKind::bad_input, file_ + ": " + where + " " + why);
  }
  tl::unexpected<Error> unsupported(const std::string& where, const std::string& what) const {
    return bad(where, "is " + what.substr(0, 200) + ", which the builtin engine does not support");
  }
  static bool is_absent(const Json* value) { return value == nullptr || value->is_null(); }

  Result<std::string> text_of(const Json& of, const std::string& key,
                              const std::string& where) const {
    const Json* const value = of.find(key);
    if (value == nullptr || !value->is_string()) return bad(where + "." + key, "must be a text");
    return value->as_string();
  }
  Result<bool> flag_of(const Json& of, const std::string& key, bool otherwise,
                       const std::string& where) const {
    const Json* const value = of.find(key);
    if (is_absent(value)) return otherwise;
    if (!value->is_bool()) return bad(where + "." + key, "must be true or false");
    return value->as_bool();
  }
  Result<Token> token_of(const Json& value, const std::string& where) const {
    if (!value.is_integer() || value.as_integer() < 0 ||
        value.as_integer() >= static_cast<std::int64_t>(token_max)) {
      return bad(where,
                 "must be a token, a whole number from 0 to " + std::to_string(token_max - 1));
    }
    return static_cast<Token>(value.as_integer());
  }
  // Members of a Sequence, each read by `read`.
  template <class Read>
  Status each_of(const Json& of, const std::string& key, const std::string& where, Read read) {
    const Json* const list = of.find(key);
    if (list == nullptr || !list->is_array() || list->as_array().size() > steps_max) {
      return bad(where + "." + key, "must be a list of at most " + std::to_string(steps_max));
    }
    for (std::size_t i = 0; i < list->as_array().size(); ++i) {
      GWAGEO_TRY(read(&list->as_array()[i], where + "[" + std::to_string(i) + "]"));
    }
    return {};
  }

  Status read_model(const Json& model) {
    const Json* const type = model.find("type");
    if (type == nullptr || *type != Json("BPE")) {
      return unsupported("model.type", type == nullptr ? "missing" : type->dump());
    }
    for (const std::string key : {"dropout", "continuing_subword_prefix", "end_of_word_suffix"}) {
      const Json* const value = model.find(key);
      const bool is_unused =
          is_absent(value) || *value == Json("") || (value->is_number() && value->as_double() == 0);
      if (!is_unused) return unsupported("model." + key, value->dump());
    }
    GWAGEO_TRY(read_texts(model.find("vocab")));
    GWAGEO_TRY(read_merges(model.find("merges")));
    GWAGEO_ASSIGN(joins, flag_of(model, "fuse_unk", false, "model"));
    GWAGEO_ASSIGN(fallback, flag_of(model, "byte_fallback", false, "model"));
    GWAGEO_ASSIGN(whole, flag_of(model, "ignore_merges", false, "model"));
    parts_.joins_unknown = joins;
    parts_.byte_fallback = fallback;
    parts_.whole_words = whole;
    const Json* const unknown = model.find("unk_token");
    if (is_absent(unknown)) return {};
    const auto found =
        unknown->is_string() ? parts_.texts.find(unknown->as_string()) : parts_.texts.end();
    if (found == parts_.texts.end()) return bad("model.unk_token", "is not in model.vocab");
    parts_.unknown = found->second;
    return {};
  }

  Status read_texts(const Json* vocab) {
    if (vocab == nullptr || !vocab->is_object()) return bad("model.vocab", "must be an object");
    for (const auto& [text, value] : vocab->as_object()) {
      GWAGEO_ASSIGN(token, token_of(value, "model.vocab \"" + text + "\""));
      parts_.texts.emplace(text, token);
    }
    return {};
  }

  Status read_merges(const Json* list) {
    if (list == nullptr || !list->is_array()) return bad("model.merges", "must be a list");
    std::vector<Merge> merges;
    for (std::size_t i = 0; i < list->as_array().size(); ++i) {
      const Json& value = list->as_array()[i];
      const std::string where = "model.merges[" + std::to_string(i) + "]";
      GWAGEO_ASSIGN(pair, pair_of(value, where));
      const auto left = parts_.texts.find(pair.first);
      const auto right = parts_.texts.find(pair.second);
      const auto joined = parts_.texts.find(pair.first + pair.second);
      if (left == parts_.texts.end() || right == parts_.texts.end() ||
          joined == parts_.texts.end()) {
        return bad(where, "names or makes a text that is not in model.vocab");
      }
      merges.push_back(
          {left->second, right->second, static_cast<std::uint32_t>(i), joined->second});
    }
    parts_.merges = MergeTable(std::move(merges));
    return {};
  }

  Result<std::pair<std::string, std::string>> pair_of(const Json& value,
                                                      const std::string& where) const {
    if (value.is_string()) {
      const std::string& text = value.as_string();
      const std::size_t space = text.find(' ');
      if (space != std::string::npos && text.find(' ', space + 1) == std::string::npos) {
        return std::pair(text.substr(0, space), text.substr(space + 1));
      }
    } else if (value.is_array() && value.as_array().size() == 2 &&
               value.as_array()[0].is_string() && value.as_array()[1].is_string()) {
      return std::pair(value.as_array()[0].as_string(), value.as_array()[1].as_string());
    }
    return bad(where, "must be two texts, as \"a b\" or [\"a\", \"b\"]");
  }

  Status read_added(const Json* list) {
    if (is_absent(list)) return {};
    if (!list->is_array()) return bad("added_tokens", "must be a list");
    for (std::size_t i = 0; i < list->as_array().size(); ++i) {
      const Json& value = list->as_array()[i];
      const std::string where = "added_tokens[" + std::to_string(i) + "]";
      AddedToken added;
      GWAGEO_ASSIGN(text, text_of(value, "content", where));
      if (text.empty()) return bad(where + ".content", "must not be empty");
      const Json* const id = value.find("id");
      GWAGEO_ASSIGN(token, token_of(id == nullptr ? Json() : *id, where + ".id"));
      GWAGEO_ASSIGN(special, flag_of(value, "special", false, where));
      GWAGEO_ASSIGN(left, flag_of(value, "lstrip", false, where));
      GWAGEO_ASSIGN(right, flag_of(value, "rstrip", false, where));
      GWAGEO_ASSIGN(single, flag_of(value, "single_word", false, where));
      if (single) return unsupported(where + ".single_word", "true");
      parts_.added.push_back({std::move(text), token, special, left, right});
    }
    return {};
  }

  Status read_normalizer(const Json* value, const std::string& where) {
    if (is_absent(value)) return {};
    GWAGEO_ASSIGN(type, text_of(*value, "type", where));
    if (type == "Sequence") {
      return each_of(*value, "normalizers", where, [this](const Json* each, const std::string& at) {
        return read_normalizer(each, at);
      });
    }
    if (type == "Prepend") {
      GWAGEO_ASSIGN(text, text_of(*value, "prepend", where));
      parts_.rewriting.emplace_back(PrependStep{std::move(text)});
      return {};
    }
    if (type != "Replace") return unsupported(where + ".type", type);
    GWAGEO_ASSIGN(from, literal_of(*value, where));
    GWAGEO_ASSIGN(to, text_of(*value, "content", where));
    parts_.rewriting.emplace_back(ReplaceStep{std::move(from), std::move(to)});
    return {};
  }
  Result<std::string> literal_of(const Json& of, const std::string& where) const {
    const Json* const pattern = of.find("pattern");
    const Json* const text = pattern == nullptr ? nullptr : pattern->find("String");
    if (text == nullptr || !text->is_string() || text->as_string().empty()) {
      return bad(where + ".pattern", "must be {\"String\": a text}");
    }
    return text->as_string();
  }

  Status read_pre_tokenizer(const Json* value, const std::string& where) {
    if (is_absent(value)) return {};
    GWAGEO_ASSIGN(type, text_of(*value, "type", where));
    if (type == "Sequence") {
      return each_of(
          *value, "pretokenizers", where,
          [this](const Json* each, const std::string& at) { return read_pre_tokenizer(each, at); });
    }
    if (type == "Metaspace") return read_metaspace(*value, where);
    if (type == "Split") return read_split(*value, where);
    if (type == "Digits") {
      GWAGEO_ASSIGN(individual, flag_of(*value, "individual_digits", false, where));
      return add_split(individual ? "\\p{N}" : "\\p{N}+", false, where);
    }
    if (type != "ByteLevel") return unsupported(where + ".type", type);
    GWAGEO_ASSIGN(puts_space, flag_of(*value, "add_prefix_space", true, where));
    GWAGEO_ASSIGN(splits, flag_of(*value, "use_regex", true, where));
    if (puts_space) parts_.cutting.emplace_back(PutSpaceStep{});
    if (splits) GWAGEO_TRY(add_split(std::string(gpt2_pattern), false, where));
    parts_.cutting.emplace_back(BytesStep{});
    parts_.byte_level = true;
    return {};
  }

  Status read_metaspace(const Json& value, const std::string& where) {
    using Prepend = MarkSpacesStep::Prepend;
    MarkSpacesStep step;
    GWAGEO_ASSIGN(mark, text_of(value, "replacement", where));
    if (mark.empty()) return bad(where + ".replacement", "must not be empty");
    step.mark = std::move(mark);
    GWAGEO_ASSIGN(prefix, flag_of(value, "add_prefix_space", true, where));
    GWAGEO_ASSIGN(cuts, flag_of(value, "split", true, where));
    step.prepend = prefix ? Prepend::always : Prepend::never;
    step.cuts = cuts;
    if (const Json* const scheme = value.find("prepend_scheme"); !is_absent(scheme)) {
      if (*scheme == Json("always")) {
        step.prepend = Prepend::always;
      } else if (*scheme == Json("first")) {
        step.prepend = Prepend::first;
      } else if (*scheme == Json("never")) {
        step.prepend = Prepend::never;
      } else {
        return unsupported(where + ".prepend_scheme", scheme->dump());
      }
    }
    parts_.space_mark = step.mark;
    parts_.cutting.emplace_back(std::move(step));
    return {};
  }

  Status read_split(const Json& value, const std::string& where) {
    const Json* const pattern = value.find("pattern");
    const Json* const regex = pattern == nullptr ? nullptr : pattern->find("Regex");
    std::string text;
    if (regex != nullptr && regex->is_string()) {
      text = regex->as_string();
    } else {
      GWAGEO_ASSIGN(literal, literal_of(value, where));
      for (const char c : literal) {
        const bool is_plain = static_cast<unsigned char>(c) >= 0x80 || std::isalnum(c) != 0;
        text += is_plain ? std::string{c} : std::string{'\\', c};
      }
    }
    GWAGEO_ASSIGN(behavior, text_of(value, "behavior", where));
    GWAGEO_ASSIGN(invert, flag_of(value, "invert", false, where));
    if (behavior == "Isolated") return add_split(text, false, where);
    if (behavior == "Removed" && invert) return add_split(text, true, where);
    return unsupported(where + ".behavior", behavior + (invert ? " inverted" : ""));
  }
  Status add_split(const std::string& pattern, bool only_matches, const std::string& where) {
    auto regex = Regex::compile_unicode(pattern);
    if (!regex) return bad(where + ".pattern", regex.error().message);
    parts_.cutting.emplace_back(
        SplitStep{std::make_shared<const Regex>(std::move(*regex)), only_matches});
    return {};
  }

  Status read_post_processor(const Json* value, const std::string& where) {
    if (is_absent(value)) return {};
    GWAGEO_ASSIGN(type, text_of(*value, "type", where));
    if (type == "Sequence") {
      return each_of(*value, "processors", where, [this](const Json* each, const std::string& at) {
        return read_post_processor(each, at);
      });
    }
    if (type == "ByteLevel") return {};  // It moves offsets only.
    if (type != "TemplateProcessing") return unsupported(where + ".type", type);
    const Json* const tokens = value->find("special_tokens");
    bool after_text = false;
    return each_of(*value, "single", where, [&](const Json* each, const std::string& at) -> Status {
      const Json* const special = each->find("SpecialToken");
      if (special == nullptr) {
        after_text = true;
        return {};
      }
      if (after_text) return unsupported(at, "a token after the text");
      GWAGEO_ASSIGN(name, text_of(*special, "id", at));
      const Json* const token = tokens == nullptr ? nullptr : tokens->find(name);
      const Json* const ids = token == nullptr ? nullptr : token->find("ids");
      if (ids == nullptr || !ids->is_array()) {
        return bad(where + ".special_tokens", "has no ids of " + name);
      }
      for (const Json& id : ids->as_array()) {
        GWAGEO_ASSIGN(number, token_of(id, where + ".special_tokens " + name));
        parts_.prefix.push_back(number);
      }
      return {};
    });
  }

  // Decoding goes token by token (text_vocabulary.h); this finds the mark that stands for a space.
  Status read_decoder(const Json* value, const std::string& where) {
    if (is_absent(value)) return {};
    GWAGEO_ASSIGN(type, text_of(*value, "type", where));
    if (type == "Sequence") {
      return each_of(*value, "decoders", where, [this](const Json* each, const std::string& at) {
        return read_decoder(each, at);
      });
    }
    if (type == "ByteFallback" || type == "Fuse" || type == "Strip") return {};
    if (type == "ByteLevel") {
      if (!parts_.byte_level) return bad(where, "is ByteLevel, but pre_tokenizer is not");
      return {};
    }
    if (type == "Metaspace") {
      GWAGEO_ASSIGN(mark, text_of(*value, "replacement", where));
      parts_.space_mark = std::move(mark);
      return {};
    }
    if (type != "Replace") return unsupported(where + ".type", type);
    GWAGEO_ASSIGN(mark, literal_of(*value, where));
    GWAGEO_ASSIGN(content, text_of(*value, "content", where));
    if (content != " ") return unsupported(where + ".content", "not a space");
    parts_.space_mark = std::move(mark);
    return {};
  }

  const std::string& file_;
  VocabularyParts parts_;
};

}  // namespace

Result<VocabularyParts> parse_tokenizer_json(const Json& tokenizer, const std::string& file) {
  return TokenizerReader(file).read(tokenizer);
}

}  // namespace gwageo
