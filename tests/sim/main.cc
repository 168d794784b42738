// gwageo_sim: runs seeds, finds planted bugs, replays a failure.
//
//   gwageo_sim [--first N] [--seeds N]      N seeds from the first; 500 from 1 unless told
//   gwageo_sim --seed N [-v]                one seed; -v prints a line for each event
//   gwageo_sim --twice N                    N seeds, each run twice: the fingerprints must agree
//   gwageo_sim --bug NAME [--seeds N]       plants a bug; exit code 0 when it is found
//
// A line of -v: virtual seconds, what happened, to whom, how many bytes.
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <string>

#include "coordinator/planted_bug.h"
#include "protocol/check.h"
#include "tests/sim/gangs.h"
#include "tests/sim/shares.h"
#include "tests/sim/world.h"

namespace {

using gwageo::PlantedBug;
using gwageo::sim::run_seed;
using gwageo::sim::SeedReport;

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

}  // namespace

int main(int argc, char** argv) {
  std::uint64_t first = 1;
  std::uint64_t count = 500;
  bool verbose = false;
  bool twice = false;
  std::string bug;
  for (int i = 1; i < argc; ++i) {
    const std::string option = argv[i];
    const char* const value = i + 1 < argc ? argv[i + 1] : "";
    if (option == "-v") {
      verbose = true;
      continue;
    }
    ++i;
    if (option == "--first") first = std::strtoull(value, nullptr, 10);
    if (option == "--seeds") count = std::strtoull(value, nullptr, 10);
    if (option == "--bug") bug = value;
    if (option == "--seed") {
      first = std::strtoull(value, nullptr, 10);
      count = 1;
    }
    if (option == "--twice") {
      twice = true;
      count = std::strtoull(value, nullptr, 10);
    }
  }
  if (bug.empty())
    return (twice ? run_twice(first, count) : run_seeds(first, count, verbose)) ? 0 : 1;
  if (!bugs.contains(bug)) {
    std::fprintf(stderr, "gwageo_sim: no bug is named %s\n", bug.c_str());
    return 2;
  }
  return finds(bugs.at(bug), first, count) ? 0 : 1;
}
