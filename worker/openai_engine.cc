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

/// The probe waits for a server that is away as an item does; other failures may be how the server
/// says that it lacks something, and are believed sooner.
constexpr std::uint32_t probe_retries_max = 2;
constexpr Duration probe_at_most = seconds(60);  // One exchange.
constexpr int turns_of_step = 64;
constexpr Duration pause_of_own_server = milliseconds(250);
/// Of all requests in flight, one in so many may be a second copy (Dean and Barroso, "The Tail at
/// Scale", 2013, hedge 5 %).
constexpr std::uint32_t hedged_one_in = 20;

/// Among the findings.
std::string name_of_way(bool is_questions) {
  return is_questions ? "questions_whole" : "continuations_only";
}

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

// Closed where this worker has caught such a server before.
FastPath OpenAiEngine::path_of(const FastWay& way, std::uint64_t secret) const {
  const std::string reason =
      caught_ == nullptr ? "" : caught_->reason(profile_, name_of_way(&way == &questions_));
  return reason.empty() ? FastPath(secret) : FastPath(reason);
}

Json OpenAiEngine::findings() const {
  Json json = capabilities_.to_json();
  json[name_of_way(true)] = questions_.path.to_json();
  json[name_of_way(false)] = tails_.path.to_json();
  return json;
}

// Exchanges at once, before there is any call, each with its retries.
std::vector<HttpAnswer> OpenAiEngine::ask(const std::vector<ServerRequest>& requests) {
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
  const bool is_awaited = is_away(options_, asked.url, answer) && answer.end != HttpEnd::timed_out;
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
  const auto flight =
      flights_.emplace(id, Flight{std::move(single), {}, 0, {}, determined, {}}).first;
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
  flights_.emplace(id, Flight{std::move(question), {}, 0, {}, true, {}});
  proceed(id, std::move(asked));
}

// As soon as there is room.
void OpenAiEngine::begin_later(Call call, std::optional<ComparedPlace> compared, Duration waited) {
  const std::uint64_t id = next_id_++;
  Single single = single_of(std::move(call), compared);
  CallStep step = single.call.begin();
  Flight& flight =
      flights_.emplace(id, Flight{std::move(single), {}, 0, {}, true, waited}).first->second;
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
    return finish(id, std::move(failure), answer.end == HttpEnd::not_reached);
  }
  // A server that refuses does so for every question. One that is lost says nothing of them.
  const bool is_refused = failure.outcome == Outcome::refused_by_engine;
  end_question(id, {{}, is_refused ? failure.error : ""}, !is_refused);
}

void OpenAiEngine::end_question(std::uint64_t id, ChoicesEnd end, bool is_lost) {
  const Duration waited = flights_.at(id).waited;
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
  const bool compares = question.use == FastPath::Use::both && is_any;
  if (compares) compare_begins(id, questions_, end.responses);
  for (std::size_t i = 0; i < question.calls.size(); ++i) {
    if (!compares && end.responses[i]) {
      questions_.hold(std::move(question.calls[i]), *std::move(end.responses[i]), waited);
    } else if (compares) {
      begin_later(std::move(question.calls[i]), ComparedPlace{id, i}, waited);
    } else {
      begin_later(std::move(question.calls[i]), std::nullopt, waited);
    }
  }
}

// What the server said. Where its fast way has no number, the slow one may have one.
void OpenAiEngine::end(std::uint64_t id, Response response) {
  if (is_scored(response.outcome) && !std::isfinite(response.log_probability)) {
    response = failed_response("the sum of the server's log-probabilities is no number");
  }
  Single& single = std::get<Single>(flights_.at(id).of);
  if (!single.again) return finish(id, std::move(response), false);
  const bool is_slow_too = single.is_both || !is_scored(response.outcome) || !tails_.path.is_open();
  Call again = *std::move(single.again);
  const Duration waited = flights_.at(id).waited;
  flights_.erase(id);
  if (!is_slow_too) return tails_.hold(std::move(again), std::move(response), waited);
  compare_begins(id, tails_, {std::move(response)});
  begin_later(std::move(again), ComparedPlace{id, 0}, waited);
}

void OpenAiEngine::finish(std::uint64_t id, Response response, bool unreachable) {
  response.error = without_token(std::move(response.error), options_.token);
  const Single& single = std::get<Single>(flights_.at(id).of);
  if (single.compared) compare(*single.compared, response);
  finished_.push_back({single.token, std::move(response), unreachable});
  flights_.erase(id);
}

void OpenAiEngine::compare_begins(std::uint64_t id, FastWay& way,
                                  std::vector<std::optional<Response>> fast) {
  const std::size_t size = fast.size();
  comparisons_.emplace(
      id, Comparison{&way, way.last(), std::move(fast), std::vector<Response>(size), size});
}

void OpenAiEngine::compare(const ComparedPlace& place, const Response& slow) {
  const auto found = comparisons_.find(place.comparison);
  found->second.slow[place.at] = slow;
  if (--found->second.left > 0) return;
  const Comparison ended = std::move(found->second);
  comparisons_.erase(found);
  const bool was_open = ended.way->path.is_open();
  HeldAnswers held = ended.way->end_comparison(ended.good_for, ended.fast, ended.slow);
  for (HeldAnswer& each : held.handed_in) {
    finished_.push_back({each.call.token, std::move(each.response)});
  }
  if (was_open && !ended.way->path.is_open()) ask_again(*ended.way, std::move(held.asked_again));
}

// What came by a fast way waits for a comparison: one of it, where no other is under way.
void OpenAiEngine::compare_held(FastWay& way) {
  const bool is_comparing =
      std::ranges::any_of(comparisons_, [&](const auto& each) { return each.second.way == &way; });
  if (is_comparing) return;
  std::optional<HeldAnswer> drawn = way.draw(!waiting_.empty());
  if (!drawn) return;
  const std::uint64_t id = next_id_++;
  compare_begins(id, way, {std::move(drawn->response)});
  begin_later(std::move(drawn->call), ComparedPlace{id, 0}, drawn->waited);
}

// A way has been closed: what it has answered and nobody has seen goes the slow way.
void OpenAiEngine::ask_again(const FastWay& way, std::vector<HeldAnswer> held) {
  const bool is_questions = &way == &questions_;
  const std::string reason = without_token(way.path.closed_because(), options_.token);
  if (caught_ != nullptr) caught_->add(profile_, name_of_way(is_questions), reason);
  if (!remark_.empty()) remark_ += "; ";
  remark_ += is_questions ? "the choices of a question are asked one by one from here on: "
                          : "whole prompts are scored from here on, not what counts alone: ";
  remark_ += reason + " (model " + name_ + "; " + std::to_string(held.size()) +
             " answers that came so are asked again, and " + std::to_string(way.handed_in()) +
             " were handed in before)";
  for (HeldAnswer& each : held) begin_later(std::move(each.call), std::nullopt, each.waited);
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
    for (HeldAnswer& each : way->take_all()) calls.push_back(std::move(each.call));
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
