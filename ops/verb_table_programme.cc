#include "ops/verb_table_programme.h"

#include <iterator>

#include "ops/parameters.h"
#include "ops/verbs.h"

namespace gwageo {
namespace {

std::vector<Verb> stages() {
  return {
      {"stage open",
       "Opens a stage: until it is closed its target is judged by the rules of today.",
       {needed("NAME", "the stage's name, which is never used again"),
        needed_option("--target", "TARGET", "the target whose newest version is frozen")},
       "gwageo stage open spring --target national-95",
       nothing_more,
       verb_stage_open},
      {"stage close",
       "Closes a stage: judges its candidates as of today, and fixes what comes of it.",
       {needed("NAME", "the stage's name"),
        option("--reason", "TEXT",
               "needed while there is no answer on somebody: why it is closed")},
       "gwageo stage close spring",
       nothing_more,
       verb_stage_close},
      {"stage list", "Lists the stages.", {}, "gwageo stage list", nothing_more, verb_stage_list},
      {"stage show",
       "Shows a stage: of a closed one what was fixed, of an open one what it would be today.",
       {needed("NAME", "the stage's name")},
       "gwageo stage show spring",
       nothing_more,
       verb_stage_show},
      {"publish",
       "Ends the embargo on a target's verdicts up to today, for good.",
       {needed("TARGET", "the target's name"),
        option("--stage", "NAME", "only what was fixed when this stage was closed")},
       "gwageo publish national-95 --stage spring",
       nothing_more,
       verb_publish},
  };
}

std::vector<Verb> rosters() {
  return {
      {"roster enter",
       "Puts a candidate on a target's roster from a day on.",
       {needed("TARGET", "the target's name"), needed("MODEL", "the candidate"),
        option("--on", "DATE", "from its release to a year ahead (today unless given)"),
        option("--reason", "TEXT", "why, in words")},
       "gwageo roster enter national-95 haneul-1 --on 2026-12-01",
       nothing_more,
       verb_roster_enter},
      {"roster leave",
       "Takes a candidate off a target's roster from a day on.",
       {needed("TARGET", "the target's name"), needed("MODEL", "the candidate"),
        option("--on", "DATE", "from this day on (today unless given)"),
        needed_option("--reason", "TEXT", "why, in words")},
       "gwageo roster leave national-95 haneul-1 --reason \"withdrawn by its team\"",
       nothing_more,
       verb_roster_leave},
      {"roster show",
       "Shows who is on a target's roster on a day, and every entry and exit.",
       {needed("TARGET", "the target's name"),
        option("--as-of", "DATE", "the day (the last that began, unless given)")},
       "gwageo roster show national-95 --as-of 2026-12-31",
       nothing_more,
       verb_roster_show},
  };
}

std::vector<Verb> gates() {
  return {
      {"gate decide",
       "Records a decision on a gate of a target, or on one component of it.",
       {needed("TARGET", "the target's name"), needed("MODEL", "the candidate"),
        needed("GATE", "a gate that people decide"),
        option("--component", "NAME", "which, where the gate has several"),
        flag("--pass", "the candidate passes"), flag("--fail", "the candidate fails"),
        needed_option("--rule", "VERSION", "the version of the rules that was decided by"),
        needed_option("--reason", "TEXT", "why, in words"),
        option("--evidence", "FILE", "what it rests on; kept with the record, 14 MiB at most")},
       "gwageo gate decide national-95 haneul-1 independence --component core --pass \\\n"
       "      --rule \"2026-01 v2\" --reason \"trained from scratch\" --evidence report.pdf",
       nothing_more,
       verb_gate_decide},
      {"gate show",
       "Shows what was decided on a target's gates, oldest first.",
       {needed("TARGET", "the target's name"), optional("MODEL", "one candidate (all)")},
       "gwageo gate show national-95 haneul-1",
       nothing_more,
       verb_gate_show},
      {"gate evidence",
       "Gives back a file that a decision rests on.",
       {needed("DIGEST", "its digest, as gate show --json has it"),
        needed_option("--out", "FILE", "where to put it")},
       "gwageo gate evidence 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08 \\\n"
       "      --out report.pdf",
       nothing_more,
       verb_gate_evidence},
  };
}

std::vector<Verb> points() {
  return {
      {"points record",
       "Records the points of a part of a target's composition that no suite gives.",
       {needed("TARGET", "the target's name"), needed("MODEL", "the candidate"),
        needed("PART", "the part's path, for instance expert or benchmark/individual"),
        needed("POINTS", "a decimal from 0 to the part's points"),
        needed_option("--reason", "TEXT", "why, in words"),
        option("--evidence", "FILE", "what they rest on; kept with the record, 14 MiB at most")},
       "gwageo points record national-95 haneul-1 expert 31.6 --reason \"mean of 10 experts\"",
       nothing_more,
       verb_points_record},
      {"points show",
       "Shows the points that were recorded for a target's candidates, oldest first.",
       {needed("TARGET", "the target's name"), optional("MODEL", "one candidate (all)")},
       "gwageo points show national-95",
       nothing_more,
       verb_points_show},
  };
}

}  // namespace

std::vector<Verb> programme_verbs() {
  std::vector<Verb> all = stages();
  for (std::vector<Verb>& part : std::vector<std::vector<Verb>>{rosters(), gates(), points()}) {
    all.insert(all.end(), std::make_move_iterator(part.begin()),
               std::make_move_iterator(part.end()));
  }
  return all;
}

}  // namespace gwageo
