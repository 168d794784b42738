// gwageo worker check: does this machine compute what is defined?
#include "ops/gpu_check.h"
#include "ops/machine_gpus.h"
#include "ops/output.h"
#include "ops/table.h"
#include "ops/verbs.h"

namespace gwageo {
namespace {

/// One thing that was compared, as it is shown.
struct CheckLine {
  std::string where;
  TwinReport report;
};

Json json_of_check(const CheckLine& line) {
  Json out;
  out["where"] = line.where;
  out["check"] = line.report.name;
  out["bound"] = line.report.bound;
  out["passed"] = line.report.passed;
  out["finding"] = line.report.finding;
  return out;
}

std::string gigabytes(double bytes_per_second) {
  return bytes_per_second > 0 ? decimal(bytes_per_second / 1e9, 1) + " GB/s" : "not measured";
}

/// What is there and what came of it.
struct Findings {
  GpuInventory inventory;
  std::string module;
  std::vector<CheckLine> lines;
  Json gpus = Json::array();
  double reduced_bytes_per_second = 0;
};

void add(Findings& findings, const std::string& where, std::vector<TwinReport> reports) {
  for (TwinReport& report : reports) findings.lines.push_back({where, std::move(report)});
}

/// The GPUs, where they are asked for: no GPU is an error then.
Status look_at_gpus(Findings& findings) {
  GWAGEO_ASSIGN(opened, open_device_module(device_module_path()));
  findings.module = opened.module->describe();
  GWAGEO_ASSIGN(gpus, opened.module->gpus());
  for (std::size_t i = 0; i < gpus.size(); ++i) {
    const GpuFindings found = check_gpu(opened, static_cast<int>(i), gpus[i]);
    Json gpu;
    gpu["gpu"] = static_cast<std::int64_t>(i);
    gpu["name"] = found.gpu.name;
    gpu["pci"] = found.gpu.pci;
    gpu["memory_bytes"] = static_cast<std::int64_t>(found.gpu.memory_bytes);
    gpu["compute_capability"] =
        std::to_string(found.gpu.major) + "." + std::to_string(found.gpu.minor);
    gpu["multiprocessors"] = static_cast<std::int64_t>(found.gpu.multiprocessors);
    gpu["copy_bytes_per_second"] = found.copy_bytes_per_second;
    gpu["weight_bytes_per_second"] = found.products.weight_bytes_per_second;
    gpu["operations_per_second"] = found.products.operations_per_second;
    findings.gpus.push_back(std::move(gpu));
    add(findings, "GPU " + std::to_string(i), found.twins);
  }
  const GroupFindings group = check_group(*opened.module, static_cast<int>(gpus.size()));
  findings.reduced_bytes_per_second = group.reduced_bytes_per_second;
  add(findings, "all GPUs", {group.twin});
  return {};
}

void show_findings(const Findings& findings) {
  say(inventory_text(findings.inventory));
  if (!findings.module.empty()) say("device module: " + findings.module + "\n");
  for (const Json& gpu : findings.gpus.as_array()) {
    say("GPU " + shown(gpu, "gpu") + ": " + shown(gpu, "name") + " at " + shown(gpu, "pci") +
        ", compute capability " + shown(gpu, "compute_capability") + ", " +
        std::to_string(number(gpu, "memory_bytes") >> 20) + " MiB, copies within its memory at " +
        gigabytes(gpu.find("copy_bytes_per_second")->as_double()) + "; products read weights at " +
        gigabytes(gpu.find("weight_bytes_per_second")->as_double()) + ", and do " +
        decimal(gpu.find("operations_per_second")->as_double() / 1e12, 1) +
        " TFLOP/s for many rows\n");
  }
  if (findings.reduced_bytes_per_second > 0) {
    say("all-reduce over NCCL: " + gigabytes(findings.reduced_bytes_per_second) + "\n");
  }
  TextTable table({"where", "check", "result", "bound", "finding"});
  for (const CheckLine& line : findings.lines) {
    table.add({line.where, line.report.name, line.report.passed ? "passed" : "FAILED",
               line.report.bound, line.report.finding});
  }
  say(table.text());
}

}  // namespace

Result<int> verb_worker_check(const Invocation& arguments) {
  Findings findings;
  GWAGEO_ASSIGN(machine, look_at_machine());
  findings.inventory = machine.inventory;
  add(findings, "processor", check_processor());
  if (arguments.has("gpu")) GWAGEO_TRY(look_at_gpus(findings));
  bool passed = true;
  Json checks = Json::array();
  for (const CheckLine& line : findings.lines) {
    passed = passed && line.report.passed;
    checks.push_back(json_of_check(line));
  }
  if (arguments.json()) {
    Json out;
    out["passed"] = passed;
    out["inventory"] = findings.inventory.to_json();
    out["module"] = findings.module.empty() ? Json() : Json(findings.module);
    out["gpus"] = findings.gpus;
    out["reduced_bytes_per_second"] = findings.reduced_bytes_per_second;
    out["checks"] = std::move(checks);
    print(out);
  } else {
    show_findings(findings);
  }
  return passed ? exit_code::done : exit_code::no;
}

}  // namespace gwageo
