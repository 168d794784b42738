#include "worker/paced_engine.h"

#include <algorithm>
#include <cmath>
#include <string_view>

#include "protocol/check.h"
#include "protocol/quick_hash.h"
#include "worker/engine_support.h"

namespace gwageo {
namespace {

constexpr double milliseconds_max = 86'400'000;
constexpr std::size_t calls_a_step = 4096;
constexpr Duration looks_at_end_every = milliseconds(100);

Duration from_milliseconds(double value) {
  return {static_cast<std::int64_t>(std::llround(value * 1000))};
}

// `count` characters that differ from request to request: its seed, then letters.
std::string printable(std::uint64_t seed, std::size_t count) {
  static constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyz";
  std::string text;
  text.reserve(count + letters.size());
  for (int shift = 60; shift >= 0; shift -= 4) text += letters[seed >> shift & 15];
  while (text.size() < count) text += letters;
  text.resize(count);
  return text;
}

// What the options say.
struct PacedOptions {
  double pace = 0;  // Milliseconds.
  double load = 0;
  std::uint32_t in_flight = 32;
  std::uint32_t bytes = 16;
  std::optional<std::string> text;
};

Result<PacedOptions> read_options(const ModelSpec& spec) {
  GWAGEO_TRY(
      expect_options(spec, {"milliseconds", "in_flight", "text", "bytes", "load_milliseconds"}));
  PacedOptions options;
  GWAGEO_ASSIGN(pace, number_option(spec, "milliseconds", 0, 0, milliseconds_max));
  GWAGEO_ASSIGN(load, number_option(spec, "load_milliseconds", 0, 0, milliseconds_max));
  GWAGEO_ASSIGN(in_flight, count_option(spec, "in_flight", options.in_flight, 1, 1 << 20));
  GWAGEO_ASSIGN(bytes, count_option(spec, "bytes", options.bytes, 0, 1 << 24));
  const auto text = spec.options.find("text");
  if (text != spec.options.end() && spec.options.contains("bytes")) {
    return fail(ErrorKind::bad_input, "engine paced: options text and bytes exclude each other");
  }
  options = {pace, load, in_flight, bytes, {}};
  if (text != spec.options.end()) options.text = text->second;
  return options;
}

}  // namespace

Status check_paced(const ModelSpec& spec) {
  GWAGEO_TRY(read_options(spec));
  return {};
}

Status PacedEngine::load(const ModelSpec& spec) {
  GWAGEO_ASSIGN(options, read_options(spec));
  pace_ = from_milliseconds(options.pace * slowdown_);
  in_flight_ = options.in_flight;
  bytes_ = options.bytes;
  text_ = std::move(options.text);
  return wait_for_load(from_milliseconds(options.load * slowdown_));
}

Status PacedEngine::wait_for_load(Duration takes) {
  const Duration until = clock_.monotonic() + takes;
  while (clock_.monotonic() < until) {
    if (is_ending_ && is_ending_()) return load_broken_off();
    Waker().wait(std::min(until - clock_.monotonic(), looks_at_end_every));
  }
  return {};
}

void PacedEngine::start(Call call) {
  const Duration now = clock_.monotonic();
  if (running_.size() < in_flight_) {
    serve(std::move(call), now);
  } else {
    waiting_.push_back({std::move(call), now});
  }
}

std::vector<Completion> PacedEngine::step() {
  std::vector<Completion> finished = std::exchange(cancelled_, {});
  const Duration now = clock_.monotonic();
  for (std::size_t i = 0; i < calls_a_step && !running_.empty(); ++i) {
    const Duration due = running_.front().due;
    if (due > now) break;
    finished.push_back({running_.front().call.token, answer(running_.front().call.request)});
    running_.pop_front();
    if (waiting_.empty()) continue;
    // The next call began when this one ended, however late this step looks.
    Waiting next = std::move(waiting_.front());
    waiting_.pop_front();
    serve(std::move(next.call), std::max(due, next.since));
  }
  return finished;
}

void PacedEngine::serve(Call call, Duration from) {
  const Duration due = from + pace_;
  GWAGEO_CHECK(running_.empty() || running_.back().due <= due);
  running_.push_back({std::move(call), due});
}

Response PacedEngine::answer(const Request& request) const {
  Response response;
  if (text_ && is_generation(request.kind)) {
    response.text = *text_;
    response.tokens = static_cast<std::uint32_t>(response.text.size());
    return response;
  }
  const std::uint64_t seed = quick_hash(encode(request));
  if (is_generation(request.kind)) {
    response.text = printable(seed, bytes_);
    response.tokens = static_cast<std::uint32_t>(response.text.size());
    return response;
  }
  response.log_probability = -(1.0 + static_cast<double>(seed % 1'000'000) / 100'000.0);
  response.greedy = seed >> 63 == 0;
  response.tokens = static_cast<std::uint32_t>(request.continuation.size());
  return response;
}

void PacedEngine::wait(Duration at_most) {
  if (!cancelled_.empty()) return;
  if (!running_.empty()) {
    at_most = std::min(at_most, running_.front().due - clock_.monotonic());
  }
  if (at_most > Duration{}) waker_.wait(at_most);
}

void PacedEngine::cancel_all() {
  for (const Running& each : running_) {
    cancelled_.push_back({each.call.token, cancelled_response()});
  }
  for (const Waiting& each : waiting_) {
    cancelled_.push_back({each.call.token, cancelled_response()});
  }
  running_.clear();
  waiting_.clear();
}

}  // namespace gwageo
