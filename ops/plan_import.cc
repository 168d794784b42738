#include "ops/plan_import.h"

#include <algorithm>
#include <filesystem>

#include "benchmarks/inspect_import.h"
#include "ops/folder_files.h"
#include "ops/new_folder.h"
#include "ops/out_file.h"
#include "ops/system.h"
#include "protocol/name.h"

namespace gwageo {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t json_bytes_max = 256u << 20;
constexpr std::string_view zip_begin = "PK\x03\x04";
constexpr std::string_view results_prefix = "results_";
constexpr std::string_view results_suffix = ".json";

bool is_results_file(const std::string& name) {
  return name.starts_with(results_prefix) && name.ends_with(results_suffix);
}

/// The results files of a folder, sorted; of the folders in it where it has none.
Result<std::vector<fs::path>> results_files(const fs::path& folder, bool looks_below) {
  std::error_code error;
  std::vector<fs::path> found;
  std::vector<fs::path> below;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    if (entry->is_directory(error)) below.push_back(entry->path());
    if (is_results_file(name)) found.push_back(entry->path());
  }
  if (error) return fail(ErrorKind::io, folder.string() + ": " + error.message());
  if (found.empty() && looks_below) {
    for (const fs::path& one : below) {
      GWAGEO_ASSIGN(inner, results_files(one, false));
      found.insert(found.end(), inner.begin(), inner.end());
    }
  }
  std::sort(found.begin(), found.end());
  return found;
}

/// The one results file that is meant.
Result<fs::path> results_file(const std::string& path) {
  std::error_code error;
  if (!fs::exists(path, error)) {
    return fail(ErrorKind::not_found, path + ": no such file or folder");
  }
  if (!fs::is_directory(path, error)) {
    if (is_results_file(fs::path(path).filename().string())) return fs::path(path);
    return fail(ErrorKind::bad_input,
                path + ": expected a folder with results_*.json, or such a file");
  }
  GWAGEO_ASSIGN(found, results_files(path, true));
  if (found.size() == 1) return found.front();
  if (found.empty()) {
    return fail(ErrorKind::bad_input,
                path +
                    ": no results_*.json; it says how the samples beside it are scored (run "
                    "lm-eval with --log_samples and --output_path)");
  }
  return fail(ErrorKind::bad_input, path + ": " + std::to_string(found.size()) +
                                        " runs with one name; give one of them, for instance " +
                                        found.back().string());
}

/// A whole file of JSON, as Python writes it.
Result<Json> read_json(const FolderFiles& files) {
  GWAGEO_ASSIGN(size, files.size(files.main()));
  if (size > json_bytes_max) {
    return fail(ErrorKind::bad_input, files.main() + ": larger than 256 MiB");
  }
  GWAGEO_ASSIGN(text, files.read(files.main(), 0, size));
  auto document = Json::parse_python(text);
  if (!document) return fail(files.main(), document.error());
  return document;
}

// As Inspect does, by the first bytes: what begins as a zip archive is one, whatever its name.
Result<inspect::ImportedLog> read_inspect(const FolderFiles& files) {
  GWAGEO_TRY(files.size(files.main()));  // Says what is missing.
  GWAGEO_ASSIGN(begin, files.read(files.main(), 0, zip_begin.size()));
  if (begin == zip_begin || files.main().ends_with(".eval")) {
    return inspect::import_archive(files, files.main());
  }
  GWAGEO_ASSIGN(document, read_json(files));
  return inspect::import_log(files.main(), document);
}

Result<lm_eval::LoggedRun> read_run(const FolderFiles& files) {
  lm_eval::LoggedRun run;
  run.results = files.main();
  GWAGEO_ASSIGN(document, read_json(files));
  run.document = std::move(document);
  run.date = run.results.substr(results_prefix.size(),
                                run.results.size() - results_prefix.size() - results_suffix.size());
  return run;
}

