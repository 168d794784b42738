#include "ops/verb_table.h"

#include "ops/gpu_options.h"
#include "ops/parameters.h"
#include "ops/verb_table_fleet.h"
#include "ops/verb_table_models.h"
#include "ops/verb_table_pool.h"
#include "ops/verb_table_programme.h"
#include "ops/verb_table_record.h"
#include "ops/verb_table_target.h"
#include "ops/verbs.h"
#include "ops/weights_options.h"

namespace gwageo {
namespace {

Parameter witness_files() {
  return {"--witness", Takes::many, "FILE",
          "a checkpoint that a witness holds: nothing is served that it does not fit"};
}

Parameter data_files() {
  return option("--data-files", "DIR",
                "where files that the suite calls data/... lie (its own folder data unless given)");
}

std::vector<Verb> daemons() {
  return {
      {"up", "Runs a coordinator and N workers on this machine until it is interrupted.",
       with({option("--workers", "N", "how many workers (2 unless given)"),
             option("--loads", "N", "models that a worker loads at the same time at most (8)"),
             option("--worker-options", "ARGS",
                    "more options of gwageo worker, for instance \"--weights-cache /fast\""),
             option("--listen", "ADDR",
                    "where to listen (127.0.0.1:0 unless given); port 0: the last one, else a free "
                    "one"),
             option("--zone", "ZONE",
                    "new data: the programme's time zone (Asia/Seoul unless given)"),
             option("--origin", "NAME",
                    "new data: what its journal is called (gwageo unless given)"),
             witness_files()},
            worker_gpu_parameters()),
       "gwageo up --data ./gwageo-data --workers 2", "1 it could not begin; ", verb_up,
       LooksAt::data_directory},
      {"coordinator",
       "Runs the coordinator of a data directory: the daemon that decides and keeps the record.",
       {option("--listen", "ADDR",
               "where to listen (127.0.0.1:0 unless given); port 0: the last one, else a free one"),
        option("--zone", "ZONE", "new data: the programme's time zone (Asia/Seoul unless given)"),
        option("--origin", "NAME", "new data: what its journal is called (gwageo unless given)"),
        witness_files(), option("--log", "FILE", "log there instead of on standard error"),
        option("--ready-fd", "N",
               "for a supervisor: descriptor that gets the address when it serves")},
       "gwageo coordinator --data /srv/gwageo --listen 0.0.0.0:7000",
       "1 the disk or the record failed, a restart loses nothing; ",
       verb_coordinator,
       LooksAt::data_directory},
  };
}

std::vector<Verb> worker_verbs() {
  return {
      {"worker", "Runs a worker: connects to a coordinator, loads models and answers requests.",
       with(
           {needed_option("--coordinator", "ADDR",
                          "the coordinator's address, unix:DATA/socket on its own machine, or "
                          "file:PATH, whose "
                          "first line is the address and is followed when it changes (else "
                          "GWAGEO_COORDINATOR)"),
            needed_option("--key", "FILE", "a key of role worker (else GWAGEO_KEY)"),
            option("--slots", "N", "models served at the same time (1 unless given)"),
            option("--loads", "N", "models loaded at the same time at most (8 unless given)"),
            option("--name", "NAME",
                   "unique in the pool; it belongs to the key, and to who comes last with it "
                   "(random unless given)"),
            option("--credit", "N", "items that each slot wants in flight (32 unless given)"),
            option("--threads", "N",
                   "threads of each slot's engine (all cores, divided by the slots, unless given)"),
            option("--nice", "N",
                   "how much it yields to other processes, 0 to 19 (0 unless given)"),
            option("--slowdown", "N",
                   "its paced models take so many times as long: a rehearsal of a slow node (1)"),
            option("--health-every", "SECONDS",
                   "how often idle GPUs are made to prove that they compute correctly (3600)"),
            option("--gpu-copy-rate", "GBPS",
                   "GB/s that copies within a GPU's memory reach: one that stays below 70 % of it "
                   "is faulty (only compared with each other unless given)"),
            option("--connect-within", "SECONDS",
                   "give up when no coordinator has answered by then (keeps trying unless given)"),
            option("--engines", "DIR",
                   "templates of the servers that it may start (else GWAGEO_ENGINES, else engines "
                   "beside the program)"),
            option("--engine-logs", "DIR",
                   "what these servers say, in a folder of the worker's name (a temporary folder "
                   "unless given)"),
            option("--grace", "TIME",
                   "told to stop, it lets what runs go on, and has left after that time (4s: it "
                   "gives all of it back at once)"),
            option("--log", "FILE", "log there instead of on standard error")},
           with(with(worker_gpu_parameters(), {hosts_parameter()}), worker_weights_parameters())),
       "gwageo worker --coordinator 10.0.0.1:7000 --key worker.key --slots 2",
       "1 it could not go on; ", verb_worker, LooksAt::nothing},
      {"worker check",
       "Computes what is known already and compares: on the processor, and with --gpu on every "
       "GPU.",
       {{"--gpu", Takes::nothing, "",
         "the device module's operations against their twins, bit by bit, and how fast memory and "
         "NCCL are; needs a GPU"}},
       "gwageo worker check --gpu",
       "1 something computes wrongly; 2 no GPU, or no device module; ",
       verb_worker_check,
       LooksAt::nothing},
  };
}

std::vector<Verb> suites_and_plans() {
  return {
      {"suite check",
       "Reads a suite file and its data, renders the plan and reports it; needs no coordinator.",
       {needed("FILE", "the suite file"), data_files()},
       "gwageo suite check benchmarks/suites/quickstart/quickstart.yaml",
       nothing_more,
       verb_suite_check,
       LooksAt::nothing},
      {"suite add",
       "Uploads a suite and its data; the coordinator renders its plan once and for all.",
       {needed("FILE", "the suite file"), data_files()},
       "gwageo suite add benchmarks/suites/quickstart/quickstart.yaml",
       nothing_more,
       verb_suite_add},
      {"suite list",
       "Lists every version of every suite.",
       {},
       "gwageo suite list",
       nothing_more,
       verb_suite_list},
      {"suite show",
       "Shows a suite: sizes, digest, plan root.",
       {needed("SUITE", "NAME for the newest version, or NAME@VERSION")},
       "gwageo suite show quickstart@1",
       nothing_more,
       verb_suite_show},
      {"plan import",
       "Makes a suite of what another harness logged, which asks those very prompts, and adds it.",
       {needed("PATH",
               "lm-eval: a folder with results_*.json and samples_*.jsonl, or one such "
               "results file"),
        needed_option("--from", "HARNESS", "lm-eval or inspect"),
        needed_option("--suite", "NAME", "what the suite is called"),
        option("--version", "N", "its version (1 unless given)"),
        option("--axis", "AXIS", "the axis that its tasks are on (imported unless given)"),
        option("--out", "DIR", "the folder that is made for it (./NAME unless given)"),
        flag("--dry-run", "write and check it, and add nothing")},
       "gwageo plan import --from lm-eval results/my-model --suite before",
       nothing_more,
       verb_plan_import},
      {"plan estimate",
       "Says what a submission would take: items to run, slot time, GPU-hours, and until when.",
       {needed_option("--model", "NAME", "what would be examined"),
        needed_option("--suite", "SUITE", "NAME for the newest version, or NAME@VERSION"),
        option("--team", "TEAM", "whose job it would be (the model's team unless given)")},
       "gwageo plan estimate --model haneul-1 --suite quickstart",
       nothing_more,
       verb_plan_estimate},
  };
}

std::vector<Verb> boards() {
  return {
      {"reference import",
       "Imports a leaderboard's table: claims of others, kept apart from what the pool measured.",
       {needed("FILE", "LiveBench's table, a board of Aider, or a CSV of claims"),
        needed_option("--board", "NAME", "what the board is called here"),
        option("--release", "DATE", "of a board with releases: the table's, YYYY-MM-DD"),
        option("--seen", "DATE", "the day on which the board said so (today unless given)"),
        option("--categories", "FILE", "JSON: category -> [task, ...]"),
        option("--format", "FORMAT", "livebench, aider or claims (by the file unless given)"),
        option("--reason", "TEXT", "why the table is another than the last of this release"),
        flag("--check", "read it, and import nothing")},
       "gwageo reference import table_2026_01_08.csv --board livebench --release 2026-01-08 \\\n"
       "      --categories categories_2026_01_08.json",
       nothing_more,
       verb_reference_import},
      {"reference list",
       "Lists the leaderboards.",
       {},
       "gwageo reference list",
       nothing_more,
       verb_reference_list},
      {"reference show",
       "Shows what a leaderboard said on a day, and everything that was imported of it.",
       {needed("BOARD", "the board's name"),
        option("--release", "DATE", "the release (the newest that was seen by then)"),
        option("--as-of", "DATE", "the date (the last day that began, unless given)")},
       "gwageo reference show livebench --as-of 2026-03-01",
       nothing_more,
       verb_reference_show},
  };
}

std::vector<Verb> key_verbs() {
  return {
      {"keys new",
       "Makes a key file here and registers its public halves; the secrets never travel.",
       {needed("ROLE", "operator, team, auditor or worker"), needed("NAME", "who it is for"),
        option("--team", "TEAM", "role team: the team it speaks for (NAME unless given)"),
        option("--out", "FILE", "where to put it (DIR/keys/NAME.key unless given)")},
       "gwageo keys new team haneul --out haneul.key",
       nothing_more,
       verb_keys_new},
      {"keys rotate",
       "Gives a principal new keys; those of before have no effect from that record on.",
       {needed("NAME", "whose; operators rotate anybody's, the others their own"),
        option("--reason", "TEXT", "why, in words"),
        option("--out", "FILE",
               "where to put the new key file (in place of DIR/keys/NAME.key unless given, or of "
               "the one in use)")},
       "gwageo keys rotate haneul --out haneul-2.key",
       nothing_more,
       verb_keys_rotate},
      {"keys revoke",
       "Ends a principal's key for good, on open connections too.",
       {needed("NAME", "whose"), needed_option("--reason", "TEXT", "why, in words")},
       "gwageo keys revoke haneul --reason \"the laptop was lost\"",
       nothing_more,
       verb_keys_revoke},
      {"keys list",
       "Lists whose keys count or did, and as what.",
       {},
       "gwageo keys list",
       nothing_more,
       verb_keys_list},
      {"keys show",
       "Shows a principal with all keys that it had, and from which record to which.",
       {optional("NAME", "whose; your own unless given")},
       "gwageo keys show haneul",
       nothing_more,
       verb_keys_show},
  };
}

std::vector<Parameter> simulation_options() {
  return {
      option("--case", "NAME",
             "a fleet with its work: base (unless given), long-loads, long-shards, few, gangs, "
             "wide-gangs, uneven, "
             "private, private-long-loads, private-64, large, private-large, calm, flood, trickle; "
             "other options change it"),
      option("--policy", "NAMES", "with commas between; all unless given"),
      option("--nodes", "N", "nodes of the fleet"),
      option("--gpus", "N", "GPUs of each node; narrow ones of the case uneven have half of them"),
      option("--fleet", "FILE",
             "nodes from a table: gpus[,count,name,kind,memory_mib,domain], or "
             "openb's node list"),
      option("--trace", "FILE", "work from Acme's durations, Philly's jobs or openb's pods"),
      option("--cluster", "NAME", "Acme: Seren (unless given) or Kalos"),
      option("--shard", "SPAN", "a trace's jobs are cut in shards of at most that (60s)"),
      flag("--leave-out-wide", "leave out a trace's rows that are wider than a slot can be"),
      option("--teams", "N", "teams that bring work"),
      option("--shares", "N,N...", "of each team, in their order (1 each)"),
      option("--models", "N", "models"),
      option("--shards", "N", "shards in all"),
      option("--median", "SPAN", "of a shard, for instance 30s"),
      option("--longest", "SPAN", "shards end there (1h)"),
      option("--load", "SPAN..SPAN", "how long models load, for instance 30s..300s"),
      option("--sharing", "HOW", "models are shared by all teams, or private"),
      option("--gangs", "HOW", "none: slots of one GPU; mixed: of 1, 2, 4 and 8; wide: of 1 to 32"),
      option("--popularity", "X", "Zipf's exponent of models (1.2)"),
      option("--data-sets", "N", "data sets of a suite (16)"),
      option("--batches", "N", "batches of a shard, between which it can be cut (64)"),
      option("--arrive", "SPAN", "jobs arrive evenly over that time"),
      option("--failures", "N", "nodes that go down a day, in the whole fleet (0)"),
      option("--repair", "SPAN", "until such a node is back (1h)"),
      option("--slow-nodes", "N", "nodes that take longer for everything (0)"),
      option("--slow-factor", "N", "so many times (20)"),
      option("--scoring", "PERCENT", "metrics take that much longer where they hold the GPU (0)"),
      option("--slack", "LOADS",
             "gwageo: the knob between fairness and loads; how many loads' time a slot may go on "
             "serving a team that is ahead (1)"),
      option("--sticky", "SPAN", "gwageo: and so long beside (20s)"),
      option("--theta", "X", "gwageo: how many times work must pay for a further load (1)"),
      option("--loads-per-node", "N", "gwageo: models loaded on a node at the same time (8)"),
      option("--horizon", "X", "gwageo: leads are measured so many times the slack ahead (2)"),
      option("--run", "SPAN", "gwageo: the longest run of items given at once (60s)"),
      option("--stripes", "N", "stripe: slots of a job (8)"),
      option("--parts", "N", "num-worker: parts of a data set (8)"),
      option("--task-size", "SPAN", "size, acme: estimated time of a task (2000s)"),
      option("--seed", "N", "of all chance (1)"),
      option("--repeat", "N", "so many seeds, one after the other (1)"),
      flag("--curve",
           "gwageo over a range of slack, so many seeds each (3): what fairness costs; --svg draws "
           "makespan over lag"),
      flag("--compare",
           "gwageo against each rival on every case, or on what is given, and whether it is faster "
           "by as much as it is to be"),
      option("--svg", "FILE", "draw the last policy's use of the fleet, and all makespans"),
  };
}

std::vector<Parameter> bench_parameters() {
  return {
      optional(
          "WHAT",
          "dispatch (unless given), fleet, endpoint, engine, stragglers, restart, journal, decide, "
          "movement, render, score, statistics, verdicts, audits, checks, verify or "
          "weights"),
      option("--workers", "N",
             "worker processes (4; stragglers: 40; fleet: 1000, in one process); weights: "
             "receivers (4)"),
      option("--window", "N", "items in flight in each worker (32; stragglers: 8)"),
      option("--slow", "N", "stragglers: workers that are slow (2)"),
      option("--factor", "N", "stragglers: how many times as long these take (20)"),
      option("--kill", "N", "stragglers: workers that are killed on the way (2)"),
      option("--milliseconds", "N", "stragglers: what an item takes (200)"),
      option("--n", "N",
             "items (50000; engine: 200; stragglers: 8000; restart: 1000000; journal: 200000 "
             "facts; decide: "
             "1000000 shards queued; movement: 10000; verify: 1000000 records; "
             "render, score: 100000; statistics: 100000 resamples, a tenth of them paired; "
             "weights: MiB of the model, 2048)"),
      option("--threads", "N",
             "statistics, for figures that are no mean, and verdicts (as many as cores)"),
      option("--trials", "N", "simulated: verdicts (40000), audits (10000), checks (1000)"),
      option("--seed", "N", "verdicts, audits, checks: of their random numbers (1)"),
      option("--seconds", "N", "fleet: how long the rate is to be held (60)"),
      option("--rate", "N",
             "fleet: results a second that are asked for (20000); weights: MB/s of each link "
             "between nodes (200)"),
      option("--over", "WAY",
             "unix, as the workers of `up` connect (dispatch, unless given), or tcp (fleet)"),
      option("--url", "URL", "endpoint, engine: the server to ask, http://HOST:PORT/v1"),
      option("--model", "NAME", "endpoint, engine: its name at the server (bench)"),
      option("--connections", "N", "endpoint (32), engine (8): requests in flight"),
      option("--rounds", "N", "engine: turns of each way (3)"),
      option("--through", "WHAT",
             "endpoint: engine alone (unless given), or pool: coordinator, a worker and the store"),
      option("--server", "PID", "endpoint: the server's process, whose processor time is named"),
      option("--rtt", "N", "dispatch: single round trips to time (0)"),
      option("--fill", "N", "dispatch: items to queue for the memory figure (0)"),
      flag("--gangs", "decide: half of the models need 2, 4 or 8 GPUs"),
      flag("--curve", "decide: with 1000 to 10000000 shards queued, in a table"),
      option("--svg", "FILE", "decide --curve: draw it"),
      option("--in", "DIR", "where its data goes ($PEERS_DATA, else here)")};
}

std::vector<Verb> program() {
  return {
      {"bench", "Measures the system itself; prints one line of figures.", bench_parameters(),
       "gwageo bench dispatch --workers 4 --window 32 --n 50000 --rtt 2000",
       "1 (fleet, weights, stragglers) a bar is missed, or answers differ; ", verb_bench,
       LooksAt::nothing},
      {"simulate", "Plays scheduling policies against each other on a simulated pool.",
       simulation_options(),
       "gwageo simulate --case base --nodes 160 --policy stripe,warm-first --svg pool.svg",
       "1 a policy left work undone or broke a promise, or (--compare) a bar was missed; ",
       verb_simulate, LooksAt::nothing},
      {"version",
       "Prints the program's version.",
       {},
       "gwageo version",
       nothing_more,
       verb_version,
       LooksAt::nothing},
  };
}

}  // namespace

const std::vector<Verb>& verb_table() {
  static const std::vector<Verb> table = [] {
    std::vector<Verb> all;
    for (std::vector<Verb>& part : std::vector<std::vector<Verb>>{
             daemons(), worker_verbs(), fleet_verbs(), suites_and_plans(), model_verbs(), boards(),
             target_verbs(), key_verbs(), programme_verbs(), pool_verbs(), record_verbs(),
             program()}) {
      all.insert(all.end(), std::make_move_iterator(part.begin()),
                 std::make_move_iterator(part.end()));
    }
    return all;
  }();
  return table;
}

const std::string& overview() {
  static const std::string text =
      "gwageo: examines foundation models on a shared pool, and keeps a record that can be "
      "proved.\n"
      "\n"
      "First steps (each line is a command; the first one keeps running):\n"
      "  gwageo up --workers 2\n"
      "  gwageo suite add benchmarks/suites/quickstart/quickstart.yaml\n"
      "  gwageo target add benchmarks/suites/quickstart/target.yaml\n"
      "  gwageo model add narae-2 --role reference --team narae --released 2026-09-30 \\\n"
      "      --engine builtin --path benchmarks/models/narae-2\n"
      "  gwageo model add haneul-1 --role candidate --team haneul --released 2026-11-10 \\\n"
      "      --engine builtin --path benchmarks/models/haneul-1\n"
      "  gwageo submit --model narae-2 --suite quickstart --wait\n"
      "  gwageo submit --model haneul-1 --suite quickstart --wait\n"
      "  gwageo target show quickstart-95 --as-of 2026-11-22\n"
      "  gwageo audit verify\n"
      "\n"
      "Daemons:      up, coordinator, worker   fleet slurm|status|stop   weights spread\n"
      "What exists:  suite check|add|list|show   plan import|estimate   model "
      "add|list|show|correct|disown|retire\n"
      "              target add|list|show|history|replay|watch   "
      "keys new|rotate|revoke|list|show\n"
      "              reference import|list|show\n"
      "Programme:    stage open|close|list|show   roster enter|leave|show   publish\n"
      "              gate decide|show|evidence   points record|show\n"
      "The pool:     submit, status, results, explain, cancel, pause, resume, priority, health\n"
      "              workers, drain, undrain, quarantine, disown   team add|set|show\n"
      "The record:   journal, audit verify|rescore|replay|list|export|prove|check, witness,\n"
      "              export, backup, restore, recover\n"
      "The program:  bench, simulate, version\n"
      "\n"
      "Every verb has --help with an example, and takes --json.\n"
      "Exit codes: 0 done; 1 done, and the answer is no; 2 bad usage or input; 3 the coordinator\n"
      "cannot be reached; 4 not allowed.\n";
  return text;
}

}  // namespace gwageo
