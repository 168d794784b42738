#include "ops/bench_pool.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "coordinator/data_directory.h"
#include "ops/child_process.h"
#include "ops/supervisor.h"
#include "ops/system.h"

namespace gwageo {
namespace {

constexpr Duration start_at_most = seconds(60);
constexpr std::string_view pool_suite_text =
    "suite: bench\nversion: 1\naxes: {all: {weight: 1}}\ntasks:\n  - task: echo\n    axis: all\n"
    "    output_type: generate_until\n    dataset_kwargs: {data_files: items.jsonl}\n"
    "    doc_to_text: \"{{prompt}}\"\n    doc_to_target: \"{{answer}}\"\n"
    "    generation_kwargs: {until: [\"\\n\"], max_gen_toks: 64}\n"
    "    metric_list: [{metric: exact_match, aggregation: mean, higher_is_better: true}]\n";

// A line of `/proc/PID/status`, in MB.
double status_mb(pid_t process, const std::string& field) {
  std::ifstream file("/proc/" + std::to_string(process) + "/status");
  std::string line;
  while (std::getline(file, line)) {
    if (line.rfind(field + ":", 0) == 0) {
      return std::strtod(line.c_str() + field.size() + 1, nullptr) / 1024;
    }
  }
  return 0;
}

}  // namespace

std::string bench_prompt(std::uint64_t number, std::uint64_t bytes) {
  std::string prompt = std::to_string(number) + " ";
  while (prompt.size() < bytes) {
    prompt += static_cast<char>('a' + (number * 7 + prompt.size()) % 26);
  }
  return prompt;
}

ProcessUse use_of(pid_t process) {
  ProcessUse use;
  std::ifstream file("/proc/" + std::to_string(process) + "/stat");
  std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  const std::size_t name_end = text.rfind(')');
  if (name_end != std::string::npos) {
    std::istringstream fields(text.substr(name_end + 1));
    std::string field;
    double ticks = 0;
    for (int i = 3; i <= 15 && fields >> field; ++i) {
      if (i >= 14) ticks += std::strtod(field.c_str(), nullptr);
    }
    use.cpu_seconds = ticks / static_cast<double>(::sysconf(_SC_CLK_TCK));
  }
  use.memory_mb = status_mb(process, "VmRSS");
  use.peak_mb = status_mb(process, "VmHWM");
  return use;
}

Result<std::unique_ptr<BenchPool>> BenchPool::start(const std::string& parent, bool over_tcp) {
  std::string folder = absolute_path(parent) + "/gwageo-bench-XXXXXX";
  if (::mkdtemp(folder.data()) == nullptr) {
    return fail(ErrorKind::io, "cannot make a folder in " + parent);
  }
  std::unique_ptr<BenchPool> pool(new BenchPool(folder, over_tcp));
  GWAGEO_TRY(pool->start_coordinator());
  return pool;
}

BenchPool::~BenchPool() {
  client_.reset();
  for (const pid_t worker : workers_) end(worker, SIGKILL);
  if (coordinator_ > 0) end(coordinator_, SIGKILL);
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

void BenchPool::end(pid_t process, int signal) {
  ::kill(process, signal);
  ::waitpid(process, nullptr, 0);
}

Status BenchPool::start_coordinator() {
  GWAGEO_ASSIGN(process, start_child({"coordinator", "--data", folder_ + "/data", "--log",
                                      folder_ + "/coordinator.log"},
                                     SIGKILL));
  coordinator_ = process;
  return connect();
}

// Asks until the coordinator answers.
Status BenchPool::connect() {
  Invocation place;
  place.add("data", folder_ + "/data");
  const Duration began = clock_.monotonic();
  while (clock_.monotonic() - began < start_at_most) {
    if (::waitpid(coordinator_, nullptr, WNOHANG) == coordinator_) {
      coordinator_ = 0;
      return fail(ErrorKind::unavailable, "the coordinator ended; see " + folder_);
    }
    const Result<std::string> endpoint = read_endpoint(folder_ + "/data");
    if (!endpoint) {
      ::usleep(1000);
      continue;
    }
    Result<Client> client = Client::open(place);
    if (!client) continue;
    client_.emplace(*std::move(client));
    const Result<VerbAnswer> health = client_->call("health");
    if (health) return {};
    client_.reset();
  }
  return fail(ErrorKind::unavailable, "the coordinator does not answer");
}

Result<Duration> BenchPool::restart_coordinator() {
  client_.reset();
  end(coordinator_, SIGTERM);
  coordinator_ = 0;
  const Duration began = clock_.monotonic();
  GWAGEO_TRY(start_coordinator());
  return clock_.monotonic() - began;
}

Status BenchPool::run_verb(std::vector<std::string> arguments) {
  const std::string what = arguments.front();
  arguments.insert(arguments.end(), {"--data", folder_ + "/data"});
  const int saved = ::dup(STDOUT_FILENO);
  if (std::freopen("/dev/null", "w", stdout) == nullptr) {
    return fail(ErrorKind::io, "cannot redirect standard output");
  }
  Result<pid_t> child = start_child(arguments, SIGKILL);
  ::dup2(saved, STDOUT_FILENO);
  ::close(saved);
  if (!child) return tl::unexpected(child.error());
  int status = 0;
  ::waitpid(*child, &status, 0);
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return {};
  return fail(ErrorKind::unavailable, "bench: `" + what + "` " + describe_end(status));
}

Status BenchPool::add_suite(std::uint64_t items, std::uint64_t bytes) {
  {
    std::ofstream suite(folder_ + "/bench.yaml");
    suite << pool_suite_text;
    std::ofstream rows(folder_ + "/items.jsonl");
    for (std::uint64_t i = 0; i < items; ++i) {
      rows << "{\"id\":" << i << ",\"prompt\":\"" << bench_prompt(i, bytes)
           << "\",\"answer\":\"a\"}\n";
    }
    if (!rows) return fail(ErrorKind::io, "cannot write the items");
  }
  return run_verb({"suite", "add", folder_ + "/bench.yaml"});
}

Status BenchPool::add_endpoint_work(std::uint64_t items, std::uint64_t bytes,
                                    const std::string& url, const std::string& model,
                                    std::uint64_t connections) {
  GWAGEO_TRY(add_suite(items, bytes));
  return run_verb({"model", "add", "bench", "--role", "reference", "--released", "2026-01-01",
                   "--engine", "openai", "--url", url, "--option", "model=" + model, "--option",
                   "connections=" + std::to_string(connections)});
}

Status BenchPool::add_work(std::uint64_t items, std::uint64_t bytes, const Pace& pace) {
  GWAGEO_TRY(add_suite(items, bytes));
  return run_verb({"model", "add", "bench", "--role", "reference", "--released", "2026-01-01",
                   "--engine", "paced", "--option",
                   "milliseconds=" + std::to_string(pace.milliseconds), "--option",
                   "in_flight=" + std::to_string(pace.in_flight), "--option",
                   "bytes=" + std::to_string(bytes)});
}

Result<std::string> BenchPool::worker_endpoint() const {
  const std::string data = folder_ + "/data";
  GWAGEO_ASSIGN(endpoint, over_tcp_ ? read_endpoint(data) : read_nearest_endpoint(data));
  if (over_tcp_ || endpoint.starts_with(unix_prefix)) return endpoint;
  return fail(
      ErrorKind::bad_input,
      data + " cannot hold a Unix socket: measure over TCP (--over tcp) or elsewhere (--in)");
}

Status BenchPool::start_workers(std::uint64_t count, std::uint64_t window,
                                const std::vector<std::string>& options) {
  GWAGEO_ASSIGN(endpoint, worker_endpoint());
  for (std::uint64_t i = 0; i < count; ++i) {
    const std::string name = "w" + std::to_string(workers_.size() + 1);
    std::vector<std::string> arguments = {"worker",
                                          "--coordinator",
                                          endpoint,
                                          "--key",
                                          folder_ + "/data/keys/worker.key",
                                          "--name",
                                          name,
                                          "--credit",
                                          std::to_string(window),
                                          "--threads",
                                          "1",
                                          "--nice",
                                          std::to_string(near_worker_nice),
                                          "--log",
                                          folder_ + "/" + name + ".log"};
    arguments.insert(arguments.end(), options.begin(), options.end());
    GWAGEO_ASSIGN(process, start_child(arguments, SIGKILL));
    workers_.push_back(process);
  }
  const Duration began = clock_.monotonic();
  while (clock_.monotonic() - began < start_at_most) {
    GWAGEO_ASSIGN(health, client_->call("health"));
    const Json* const workers = health.body.find("workers");
    if (workers != nullptr && workers->is_integer() &&
        workers->as_integer() == static_cast<std::int64_t>(workers_.size())) {
      return {};
    }
    ::usleep(5000);
  }
  return fail(ErrorKind::unavailable, "the workers did not connect");
}

Result<std::string> BenchPool::submit() {
  Json body;
  body["request"] = random_name();
  body["model"] = "bench";
  body["suite"] = "bench";
  body["skip_lookup"] = true;
  GWAGEO_ASSIGN(answer, client_->call("submit", std::move(body)));
  const Json* const job = answer.body.find("job");
  if (job == nullptr || !job->is_string()) return fail(ErrorKind::corrupt, "submit: no job");
  return job->as_string();
}

Status BenchPool::wait_done(const std::string& job, std::uint64_t items, Duration at_most) {
  const Duration began = clock_.monotonic();
  std::int64_t pause = 1000;
  while (clock_.monotonic() - began < at_most) {
    Json body;
    body["job"] = job;
    GWAGEO_ASSIGN(answer, client_->call("status", std::move(body)));
    const Json* const counts = answer.body.find("items");
    const Json* const done = counts == nullptr ? nullptr : counts->find("done");
    const std::int64_t so_far = done == nullptr ? 0 : done->as_integer();
    const auto all = static_cast<std::int64_t>(items);
    if (so_far == all) return {};
    // Asking costs the coordinator time: seldom at first, closely near the expected end.
    const std::int64_t spent = (clock_.monotonic() - began).microseconds;
    if (so_far > 0)
      pause = std::clamp<std::int64_t>(spent * (all - so_far) / so_far / 3, 500, 200000);
    ::usleep(static_cast<useconds_t>(pause));
  }
  return fail(ErrorKind::unavailable, "the job is not done in time");
}

void BenchPool::kill_worker(std::size_t index) {
  end(workers_.at(index), SIGKILL);
  workers_.erase(workers_.begin() + static_cast<std::ptrdiff_t>(index));
}

Result<std::string> BenchPool::results_root(const std::string& job) {
  const Duration began = clock_.monotonic();
  while (clock_.monotonic() - began < start_at_most) {
    Json body;
    body["job"] = job;
    const Result<VerbAnswer> answer = client_->call("results", std::move(body));
    const Json* const root = answer ? answer->body.find("results_root") : nullptr;
    if (root != nullptr && root->is_string()) return root->as_string();
    ::usleep(5000);
  }
  return fail(ErrorKind::unavailable, "the job is not evaluated in time");
}

ProcessUse BenchPool::coordinator_use() const { return use_of(coordinator_); }

double BenchPool::cpu_seconds() const {
  double total = use_of(coordinator_).cpu_seconds;
  for (const pid_t worker : workers_) total += use_of(worker).cpu_seconds;
  return total;
}

}  // namespace gwageo
