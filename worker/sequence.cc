#include "worker/sequence.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "protocol/check.h"

namespace gwageo {
namespace {

// Where the earliest of the stop strings begins, looking only at matches that end after `known`
// bytes; npos when there is none. An empty stop string stops nothing, as in lm-eval.
std::size_t find_stop(const std::string& text, std::size_t known,
                      const std::vector<std::string>& stops) {
  std::size_t earliest = std::string::npos;
  for (const std::string& stop : stops) {
    if (stop.empty()) continue;
    const std::size_t from = known >= stop.size() ? known - stop.size() + 1 : 0;
    earliest = std::min(earliest, text.find(stop, from));
  }
  return earliest;
}

}  // namespace

Sequence::Sequence(Request request, const Vocabulary& vocabulary, std::size_t window)
    : request_(std::move(request)), vocabulary_(vocabulary), window_(window) {
  const Status prepared = prepare();
  if (!prepared) finish(Outcome::refused_by_engine, prepared.error().message);
}

Status Sequence::prepare() {
  switch (request_.kind) {
    case RequestKind::generate: return prepare_generation();
    case RequestKind::likelihood: return prepare_likelihood();
    case RequestKind::rolling: return prepare_rolling();
    case RequestKind::chat: break;
  }
  return fail(ErrorKind::bad_input,
              "the builtin engine knows no chat template; ask with a prompt instead");
}

Status Sequence::prepare_generation() {
  const bool samples = request_.temperature != 0;
  if (samples && !(request_.temperature > 0 && std::isfinite(request_.temperature))) {
    return fail(ErrorKind::bad_input, "the temperature must be 0 or a positive number");
  }
  if (samples && !(request_.top_p > 0 && request_.top_p <= 1)) {
    return fail(ErrorKind::bad_input, "top_p must be above 0 and at most 1");
  }
  GWAGEO_ASSIGN(prompt, vocabulary_.encode(request_.prompt));
  tokens_ = std::move(prompt);
  if (tokens_.empty()) tokens_ = {vocabulary_.begin_of_text()};
  if (request_.tokens_max == 0) {
    finish(Outcome::truncated);
    return {};
  }
  if (request_.tokens_max < window_) {
    const std::size_t kept = std::min(tokens_.size(), window_ - request_.tokens_max);
    tokens_.erase(tokens_.begin(), tokens_.end() - static_cast<std::ptrdiff_t>(kept));
  } else if (tokens_.size() >= window_) {
    return fail(ErrorKind::bad_input, "the prompt's " + std::to_string(tokens_.size()) +
                                          " tokens leave no room for " +
                                          std::to_string(request_.tokens_max) +
                                          " new ones in a context of " + std::to_string(window_));
  }
  judged_from_ = tokens_.size() - 1;
  return {};
}

Status Sequence::prepare_likelihood() {
  GWAGEO_ASSIGN(pair, vocabulary_.encode_pair(request_.prompt, request_.continuation));
  const std::size_t judged = pair.continuation.size();
  if (judged == 0) return fail(ErrorKind::bad_input, "the continuation is empty");
  if (judged > window_) {
    return fail(ErrorKind::bad_input, "the continuation's " + std::to_string(judged) +
                                          " tokens do not fit into a context of " +
                                          std::to_string(window_));
  }
  tokens_ = std::move(pair.context);
  GWAGEO_CHECK(!tokens_.empty());
  tokens_.insert(tokens_.end(), pair.continuation.begin(), pair.continuation.end());
  const std::size_t kept = std::min(tokens_.size(), window_ + 1);
  tokens_.erase(tokens_.begin(), tokens_.end() - static_cast<std::ptrdiff_t>(kept));
  judged_from_ = tokens_.size() - judged - 1;
  response_.greedy = true;
  return {};
}

Status Sequence::prepare_rolling() {
  GWAGEO_ASSIGN(text, vocabulary_.encode_alone(request_.continuation));
  if (text.empty()) return fail(ErrorKind::bad_input, "the text is empty");
  text_ = std::move(text);
  response_.greedy = true;
  open_window();
  return {};
}

// The next run of the text behind its context, window + 1 tokens at most: the last one is only
// predicted.
void Sequence::open_window() {
  const std::size_t end = std::min(text_.size(), opened_ + window_);
  const auto at = [&](std::size_t i) { return text_.begin() + static_cast<std::ptrdiff_t>(i); };
  if (opened_ == 0) {
    tokens_ = {vocabulary_.begin_of_text()};
    tokens_.insert(tokens_.end(), at(0), at(end));
  } else {
    tokens_.assign(at(end - window_ - 1), at(end));
  }
  judged_from_ = tokens_.size() - (end - opened_) - 1;
  judged_ = 0;
  opened_ = end;
  cache_ = {};
}

std::span<const Token> Sequence::ahead() const {
  if (finished_) return {};
  const bool is_likelihood = !is_generation(request_.kind);
  const std::size_t end = tokens_.size() - (is_likelihood ? 1 : 0);
  return std::span(tokens_).subspan(cache_.positions, end - cache_.positions);
}

std::size_t Sequence::unjudged_ahead() const {
  return judged_from_ > cache_.positions ? judged_from_ - cache_.positions : 0;
}

Piece Sequence::piece(std::size_t count) {
  const std::size_t unjudged = unjudged_ahead();
  return {&cache_, ahead().first(count), count > unjudged ? count - unjudged : 0};
}

std::vector<std::uint32_t> Sequence::targets(const Piece& piece) const {
  std::vector<std::uint32_t> targets(piece.logits, no_target);
  if (!is_generation(request_.kind)) {
    const auto first = tokens_.begin() + static_cast<std::ptrdiff_t>(judged_from_ + judged_ + 1);
    std::copy_n(first, piece.logits, targets.begin());
  }
  return targets;
}

std::optional<Draw> Sequence::next_draw() const {
  if (!is_generation(request_.kind) || request_.temperature == 0) return std::nullopt;
  return Draw{request_.temperature, request_.top_p, request_.seed, response_.tokens};
}

void Sequence::absorb(std::span<const TokenJudgement> judgements) {
  for (const TokenJudgement& judgement : judgements) {
    GWAGEO_CHECK(!finished_);
    if (!judgement.finite) {
      return finish(Outcome::refused_by_engine, "the model's logits are not finite numbers");
    }
    ++judged_;
    if (is_generation(request_.kind)) {
      absorb_choice(judgement.best);
    } else {
      absorb_probability(judgement);
    }
  }
}

void Sequence::absorb_choice(Token token) {
  ++response_.tokens;
  if (vocabulary_.is_end_of_text(token)) return finish(Outcome::answered);
  const std::size_t known = response_.text.size();
  vocabulary_.decode(token, response_.text);
  const std::size_t stop = find_stop(response_.text, known, request_.stop);
  if (stop != std::string::npos) {
    response_.text.resize(stop);
    return finish(Outcome::answered);
  }
  tokens_.push_back(token);
  if (response_.tokens == request_.tokens_max || tokens_.size() >= window_) {
    finish(Outcome::truncated);
  }
}

void Sequence::absorb_probability(const TokenJudgement& judgement) {
  ++response_.tokens;
  response_.log_probability += judgement.log_probability;
  if (judgement.best != tokens_[judged_from_ + judged_]) response_.greedy = false;
  if (judged_from_ + judged_ + 1 < tokens_.size()) return;
  if (opened_ < text_.size()) return open_window();
  finish(Outcome::answered);
}

void Sequence::finish(Outcome outcome, std::string error) {
  if (!is_scored(outcome)) response_ = Response{};
  response_.outcome = outcome;
  response_.error = std::move(error);
  finished_ = true;
}

}  // namespace gwageo
