#include "ops/bench_checks.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "benchmarks/bootstrap.h"
#include "coordinator/checks.h"
#include "ops/output.h"
#include "ops/table.h"

namespace gwageo {
namespace {

constexpr std::size_t workers = 4;

/// Four workers answer the items in turn; the first makes up `forged` of its answers, as another
/// one's checker too, and the engine of each answers `noise` of the items otherwise.
struct CheckCase {
  bool is_exact = true;
  std::uint64_t items = 0;  ///< Of all workers.
  double share = 0;         ///< That is asked of a second worker.
  double forged = 0;
  double noise = 0;
};

struct ChecksFound {
  std::uint64_t trials = 0;
  std::uint64_t caught = 0;
  std::uint64_t accused = 0;            ///< Trials in which an honest worker was.
  std::vector<std::uint64_t> answered;  ///< By the one who forges, until it was caught.
};

std::vector<CheckCase> check_cases() {
  return {{true, 40'000, 0.02, 0.05, 0},      {true, 40'000, 0.02, 0.01, 0},
          {true, 40'000, 0.05, 0.01, 0},      {true, 40'000, 0.01, 0.01, 0},
          {false, 160'000, 0.02, 0.10, 0.01}, {false, 160'000, 0.02, 0.05, 0.01},
          {false, 160'000, 0.05, 0.05, 0.01}, {false, 160'000, 0.05, 0.03, 0.01},
          {false, 160'000, 0.05, 0, 0.01}};
}

class Trial {
 public:
  Trial(const CheckCase& of, ResampleStream stream) : of_(of), stream_(std::move(stream)) {}

  /// Adds what came of it.
  void run(ChecksFound& found) {
    std::uint64_t answered = 0;
    for (std::uint64_t item = 0; item < of_.items && !is_convicted_[0]; ++item) {
      const std::size_t by = item % workers;
      answered += by == 0 ? 1 : 0;
      if (!happens(of_.share)) continue;
      const std::size_t checker = other_than({by});
      const std::uint64_t kept = answer(by);
      const std::uint64_t again = answer(checker);
      const bool is_same = kept == again;
      count({0, {}, {}, CheckKind::again, is_same ? CheckFinding::agreed : CheckFinding::differed},
            by, checker, checker);
      if (is_same) continue;
      const std::size_t third = other_than({by, checker});
      const std::uint64_t decides = answer(third);
      const CheckFinding finding = decides == kept    ? CheckFinding::kept_right
                                   : decides == again ? CheckFinding::other_right
                                                      : CheckFinding::undecided;
      count({0, {}, {}, CheckKind::third, finding}, by, checker, third);
    }
    ++found.trials;
    found.caught += is_convicted_[0] ? 1 : 0;
    if (is_convicted_[0]) found.answered.push_back(answered);
    const bool is_accused = is_convicted_[1] || is_convicted_[2] || is_convicted_[3];
    found.accused += is_accused ? 1 : 0;
  }

 private:
  bool happens(double probability) {
    return static_cast<double>(stream_.next() >> 11) * 0x1p-53 < probability;
  }
  /// 0: what it should be; else one that nobody else gives.
  std::uint64_t answer(std::size_t worker) {
    const bool is_forged = worker == 0 && happens(of_.forged);
    return is_forged || happens(of_.noise) ? ++others_ : 0;
  }
  std::size_t other_than(std::initializer_list<std::size_t> taken) {
    std::vector<std::size_t> left;
    for (std::size_t w = 0; w < workers; ++w) {
      if (std::find(taken.begin(), taken.end(), w) == taken.end()) left.push_back(w);
    }
    return left[stream_.next() % left.size()];
  }
  void count(const CheckedItem& item, std::size_t by, std::size_t other, std::size_t checker) {
    count_check(checks_, "m", item, std::to_string(by), std::to_string(other),
                std::to_string(checker));
    for (const std::size_t worker : {by, other, checker}) {
      const WorkerChecks& checks = checks_[std::to_string(worker)];
      const bool is_wrong = of_.is_exact ? checks.all().wrong > 0 : checks.evidence.is_too_much();
      is_convicted_[worker] = is_convicted_[worker] || is_wrong;
    }
  }

  const CheckCase& of_;
  ResampleStream stream_;
  Checks checks_;
  std::uint64_t others_ = 0;
  std::array<bool, workers> is_convicted_{};
};

Json line_of_checks(const CheckCase& of, ChecksFound& found) {
  const auto rate = [&](std::uint64_t count) {
    return static_cast<double>(count) / static_cast<double>(found.trials);
  };
  Json out;
  out["mode"] = of.is_exact ? "exact" : "statistical";
  out["items"] = of.items;
  out["share"] = of.share;
  out["forged"] = of.forged;
  out["noise"] = of.noise;
  out["trials"] = found.trials;
  out["caught"] = rate(found.caught);
  std::sort(found.answered.begin(), found.answered.end());
  const std::size_t half = found.answered.size() / 2;
  out["answered"] = found.answered.empty() ? Json(nullptr) : Json(found.answered[half]);
  out["accused"] = rate(found.accused);
  return out;
}

void show_checks(const std::vector<Json>& lines) {
  TextTable table({"mode", "items", "asked again", "forged", "noise", "trials", "caught",
                   "after answers", "honest accused"});
  for (const Json& line : lines) {
    const auto percent = [&](std::string_view key) {
      return decimal(100 * line.find(key)->as_double(), 3);
    };
    table.add({shown(line, "mode"), shown(line, "items"), percent("share"), percent("forged"),
               percent("noise"), shown(line, "trials"), percent("caught"), shown(line, "answered"),
               percent("accused")});
  }
  say(table.text() +
      "\nFour workers, of which one makes up a share of its answers; rates in percent. After "
      "answers: the median of\nhow many it had given of its own items by then. Honest accused: "
      "trials in which any of the three others was.\n");
}

}  // namespace

Result<int> bench_checks(const Invocation& arguments) {
  GWAGEO_ASSIGN(trials, arguments.whole_or("trials", 1000, 10, 10000000));
  GWAGEO_ASSIGN(seed, arguments.whole_or("seed", 1, 0, 1000000000));
  std::vector<Json> lines;
  std::uint64_t number = 0;
  for (const CheckCase& of : check_cases()) {
    ChecksFound found;
    for (std::int64_t i = 0; i < trials; ++i) {
      Trial trial(of, ResampleStream(static_cast<std::uint64_t>(seed),
                                     static_cast<std::uint64_t>(i), number));
      trial.run(found);
    }
    ++number;
    lines.push_back(line_of_checks(of, found));
  }
  if (!arguments.json()) {
    show_checks(lines);
    return exit_code::done;
  }
  Json document;
  document["seed"] = seed;
  for (Json& line : lines) document["lines"].push_back(std::move(line));
  print(document);
  return exit_code::done;
}

}  // namespace gwageo
