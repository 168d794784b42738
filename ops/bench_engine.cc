#include "ops/bench_engine.h"

#include <algorithm>
#include <cstdint>

#include "ops/bench_figures.h"
#include "ops/bench_pool.h"
#include "ops/output.h"
#include "ops/system_clock.h"
#include "worker/http_client.h"
#include "worker/openai_generation.h"

namespace gwageo {
namespace {

constexpr std::uint64_t engine_item_bytes = 300;
constexpr Duration engine_job_at_most = seconds(3600);
constexpr Duration answer_at_most = seconds(600);

struct EngineRun {
  double tokens = 0;
  double wall = 0;
};

std::vector<std::string> bodies(const OpenAiOptions& options, std::uint64_t items) {
  std::vector<std::string> all;
  for (std::uint64_t i = 0; i < items; ++i) {
    Request request;
    request.prompt = bench_prompt(i, engine_item_bytes);
    request.stop = {"\n"};
    request.tokens_max = bench_tokens_max;
    all.push_back(generation_body(request, options));
  }
  return all;
}

Result<double> tokens_in(const HttpAnswer& answer) {
  const Result<Json> json = Json::parse(answer.body);
  const Json* const usage = json ? json->find("usage") : nullptr;
  const Json* const tokens = usage == nullptr ? nullptr : usage->find("completion_tokens");
  if (answer.status == 200 && tokens != nullptr && tokens->is_integer()) {
    return static_cast<double>(tokens->as_integer());
  }
  return fail(ErrorKind::unavailable,
              "bench: the server does not say how many tokens it made: status " +
                  std::to_string(answer.status) + " " + answer.error + answer.body.substr(0, 200));
}

// The next request goes out as soon as an answer is in; nothing else is done.
Result<EngineRun> bare(const OpenAiOptions& options, std::uint64_t items) {
  const std::vector<std::string> all = bodies(options, items);
  const SystemClock clock;
  HttpClientOptions http;
  http.connections_max = options.connections;
  HttpClient client(clock, http);
  EngineRun run;
  const Duration began = clock.monotonic();
  std::uint64_t started = 0;
  for (std::uint64_t done = 0; done < items;) {
    for (; started < std::min<std::uint64_t>(items, done + options.connections); ++started) {
      client.start({started, options.url + "/completions", all[started], answer_at_most});
    }
    client.wait(seconds(1));
    for (const HttpAnswer& answer : client.step()) {
      GWAGEO_ASSIGN(tokens, tokens_in(answer));
      run.tokens += tokens;
      ++done;
    }
  }
  run.wall = in_seconds(clock.monotonic() - began);
  return run;
}

Result<double> rate_through_pool(BenchPool& pool, std::uint64_t items) {
  const SystemClock clock;
  const Duration began = clock.monotonic();
  GWAGEO_ASSIGN(job, pool.submit());
  GWAGEO_TRY(pool.wait_done(job, items, engine_job_at_most));
  return in_seconds(clock.monotonic() - began);
}

}  // namespace

Result<int> bench_engine(const Invocation& arguments, const std::string& parent) {
  GWAGEO_ASSIGN(connections, arguments.whole_or("connections", 8, 1, 4096));
  GWAGEO_ASSIGN(items, arguments.whole_or("n", 200, 1, 1000000));
  GWAGEO_ASSIGN(rounds, arguments.whole_or("rounds", 3, 1, 100));
  const std::string model = arguments.text_or("model", "bench");
  const auto count = static_cast<std::uint64_t>(items);
  ModelSpec spec{"bench", {}, "openai", arguments.text_or("url", ""), {}};
  spec.options = {{"model", model}, {"connections", std::to_string(connections)}};
  GWAGEO_ASSIGN(options, read_openai_options(spec));
  GWAGEO_ASSIGN(pool, BenchPool::start(parent));
  GWAGEO_TRY(pool->add_endpoint_work(count, engine_item_bytes, spec.path, model,
                                     static_cast<std::uint64_t>(connections)));
  GWAGEO_TRY(pool->start_workers(1, static_cast<std::uint64_t>(connections) * 4));
  GWAGEO_TRY(rate_through_pool(*pool, count));  // The model is loaded with it.
  EngineRun alone;
  double pool_wall = 0;
  std::vector<double> shares;
  for (std::int64_t round = 0; round < rounds; ++round) {
    double wall = 0;
    const auto take_pool = [&]() -> Status {
      GWAGEO_ASSIGN(took, rate_through_pool(*pool, count));
      wall = took;
      return {};
    };
    if (round % 2 == 1) GWAGEO_TRY(take_pool());
    GWAGEO_ASSIGN(run, bare(options, count));
    if (round % 2 == 0) GWAGEO_TRY(take_pool());
    alone.tokens += run.tokens;
    alone.wall += run.wall;
    pool_wall += wall;
    shares.push_back(run.wall / wall);
  }
  std::ranges::sort(shares);
  Figures figures;
  figures.add("connections", static_cast<double>(connections));
  figures.add("n", static_cast<double>(items));
  figures.add("rounds", static_cast<double>(rounds));
  figures.add("tokens", alone.tokens);
  figures.add("bare_tokens_per_s", alone.tokens / alone.wall);
  figures.add("pool_tokens_per_s", alone.tokens / pool_wall);
  figures.add("share", shares[shares.size() / 2]);
  figures.add("share_least", shares.front());
  figures.add("share_most", shares.back());
  figures.print(arguments);
  return exit_code::done;
}

}  // namespace gwageo
