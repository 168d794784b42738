// Layout, all numbers little-endian, text = u32 length and bytes:
//   request  = u8 1 | u8 kind | text prompt | likelihood, rolling: text continuation
//                                           | generate: limits
//                                           | chat: u32 n, n x (text role, text content) | limits
//   limits   = u32 n, n x text stop | u32 tokens_max | f64 temperature | f64 top_p | u64 seed
//   response = u8 1 | u8 outcome | text text | f64 log probability | u8 greedy | u32 tokens
//              | text error
// The first byte is the version of the layout.
#include "protocol/request.h"

#include <utility>

#include "protocol/bytes.h"

namespace gwageo {
namespace {
constexpr std::uint8_t layout_version = 1;
constexpr std::uint32_t stop_strings_max = 64;
constexpr std::uint32_t messages_max = 4096;

bool has_prompt(RequestKind kind) {
  return kind == RequestKind::generate || kind == RequestKind::likelihood;
}

bool read_messages(ByteReader& in, std::vector<ChatMessage>& messages) {
  const std::uint32_t count = in.u32();
  if (count > messages_max) return false;
  for (std::uint32_t i = 0; i < count && in.ok(); ++i) {
    ChatMessage message;
    message.role = in.text();
    message.content = in.text();
    const bool is_known =
        message.role == "system" || message.role == "user" || message.role == "assistant";
    if (!is_known) return false;
    messages.push_back(std::move(message));
  }
  return count > 0 && in.ok();
}
}  // namespace

std::string_view to_string(Outcome outcome) {
  switch (outcome) {
    case Outcome::answered: return "answered";
    case Outcome::truncated: return "truncated";
    case Outcome::refused_by_engine: return "refused_by_engine";
    case Outcome::engine_failed: return "engine_failed";
    case Outcome::timed_out: return "timed_out";
    case Outcome::worker_lost: return "worker_lost";
    case Outcome::cancelled: return "cancelled";
  }
  return "unknown";
}

std::string encode(const Request& request) {
  ByteWriter out;
  out.reserve(64 + request.prompt.size() + request.continuation.size());
  out.u8(layout_version);
  out.u8(static_cast<std::uint8_t>(request.kind));
  out.text(has_prompt(request.kind) ? std::string_view(request.prompt) : std::string_view());
  if (!is_generation(request.kind)) {
    out.text(request.continuation);
    return out.take();
  }
  if (request.kind == RequestKind::chat) {
    out.u32(static_cast<std::uint32_t>(request.messages.size()));
    for (const ChatMessage& message : request.messages) {
      out.text(message.role);
      out.text(message.content);
    }
  }
  out.u32(static_cast<std::uint32_t>(request.stop.size()));
  for (const std::string& stop : request.stop) out.text(stop);
  out.u32(request.tokens_max);
  out.f64(request.temperature);
  out.f64(request.top_p);
  out.u64(request.seed);
  return out.take();
}

std::string encode(const Response& response) {
  ByteWriter out;
  out.reserve(23 + response.text.size() + response.error.size());
  out.u8(layout_version);
  out.u8(static_cast<std::uint8_t>(response.outcome));
  out.text(response.text);
  out.f64(response.log_probability);
  out.u8(response.greedy ? 1 : 0);
  out.u32(response.tokens);
  out.text(response.error);
  return out.take();
}

Result<Request> decode_request(std::string_view bytes) {
  ByteReader in(bytes);
  Request request;
  const std::uint8_t version = in.u8();
  const std::uint8_t kind = in.u8();
  request.prompt = in.text();
  if (version != layout_version || kind > 3) {
    return fail(ErrorKind::bad_input, "request: unknown layout version or kind");
  }
  request.kind = static_cast<RequestKind>(kind);
  if (!has_prompt(request.kind) && !request.prompt.empty()) {
    return fail(ErrorKind::bad_input, "request: a prompt where its kind has none");
  }
  if (!is_generation(request.kind)) {
    request.continuation = in.text();
  } else {
    if (request.kind == RequestKind::chat && !read_messages(in, request.messages)) {
      return fail(ErrorKind::bad_input, "request: messages without a known role, none or too many");
    }
    const std::uint32_t count = in.u32();
    if (count > stop_strings_max)
      return fail(ErrorKind::bad_input, "request: too many stop strings");
    for (std::uint32_t i = 0; i < count; ++i) request.stop.emplace_back(in.text());
    request.tokens_max = in.u32();
    request.temperature = in.f64();
    request.top_p = in.f64();
    request.seed = in.u64();
  }
  if (!in.done()) return fail(ErrorKind::bad_input, "request: bytes are cut short or go on");
  return request;
}

namespace {

/// A response that lies in somebody else's bytes.
struct ResponseView {
  Outcome outcome = Outcome::answered;
  std::string_view text;
  double log_probability = 0;
  bool greedy = false;
  std::uint32_t tokens = 0;
  std::string_view error;
};

Result<ResponseView> view_response(std::string_view bytes) {
  ByteReader in(bytes);
  ResponseView response;
  const std::uint8_t version = in.u8();
  const std::uint8_t outcome = in.u8();
  response.text = in.text();
  response.log_probability = in.f64();
  const std::uint8_t greedy = in.u8();
  response.tokens = in.u32();
  response.error = in.text();
  if (!in.done() || version != layout_version || outcome >= outcome_count || greedy > 1) {
    return fail(ErrorKind::bad_input, "response: not a canonical encoding");
  }
  response.outcome = static_cast<Outcome>(outcome);
  response.greedy = greedy == 1;
  return response;
}

}  // namespace

Result<Response> decode_response(std::string_view bytes) {
  GWAGEO_ASSIGN(view, view_response(bytes));
  return Response{view.outcome, std::string(view.text), view.log_probability, view.greedy,
                  view.tokens,  std::string(view.error)};
}

Result<Outcome> outcome_of(std::string_view response_bytes) {
  GWAGEO_ASSIGN(view, view_response(response_bytes));
  return view.outcome;
}

}  // namespace gwageo
