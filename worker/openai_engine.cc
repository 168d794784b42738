#include "worker/openai_engine.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>
#include <variant>

#include "protocol/check.h"
#include "worker/engine_support.h"
#include "worker/openai_generation.h"
#include "worker/openai_probe.h"
#include "worker/openai_retry.h"

namespace gwageo {
namespace {

/// The probe waits for a server that says that it is busy as an item does. Other failures may be
/// how the server says that it lacks something, and one that cannot be reached holds no slot: it is
/// tried again as a load, after other work.
constexpr std::uint32_t probe_retries_max = 2;
constexpr Duration probe_at_most = seconds(60);      // One exchange.
constexpr Duration looks_every = milliseconds(100);  // Whether the load is of use to anybody.
constexpr int turns_of_step = 64;
constexpr Duration pause_of_own_server = milliseconds(250);
/// Of all requests in flight, one in so many may be a second copy (Dean and Barroso, "The Tail at
/// Scale", 2013, hedge 5 %).
constexpr std::uint32_t hedged_one_in = 20;

// Where the answer is drawn, the faster of two would be chosen by its length.
bool is_determined(const Request& request) {
  return !is_generation(request.kind) || request.temperature == 0;
}

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
  capabilities_.keep_refused(options_.refused);
  const auto secret = static_cast<std::uint64_t>(clock_.monotonic().microseconds);
  const bool has_chosen = capabilities_.chosen_tokens != ChosenTokens::none;
  name_ = spec.name;
  profile_ = server_.profile.empty() ? engine_profile(spec) : server_.profile;
  if (options_.asks_questions_whole && has_chosen) questions_.path = path_of(questions_, secret);
  if (capabilities_.scoring == Scoring::native) tails_.path = path_of(tails_, secret);
  return {};
}

// Exchanges at once, before there is any call, each with its retries.
Result<std::vector<HttpAnswer>> OpenAiEngine::ask(const std::vector<ServerRequest>& requests) {
  std::vector<HttpAnswer> answers(requests.size());
  std::vector<std::uint32_t> tries(requests.size());
  std::vector<Duration> waited(requests.size());
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
    if (is_ending_ && is_ending_()) {
      http_->cancel_all();
      return load_broken_off();
    }
    const bool is_lost = server_.is_lost && server_.is_lost();
    if (is_lost) {  // Without an answer each is as if nobody had been reached.
      http_->cancel_all();
      return std::vector<HttpAnswer>(
          requests.size(), {0, HttpEnd::not_reached, 0, "", std::nullopt, "the server has ended"});
    }
    http_->wait(due.empty() ? looks_every : std::min(looks_every, due.begin()->first - now));
    for (HttpAnswer& answer : http_->step()) {
      const std::size_t i = answer.id;
      const auto pause =
          pause_before_retry(answer, tries[i], retries_of(requests[i], answer), i, waited[i]);
      if (pause) {
        waited[i] = waited[i] + *pause;
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
  const bool is_awaited = answer.end == HttpEnd::answered && is_away(options_, asked.url, answer);
  return is_awaited ? options_.retries : std::min(options_.retries, probe_retries_max);
}

void OpenAiEngine::start(Call call) { waiting_.push(std::move(call)); }

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
    hedge();
    launch();
    if (some.empty() && turn > 0) break;
    std::ranges::move(some, std::back_inserter(answers));
  }
  for (HttpAnswer& answer : answers) settle(std::move(answer));
  compare_held(questions_);
  compare_held(tails_);
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
    begin(waiting_.pop());
  }
}

void OpenAiEngine::begin(Call call) {
  if (questions_.path.tries(call.task) && OpenAiChoices::suits(call.request, capabilities_)) {
    std::vector<Call> others = waiting_.pop_siblings(call);
    if (!others.empty()) {
      others.insert(others.begin(), std::move(call));
      return begin_question(std::move(others));
    }
  }
  const std::uint64_t id = next_id_++;
  const bool determined = is_determined(call.request);
  Single single = single_of(std::move(call), std::nullopt);
  Flight begun{std::move(single), {}, 0, {}, determined, {}, tails_.last()};
  const auto flight = flights_.emplace(id, std::move(begun)).first;
  proceed(id, std::get<Single>(flight->second.of).call.begin());
}

// The slow way where it is compared.
OpenAiEngine::Single OpenAiEngine::single_of(Call call, std::optional<ComparedPlace> compared) {
  const bool is_tail = !compared && !is_generation(call.request.kind) && tails_.path.is_open();
  const ScoredPart part = is_tail ? ScoredPart::tail : ScoredPart::whole;
  std::optional<Call> again;
  if (is_tail) again = call;
  const bool is_both = is_tail && tails_.path.next() == FastPath::Use::both;
  OpenAiCall asked(std::move(call.request), options_, capabilities_, part);
  return {call.token, std::move(asked), compared, std::move(again), is_both};
}

