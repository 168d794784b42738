#include "ops/verb_table_pool.h"

#include <iterator>

#include "ops/parameters.h"
#include "ops/verbs.h"

namespace gwageo {
namespace {

std::vector<Verb> submission_verbs() {
  return {
      {"submit",
       "Queues a model on a suite and prints the job's id.",
       {needed_option("--model", "NAME", "what to examine"),
        needed_option("--suite", "SUITE", "NAME for the newest version, or NAME@VERSION"),
        option("--team", "TEAM", "whose job it is (the model's team unless given)"),
        option("--priority", "P", "-1000 to 1000; higher goes first (0 unless given)"),
        option("--tier", "TIER",
               "audit or interactive (operators only), campaign (unless given) or refresh"),
        option("--within", "TIME", "when it should be over: 90s, 30m, 2h or 7d from now"),
        flag("--skip-lookup",
             "run everything anew, whatever is known already; operators only, and targets go on by "
             "the first whole examination"),
        option(
            "--round", "K",
            "the K-th round of repeats that a target settles by, where it failed; operators only"),
        flag("--wait", "follow it until it is scored"),
        option("--request", "ID", "a name of your own: submitting it again starts nothing twice")},
       "gwageo submit --model haneul-1 --suite quickstart --wait",
       "1 (with --wait) the job failed, was cancelled, or has items without an answer; ",
       verb_submit},
  };
}

std::vector<Verb> pool() {
  return {
      {"status",
       "Shows teams, jobs and workers, or one job; of others a team sees how much there is.",
       {optional("JOB", "a job's id"), flag("--watch", "show it again every second")},
       "gwageo status --watch",
       nothing_more,
       verb_status},
      {"workers",
       "Lists the workers, what they hold and what they have loaded.",
       {},
       "gwageo workers",
       nothing_more,
       verb_workers},
      {"cancel",
       "Ends a job; what was answered stays.",
       {needed("JOB", "the job's id")},
       "gwageo cancel 7",
       "1 it was over already; ",
       verb_cancel},
      {"explain",
       "Says in words why a job waits and when it may be over, or how a verdict was reached.",
       {needed("WHAT",
               "a job's id, or a verdict: TARGET/CANDIDATE, the newest, or with @GENERATION"),
        option("--items", "N", "verdict: so many of the items that count most against it (10)")},
       "gwageo explain quickstart-95/haneul-1",
       nothing_more,
       verb_explain},
      {"results",
       "Shows a job's scores with their uncertainty, or writes its items for other tools.",
       {needed("JOB", "the job's id"),
        optional("WHERE",
                 "lm-eval, inspect, csv, markdown: a stopped data directory or an archive "
                 "(the coordinator unless given)"),
        option("--format", "FORMAT",
               "table (unless given), json, lm-eval, inspect, csv or markdown"),
        option("--out", "DIR",
               "write there; lm-eval and inspect need it; else results.json and results.txt")},
       "gwageo results 7 --format lm-eval --out results",
       nothing_more,
       verb_results},
      {"health",
       "Asks the coordinator how it is.",
       {},
       "gwageo health",
       "1 it is short of disk space; ",
       verb_health},
  };
}

std::vector<Verb> job_controls() {
  return {
      {"pause",
       "Holds a job back: it gets no more slots, and finishes what it has in them.",
       {needed("JOB", "the job's id")},
       "gwageo pause 7",
       "1 it was over already; ",
       verb_pause},
      {"resume",
       "Lets a paused job go on.",
       {needed("JOB", "the job's id")},
       "gwageo resume 7",
       "1 it was over already; ",
       verb_resume},
      {"priority",
       "Moves a job before or behind others.",
       {needed("JOB", "the job's id"), needed("P", "-1000 to 1000; higher goes first")},
       "gwageo priority 7 10",
       "1 it was over already; ",
       verb_priority},
  };
}

const char* const bound_help = "at once, with everything below it; none lifts it";

std::vector<Parameter> team_setting() {
  return {needed("NAME", "the team's name"),
          option("--parent", "TEAM", "the group that it is in; none for none"),
          option("--share", "N", "its part of what there is, relative to its siblings (1)"),
          option("--guarantee", "N", "GPUs, or slots where there are none, that it can rely on"),
          option("--limit", "N", std::string("GPUs, or slots where there are none, ") + bound_help),
          option("--jobs", "N", std::string("open jobs ") + bound_help),
          option("--items", "N", std::string("unsettled items ") + bound_help),
          option("--gpu-hours", "N", "GPU-hours in all, likewise")};
}

std::vector<Verb> workers_and_teams() {
  return {
      {"drain",
       "Lets a worker finish what it has and gives it nothing more.",
       {needed("WORKER", "its name"), flag("--undo", "give it work again, as undrain does")},
       "gwageo drain w1",
       nothing_more,
       verb_drain},
      {"quarantine",
       "Keeps work from whatever bears a worker's name, however often it starts.",
       {needed("WORKER", "its name"), needed_option("--reason", "TEXT", "why, for people")},
       "gwageo quarantine w1 --reason \"ECC errors on GPU 3\"",
       nothing_more,
       verb_quarantine},
      {"disown",
       "Makes what a quarantined worker has answered so far count no more.",
       {needed("WORKER", "its name"), needed_option("--reason", "TEXT", "why, for people")},
       "gwageo disown w1 --reason \"it answered 110 of 110 known items wrongly\"",
       nothing_more,
       verb_disown},
      {"undrain",
       "Gives a worker work again that was drained or quarantined.",
       {needed("WORKER", "its name")},
       "gwageo undrain w1",
       nothing_more,
       verb_undrain},
      {"checks set",
       "Says how many items are run again by a second worker, and how many known ones are asked.",
       {option("--again", "SHARE",
               "of all items, from 0 to 1: another worker answers them too (0)"),
        option("--known", "SHARE",
               "for so many of its items a worker is asked one that two others agree on (0)")},
       "gwageo checks set --again 0.02 --known 0.01",
       nothing_more,
       verb_checks_set},
      {"team add", "Sets a team for the first time: its share of the pool, and what it may use.",
       team_setting(),
       "gwageo team add haneul --parent lab --share 2 --guarantee 4 --jobs 20 --gpu-hours 500",
       nothing_more, verb_team_add},
      {"team set", "Changes what is given, and nothing else, of a team.", team_setting(),
       "gwageo team set haneul --limit 16 --jobs none", nothing_more, verb_team_set},
      {"team show",
       "Shows teams: what is set, what they hold, what they have used.",
       {optional("NAME", "this team only (a team's key: its own)")},
       "gwageo team show haneul",
       nothing_more,
       verb_team_show},
  };
}

}  // namespace

std::vector<Verb> pool_verbs() {
  std::vector<Verb> all;
  for (std::vector<Verb>& part : std::vector<std::vector<Verb>>{
           submission_verbs(), pool(), job_controls(), workers_and_teams()}) {
    all.insert(all.end(), std::make_move_iterator(part.begin()),
               std::make_move_iterator(part.end()));
  }
  return all;
}

}  // namespace gwageo
