#include "worker/openai_options.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <string_view>
#include <utility>

#include "worker/engine_support.h"
#include "worker/model_files.h"

namespace gwageo {
namespace {

constexpr std::uint64_t bearer_bytes_max = 16384;
constexpr double request_seconds_max = 86400;

tl::unexpected<Error> bad_option(std::string message) {
  return fail(ErrorKind::bad_input, "engine openai: " + std::move(message));
}

std::string text_option(const ModelSpec& spec, const std::string& key, std::string otherwise = {}) {
  const auto found = spec.options.find(key);
  return found == spec.options.end() ? std::move(otherwise) : found->second;
}

Result<Duration> seconds_option(const ModelSpec& spec, const std::string& key, Duration otherwise) {
  const double unless_given = static_cast<double>(otherwise.microseconds) / 1e6;
  GWAGEO_ASSIGN(value, number_option(spec, key, unless_given, 0.001, request_seconds_max));
  return microseconds(static_cast<std::int64_t>(value * 1e6));
}

// One of `names`, by its index.
Result<std::size_t> choice_option(const ModelSpec& spec, const std::string& key,
                                  const std::vector<std::string>& names) {
  const std::string given = text_option(spec, key, names.front());
  const auto found = std::ranges::find(names, given);
  if (found != names.end()) return static_cast<std::size_t>(found - names.begin());
  std::string known;
  for (const std::string& name : names) known += (known.empty() ? "" : ", ") + name;
  return bad_option("option " + key + "=" + given + " is not known: " + known);
}

Result<std::string> read_url(const ModelSpec& spec) {
  std::string url = spec.path;
  while (url.ends_with('/')) url.pop_back();
  const std::size_t scheme = url.find("://");
  const std::string_view name = std::string_view(url).substr(0, scheme);
  if (scheme != std::string::npos && name != "http" && name != "https") {
    return bad_option("the URL begins with \"" + std::string(name) +
                      "://\", which is not spoken here; it has to be http:// or https://");
  }
  if (scheme == std::string::npos || url.size() == scheme + 3) {
    return bad_option("a model needs the server's URL, for instance http://127.0.0.1:8000/v1");
  }
  const std::string_view rest = std::string_view(url).substr(scheme + 3);
  if (rest.substr(0, rest.find('/')).find('@') != std::string_view::npos) {
    return bad_option("the URL holds a password, which would be on record: use token_file");
  }
  const auto is_strange = [](char c) { return c <= ' ' || c == '?' || c == '#' || c == '\x7f'; };
  if (std::ranges::any_of(rest, is_strange)) {
    return bad_option(
        "the URL ends with the path that /completions is added to: no query, no space");
  }
  return url;
}

Result<std::string> read_token(const ModelSpec& spec) {
  const std::string file = text_option(spec, "token_file");
  const std::string variable = text_option(spec, "token_environment");
  if (!file.empty() && !variable.empty()) {
    return bad_option("options token_file and token_environment exclude each other");
  }
  std::string token;
  std::string where;
  if (!file.empty()) {
    where = "token_file=" + file;
    GWAGEO_ASSIGN(content, read_small_file(file, bearer_bytes_max));
    token = std::move(content);
  } else if (!variable.empty()) {
    where = "token_environment=" + variable;
    const char* const value = std::getenv(variable.c_str());
    if (value == nullptr) return bad_option("option " + where + ": there is no such variable here");
    token = value;
  } else {
    return std::string();
  }
  while (!token.empty() && (token.back() == '\n' || token.back() == '\r' || token.back() == ' ')) {
    token.pop_back();
  }
  if (token.empty() || std::ranges::any_of(token, [](char c) { return c <= ' ' || c > '~'; })) {
    return bad_option("option " + where + ": a token is one line of visible ASCII characters");
  }
  return token;
}

Result<Json> read_extra(const ModelSpec& spec) {
  const std::string text = text_option(spec, "extra", "{}");
  const Result<Json> json = Json::parse(text);
  if (!json) return bad_option("option extra: " + json.error().message);
  if (!json->is_object())
    return bad_option("option extra must be a JSON object, such as {\"min_p\": 0}");
  // clang-format off
  for (const char* const ours : {
       "model", "prompt", "messages", "echo", "logprobs", "stream", "n", "stop", "max_tokens",
       "max_completion_tokens", "temperature", "top_p", "seed", "text", "input_ids",
       "sampling_params", "return_logprob", "logprob_start_len", "top_logprobs_num",
       "logprob_token_ids", "token_ids_logprob", "return_tokens_as_token_ids"}) {
    // clang-format on
    if (json->find(ours) != nullptr) {
      return bad_option("option extra: member \"" + std::string(ours) + "\" is set by the request");
    }
  }
  return *json;
}

Status read_ordering(const ModelSpec& spec, OpenAiOptions& options) {
  const auto found = spec.options.find("ordering");
  if (found == spec.options.end()) return {};
  const std::string& text = found->second;
  const std::size_t first = text.find('|');
  const std::size_t second = first == std::string::npos ? first : text.find('|', first + 1);
  if (!text.empty() && (second == std::string::npos || first == 0 || second == first + 1 ||
                        second + 1 == text.size() || text.find('|', second + 1) != text.npos)) {
    return bad_option("option ordering must be CONTEXT|MORE|LESS, or empty");
  }
  options.ordering_context = text.substr(0, first);
  options.ordering_more = text.empty() ? "" : text.substr(first + 1, second - first - 1);
  options.ordering_less = text.empty() ? "" : text.substr(second + 1);
  return {};
}

// How many requests go out, and for how long each is waited for.
Status read_traffic(const ModelSpec& spec, OpenAiOptions& options) {
  GWAGEO_ASSIGN(connections, count_option(spec, "connections", options.connections, 1, 4096));
  options.connections = connections;
  GWAGEO_ASSIGN(first, count_option(spec, "connections_first", connections, 1, connections));
  options.connections_first = first;
  GWAGEO_ASSIGN(connect, seconds_option(spec, "connect_seconds", options.connect_at_most));
  options.connect_at_most = connect;
  GWAGEO_ASSIGN(answer, seconds_option(spec, "answer_seconds", options.answer_at_most));
  options.answer_at_most = answer;
  if (spec.options.contains("hedge_seconds")) {
    GWAGEO_ASSIGN(hedge, number_option(spec, "hedge_seconds", 0, 0, request_seconds_max));
    options.hedge_after = microseconds(static_cast<std::int64_t>(hedge * 1e6));
  }
  GWAGEO_ASSIGN(questions, choice_option(spec, "questions", {"whole", "apart"}));
  options.asks_questions_whole = questions == 0;
  GWAGEO_ASSIGN(retries, count_option(spec, "retries", options.retries, 0, 100));
  options.retries = retries;
  return {};
}

constexpr std::array<std::string_view, 14> access_options = {
    "connections", "connections_first", "connect_seconds",   "answer_seconds",    "ordering",
    "retries",     "token_file",        "token_environment", "authority_file",    "hedge_seconds",
    "questions",   "refused_generate",  "refused_chat",      "refused_likelihood"};

const std::string refused_prefix = "refused_";
constexpr std::size_t refusal_bytes_max = 1000;

void read_refused(const ModelSpec& spec, OpenAiOptions& options) {
  for (const char* const kind : {"generate", "chat", "likelihood"}) {
    const std::string reason = text_option(spec, refused_prefix + kind);
    if (!reason.empty()) options.refused[kind] = reason;
  }
}

}  // namespace

Result<OpenAiOptions> read_openai_options(const ModelSpec& spec) {
  // clang-format off
  GWAGEO_TRY(expect_options(spec, {
      "model", "version", "token_file", "token_environment", "authority_file", "connections",
      "connections_first", "connect_seconds", "answer_seconds", "retries", "limit_field",
      "temperature", "stop_strings", "assistant_prefix", "prefix", "prefix_token", "window",
      "extra", "ordering", "hedge_seconds", "questions", "refused_generate", "refused_chat",
      "refused_likelihood"}));
  // clang-format on
  OpenAiOptions options;
  GWAGEO_ASSIGN(url, read_url(spec));
  options.url = std::move(url);
  options.root = options.url;
  if (options.root.ends_with("/v1")) options.root.resize(options.root.size() - 3);
  options.model = text_option(spec, "model");
  if (options.model.empty())
    return bad_option("option model=NAME is needed: its name at the server");
  GWAGEO_ASSIGN(token, read_token(spec));
  options.token = std::move(token);
  options.authority_file = text_option(spec, "authority_file");
  GWAGEO_TRY(read_traffic(spec, options));
  GWAGEO_ASSIGN(field, choice_option(spec, "limit_field", {"max_tokens", "max_completion_tokens"}));
  if (field == 1) options.limit_field = "max_completion_tokens";
  GWAGEO_ASSIGN(temperature, choice_option(spec, "temperature", {"sent", "omitted"}));
  options.sends_temperature = temperature == 0;
  GWAGEO_ASSIGN(stop, count_option(spec, "stop_strings", options.stop_strings, 0, 1024));
  options.stop_strings = stop;
  GWAGEO_ASSIGN(prefix, choice_option(spec, "assistant_prefix",
                                      {"refused", "sent", "continue_final_message"}));
  options.assistant_prefix = static_cast<AssistantPrefix>(prefix);
  options.prefix = text_option(spec, "prefix");
  if (spec.options.contains("prefix_token")) {
    GWAGEO_ASSIGN(token_id, count_option(spec, "prefix_token", 0, 0, 1U << 30));
    options.prefix_token = token_id;
  }
  GWAGEO_ASSIGN(window, count_option(spec, "window", 0, 0, 1U << 30));
  options.window = window;
  GWAGEO_ASSIGN(extra, read_extra(spec));
  options.extra = std::move(extra);
  GWAGEO_TRY(read_ordering(spec, options));
  read_refused(spec, options);
  return options;
}

Status check_openai_options(ModelSpec spec) {
  spec.options.erase("token_file");
  spec.options.erase("token_environment");
  GWAGEO_TRY(read_openai_options(spec));
  return {};
}

bool is_access_option(const std::string& key) {
  return std::ranges::find(access_options, key) != access_options.end();
}

void pin_refusals(const Json& findings, std::map<std::string, std::string>& options) {
  const Json* const refused = findings.find("refused");
  if (refused == nullptr || !refused->is_object()) return;
  for (const auto& [kind, why] : refused->as_object()) {
    std::string reason = why.is_string() ? why.as_string() : "";
    if (reason.size() > refusal_bytes_max) reason.resize(refusal_bytes_max);
    std::size_t bad_at = 0;
    while (!is_utf8(reason, &bad_at)) reason.resize(bad_at);
    if (!reason.empty()) options.emplace(refused_prefix + kind, std::move(reason));
  }
}

std::string without_token(std::string text, const std::string& token) {
  if (token.empty()) return text;
  constexpr std::string_view instead = "[token]";
  for (std::size_t at = text.find(token); at != std::string::npos;
       at = text.find(token, at + instead.size())) {
    text.replace(at, token.size(), instead);
  }
  return text;
}

}  // namespace gwageo
