#include "ops/bench_endpoint.h"

#include <algorithm>
#include <cstdint>

#include "ops/bench_figures.h"
#include "ops/bench_pool.h"
#include "ops/output.h"
#include "ops/system_clock.h"
#include "worker/engine.h"

namespace gwageo {
namespace {

constexpr std::uint64_t endpoint_item_bytes = 300;
constexpr Duration endpoint_job_at_most = seconds(600);

struct EndpointQuestion {
  std::string url;
  std::string model;
  std::uint64_t connections = 0;
  std::uint64_t items = 0;
};

/// What the run took, without what led up to it.
struct Took {
  double wall = 0;
  double client_cpu = 0;
  double server_cpu = 0;
};

Request numbered_request(std::uint64_t number) {
  Request request;
  request.prompt =
      "Question: " + std::to_string(number) + " + " + std::to_string(number % 97) + " =\n";
  while (request.prompt.size() < endpoint_item_bytes - 7) request.prompt += '.';
  request.prompt += "Answer:";
  request.tokens_max = 64;
  return request;
}

// Keeps a few calls waiting in the engine, so that no connection waits for us.
Result<Took> through_engine(const EndpointQuestion& asked, pid_t server) {
  const SystemClock clock;
  GWAGEO_ASSIGN(engine, make_engine("openai", clock, {}));
  const ModelSpec spec{
      "bench",
      {},
      "openai",
      asked.url,
      {{"model", asked.model}, {"connections", std::to_string(asked.connections)}}};
  GWAGEO_TRY(engine->load(spec));
  const double cpu_before = own_cpu_seconds();
  const double server_before = use_of(server).cpu_seconds;
  const Duration began = clock.monotonic();
  std::uint64_t started = 0;
  for (std::uint64_t done = 0; done < asked.items;) {
    for (; started < std::min(asked.items, done + 2 * asked.connections); ++started) {
      engine->start({started, "bench", std::to_string(started), 0, 0, numbered_request(started)});
    }
    engine->wait(seconds(1));
    for (const Completion& each : engine->step()) {
      if (!is_scored(each.response.outcome)) {
        return fail(ErrorKind::unavailable, "bench: " + each.response.error);
      }
      ++done;
    }
  }
  return Took{in_seconds(clock.monotonic() - began), own_cpu_seconds() - cpu_before,
              use_of(server).cpu_seconds - server_before};
}

Result<Took> through_pool(const EndpointQuestion& asked, pid_t server, const std::string& parent,
                          std::uint64_t window) {
  GWAGEO_ASSIGN(pool, BenchPool::start(parent));
  GWAGEO_TRY(pool->add_endpoint_work(asked.items, endpoint_item_bytes, asked.url, asked.model,
                                     asked.connections));
  GWAGEO_TRY(pool->start_workers(1, window));
  const SystemClock clock;
  const double cpu_before = pool->cpu_seconds() + own_cpu_seconds();
  const double server_before = use_of(server).cpu_seconds;
  const Duration began = clock.monotonic();
  GWAGEO_ASSIGN(job, pool->submit());
  GWAGEO_TRY(pool->wait_done(job, asked.items, endpoint_job_at_most));
  return Took{in_seconds(clock.monotonic() - began),
              pool->cpu_seconds() + own_cpu_seconds() - cpu_before,
              use_of(server).cpu_seconds - server_before};
}

}  // namespace

Result<int> bench_endpoint(const Invocation& arguments, const std::string& parent) {
  GWAGEO_ASSIGN(connections, arguments.whole_or("connections", 32, 1, 4096));
  GWAGEO_ASSIGN(items, arguments.whole_or("n", 50000, 1, 100000000));
  GWAGEO_ASSIGN(
      window, arguments.whole_or("window", std::min<std::int64_t>(connections * 4, 4096), 1, 4096));
  GWAGEO_ASSIGN(server, arguments.whole_or("server", 0, 0, 1 << 30));
  const EndpointQuestion asked{arguments.text_or("url", ""), arguments.text_or("model", "bench"),
                               static_cast<std::uint64_t>(connections),
                               static_cast<std::uint64_t>(items)};
  const std::string through = arguments.text_or("through", "engine");
  if (through != "engine" && through != "pool") {
    return fail(ErrorKind::bad_input,
                "--through: \"" + through + "\" is not known: engine or pool");
  }
  const auto process = static_cast<pid_t>(server);
  GWAGEO_ASSIGN(took, through == "engine" ? through_engine(asked, process)
                                          : through_pool(asked, process, parent,
                                                         static_cast<std::uint64_t>(window)));
  const auto n = static_cast<double>(items);
  Figures figures;
  figures.add("through", through);
  figures.add("connections", static_cast<double>(connections));
  figures.add("n", n);
  figures.add("wall_s", took.wall);
  figures.add("items_per_s", n / took.wall);
  figures.add("cpu_s_per_10k", took.client_cpu / n * 1e4);
  figures.add("client_cpu", took.client_cpu / took.wall);
  if (process > 0) figures.add("server_cpu", took.server_cpu / took.wall);
  figures.print(arguments);
  return exit_code::done;
}

}  // namespace gwageo
