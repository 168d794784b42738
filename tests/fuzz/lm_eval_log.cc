// A run that the field's harness logged: the results file, then the samples of its tasks. Hashes
// of documents are made right, or no change to a document would get past them.
#include "benchmarks/lm_eval_log.h"

#include "benchmarks/lm_eval_import.h"
#include "benchmarks/python_json.h"
#include "protocol/check.h"
#include "tests/benchmarks/memory_files.h"
#include "tests/fuzz/targets.h"

namespace gwageo::fuzz {
namespace {

std::string with_hashes(std::string_view line) {
  Result<Json> row = Json::parse_python(line);
  if (!row || !row->is_object()) return std::string(line);
  if (const Json* const doc = row->find("doc")) {
    const std::string hash = to_hex(sha256(python_json(*doc, 2)));
    (*row)["doc_hash"] = hash;
  }
  const Json* const target = row->find("target");
  if (target != nullptr && target->is_string()) {
    const std::string hash = to_hex(sha256(target->as_string()));
    (*row)["target_hash"] = hash;
  }
  return python_json(*row);
}

void run_lm_eval_log(std::string_view input) {
  const std::vector<std::string_view> parts = parts_of(input, 2);
  Result<Json> document = Json::parse_python(parts[0]);
  if (!document) return;
  const lm_eval::LoggedRun logged{"run/results_2026.json", *document, "2026"};
  const Result<std::vector<std::string>> tasks = lm_eval::logged_tasks(logged);
  if (!tasks) return;
  std::string samples;
  for (std::string_view rest = parts[1]; !rest.empty();) {
    const auto [line, after] = first_line(rest);
    samples += with_hashes(line) + "\n";
    rest = after;
  }
  MemoryFiles files;
  for (const std::string& task : *tasks) files.set(logged.samples(task), samples);
  for (const std::string& task : *tasks) {
    std::string rows;
    (void)lm_eval::import_task(logged, files, task, [&](std::string_view row) -> Status {
      rows += row;
      return {};
    });
  }
}

std::vector<std::string> lm_eval_log_seeds() {
  const std::string configs =
      R"({"results":{"pick":{"acc,none":1.0},"say":{"exact_match,none":0.0}},"configs":{"pick":)"
      R"({"task":"pick","output_type":"multiple_choice","doc_to_text":"{{question}}",)"
      R"("target_delimiter":" ","repeats":1,"num_fewshot":0,"metric_list":[{"metric":"acc",)"
      R"("aggregation":"mean","higher_is_better":true}]},"say":{"task":"say",)"
      R"("output_type":"generate_until","doc_to_text":"{{question}}","doc_to_target":"{{answer}}",)"
      R"("generation_kwargs":{"until":["\n"],"max_gen_toks":16},"repeats":1,"num_fewshot":0,)"
      R"("metric_list":[{"metric":"exact_match"}]}}})";
  const std::string choices =
      R"({"doc_id":0,"doc":{"question":"나"},"target":"0","arguments":{"gen_args_0":)"
      R"({"arg_0":"Q","arg_1":" 예"},"gen_args_1":{"arg_0":"Q","arg_1":" 아니오"}},)"
      R"("resps":[[["-1.0","False"]],[["-2.0","False"]]],"filter":"none","acc":1.0})";
  const std::string texts =
      R"({"doc_id":0,"doc":{"question":"나","answer":"2"},"target":"2","arguments":{"gen_args_0":)"
      R"({"arg_0":"Q","arg_1":{"until":["\n"],"max_gen_toks":16}}},"resps":[["2"]],)"
      R"("filtered_resps":["2"],"filter":"none","exact_match":1.0})";
  return {configs + "\n====\n" + choices, configs + "\n====\n" + texts};
}

}  // namespace

const Target lm_eval_log_target = {"lm_eval_log", run_lm_eval_log, lm_eval_log_seeds};

}  // namespace gwageo::fuzz
