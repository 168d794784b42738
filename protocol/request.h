// One model call: what is asked, what came back, and the canonical bytes of both.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/digest.h"
#include "protocol/result.h"

namespace gwageo {

/// How a request ended. Exactly one for every request; an item takes the worst of its requests.
/// The numbers are stored: never change one. A larger number is worse.
enum class Outcome : std::uint8_t {
  answered = 0,
  truncated = 1,          ///< The generation limit cut it; scored, and shown as truncated.
  refused_by_engine = 2,  ///< The engine says no and will say no again. Final.
  engine_failed = 3,      ///< Retried within a bound, then final.
  timed_out = 4,          ///< Retried within a bound, then final.
  worker_lost = 5,        ///< Retried within a bound, then final.
  cancelled = 6,
};
inline constexpr std::size_t outcome_count = 7;
/// The outcome's name as design and JSON write it, for instance "refused_by_engine".
std::string_view to_string(Outcome outcome);
/// Only these are scored: the model spoke.
constexpr bool is_scored(Outcome o) { return o == Outcome::answered || o == Outcome::truncated; }
/// These may get better when tried again.
constexpr bool is_retried(Outcome o) {
  return o == Outcome::engine_failed || o == Outcome::timed_out || o == Outcome::worker_lost;
}

enum class RequestKind : std::uint8_t {
  generate = 0,    ///< Continue `prompt` until a stop string or the limit.
  likelihood = 1,  ///< Log-probability of `continuation` after `prompt`.
  rolling = 2,     ///< Log-probability of all of `continuation`, after nothing.
  chat = 3,        ///< As generate, after `messages`; one of the assistant's last is continued.
};
/// Whether the answer is text.
constexpr bool is_generation(RequestKind kind) {
  return kind == RequestKind::generate || kind == RequestKind::chat;
}

/// One turn of a conversation.
struct ChatMessage {
  std::string role;  ///< "system", "user" or "assistant".
  std::string content;
  friend bool operator==(const ChatMessage&, const ChatMessage&) = default;
};

/// One model call, complete: an engine needs nothing else. A value.
struct Request {
  RequestKind kind = RequestKind::generate;
  std::string prompt;                 ///< Empty for rolling and chat.
  std::vector<ChatMessage> messages;  ///< chat only.
  std::string continuation;           ///< likelihood and rolling only.
  std::vector<std::string> stop;      ///< Generation only; the earliest match ends the text.
  std::uint32_t tokens_max = 256;     ///< Generation only; new tokens.
  double temperature = 0;             ///< Generation only; 0 is greedy.
  double top_p = 1;                   ///< Generation only.
  std::uint64_t seed = 0;             ///< Generation only; used where temperature > 0.
  friend bool operator==(const Request&, const Request&) = default;
};

/// What the model said. Only what every honest execution would say again: no times, no worker.
struct Response {
  Outcome outcome = Outcome::answered;
  std::string text;  ///< Generation: the new text, without the stop string. Bytes as decoded.
  double log_probability = 0;  ///< Else: natural logarithm, summed over the continuation.
  bool greedy = false;         ///< Else: every token was the most probable one.
  std::uint32_t tokens = 0;    ///< Tokens generated, or tokens of the continuation.
  std::string error;           ///< In words, where the outcome is not scored.
  friend bool operator==(const Response&, const Response&) = default;
};

/// The exact bytes that are hashed, stored and sent (layout in request.cc).
std::string encode(const Request& request);
std::string encode(const Response& response);
/// bad_input when the bytes are no canonical encoding. Foreign bytes are safe here.
Result<Request> decode_request(std::string_view bytes);
Result<Response> decode_response(std::string_view bytes);
/// The outcome in a response's canonical bytes, which are checked whole; nothing is copied.
Result<Outcome> outcome_of(std::string_view response_bytes);

}  // namespace gwageo