void OpenAiEngine::begin_question(std::vector<Call> calls) {
  std::vector<Request> requests;
  for (const Call& each : calls) requests.push_back(each.request);
  OpenAiChoices choices(std::move(requests), options_, capabilities_);
  ServerRequest asked = choices.begin();
  const std::uint64_t id = next_id_++;
  Question question{std::move(calls), std::move(choices), questions_.path.next()};
  flights_.emplace(id, Flight{std::move(question), {}, 0, {}, true, {}, questions_.last()});
  proceed(id, std::move(asked));
}

// As soon as there is room.
void OpenAiEngine::begin_later(Call call, std::optional<ComparedPlace> compared, Duration waited) {
  const std::uint64_t id = next_id_++;
  Single single = single_of(std::move(call), compared);
  CallStep step = single.call.begin();
  Flight begun{std::move(single), {}, 0, {}, true, waited, tails_.last()};
  Flight& flight = flights_.emplace(id, std::move(begun)).first->second;
  if (auto* const response = std::get_if<Response>(&step)) return end(id, std::move(*response));
  flight.asked = std::get<ServerRequest>(std::move(step));
  delayed_.emplace(clock_.monotonic(), id);
}

void OpenAiEngine::proceed(std::uint64_t id, CallStep step) {
  if (auto* const response = std::get_if<Response>(&step)) return end(id, std::move(*response));
  Flight& flight = flights_.at(id);
  flight.asked = std::get<ServerRequest>(std::move(step));
  flight.tries = 0;
  send(id, flight);
}

void OpenAiEngine::send(std::uint64_t id, Flight& flight) {
  ++flight.tries;
  exchange(id, flight, options_.hedge_after.microseconds > 0 && flight.may_be_hedged);
}

void OpenAiEngine::exchange(std::uint64_t id, Flight& flight, bool may_be_hedged) {
  const std::uint64_t exchange = next_id_++;
  exchanges_.emplace(exchange, Exchange{id, clock_.monotonic(), may_be_hedged});
  flight.under_way.push_back(exchange);
  http_->start({exchange, flight.asked.url, flight.asked.body, options_.answer_at_most});
}

// The oldest exchange that may be hedged, where there is room for a second one; and when it is due.
std::optional<std::pair<std::uint64_t, Duration>> OpenAiEngine::next_hedge() const {
  const std::size_t hedged_max = std::max(options_.connections / hedged_one_in, 1U);
  if (options_.hedge_after.microseconds == 0 || hedged_ >= hedged_max) return std::nullopt;
  if (http_->in_flight() >= limit_.limit()) return std::nullopt;
  const auto oldest =
      std::ranges::find_if(exchanges_, [](const auto& each) { return each.second.may_be_hedged; });
  if (oldest == exchanges_.end()) return std::nullopt;
  return std::pair(oldest->first, oldest->second.sent_at + options_.hedge_after);
}

// What takes too long goes out once more, a few at a time; the first answer counts.
void OpenAiEngine::hedge() {
  const Duration now = clock_.monotonic();
  for (auto slow = next_hedge(); slow && slow->second <= now; slow = next_hedge()) {
    Exchange& first = exchanges_.at(slow->first);
    first.may_be_hedged = false;
    ++hedged_;
    exchange(first.flight, flights_.at(first.flight), false);
  }
}

void OpenAiEngine::settle(HttpAnswer&& answer) {
  const auto known = exchanges_.find(answer.id);
  if (known == exchanges_.end()) return;  // Its twin was faster.
  const std::uint64_t id = known->second.flight;
  exchanges_.erase(known);
  Flight& flight = flights_.at(id);
  std::erase(flight.under_way, answer.id);
  const bool has_twin = !flight.under_way.empty();
  if (has_twin) --hedged_;
  if (answer.end == HttpEnd::answered && answer.status == 200) {
    for (const std::uint64_t twin : std::exchange(flight.under_way, {})) {
      http_->cancel(twin);
      exchanges_.erase(twin);
    }
    limit_.answered(clock_.monotonic(), !waiting_.empty());
    return take_body(id, answer.body);
  }
  if (has_no_room(answer)) limit_.overloaded(clock_.monotonic());
  if (has_twin) return;  // Which may do better.
  const auto pause = pause_before_retry(answer, flight.tries, options_.retries, id, flight.waited);
  if (!pause) return give_up(id, answer);
  flight.waited = flight.waited + *pause;
  const Duration due = clock_.monotonic() + *pause;
  if (answer.retry_after) paused_until_ = std::max(paused_until_, due);
  delayed_.emplace(due, id);
}

void OpenAiEngine::take_body(std::uint64_t id, const std::string& body) {
  Flight& flight = flights_.at(id);
  if (auto* const single = std::get_if<Single>(&flight.of)) {
    return proceed(id, single->call.take(body));
  }
  ChoicesStep step = std::get<Question>(flight.of).choices.take(body);
  if (auto* const done = std::get_if<ChoicesEnd>(&step))
    return end_question(id, std::move(*done), false);
  proceed(id, std::get<ServerRequest>(std::move(step)));
}

