// What OpenAiEngine compares: answers by its fast ways with those by the slow one (fast_way.h).
#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>
#include <variant>

#include "worker/openai_engine.h"
#include "worker/openai_retry.h"

namespace gwageo {
namespace {

/// Among the findings.
std::string name_of_way(bool is_questions) {
  return is_questions ? "questions_whole" : "continuations_only";
}

}  // namespace

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

// The fast way once more, of what is compared.
void OpenAiEngine::begin_again(std::uint64_t id, const FastWay& way, const HeldAnswer& held) {
  std::vector<Request> requests;
  for (const Call& each : held.calls) requests.push_back(each.request);
  if (&way == &questions_) {
    Question question{
        {}, OpenAiChoices(std::move(requests), options_, capabilities_), FastPath::Use::both};
    ServerRequest asked = question.choices.begin();
    flights_.emplace(
        id, Flight{std::move(question), std::move(asked), 0, {}, true, {}, held.number, true});
  } else {
    OpenAiCall call(std::move(requests.front()), options_, capabilities_, ScoredPart::tail);
    CallStep step = call.begin();
    Single single{0, std::move(call), std::nullopt, std::nullopt, false};
    Flight& flight =
        flights_.emplace(id, Flight{std::move(single), {}, 0, {}, true, {}, held.number, true})
            .first->second;
    if (auto* const response = std::get_if<Response>(&step)) return end(id, std::move(*response));
    flight.asked = std::get<ServerRequest>(std::move(step));
  }
  delayed_.emplace(clock_.monotonic(), id);
}

// What is drawn vouches for what came before by what the server says of it now.
void OpenAiEngine::end_again(std::uint64_t id, ChoicesEnd end) {
  flights_.erase(id);
  const auto comparison = comparisons_.find(id);
  FastWay& way = *comparison->second.way;
  if (!end.problem.empty() && way.path.is_open()) ask_again(way, way.close(end.problem));
  end.responses.resize(comparison->second.slow.size());
  comparison->second.before = std::exchange(comparison->second.fast, std::move(end.responses));
  compare(comparison);
}

void OpenAiEngine::compare_begins(std::uint64_t id, FastWay& way, std::uint64_t good_for,
                                  std::vector<std::optional<Response>> fast) {
  const std::size_t size = fast.size();
  comparisons_.emplace(
      id, Comparison{&way, good_for, std::move(fast), {}, std::vector<Response>(size), size});
}

// The slow way of all that is compared.
void OpenAiEngine::begin_compared(std::uint64_t id, std::vector<Call> calls, Duration waited) {
  for (std::size_t i = 0; i < calls.size(); ++i) {
    begin_later(std::move(calls[i]), ComparedPlace{id, i}, waited);
  }
}

// Another of its answers is there.
void OpenAiEngine::compare(Comparisons::iterator comparison) {
  if (--comparison->second.left > 0) return;
  const Comparison ended = std::move(comparison->second);
  comparisons_.erase(comparison);
  const bool was_open = ended.way->path.is_open();
  HeldAnswers held =
      ended.way->end_comparison(ended.good_for, ended.fast, ended.slow, ended.before);
  for (HeldAnswer& each : held.handed_in) {
    for (std::size_t i = 0; i < each.calls.size(); ++i) {
      finished_.push_back({each.calls[i].token, std::move(each.responses[i])});
    }
  }
  if (was_open && !ended.way->path.is_open()) ask_again(*ended.way, std::move(held.asked_again));
}

// What came by a fast way waits for a comparison: one of it, where no other is under way. Where it
// stands alone what it said is enough.
void OpenAiEngine::compare_held(FastWay& way) {
  const bool is_comparing =
      std::ranges::any_of(comparisons_, [&](const auto& each) { return each.second.way == &way; });
  if (is_comparing) return;
  std::optional<HeldAnswer> drawn = way.draw(!waiting_.empty());
  if (!drawn) return;
  const std::uint64_t id = next_id_++;
  std::vector<std::optional<Response>> fast(drawn->responses.begin(), drawn->responses.end());
  compare_begins(id, way, drawn->number, std::move(fast));
  if (way.holds_any()) {
    ++comparisons_.at(id).left;
    begin_again(id, way, *drawn);
  }
  begin_compared(id, std::move(drawn->calls), drawn->waited);
}

// A way has been closed: what it has answered and nobody has seen goes the slow way.
void OpenAiEngine::ask_again(const FastWay& way, std::vector<HeldAnswer> held) {
  const bool is_questions = &way == &questions_;
  const std::string reason = without_token(way.path.closed_because(), options_.token);
  if (caught_ != nullptr) caught_->add(profile_, name_of_way(is_questions), reason);
  if (!remark_.empty()) remark_ += "; ";
  remark_ += is_questions ? "the choices of a question are asked one by one from here on: "
                          : "whole prompts are scored from here on, not what counts alone: ";
  remark_ += reason + " (model " + name_ + "; " + std::to_string(calls_in(held)) +
             " answers that came so are asked again, and " + std::to_string(way.handed_in()) +
             " were handed in before)";
  for (HeldAnswer& each : held) {
    for (Call& call : each.calls) begin_later(std::move(call), std::nullopt, each.waited);
  }
}

}  // namespace gwageo
