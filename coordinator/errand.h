// Errands: work that would hold up the coordinator's loop, done elsewhere over the store. A step
// orders it, its answer comes back as an event; in the simulator it is run in place.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "coordinator/action.h"
#include "coordinator/audit_report.h"
#include "coordinator/evaluation.h"
#include "coordinator/event.h"
#include "coordinator/job_page.h"
#include "coordinator/judgement.h"
#include "coordinator/judging.h"
#include "coordinator/recorded_item.h"
#include "coordinator/replay.h"
#include "coordinator/store.h"
#include "coordinator/suite_files.h"
#include "coordinator/verdict_explanation.h"

namespace gwageo {

/// Score a settled job for good, or (with a client) a job as it stands, for somebody to look at.
struct EvaluateErrand {
  JobOnRecord input;
  std::optional<ClientToken> client;
  bool explains = false;  ///< The client asks why items have no answer, not for the scores.
  std::optional<std::string> viewer = {};  ///< Who asks that: a team, or none who sees everything.
};
/// Judge a target's candidates, for the record or (with a client) for somebody to look at.
struct JudgeErrand {
  JudgementInput input;
  std::optional<ClientToken> client;
  std::uint64_t generation = 0;
  /// For a client that asks of a day to come: the same today. Its cohort is compared with.
  std::optional<JudgementInput> today = {};
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
  std::vector<TargetAdded> targets = {};  ///< The newest version of each, to warn of what misfits.
};
/// Render the next round of a version of a suite into the store, its manifest included.
struct RoundErrand {
  WantedRound wanted;
};
/// Draw the sample of an audit, and write its plans into the store.
struct DrawErrand {
  AuditQuestion question;
  ClientToken client = 0;
};
/// Compare an audit's replay with what it audits, for a client.
struct AuditErrand {
  AuditReportInput input;
  ClientToken client = 0;
};
/// Read a page of a job's items, for a client.
struct PageErrand {
  /// Shared with the errand for the next page, which goes on where this one ends. Errands run one
  /// after another.
  std::shared_ptr<JobPages> pages;
  std::uint64_t from = 0;
  ClientToken client = 0;
};
/// Judge a page of days, for a client.
struct ReplayErrand {
  ReplayPage page;
  ClientToken client = 0;
  /// Shared with the errands for the other pages, which rest on much the same. Errands run one
  /// after another.
  std::shared_ptr<Judging> judging = {};
};
/// Derive a verdict on record step by step, for a client.
struct ExplainErrand {
  VerdictQuestion question;
  ClientToken client = 0;
};
/// Make the lower half of an item's proof, for a client.
struct ProveErrand {
  ItemPlace place;    ///< Where the item was answered,
  PlanOnRecord plan;  ///< and that job's.
  ClientToken client = 0;
};
using Errand =
    std::variant<EvaluateErrand, JudgeErrand, CloseErrand, RenderErrand, RoundErrand, DrawErrand,
                 AuditErrand, PageErrand, ReplayErrand, ExplainErrand, ProveErrand>;

struct EvaluateDone {
  EvaluateErrand errand;
  Result<Evaluation> evaluation;
  std::string lost = {};  ///< It failed for answers that are gone (lost_answers.h), in words.
};
struct JudgeDone {
  JudgeErrand errand;
  Result<Judgement> judgement;
  std::vector<Move> moves = {};  ///< From today to the day that a client asked of.
};
struct CloseDone {
  CloseErrand errand;
  Result<Judgement> judgement;
};
struct RenderedSuite {
  SuiteAdded suite;
  std::string warning;  ///< As suite_changes.h has it.
};
struct RenderDone {
  ClientToken client = 0;
  Result<RenderedSuite> rendered;
};
struct RoundDone {
  Result<SuiteAdded> plan;
};
struct DrawDone {
  ClientToken client = 0;
  Result<AuditDrawn> drawn;
};
struct PageDone {
  ClientToken client = 0;
  Result<JobPage> page;
};
struct ReplayDone {
  ClientToken client = 0;
  Result<Json> answer;
};
/// What a client waits for, and nobody else.
struct AnswerDone {
  ClientToken client = 0;
  Result<Json> answer;
};
using ErrandDone = std::variant<EvaluateDone, JudgeDone, CloseDone, RenderDone, RoundDone, DrawDone,
                                PageDone, ReplayDone, AnswerDone>;

/// Runs an errand to its end. From any thread.
ErrandDone run(const Errand& errand, Store& store);

}  // namespace gwageo