void OpenAiEngine::give_up(std::uint64_t id, const HttpAnswer& answer) {
  Flight& flight = flights_.at(id);
  Response failure = failure_of(answer, flight.tries, options_.token);
  if (std::holds_alternative<Single>(flight.of)) {
    if (flight.is_again) return end_again(id, {});
    return finish(id, std::move(failure), answer.end == HttpEnd::not_reached);
  }
  // A server that refuses does so for every question. One that is lost says nothing of them.
  const bool is_refused = failure.outcome == Outcome::refused_by_engine;
  end_question(id, {{}, is_refused ? failure.error : ""}, !is_refused);
}

void OpenAiEngine::end_question(std::uint64_t id, ChoicesEnd end, bool is_lost) {
  if (flights_.at(id).is_again) return end_again(id, std::move(end));
  const Duration waited = flights_.at(id).waited;
  const std::uint64_t came_before = flights_.at(id).came_before;
  Question question = std::get<Question>(std::move(flights_.at(id).of));
  flights_.erase(id);
  if (!end.problem.empty() && questions_.path.is_open()) {
    ask_again(questions_, questions_.close(end.problem));
  }
  if (end.problem.empty() && !is_lost) {
    questions_.path.note(question.calls.front().task, !end.responses.empty());
  }
  if (!questions_.path.is_open()) end.responses.clear();  // Others were wrong meanwhile.
  end.responses.resize(question.calls.size());
  const bool is_any =
      std::ranges::any_of(end.responses, [](const auto& r) { return r.has_value(); });
  if (is_any && question.use == FastPath::Use::both) {
    compare_begins(id, questions_, came_before, std::move(end.responses));
    return begin_compared(id, std::move(question.calls), waited);
  }
  HeldAnswer held;
  std::vector<Call> slow;
  for (std::size_t i = 0; i < question.calls.size(); ++i) {
    (end.responses[i] ? held.calls : slow).push_back(std::move(question.calls[i]));
    if (end.responses[i]) held.responses.push_back(*std::move(end.responses[i]));
  }
  if (is_any) questions_.hold(std::move(held.calls), std::move(held.responses), waited);
  for (Call& each : slow) begin_later(std::move(each), std::nullopt, waited);
}

// What the server said. Where its fast way has no number, the slow one may have one.
void OpenAiEngine::end(std::uint64_t id, Response response) {
  if (is_scored(response.outcome) && !std::isfinite(response.log_probability)) {
    response = failed_response("the sum of the server's log-probabilities is no number");
  }
  if (flights_.at(id).is_again) return end_again(id, {{std::move(response)}, ""});
  Single& single = std::get<Single>(flights_.at(id).of);
  if (!single.again) return finish(id, std::move(response), false);
  const bool is_slow_too = single.is_both || !is_scored(response.outcome) || !tails_.path.is_open();
  std::vector<Call> again = {*std::move(single.again)};
  const Duration waited = flights_.at(id).waited;
  const std::uint64_t came_before = flights_.at(id).came_before;
  flights_.erase(id);
  if (!is_slow_too) return tails_.hold(std::move(again), {std::move(response)}, waited);
  compare_begins(id, tails_, came_before, {std::move(response)});
  begin_compared(id, std::move(again), waited);
}

void OpenAiEngine::finish(std::uint64_t id, Response response, bool unreachable) {
  response.error = without_token(std::move(response.error), options_.token);
  const Single& single = std::get<Single>(flights_.at(id).of);
  if (single.compared) {
    const auto comparison = comparisons_.find(single.compared->comparison);
    comparison->second.slow[single.compared->at] = response;
    compare(comparison);
  }
  finished_.push_back({single.token, std::move(response), unreachable});
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
  if (const auto slow = next_hedge()) {
    at_most = std::clamp(slow->second - now, Duration{}, std::max(at_most, Duration{}));
  }
  http_->wait(at_most);
}

std::vector<Call> OpenAiEngine::take_waiting() {
  std::vector<Call> calls;
  for (FastWay* const way : {&questions_, &tails_}) {
    for (HeldAnswer& each : way->take_all())
      std::ranges::move(each.calls, std::back_inserter(calls));
  }
  std::ranges::move(waiting_.take_all(), std::back_inserter(calls));
  return calls;
}

void OpenAiEngine::cancel_all() {
  http_->cancel_all();
  const auto cancel = [this](std::uint64_t token) {
    finished_.push_back({token, cancelled_response()});
  };
  for (const auto& [id, flight] : flights_) {
    if (flight.is_again) continue;  // Whose calls go the slow way, too.
    if (const auto* const single = std::get_if<Single>(&flight.of)) {
      cancel(single->token);
      continue;
    }
    for (const Call& call : std::get<Question>(flight.of).calls) cancel(call.token);
  }
  for (const Call& call : take_waiting()) cancel(call.token);
  flights_.clear();
  exchanges_.clear();
  comparisons_.clear();
  delayed_.clear();
  hedged_ = 0;
}

}  // namespace gwageo
