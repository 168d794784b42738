#include "ops/verdict_chart_text.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "ops/output.h"
#include "ops/table.h"

namespace gwageo {
namespace {

constexpr std::size_t usual_width = 100;
constexpr std::size_t least_width = 40;
constexpr std::size_t rows = 16;
constexpr std::size_t label_width = 9;  // "  0.9500 "
constexpr std::size_t moves_named_max = 3;

constexpr char share_mark = '-';
constexpr char several = '*';

/// A rectangle of cells that lines are drawn into: candidates on top of the share, and where they
/// meet the mark for several.
class Canvas {
 public:
  Canvas(const VerdictChart& chart, std::size_t columns) : m_(chart), columns_(columns) {
    // Room above and below, and for what never moves.
    const double span = std::max(m_.most - m_.least, 0.02);
    low_ = std::max(m_.least - span / 10, std::min(m_.least, 0.0));
    high_ = m_.most + span / 10;
    cells_.assign(rows, std::string(columns, ' '));
  }

  DayNumber day_at(std::size_t column) const {
    const double part = static_cast<double>(column) / static_cast<double>(columns_ - 1);
    return m_.first +
           static_cast<DayNumber>(std::llround(part * static_cast<double>(m_.last - m_.first)));
  }
  std::size_t column_of(DayNumber day) const {
    if (m_.last == m_.first) return 0;
    const double part =
        static_cast<double>(day - m_.first) / static_cast<double>(m_.last - m_.first);
    return static_cast<std::size_t>(std::lround(part * static_cast<double>(columns_ - 1)));
  }
  std::size_t row_of(double value) const {
    const double part = std::clamp((value - low_) / (high_ - low_), 0.0, 1.0);
    return rows - 1 - static_cast<std::size_t>(std::lround(part * (rows - 1)));
  }
  void put(std::size_t column, double value, char mark) {
    char& cell = cells_[row_of(value)][column];
    const bool is_shared = cell != ' ' && cell != share_mark;
    meets_ = meets_ || is_shared;
    cell = is_shared ? several : mark;
  }
  bool meets() const { return meets_; }

  std::string text() const {
    std::string out;
    for (std::size_t row = 0; row < rows; ++row) {
      const double value = high_ - (high_ - low_) * static_cast<double>(row) / (rows - 1);
      std::string label = row % 3 == 0 ? decimal(value, 4) : "";
      label.insert(0, label_width - 2 - std::min(label_width - 2, label.size()), ' ');
      std::string line = label + " |" + cells_[row];
      line.erase(line.find_last_not_of(' ') + 1);
      out += line + "\n";
    }
    return out;
  }

