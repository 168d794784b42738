#include "ops/simulate_setup.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "coordinator/words.h"
#include "ops/simulate/csv.h"
#include "ops/simulate/fleet.h"
#include "ops/simulate/shape.h"
#include "ops/simulate/simulator.h"
#include "ops/simulate/traces.h"
#include "ops/simulate_options.h"
#include "protocol/wide.h"

namespace gwageo {
namespace {

using simulate::WorkloadOptions;

constexpr std::int64_t span_max = std::int64_t{86400} * 1000 * 1000000;
constexpr std::uintmax_t trace_bytes_max = std::uintmax_t{256} << 20;
constexpr std::int64_t failures_max = 1000000;
constexpr std::uint32_t shares_max = 1000000;

Result<std::string> read_whole(const std::string& path) {
  std::error_code error;
  const std::uintmax_t size = std::filesystem::file_size(path, error);
  if (error) return fail(ErrorKind::bad_input, path + ": " + error.message());
  if (size > trace_bytes_max) return fail(ErrorKind::bad_input, path + ": more than 256 MiB");
  std::ifstream in(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(in), {}};
  if (!in.eof() && in.fail()) return fail(ErrorKind::io, path + ": cannot be read");
  return text;
}

/// An option that is a number from 1 up, where it was given.
Status take_number(const Invocation& arguments, std::string_view name, std::uint32_t most,
                   std::uint32_t& value) {
  GWAGEO_ASSIGN(given, arguments.whole_or(name, value, 1, most));
  value = static_cast<std::uint32_t>(given);
  return {};
}

Status take_span(const Invocation& arguments, std::string_view name, Duration& value,
                 bool may_be_none = false) {
  const std::optional<std::string> text = arguments.text(name);
  if (!text) return {};
  const Result<Duration> span = parse_span(*text, may_be_none);
  if (!span) return fail("--" + std::string(name), span.error());
  value = *span;
  return {};
}

Status take_load(const Invocation& arguments, WorkloadOptions& options) {
  const std::optional<std::string> text = arguments.text("load");
  if (!text) return {};
  const std::size_t dots = std::min(text->find(".."), text->size());
  const Result<Duration> least = parse_span(text->substr(0, dots));
  const Result<Duration> most =
      dots == text->size() ? least : parse_span(std::string_view(*text).substr(dots + 2));
  if (!least || !most) {
    return fail(ErrorKind::bad_input,
                "--load: \"" + *text +
                    "\" is no span of time nor two like 30s..300s, each from 0.000001s to 1000d");
  }
  options.load_least = *least;
  options.load_most = *most;
  return {};
}

/// One of two words.
Status take_word(const Invocation& arguments, std::string_view name, std::string_view no,
                 std::string_view yes, bool& value) {
  const std::optional<std::string> text = arguments.text(name);
  if (!text) return {};
  if (*text != no && *text != yes) {
    return fail(ErrorKind::bad_input, "--" + std::string(name) + ": \"" + *text +
                                          "\" is not known: " + std::string(no) + " or " +
                                          std::string(yes));
  }
  value = *text == yes;
  return {};
}

Status take_gangs(const Invocation& arguments, WorkloadOptions& options) {
  using simulate::Gangs;
  const std::optional<std::string> text = arguments.text("gangs");
  if (!text) return {};
  if (*text == "none") {
    options.gangs = Gangs::narrow;
  } else if (*text == "mixed") {
    options.gangs = Gangs::mixed;
  } else if (*text == "wide") {
    options.gangs = Gangs::wide;
  } else {
    return fail(ErrorKind::bad_input,
                "--gangs: \"" + *text + "\" is not known: none, mixed or wide");
  }
  return {};
}

Status take_work(const Invocation& arguments, WorkloadOptions& options) {
  GWAGEO_TRY(take_number(arguments, "teams", simulate::teams_max, options.teams));
  GWAGEO_TRY(take_number(arguments, "models", simulate::classes_max, options.models));
  GWAGEO_TRY(take_number(arguments, "shards", simulate::shards_max, options.shards));
  GWAGEO_TRY(take_number(arguments, "data-sets", 10000, options.data_sets));
  GWAGEO_TRY(take_number(arguments, "batches", 65536, options.batches));
  GWAGEO_TRY(take_span(arguments, "median", options.median));
  GWAGEO_TRY(take_span(arguments, "longest", options.longest));
  GWAGEO_TRY(take_span(arguments, "arrive", options.arrive_within));
  GWAGEO_TRY(take_load(arguments, options));
  GWAGEO_TRY(take_word(arguments, "sharing", "shared", "private", options.private_models));
  GWAGEO_TRY(take_gangs(arguments, options));
  if (const std::optional<std::string> text = arguments.text("popularity")) {
    const Result<std::int64_t> value = simulate::parse_millionths(*text);
    if (!value || *value > 10000000) {
      return fail(ErrorKind::bad_input, "--popularity: \"" + *text + "\" is no number up to 10");
    }
    options.popularity = *value;
  }
  return {};
}

Result<simulate::Fleet> fleet_of(const Invocation& arguments, simulate::Case base) {
  if (const std::optional<std::string> file = arguments.text("fleet")) {
    GWAGEO_ASSIGN(text, read_whole(*file));
    return simulate::read_fleet(text, *file);
  }
  GWAGEO_TRY(take_number(arguments, "nodes", simulate::fleet_gpus_max, base.nodes));
  GWAGEO_TRY(take_number(arguments, "gpus", simulate::node_gpus_max, base.gpus));
  if (std::uint64_t{base.nodes} * base.gpus > simulate::fleet_gpus_max) {
    return fail(ErrorKind::bad_input,
                "--nodes: more than " + std::to_string(simulate::fleet_gpus_max) + " GPUs");
  }
  return simulate::fleet_of(base);
}

std::uint32_t widest_slot(const simulate::Fleet& fleet) {
  std::uint32_t widest = 1;
  for (const simulate::Span& span : spans_of(fleet, simulate::slot_gpus_max)) {
    widest = std::max(widest, std::bit_floor(span.nodes * fleet.nodes[span.first].gpus));
  }
  return widest;
}

Status take_trace(const Invocation& arguments, const std::string& file, WorkloadOptions options,
                  std::uint64_t seed, SimulationSetup& setup) {
  GWAGEO_ASSIGN(text, read_whole(file));
  GWAGEO_ASSIGN(kind, simulate::trace_kind(text, file));
  GWAGEO_TRY(check_trace_options(arguments, kind));
  if (kind == simulate::TraceKind::acme) {
    const std::string cluster = arguments.text_or("cluster", "Seren");
    GWAGEO_ASSIGN(table, simulate::read_acme(text, file, cluster));
    options.durations = std::move(table);
    GWAGEO_ASSIGN(work, simulate::generate(options, seed));
    setup.work = std::move(work);
    return {};
  }
  simulate::TraceOptions trace;
  trace.load_least = options.load_least;
  trace.load_most = options.load_most;
  trace.batches = options.batches;
  trace.gpus_max = widest_slot(setup.fleet);
  trace.leave_out_wide = arguments.has("leave-out-wide");
  GWAGEO_TRY(take_span(arguments, "shard", trace.shard));
  GWAGEO_ASSIGN(found, simulate::read_jobs(text, file, kind, trace, seed));
  setup.work = std::move(found.work);
  setup.left_out = found.left_out;
  setup.widened = found.widened;
  return {};
}

/// Whether every slot of work that was drawn fits in a node, and who asked for what if not.
Status check_gangs(const Invocation& arguments, const simulate::Case& base,
                   const SimulationSetup& setup) {
  std::uint32_t widest = 1;
  for (const simulate::ModelClass& of : setup.work.workload.classes) {
    widest = std::max(widest, of.gpus);
  }
  const std::uint32_t room = widest_slot(setup.fleet);
  if (widest <= room) return {};
  const std::string who = arguments.has("gangs")
                              ? "--gangs " + arguments.text_or("gangs", "")
                              : "--case " + std::string(base.name) + " (--gangs none changes that)";
  const std::string where = arguments.has("fleet")  ? arguments.text_or("fleet", "")
                            : arguments.has("gpus") ? "--gpus " + arguments.text_or("gpus", "")
                                                    : "--case " + std::string(base.name);
  return fail(ErrorKind::bad_input, who + ": needs slots of " + std::to_string(widest) +
                                        " GPUs of one node or domain, and the widest that " +
                                        where + " has room for has " + std::to_string(room));
}

Status take_shares(const Invocation& arguments, simulate::Workload& workload) {
  const std::optional<std::string> text = arguments.text("shares");
  if (!text) return {};
  std::string_view rest = *text;
  for (std::size_t i = 0; i < workload.teams.size(); ++i) {
    const std::size_t comma = std::min(rest.find(','), rest.size());
    const std::string_view share = rest.substr(0, comma);
    std::uint32_t value = 0;
    const auto [stop, error] = std::from_chars(share.data(), share.data() + share.size(), value);
    if (error != std::errc{} || stop != share.data() + share.size() || value < 1 ||
        value > shares_max) {
      return fail(ErrorKind::bad_input,
                  "--shares: \"" + std::string(share) + "\" of " + workload.teams[i].name +
                      " is no whole number from 1 to " + std::to_string(shares_max));
    }
    workload.teams[i].weight = value;
    const bool is_last = i + 1 == workload.teams.size();
    if (is_last != (comma == rest.size())) {
      return fail(ErrorKind::bad_input, "--shares: there are " +
                                            std::to_string(workload.teams.size()) +
                                            " teams; each has one, with commas between");
    }
    rest.remove_prefix(std::min(comma + 1, rest.size()));
  }
  return {};
}

Status take_trouble(const Invocation& arguments, std::uint64_t seed, SimulationSetup& setup) {
  simulate::Truth& truth = setup.work.truth;
  GWAGEO_ASSIGN(per_day, arguments.whole_or("failures", 0, 0, failures_max));
  Duration repair = seconds(3600);
  GWAGEO_TRY(take_span(arguments, "repair", repair));
  if (per_day > 0) {
    // Long enough for every policy: reloading for each shard with a tenth of the fleet.
    const std::int64_t gpus = setup.fleet.gpus();
    Duration load;
    for (const simulate::ModelClass& c : setup.work.workload.classes) load = std::max(load, c.load);
    const Wide all =
        truth.shard_ends.back() + static_cast<Wide>(load.microseconds) * truth.shard_ends.size();
    const Instant last = setup.work.workload.jobs.back().arrival;
    const Wide until =
        last.microseconds + load.microseconds + all / gpus * 10 * simulate::slot_gpus_max;
    const Duration horizon{static_cast<std::int64_t>(std::min<Wide>(span_max, until))};
    if (horizon.microseconds / 86400000000 * per_day > failures_max) {
      return fail(ErrorKind::bad_input, "--failures: too many for a run that may take " +
                                            std::to_string(horizon.microseconds / 86400000000) +
                                            " days");
    }
    truth.failures = simulate::draw_failures(setup.fleet, per_day, repair, horizon, seed);
  }
  GWAGEO_ASSIGN(slow, arguments.whole_or("slow-nodes", 0, 0,
                                         static_cast<std::int64_t>(setup.fleet.nodes.size())));
  GWAGEO_ASSIGN(factor, arguments.whole_or("slow-factor", 20, 1, 1000));
  if (slow > 0) {
    truth.node_pace = simulate::draw_paces(setup.fleet, static_cast<std::uint32_t>(slow),
                                           static_cast<std::uint32_t>(factor), seed);
  }
  GWAGEO_ASSIGN(scoring, arguments.whole_or("scoring", 0, 0, 1000));
  truth.scoring_per_mille = static_cast<std::uint32_t>(scoring) * 10;
  return {};
}

// A number like 0.5, kept in thousandths.
Status take_thousandths(const Invocation& arguments, std::string_view name, std::int64_t& value) {
  if (!arguments.has(name)) return {};
  const std::string text = arguments.text_or(name, "");
  const Result<std::int64_t> millionths = simulate::parse_millionths(text);
  if (!millionths || *millionths > 1000000000) {
    return fail(ErrorKind::bad_input, "--" + std::string(name) + ": \"" + text.substr(0, 40) +
                                          "\" is no number from 0 to 1000");
  }
  value = *millionths / 1000;
  return {};
}

}  // namespace

Result<Duration> parse_span(std::string_view text, bool may_be_none) {
  const auto refused =
      fail(ErrorKind::bad_input,
           "\"" + std::string(text.substr(0, 40)) + "\" is no span of time like 30s, 5m or 2h, " +
               (may_be_none ? "from 0s" : "more than 0s") + " and at most 1000d");
  if (text.size() < 2) return refused;
  const std::string_view units = "smhd";
  constexpr std::int64_t factors[] = {1, 60, 3600, 86400};
  const std::size_t unit = units.find(text.back());
  if (unit == std::string_view::npos) return refused;
  const Result<std::int64_t> value = simulate::parse_millionths(text.substr(0, text.size() - 1));
  if (!value || (*value == 0 && !may_be_none) || *value > span_max / factors[unit]) return refused;
  return Duration{*value * factors[unit]};
}

std::string trace_rows_text(std::uint64_t left_out, std::uint64_t widened) {
  std::string text;
  if (left_out > 0)
    text += counted(static_cast<std::int64_t>(left_out), "row") + " of the trace left out\n";
  if (widened > 0) {
    text += counted(static_cast<std::int64_t>(widened), "row", "asks", "ask") +
            " for a number of GPUs between 1, 2, 4, 8, ...: " +
            (widened == 1 ? "its slots hold" : "their slots hold") + " the next of these\n";
  }
  return text;
}

Result<simulate::PolicyOptions> policy_options(const Invocation& arguments) {
  simulate::PolicyOptions options;
  GWAGEO_TRY(take_number(arguments, "stripes", 100000, options.stripes));
  GWAGEO_TRY(take_number(arguments, "parts", 100000, options.parts));
  GWAGEO_TRY(take_span(arguments, "task-size", options.task_size));
  GWAGEO_TRY(take_thousandths(arguments, "theta", options.knobs.theta));
  GWAGEO_TRY(take_thousandths(arguments, "slack", options.knobs.slack));
  GWAGEO_TRY(take_number(arguments, "loads-per-node", 64, options.knobs.loads_per_node));
  GWAGEO_TRY(take_thousandths(arguments, "horizon", options.knobs.horizon));
  GWAGEO_TRY(take_span(arguments, "sticky", options.knobs.sticky, true));
  GWAGEO_TRY(take_span(arguments, "run", options.knobs.run_max));
  return options;
}

Result<SimulationSetup> set_up_simulation(const Invocation& arguments, std::uint64_t seed) {
  GWAGEO_ASSIGN(base, simulate::find_case(arguments.text_or("case", "base")));
  return set_up_simulation(arguments, base, seed);
}

Result<SimulationSetup> set_up_simulation(const Invocation& arguments, simulate::Case base,
                                          std::uint64_t seed) {
  GWAGEO_TRY(take_work(arguments, base.options));
  SimulationSetup setup;
  setup.seed = seed;
  GWAGEO_ASSIGN(fleet, fleet_of(arguments, base));
  setup.fleet = std::move(fleet);
  setup.title = std::string(base.name);
  if (const std::optional<std::string> trace = arguments.text("trace")) {
    setup.title = std::filesystem::path(*trace).filename().string();
    GWAGEO_TRY(take_trace(arguments, *trace, base.options, seed, setup));
  } else {
    GWAGEO_ASSIGN(work, simulate::generate(base.options, seed));
    setup.work = std::move(work);
  }
  GWAGEO_TRY(check_gangs(arguments, base, setup));
  GWAGEO_TRY(take_shares(arguments, setup.work.workload));
  GWAGEO_TRY(take_trouble(arguments, seed, setup));
  const simulate::Workload& workload = setup.work.workload;
  const auto some = [](std::uint64_t count, const char* what) {
    return counted(static_cast<std::int64_t>(count), what);
  };
  setup.title += ": " + some(setup.fleet.gpus(), "GPU") + ", " +
                 some(workload.teams.size(), "team") + ", " +
                 some(workload.classes.size(), "model") + ", " + some(workload.jobs.size(), "job") +
                 ", " + some(workload.shards, "shard");
  GWAGEO_TRY(simulate::check_simulation(setup.fleet, workload, setup.work.truth));
  return setup;
}

}  // namespace gwageo
