// gwageo_scores: prints what answers are worth, as digests, a line each. ops/same_scores compares
// them between compilers.
//
//   card pairs_f1 2 9f3c...      the scorecard of the third made-up model on a golden task
//   verdict pairs_f1 12ab...     the fourth against the others, on that task
//   verdict best 34cd...         one on 1,500 items of two axes, by each way to compare
//
// Answers are drawn by integers alone, so that nothing but scoring can differ.
#include <cstdio>

#include "benchmarks/evaluate.h"
#include "benchmarks/verdict.h"
#include "protocol/check.h"
#include "protocol/digest.h"
#include "tests/benchmarks/scoring.h"
#include "tests/golden/expected.h"

namespace gwageo::golden {
namespace {

constexpr std::uint32_t models = 4;

/// A linear congruential generator: the same numbers everywhere.
class Draws {
 public:
  explicit Draws(std::uint64_t seed) : state_(seed * 2654435761u + 1) {}
  std::uint64_t below(std::uint64_t limit) {
    state_ = state_ * 6364136223846793005u + 1442695040888963407u;
    return (state_ >> 33) % limit;
  }

 private:
  std::uint64_t state_;
};

/// The files of a suite that includes one golden task.
class OneTask final : public SourceFiles {
 public:
  explicit OneTask(const std::string& name)
      : text_("suite: golden\nversion: 1\naxes: {golden: {}}\ntasks:\n  - include: tasks/" + name +
              "/" + name + ".yaml\n    axis: golden\n") {}
  Result<std::uint64_t> size(const std::string& path) const override {
    return path == "suite.yaml" ? text_.size() : disk_.size(path);
  }
  Result<std::string> read(const std::string& path, std::uint64_t offset,
                           std::uint64_t count) const override {
    return path == "suite.yaml" ? text_.substr(offset, count) : disk_.read(path, offset, count);
  }
  Result<std::vector<std::string>> list(const std::string& below) const override {
    return disk_.list(below);
  }

 private:
  std::string text_;
  DiskFiles disk_{folder()};
};

Response answer(const Request& request, const Reference& reference, Draws& draws) {
  Response said;
  said.tokens = 1 + static_cast<std::uint32_t>(draws.below(30));
  if (!is_generation(request.kind)) {
    // Eighths and sevenths: sums of the one are exact, of the other not. Drawn one after the other:
    // the language leaves open which operand comes first.
    const std::uint64_t eighths = draws.below(400);
    const std::uint64_t sevenths = draws.below(100);
    said.log_probability = -static_cast<double>(eighths) / 8 - static_cast<double>(sevenths) / 7;
    said.greedy = draws.below(3) == 0;
    return said;
  }
  const std::uint64_t how = draws.below(4);
  if (how < 2 && !reference.targets.empty()) {
    said.text = (how == 0 ? "The answer is " : "") +
                reference.targets[draws.below(reference.targets.size())] + (how == 0 ? "." : "");
  } else {
    const char letter = static_cast<char>('A' + draws.below(5));
    said.text = "(" + std::string(1, letter) + ") " + std::to_string(draws.below(50));
  }
  return said;
}

Scorecard card_of(const Suite& suite, const std::vector<PlanEntry>& entries, std::uint32_t model) {
  const auto evaluator = Evaluator::create(suite);
  GWAGEO_CHECK(evaluator.has_value());
  Draws draws(model);
  for (const PlanEntry& entry : entries) {
    std::vector<Response> responses;
    for (const std::string& request : entry.requests) {
      responses.push_back(answer(decode_request(request).value(), entry.reference, draws));
    }
    (*evaluator)->add(entry, responses);
  }
  return (*evaluator)->finish();
}

void print(const std::string& what, const std::string& bytes) {
  std::printf("%s %s\n", what.c_str(), to_hex(sha256(bytes)).c_str());
}

void print_verdict(const std::string& what, const Target& target, const Suite& suite,
                   const std::vector<Scorecard>& cards) {
  std::vector<JudgedModel> judged;
  for (std::size_t i = 0; i < cards.size(); ++i) {
    judged.push_back({"m" + std::to_string(i), {2026, 10, 1}, "recorded", &cards[i]});
  }
  const JudgedModel candidate = judged.back();
  judged.pop_back();
  print("verdict " + what, to_json(judge(target, suite, candidate, judged)).dump());
}

Target target_on(const Suite& suite) {
  Target target;
  target.name = "stage";
  target.suite = suite.name;
  return target;
}

void print_golden_task(const std::string& name) {
  const OneTask files(name);
  const Result<Suite> suite = load_suite("suite.yaml", files);
  if (!suite) return print("refused " + name, suite.error().message);
  std::vector<PlanEntry> entries;
  const Status rendered = render_plan(*suite, files, [&](PlanEntry entry) -> Status {
    entries.push_back(std::move(entry));
    return {};
  });
  if (!rendered) return print("refused " + name, rendered.error().message);
  std::vector<Scorecard> cards;
  for (std::uint32_t model = 0; model < models; ++model) {
    cards.push_back(card_of(*suite, entries, model));
    print("card " + name + " " + std::to_string(model),
          encode(cards.back()) + to_json(cards.back()).dump());
  }
  print_verdict(name, target_on(*suite), *suite, cards);
}

void print_comparisons() {
  const Suite suite =
      scoring::suite({{"korean", 2}, {"reasoning", 1}},
                     {scoring::task("k", "korean", OutputType::generate_until, "exact_match"),
                      scoring::task("r", "reasoning", OutputType::generate_until, "exact_match")});
  std::vector<Scorecard> cards;
  for (std::uint64_t model = 0; model < 6; ++model) {
    Draws draws(100 + model);
    std::vector<std::vector<int>> answers(2);
    for (int i = 0; i < 750; ++i) {
      for (std::vector<int>& task : answers) task.push_back(draws.below(10) < 6 + model % 3);
    }
    cards.push_back(scoring::card(suite, answers));
    print("card two-axes " + std::to_string(model), encode(cards.back()));
  }
  Target target = target_on(suite);
  target.top = 3;
  target.bar = {7, 10};
  for (const Comparison comparison :
       {Comparison::best, Comparison::best_per_axis, Comparison::mean_top, Comparison::bar}) {
    target.comparison = comparison;
    print_verdict(std::string(to_string(comparison)), target, suite, cards);
  }
}

}  // namespace
}  // namespace gwageo::golden

int main() {
  for (const gwageo::golden::Golden& golden : gwageo::golden::golden_files()) {
    gwageo::golden::print_golden_task(golden.name);
  }
  gwageo::golden::print_comparisons();
  return 0;
}
