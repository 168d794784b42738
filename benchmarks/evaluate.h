// Responses to scores: one pass over a job's items in plan order.
#pragma once

#include <memory>
#include <span>

#include "benchmarks/scorecard.h"
#include "benchmarks/suite.h"

namespace gwageo {

/// Folds a job's items into a scorecard. Pure: the same entries and responses give the same
/// scorecard, bit for bit, on every machine. Memory grows by about 64 bytes an item. One thread.
class Evaluator {
 public:
  /// bad_input when a filter or metric is unknown or its arguments are wrong, by name.
  static Result<std::unique_ptr<Evaluator>> create(const Suite& suite);
  virtual ~Evaluator() = default;
  /// Adds the next item. `responses` are those of `entry.requests`, in that order; an item that
  /// never ran comes with responses whose outcome says so. The item's outcome is the worst of them;
  /// only `answered` and `truncated` items are scored. Where no answer can be read from a text
  /// (a filter meets its bound), the item is wrong. REQUIRES: as many responses as requests, >= 1.
  virtual void add(const PlanEntry& entry, std::span<const Response> responses) = 0;
  virtual Scorecard finish() = 0;
};

/// Digest of the scorers' and filters' rule versions, part of every `Scored` fact.
Digest scorer_digest();

}  // namespace gwageo
