#include "ops/simulate/cases.h"

#include <algorithm>
#include <string>

#include "ops/simulate/fleet.h"

namespace gwageo::simulate {
namespace {

WorkloadOptions with(void (*change)(WorkloadOptions&)) {
  WorkloadOptions options;
  change(options);
  return options;
}

void long_loads(WorkloadOptions& o) {
  o.load_least = seconds(60);
  o.load_most = seconds(900);
}

void large(WorkloadOptions& o) {
  o.teams = 64;
  o.models = 300;
  o.shards = 1000000;
}

}  // namespace

Fleet fleet_of(const Case& known) {
  const std::uint32_t wide = (known.nodes - 1) / known.one_wide_in + 1;
  return uneven_fleet(known.nodes, known.gpus, known.nodes - wide);
}

const std::vector<Case>& cases() {
  static const std::vector<Case> all = {
      {"base",
       "1,024 GPUs, 8 teams, 120 shared models, 200,000 shards of median 30 s, loads of "
       "30 to 300 s",
       128,
       8,
       {}},
      {"long-loads", "base with loads of 1 to 15 min", 128, 8, with(long_loads)},
      {"long-shards", "base with 100,000 shards of median 120 s", 128, 8,
       with([](WorkloadOptions& o) {
         o.shards = 100000;
         o.median = seconds(120);
       })},
      {"few", "base with 20,000 shards: few for each model", 128, 8,
       with([](WorkloadOptions& o) { o.shards = 20000; })},
      {"gangs", "base with slots of 1, 2, 4 and 8 GPUs", 128, 8,
       with([](WorkloadOptions& o) { o.gangs = Gangs::mixed; })},
      {"wide-gangs", "base with slots of 1 to 32 GPUs, which span up to four nodes", 128, 8,
       with([](WorkloadOptions& o) { o.gangs = Gangs::wide; })},
      {"uneven", "gangs on 32 nodes of 8 GPUs and 192 of 4, which a slot cannot span", 224, 8,
       with([](WorkloadOptions& o) { o.gangs = Gangs::mixed; }), 7},
      {"private", "base with 15 models for each team alone", 128, 8,
       with([](WorkloadOptions& o) { o.private_models = true; })},
      {"private-long-loads", "private with loads of 1 to 15 min", 128, 8,
       with([](WorkloadOptions& o) {
         long_loads(o);
         o.private_models = true;
       })},
      {"private-64", "private with 64 teams of 2 models", 128, 8, with([](WorkloadOptions& o) {
         o.private_models = true;
         o.teams = 64;
         o.models = 128;
       })},
      {"large", "10,000 GPUs, 64 teams, 300 shared models, 1,000,000 shards", 1250, 8, with(large)},
      {"private-large", "large with 4 models for each team alone", 1250, 8,
       with([](WorkloadOptions& o) {
         large(o);
         o.private_models = true;
       })},
      {"calm", "10 equal teams, 60,000 shards", 128, 8, with([](WorkloadOptions& o) {
         o.teams = 10;
         o.shards = 60000;
       })},
      {"flood", "calm, but the first team brings 10,000 jobs of 20 shards", 128, 8,
       with([](WorkloadOptions& o) {
         o.teams = 10;
         o.shards = 60000;
         o.flood_jobs = 10000;
       })},
      {"trickle", "base with jobs that arrive over 2 hours", 128, 8,
       with([](WorkloadOptions& o) { o.arrive_within = seconds(7200); })},
  };
  return all;
}

Result<Case> find_case(std::string_view name) {
  const auto found = std::find_if(cases().begin(), cases().end(),
                                  [&](const Case& known) { return known.name == name; });
  if (found != cases().end()) return *found;
  std::string names;
  for (const Case& known : cases()) {
    names += (names.empty() ? "" : ", ") + std::string(known.name);
  }
  return fail(ErrorKind::bad_input, "--case: \"" + std::string(name) + "\" is not known: " + names);
}

}  // namespace gwageo::simulate
