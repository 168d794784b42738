// gwageo results.
#include <algorithm>
#include <array>
#include <filesystem>

#include "benchmarks/lm_eval_table.h"
#include "coordinator/words.h"
#include "ops/client.h"
#include "ops/evidence.h"
#include "ops/examined_job.h"
#include "ops/output.h"
#include "ops/results_inspect.h"
#include "ops/results_lm_eval.h"
#include "ops/system.h"
#include "ops/table.h"
#include "ops/verbs.h"

namespace gwageo {
namespace {

std::string names_of_tasks(const Json& tasks) {
  std::string text;
  for (const Json& task : tasks.as_array()) text += (text.empty() ? "" : " ") + task.as_string();
  return text;
}

/// A line for each axis that is without some of its tasks.
std::string notes_of(const Json& without_score, const Json& outside_total) {
  std::string text;
  for (const auto& [axis, tasks] : members(without_score)) {
    text += "* axis " + axis + " is without what has no score: " + names_of_tasks(tasks) + "\n";
  }
  for (const auto& [axis, tasks] : members(outside_total)) {
    text += "* axis " + axis +
            " is without what is better the less it is: " + names_of_tasks(tasks) + "\n";
  }
  return text;
}

/// How often the items were asked, where that was more than once each.
std::string answers_of(const Json& results) {
  std::int64_t answers = 0;
  for (const auto& [outcome, count] : members(member(results, "outcomes"))) {
    answers += count.as_integer();
  }
  const bool is_once = answers <= number(member(results, "coverage"), "items");
  return is_once ? "" : ", which take " + std::to_string(answers) + " answers";
}

std::string table_of_results(const Json& results) {
  TextTable tasks({"task", "metric", "value", "stderr", "n"});
  for (const auto& [task, metrics] : members(member(results, "tasks"))) {
    for (const auto& [metric, score] : members(metrics)) {
      tasks.add({task, metric, score_text(score, "value"), score_text(score, "stderr"),
                 shown(score, "n")});
    }
  }
  const Json& without_score = member(results, "tasks_without_score");
  const Json& outside_total = member(results, "tasks_outside_total");
  TextTable axes({"axis", "value", "stderr"});
  for (const auto& [axis, score] : members(member(results, "axes"))) {
    const bool is_partial =
        without_score.find(axis) != nullptr || outside_total.find(axis) != nullptr;
    axes.add(
        {axis + (is_partial ? " *" : ""), score_text(score, "value"), score_text(score, "stderr")});
  }
  const Json& coverage = member(results, "coverage");
  std::string text = "job " + shown(results, "job") + ": " + shown(results, "model") + " on " +
                     shown(results, "suite") + "@" + shown(results, "suite_version") + ", " +
                     shown(results, "state") + "\n\n" + tasks.text();
  if (!axes.empty()) text += "\n" + axes.text();
  text += notes_of(without_score, outside_total);
  text += "\ntotal " + score_text(results, "total") + "; answered " + shown(coverage, "answered") +
          ", truncated " + shown(coverage, "truncated") + ", failed " + shown(coverage, "failed") +
          (number(coverage, "unscored") > 0 ? ", unscored " + shown(coverage, "unscored") : "") +
          (number(coverage, "cancelled") > 0 ? ", cancelled " + shown(coverage, "cancelled") : "") +
          (number(coverage, "pending") > 0 ? ", pending " + shown(coverage, "pending") : "") +
          " of " + shown(coverage, "items") + " items" + answers_of(results) + "\n";
  text += "requests executed " + shown(results, "executed") + ", reused " +
          shown(results, "reused") + "; evidence: " + shown(results, "evidence") + "\n";
  if (number(results, "disowned") > 0) {
    text +=
        shown(results, "disowned_because") + ": that is the answer to " +
        shown(results, "disowned") +
        " items here, so that no target counts this job (gwageo submit asks those items again)\n";
  }
  return text + "results root " + shown(results, "results_root") + "\n";
}

Status write_results(const std::string& folder, const Json& results) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) return fail(ErrorKind::io, folder + ": " + error.message());
  GWAGEO_TRY(write_text_file(folder + "/results.json", results.dump(2) + "\n"));
  return write_text_file(folder + "/results.txt", table_of_results(results));
}

/// What a person may write after --format.
enum class Format { table, json, lm_eval, inspect, csv, markdown };
struct FormatName {
  std::string_view name;
  Format format;
};
constexpr std::array format_names{
    FormatName{"table", Format::table},     FormatName{"json", Format::json},
    FormatName{"lm-eval", Format::lm_eval}, FormatName{"inspect", Format::inspect},
    FormatName{"csv", Format::csv},         FormatName{"markdown", Format::markdown},
};

