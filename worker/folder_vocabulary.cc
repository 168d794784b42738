#include "worker/folder_vocabulary.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "worker/byte_vocabulary.h"
#include "worker/text_vocabulary.h"
#include "worker/tokenizer_json.h"

namespace gwageo {
namespace {

constexpr std::uint64_t tokenizer_bytes_max = std::uint64_t{64} << 20;
constexpr std::uint64_t generation_bytes_max = std::uint64_t{1} << 20;
constexpr std::uint64_t settings_bytes_max = std::uint64_t{4} << 20;

// Which tokens begin and end a text, from the files that may say so.
class Borders {
 public:
  Borders(const VocabularyParts& parts, const std::string& folder)
      : parts_(parts), folder_(folder) {}

  // A token by its number, or several.
  Status add(const Json* value, const std::string& where, std::vector<Token>& to) const {
    if (value == nullptr || value->is_null()) return {};
    for (const Json& each : value->is_array() ? value->as_array() : Json::Array{*value}) {
      if (!each.is_integer() || each.as_integer() < 0 ||
          each.as_integer() >= static_cast<std::int64_t>(token_max)) {
        return fail(ErrorKind::bad_input, folder_ + "/" + where + " must be a token or several");
      }
      to.push_back(static_cast<Token>(each.as_integer()));
    }
    return {};
  }
  // A token by its text, as tokenizer_config.json has it.
  Status add_text(const Json* value, const std::string& where, std::vector<Token>& to) const {
    if (value != nullptr && value->is_object()) value = value->find("content");
    if (value == nullptr || value->is_null()) return {};
    if (value->is_string()) {
      const std::string& text = value->as_string();
      const auto added = std::ranges::find(parts_.added, text, &AddedToken::text);
      const auto known = parts_.texts.find(text);
      if (added != parts_.added.end()) {
        to.push_back(added->token);
        return {};
      }
      if (known != parts_.texts.end()) {
        to.push_back(known->second);
        return {};
      }
    }
    return fail(ErrorKind::bad_input, folder_ + "/" + where + " is " +
                                          value->dump().substr(0, 200) +
                                          ", which is no token of tokenizer.json");
  }

 private:
  const VocabularyParts& parts_;
  const std::string& folder_;
};

// In Hugging Face's tokenizer classes for Llama the settings decide what stands before a text;
// other classes leave it to tokenizer.json.
Status apply_settings(const Json& settings, const std::string& file, VocabularyParts& parts) {
  const Json* const kind = settings.find("tokenizer_class");
  const bool decides =
      kind != nullptr &&
      (*kind == Json("LlamaTokenizer") || *kind == Json("LlamaTokenizerFast") ||
       *kind == Json("CodeLlamaTokenizer") || *kind == Json("CodeLlamaTokenizerFast"));
  if (!decides) return {};
  const Json* const ends = settings.find("add_eos_token");
  if (ends != nullptr && *ends == Json(true)) {
    return fail(ErrorKind::bad_input,
                file + ": add_eos_token is true, which the builtin engine does not support");
  }
  const Json* const begins = settings.find("add_bos_token");
  if (begins == nullptr || !begins->is_bool()) return {};
  parts.prefix.clear();
  if (begins->as_bool()) parts.prefix = {parts.begin_of_text};
  return {};
}

Status find_borders(const Json& config, const Json& generation, const Json& settings,
                    const std::string& folder, VocabularyParts& parts) {
  const Borders borders(parts, folder);
  std::vector<Token> begins;
  std::vector<Token>& ends = parts.end_of_text;
  const std::string named = "tokenizer_config.json: ";
  GWAGEO_TRY(borders.add_text(settings.find("bos_token"), named + "bos_token", begins));
  GWAGEO_TRY(borders.add(config.find("bos_token_id"), "config.json: bos_token_id", begins));
  GWAGEO_TRY(borders.add(config.find("eos_token_id"), "config.json: eos_token_id", ends));
  GWAGEO_TRY(
      borders.add(generation.find("eos_token_id"), "generation_config.json: eos_token_id", ends));
  GWAGEO_TRY(borders.add_text(settings.find("eos_token"), named + "eos_token", ends));
  if (ends.empty()) {
    return fail(ErrorKind::bad_input, folder + "/config.json: eos_token_id is missing");
  }
  begins.insert(begins.end(), parts.prefix.begin(), parts.prefix.end());
  begins.insert(begins.end(), ends.begin(), ends.end());
  parts.begin_of_text = begins.front();
  return apply_settings(settings, folder + "/tokenizer_config.json", parts);
}

}  // namespace

Result<std::optional<Json>> read_json_file(std::span<const ModelFile> files,
                                           const std::string& name, std::uint64_t bytes_max) {
  const auto found = std::ranges::find(files, name, &ModelFile::name);
  if (found == files.end()) return std::nullopt;
  GWAGEO_ASSIGN(text, read_small_file(found->path, bytes_max));
  auto json = Json::parse(text);
  if (!json) return fail(found->path.string(), json.error());
  return std::move(*json);
}

Result<std::unique_ptr<Vocabulary>> folder_vocabulary(std::span<const ModelFile> files,
                                                      const std::string& folder, const Json& config,
                                                      std::size_t vocab_size) {
  if (config.find("gwageo_vocabulary") != nullptr) {
    return make_byte_vocabulary(config, folder + "/config.json");
  }
  GWAGEO_ASSIGN(tokenizer, read_json_file(files, "tokenizer.json", tokenizer_bytes_max));
  if (!tokenizer) {
    return fail(ErrorKind::bad_input,
                folder +
                    ": no tokenizer.json, and config.json does not ask for the byte "
                    "vocabulary (\"gwageo_vocabulary\": \"bytes\")");
  }
  const std::string file = folder + "/tokenizer.json";
  GWAGEO_ASSIGN(parts, parse_tokenizer_json(*tokenizer, file));
  GWAGEO_ASSIGN(generation, read_json_file(files, "generation_config.json", generation_bytes_max));
  GWAGEO_ASSIGN(settings, read_json_file(files, "tokenizer_config.json", settings_bytes_max));
  const Json nothing;
  GWAGEO_TRY(find_borders(config, generation ? *generation : nothing,
                          settings ? *settings : nothing, folder, parts));
  GWAGEO_TRY(expect_tokens_below(parts, vocab_size, file));
  return std::make_unique<TextVocabulary>(std::move(parts));
}

}  // namespace gwageo
