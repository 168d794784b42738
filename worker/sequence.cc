#include "worker/sequence.h"

#include <algorithm>
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
  tokens_ = {vocabulary_.begin_of_text()};
  if (request_.kind == RequestKind::chat) {
    finish(Outcome::refused_by_engine,
           "the builtin engine knows no chat template; ask with a prompt instead");
    return;
  }
  const std::vector<Token> prompt = vocabulary_.encode(request_.prompt);
  tokens_.insert(tokens_.end(), prompt.begin(), prompt.end());
  if (is_generation(request_.kind)) {
    prepare_generation(window);
  } else {
    prepare_likelihood(window);
  }
}

void Sequence::prepare_generation(std::size_t window) {
  if (request_.temperature != 0) {
    return finish(Outcome::refused_by_engine,
                  "sampling is not supported by the builtin engine yet");
  }
  if (request_.tokens_max == 0) return finish(Outcome::truncated);
  if (request_.tokens_max < window) {
    const std::size_t kept = std::min(tokens_.size(), window - request_.tokens_max);
    tokens_.erase(tokens_.begin(), tokens_.end() - static_cast<std::ptrdiff_t>(kept));
  } else if (tokens_.size() >= window) {
    return finish(Outcome::refused_by_engine,
                  "the prompt's " + std::to_string(tokens_.size()) + " tokens leave no room for " +
                      std::to_string(request_.tokens_max) + " new ones in a context of " +
                      std::to_string(window));
  }
  judged_from_ = tokens_.size() - 1;
}

void Sequence::prepare_likelihood(std::size_t window) {
  const std::vector<Token> continuation =
      vocabulary_.encode_after(request_.prompt, request_.continuation);
  if (continuation.empty()) {
    return finish(Outcome::refused_by_engine, "the continuation is empty");
  }
  if (continuation.size() > window) {
    return finish(Outcome::refused_by_engine,
                  "the continuation's " + std::to_string(continuation.size()) +
                      " tokens do not fit into a context of " + std::to_string(window));
  }
  tokens_.insert(tokens_.end(), continuation.begin(), continuation.end());
  const std::size_t kept = std::min(tokens_.size(), window + 1);
  tokens_.erase(tokens_.begin(), tokens_.end() - static_cast<std::ptrdiff_t>(kept));
  judged_from_ = tokens_.size() - continuation.size() - 1;
  response_.greedy = true;
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

void Sequence::absorb(std::span<const Judgement> judgements) {
  for (const Judgement& judgement : judgements) {
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

void Sequence::absorb_probability(const Judgement& judgement) {
  ++response_.tokens;
  response_.log_probability += judgement.log_probability;
  if (judgement.best != tokens_[judged_from_ + judged_]) response_.greedy = false;
  if (judged_from_ + judged_ + 1 == tokens_.size()) finish(Outcome::answered);
}

void Sequence::finish(Outcome outcome, std::string error) {
  if (!is_scored(outcome)) response_ = Response{};
  response_.outcome = outcome;
  response_.error = std::move(error);
  finished_ = true;
}

}  // namespace gwageo