Result<Format> results_format(const Invocation& arguments) {
  const std::string name = arguments.text_or("format", arguments.json() ? "json" : "table");
  for (const FormatName& known : format_names) {
    if (known.name == name) return known.format;
  }
  return fail(ErrorKind::bad_input, "--format: \"" + name +
                                        "\" is none of table, json, lm-eval, inspect, csv and "
                                        "markdown");
}

Result<JobId> job_of(const Invocation& arguments) {
  const std::string text = arguments.text_or("JOB", "");
  constexpr std::size_t digits_max = 18;
  const bool is_number = !text.empty() && text.size() <= digits_max &&
                         text.find_first_not_of("0123456789") == text.npos;
  if (!is_number) return fail(ErrorKind::bad_input, "\"" + text + "\" is no job's number");
  return JobId{std::stoull(text)};
}

/// The scores alone, as the coordinator keeps them.
Result<int> show_scores(const Invocation& arguments, Format format) {
  Json body;
  body["job"] = arguments.text_or("JOB", "");
  GWAGEO_ASSIGN(answer, ask(arguments, "results", std::move(body)));
  if (const auto folder = arguments.text("out")) {
    GWAGEO_TRY(write_results(*folder, answer.body));
  }
  if (arguments.json() || format == Format::json) {
    print(answer.body);
  } else {
    say(table_of_results(answer.body));
  }
  return exit_code::done;
}

/// Says which files were written.
void tell_results(const Invocation& arguments, const std::vector<std::string>& files,
                  std::uint64_t without_row) {
  if (arguments.json()) {
    Json document;
    document["files"] = Json::array();
    for (const std::string& file : files) document["files"].push_back(Json(file));
    document["items_without_row"] = without_row;
    print(document);
    return;
  }
  std::string text;
  for (const std::string& file : files) text += file + "\n";
  if (without_row > 0) {
    text += counted(static_cast<std::int64_t>(without_row), "item", "has", "have") +
            " no answer, and no row; see: gwageo explain " + arguments.text_or("JOB", "") + "\n";
  }
  say(text);
}

/// A table as text: to the folder where one is named, else to standard output.
Result<int> give_table(const Invocation& arguments, const std::string& name,
                       const std::string& text) {
  const auto folder = arguments.text("out");
  if (!folder) {
    arguments.json() ? print(Json(Json::Object{{"table", text}})) : say(text);
    return exit_code::done;
  }
  std::error_code error;
  std::filesystem::create_directories(*folder, error);
  if (error) return fail(ErrorKind::io, *folder + ": " + error.message());
  const std::string path = *folder + "/" + name;
  GWAGEO_TRY(write_text_file(path, text));
  tell_results(arguments, {path}, 0);
  return exit_code::done;
}

/// What a table for a person says below it, where the figures are of a part of the items.
std::string coverage_line(const LmEvalFiles& written, const std::string& job) {
  if (written.without_row == 0) return {};
  return "\n" + std::to_string(written.without_row) + " of " + std::to_string(written.items) +
         (written.without_row == 1 ? " items has" : " items have") +
         " no score; see: gwageo explain " + job + "\n";
}

/// Formats of other tools: the items are read and scored again.
Result<int> give_items(const Invocation& arguments, Format format) {
  GWAGEO_ASSIGN(id, job_of(arguments));
  const bool needs_folder = format == Format::lm_eval || format == Format::inspect;
  const std::string folder = arguments.text_or("out", "");
  if (needs_folder && folder.empty()) {
    return fail(ErrorKind::bad_input, "results needs --out DIR for this format");
  }
  GWAGEO_ASSIGN(evidence, open_evidence(arguments, arguments.text("WHERE")));
  GWAGEO_ASSIGN(found, ExaminedJob::find(evidence, id));
  if (format == Format::inspect) {
    GWAGEO_ASSIGN(written, write_inspect(found, folder));
    tell_results(arguments, written.files, written.without_row);
    return exit_code::done;
  }
  GWAGEO_ASSIGN(written, write_lm_eval(found, needs_folder ? folder : ""));
  if (format == Format::csv) {
    return give_table(arguments, "results.csv", lm_eval::csv_table(written.document));
  }
  if (format == Format::markdown) {
    return give_table(arguments, "results.md",
                      lm_eval::markdown_table(written.document) +
                          coverage_line(written, arguments.text_or("JOB", "")));
  }
  std::vector<std::string> files = written.samples;
  files.insert(files.begin(), written.results);
  tell_results(arguments, files, written.without_row);
  return exit_code::done;
}

}  // namespace

Result<int> verb_results(const Invocation& arguments) {
  GWAGEO_ASSIGN(format, results_format(arguments));
  const bool is_plain = format == Format::table || format == Format::json;
  return is_plain ? show_scores(arguments, format) : give_items(arguments, format);
}

}  // namespace gwageo
