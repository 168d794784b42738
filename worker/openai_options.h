// What a person says about an OpenAI-compatible server: its URL (the model's path) and the options
// of the engine `openai`.
//
//   model=NAME            needed: the model's name at the server
//   version=TEXT          which version the server claims to serve; only declared
//   token_file=FILE       the bearer token is the content of this file, on the worker's machine
//   token_environment=VAR the bearer token is in this variable of the worker's environment
//   authority_file=FILE   certificates (PEM) of those who may vouch for an https server, in place
//   of
//                         the system's, on the worker's machine
//   connections=N         requests in flight at most (32); half as many when the server has no room
//   connections_first=N   so many to begin with, and more while answers come faster by it (all)
//   connect_seconds=S     for a connection to come about (10)
//   answer_seconds=S      for an answer, from the first byte sent to the last one read (600)
//   hedge_seconds=S       what has not been answered for so long goes out once more, and the first
//                         answer counts; only where the answer is determined (0: never)
//   questions=WHAT        whole: the choices of a question in one request, where the server says
//   how
//                         probable tokens of our choosing are and that proves to be the same;
//                         apart: one by one (whole)
//   retries=N             of one request that may get better (5)
//   limit_field=NAME      max_tokens, or max_completion_tokens as reasoning models want (chat only)
//   temperature=WHAT      sent, or omitted as some reasoning models want
//   stop_strings=N        how many stop strings the server takes (4); ours are applied in any case
//   assistant_prefix=WHAT how the server continues a conversation that ends with the assistant:
//                         refused (unless given), sent as it is, or continue_final_message (vLLM)
//   prefix=TEXT           what an empty context stands for where prompts go as text, e.g. <s>
//   prefix_token=ID       the same where prompts go as token ids
//   window=N              tokens that the model sees at a time, where the server does not say
//   extra=JSON            an object whose members are added to every request to the model
//   refused_KIND=REASON   that kind of request (generate, chat, likelihood) is not asked there,
//                         whatever the worker's own probe finds: what `model add` found
//   ordering=A|B|C        after A, a working model finds B more probable than C; empty: not asked
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "protocol/json.h"
#include "protocol/model_spec.h"
#include "protocol/result.h"
#include "protocol/time.h"

namespace gwageo {

/// How a conversation is asked for whose last message is the beginning of the answer.
enum class AssistantPrefix : std::uint8_t { refused, sent, continued };

/// A value. The token is here and in the header that carries it, nowhere else.
struct OpenAiOptions {
  std::string url;   ///< Without a slash at the end, for instance http://127.0.0.1:8000/v1.
  std::string root;  ///< The same without /v1: where vLLM has /tokenize.
  std::string model;
  std::string token;           ///< Empty: none.
  std::string authority_file;  ///< Empty: the system's authorities.
  std::uint32_t connections = 32;
  std::uint32_t connections_first = 32;
  Duration connect_at_most = seconds(10);
  Duration answer_at_most = seconds(600);
  Duration hedge_after;  ///< Zero: never.
  bool asks_questions_whole = true;
  std::uint32_t retries = 5;
  std::string limit_field = "max_tokens";
  bool sends_temperature = true;
  std::uint32_t stop_strings = 4;
  AssistantPrefix assistant_prefix = AssistantPrefix::refused;
  std::string prefix;
  std::optional<std::uint32_t> prefix_token;
  std::uint32_t window = 0;  ///< Tokens; 0: not said.
  Json extra = Json::object();
  /// Why requests of a kind are refused from the beginning, by the names of RequestKind.
  std::map<std::string, std::string> refused;
  std::string ordering_context = "The capital of France is";
  std::string ordering_more = " Paris";
  std::string ordering_less = " banana";
};

/// bad_input, naming the option; not_found or io for a token file that cannot be read. No error
/// holds the token.
Result<OpenAiOptions> read_openai_options(const ModelSpec& spec);

/// The same without the token, which need not be on this machine.
Status check_openai_options(ModelSpec spec);

/// Whether an option says where, how fast or whether the server is asked, not what it answers: such
/// options are no part of a model's digest.
bool is_access_option(const std::string& key);

/// Puts what the engine refuses (`findings`, as its findings() are) into the options that make
/// every worker refuse it; what is said there already stays.
void pin_refusals(const Json& findings, std::map<std::string, std::string>& options);

/// `text` with every occurrence of the token replaced, so that it may be shown.
std::string without_token(std::string text, const std::string& token);

}  // namespace gwageo
