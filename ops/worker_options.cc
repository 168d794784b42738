#include "ops/worker_options.h"

#include "ops/duration.h"
#include "ops/weights_options.h"
#include "protocol/limits.h"
#include "protocol/zap_handler.h"
#include "worker/agent_options.h"

namespace gwageo {
namespace {

constexpr std::int64_t connect_within_max = 86400;
constexpr std::int64_t slowdown_max = 1000;
constexpr std::int64_t grace_seconds_max = 3600;
constexpr std::int64_t check_every_max = 86400;
constexpr std::int64_t copy_rate_max = 100'000;
constexpr std::int64_t threads_max = 1024;
constexpr std::int64_t niceness_max = 19;

Result<std::optional<WorkerGpus>> gpus_of(const Invocation& arguments) {
  GWAGEO_ASSIGN(gpus, worker_gpus(arguments));
  GWAGEO_TRY(add_hosts(arguments, gpus));
  if (gpus && gpus->count > 0) GWAGEO_TRY(check_hosts(*gpus));
  return gpus;
}

Result<std::optional<Duration>> grace_of(const Invocation& arguments) {
  const std::optional<std::string> given = arguments.text("grace");
  if (!given) return std::nullopt;
  const std::optional<std::int64_t> length = parse_seconds(*given);
  if (length && *length >= 1 && *length <= grace_seconds_max) return seconds(*length);
  return fail(ErrorKind::bad_input,
              "--grace: \"" + *given + "\" is no time from 1s to 1h, such as 20s or 2m");
}

Status check_name(const Invocation& arguments) {
  const std::optional<std::string> name = arguments.text("name");
  if (!name || is_principal_name(*name)) return {};
  return fail(ErrorKind::bad_input, "--name: \"" + *name +
                                        "\": 1 to 128 letters, digits, '.', '_' and '-', and "
                                        "first a letter or digit");
}

}  // namespace

Result<WorkerOptions> worker_options(const Invocation& arguments) {
  const AgentOptions unless_given;
  WorkerOptions options;
  GWAGEO_ASSIGN(gpus, gpus_of(arguments));
  GWAGEO_ASSIGN(every, arguments.whole_or("health-every", 3600, 1, check_every_max));
  GWAGEO_ASSIGN(rate, arguments.whole_or("gpu-copy-rate", 0, 1, copy_rate_max));
  GWAGEO_ASSIGN(slots, arguments.whole_or("slots", 1, 1, limits::slots_max));
  GWAGEO_ASSIGN(
      credit, arguments.whole_or("credit", unless_given.credit_items, 1, limits::credit_items_max));
  GWAGEO_ASSIGN(loads, arguments.whole_or("loads", unless_given.loads, 1, limits::slots_max));
  GWAGEO_ASSIGN(grace, grace_of(arguments));
  GWAGEO_TRY(check_name(arguments));
  GWAGEO_TRY(check_weights_options(arguments));
  GWAGEO_ASSIGN(threads, arguments.whole_or("threads", 0, 1, threads_max));
  GWAGEO_ASSIGN(slowdown, arguments.whole_or("slowdown", 1, 1, slowdown_max));
  GWAGEO_ASSIGN(within, arguments.whole_or("connect-within", 0, 1, connect_within_max));
  GWAGEO_ASSIGN(niceness, arguments.whole_or("nice", 0, 0, niceness_max));
  options.gpus = std::move(gpus);
  options.slots = static_cast<std::uint32_t>(slots);
  options.name = arguments.text_or("name", "");
  options.credit_items = static_cast<std::uint32_t>(credit);
  options.loads = static_cast<std::uint32_t>(loads);
  options.grace = grace;
  if (threads > 0) options.threads = static_cast<unsigned>(threads);
  options.slowdown = static_cast<std::uint32_t>(slowdown);
  options.health_every = seconds(every);
  options.copy_rate = static_cast<std::uint64_t>(rate);
  if (within > 0) options.connect_within = seconds(within);
  options.niceness = static_cast<int>(niceness);
  return options;
}

}  // namespace gwageo
