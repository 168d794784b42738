// gwageo explain.
#include "coordinator/words.h"
#include "ops/client.h"
#include "ops/outlook_text.h"
#include "ops/output.h"
#include "ops/verbs.h"
#include "ops/verdict_text.h"

namespace gwageo {
namespace {

// A job counts answers: an item that is asked five times has five. Scores count items.

/// How answers ended that are missing.
std::string fate(const std::string& outcome) {
  if (outcome == "refused_by_engine") return "refused by the engine for good";
  if (outcome == "engine_failed") return "failed in the engine in every try";
  if (outcome == "timed_out") return "too slow in every try";
  if (outcome == "worker_lost") return "lost with their workers in every try";
  return "ended as " + outcome;
}

/// What was said of them beside what the line before says.
void add_other_reasons(std::vector<std::string>& lines, const Json& failure) {
  const Json::Array& reasons = list(failure, "reasons");
  std::int64_t rest = number(failure, "items");
  for (const Json& one : reasons) {
    const bool is_of_tries = one.find("tries") != nullptr;
    rest = is_of_tries ? 0 : rest - number(one, "items");
    if (shown(failure, "reason").ends_with(shown(one, "reason"))) continue;
    const std::string item = shown(one, "item") + "): " + shown(one, "reason") + ".";
    lines.push_back(is_of_tries ? "Tries that ended so said, too, " + shown(one, "tries") +
                                      " times (last of item " + item
                                : "Another reason among them, of " + shown(one, "items") +
                                      " (first item " + item);
  }
  if (reasons.size() > 1 && rest > 0) {
    lines.push_back("Of still other reasons among them: " + std::to_string(rest) + ".");
  }
}

/// Why answers are missing or have no score.
void add_failures(std::vector<std::string>& lines, const Json& job, const Json::Array& failures) {
  const Json& items = member(job, "items");
  std::int64_t rest = number(items, "failed");
  for (const Json& failure : failures) {
    const std::string reason = shown(failure, "reason");
    if (shown(failure, "outcome") == "unscored") {
      lines.push_back("Answered but not scored in task " + shown(failure, "task") + ": " +
                      shown(failure, "items") + "; the first is item " + shown(failure, "item") +
                      ": " + reason + ".");
      continue;
    }
    rest -= number(failure, "items");
    lines.push_back("Answers missing in task " + shown(failure, "task") + ": " +
                    shown(failure, "items") + ", " + fate(shown(failure, "outcome")) +
                    "; the first is of item " + shown(failure, "item") +
                    (reason == "-" ? ". The workers' logs say more." : ": " + reason + "."));
    add_other_reasons(lines, failure);
  }
  if (shown(job, "state") == "failed" && rest > 0) {
    lines.push_back(counted(rest, "answer", "is", "are") + " missing because the job failed.");
  }
}

/// What only the job's own team may know: null where this key may not, and where there is nothing
/// to ask.
Result<Json> ask_reasons(Client& client, const Json& job) {
  const Json& items = member(job, "items");
  const bool has_failures = number(items, "failed") > 0 || number(items, "unscored") > 0;
  if (!has_failures && shown(job, "state") != "running") return Json::object();
  Json body;
  body["job"] = shown(job, "job");
  Result<VerbAnswer> answer = client.call("explain", std::move(body));
  if (answer) return std::move(answer->body);
  if (answer.error().kind == ErrorKind::not_allowed) return Json(nullptr);
  return tl::unexpected(answer.error());
}

/// A text that ends its line itself, or is none.
void add_line(std::vector<std::string>& lines, const std::string& text) {
  if (!text.empty()) lines.push_back(text.substr(0, text.size() - 1));
}

/// Of a job that should be over by some time.
void add_deadline(std::vector<std::string>& lines, const Json& job, const Json& estimate) {
  const Json* const left = job.find("due_in_seconds");
  if (left == nullptr || left->is_null()) return;
  const std::int64_t due = left->as_integer();
  const std::string within = in_words(seconds(number(job, "within_seconds")));
  if (due < 0) {
    lines.push_back("It was to be over within " + within + ", and is " + in_words(seconds(-due)) +
                    " late.");
    return;
  }
  std::string line =
      "It is to be over within " + within + ", " + in_words(seconds(due)) + " from now";
  const std::string late = late_text(job, estimate);
  lines.push_back(line + (late.empty() ? "." : "; " + late + "."));
}

/// What a running job waits for, and until when.
void add_waits(std::vector<std::string>& lines, const Json& job, const Json& reasons) {
  const std::int64_t pending = number(member(job, "items"), "pending");
  const bool is_held = shown(job, "paused") == "true" || job.find("quota_used_up") != nullptr;
  if (pending > 0) {
    lines.push_back(
        is_held ? counted(pending, "answer", "is held back.", "are held back.")
                : counted(pending, "answer", "waits for a free slot.", "wait for a free slot."));
  }
  bool says_errors = false;
  for (const Json& one : list(reasons, "waits")) {
    lines.push_back(shown(one, "text"));
    says_errors = says_errors || shown(one, "reason") == "does_not_load";
  }
  for (const Json& one : list(reasons, "load_errors")) {
    if (says_errors) break;
    lines.push_back("Worker " + shown(one, "worker") +
                    " could not load it the last time: " + shown(one, "error") + ".");
  }
  add_line(lines, place_text(reasons));
  const Json& estimate = member(reasons, "estimate");
  lines.push_back(estimate.is_object() ? "It is expected to be over in " + outlook_range(estimate) +
                                             ": " + basis_text(estimate) + "."
                                       : "As things are, nobody can say when it will be over.");
  add_deadline(lines, job, estimate);
}

std::vector<std::string> explanation(const Json& job, const Json& reasons) {
  const Json& items = member(job, "items");
  const bool is_damaged = job.find("damaged") != nullptr;
  const bool is_paused = shown(job, "paused") == "true";
  const std::string standing = is_damaged ? "damaged" : is_paused ? "paused" : shown(job, "state");
  std::vector<std::string> lines;
  lines.push_back("job " + shown(job, "job") + " (" + shown(job, "model") + " on " +
                  shown(job, "suite") + ") is " + standing +
                  (job.find("reason") == nullptr ? "" : ": " + shown(job, "reason")) + ".");
  if (items.is_null()) {
    add_line(lines, place_text(job));
    add_line(lines, rest_text(job));
    return lines;
  }
  if (job.find("cause") != nullptr) {
    lines.push_back("The coordinator submitted it: " + shown(job, "cause") + ".");
  }
  lines.push_back(
      shown(items, "done") + " of " + shown(items, "total") + " answers are there; " +
      shown(items, "executed") + " were executed for this job, " + shown(items, "known") +
      " were known from other jobs" +
      (number(items, "equal") > 0
           ? ", " + shown(items, "equal") + " from another item of this job that asks the same."
           : "."));
  add_failures(lines, job, list(reasons, "failures"));
  if (number(items, "cancelled") > 0) {
    lines.push_back(counted(number(items, "cancelled"), "answer", "is", "are") +
                    " missing because the job was cancelled.");
  }
  if (number(items, "disowned") > 0) {
    lines.push_back("No target counts it: " + shown(job, "disowned_because") + ". That is the " +
                    "answer to " + shown(items, "disowned") + " of its items.");
  }
  if (is_damaged) {
    lines.push_back("It is damaged: " + shown(job, "damaged") + ".");
  } else if (shown(job, "state") == "complete" && shown(job, "scored") != "true") {
    lines.push_back("Its scorecard is being computed.");
  }
  if (shown(job, "state") != "running") return lines;
  if (number(items, "leased") > 0) {
    lines.push_back(counted(number(items, "leased"), "answer", "is with a worker right now.",
                            "are with workers right now."));
  }
  if (number(items, "waiting") > 0) {
    lines.push_back(counted(number(items, "waiting"), "answer", "waits", "wait") +
                    " for a question that is being asked already, for this job or another.");
  }
  add_waits(lines, job, reasons);
  return lines;
}

Json document_of(const Json& job, const Json& reasons, const std::vector<std::string>& lines) {
  Json document;
  document["job"] = shown(job, "job");
  document["state"] = shown(job, "state");
  document["items"] = member(job, "items");
  Json said = Json::array();
  for (const std::string& line : lines) said.push_back(line);
  document["reasons"] = std::move(said);
  for (const char* const key : {"failures", "load_errors", "waits"}) {
    document[key] = reasons.is_null() ? Json(nullptr) : Json(list(reasons, key));
  }
  for (const char* const key : {"position", "queued", "estimate"}) {
    const Json* const value = (reasons.is_null() ? job : reasons).find(key);
    document[key] = value == nullptr ? Json(nullptr) : *value;
  }
  for (const char* const key : {"within_seconds", "due_in_seconds", "damaged"}) {
    if (const Json* const value = job.find(key)) document[key] = *value;
  }
  return document;
}

Result<int> explain_verdict(const Invocation& arguments, const std::string& verdict) {
  GWAGEO_ASSIGN(items, arguments.whole_or("items", 10, 0, 1000));
  Json body;
  body["verdict"] = verdict;
  body["items"] = items;
  GWAGEO_ASSIGN(answer, ask(arguments, "verdict.explain", std::move(body)));
  if (arguments.json()) {
    print(answer.body);
  } else {
    say(derivation_text(answer.body));
  }
  return exit_code::done;
}

}  // namespace

Result<int> verb_explain(const Invocation& arguments) {
  const std::string what = arguments.text_or("WHAT", "");
  if (what.find('/') != std::string::npos) return explain_verdict(arguments, what);
  if (arguments.has("items")) {
    return fail(ErrorKind::bad_input, "--items is for a verdict, TARGET/CANDIDATE");
  }
  GWAGEO_ASSIGN(client, Client::open(arguments));
  Json body;
  body["job"] = what;
  GWAGEO_ASSIGN(job, client.call("status", body));
  GWAGEO_ASSIGN(reasons, ask_reasons(client, job.body));
  const std::vector<std::string> lines = explanation(job.body, reasons);
  if (arguments.json()) {
    print(document_of(job.body, reasons, lines));
    return exit_code::done;
  }
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  say(text);
  return exit_code::done;
}

}  // namespace gwageo
