#include "worker/openai_retry.h"

#include <algorithm>
#include <string_view>

#include "protocol/json.h"
#include "worker/openai_generation.h"
#include "worker/openai_options.h"

namespace gwageo {
namespace {

constexpr Duration first_pause = milliseconds(500);
constexpr Duration pause_max = seconds(30);
constexpr Duration retry_after_min = milliseconds(250);
constexpr std::size_t message_bytes_max = 300;

// SplitMix64's finisher (Steele, Lea and Flood, 2014): every bit of the result depends on every
// bit of `x`.
std::uint64_t mix(std::uint64_t x) {
  x += 0x9e3779b97f4a7c15;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

const std::string* text_in(const Json& json, std::string_view key) {
  const Json* const found = json.find(key);
  return found != nullptr && found->is_string() ? &found->as_string() : nullptr;
}

}  // namespace

bool has_no_room(const HttpAnswer& answer) {
  if (answer.end == HttpEnd::timed_out) return true;
  return answer.end == HttpEnd::answered &&
         (answer.status == 429 || answer.status == 503 || answer.status == 504);
}

bool may_get_better(const HttpAnswer& answer) {
  switch (answer.end) {
    case HttpEnd::answered:
      return answer.status == 429 || answer.status == 500 || answer.status == 502 ||
             answer.status == 503 || answer.status == 504;
    case HttpEnd::not_reached:
    case HttpEnd::lost:
    case HttpEnd::timed_out: return true;
    case HttpEnd::too_large:
    case HttpEnd::impossible: return false;
  }
  return false;
}

std::optional<Duration> pause_before_retry(const HttpAnswer& answer, std::uint32_t tries,
                                           std::uint32_t retries_max, std::uint64_t call_token,
                                           Duration waited) {
  if (tries > retries_max || !may_get_better(answer) || waited >= waits_max) return std::nullopt;
  const Duration left = waits_max - waited;
  if (answer.retry_after) return std::min(std::max(*answer.retry_after, retry_after_min), left);
  const Duration full =
      std::min(first_pause * (std::int64_t{1} << std::min(tries - 1, 16U)), pause_max);
  const auto spread = static_cast<std::int64_t>(mix(call_token ^ mix(tries)) >> 33);
  const Duration half = microseconds(full.microseconds / 2);
  return std::min(half + microseconds(spread % (half.microseconds + 1)), left);
}

Response failure_of(const HttpAnswer& answer, std::uint32_t tries, const std::string& token) {
  std::string often = tries > 1 ? " (tried " + std::to_string(tries) + " times)" : "";
  if (answer.retry_after && *answer.retry_after > waits_max) {
    often += " (its Retry-After: " + std::to_string(answer.retry_after->microseconds / 1000000) +
             " s, longer than a worker waits)";
  }
  if (answer.end != HttpEnd::answered) {
    Response response = failed_response("the server: " + answer.error + often);
    if (answer.end == HttpEnd::timed_out) response.outcome = Outcome::timed_out;
    return response;
  }
  std::string text = "the server answered with status " + std::to_string(answer.status);
  const std::string message = message_in(answer.body, token);
  if (!message.empty()) text += ": " + message;
  const bool is_final = answer.status >= 300 && answer.status < 500 && !may_get_better(answer);
  return is_final ? refused_response(text + often) : failed_response(text + often);
}

std::string message_in(const std::string& body, const std::string& token) {
  std::string message = body;
  if (const Result<Json> json = Json::parse(body)) {
    const Json* const error = json->find("error");
    const std::string* text = error == nullptr ? nullptr : text_in(*error, "message");
    if (text == nullptr) text = text_in(*json, "error");
    if (text == nullptr) text = text_in(*json, "message");
    if (text == nullptr) text = text_in(*json, "detail");
    if (text != nullptr) message = *text;
  }
  message = without_token(std::move(message), token);
  if (message.size() > message_bytes_max) message.resize(message_bytes_max);
  std::size_t bad_at = 0;
  while (!is_utf8(message, &bad_at)) message.resize(bad_at);
  std::ranges::replace_if(
      message, [](char c) { return c >= 0 && c < ' '; }, ' ');
  return message;
}

}  // namespace gwageo