Result<lm_eval::ImportedTask> write_task(const lm_eval::LoggedRun& run, const FolderFiles& files,
                                         const std::string& name, const NewFolder& folder) {
  GWAGEO_ASSIGN(rows, OutFile::create(folder.file(name + ".jsonl")));
  auto task =
      lm_eval::import_task(run, files, name, [&](std::string_view row) { return rows.write(row); });
  if (!task) return tl::unexpected(files.as_typed(task.error()));
  GWAGEO_TRY(rows.finish());
  GWAGEO_TRY(write_text_file(folder.file(name + ".yaml"), task->yaml));
  return task;
}

std::string suite_text(const PlanImport& wanted, const WrittenPlan& plan) {
  std::string text =
      "# Made by `gwageo plan import`: the prompts of a logged run, word for word.\n";
  text += "suite: " + Json(wanted.suite).dump() + "\n";
  text += "version: " + std::to_string(wanted.version) + "\n";
  text += "axes: {" + Json(wanted.axis).dump() + ": {}}\ntasks:\n";
  for (const lm_eval::ImportedTask& task : plan.tasks) {
    text += "  - include: " + Json(task.name + ".yaml").dump() +
            "\n    axis: " + Json(wanted.axis).dump() + "\n";
  }
  return text;
}

Status check_names(const PlanImport& wanted) {
  for (const std::string& name : {wanted.suite, wanted.axis}) {
    if (!is_name(name)) {
      return fail(ErrorKind::bad_input, "'" + name + "' is no name (letters, digits, . _ -)");
    }
  }
  return {};
}

Status write_suite(const PlanImport& wanted, NewFolder& folder, WrittenPlan& plan) {
  constexpr const char* suite_file = "suite.yaml";
  GWAGEO_TRY(write_text_file(folder.file(suite_file), suite_text(wanted, plan)));
  plan.suite_file = folder.final_file(suite_file);
  return folder.finish(suite_file);
}

}  // namespace

Result<WrittenPlan> import_lm_eval(const PlanImport& wanted) {
  GWAGEO_TRY(check_names(wanted));
  GWAGEO_ASSIGN(path, results_file(wanted.path));
  const FolderFiles files(path.string());
  const auto run = read_run(files);
  if (!run) return tl::unexpected(files.as_typed(run.error()));
  const auto names = lm_eval::logged_tasks(*run);
  if (!names) return tl::unexpected(files.as_typed(names.error()));
  GWAGEO_ASSIGN(folder, NewFolder::make(wanted.folder));
  WrittenPlan plan;
  if (const Json* const groups = run->document.find("group_subtasks");
      groups != nullptr && groups->is_object()) {
    for (const auto& [group, members] : groups->as_object()) plan.groups.push_back(group);
  }
  for (const std::string& name : *names) {
    GWAGEO_ASSIGN(task, write_task(*run, files, name, folder));
    plan.tasks.push_back(std::move(task));
  }
  GWAGEO_TRY(write_suite(wanted, folder, plan));
  return plan;
}

Result<WrittenPlan> import_inspect(const PlanImport& wanted) {
  GWAGEO_TRY(check_names(wanted));
  std::error_code error;
  if (fs::is_directory(wanted.path, error)) {
    return fail(ErrorKind::bad_input,
                wanted.path + ": a folder; --from inspect takes one log, an .eval or .json file");
  }
  const FolderFiles files(wanted.path);
  auto log = read_inspect(files);
  if (!log) return tl::unexpected(files.as_typed(log.error()));
  GWAGEO_ASSIGN(folder, NewFolder::make(wanted.folder));
  WrittenPlan plan;
  constexpr const char* outputs = "outputs.jsonl";
  plan.outputs = folder.final_file(outputs);
  const std::string data = log->task + ".jsonl";
  GWAGEO_TRY(write_text_file(folder.file(data), log->rows));
  GWAGEO_TRY(write_text_file(folder.file(log->task + ".yaml"), log->yaml));
  GWAGEO_TRY(write_text_file(folder.file(outputs), log->outputs));
  plan.tasks.push_back({log->task, log->yaml, data, "", {}, log->documents, log->documents});
  GWAGEO_TRY(write_suite(wanted, folder, plan));
  return plan;
}

}  // namespace gwageo
