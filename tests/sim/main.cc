// gwageo_sim: runs seeds, finds planted bugs, replays a failure. `usage` says how.
#include <sys/wait.h>
#include <unistd.h>

#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "coordinator/planted_bug.h"
#include "protocol/check.h"
#include "tests/sim/gangs.h"
#include "tests/sim/shares.h"
#include "tests/sim/world.h"

namespace {

using gwageo::PlantedBug;
using gwageo::sim::run_seed;
using gwageo::sim::SeedReport;

constexpr const char* usage =
    "gwageo_sim [--first N] [--seeds N] [-v]   N seeds from the first on; 500 from 1 unless told\n"
    "gwageo_sim --seed N [-v]                  one seed; -v prints a line for each event\n"
    "gwageo_sim --twice N [--first N]          N seeds, each run twice: both are the same, or 1\n"
    "gwageo_sim --bug NAME [--seeds N]         plants a bug; ends with 0 when it is found\n"
    "\n"
    "A line of -v: virtual seconds, what happened, to whom, how many bytes.\n"
    "Ends with 1 where a seed fails, and with 2 where an option makes no sense.\n"
    "Bugs:";

// Sums of seeds and their numbers fit in 64 bits.
constexpr std::uint64_t number_most = std::uint64_t{1} << 62;

const std::map<std::string, PlantedBug> bugs = {
    {"acknowledge_before_sync", PlantedBug::acknowledge_before_sync},
    {"no_lease_check", PlantedBug::no_lease_check},
    {"lease_counter_not_persisted", PlantedBug::lease_counter_not_persisted},
    {"duplicate_counted_twice", PlantedBug::duplicate_counted_twice},
    {"expiry_by_wall_clock", PlantedBug::expiry_by_wall_clock},
    {"split_share_counted", PlantedBug::split_share_counted},
    {"limit_after_grant", PlantedBug::limit_after_grant},
    {"reservation_ignored", PlantedBug::reservation_ignored},
    {"shares_reset_at_restart", PlantedBug::shares_reset_at_restart},
    {"the_checker_is_blamed", PlantedBug::the_checker_is_blamed},
    {"taking_without_potential", PlantedBug::taking_without_potential},
};

char seed_note[96];

SeedReport run_noted(std::uint64_t seed, bool verbose) {
  std::snprintf(seed_note, sizeof seed_note, "replay with: gwageo_sim --seed %llu -v",
                static_cast<unsigned long long>(seed));
  gwageo::set_check_note(seed_note);
  return run_seed(seed, verbose);
}

// Runs seeds until one fails; returns whether all passed.
bool run_seeds(std::uint64_t first, std::uint64_t count, bool verbose) {
  SeedReport sum;
  std::uint64_t hours = 0;
  for (std::uint64_t seed = first; seed < first + count; ++seed) {
    SeedReport report = run_noted(seed, verbose);
    if (report.violation.empty()) report.violation = gwageo::sim::run_gangs(seed);
    if (report.violation.empty()) report.violation = gwageo::sim::run_shares(seed);
    if (!report.violation.empty()) {
      std::printf("seed %llu FAILED: %s\n%s\n", static_cast<unsigned long long>(seed),
                  report.violation.c_str(), seed_note);
      return false;
    }
    sum.events += report.events;
    sum.coordinator_crashes += report.coordinator_crashes;
    sum.worker_crashes += report.worker_crashes;
    sum.splits += report.splits;
    sum.copies += report.copies;
    sum.probes += report.probes;
    sum.isolated += report.isolated;
    sum.checked += report.checked;
    sum.convicted += report.convicted;
    sum.faulty += report.faulty;
    sum.stale += report.stale;
    sum.given_up += report.given_up;
    sum.roots_checked += report.roots_checked;
    hours += static_cast<std::uint64_t>(report.virtual_seconds);
  }
  std::printf(
      "%llu seeds passed: %llu events, %.1f virtual hours, %llu coordinator crashes, %llu worker "
      "crashes, %llu splits, %llu copies, %llu probes, %llu jobs isolated, %llu stale results, "
      "%llu items given up, %llu roots checked, %llu answers compared, %llu liars convicted, %llu "
      "slots out of order\n",
      static_cast<unsigned long long>(count), static_cast<unsigned long long>(sum.events),
      static_cast<double>(hours) / 3600, static_cast<unsigned long long>(sum.coordinator_crashes),
      static_cast<unsigned long long>(sum.worker_crashes),
      static_cast<unsigned long long>(sum.splits), static_cast<unsigned long long>(sum.copies),
      static_cast<unsigned long long>(sum.probes), static_cast<unsigned long long>(sum.isolated),
      static_cast<unsigned long long>(sum.stale), static_cast<unsigned long long>(sum.given_up),
      static_cast<unsigned long long>(sum.roots_checked),
      static_cast<unsigned long long>(sum.checked), static_cast<unsigned long long>(sum.convicted),
      static_cast<unsigned long long>(sum.faulty));
  // Reach: a run that never met a fault proves nothing about it.
  const bool reached = sum.coordinator_crashes > 0 && sum.worker_crashes > 0 && sum.splits > 0 &&
                       sum.copies > 0 && sum.probes > 0 && sum.isolated > 0 && sum.stale > 0 &&
                       sum.given_up > 0 && sum.roots_checked > 0 && sum.checked > 0 &&
                       sum.convicted > 0 && sum.faulty > 0;
  if (count >= 500 && !reached) std::printf("FAILED: some fault was never met\n");
  return count < 200 || reached;
}

bool run_twice(std::uint64_t first, std::uint64_t count) {
  for (std::uint64_t seed = first; seed < first + count; ++seed) {
    if (run_noted(seed, false).fingerprint == run_noted(seed, false).fingerprint) continue;
    std::printf("seed %llu FAILED: two runs differ\n", static_cast<unsigned long long>(seed));
    return false;
  }
  std::printf("%llu seeds gave the same fingerprint twice\n",
              static_cast<unsigned long long>(count));
  return true;
}

// The bug may end the process by a failed check, so it runs in a child.
bool finds(PlantedBug bug, std::uint64_t first, std::uint64_t count) {
  std::fflush(stdout);
  const pid_t child = fork();
  if (child == 0) {
    gwageo::planted_bug = bug;
    std::exit(run_seeds(first, count, false) ? 0 : 1);
  }
  int status = 0;
  waitpid(child, &status, 0);
  const bool found = !WIFEXITED(status) || WEXITSTATUS(status) == 1;
  std::printf(found ? "the planted bug was found\n" : "FAILED: the planted bug was not found\n");
  return found;
}

struct Options {
  std::uint64_t first = 1;
  std::uint64_t count = 500;
  bool verbose = false;
  bool twice = false;
  bool help = false;
  std::optional<PlantedBug> bug;
};

// Takes an option and its value; returns whether they make sense.
bool take(const std::string& option, const std::string& value, Options& options) {
  if (option == "--bug") {
    const auto found = bugs.find(value);
    if (found != bugs.end()) options.bug = found->second;
    return found != bugs.end();
  }
  std::uint64_t number = 0;
  const char* const end = value.data() + value.size();
  const auto [stop, error] = std::from_chars(value.data(), end, number);
  if (error != std::errc{} || stop != end || number > number_most) return false;
  options.twice = options.twice || option == "--twice";
  if (option == "--first" || option == "--seed") options.first = number;
  if (option == "--seed") options.count = 1;
  if (option == "--seeds" || option == "--twice") options.count = number;
  return options.count > 0;
}

// Nothing, and a line that says why, where some word makes no sense.
std::optional<Options> options_of(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string option = argv[i];
    if (option == "-v") {
      options.verbose = true;
      continue;
    }
    if (option == "--help" || option == "-h") {
      options.help = true;
      return options;
    }
    bool known = false;
    for (const std::string_view name : {"--first", "--seeds", "--seed", "--twice", "--bug"}) {
      known = known || option == name;
    }
    const std::string value = known && i + 1 < argc ? argv[++i] : "";
    if (known && take(option, value, options)) continue;
    std::fprintf(stderr, "gwageo_sim: %s %s\nsee gwageo_sim --help\n", option.c_str(),
                 known ? ("cannot be \"" + value + "\"").c_str() : "is no option");
    return std::nullopt;
  }
  return options;
}

}  // namespace

int main(int argc, char** argv) {
  const std::optional<Options> given = options_of(argc, argv);
  if (!given) return 2;
  const auto& [first, count, verbose, twice, help, bug] = *given;
  if (help) {
    std::printf("%s", usage);
    for (const auto& [name, planted] : bugs) std::printf(" %s", name.c_str());
    std::printf("\n");
    return 0;
  }
  if (bug) return finds(*bug, first, count) ? 0 : 1;
  return (twice ? run_twice(first, count) : run_seeds(first, count, verbose)) ? 0 : 1;
}
