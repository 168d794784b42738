#include "tests/e2e/pool.h"

#include <signal.h>

#include <cstdlib>
#include <set>
#include <stdexcept>
#include <utility>

namespace gwageo::e2e {

namespace fs = std::filesystem;

const Json& at(const Json& document, const std::vector<std::string>& keys) {
  const Json* found = &document;
  for (const std::string& key : keys) {
    const Json* const next = found->find(key);
    if (next == nullptr) throw std::runtime_error("no \"" + key + "\" in " + document.dump());
    found = next;
  }
  return *found;
}

std::int64_t whole(const Json& document, const std::vector<std::string>& keys) {
  return at(document, keys).as_integer();
}

std::string text(const Json& document, const std::vector<std::string>& keys) {
  return at(document, keys).as_string();
}

Pool::~Pool() { kill_daemons_of(data_); }

void Pool::start(const std::vector<std::string>& more) {
  std::vector<std::string> words = {
      "up", "--data", data_.string(), "--workers", std::to_string(workers_), "--json"};
  words.insert(words.end(), more.begin(), more.end());
  up_ = std::make_unique<Process>(words);
  const bool is_ready = eventually(Milliseconds(20000), [&] {
    return up_->out().ends_with('\n') || up_->wait(Milliseconds(0)).has_value();
  });
  if (!is_ready || up_->wait(Milliseconds(0))) {
    throw std::runtime_error("up did not start: " + up_->out() + up_->err());
  }
}

Milliseconds Pool::stop() {
  const Clock::time_point began = Clock::now();
  up_->signal(SIGTERM);
  const std::optional<Ending> ending = up_->wait(Milliseconds(20000));
  if (!ending || ending->code != 0) throw std::runtime_error("up ended badly, or not at all");
  return std::chrono::duration_cast<Milliseconds>(Clock::now() - began);
}

void Pool::kill_everybody() {
  // Stopped first, `up` can neither start anybody again nor ask anybody to end.
  up_->signal(SIGSTOP);
  for (const Daemon& daemon : daemons_of(data_)) {
    if (daemon.verb != "up") ::kill(daemon.id, SIGKILL);
  }
  up_->signal(SIGKILL);
  up_->wait(Milliseconds(20000));
  kill_daemons_of(data_);
}

Outcome Pool::call(std::vector<std::string> words, Milliseconds at_most) const {
  words.insert(words.end(), {"--data", data_.string(), "--json"});
  return run(words, at_most);
}

Json Pool::ask(std::vector<std::string> words, Milliseconds at_most) const {
  Outcome outcome;
  eventually(Milliseconds(10000), [&] {
    outcome = call(words, at_most);
    return outcome.code != 3;
  });
  if (outcome.code == 0) return outcome.json();
  throw std::runtime_error(words.front() + " ended with " + std::to_string(outcome.code) + ": " +
                           outcome.out + outcome.err);
}

void Pool::add_paced_model(const std::string& name, int milliseconds, int calls, int bytes) const {
  ask({"model", "add", name, "--role", "reference", "--released", "2026-07-15", "--engine", "paced",
       "--option", "milliseconds=" + std::to_string(milliseconds), "--option",
       "in_flight=" + std::to_string(calls), "--option", "bytes=" + std::to_string(bytes)});
}

std::string Pool::submit(const std::string& request, const std::string& model,
                         const std::string& suite, std::vector<std::string> more) const {
  std::vector<std::string> words = {"submit", "--model",   model,  "--suite",
                                    suite,    "--request", request};
  words.insert(words.end(), more.begin(), more.end());
  return text(ask(words), {"job"});
}

Json Pool::results(const std::string& job, Milliseconds at_most) const {
  const bool is_over = eventually(at_most, [&] {
    const Json status = ask({"status", job});
    const std::string state = text(status, {"state"});
    if (state == "failed" || state == "cancelled") throw std::runtime_error(status.dump());
    return at(status, {"scored"}).as_bool();
  });
  if (!is_over) throw std::runtime_error("job " + job + " does not end");
  return ask({"results", job});
}

std::vector<Json> Pool::facts(const std::string& kind) const {
  std::vector<Json> found;
  const Json records = ask({"journal"});
  for (const Json& record : records.as_array()) {
    if (text(record, {"kind"}) == kind) found.push_back(at(record, {"fact"}));
  }
  return found;
}

std::int64_t Pool::items_recorded() const {
  std::set<std::pair<std::int64_t, std::int64_t>> counted;
  for (const Json& fact : facts("results-recorded")) {
    for (const Json& range : at(fact, {"ranges"}).as_array()) {
      const std::int64_t end = range.as_array()[1].as_integer();
      for (std::int64_t i = range.as_array()[0].as_integer(); i < end; ++i) {
        if (!counted.emplace(whole(fact, {"job"}), i).second) {
          throw std::runtime_error("item " + std::to_string(i) +
                                   " is counted twice: " + fact.dump());
        }
      }
    }
  }
  return static_cast<std::int64_t>(counted.size());
}

std::string write_paced_suite(const fs::path& folder, const std::string& name, int items) {
  std::string rows;
  for (int i = 0; i < items; ++i) {
    rows += R"({"question": "number )" + std::to_string(i) + R"(", "answer": "-"})" + "\n";
  }
  write_file(folder / "rows.jsonl", rows);
  const fs::path path = folder / "suite.yaml";
  write_file(path, "suite: " + name + R"(
version: 1
axes: {all: {weight: 1}}
tasks:
  - task: pace
    axis: all
    output_type: generate_until
    dataset_kwargs: {data_files: rows.jsonl}
    doc_to_text: "{{question}}"
    doc_to_target: "{{answer}}"
    generation_kwargs: {until: ["\n"], max_gen_toks: 16}
    metric_list: [{metric: exact_match, aggregation: mean, higher_is_better: true}]
)");
  return path.string();
}

}  // namespace gwageo::e2e
