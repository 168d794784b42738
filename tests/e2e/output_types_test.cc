// Worker-count invariance for every kind of output: one suite with choices and their mutual
// information, likelihoods, rolling likelihoods, greedy text and drawn text with repeats, by one
// worker in peace and by three and eight of which one is killed with work in its hands. Once with a
// model of the builtin engine and once with a server whose answers take a different time each.
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>

#include "tests/e2e/pool.h"
#include "tests/folders.h"
#include "tests/worker/openai_server.h"

namespace gwageo::e2e {
namespace {

namespace fs = std::filesystem;
using gwageo::testing::Habits;
using gwageo::testing::OpenAiServer;

constexpr int rows = 40;
constexpr std::int64_t documents = rows * 6;
/// What is leased and done: of a document with repeats each of the five.
constexpr std::int64_t items = rows * (4 + 2 * 5);
/// The victim dies when so many items are done; the others are held until then.
constexpr std::int64_t done_before_death = 20;

/// Writes sums of two numbers, asked in every way that the dialect knows. Returns the suite's path.
std::string write_suite(const fs::path& folder) {
  std::string lines;
  for (int i = 0; i < rows; ++i) {
    const int a = 3 + i * 7 % 90;
    const int b = 5 + i * 11 % 80;
    const std::string right = std::to_string(a + b);
    const std::string wrong = std::to_string(a + b + 10);
    Json row;
    row["question"] = std::to_string(a) + "+" + std::to_string(b) + "=";
    row["answer"] = right;
    row["digit"] = right.substr(0, 1);
    row["choices"] = i % 2 == 0 ? Json(Json::Array{right, wrong}) : Json(Json::Array{wrong, right});
    row["gold"] = i % 2;
    lines += row.dump() + "\n";
  }
  write_file(folder / "rows.jsonl", lines);
  const fs::path path = folder / "suite.yaml";
  write_file(path, R"yaml(suite: sums
version: 1
axes: {all: {weight: 1}}
tasks:
  - task: choices
    axis: all
    output_type: multiple_choice
    dataset_kwargs: {data_files: rows.jsonl}
    doc_to_text: "{{question}}"
    doc_to_choice: "{{choices}}"
    doc_to_target: "{{gold}}"
    metric_list: [{metric: acc}, {metric: acc_norm}, {metric: acc_mutual_info}]
  - task: likelihoods
    axis: all
    output_type: loglikelihood
    dataset_kwargs: {data_files: rows.jsonl}
    doc_to_text: "{{question}}"
    doc_to_target: " {{answer}}"
    metric_list: [{metric: acc}, {metric: perplexity}]
  - task: pages
    axis: all
    output_type: loglikelihood_rolling
    dataset_kwargs: {data_files: rows.jsonl}
    doc_to_text: ""
    doc_to_target: "{{question}} {{answer}}"
    metric_list: [{metric: word_perplexity}, {metric: byte_perplexity}, {metric: bits_per_byte}]
  - task: greedy
    axis: all
    output_type: generate_until
    dataset_kwargs: {data_files: rows.jsonl}
    doc_to_text: "{{question}}"
    doc_to_target: "{{digit}}"
    generation_kwargs: {until: ["\n"], max_gen_toks: 8, do_sample: false}
    filter_list:
      - name: digit
        filter: [{function: regex, regex_pattern: "([0-9])"
}, {function: take_first}]
    metric_list: [{metric: exact_match}]
  - task: vote
    axis: all
    output_type: generate_until
    dataset_kwargs: {data_files: rows.jsonl}
    doc_to_text: "{{question}}"
    doc_to_target: "{{digit}}"
    repeats: 5
    generation_kwargs: {until: ["\n"], max_gen_toks: 8, do_sample: true, temperature: 4.0}
    filter_list:
      - name: voted
        filter:
          - {function: regex, regex_pattern: "([0-9])"}
          - {function: majority_vote}
          - {function: take_first}
      - name: first
        filter: [{function: regex, regex_pattern: "([0-9])"}, {function: take_first}]
    metric_list: [{metric: exact_match}]
  - task: pass
    axis: all
    output_type: generate_until
    dataset_kwargs: {data_files: rows.jsonl}
    doc_to_text: "{{question}}"
    doc_to_target: "{{digit}}"
    repeats: 5
    generation_kwargs:
      {until: ["\n"], max_gen_toks: 8, do_sample: true, temperature: 3.0, top_p: 0.9}
    filter_list:
      - name: digits
        filter: [{function: regex, regex_pattern: "([0-9])"}]
    metric_list: [{metric: pass_at_k, k: [1, 4]}, {metric: maj_at_k, k: 5}]
)yaml");
  return path.string();
}

std::int64_t done_of(const Pool& pool, const std::string& job) {
  return whole(pool.ask({"status", job}), {"items", "done"});
}

std::vector<Daemon> workers_of(const Pool& pool) {
  std::vector<Daemon> daemons = daemons_of(pool.data());
  std::erase_if(daemons, [](const Daemon& daemon) { return daemon.verb != "worker"; });
  return daemons;
}

void signal_workers(const Pool& pool, int signal) {
  for (const Daemon& worker : workers_of(pool)) ::kill(worker.id, signal);
}

bool has_leases(const Pool& pool, const std::string& name) {
  const Json workers = pool.ask({"workers"});
  for (const Json& worker : at(workers, {"workers"}).as_array()) {
    if (text(worker, {"worker"}) == name) return whole(worker, {"leases"}) > 0;
  }
  return false;
}

/// Lets one of the held workers do a part of the job, kills it with work in its hands, and waits
/// for another in its place. It is held again to see whether it has any: what it handed in before
/// that has been recorded by the time of the answer.
void kill_one_at_work(const Pool& pool, const std::string& job) {
  const Daemon victim = workers_of(pool).front();
  ::kill(victim.id, SIGCONT);
  EXPECT_TRUE(
      eventually(Milliseconds(60000), [&] { return done_of(pool, job) >= done_before_death; }));
  EXPECT_TRUE(eventually(Milliseconds(60000),
                         [&] {
                           ::kill(victim.id, SIGSTOP);
                           if (has_leases(pool, victim.name)) return true;
                           ::kill(victim.id, SIGCONT);
                           return false;
                         }))
      << victim.name << " gets no work";
  ::kill(victim.id, SIGKILL);
  EXPECT_TRUE(eventually(Milliseconds(20000),
                         [&] {
                           for (const Daemon& worker : workers_of(pool)) {
                             if (worker.name == victim.name && worker.id != victim.id) return true;
                           }
                           return false;
                         }))
      << victim.name << " is not replaced";
  EXPECT_LT(done_of(pool, job), items) << "the work was done before somebody was killed";
}

/// Leases that ended because their worker did.
std::ptrdiff_t leases_lost(const Pool& pool) {
  return std::ranges::count_if(pool.facts("lease-ended"), [](const Json& fact) {
    const std::string reason = text(fact, {"reason"});
    return reason == "worker_gone" || reason == "expired";
  });
}

/// The results of the suite by so many workers; `model` says what `model add` is told.
Json examine(const fs::path& folder, int workers, const std::vector<std::string>& model) {
  Pool pool(folder / std::to_string(workers), workers);
  pool.start();
  pool.ask({"suite", "add", write_suite(folder / "suite")});
  std::vector<std::string> words = {"model",     "add",        "m",         "--role",
                                    "reference", "--released", "2026-11-16"};
  words.insert(words.end(), model.begin(), model.end());
  pool.ask(words);
  const bool are_all_there = eventually(
      Milliseconds(20000), [&] { return whole(pool.ask({"health"}), {"workers"}) == workers; });
  EXPECT_TRUE(are_all_there);
  signal_workers(pool, SIGSTOP);
  const std::string job = pool.submit("once", "m", "sums");
  if (workers > 1) kill_one_at_work(pool, job);
  signal_workers(pool, SIGCONT);
  Json results = pool.results(job);
  EXPECT_EQ(pool.items_recorded(), items);
  EXPECT_EQ(leases_lost(pool) > 0, workers > 1) << "whoever died had no work in its hands";
  EXPECT_TRUE(at(pool.ask({"audit", "verify"}), {"ok"}).as_bool());
  EXPECT_TRUE(at(pool.ask({"audit", "rescore"}), {"ok"}).as_bool());
  EXPECT_LT(pool.stop(), Milliseconds(5000));
  return results;
}

void expect_the_same_by_all(const std::vector<std::string>& model) {
  const TemporaryFolder temporary;
  const fs::path& folder = temporary.path();
  const Json expected = examine(folder, 1, model);
  EXPECT_EQ(whole(expected, {"coverage", "failed"}), 0) << expected.dump();
  EXPECT_EQ(whole(expected, {"coverage", "items"}), documents);
  for (const int workers : {3, 8}) {
    SCOPED_TRACE(std::to_string(workers) + " workers");
    const Json found = examine(folder, workers, model);
    for (const char* key : {"plan_root", "results_root", "scores_root", "tasks", "axes", "total",
                            "total_exact", "coverage", "outcomes", "executed", "reused"}) {
      EXPECT_EQ(at(found, {key}).dump(), at(expected, {key}).dump()) << key;
    }
  }
}

TEST(OutputTypes, NeitherWorkersNorADeathChangeWhatTheBuiltinEngineGives) {
  const fs::path models = folders::source() / "benchmarks/models";
  expect_the_same_by_all({"--engine", "builtin", "--path", (models / "haneul-1").string()});
}

TEST(OutputTypes, NeitherWorkersNorADeathNorLatencyChangeWhatAServerGives) {
  const OpenAiServer server(
      Habits{.tokenize = true, .token_ids = true, .by_prompt = true, .latency_max = 20});
  expect_the_same_by_all({"--engine", "openai", "--url", server.url(), "--option", "model=words",
                          "--option", "connections=4"});
}

}  // namespace
}  // namespace gwageo::e2e
