#include "ops/verb_table_target.h"

#include "ops/parameters.h"
#include "ops/verbs.h"

namespace gwageo {

std::vector<Verb> target_verbs() {
  const Parameter policy =
      option("--policy", "FILE", "judge under this target file in place of the one on record");
  return {
      {"target add",
       "Adds a target, or a new version of one: the rule by which candidates are judged.",
       {needed("FILE", "the target file")},
       "gwageo target add benchmarks/suites/quickstart/target.yaml",
       nothing_more,
       verb_target_add},
      {"target list",
       "Lists the targets.",
       {},
       "gwageo target list",
       nothing_more,
       verb_target_list},
      {"target show",
       "Judges every candidate of a target against the cohort of a date.",
       {needed("TARGET", "the target's name"),
        option("--as-of", "DATE", "the date, past or to come (the last day that began)"), policy},
       "gwageo target show quickstart-95 --as-of 2026-11-22",
       nothing_more,
       verb_target_show},
      {"target history",
       "Shows how a target's verdicts moved, and what moved each: those on record, oldest first.",
       {needed("TARGET", "the target's name"),
        option("--candidate", "NAME", "this candidate alone"),
        option("--last", "N", "so many of the newest (50 in the table, else all)"),
        flag("--chart", "draw the ratios over the days, in place of the table"),
        option("--svg", "FILE", "write the chart as a picture")},
       "gwageo target history quickstart-95 --chart",
       nothing_more,
       verb_target_history},
      {"target replay",
       "Judges every day of a range from what is stored, and shows what moved; records nothing.",
       {needed("TARGET", "the target's name"), needed_option("--from", "DATE", "the first day"),
        needed_option("--to", "DATE", "the last day, past or to come"), policy,
        flag("--chart", "draw the ratios over the days, in place of the table"),
        option("--svg", "FILE", "write the chart as a picture")},
       "gwageo target replay quickstart-95 --from 2026-01-01 --to 2026-12-31",
       nothing_more,
       verb_target_replay},
      {"target watch",
       "Shows a target, then every verdict that moves and what moved it, until interrupted.",
       {needed("TARGET", "the target's name")},
       "gwageo target watch quickstart-95",
       nothing_more,
       verb_target_watch},
  };
}

}  // namespace gwageo
