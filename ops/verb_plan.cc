// gwageo plan import | estimate.
#include <cstdio>

#include "coordinator/team_rules.h"
#include "coordinator/words.h"
#include "ops/client.h"
#include "ops/outlook_text.h"
#include "ops/output.h"
#include "ops/plan_import.h"
#include "ops/table.h"
#include "ops/verbs.h"

namespace gwageo {
namespace {

constexpr std::int64_t version_max = 1'000'000;

Result<PlanImport> wanted_by(const Invocation& arguments) {
  PlanImport wanted;
  wanted.path = arguments.text_or("PATH", "");
  wanted.suite = arguments.text_or("suite", "");
  wanted.axis = arguments.text_or("axis", "imported");
  wanted.folder = arguments.text_or("out", wanted.suite);
  GWAGEO_ASSIGN(version, arguments.whole_or("version", 1, 1, version_max));
  wanted.version = static_cast<std::uint32_t>(version);
  if (wanted.suite.empty()) return fail(ErrorKind::bad_input, "plan import needs --suite NAME");
  return wanted;
}

/// "team red: 1 of 1 open jobs used, 0 left; this needs 1: too many".
std::string quota_text(const Json& quota, const std::string& team) {
  const std::string kind = shown(quota, "quota");
  const bool is_time = kind == "gpu_microseconds";
  const auto amount = [&](const char* key) {
    return is_time ? hours_text(microseconds(number(quota, key))) : shown(quota, key);
  };
  const bool is_enough = number(quota, "needs") <= number(quota, "left");
  const bool is_own = shown(quota, "team") == team;
  return (is_own ? "team " : "group ") + shown(quota, "team") + ": " + amount("used") + " of " +
         amount("most") + " " +
         (is_time          ? "GPU-hours"
          : kind == "jobs" ? "open jobs"
                           : "unsettled items") +
         " used, " + amount("left") + " left; this needs " + amount("needs") +
         (is_enough ? "" : ", which is more");
}

/// "20 coming from other jobs (4 with workers now)".
std::string coming_text(const Json& items) {
  const std::string text = shown(items, "coming") + " coming from other jobs";
  if (number(items, "coming") == 0) return text;
  return text + " (" + shown(items, "coming_out") + " with workers now)";
}

/// "140.0 GB", "15 MB".
std::string bytes_text(std::int64_t bytes) {
  if (bytes < 1'000'000'000) return std::to_string((bytes + 999'999) / 1'000'000) + " MB";
  return decimal(static_cast<double>(bytes) / 1e9, 1) + " GB";
}

/// What the time of a load rests on: "a guess by its engine and the 140.0 GB of its files".
std::string load_basis_text(const Json& answer) {
  const std::string basis = shown(answer, "load_basis");
  const std::int64_t loads = number(answer, "load_basis_loads");
  if (basis == "model") return "learned from " + counted(loads, "load") + " of it";
  const std::string of = shown(answer, "load_bytes_of");
  const std::string bytes = bytes_text(number(answer, "load_bytes"));
  const std::string size = of == "files" ? " and the " + bytes + " of its files"
                           : of == "gpu_memory"
                               ? " and half of the GPU memory that it needs, " + bytes
                               : "";
  const std::string guess = "a guess by its engine" + size;
  if (basis == "prior") return guess;
  return guess + ", corrected by what " + counted(loads, "other model") + " took";
}

/// ", of which 4 loads take 10 s each".
std::string loads_text(const Json& answer) {
  const std::int64_t loads = number(answer, "loads");
  if (loads == 0) return {};
  return ", of which " + counted(loads, "load") + " of its model" +
         (loads == 1 ? " takes " : " take ") +
         in_words(microseconds(number(answer, "load_microseconds"))) + (loads == 1 ? "" : " each") +
         " (" + load_basis_text(answer) + ")";
}

std::string estimate_text(const Json& answer) {
  const Json& items = member(answer, "items");
  const Json& estimate = member(answer, "estimate");
  std::string text = "model " + shown(answer, "model") + " on " + shown(answer, "suite") +
                     " for team " + shown(answer, "team") + "\n";
  text += "items      " + shown(items, "total") + ": " + shown(items, "known") + " known, " +
          coming_text(items) + ", " + shown(items, "equal") + " equal to others, " +
          shown(items, "to_run") + " to run\n";
  text += "slot time  " + in_words(seconds(number(answer, "slot_seconds"))) + ", " +
          hours_text(microseconds(number(answer, "gpu_microseconds"))) + " GPU-hours" +
          loads_text(answer) + "; " + basis_text(answer) + "\n";
  if (answer.find("refused") != nullptr) {
    text += "over in    never: submit would refuse it\n";
  } else if (estimate.is_object()) {
    text += "over in    " + outlook_range(estimate) + ", on " +
            slots_text(answer, "entitled_thousandths") +
            " GPUs (slots, where there are none) that the team is entitled to now, after what it "
            "has waiting\n";
  } else {
    text += "over in    as things are, nobody can say\n";
  }
  for (const Json& quota : list(answer, "quotas"))
    text += "quota      " + quota_text(quota, shown(answer, "team")) + "\n";
  return text;
}

}  // namespace

