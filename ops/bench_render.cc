#include "ops/bench_render.h"

#include <map>
#include <string>
#include <utility>

#include "benchmarks/suite.h"
#include "benchmarks/template.h"
#include "ops/bench_figures.h"
#include "ops/output.h"
#include "ops/system_clock.h"
#include "protocol/json.h"

namespace gwageo {
namespace {

// Of the shape of KMMLU's: a question, four choices, the number of the right one; five examples.
constexpr std::string_view render_suite_text =
    "suite: render\n"
    "version: 1\n"
    "axes: {korean: {weight: 1}}\n"
    "tasks:\n"
    "  - task: choices\n"
    "    axis: korean\n"
    "    output_type: multiple_choice\n"
    "    dataset_kwargs: {data_files: {test: test.jsonl, dev: dev.jsonl}}\n"
    "    test_split: test\n"
    "    fewshot_split: dev\n"
    "    num_fewshot: 5\n"
    "    doc_to_text: \"{{question.strip()}}\\nA. {{A}}\\nB. {{B}}\\nC. {{C}}\\nD. "
    "{{D}}\\n정답：\"\n"
    "    doc_to_choice: [A, B, C, D]\n"
    "    doc_to_target: \"{{['A', 'B', 'C', 'D'][answer-1]}}\"\n"
    "    metric_list: [{metric: acc, aggregation: mean, higher_is_better: true}]\n";

// The same prompt by one template, examples and all.
constexpr std::string_view whole_prompt =
    "{% for shot in shots %}{{shot.question.strip()}}\nA. {{shot.A}}\nB. {{shot.B}}\nC. {{shot.C}}"
    "\nD. {{shot.D}}\n정답： {{['A', 'B', 'C', 'D'][shot.answer-1]}}\n\n{% endfor %}"
    "{{question.strip()}}\nA. {{A}}\nB. {{B}}\nC. {{C}}\nD. {{D}}\n정답：";

constexpr std::int64_t examples = 5;

class MemoryFiles final : public SourceFiles {
 public:
  std::string& operator[](const std::string& path) { return files_[path]; }
  Result<std::uint64_t> size(const std::string& path) const override {
    GWAGEO_ASSIGN(file, find(path));
    return file->size();
  }
  Result<std::string> read(const std::string& path, std::uint64_t offset,
                           std::uint64_t count) const override {
    GWAGEO_ASSIGN(file, find(path));
    return offset < file->size() ? file->substr(offset, count) : std::string();
  }
  Result<std::vector<std::string>> list(const std::string& folder) const override {
    std::vector<std::string> out;
    for (const auto& [path, content] : files_) {
      if (path.starts_with(folder)) out.push_back(path);
    }
    return out;
  }

 private:
  Result<const std::string*> find(const std::string& path) const {
    const auto found = files_.find(path);
    if (found == files_.end()) return fail(ErrorKind::not_found, path + ": no such file");
    return &found->second;
  }
  std::map<std::string, std::string> files_;
};

Json made_row(std::int64_t number) {
  const std::string n = std::to_string(number);
  Json row = Json::object();
  row["question"] =
      Json(" 다음 중 " + n +
           "번 사업장의 전기 설비를 점검할 때 가장 먼저 확인하여야 할 사항으로 옳은 것은? ");
  row["A"] = Json("차단기 " + n + "의 개폐 상태와 접지 저항");
  row["B"] = Json("변압기 권선의 온도와 절연유의 색");
  row["C"] = Json("작업자의 보호구 착용 여부");
  row["D"] = Json("전년도 점검표 " + n + "쪽의 기록");
  row["answer"] = Json(1 + number % 4);
  row["Category"] = Json("Electrical-Engineering");
  return row;
}

struct Work {
  double seconds = 0;
  double cpu = 0;
  std::uint64_t bytes = 0;
};

// Rows to plan entries, as a suite that is added goes: parsed, rendered, encoded, hashed.
Result<Work> plan_rows(const MemoryFiles& files) {
  GWAGEO_ASSIGN(suite, load_suite("suite.yaml", files));
  const SystemClock clock;
  Work work;
  const Duration began = clock.monotonic();
  const double cpu_before = own_cpu_seconds();
  GWAGEO_TRY(render_plan(suite, files, [&](PlanEntry entry) -> Status {
    for (const std::string& request : entry.requests) work.bytes += request.size();
    return {};
  }));
  work.cpu = own_cpu_seconds() - cpu_before;
  work.seconds = static_cast<double>((clock.monotonic() - began).microseconds) / 1e6;
  return work;
}

Result<Work> render_prompts(std::int64_t rows) {
  GWAGEO_ASSIGN(prompt, Template::compile(whole_prompt));
  Json shots = Json::array();
  for (std::int64_t i = 0; i < examples; ++i) shots.push_back(made_row(i));
  Json row = made_row(examples);
  row["shots"] = std::move(shots);
  const SystemClock clock;
  Work work;
  std::string out;
  const Duration began = clock.monotonic();
  const double cpu_before = own_cpu_seconds();
  for (std::int64_t i = 0; i < rows; ++i) {
    row["answer"] = Json(1 + i % 4);
    out.clear();
    GWAGEO_TRY(prompt.render(row, out));
    work.bytes += out.size();
  }
  work.cpu = own_cpu_seconds() - cpu_before;
  work.seconds = static_cast<double>((clock.monotonic() - began).microseconds) / 1e6;
  return work;
}

}  // namespace

Result<int> bench_render(const Invocation& arguments) {
  GWAGEO_ASSIGN(rows, arguments.whole_or("n", 100000, 1, 10000000));
  MemoryFiles files;
  files["suite.yaml"] = render_suite_text;
  for (std::int64_t i = 0; i < examples; ++i) files["dev.jsonl"] += made_row(i).dump() + "\n";
  std::string& test = files["test.jsonl"];
  for (std::int64_t i = 0; i < rows; ++i) test += made_row(examples + i).dump() + "\n";
  GWAGEO_ASSIGN(plan, plan_rows(files));
  GWAGEO_ASSIGN(templates, render_prompts(rows));
  const auto n = static_cast<double>(rows);
  Figures figures;
  figures.add("prompts", n);
  figures.add("plan_s", plan.seconds);
  figures.add("plan_cpu_s", plan.cpu);
  figures.add("plan_per_s", n / plan.seconds);
  figures.add("plan_bytes", static_cast<double>(plan.bytes));
  figures.add("templates_s", templates.seconds);
  figures.add("templates_cpu_s", templates.cpu);
  figures.add("templates_per_s", n / templates.seconds);
  figures.add("templates_bytes", static_cast<double>(templates.bytes));
  figures.print(arguments);
  return exit_code::done;
}

}  // namespace gwageo
