// One sample of an Inspect evaluation log (inspect_ai, log format version 2): what was asked, what
// came back and what it was worth. Pure.
#pragma once

#include <string>

#include "benchmarks/evaluate.h"
#include "benchmarks/logged_documents.h"
#include "benchmarks/plan.h"
#include "benchmarks/task.h"
#include "protocol/json.h"
#include "protocol/result.h"

namespace gwageo::inspect {

/// An error as Inspect logs it; there is no traceback.
Json error(const std::string& message);

/// The sample of the item's repeat `repeat`, which Inspect calls an epoch, from 1. The item's
/// scores stand with its first one: they are of all repeats. An epoch without an answer has an
/// error: its outcome, and the reason where one is known; its item has no score. So has each epoch
/// of an item that could not be scored. Of log-likelihoods the answer is the likeliest choice, and
/// all of them are in the metadata. corrupt when a request of `entry` does not decode.
Result<Json> sample(const Task& task, const std::string& model, const LoggedDocument& document,
                    const PlanEntry& entry, const ItemScores& scores, std::size_t repeat);

}  // namespace gwageo::inspect
