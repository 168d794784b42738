#include "ops/replay_options.h"

#include "coordinator/durable_file.h"
#include "protocol/json.h"

namespace gwageo {
namespace {

/// Meets one forged answer in a hundred with 99 %, of however large a job.
constexpr std::int64_t usual_sample = 459;
/// A coordinator signs about once a second and publishes every two; witnesses look as often.
constexpr std::int64_t usual_root_within = 30;

/// A rate from above 0 to below 1, as the coordinator reads it.
Result<double> rate_or(const Invocation& arguments, const std::string& name, double otherwise) {
  const std::optional<std::string> text = arguments.text(name);
  if (!text) return otherwise;
  const Result<Json> json = Json::parse(*text);
  const double rate = json && json->is_number() ? json->as_double() : 0;
  if (rate > 0 && rate < 1) return rate;
  return fail(ErrorKind::bad_input, "--" + name +
                                        ": expected a number above 0 and below 1, for instance "
                                        "0.01, in place of \"" +
                                        *text + "\"");
}

Status read_policy_option(const std::string& path, ReplayOptions& options) {
  GWAGEO_ASSIGN(text, read_file(path, policy_bytes_max));
  Result<LogPolicy> policy = parse_policy(text);
  if (!policy) return fail("--policy " + path, policy.error());
  options.policy = *std::move(policy);
  return {};
}

}  // namespace

Result<ReplayOptions> replay_options(const Invocation& arguments) {
  ReplayOptions options;
  options.job = arguments.text_or("JOB", "");
  if (arguments.has("audit")) {
    if (!options.job.empty()) {
      return fail(ErrorKind::bad_input, "--audit shows one that is there: leave JOB out");
    }
    GWAGEO_ASSIGN(audit, arguments.whole_or("audit", 0, 1, INT64_MAX));
    options.audit = static_cast<std::uint64_t>(audit);
  } else if (options.job.empty()) {
    return fail(ErrorKind::bad_input, "JOB is missing: which job is to be run again in part");
  }
  GWAGEO_ASSIGN(sample, arguments.whole_or("sample", usual_sample, 1, sample_items_max));
  options.sample = sample;
  options.is_sample_given = arguments.has("sample");
  if (const auto text = arguments.text("nonce")) {
    options.nonce = from_hex(*text);
    if (!options.nonce) {
      return fail(ErrorKind::bad_input, "--nonce: expected 64 hexadecimal digits");
    }
  }
  GWAGEO_ASSIGN(honest, rate_or(arguments, "honest-rate", options.rule.honest));
  GWAGEO_ASSIGN(false_alarm, rate_or(arguments, "false-alarm", options.rule.false_alarm));
  GWAGEO_ASSIGN(forged, rate_or(arguments, "forged-share", options.forged_share));
  options.rule = {honest, false_alarm};
  options.forged_share = forged;
  GWAGEO_ASSIGN(within, arguments.whole_or("root-within", usual_root_within, 1, 86400));
  options.root_within = seconds(within);
  if (const auto path = arguments.text("policy")) GWAGEO_TRY(read_policy_option(*path, options));
  options.keep = arguments.text_or("keep", "");
  options.is_waited_for = !arguments.has("no-wait");
  return options;
}

}  // namespace gwageo
