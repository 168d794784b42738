// gwageo submit | cancel | results.
#include <cstdio>
#include <filesystem>

#include "ops/client.h"
#include "ops/follow.h"
#include "ops/output.h"
#include "ops/system.h"
#include "ops/table.h"
#include "ops/verbs.h"

namespace gwageo {
namespace {

Result<Json> submission(const Invocation& arguments) {
  for (const std::string needed : {"model", "suite"}) {
    if (!arguments.has(needed)) {
      return fail(ErrorKind::bad_input,
                  "submit needs --" + needed + (needed == "model" ? " NAME" : " SUITE"));
    }
  }
  GWAGEO_ASSIGN(priority, arguments.whole_or("priority", 0, -1000, 1000));
  Json body;
  // A random name makes this submission one, however often it has to be sent.
  body["request"] = arguments.text_or("request", "cli-" + random_name() + random_name());
  body["model"] = arguments.text_or("model", "");
  body["suite"] = arguments.text_or("suite", "");
  if (const auto team = arguments.text("team")) body["team"] = *team;
  body["priority"] = priority;
  body["skip_lookup"] = arguments.has("skip-lookup");
  return body;
}

std::string table_of(const Json& results) {
  TextTable tasks({"task", "metric", "value", "stderr", "n"});
  for (const auto& [task, metrics] : members(member(results, "tasks"))) {
    for (const auto& [metric, score] : members(metrics)) {
      tasks.add({task, metric, score_text(score, "value"), score_text(score, "stderr"),
                 shown(score, "n")});
    }
  }
  TextTable axes({"axis", "value", "stderr"});
  for (const auto& [axis, score] : members(member(results, "axes"))) {
    axes.add({axis, score_text(score, "value"), score_text(score, "stderr")});
  }
  const Json& coverage = member(results, "coverage");
  std::string text = "job " + shown(results, "job") + ": " + shown(results, "model") + " on " +
                     shown(results, "suite") + "@" + shown(results, "suite_version") + ", " +
                     shown(results, "state") + "\n\n" + tasks.text();
  if (!axes.empty()) text += "\n" + axes.text();
  text += "\ntotal " + score_text(results, "total") + "; answered " + shown(coverage, "answered") +
          ", truncated " + shown(coverage, "truncated") + ", failed " + shown(coverage, "failed") +
          (number(coverage, "cancelled") > 0 ? ", cancelled " + shown(coverage, "cancelled") : "") +
          (number(coverage, "pending") > 0 ? ", pending " + shown(coverage, "pending") : "") +
          " of " + shown(coverage, "items") + " items\n";
  text += "requests executed " + shown(results, "executed") + ", reused " +
          shown(results, "reused") + "; evidence: " + shown(results, "evidence") + "\n";
  return text + "results root " + shown(results, "results_root") + "\n";
}

Status write_results(const std::string& folder, const Json& results) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) return fail(ErrorKind::io, folder + ": " + error.message());
  GWAGEO_TRY(write_text_file(folder + "/results.json", results.dump(2) + "\n"));
  return write_text_file(folder + "/results.txt", table_of(results));
}

}  // namespace

Result<int> verb_submit(const Invocation& arguments) {
  GWAGEO_ASSIGN(body, submission(arguments));
  GWAGEO_ASSIGN(client, Client::open(arguments));
  GWAGEO_ASSIGN(answer, client.call("submit", std::move(body)));
  const std::string job = shown(answer.body, "job");
  Json document;
  document["job"] = job;
  document["known"] = *answer.body.find("known");
  if (!arguments.has("wait")) {
    if (arguments.json()) {
      print(document);
    } else {
      say(job + "\n");
    }
    return exit_code::done;
  }
  GWAGEO_ASSIGN(last, follow(client, job));
  document["state"] = *last.find("state");
  document["scored"] = *last.find("scored");
  document["items"] = *last.find("items");
  if (const Json* const reason = last.find("reason")) document["reason"] = *reason;
  const std::string state = shown(last, "state");
  if (arguments.json()) {
    print(document);
  } else {
    say(job + "\n");
  }
  const std::int64_t failed = number(member(last, "items"), "failed");
  if (state == "complete" && failed == 0) return exit_code::done;
  if (state == "complete") {
    std::fprintf(stderr,
                 "gwageo: job %s is complete, but %lld of its items have no answer; see: "
                 "gwageo explain %s\n",
                 job.c_str(), static_cast<long long>(failed), job.c_str());
    return exit_code::no;
  }
  std::fprintf(stderr, "gwageo: job %s %s: %s\n", job.c_str(), state.c_str(),
               shown(last, "reason").c_str());
  return exit_code::no;
}

Result<int> verb_cancel(const Invocation& arguments) {
  Json body;
  body["job"] = arguments.text_or("JOB", "");
  GWAGEO_ASSIGN(answer, ask(arguments, "cancel", body));
  if (arguments.json()) {
    print(answer.body);
  } else if (answer.yes) {
    say("job " + shown(body, "job") + " is cancelled\n");
  }
  if (answer.yes) return exit_code::done;
  std::fprintf(stderr, "gwageo: %s\n", shown(answer.body, "error").c_str());
  return exit_code::no;
}

Result<int> verb_results(const Invocation& arguments) {
  const std::string format = arguments.text_or("format", arguments.json() ? "json" : "table");
  if (format != "table" && format != "json") {
    return fail(ErrorKind::bad_input, "--format: \"" + format + "\" is neither table nor json");
  }
  Json body;
  body["job"] = arguments.text_or("JOB", "");
  GWAGEO_ASSIGN(answer, ask(arguments, "results", std::move(body)));
  if (const auto folder = arguments.text("out")) {
    GWAGEO_TRY(write_results(*folder, answer.body));
  }
  if (arguments.json() || format == "json") {
    print(answer.body);
  } else {
    say(table_of(answer.body));
  }
  return exit_code::done;
}

}  // namespace gwageo
