#include "coordinator/command_targets.h"

#include "benchmarks/suite.h"
#include "benchmarks/target.h"
#include "benchmarks/target_suite.h"
#include "coordinator/members.h"
#include "coordinator/suite_files.h"

namespace gwageo {
namespace {

// What a target is judged on has to be there.
Status check_basis(const State& state, const Target& target) {
  if (target.is_claimed) {
    if (state.boards().contains(target.board)) return {};
    return fail(ErrorKind::bad_input,
                target.board_place + ": there is no board " + target.board +
                    "; import it first (gwageo reference import FILE --board " + target.board +
                    ")");
  }
  if (state.suite(target.suite, target.suite_version) != nullptr) return {};
  return fail(ErrorKind::bad_input,
              target.suite_place + ": there is no suite " + target.suite +
                  (target.suite_version ? "@" + std::to_string(*target.suite_version) : "") +
                  "; add it first (gwageo suite add FILE)");
}

// Candidates that a target names have to be there; references come and go by their dates, and what
// a board has on it is the board's business.
Status check_candidates(const State& state, const Target& target) {
  if (target.is_claimed) return {};
  for (std::size_t i = 0; i < target.candidates.size(); ++i) {
    const std::string& name = target.candidates[i];
    const ModelAdded* const model = state.model(name);
    const std::string wrong =
        model == nullptr ? "no model is named " + name + "; add it first (gwageo model add)"
        : state.retired().contains(name)      ? "model " + name + " is retired"
        : model->role == ModelRole::reference ? "model " + name + " is a reference, not a candidate"
                                              : "";
    if (wrong.empty()) continue;
    return fail(ErrorKind::bad_input, target.candidate_places[i] + ": " + wrong);
  }
  return {};
}

// The one reference that is compared with, and every axis that is named, have to be there, too.
Status check_policy(const CommandRequest& r, const Target& target) {
  if (target.compared_with) {
    const ModelAdded* const model = r.state().model(*target.compared_with);
    const std::string wrong =
        model == nullptr ? "no model is named " + *target.compared_with +
                               "; add it first (gwageo model add --role reference)"
        : r.state().retired().contains(model->name) ? "model " + model->name + " is retired"
        : model->role != ModelRole::reference
            ? "model " + model->name + " is a candidate, not a reference"
            : "";
    if (!wrong.empty()) return fail(ErrorKind::bad_input, target.compared_place + ": " + wrong);
  }
  if (target.gates.empty() && target.axes.empty() && target.composition.empty()) return {};
  const SuiteAdded& suite = *r.state().suite(target.suite, target.suite_version);
  GWAGEO_ASSIGN(manifest, read_manifest(r.context.store, suite.manifest));
  const StoredFiles files(r.context.store, manifest);
  GWAGEO_ASSIGN(read, load_suite(manifest.main, files));
  const std::vector<TargetFault> faults = suite_faults(target, read.axes);
  if (faults.empty()) return {};
  return fail(ErrorKind::bad_input, faults.front().place + ": suite " + suite.name + "@" +
                                        std::to_string(suite.version) + " " + faults.front().words);
}

}  // namespace

Status check_target(const CommandRequest& r, const Target& target) {
  GWAGEO_TRY(check_basis(r.state(), target));
  GWAGEO_TRY(check_candidates(r.state(), target));
  return check_policy(r, target);
}

CommandOutcome targets::add(const CommandRequest& r) {
  Members in(r.body);
  const std::string path = in.text_or("path", "target");
  const std::string text = in.text("text");
  if (const Status status = in.status(); !status) return refusal(status.error());
  const Result<Target> target = load_target(path, text);
  if (!target) return refusal(target.error());
  const auto before = r.state().targets().find(target->name);
  const bool is_number = target->name.find_first_not_of("0123456789") == std::string::npos;
  if (is_number && before == r.state().targets().end()) {
    return refusal({ErrorKind::bad_input,
                    path + ": target \"" + target->name + "\": a number is the name of a job"});
  }
  const bool is_known = before != r.state().targets().end() && before->second.back().text == text;
  const Status fits = is_known ? check_basis(r.state(), *target) : check_target(r, *target);
  if (!fits) return refusal(fits.error());
  return Event{Proposed{r.client, TargetAdded{target->name, 1, text}}};
}

}  // namespace gwageo
