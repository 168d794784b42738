#include "ops/bench_audits.h"

#include <string>
#include <string_view>
#include <vector>

#include "benchmarks/audit_sample.h"
#include "benchmarks/bootstrap.h"
#include "ops/output.h"
#include "ops/table.h"

namespace gwageo {
namespace {

constexpr std::uint64_t sample = 459;

/// A worker that answers `forged` of the items as it likes, and an engine that differs from itself
/// in `noise` of them.
struct AuditCase {
  bool is_exact = true;
  std::uint64_t population = 0;
  std::uint64_t sample = 0;
  double forged = 0;
  double noise = 0;
};

struct AuditsFound {
  std::uint64_t trials = 0;
  std::uint64_t caught = 0;   ///< The one who forges.
  std::uint64_t accused = 0;  ///< The one who does not.
};

std::vector<AuditCase> audit_cases() {
  return {{true, 1000, sample, 0.01, 0},      {true, 10'000, sample, 0.01, 0},
          {true, 100'000, sample, 0.01, 0},   {true, 10'000, 90, 0.05, 0},
          {true, 10'000, 228, 0.02, 0},       {false, 10'000, 300, 0.04, 0.01},
          {false, 10'000, 500, 0.04, 0.01},   {false, 10'000, 1000, 0.03, 0.02},
          {false, 10'000, sample, 0.05, 0.01}};
}

/// With this probability, by the next number of the stream.
bool happens(ResampleStream& stream, double probability) {
  return static_cast<double>(stream.next() >> 11) * 0x1p-53 < probability;
}

AuditsFound run_audits(const AuditCase& of, std::uint64_t seed, std::uint64_t trials,
                       std::uint64_t number) {
  const auto every = static_cast<std::uint64_t>(1 / of.forged + 0.5);
  const std::uint64_t allowed =
      of.is_exact ? 0 : mismatches_allowed(of.sample, {of.noise, MismatchRule{}.false_alarm});
  AuditsFound found;
  for (std::uint64_t trial = 0; trial < trials; ++trial) {
    const Digest root = sha256("trial " + std::to_string(trial) + " of " + std::to_string(seed));
    const Digest nonce = sha256("nonce " + std::to_string(number));
    ResampleStream noise(seed, trial, number);
    std::uint64_t honest_differ = 0;
    std::uint64_t forged_differ = 0;
    for (const std::uint64_t index :
         draw_sample(audit_seed(root, nonce), of.population, of.sample)) {
      const bool is_noise = happens(noise, of.noise);
      honest_differ += is_noise ? 1 : 0;
      forged_differ += is_noise || index % every == 0 ? 1 : 0;
    }
    ++found.trials;
    found.caught += forged_differ > allowed ? 1 : 0;
    found.accused += honest_differ > allowed ? 1 : 0;
  }
  return found;
}

double stated(const AuditCase& of) {
  if (of.is_exact) {
    const auto forged = static_cast<double>(of.population) * of.forged;
    return chance_to_meet(of.population, of.sample, static_cast<std::uint64_t>(forged + 0.5));
  }
  return chance_to_refuse(of.sample, of.forged, {of.noise, MismatchRule{}.false_alarm});
}

/// What the formula says of an honest worker: none differs under an exact engine.
double accused_stated(const AuditCase& of) {
  if (of.is_exact) return 0;
  return chance_to_refuse(of.sample, 0, {of.noise, MismatchRule{}.false_alarm});
}

Json line_of_audits(const AuditCase& of, const AuditsFound& found) {
  const auto rate = [&](std::uint64_t count) {
    return static_cast<double>(count) / static_cast<double>(found.trials);
  };
  Json out;
  out["mode"] = of.is_exact ? "exact" : "statistical";
  out["population"] = of.population;
  out["sample"] = of.sample;
  out["forged"] = of.forged;
  out["noise"] = of.noise;
  out["allowed"] =
      of.is_exact ? 0 : mismatches_allowed(of.sample, {of.noise, MismatchRule{}.false_alarm});
  out["trials"] = found.trials;
  out["caught"] = rate(found.caught);
  out["stated"] = stated(of);
  out["accused"] = rate(found.accused);
  out["accused_stated"] = accused_stated(of);
  return out;
}

void show_audits(const std::vector<Json>& lines) {
  TextTable table({"mode", "items", "sample", "forged", "noise", "may differ", "audits", "caught",
                   "stated", "honest accused", "stated"});
  for (const Json& line : lines) {
    const auto percent = [&](std::string_view key) {
      return decimal(100 * line.find(key)->as_double(), 3);
    };
    table.add({shown(line, "mode"), shown(line, "population"), shown(line, "sample"),
               percent("forged"), percent("noise"), shown(line, "allowed"), shown(line, "trials"),
               percent("caught"), percent("stated"), percent("accused"),
               percent("accused_stated")});
  }
  say(table.text() +
      "\nSimulated audits, rates in percent. Forged: the share of a worker's answers that it makes "
      "up. Noise: the share\nthat an engine answers otherwise by itself. Stated: what the formula "
      "says (of `caught` under a\nstatistical rule: with replacement). A false alarm of 0.1 % at "
      "most "
      "is allowed where the engine is not exact.\n");
}

}  // namespace

Result<int> bench_audits(const Invocation& arguments) {
  GWAGEO_ASSIGN(trials, arguments.whole_or("trials", 10000, 10, 10000000));
  GWAGEO_ASSIGN(seed, arguments.whole_or("seed", 1, 0, 1000000000));
  std::vector<Json> lines;
  std::uint64_t number = 0;
  for (const AuditCase& of : audit_cases()) {
    const AuditsFound found = run_audits(of, static_cast<std::uint64_t>(seed),
                                         static_cast<std::uint64_t>(trials), number++);
    lines.push_back(line_of_audits(of, found));
  }
  if (!arguments.json()) {
    show_audits(lines);
    return exit_code::done;
  }
  Json document;
  document["seed"] = seed;
  for (Json& line : lines) document["lines"].push_back(std::move(line));
  print(document);
  return exit_code::done;
}

}  // namespace gwageo
