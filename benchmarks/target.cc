#include "benchmarks/target.h"

#include <algorithm>
#include <charconv>

#include "benchmarks/leaderboard.h"
#include "benchmarks/target_keys.h"
#include "protocol/yaml.h"

namespace gwageo {
namespace {

constexpr std::int64_t quiet_seconds_max = 86400;
constexpr std::int64_t settle_requests_max = 1'000'000'000'000;

Status read_suite(const YamlValue& file, Target& target) {
  GWAGEO_ASSIGN(value, file.need("suite"));
  GWAGEO_ASSIGN(text, value.text());
  target.suite_place = place_of(value);
  const std::size_t at = text.find('@');
  target.suite = text.substr(0, at);
  if (!is_name(target.suite)) return value.refuse("expected SUITE or SUITE@VERSION");
  if (at == std::string::npos) return {};
  std::uint32_t version = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data() + at + 1, end, version);
  if (error != std::errc() || stop != end || version == 0) {
    return value.refuse("expected a version from 1 after '@'");
  }
  target.suite_version = version;
  return {};
}

Status read_board(const YamlValue& file, Target& target) {
  GWAGEO_ASSIGN(value, file.need("board"));
  GWAGEO_ASSIGN(text, value.text());
  target.board_place = place_of(value);
  const std::size_t at = text.find('@');
  target.board = text.substr(0, at);
  if (!is_name(target.board)) return value.refuse("expected BOARD or BOARD@RELEASE");
  if (at == std::string::npos) return {};
  target.board_release = text.substr(at + 1);
  if (!parse_date(*target.board_release)) {
    return value.refuse("expected a release's date YYYY-MM-DD after '@'");
  }
  return {};
}

/// Where the figures are from: a suite that the pool ran, or a leaderboard of others.
Status read_basis(const YamlValue& file, Target& target) {
  if (const std::optional<YamlValue> basis = file.find("basis")) {
    GWAGEO_ASSIGN(text, basis->text());
    if (text != "measured" && text != "claimed") {
      return basis->refuse("expected 'measured' or 'claimed', got '" + text + "'");
    }
    target.is_claimed = text == "claimed";
  }
  if (!target.is_claimed) {
    if (const std::optional<YamlValue> board = file.find("board")) {
      return board->refuse("a board's claims are no measurement: they need 'basis: claimed'");
    }
    return read_suite(file, target);
  }
  if (const std::optional<YamlValue> suite = file.find("suite")) {
    return suite->refuse("under 'basis: claimed' a target has a board and no suite");
  }
  for (const char* key : {"confidence", "min_coverage", "missing"}) {
    if (const std::optional<YamlValue> value = file.find(key)) {
      return value->refuse("claims have no items, so this changes nothing: leave it out");
    }
  }
  return read_board(file, target);
}

Status read_number(const YamlValue& file, std::string_view key, double minimum, double maximum,
                   bool is_maximum_allowed, double& out) {
  const std::optional<YamlValue> value = file.find(key);
  if (!value) return {};
  GWAGEO_ASSIGN(number, value->number());
  if (!(number >= minimum) || number > maximum || (number == maximum && !is_maximum_allowed)) {
    return value->refuse("expected a number from " + Json(minimum).dump() +
                         (is_maximum_allowed ? " to " : " to below ") + Json(maximum).dump());
  }
  out = number;
  return {};
}

Status read_decide(const YamlValue& file, Target& target) {
  if (target.is_claimed) target.decide_by_confidence = false;
  const std::optional<YamlValue> value = file.find("decide");
  if (!value) return {};
  GWAGEO_ASSIGN(text, value->text());
  if (text != "confidence" && text != "point") {
    return value->refuse("expected 'confidence' or 'point', got '" + text + "'");
  }
  if (target.is_claimed && text != "point") {
    return value->refuse("claims have no items, so no interval: they are decided by 'point'");
  }
  target.decide_by_confidence = text == "confidence";
  return {};
}

Status read_candidates(const YamlValue& file, Target& target) {
  const std::optional<YamlValue> value = file.find("candidates");
  if (!value) return {};
  if (value->is_scalar()) {
    GWAGEO_ASSIGN(text, value->text());
    if (text != "all" && text != "roster") {
      return value->refuse("expected 'all', 'roster' or a list of models");
    }
    target.by_roster = text == "roster";
    if (target.by_roster && target.is_claimed) {
      return value->refuse("a board's models are on no roster: write 'all', or name models");
    }
    return {};
  }
  GWAGEO_ASSIGN(names, value->elements());
  if (names.empty()) return value->refuse("an empty list: write 'all', or name models");
  for (const YamlValue& element : names) {
    GWAGEO_ASSIGN(name, element.text());
    const bool is_right = target.is_claimed ? is_board_name(name) : is_name(name);
    if (!is_right) return element.refuse("not a model's name");
    const auto& known = target.candidates;
    if (std::find(known.begin(), known.end(), name) != known.end()) {
      return element.refuse("'" + name + "' is listed twice");
    }
    target.candidates.push_back(std::move(name));
    target.candidate_places.push_back(place_of(element));
  }
  return {};
}

Status read_missing(const YamlValue& file, Target& target) {
  const std::optional<YamlValue> value = file.find("missing");
  if (!value) return {};
  GWAGEO_ASSIGN(text, value->text());
  for (const Missing missing : {Missing::own_items, Missing::paired_items}) {
    if (text == to_string(missing)) target.missing = missing;
  }
  if (text == to_string(target.missing)) return {};
  return value->refuse("expected 'own_items' or 'paired_items', got '" + text + "'");
}

Status read_embargo(const YamlValue& file, Target& target) {
  const std::optional<YamlValue> value = file.find("embargo");
  if (!value) return {};
  GWAGEO_ASSIGN(text, value->text());
  for (const Embargo embargo : {Embargo::none, Embargo::others, Embargo::all}) {
    if (text != to_string(embargo)) continue;
    target.embargo = embargo;
    return {};
  }
  return value->refuse("expected 'none', 'others' or 'all', got '" + text + "'");
}

/// What happens by itself when something is missing.
Status read_rerun(const YamlValue& file, Target& target) {
  const std::optional<YamlValue> rerun = file.find("rerun");
  const std::optional<YamlValue> quiet = file.find("quiet_seconds");
  for (const std::optional<YamlValue>& value : {rerun, quiet}) {
    if (value && target.is_claimed) {
      return value->refuse("claims are imported, so nothing is run again: leave it out");
    }
  }
  if (rerun) {
    GWAGEO_ASSIGN(text, rerun->text());
    if (text != "automatic" && text != "manual") {
      return rerun->refuse("expected 'automatic' or 'manual', got '" + text + "'");
    }
    target.reruns = text == "automatic";
  }
  if (quiet) {
    GWAGEO_ASSIGN(seconds, quiet->integer(0, quiet_seconds_max));
    target.quiet_seconds = static_cast<std::uint32_t>(seconds);
  }
  return {};
}

/// `settle: {rounds: 3, requests: 100000}`; after what decides and `rerun`.
Status read_settle(const YamlValue& file, Target& target) {
  const std::optional<YamlValue> value = file.find("settle");
  if (!value) return {};
  if (target.is_claimed) return value->refuse("claims are imported, so nothing is asked again");
  if (!target.decide_by_confidence) {
    return value->refuse("under 'decide: point' every verdict is settled: leave it out");
  }
  if (!target.reruns) {
    return value->refuse("it is the coordinator that asks again, which needs 'rerun: automatic'");
  }
  GWAGEO_TRY(value->only({"rounds", "requests"}));
  GWAGEO_ASSIGN(rounds_value, value->need("rounds"));
  GWAGEO_ASSIGN(rounds, rounds_value.integer(1, settle_rounds_max));
  GWAGEO_ASSIGN(requests_value, value->need("requests"));
  GWAGEO_ASSIGN(requests, requests_value.integer(1, settle_requests_max));
  target.settle = Settle{static_cast<std::uint32_t>(rounds), static_cast<std::uint64_t>(requests)};
  return {};
}

}  // namespace

