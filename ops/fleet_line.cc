#include "ops/fleet_line.h"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <filesystem>
#include <optional>

#include "ops/duration.h"
#include "ops/parameters.h"
#include "ops/shell_words.h"
#include "ops/system.h"
#include "ops/verb_table.h"
#include "ops/worker_options.h"
#include "protocol/check.h"
#include "protocol/gpus.h"
#include "protocol/limits.h"
#include "protocol/name.h"

namespace gwageo {
namespace {

constexpr std::int64_t workers_most = static_cast<std::int64_t>(limits::workers_max);
/// A worker that was told to stop needs this much more than its grace to be gone.
constexpr Duration signal_margin = seconds(5);
/// Slurm may give its notice so much too early.
constexpr Duration slurm_slack = seconds(60);
constexpr Duration one_minute = seconds(60);
constexpr std::int64_t day = 86400;
constexpr std::int64_t name_bytes_most = 100;

Result<Duration> time_or(const Invocation& arguments, const std::string& option, Duration otherwise,
                         std::int64_t least, std::int64_t most) {
  const std::optional<std::string> given = arguments.text(option);
  if (!given) return otherwise;
  const std::optional<std::int64_t> length = parse_seconds(*given);
  if (length && *length >= least && *length <= most) return seconds(*length);
  return fail(ErrorKind::bad_input, "--" + option + ": \"" + *given + "\" is no time from " +
                                        std::to_string(least) + " s to " + std::to_string(most) +
                                        " s, such as 30s, 5m or 4h");
}

std::string in_seconds_text(Duration time) {
  return std::to_string(time.microseconds / 1000000) + "s";
}

/// How many GPUs a node gives by that --gres: of gpu:8, gpu:h100:8 or gpu.
std::uint32_t gpus_of_gres(const std::string& gres) {
  std::uint32_t count = 0;
  for (std::size_t from = 0; from <= gres.size();) {
    const std::size_t end = std::min(gres.find(',', from), gres.size());
    const std::string one = gres.substr(from, end - from);
    from = end + 1;
    if (one != "gpu" && !one.starts_with("gpu:")) continue;
    const std::size_t colon = one.rfind(':');
    std::uint32_t of_this = 1;
    if (colon != std::string::npos) {
      std::uint32_t number = 0;
      const char* const last = one.data() + one.size();
      const auto [stop, error] = std::from_chars(one.data() + colon + 1, last, number);
      if (error == std::errc{} && stop == last) of_this = number;
    }
    count += of_this;
  }
  return count;
}

/// Workers whose slots are no GPUs.
Status add_slots(const Invocation& arguments, FleetLine& line) {
  for (const std::string option : {"gpu-kind", "gpu-memory", "nodes"}) {
    if (!arguments.has(option)) continue;
    return fail(ErrorKind::bad_input,
                "--" + option + " is of GPUs: ask for them with --gres gpu:N");
  }
  GWAGEO_ASSIGN(slots, arguments.whole_or("slots", 1, 1, limits::slots_max));
  line.policy.shape.slots = static_cast<std::uint32_t>(slots);
  line.worker.insert(line.worker.end(), {"--slots", std::to_string(slots)});
  return {};
}

/// How many nodes each worker spans, with so many GPUs on each.
Result<std::uint32_t> nodes_of_gpus(const Invocation& arguments, std::int64_t gpus) {
  GWAGEO_ASSIGN(given, arguments.whole_or("nodes", 1, 1, limits::slots_max));
  const auto nodes = static_cast<std::uint32_t>(given);
  if (!is_width(nodes)) {
    return fail(ErrorKind::bad_input,
                "--nodes: " + std::to_string(nodes) + " is none of 1, 2, 4, 8, 16, 32, 64");
  }
  const std::int64_t all = gpus * nodes;
  if (nodes == 1 || (all <= limits::slots_max && is_width(static_cast<std::uint32_t>(all)))) {
    return nodes;
  }
  return fail(ErrorKind::bad_input, "--nodes: " + std::to_string(gpus) + " GPUs on each of " +
                                        std::to_string(nodes) + " are " + std::to_string(all) +
                                        ", and no model takes so many: 2, 4, 8, 16, 32 or 64");
}

/// What each worker has, and the arguments that say so to it.
Status add_shape(const Invocation& arguments, FleetLine& line) {
  const std::uint32_t of_gres = gpus_of_gres(arguments.text_or("gres", ""));
  const bool has_gpus = !arguments.has("slots") && (of_gres > 0 || arguments.has("gpus"));
  if (arguments.has("slots") && arguments.has("gpus")) {
    return fail(ErrorKind::bad_input, "--slots and --gpus: give one of them");
  }
  if (!has_gpus) return add_slots(arguments, line);
  if (!arguments.has("gpu-kind") || !arguments.has("gpu-memory")) {
    return fail(ErrorKind::bad_input,
                "--gres with GPUs needs --gpu-kind KIND and --gpu-memory GIB (of each), by which "
                "models find theirs; or --slots N for workers that do not use them");
  }
  GWAGEO_ASSIGN(gpus, arguments.whole_or("gpus", std::max(1U, of_gres), 1, limits::slots_max));
  if (of_gres > 0 && gpus != of_gres) {
    return fail(ErrorKind::bad_input, "--gpus: " + std::to_string(gpus) + ", and --gres gives " +
                                          std::to_string(of_gres) +
                                          ": leave --gpus out, or let them say the same");
  }
  GWAGEO_ASSIGN(memory, arguments.whole_or("gpu-memory", 1, 1, limits::gpu_memory_mib_max / 1024));
  GWAGEO_ASSIGN(nodes, nodes_of_gpus(arguments, gpus));
  const std::string kind = arguments.text_or("gpu-kind", "");
  if (!is_name(kind)) {
    return fail(ErrorKind::bad_input, "--gpu-kind: \"" + kind + "\" is no name, such as H100");
  }
  line.policy.shape = {static_cast<std::uint32_t>(gpus) * nodes, kind,
                       static_cast<std::uint32_t>(memory * 1024), nodes};
  line.worker.insert(line.worker.end(),
                     {"--gpus", "allocated", "--gpus-asked", std::to_string(gpus), "--gpu-kind",
                      kind, "--gpu-memory", std::to_string(memory)});
  return {};
}

/// "0-04:00:00", rounded up to a whole minute, which is what Slurm counts in.
std::string slurm_time(Duration time) {
  const std::int64_t minutes = (time.microseconds / 1000000 + 59) / 60;
  char text[64];
  std::snprintf(text, sizeof text, "%lld-%02lld:%02lld:00",
                static_cast<long long>(minutes * 60 / day),
                static_cast<long long>(minutes / 60 % 24), static_cast<long long>(minutes % 60));
  return text;
}

/// By these a fleet knows its jobs, or they would make other jobs of them, or wait for them.
constexpr std::string_view own_options[] = {"--job-name", "--comment", "--array",  "--parsable",
                                            "--wrap",     "--output",  "--signal", "--test-only",
                                            "--requeue",  "--nodes",   "--wait",   "--uid",
                                            "--clusters", "--version", "--help",   "--usage"};
constexpr std::string_view own_letters = "JaoNWMVh";
/// Options of sbatch of one letter that take no value, so that others may follow in one word.
constexpr std::string_view flag_letters = "HhkKOQsuvVWI";
/// The same by the environment.
constexpr const char* own_variables[] = {"SBATCH_ARRAY_INX", "SBATCH_WAIT", "SBATCH_CLUSTERS"};

/// Whether sbatch takes the word for an option that is the fleet's: it takes the beginning of a
/// name for the name.
bool is_own_option(const std::string& word) {
  if (!word.starts_with("--")) return own_letters.find(word[1]) != std::string_view::npos;
  const std::string name = word.substr(0, word.find('='));
  return std::any_of(std::begin(own_options), std::end(own_options),
                     [&](std::string_view own) { return own.starts_with(name); });
}

/// Whether sbatch is to say nothing: not even the number of the job.
bool is_quiet(const std::string& word) {
  return word == "-Q" || (word.size() > 2 && std::string_view("--quiet").starts_with(word));
}

/// A job's time limit or the least that Slurm may make of it, which have to hold a worker's grace:
/// the fleet has an option for it.
bool is_time_limit(const std::string& word) {
  if (!word.starts_with("--")) return word.starts_with("-t");
  const std::string name = word.substr(0, word.find('='));
  return name.size() > 3 && std::string_view("--time-min").starts_with(name);
}

Status check_extra(const std::vector<std::string>& words) {
  for (const std::string& word : words) {
    if (!word.starts_with("-") || word == "-") {
      return fail(ErrorKind::bad_input, "--extra: \"" + word +
                                            "\" is no option: write --name=value, since sbatch "
                                            "would take it for a script");
    }
    if (is_own_option(word)) {
      return fail(ErrorKind::bad_input, "--extra: " + word + " is the fleet's own to say");
    }
    if (is_time_limit(word)) {
      return fail(ErrorKind::bad_input,
                  "--extra: " + word +
                      ": write --time TIME instead: a job has to last longer than the --grace of "
                      "its worker");
    }
    if (is_quiet(word)) {
      return fail(ErrorKind::bad_input,
                  "--extra: " + word +
                      ": sbatch would not say the number of the job that it has "
                      "submitted, by which the fleet knows it: leave it out");
    }
    if (word[1] != '-' && word.size() > 2 && flag_letters.find(word[1]) != std::string_view::npos) {
      return fail(ErrorKind::bad_input,
                  "--extra: " + word + ": write each option by itself, or --name=value");
    }
  }
  return {};
}

Status check_environment(bool has_time) {
  if (!has_time && !environment("SBATCH_TIMELIMIT").empty()) {
    return fail(ErrorKind::bad_input,
                "SBATCH_TIMELIMIT in the environment would be the jobs' time limit, and they have "
                "to last longer than the --grace of their workers: give --time TIME, or unset it");
  }
  for (const char* const variable : own_variables) {
    if (environment(variable).empty()) continue;
    return fail(ErrorKind::bad_input, std::string(variable) +
                                          " in the environment is for sbatch, and the fleet's own "
                                          "to say: unset it");
  }
  return {};
}

Status add_resources(const Invocation& arguments, FleetLine& line) {
  for (const std::string option : {"partition", "gres", "account", "qos", "constraint"}) {
    if (const auto given = arguments.text(option)) {
      line.resources.push_back("--" + option + "=" + *given);
    }
  }
  if (arguments.has("time")) {
    GWAGEO_ASSIGN(time, time_or(arguments, "time", Duration{}, 60, 365 * day));
    const Duration least = line.grace + signal_margin + slurm_slack + one_minute;
    if (time < least) {
      return fail(ErrorKind::bad_input,
                  "--time: with --grace " + in_seconds_text(line.grace) +
                      " a job is told to end up to " +
                      in_seconds_text(line.grace + signal_margin + slurm_slack) +
                      " before its limit (Slurm looks once a minute); give at least " +
                      in_seconds_text(least));
    }
    line.resources.push_back("--time=" + slurm_time(time));
  }
  GWAGEO_ASSIGN(extra, split_words(arguments.text_or("extra", "")));
  GWAGEO_TRY(check_extra(extra));
  GWAGEO_TRY(check_environment(arguments.has("time")));
  line.resources.insert(line.resources.end(), extra.begin(), extra.end());
  return {};
}

Status add_policy(const Invocation& arguments, FleetPolicy& policy) {
  GWAGEO_ASSIGN(name, fleet_name(arguments));
  policy.name = std::move(name);
  if (!arguments.has("max-workers")) {
    return fail(ErrorKind::bad_input, "a fleet needs --max-workers N: how many it may become");
  }
  GWAGEO_ASSIGN(workers, arguments.whole_or("max-workers", 1, 1, workers_most));
  policy.workers_max = static_cast<std::uint32_t>(workers);
  GWAGEO_ASSIGN(idle, time_or(arguments, "idle", policy.idle, 1, 7 * day));
  GWAGEO_ASSIGN(work, time_or(arguments, "work", policy.work, 1, 7 * day));
  GWAGEO_ASSIGN(rate, arguments.whole_or("rate", policy.rate, 1, 6000));
  GWAGEO_ASSIGN(failures, arguments.whole_or("failures", policy.failures_max, 1, 1000));
  GWAGEO_ASSIGN(pause, time_or(arguments, "pause", policy.pause_first, 1, 7 * day));
  policy.idle = idle;
  policy.work = work;
  policy.rate = static_cast<std::uint32_t>(rate);
  policy.failures_max = static_cast<std::uint32_t>(failures);
  policy.pause_first = pause;
  policy.pause_most = std::max(pause, policy.pause_most);
  return {};
}

/// What a job's script says of its nodes, which nobody knows before it starts.
Status check_worker_options(const std::vector<std::string>& words) {
  for (const std::string& word : words) {
    const std::string name = word.substr(0, word.find('='));
    if (name != "--hosts" && name != "--node") continue;
    return fail(ErrorKind::bad_input, "--worker-options: " + name +
                                          " is the fleet's own to say, by the nodes that Slurm "
                                          "gives (--nodes N: how many each worker spans)");
  }
  return {};
}

/// Else each job would find out by itself. The names of nodes are made up.
Status check_worker_words(const FleetLine& line) {
  const std::vector<Verb>& verbs = verb_table();
  const auto worker = std::find_if(verbs.begin(), verbs.end(),
                                   [](const Verb& verb) { return verb.name == "worker"; });
  GWAGEO_CHECK(worker != verbs.end());
  std::vector<std::string> words = {"--name", worker_name(line.policy.name, 1)};
  words.insert(words.end(), line.worker.begin(), line.worker.end());
  if (!line.policy.shape.gpu_kind.empty()) words.insert(words.end(), {"--node", "n1"});
  if (line.policy.shape.nodes > 1) {
    std::string hosts = "n1";
    for (std::uint32_t i = 2; i <= line.policy.shape.nodes; ++i) hosts += ",n" + std::to_string(i);
    words.insert(words.end(), {"--hosts", hosts});
  }
  const auto check = [&]() -> Status {
    GWAGEO_ASSIGN(read, read_words(*worker, words));
    GWAGEO_TRY(worker_options(read));
    return {};
  };
  if (const Status fits = check(); !fits) {
    return fail(ErrorKind::bad_input,
                "no worker would start (--worker-options?): " + fits.error().message);
  }
  return {};
}

}  // namespace

Result<std::string> fleet_name(const Invocation& arguments) {
  std::string name = arguments.text_or("name", "fleet");
  if (is_name(name) && static_cast<std::int64_t>(name.size()) <= name_bytes_most) return name;
  return fail(ErrorKind::bad_input, "--name: \"" + name +
                                        "\": 1 to 100 letters, digits, '.', '_' and '-', and first "
                                        "a letter or digit");
}

Result<FleetLine> fleet_line(const Invocation& arguments, const std::string& coordinator) {
  FleetLine line;
  GWAGEO_TRY(add_policy(arguments, line.policy));
  GWAGEO_ASSIGN(grace, time_or(arguments, "grace", line.grace, 1, 3600));
  line.grace = grace;
  GWAGEO_TRY(add_resources(arguments, line));
  const std::string key = arguments.text_or("worker-key", "");
  if (key.empty()) {
    return fail(ErrorKind::bad_input,
                "a fleet needs --worker-key FILE: a key of role worker, where the nodes read it "
                "(gwageo keys new worker NAME --out FILE)");
  }
  std::error_code ignored;
  const auto own = std::filesystem::read_symlink("/proc/self/exe", ignored);
  line.program = absolute_path(arguments.text_or("program", own.string()));
  line.log_folder = absolute_path(arguments.text_or("log-folder", "."));
  line.worker = {"--coordinator", arguments.text_or("worker-coordinator", coordinator),
                 "--key",         absolute_path(key),
                 "--grace",       std::to_string(grace.microseconds / 1000000) + "s"};
  GWAGEO_ASSIGN(join, time_or(arguments, "join-within", seconds(300), 1, day));
  line.worker.insert(line.worker.end(),
                     {"--connect-within", std::to_string(join.microseconds / 1000000)});
  GWAGEO_TRY(add_shape(arguments, line));
  GWAGEO_ASSIGN(more, split_words(arguments.text_or("worker-options", "")));
  GWAGEO_TRY(check_worker_options(more));
  line.worker.insert(line.worker.end(), more.begin(), more.end());
  GWAGEO_TRY(check_worker_words(line));
  return line;
}

std::string worker_script(const FleetLine& line, std::uint32_t number) {
  std::vector<std::string> words = {line.program, "worker", "--name",
                                    worker_name(line.policy.name, number)};
  words.insert(words.end(), line.worker.begin(), line.worker.end());
  std::string script = "#!/bin/sh\n# A worker of gwageo's fleet " + line.policy.name +
                       ". Its secrets are in the file after --key, and nowhere else.\nexec " +
                       quoted(words);
  if (!line.policy.shape.gpu_kind.empty()) script += " --node \"$SLURMD_NODENAME\"";
  if (line.policy.shape.nodes > 1) {
    script += " --hosts \"$(scontrol show hostnames \"$SLURM_JOB_NODELIST\" | paste -sd, -)\"";
  }
  return script + "\n";
}

std::vector<std::string> sbatch_words(const FleetLine& line, const WorkerJob& job) {
  const std::string name = job_name(line.policy.name, job.number);
  const Duration notice = line.grace + signal_margin;
  const std::uint32_t nodes = line.policy.shape.nodes;
  std::vector<std::string> words = {
      "sbatch",
      "--parsable",
      "--job-name=" + name,
      "--comment=" + job.comment,
      "--nodes=" + std::to_string(nodes),
      nodes == 1 ? "--ntasks=1" : "--ntasks-per-node=1",
      "--no-requeue",
      "--signal=B:TERM@" + std::to_string(notice.microseconds / 1000000),
      "--output=" + worker_log(line, job.number, "%j"),
      "--open-mode=append"};
  words.insert(words.end(), line.resources.begin(), line.resources.end());
  return words;
}

std::string worker_log(const FleetLine& line, std::uint32_t number, const std::string& job) {
  return line.log_folder + "/" + job_name(line.policy.name, number) + "-" + job + ".log";
}

std::vector<Parameter> fleet_parameters() {
  return {
      needed_option("--partition", "P", "the partition that its jobs go to"),
      needed_option("--max-workers", "N", "how many worker jobs there may be at a time"),
      needed_option("--worker-key", "FILE", "a key of role worker, where the nodes can read it"),
      option("--gres", "G", "what each worker's node gives, for instance gpu:8 or gpu:h100:8"),
      option("--gpu-kind", "KIND", "of GPUs, needed: what they are, for instance H100"),
      option("--gpu-memory", "GIB", "of GPUs, needed: the memory of each"),
      option("--gpus", "N",
             "GPUs of a worker, on each of its nodes (what --gres says, unless given)"),
      option("--nodes", "N",
             "nodes that each worker spans, 1, 2, 4, ...: for models of that shape (1)"),
      option("--slots", "N", "in place of GPUs: slots of a worker (1 unless given)"),
      option("--time", "TIME", "a job's time limit (the partition's unless given)"),
      option("--account", "A", "whom Slurm charges"),
      option("--qos", "Q", "the quality of service"),
      option("--constraint", "C", "features that nodes must have"),
      option("--extra", "ARGS", "more options of sbatch, for instance \"--mem=0 --exclusive\""),
      option("--name", "NAME", "the fleet's name, by which it knows its jobs (fleet)"),
      option("--idle", "TIME", "a worker that holds nothing for so long is handed back (5m)"),
      option("--work", "TIME", "one more worker slot for each so much slot time of work (1m)"),
      option("--grace", "TIME", "what a worker may use to finish once it is told to stop (20s)"),
      option("--every", "TIME", "how often it looks; a new backlog is seen at once (10s)"),
      option("--rate", "N", "worker jobs submitted in a minute at most (60)"),
      option("--failures", "N", "failed starts in a row until it pauses (3)"),
      option("--pause", "TIME", "the first pause; each one more is twice as long, to 30m (1m)"),
      option("--join-within", "TIME", "a worker that has not joined by then has failed (5m)"),
      option("--program", "FILE", "gwageo on the nodes (this program's own path)"),
      option("--worker-coordinator", "ADDR", "the coordinator as the nodes reach it (as here)"),
      option("--worker-options", "ARGS", "more options of gwageo worker"),
      option("--log-folder", "DIR", "where worker logs go, gwageo-NAME-wN-JOB.log (.)"),
      option("--log", "FILE", "its own log there instead of on standard error"),
      flag("--dry-run", "show script, command line, Slurm's answer and what it would do; end"),
      flag("--once", "look and act once, and end"),
      flag("--cancel-on-exit", "told to stop, cancel its jobs (they go on unless given)")};
}

}  // namespace gwageo
