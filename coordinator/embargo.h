// Embargo: what a team's key is told of a target before it is published. Pure functions of the
// state.
//
// A publication of a target covers what was on record then: verdicts, decisions, documents of
// closed stages and results; one of a stage covers that stage's document. What is not covered is
// kept: under `others` a team sees its own candidates' verdicts only, under `all` none.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>

#include "coordinator/judgement.h"
#include "coordinator/state.h"

namespace gwageo {

/// The team whose key asks; none for those who may see everything.
using Viewer = std::optional<std::string>;

/// Which verdicts on a target one who asks may see, of whatever day they are and by whatever
/// policy: its own candidates', as far as it may, and those that were published. A value.
struct RowSight {
  bool is_kept_from = false;        ///< Else everything is seen.
  std::set<std::string> own = {};   ///< Candidates that are not kept.
  std::set<Digest> published = {};  ///< Inputs of verdicts on record that a publication covers.
  bool sees(const std::string& candidate, const Digest& inputs) const {
    return !is_kept_from || own.contains(candidate) || published.contains(inputs);
  }
  bool sees(const VerdictReached& reached) const { return sees(reached.candidate, reached.inputs); }
};

/// What one who asks may see of one target. Borrows the state: for one answer.
class TargetSight {
 public:
  TargetSight(const State& state, const Viewer& viewer, const std::string& target);

  const Viewer& viewer() const { return viewer_; }
  /// A verdict on record.
  bool sees(const VerdictReached& verdict) const;
  /// Something said of a candidate beside the scores, while a stage was open or none was; whether
  /// a publication covers it the one who asks knows (`covered`).
  bool sees(const std::string& candidate, const std::string& stage, bool is_covered) const;
  /// What the last publication of the whole target covers; all zero where there was none.
  const Publication& covered() const { return covered_; }

  /// Whether nothing of a closed stage is kept: what an operator wrote of it may name candidates.
  bool sees_all_of(const Stage& closed) const;

  /// Of verdicts by a version of the target, or (version 0) by another policy under its name: by
  /// that nobody sees what a target on the same suite keeps.
  RowSight rows(const TargetAdded& target, const Target& policy) const;

  /// Takes the rows of verdicts that are kept out of a document of `judgement`, which may be of any
  /// day: a row is shown where it is a verdict that was published. What is left says how many were
  /// kept and why, and of places among the others nothing.
  void withhold(const Judgement& judgement, Json& document) const;
  /// The same of the document of a stage that is closed.
  void withhold(const Stage& closed, Json& document) const;

 private:
  bool is_kept(const std::string& candidate, Embargo embargo) const;
  Embargo strictest(const TargetAdded& target, const Target& policy) const;
  Embargo embargo_of(std::uint32_t version) const;
  bool is_published(const std::string& stage) const;

  const State& state_;
  Viewer viewer_;
  std::string target_;
  Publication covered_;
  std::map<std::string, std::uint64_t> generations_;    ///< By candidate: the last that is covered.
  mutable std::map<std::uint32_t, Embargo> embargoes_;  ///< By version, as far as asked for.
};

/// What is said of so many rows that are kept: {"count", "reason": "embargo"}.
Json withheld_json(std::uint64_t count);

/// Whether the results of a scored job may be seen: those of another team's candidate are kept
/// while a target on its suite is under embargo, and no such target was published since they were
/// scored.
bool sees_results(const State& state, const Viewer& viewer, const Job& job);

}  // namespace gwageo