std::string place_of(const YamlValue& value) {
  return value.place() + ": key '" + value.key() + "'";
}

/// A decimal as written, above 0 and up to `most`: 0.95 is 19/20, not the double nearest to it.
Result<Fraction> read_decimal(const YamlValue& value, const Rational& most,
                              const std::string& most_text) {
  GWAGEO_TRY(value.number());
  const std::optional<Rational> exact = Rational::from_decimal(value.node().text);
  const bool in_range = exact && !exact->is_zero() && *exact <= most;
  if (!in_range) return value.refuse("expected a decimal number above 0 and up to " + most_text);
  const std::optional<Fraction> fraction = exact->to_fraction();
  if (!fraction) return value.refuse("too many digits");
  return *fraction;
}

std::string_view to_string(Comparison comparison) {
  switch (comparison) {
    case Comparison::best: return "best";
    case Comparison::model: return "model";
    case Comparison::best_per_axis: return "best_per_axis";
    case Comparison::mean_top: return "mean_top";
    case Comparison::bar: return "bar";
  }
  return "unknown";
}

std::string_view to_string(Missing missing) {
  switch (missing) {
    case Missing::own_items: return "own_items";
    case Missing::paired_items: return "paired_items";
  }
  return "unknown";
}

std::string_view to_string(Embargo embargo) {
  switch (embargo) {
    case Embargo::none: return "none";
    case Embargo::others: return "others";
    case Embargo::all: return "all";
  }
  return "unknown";
}

Result<Target> load_target(const std::string& path, std::string_view text) {
  GWAGEO_ASSIGN(document, parse_yaml(path, text));
  const YamlValue file(path, document);
  GWAGEO_TRY(file.only({"target",        "suite",  "window",       "share",       "compare",
                        "confidence",    "decide", "min_coverage", "basis",       "board",
                        "candidates",    "gates",  "stay",         "embargo",     "rerun",
                        "quiet_seconds", "axes",   "correction",   "composition", "missing",
                        "settle"}));
  Target target;
  GWAGEO_ASSIGN(name_value, file.need("target"));
  GWAGEO_ASSIGN(name, name_value.text());
  if (!is_name(name)) return name_value.refuse("not a name");
  target.name = std::move(name);
  GWAGEO_TRY(read_basis(file, target));
  GWAGEO_TRY(read_comparison(file, target));
  GWAGEO_TRY(read_number(file, "confidence", 0.5, 1, false, target.confidence));
  GWAGEO_TRY(read_decide(file, target));
  GWAGEO_TRY(read_number(file, "min_coverage", 0, 1, true, target.min_coverage));
  GWAGEO_TRY(read_missing(file, target));
  GWAGEO_TRY(read_candidates(file, target));
  GWAGEO_TRY(read_embargo(file, target));
  GWAGEO_TRY(read_rerun(file, target));
  GWAGEO_TRY(read_settle(file, target));
  GWAGEO_TRY(read_gates(file, target));
  GWAGEO_TRY(read_axes(file, target));
  GWAGEO_TRY(read_composition(file, target));
  return target;
}

}  // namespace gwageo
