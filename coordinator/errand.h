// Errands: work that would hold up the coordinator's loop, done elsewhere over the store. A step
// orders it, its answer comes back as an event; in the simulator it is run in place.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "coordinator/evaluation.h"
#include "coordinator/event.h"
#include "coordinator/job_page.h"
#include "coordinator/judgement.h"
#include "coordinator/store.h"
#include "coordinator/suite_files.h"

namespace gwageo {

/// Score a settled job for good, or (with a client) a job as it stands, for somebody to look at.
struct EvaluateErrand {
  EvaluationInput input;
  std::optional<ClientToken> client;
  bool explains = false;  ///< The client asks why items have no answer, not for the scores.
  std::optional<std::string> viewer = {};  ///< Who asks that: a team, or none who sees everything.
};
/// Judge a target's candidates, for the record or (with a client) for somebody to look at.
struct JudgeErrand {
  JudgementInput input;
  std::optional<ClientToken> client;
  std::uint64_t generation = 0;
  std::optional<std::string> viewer = {};  ///< Who asks: a team, or none who sees everything.
  std::optional<Stage> stage = {};         ///< The client asks for this stage's document.
};
/// Judge a stage's candidates for the last time.
struct CloseErrand {
  JudgementInput input;
  StageClosed closing;  ///< But for its document.
  ClientToken client = 0;
};
/// Read a suite from its files, check it, render its plan into the store.
struct RenderErrand {
  ClientToken client = 0;
  Manifest manifest;
  Digest digest;  ///< Of the manifest.
  /// Every version of every suite that exists, to compare with.
  std::vector<SuiteAdded> known;
};
/// Read a page of a job's items, for a client.
struct PageErrand {
  /// Shared with the errand for the next page, which goes on where this one ends. Errands run one
  /// after another.
  std::shared_ptr<JobPages> pages;
  std::uint64_t from = 0;
  ClientToken client = 0;
};
using Errand = std::variant<EvaluateErrand, JudgeErrand, CloseErrand, RenderErrand, PageErrand>;

struct EvaluateDone {
  EvaluateErrand errand;
  Result<Evaluation> evaluation;
};
struct JudgeDone {
  JudgeErrand errand;
  Result<Judgement> judgement;
};
struct CloseDone {
  CloseErrand errand;
  Result<Judgement> judgement;
};
struct RenderDone {
  ClientToken client = 0;
  Result<SuiteAdded> suite;
};
struct PageDone {
  ClientToken client = 0;
  Result<JobPage> page;
};
using ErrandDone = std::variant<EvaluateDone, JudgeDone, CloseDone, RenderDone, PageDone>;

/// Runs an errand to its end. From any thread.
ErrandDone run(const Errand& errand, Store& store);

}  // namespace gwageo
