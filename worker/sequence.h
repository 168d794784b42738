// Sequence: one call on its way through a model that computes: which tokens to feed, what to make
// of the judgements that come back, and when it is over. Pure bookkeeping; no arithmetic of the
// model.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "protocol/request.h"
#include "worker/llama.h"
#include "worker/sampling.h"
#include "worker/vocabulary.h"

namespace gwageo {

/// One owner, one thread. `vocabulary` outlives it.
///
/// Context limits are those of lm-eval's Hugging Face backend. Log-likelihood: the last window + 1
/// tokens of begin + prompt + continuation are kept (the last one is only predicted, never fed); a
/// continuation that is longer than the window is refused. Generation: a prompt longer than window
/// - tokens_max loses its beginning; where tokens_max leaves no room at all, the whole prompt is
/// kept and the text ends, truncated, when the window is full.
///
/// A rolling likelihood divides the text's own tokens into runs of at most a window, and judges
/// each run in a window of its own: the first after the begin-of-text token, each later one after
/// the token before it; the last takes as much of the text before it as has room. Those are
/// lm-eval's disjoint rolling windows with one token of context. Only the text is judged: where a
/// vocabulary puts a token before every text, lm-eval would judge that one too.
class Sequence {
 public:
  /// `window` is the model's max_position_embeddings. A request that cannot be served is finished
  /// at once, as refused_by_engine.
  Sequence(Request request, const Vocabulary& vocabulary, std::size_t window);

  bool finished() const { return finished_; }
  /// The answer. Generated text is the bytes of its tokens, which need not be whole UTF-8
  /// characters; the stop string and what follows are cut off.
  const Response& response() const { return response_; }

  /// Tokens still to feed, at least one until it is finished. Invalidated by `absorb`.
  std::span<const Token> ahead() const;
  /// How many of the tokens ahead come before the first whose logits are wanted.
  std::size_t unjudged_ahead() const;
  /// The next `count` tokens ahead, as a piece to feed to its cache. REQUIRES: count <=
  /// ahead().size().
  Piece piece(std::size_t count);
  /// Targets of the logits that the piece just made asks for.
  std::vector<std::uint32_t> targets(const Piece& piece) const;
  /// How to draw the next token; nothing where the most probable one is taken. It belongs into
  /// `best` of the judgement that is absorbed.
  std::optional<Draw> next_draw() const;
  /// Takes the judgements of those logits, after the piece was fed. The cache is empty afterwards
  /// where the sequence goes on in another window.
  void absorb(std::span<const TokenJudgement> judgements);

  Cache& cache() { return cache_; }
  const Cache& cache() const { return cache_; }

 private:
  Status prepare();
  Status prepare_generation();
  Status prepare_likelihood();
  Status prepare_rolling();
  void open_window();
  void absorb_choice(Token token);
  void absorb_probability(const TokenJudgement& judgement);
  void finish(Outcome outcome, std::string error = {});

  Request request_;
  const Vocabulary& vocabulary_;
  std::size_t window_;
  std::vector<Token> text_;      // Rolling: all of the text,
  std::size_t opened_ = 0;       // and how much of it the windows so far have judged.
  std::vector<Token> tokens_;    // Prompt and what follows it, or the window at hand.
  std::size_t judged_from_ = 0;  // The first position whose logits are wanted.
  std::size_t judged_ = 0;       // How many positions were judged.
  Cache cache_;
  Response response_;
  bool finished_ = false;
};

}  // namespace gwageo
