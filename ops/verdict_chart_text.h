// How verdicts moved, as a table and as a chart for a terminal.
#pragma once

#include <cstddef>
#include <string>

#include "ops/verdict_chart.h"

namespace gwageo {

/// Ratios over days, a letter for each candidate, the share as a line of dashes; below it the days
/// on which something moved, by number, and what it was.
std::string chart_text(const VerdictChart& chart, std::size_t width);

/// One line a verdict: day, candidate, verdict, ratio, interval and what moved it; and how many
/// have no document at hand, with what to do.
std::string history_table(const Json::Array& verdicts);

/// What to do where the document of a verdict that was reached anew since is not at hand.
std::string document_advice();

/// What moved a verdict, in one line.
std::string moves_text(const Json& verdict);
/// "[0.9000, 1.0000]" of a verdict, or "-".
std::string interval_text(const Json& verdict);

/// Columns of the terminal on standard output; 100 where it is none.
std::size_t terminal_width();

}  // namespace gwageo
