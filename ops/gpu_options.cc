#include "ops/gpu_options.h"

#include <set>
#include <sstream>

#include "ops/allocation.h"
#include "ops/output.h"
#include "ops/parameters.h"
#include "ops/system.h"
#include "protocol/name.h"

namespace gwageo {
namespace {

constexpr std::int64_t memory_gib_max = limits::gpu_memory_mib_max / 1024;

Result<std::string> name_of_gpu_option(const Invocation& arguments, const std::string& option) {
  const std::string name = arguments.text_or(option, "");
  if (name.empty() && !arguments.has(option)) return name;
  if (is_name(name)) return name;
  return fail(ErrorKind::bad_input, "--" + option + ": \"" + name +
                                        "\": 1 to 128 letters, digits, '.', '_' and '-', and first "
                                        "a letter or digit");
}

/// How many GPUs a model needs: one of the numbers that a block of them can have.
Result<std::int64_t> width_of(const Invocation& arguments) {
  const std::string given = arguments.text_or("gpus", "1");
  std::string widths;
  for (std::uint32_t width = 1; is_width(width); width *= 2) {
    if (given == std::to_string(width)) return width;
    widths += (widths.empty() ? "" : ", ") + std::to_string(width);
  }
  return fail(ErrorKind::bad_input,
              "--gpus: \"" + given + "\" is none of " + widths +
                  ": a slot is a block of so many GPUs of one worker, so that blocks of all "
                  "models fill it without gaps");
}

std::string in_words(const std::string& count, const std::string& kind, std::int64_t mib,
                     std::int64_t nodes) {
  std::string text = count;
  if (!kind.empty()) text += " of " + kind;
  if (mib > 0) text += ", " + std::to_string(mib / 1024) + " GiB";
  if (nodes > 1) text += ", on " + std::to_string(nodes) + " nodes";
  return text;
}

}  // namespace

Result<std::optional<WorkerGpus>> worker_gpus(const Invocation& arguments) {
  if (!arguments.has("gpus")) {
    for (const std::string option : {"gpu-kind", "gpu-memory", "node", "domain", "gpus-asked"}) {
      if (!arguments.has(option)) continue;
      return fail(ErrorKind::bad_input,
                  "--" + option + " is of GPUs: say with --gpus N how many there are");
    }
    return std::nullopt;
  }
  if (arguments.has("slots")) {
    return fail(ErrorKind::bad_input,
                "--slots and --gpus: give one of them; with --gpus N each GPU is a slot, and a "
                "model that needs more takes several");
  }
  const bool all = arguments.text_or("gpus", "") == "all";
  for (const std::string option : {"gpu-kind", "gpu-memory"}) {
    if (all || arguments.has(option)) continue;
    return fail(ErrorKind::bad_input,
                "--gpus needs --gpu-kind KIND and --gpu-memory GIB (of each), by which models "
                "find theirs; with --gpus all the machine is asked");
  }
  WorkerGpus gpus;
  gpus.is_allocated = arguments.text_or("gpus", "") == "allocated";
  std::int64_t count = 0;
  if (!all && !gpus.is_allocated) {
    GWAGEO_ASSIGN(given, arguments.whole_or("gpus", 1, 1, limits::slots_max));
    count = given;
  }
  std::int64_t memory = 0;
  if (arguments.has("gpu-memory")) {
    GWAGEO_ASSIGN(given, arguments.whole_or("gpu-memory", 1, 1, memory_gib_max));
    memory = given;
  }
  GWAGEO_ASSIGN(asked, arguments.whole_or("gpus-asked", 0, 1, limits::slots_max));
  GWAGEO_ASSIGN(kind, name_of_gpu_option(arguments, "gpu-kind"));
  GWAGEO_ASSIGN(node, name_of_gpu_option(arguments, "node"));
  GWAGEO_ASSIGN(domain, name_of_gpu_option(arguments, "domain"));
  gpus.count = static_cast<std::uint32_t>(count);
  gpus.asked = static_cast<std::uint32_t>(asked);
  gpus.each = {std::move(kind), static_cast<std::uint32_t>(memory * 1024), std::move(node),
               std::move(domain)};
  return gpus;
}

Status count_allocated(std::optional<WorkerGpus>& gpus) {
  if (!gpus || !gpus->is_allocated) return {};
  GWAGEO_ASSIGN(count, allocated_gpus(environment("CUDA_VISIBLE_DEVICES"),
                                      environment("SLURM_GPUS_ON_NODE")));
  gpus->count = count;
  return {};
}

std::vector<Parameter> worker_gpu_parameters() {
  return {
      option("--gpus", "N",
             "of each worker, in place of slots: 1 to 64; all: those of the machine; allocated: "
             "those that Slurm gave the job; each GPU is a slot"),
      option("--gpus-asked", "N", "of --gpus allocated: so many were asked for; fewer is said"),
      option("--gpu-kind", "KIND",
             "of --gpus, needed unless all: what they are, for instance H100"),
      option("--gpu-memory", "GIB", "of --gpus, needed unless all: the memory of each"),
      option("--node", "NAME", "of --gpus: the machine that they are in"),
      option("--domain", "NAME", "of --gpus: the NVLink or rack domain of the node")};
}

Status add_hosts(const Invocation& arguments, std::optional<WorkerGpus>& gpus) {
  if (!arguments.has("hosts")) return {};
  if (!gpus) {
    return fail(ErrorKind::bad_input,
                "--hosts is of GPUs: say with --gpus N how many there are on each of them");
  }
  if (arguments.has("weights-cache")) {
    return fail(ErrorKind::bad_input,
                "--weights-cache: it is a folder of this machine, and the others of --hosts read "
                "the model's files too: they have to lie where all see them");
  }
  std::set<std::string> names;
  std::istringstream list(arguments.text_or("hosts", ""));
  for (std::string name; std::getline(list, name, ',');) {
    if (!is_name(name)) {
      return fail(ErrorKind::bad_input, "--hosts: \"" + name + "\" is no name of a machine");
    }
    if (!names.insert(name).second) {
      return fail(ErrorKind::bad_input, "--hosts: " + name + " is named twice");
    }
    gpus->hosts.push_back(std::move(name));
  }
  const auto count = static_cast<std::uint32_t>(gpus->hosts.size());
  if (count < 2 || !is_width(count)) {
    return fail(ErrorKind::bad_input,
                "--hosts: " + std::to_string(count) + (count == 1 ? " machine" : " machines") +
                    ": name 2, 4, 8, 16, 32 or 64, this one first, with commas between them");
  }
  gpus->each.nodes = count;
  if (gpus->each.node.empty()) gpus->each.node = gpus->hosts.front();
  return {};
}

Parameter hosts_parameter() {
  return option(
      "--hosts", "A,B,...",
      "machines that the worker spans, this one first, with --gpus on each: 2, 4, 8, ...; "
      "it serves models of just that shape, by the engine process");
}

Status check_hosts(const WorkerGpus& gpus) {
  if (gpus.hosts.empty() || is_width(gpus.slots())) return {};
  return fail(ErrorKind::bad_input, "--hosts: " + std::to_string(gpus.count) + " GPUs on each of " +
                                        std::to_string(gpus.hosts.size()) + " machines are " +
                                        std::to_string(gpus.slots()) +
                                        ", and no model takes so many: 2, 4, 8, 16, 32 or 64");
}

std::vector<std::string> as_arguments(const WorkerGpus& gpus) {
  std::vector<std::string> arguments = {"--gpus",
                                        gpus.count == 0 ? "all" : std::to_string(gpus.count)};
  if (!gpus.each.kind.empty()) arguments.insert(arguments.end(), {"--gpu-kind", gpus.each.kind});
  if (gpus.each.memory_mib > 0) {
    const std::string gib = std::to_string(gpus.each.memory_mib / 1024);
    arguments.insert(arguments.end(), {"--gpu-memory", gib});
  }
  if (!gpus.each.node.empty()) arguments.insert(arguments.end(), {"--node", gpus.each.node});
  if (!gpus.each.domain.empty()) arguments.insert(arguments.end(), {"--domain", gpus.each.domain});
  return arguments;
}

Status add_model_gpus(const Invocation& arguments, Json& body) {
  GWAGEO_ASSIGN(gpus, width_of(arguments));
  GWAGEO_ASSIGN(memory, arguments.whole_or("gpu-memory", 0, 0, memory_gib_max));
  GWAGEO_ASSIGN(kind, name_of_gpu_option(arguments, "gpu-kind"));
  GWAGEO_ASSIGN(nodes, arguments.whole_or("nodes", 1, 1, limits::slots_max));
  const auto width = static_cast<std::uint32_t>(arguments.has("gpus") ? gpus : limits::slots_max);
  if (!spreads_over(width, static_cast<std::uint32_t>(nodes))) {
    return fail(ErrorKind::bad_input,
                "--nodes: " + std::to_string(nodes) +
                    " is none of 1, 2, 4, ... with at least one GPU on each: --gpus are those of "
                    "all nodes, spread over them evenly");
  }
  if (arguments.has("gpus")) body["gpus"] = gpus;
  if (arguments.has("nodes")) body["nodes"] = nodes;
  if (arguments.has("gpu-memory")) body["gpu_memory_mib"] = memory * 1024;
  if (!kind.empty()) body["gpu_kind"] = kind;
  return {};
}

Status check_model_memory(const Invocation& arguments) {
  GWAGEO_ASSIGN(memory, arguments.whole_or("gpu-memory", 1, 0, memory_gib_max));
  if (memory > 0) return {};
  return fail(ErrorKind::bad_input,
              "--gpu-memory: 0 GiB are no requirement; leave it out where any memory will do");
}

std::vector<Parameter> model_gpu_parameters() {
  return {option("--gpus", "N",
                 "GPUs of one worker that it needs: 1, 2, 4, 8, 16, 32 or 64 (1, or a CPU slot, "
                 "unless given)"),
          option("--nodes", "N",
                 "process: machines that these are spread over evenly, 1, 2, 4, ... (1 unless "
                 "given)"),
          option("--gpu-kind", "KIND", "the kind that they have to be (any unless given)"),
          option("--gpu-memory", "GIB",
                 "memory that each has at least (any unless given; in a correction 0: any)")};
}

std::string model_gpus_text(const Json& model) {
  const std::string count = shown(model, "gpus");
  const std::string kind = shown(model, "gpu_kind");
  const std::int64_t mib = number(model, "gpu_memory_mib");
  if (count == "1" && kind.empty() && mib == 0) return "-";
  return in_words(count, kind, mib, number(model, "nodes"));
}

std::string worker_gpus_text(const Json& worker) {
  const Json& gpus = member(worker, "gpus");
  if (!gpus.is_object()) return "-";
  return in_words(shown(gpus, "count"), shown(gpus, "kind"), number(gpus, "memory_mib"),
                  number(gpus, "nodes"));
}

}  // namespace gwageo
