// From what a target rests on to its verdicts.
#pragma once

#include <string>
#include <vector>

#include "benchmarks/verdict.h"
#include "coordinator/contenders.h"

namespace gwageo {

struct Judgement {
  JudgementInput input;
  std::vector<Verdict> verdicts;        ///< One a candidate, same order.
  std::vector<Json> inputs;             ///< What each rests on (verdict_inputs.h), same order.
  std::vector<VerdictReached> reached;  ///< The same as facts, generation not yet given.
  std::vector<std::string> documents;   ///< The blobs that the facts name, same order.
};

/// The fixed JSON of `target show`.
Json to_json(const Judgement& judgement, std::uint64_t generation);

}  // namespace gwageo
