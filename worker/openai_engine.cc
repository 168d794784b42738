#include "worker/openai_engine.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <utility>
#include <variant>

#include "protocol/check.h"
#include "worker/engine_support.h"
#include "worker/openai_generation.h"
#include "worker/openai_probe.h"
#include "worker/openai_retry.h"

namespace gwageo {
namespace {

/// The probe waits for a server that is away as an item does; other failures may be how the server
/// says that it lacks something, and are believed sooner.
constexpr std::uint32_t probe_retries_max = 2;
constexpr Duration probe_at_most = seconds(60);  // One exchange.
constexpr int turns_of_step = 64;
constexpr Duration pause_of_own_server = milliseconds(250);

}  // namespace

Status OpenAiEngine::load(const ModelSpec& spec) {
  GWAGEO_ASSIGN(options, read_openai_options(spec));
  options_ = std::move(options);
  HttpClientOptions http;
  http.connections_max = options_.connections;
  limit_ = ConcurrencyLimit(options_.connections_first, options_.connections);
  http.connect_at_most = options_.connect_at_most;
  http.bearer_token = options_.token;
  http.authority_file = options_.authority_file;
  http.is_direct = server_.is_own;
  http_ = std::make_unique<HttpClient>(clock_, std::move(http));
  const AskServer ask_server = [this](const auto& requests) { return ask(requests); };
  GWAGEO_ASSIGN(capabilities, probe_server(options_, ask_server));
  capabilities_ = std::move(capabilities);
  return {};
}

// Exchanges at once, before there is any call, each with its retries.
std::vector<HttpAnswer> OpenAiEngine::ask(const std::vector<ServerRequest>& requests) {
  std::vector<HttpAnswer> answers(requests.size());
  std::vector<std::uint32_t> tries(requests.size());
  std::multimap<Duration, std::size_t> due;  // What is to be asked, and when.
  for (std::size_t i = 0; i < requests.size(); ++i) due.emplace(Duration{}, i);
  for (std::size_t left = requests.size(); left > 0;) {
    const Duration now = clock_.monotonic();
    for (; !due.empty() && due.begin()->first <= now; due.erase(due.begin())) {
      const std::size_t i = due.begin()->second;
      ++tries[i];
      http_->start(
          {i, requests[i].url, requests[i].body, std::min(options_.answer_at_most, probe_at_most)});
    }
    const bool is_lost = server_.is_lost && server_.is_lost();
    if (is_lost) {  // Without an answer each is as if nobody had been reached.
      http_->cancel_all();
      return std::vector<HttpAnswer>(
          requests.size(), {0, HttpEnd::not_reached, 0, "", std::nullopt, "the server has ended"});
    }
    const Duration at_most = server_.is_lost ? milliseconds(100) : seconds(1);
    http_->wait(due.empty() ? at_most : std::min(at_most, due.begin()->first - now));
    for (HttpAnswer& answer : http_->step()) {
      const std::size_t i = answer.id;
      const auto pause = pause_before_retry(answer, tries[i], retries_of(requests[i], answer), i);
      if (pause) {
        due.emplace(clock_.monotonic() + *pause, i);
      } else {
        answers[i] = std::move(answer);
        --left;
      }
    }
  }
  return answers;
}

std::uint32_t OpenAiEngine::retries_of(const ServerRequest& asked, const HttpAnswer& answer) const {
  const bool is_awaited = is_away(options_, asked.url, answer) && answer.end != HttpEnd::timed_out;
  return is_awaited ? options_.retries : std::min(options_.retries, probe_retries_max);
}

void OpenAiEngine::start(Call call) { waiting_.push_back(std::move(call)); }

bool OpenAiEngine::can_launch(Duration now) const {
  if (http_->in_flight() >= limit_.limit() || now < paused_until_) return false;
  return !waiting_.empty() || (!delayed_.empty() && delayed_.begin()->first <= now);
}

// The server waits for us as we for it: a freed connection gets its next request before the
// answers are read, and a few answers at a time are taken from the sockets.
std::vector<Completion> OpenAiEngine::step() {
  std::vector<HttpAnswer> answers;
  for (int turn = 0; turn < turns_of_step; ++turn) {
    std::vector<HttpAnswer> some = http_->step();
    if (server_.is_own) pause_after_loss(some);
    launch();
    if (some.empty() && turn > 0) break;
    std::ranges::move(some, std::back_inserter(answers));
  }
  for (HttpAnswer& answer : answers) settle(std::move(answer));
  launch();
  return std::exchange(finished_, {});
}

// Where the server has ended, its owner will know in a moment: what was not begun stays so.
void OpenAiEngine::pause_after_loss(const std::vector<HttpAnswer>& answers) {
  const bool is_lost = std::ranges::any_of(answers, [](const HttpAnswer& answer) {
    return answer.end == HttpEnd::lost || answer.end == HttpEnd::not_reached;
  });
  if (is_lost) paused_until_ = std::max(paused_until_, clock_.monotonic() + pause_of_own_server);
}

// Fills the connections: what is due again goes before what is new.
void OpenAiEngine::launch() {
  const Duration now = clock_.monotonic();
  while (can_launch(now)) {
    if (!delayed_.empty() && delayed_.begin()->first <= now) {
      const std::uint64_t id = delayed_.begin()->second;
      delayed_.erase(delayed_.begin());
      send(id, flights_.at(id));
      continue;
    }
    Call call = std::move(waiting_.front());
    waiting_.pop_front();
    const std::uint64_t id = next_id_++;
    const auto [flight, is_new] = flights_.emplace(
        id,
        Flight{call.token, OpenAiCall(std::move(call.request), options_, capabilities_), {}, 0});
    GWAGEO_CHECK(is_new);
    proceed(id, flight->second.call.begin());
  }
}

void OpenAiEngine::proceed(std::uint64_t id, CallStep step) {
  if (auto* const response = std::get_if<Response>(&step)) {
    return end(id, std::move(*response), false);
  }
  Flight& flight = flights_.at(id);
  flight.asked = std::get<ServerRequest>(std::move(step));
  flight.tries = 0;
  send(id, flight);
}

void OpenAiEngine::send(std::uint64_t id, Flight& flight) {
  ++flight.tries;
  http_->start({id, flight.asked.url, flight.asked.body, options_.answer_at_most});
}

void OpenAiEngine::settle(HttpAnswer&& answer) {
  Flight& flight = flights_.at(answer.id);
  if (answer.end == HttpEnd::answered && answer.status == 200) {
    limit_.answered(clock_.monotonic(), !waiting_.empty());
    return proceed(answer.id, flight.call.take(answer.body));
  }
  if (has_no_room(answer)) limit_.overloaded(clock_.monotonic());
  const auto pause = pause_before_retry(answer, flight.tries, options_.retries, flight.token);
  if (!pause) {
    return end(answer.id, failure_of(answer, flight.tries, options_.token),
               answer.end == HttpEnd::not_reached);
  }
  const Duration due = clock_.monotonic() + *pause;
  if (answer.retry_after) paused_until_ = std::max(paused_until_, due);
  delayed_.emplace(due, answer.id);
}

void OpenAiEngine::end(std::uint64_t id, Response response, bool unreachable) {
  if (is_scored(response.outcome) && !std::isfinite(response.log_probability)) {
    response = failed_response("the sum of the server's log-probabilities is no number");
  }
  response.error = without_token(std::move(response.error), options_.token);
  finished_.push_back({flights_.at(id).token, std::move(response), unreachable});
  flights_.erase(id);
}

void OpenAiEngine::wait(Duration at_most) {
  const Duration now = clock_.monotonic();
  if (!finished_.empty() || can_launch(now)) return;
  const bool has_room = http_->in_flight() < limit_.limit();
  if (has_room && !(waiting_.empty() && delayed_.empty())) {
    const Duration due = waiting_.empty() ? delayed_.begin()->first : now;
    at_most = std::min(at_most, std::max(due, paused_until_) - now);
  }
  http_->wait(at_most);
}

std::vector<Call> OpenAiEngine::take_waiting() {
  std::vector<Call> calls(std::make_move_iterator(waiting_.begin()),
                          std::make_move_iterator(waiting_.end()));
  waiting_.clear();
  return calls;
}

void OpenAiEngine::cancel_all() {
  http_->cancel_all();
  for (const auto& [id, flight] : flights_) {
    finished_.push_back({flight.token, cancelled_response()});
  }
  for (const Call& call : waiting_) finished_.push_back({call.token, cancelled_response()});
  flights_.clear();
  delayed_.clear();
  waiting_.clear();
}

}  // namespace gwageo