Result<int> verb_plan_estimate(const Invocation& arguments) {
  Json body;
  body["model"] = arguments.text_or("model", "");
  body["suite"] = arguments.text_or("suite", "");
  if (const auto team = arguments.text("team")) body["team"] = *team;
  for (const std::string needed : {"model", "suite"}) {
    if (arguments.has(needed)) continue;
    return fail(ErrorKind::bad_input,
                "plan estimate needs --" + needed + (needed == "model" ? " NAME" : " SUITE"));
  }
  GWAGEO_ASSIGN(answer, ask(arguments, "plan.estimate", std::move(body)));
  if (arguments.json()) {
    print(answer.body);
  } else {
    say(estimate_text(answer.body));
  }
  if (answer.body.find("refused") != nullptr) {
    std::fprintf(stderr, "gwageo: warning: submit would be refused: %s\n",
                 shown(answer.body, "refused").c_str());
  }
  if (answer.body.find("warning") != nullptr) {
    std::fprintf(stderr, "gwageo: warning: %s\n", shown(answer.body, "warning").c_str());
  }
  return exit_code::done;
}

Result<int> verb_plan_import(const Invocation& arguments) {
  const std::string from = arguments.text_or("from", "");
  if (from != "lm-eval" && from != "inspect") {
    return fail(ErrorKind::bad_input, "--from: \"" + from + "\" is neither lm-eval nor inspect");
  }
  GWAGEO_ASSIGN(wanted, wanted_by(arguments));
  GWAGEO_ASSIGN(plan, from == "inspect" ? import_inspect(wanted) : import_lm_eval(wanted));
  for (const lm_eval::ImportedTask& task : plan.tasks) {
    if (task.documents < task.original) {
      std::fprintf(stderr,
                   "gwageo: task %s: the plan has %s of %s documents; the others have no samples "
                   "in the run\n",
                   task.name.c_str(), std::to_string(task.documents).c_str(),
                   std::to_string(task.original).c_str());
    }
    for (const std::string& filter : task.left_out) {
      std::fprintf(stderr, "gwageo: task %s is scored without filter %s\n", task.name.c_str(),
                   filter.c_str());
    }
    if (task.why_external.empty()) continue;
    std::fprintf(stderr, "gwageo: task %s is scored elsewhere: %s\n", task.name.c_str(),
                 task.why_external.c_str());
  }
  for (const std::string& group : plan.groups) {
    std::fprintf(stderr,
                 "gwageo: group %s is left out: the run does not say how its tasks are weighed; "
                 "add a group file to %s\n",
                 group.c_str(), plan.suite_file.c_str());
  }
  if (!plan.outputs.empty()) {
    std::fprintf(
        stderr, "gwageo: what the model said is in %s, for model add --engine recorded --outputs\n",
        plan.outputs.c_str());
  }
  Invocation suite = arguments;
  suite.add("FILE", plan.suite_file);
  return arguments.has("dry-run") ? verb_suite_check(suite) : verb_suite_add(suite);
}

}  // namespace gwageo