 private:
  const VerdictChart& m_;
  std::size_t columns_;
  double low_ = 0;
  double high_ = 1;
  bool meets_ = false;
  std::vector<std::string> cells_;
};

/// The numbers of the events under their days, on as many lines as keep them apart.
std::string event_marks(const VerdictChart& chart, const Canvas& canvas, std::size_t columns) {
  constexpr std::size_t lines_max = 3;
  std::vector<std::string> lines(1, std::string(columns + 2, ' '));
  for (std::size_t i = 0; i < chart.events.size(); ++i) {
    const std::string mark = std::to_string(i + 1);
    const std::size_t at = canvas.column_of(chart.events[i].day);
    for (std::size_t line = 0; line < lines_max; ++line) {
      if (line == lines.size()) lines.emplace_back(columns + 2, ' ');
      const std::size_t from = at == 0 ? 0 : at - 1;
      const std::string around = lines[line].substr(from, mark.size() + at - from + 1);
      if (around.find_first_not_of(' ') != std::string::npos) continue;
      lines[line].replace(at, mark.size(), mark);
      break;
    }
  }
  std::string out;
  for (std::string& line : lines) {
    line.erase(line.find_last_not_of(' ') + 1);
    if (!line.empty()) out += std::string(label_width, ' ') + line + "\n";
  }
  return out;
}

char letter_of(std::size_t track) { return static_cast<char>('A' + track); }

std::string legend(const VerdictChart& chart, bool meets) {
  std::string out = "\n";
  for (std::size_t i = 0; i < chart.tracks.size(); ++i) {
    const ChartPoint& last = chart.tracks[i].points.back();
    out += std::string("  ") + letter_of(i) + "  " + chart.tracks[i].candidate + ": " +
           (last.ratio ? decimal(*last.ratio, 4) + ", " : "") + last.verdict + "\n";
  }
  if (chart.tracks_left_out > 0) {
    out += "     (" + std::to_string(chart.tracks_left_out) +
           " more, with lower ratios: --candidate NAME)\n";
  }
  if (meets) out += std::string("  ") + several + "  several of them\n";
  if (!chart.shares.empty()) {
    out += "  -  the share, " + decimal(chart.shares.back().share, 4) + "\n";
  }
  out += "\n";
  if (chart.events_left_out > 0) {
    out += "  (" + std::to_string(chart.events_left_out) + " earlier days are not numbered)\n";
  }
  for (std::size_t i = 0; i < chart.events.size(); ++i) {
    const ChartEvent& event = chart.events[i];
    const std::string number = std::to_string(i + 1);
    std::string head = std::string(number.size() < 2 ? 3 - number.size() : 1, ' ') + number + "  " +
                       date_of(event.day) + "  ";
    for (const std::string& text : event.texts) {
      out += head + text + "\n";
      head.assign(head.size(), ' ');
    }
  }
  return out;
}

}  // namespace

std::string chart_text(const VerdictChart& chart, std::size_t width) {
  if (chart.tracks.empty()) return "no verdicts to draw\n";
  const std::size_t columns = std::max(width, least_width) - label_width - 3;
  Canvas canvas(chart, columns);
  for (std::size_t column = 0; column < columns; ++column) {
    const DayNumber day = canvas.day_at(column);
    if (!chart.shares.empty()) canvas.put(column, share_on(chart, day), share_mark);
    for (std::size_t i = 0; i < chart.tracks.size(); ++i) {
      const std::optional<double> ratio = ratio_on(chart.tracks[i], day);
      if (ratio && std::isfinite(*ratio)) canvas.put(column, *ratio, letter_of(i));
    }
  }
  std::string dates = std::string(label_width, ' ') + date_of(chart.first);
  if (chart.last != chart.first) {
    const std::string last = date_of(chart.last);
    dates += std::string(columns - std::min(columns, 2 * last.size()), ' ') + last;
  }
  return canvas.text() + std::string(label_width - 1, ' ') + "+" + std::string(columns, '-') +
         "\n" + event_marks(chart, canvas, columns) + dates + "\n" + legend(chart, canvas.meets());
}

std::string moves_text(const Json& verdict) {
  std::string text;
  const Json::Array& moves = list(verdict, "moves");
  for (std::size_t i = 0; i < std::min(moves.size(), moves_named_max); ++i) {
    text += (i == 0 ? "" : "; ") + shown(moves[i], "text");
  }
  if (moves.size() > moves_named_max) {
    text += "; and " + std::to_string(moves.size() - moves_named_max) + " more";
  }
  return text.empty() ? "-" : text;
}

std::string interval_text(const Json& verdict) {
  const Json::Array& ends = list(verdict, "ci");
  if (ends.size() != 2 || !ends[0].is_number() || !ends[1].is_number()) return "-";
  return "[" + decimal(ends[0].as_double(), 4) + ", " + decimal(ends[1].as_double(), 4) + "]";
}

std::string document_advice() {
  return "an archive or a backup that has it brings it back (gwageo recover --from MIRROR --rows "
         "WHERE); nothing rests on it any more";
}

std::string history_table(const Json::Array& verdicts) {
  TextTable table({"as of", "candidate", "verdict", "ratio", "interval", "what moved it"});
  std::size_t not_at_hand = 0;
  for (const Json& verdict : verdicts) {
    table.add({shown(verdict, "as_of"), shown(verdict, "candidate"), shown(verdict, "verdict"),
               score_text(verdict, "ratio"), interval_text(verdict), moves_text(verdict)});
    if (shown(verdict, "document_at_hand") == "false") ++not_at_hand;
  }
  if (not_at_hand == 0) return table.text();
  return table.text() + std::to_string(not_at_hand) +
         (not_at_hand == 1 ? " of them has no document" : " of them have no documents") +
         " at hand: " + document_advice() + "\n";
}

std::size_t terminal_width() {
  winsize size{};
  const bool is_known = ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  return is_known ? size.ws_col : usual_width;
}

}  // namespace gwageo
