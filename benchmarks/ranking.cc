#include "benchmarks/ranking.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "benchmarks/score_text.h"
#include "protocol/check.h"

namespace gwageo {
namespace {

struct Entry {
  std::string candidate;
  std::optional<bool> admitted;
  std::optional<Total> figure;
};

bool is_equal(const Total& a, const Total& b) {
  if (a.exact && b.exact) return *a.exact == *b.exact;
  return std::fabs(a.value - b.value) <= score_rounding;
}

// Ranks go by figures, so who is not better takes nobody's place; who has no figure yet might.
bool may_come_before(const std::optional<Total>& open, const Total& figure) {
  if (!open) return true;
  if (is_equal(*open, figure)) return false;
  if (open->exact && figure.exact) return *figure.exact < *open->exact;
  return figure.value < open->value;
}

bool is_above(const Entry& a, const Entry& b) {
  if (is_equal(*a.figure, *b.figure)) return a.candidate < b.candidate;
  if (a.figure->exact && b.figure->exact) return *b.figure->exact < *a.figure->exact;
  return b.figure->value < a.figure->value;
}

std::optional<Total> ratio_of(const Verdict& verdict) {
  if (!verdict.ratio) return std::nullopt;
  return Total{*verdict.ratio,
               verdict.ratio_exact ? std::optional(Rational(*verdict.ratio_exact)) : std::nullopt};
}

std::string tie_words(std::size_t tied, std::size_t places, std::size_t stay) {
  return "shares the last place with " + std::to_string(tied - 1) +
         " more, and all of them stay: " + std::to_string(places) + " in place of " +
         std::to_string(stay);
}

}  // namespace

std::vector<Ranked> rank_candidates(const Target& target, std::span<const Verdict> verdicts,
                                    std::span<const Points> points) {
  const bool by_points = !target.composition.empty();
  GWAGEO_CHECK(!by_points || points.size() == verdicts.size());
  std::vector<Entry> ranked;
  std::vector<Ranked> open;
  std::vector<std::optional<Total>> open_figures;
  std::vector<Ranked> out_of_it;
  for (std::size_t i = 0; i < verdicts.size(); ++i) {
    const std::optional<bool> admitted = is_admitted(verdicts[i]);
    const std::optional<Total> figure = by_points ? points[i].total : ratio_of(verdicts[i]);
    const std::string& name = verdicts[i].candidate;
    if (admitted && !*admitted) {
      out_of_it.push_back({name, {}, false, "not admitted"});
    } else if (!admitted || !figure) {
      open_figures.push_back(figure);
      open.push_back(
          {name, {}, {}, admitted ? "its points are open" : "whether it is admitted is open"});
    } else {
      ranked.push_back({name, admitted, figure});
    }
  }
  std::sort(ranked.begin(), ranked.end(), is_above);
  const std::size_t stay = target.stay ? *target.stay : std::numeric_limits<std::size_t>::max();
  std::vector<Ranked> out;
  for (std::size_t first = 0; first < ranked.size();) {
    std::size_t last = first + 1;
    while (last < ranked.size() && is_equal(*ranked[first].figure, *ranked[last].figure)) ++last;
    const std::size_t before = static_cast<std::size_t>(std::count_if(
        open_figures.begin(), open_figures.end(),
        [&](const auto& figure) { return may_come_before(figure, *ranked[first].figure); }));
    std::optional<bool> stays;
    if (first >= stay) stays = false;
    if (first < stay && before < stay - first) stays = true;
    const std::string words =
        stays.value_or(false) && last > stay ? tie_words(last - first, last, stay) : std::string();
    for (std::size_t i = first; i < last; ++i) {
      out.push_back({ranked[i].candidate, first + 1, stays, words});
    }
    first = last;
  }
  const auto by_name = [](const Ranked& a, const Ranked& b) { return a.candidate < b.candidate; };
  for (std::vector<Ranked>* rest : {&open, &out_of_it}) {
    std::sort(rest->begin(), rest->end(), by_name);
    out.insert(out.end(), rest->begin(), rest->end());
  }
  return out;
}

}  // namespace gwageo
