#include "ops/bench_movement.h"

#include <algorithm>
#include <memory>
#include <string>

#include "coordinator/replay.h"
#include "ops/bench_figures.h"
#include "ops/examinations.h"
#include "ops/output.h"
#include "ops/system_clock.h"

namespace gwageo {
namespace {

std::string numbered(const std::string& name, int number) {
  return name + (number < 10 ? "0" : "") + std::to_string(number);
}

/// The first of `count` references is released on `day`, the others every `days` days.
Status add_references(Examinations& made, int count, Date day, int days) {
  for (int i = 0; i < count; ++i) {
    const std::string name = numbered("reference-", i);
    made.add_model(name, ModelRole::reference, day);
    GWAGEO_TRY(made.examine(name, 0.70 + 0.002 * i));
    for (int d = 0; d < days; ++d) day = day_after(day);
  }
  return {};
}

Status add_candidates(Examinations& made, int count) {
  for (int i = 0; i < count; ++i) {
    const std::string name = numbered("candidate-", i);
    made.add_model(name, ModelRole::candidate, {2026, 1, 1});
    GWAGEO_TRY(made.examine(name, 0.66 + 0.012 * i));
  }
  return {};
}

/// As the coordinator does it: a page of days is gathered in its loop, then judged beside it.
Result<Figures> replay_a_year(std::uint64_t items) {
  constexpr int references = 40;
  constexpr int candidates = 10;
  GWAGEO_ASSIGN(made, Examinations::create(items, "2026-12-31"));
  GWAGEO_TRY(add_references(*made, references, {2025, 7, 1}, 13));
  GWAGEO_TRY(add_candidates(*made, candidates));
  const SystemClock clock;
  const TargetAdded& target = made->state().targets().at("bench").back();
  const Date to{2026, 12, 31};
  std::optional<Date> day = Date{2026, 1, 1};
  Judging judging(made->store());
  Duration gathered_most;
  Duration judged_most;
  double days = 0;
  double verdicts = 0;
  double cpu = own_cpu_seconds();
  const Duration began = clock.monotonic();
  for (bool is_first = true; day; is_first = false) {
    const Duration before = clock.monotonic();
    GWAGEO_ASSIGN(page, gather_page(made->state(), target, *day, to, is_first));
    const Duration gathered = clock.monotonic();
    GWAGEO_ASSIGN(answer, replay(page, judging));
    gathered_most = std::max(gathered_most, gathered - before);
    judged_most = std::max(judged_most, clock.monotonic() - gathered);
    days += static_cast<double>(number(answer, "days"));
    verdicts += static_cast<double>(list(answer, "verdicts").size());
    day = page.next ? parse_date(*page.next) : std::nullopt;
  }
  Figures figures;
  figures.add("what", "replay");
  figures.add("days", days);
  figures.add("references", references);
  figures.add("candidates", candidates);
  figures.add("items", static_cast<double>(items));
  figures.add("verdicts_that_moved", verdicts);
  figures.add("judged", static_cast<double>(judging.reached()));
  figures.add("wall_s", in_seconds(clock.monotonic() - began));
  figures.add("cpu_s", own_cpu_seconds() - cpu);
  figures.add("page_in_the_loop_most_s", in_seconds(gathered_most));
  figures.add("page_beside_it_most_s", in_seconds(judged_most));
  figures.add("memory_mb", own_memory_mb());
  return figures;
}

/// The last answer of a new reference has come: its job is evaluated, and everybody judged.
Result<Figures> settle_a_reference(std::uint64_t items) {
  constexpr int references = 10;
  constexpr int candidates = 8;
  GWAGEO_ASSIGN(made, Examinations::create(items, "2026-12-31"));
  GWAGEO_TRY(add_references(*made, references - 1, {2026, 8, 1}, 10));
  GWAGEO_TRY(add_candidates(*made, candidates));
  made->add_model("newest", ModelRole::reference, {2026, 12, 1});
  GWAGEO_ASSIGN(job, made->answer("newest", 0.72));
  const SystemClock clock;
  const double cpu = own_cpu_seconds();
  const Duration began = clock.monotonic();
  GWAGEO_TRY(made->evaluate_job(job));
  const Duration evaluated = clock.monotonic();
  GWAGEO_ASSIGN(input, gather(made->state(), "bench", {2026, 12, 31}));
  GWAGEO_ASSIGN(judgement, Judging(made->store()).judge(input));
  Figures figures;
  figures.add("what", "last answer to all verdicts");
  figures.add("references", static_cast<double>(judgement.input.cohort.size()));
  figures.add("candidates", static_cast<double>(judgement.verdicts.size()));
  figures.add("items", static_cast<double>(items));
  figures.add("evaluated_s", in_seconds(evaluated - began));
  figures.add("judged_s", in_seconds(clock.monotonic() - evaluated));
  figures.add("wall_s", in_seconds(clock.monotonic() - began));
  figures.add("cpu_s", own_cpu_seconds() - cpu);
  return figures;
}

}  // namespace

Result<int> bench_movement(const Invocation& arguments) {
  GWAGEO_ASSIGN(given, arguments.whole_or("n", 10000, 40, 1000000));
  const auto items = static_cast<std::uint64_t>(given);
  GWAGEO_ASSIGN(settled, settle_a_reference(items));
  GWAGEO_ASSIGN(replayed, replay_a_year(items));
  print_lines(arguments, {std::move(settled), std::move(replayed)});
  return exit_code::done;
}

}  // namespace gwageo
