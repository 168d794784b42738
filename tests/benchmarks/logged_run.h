// Logged runs of the field's harness, made by hand, and what becomes of them.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "benchmarks/lm_eval_import.h"
#include "benchmarks/plan.h"
#include "benchmarks/python_json.h"
#include "protocol/digest.h"
#include "tests/benchmarks/memory_files.h"

namespace gwageo::lm_eval {

inline const char* const date = "2026-09-01T00-00-00.000000";

/// A row as the harness writes it, hashes and all.
inline Json row(int number, const std::string& doc, const std::string& target,
                const std::string& arguments, const std::string& filter = "none") {
  Json out;
  out["doc_id"] = number;
  out["doc"] = Json::parse(doc).value();
  out["target"] = target;
  out["arguments"] = Json::parse(arguments).value();
  out["resps"] = Json::array();
  out["filter"] = filter;
  out["doc_hash"] = to_hex(sha256(python_json(*out.find("doc"), 2)));
  out["target_hash"] = to_hex(sha256(target));
  return out;
}

inline Json choice_row(int number, const std::string& target) {
  const std::string prompt = "\"Q" + std::to_string(number) + "\"";
  return row(number, R"({"question":"나","n":)" + std::to_string(number) + "}", target,
             R"({"gen_args_0":{"arg_0":)" + prompt + R"(,"arg_1":" 예"},"gen_args_1":{"arg_0":)" +
                 prompt + R"(,"arg_1":" 아니오"}})");
}

inline std::string lines(const std::vector<Json>& rows) {
  std::string out;
  for (const Json& one : rows) out += one.dump() + "\n";
  return out;
}

inline LoggedRun run_of(const std::string& configs) {
  LoggedRun run;
  run.results = std::string("results_") + date + ".json";
  run.document["configs"] = Json::parse(configs).value();
  run.date = date;
  return run;
}

inline const char* const pick_config =
    R"({"pick":{"task":"pick","output_type":"multiple_choice","doc_to_text":"{{question}}",
        "target_delimiter":" ","repeats":1,"num_fewshot":0,
        "metric_list":[{"metric":"acc","aggregation":"mean","higher_is_better":true}]}})";

struct Imported {
  ImportedTask task;
  std::string rows;
};

inline Result<Imported> imported(const LoggedRun& run, const MemoryFiles& files,
                                 const std::string& name) {
  Imported out;
  GWAGEO_ASSIGN(task, import_task(run, files, name, [&](std::string_view row) -> Status {
                  out.rows += row;
                  return {};
                }));
  out.task = std::move(task);
  return out;
}

/// The suite of one imported task, read and rendered as every other suite.
inline std::pair<Suite, std::vector<PlanEntry>> rendered(const Imported& imported) {
  MemoryFiles files;
  files.set("suite.yaml",
            "suite: s\nversion: 1\naxes: {a: {}}\ntasks:\n  - include: t.yaml\n    axis: a\n");
  files.set("t.yaml", imported.task.yaml);
  files.set(imported.task.data, imported.rows);
  Result<Suite> suite = load_suite("suite.yaml", files);
  EXPECT_TRUE(suite) << suite.error().message;
  if (!suite) return {};
  std::vector<PlanEntry> entries;
  const Status status = render_plan(*suite, files, [&](PlanEntry entry) -> Status {
    entries.push_back(std::move(entry));
    return {};
  });
  EXPECT_TRUE(status) << status.error().message;
  return {*std::move(suite), std::move(entries)};
}

/// A run of one task, `pick`.
class LmEvalImport : public ::testing::Test {
 protected:
  /// The complaint about the samples of `pick`.
  std::string refusal(const std::vector<Json>& rows) {
    files_.set(run_.samples("pick"), lines(rows));
    const auto task = imported(run_, files_, "pick");
    return task ? "accepted" : task.error().message;
  }

  LoggedRun run_ = run_of(pick_config);
  MemoryFiles files_;
};

}  // namespace gwageo::lm_eval
