// gwageo up: a coordinator and its workers on this machine, until interrupted.
#include <unistd.h>

#include <cstdio>
#include <thread>

#include "coordinator/data_directory.h"
#include "coordinator/words.h"
#include "ops/gpu_options.h"
#include "ops/log.h"
#include "ops/output.h"
#include "ops/shell_words.h"
#include "ops/start_options.h"
#include "ops/stop_signals.h"
#include "ops/supervisor.h"
#include "ops/system.h"
#include "ops/verbs.h"

namespace gwageo {
namespace {

constexpr std::int64_t workers_max = 256;

void say_ready(const Invocation& arguments, const SupervisorOptions& options,
               const std::string& endpoint) {
  if (arguments.json()) {
    Json document;
    document["endpoint"] = endpoint;
    document["data"] = options.data;
    document["workers"] = options.workers;
    document["pid"] = static_cast<std::int64_t>(::getpid());
    print(document);
    return;
  }
  say("gwageo is up: coordinator at " + endpoint + ", data in " + options.data + ", " +
      counted(options.workers, "worker") + "; stop with Ctrl-C\n");
}

/// What `up` passes on to its coordinator. Files are named so that any later start finds them.
std::vector<std::string> told_to_coordinator(const Invocation& arguments) {
  std::vector<std::string> told;
  for (const std::string option : {"zone", "origin"}) {
    const std::string given = arguments.text_or(option, "");
    if (!given.empty()) told.insert(told.end(), {"--" + option, given});
  }
  for (const std::string& file : arguments.texts("witness")) {
    told.insert(told.end(), {"--witness", absolute_path(file)});
  }
  return told;
}

}  // namespace

Result<int> verb_up(const Invocation& arguments) {
  block_stop_signals();
  SupervisorOptions options;
  options.data = arguments.data_directory();
  GWAGEO_ASSIGN(workers, arguments.whole_or("workers", 2, 0, workers_max));
  GWAGEO_ASSIGN(gpus, worker_gpus(arguments));
  GWAGEO_TRY(count_allocated(gpus));
  if (gpus) options.worker_arguments = as_arguments(*gpus);
  GWAGEO_ASSIGN(loads, arguments.whole_or("loads", limits::loads_at_once, 1, limits::slots_max));
  if (arguments.has("loads")) {  // Else --worker-options may say it.
    options.worker_arguments.insert(options.worker_arguments.end(),
                                    {"--loads", std::to_string(loads)});
  }
  options.worker_options = arguments.text_or("worker-options", "");
  GWAGEO_ASSIGN(more, split_words(options.worker_options));
  options.worker_arguments.insert(options.worker_arguments.end(), more.begin(), more.end());
  GWAGEO_ASSIGN(start, start_options(arguments, options.data));
  options.listen = start.listen;
  options.coordinator_arguments = told_to_coordinator(arguments);
  options.workers = static_cast<std::uint32_t>(workers);
  options.warn = [](const std::string& text) {
    std::fprintf(stderr, "gwageo: %s\n", text.c_str());
  };
  const unsigned cores = std::max(1u, std::thread::hardware_concurrency());
  const std::uint32_t engines = options.workers * (gpus ? gpus->count : 1);
  options.threads_of_worker = std::max(1u, cores / std::max(1u, engines));
  std::string last_port;
  {
    // Makes the folders, and finds out early whether somebody else is up here.
    const auto directory = take_directory(options.data, Duration{});
    if (!directory) return report_start(arguments, directory.error());
    if (takes_free_port(start)) last_port = directory->last_port();
  }
  GWAGEO_ASSIGN(log, new_log(options.data + "/log/up.log"));
  Supervisor supervisor(options, *log);
  GWAGEO_ASSIGN(code, supervisor.run([&](const std::string& endpoint) {
    if (!last_port.empty() && !endpoint.ends_with(":" + last_port)) {
      std::fprintf(
          stderr, "gwageo: port %s of the last time is taken; workers elsewhere need the new one\n",
          last_port.c_str());
    }
    say_ready(arguments, options, endpoint);
  }));
  if (!supervisor.gave_up().empty()) {
    std::fprintf(stderr, "gwageo: %s\n", supervisor.gave_up().c_str());
  }
  if (supervisor.is_start_error_unsaid()) {
    std::fprintf(stderr, "gwageo: %s\n", supervisor.start_error().c_str());
  }
  if (arguments.json() && !supervisor.start_error().empty()) {
    Json document;
    document["error"] = supervisor.start_error();
    print(document);
  }
  return code;
}

}  // namespace gwageo
