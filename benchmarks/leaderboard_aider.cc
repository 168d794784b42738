// Aider's boards: a list of runs in YAML, each with one rate and, in part, the counts behind it.
//
// A rate with d decimals is that of its counts when 100 * passes / cases is less than one unit of
// the last decimal away: rounded or cut off, both are met. It is checked against the cases that the
// run states (`test_cases`), and where that fails against `total_tests`.
#include <charconv>
#include <map>

#include "benchmarks/leaderboard_formats.h"
#include "protocol/yaml.h"

namespace gwageo {
namespace {

constexpr std::uint64_t cases_max = 100'000'000;

/// The counts that end with the same number as the rate's key, "pass_rate_2" and "pass_num_2".
struct Keys {
  std::string rate;
  std::string passes;
};

std::uint64_t line_of(const YamlValue& value) {
  return static_cast<std::uint64_t>(value.node().line);
}

/// A scalar as it is written; empty where there is none, or null.
Result<std::string> written_text(const YamlValue& run, std::string_view key) {
  const std::optional<YamlValue> value = run.find(key);
  if (!value || value->is_null()) return std::string();
  if (!value->is_scalar()) return value->expected("a text or number");
  return value->node().text;
}

Result<std::optional<std::uint64_t>> count_under(const YamlValue& run, std::string_view key) {
  GWAGEO_ASSIGN(text, written_text(run, key));
  if (text.empty()) return std::nullopt;
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number > cases_max) {
    return run.find(key)->refuse("expected a number of cases up to " + std::to_string(cases_max) +
                                 ", got '" + text + "'");
  }
  return number;
}

/// Whether `rate` is 100 * passes / cases, to its last decimal.
bool is_rate_of(const std::string& rate, std::uint64_t passes, std::uint64_t cases) {
  const std::size_t point = rate.find('.');
  std::uint64_t unit = 1;  // Of the last decimal: one in so many.
  for (std::size_t i = point; point != std::string::npos && i + 1 < rate.size(); ++i) {
    if (unit < 1'000'000'000) unit *= 10;
  }
  const std::optional<Rational> claimed = Rational::from_decimal(rate);
  if (!claimed || cases == 0) return false;
  const Rational exact(100 * passes, cases);
  const Rational step(1, unit);
  return exact < *claimed + step && *claimed < exact + step;
}

Status check_denominator(const YamlValue& run, const Keys& keys, const std::string& rate,
                         const std::string& row, std::vector<BoardFinding>& findings) {
  GWAGEO_ASSIGN(passes, count_under(run, keys.passes));
  GWAGEO_ASSIGN(cases, count_under(run, "test_cases"));
  GWAGEO_ASSIGN(total, count_under(run, "total_tests"));
  if (!passes || !cases || rate.empty() || is_rate_of(rate, *passes, *cases)) return {};
  const bool is_of_total = total && is_rate_of(rate, *passes, *total);
  BoardFinding finding{
      BoardFinding::Kind::denominator, line_of(run), row, *cases, is_of_total ? *total : 0, {}};
  finding.text = run.place() + ": run '" + row + "': " + keys.rate + " " + rate + " is not " +
                 std::to_string(*passes) + " of the " + std::to_string(*cases) +
                 " test_cases, but " +
                 (is_of_total ? "of the " + std::to_string(*total) + " total_tests"
                              : std::string("of no number of cases that the run states"));
  findings.push_back(std::move(finding));
  return {};
}

bool any_has(const std::vector<YamlValue>& runs, std::string_view key) {
  for (const YamlValue& run : runs) {
    if (run.find(key)) return true;
  }
  return false;
}

}  // namespace

Status read_aider(const BoardText& file, LeaderboardBuilder& board,
                  std::vector<BoardFinding>& findings) {
  GWAGEO_ASSIGN(document,
                parse_yaml(file.path, file.text, YamlDuplicates::refuse, YamlScalars::written));
  const YamlValue top(file.path, document);
  if (!top.is_sequence()) return top.expected("a list of runs");
  GWAGEO_ASSIGN(runs, top.elements());
  const std::string number = any_has(runs, "pass_rate_2") ? "2" : "1";
  const Keys keys{"pass_rate_" + number, "pass_num_" + number};
  std::map<std::string, int> seen;
  GWAGEO_ASSIGN(task, board.task({file.path, 0, {}}, keys.rate));
  for (const YamlValue& run : runs) {
    if (!run.is_mapping()) return run.expected("a run");
    const auto at = [&](std::string_view key) { return BoardPlace{file.path, line_of(run), key}; };
    GWAGEO_ASSIGN(model, written_text(run, "model"));
    std::string row_name = model;
    if (seen[model]++ > 0) {
      GWAGEO_ASSIGN(folder, written_text(run, "dirname"));
      row_name += " (" + folder + ")";
    }
    GWAGEO_ASSIGN(row, board.add_row(at("model"), row_name));
    const char* const released = run.find("released") ? "released" : "_released";
    GWAGEO_ASSIGN(date, written_text(run, released));
    GWAGEO_TRY(board.released(at(released), row, date));
    GWAGEO_ASSIGN(rate, written_text(run, keys.rate));
    GWAGEO_TRY(board.value(at(keys.rate), row, task, rate));
    GWAGEO_TRY(check_denominator(run, keys, rate, row_name, findings));
  }
  return {};
}

}  // namespace gwageo
