// A person at the command line: registers a suite and models, submits jobs, cancels some, steers
// others; asks again until answered.
#include "coordinator/suite_files.h"
#include "protocol/limits.h"
#include "protocol/statement.h"
#include "tests/sim/world_parts.h"

namespace gwageo::sim {
namespace {

constexpr std::string_view suite_text = R"(suite: sim
version: 1
axes: {all: {weight: 1}}
tasks:
  - task: echo
    axis: all
    output_type: generate_until
    dataset_kwargs: {data_files: rows.jsonl}
    doc_to_text: "{{question}}"
    doc_to_target: "{{answer}}"
    generation_kwargs: {until: ["\n"], max_gen_toks: 8}
    metric_list: [{metric: exact_match, aggregation: mean, higher_is_better: true}]
)";

}  // namespace

void World::write_script() {
  std::string rows;
  const std::uint64_t items = 5 + random_.below(120);
  for (std::uint64_t i = 0; i < items; ++i) {
    // Some questions are asked twice: those share one response.
    const std::uint64_t question = random_.chance(100) ? random_.below(i + 1) : i;
    rows += R"({"id": "i)" + std::to_string(i) + R"(", "question": "q)" + std::to_string(question) +
            R"(", "answer": "a"})" + "\n";
  }
  Manifest manifest;
  manifest.main = "sim.yaml";
  manifest.files = {{"sim.yaml", suite_text.size(), {sha256(suite_text)}},
                    {"rows.jsonl", rows.size(), {sha256(rows)}}};
  script_.push_back({"put", Json::object(), {std::string(suite_text), rows}});
  script_.push_back({"suite.add", to_json(manifest), {}});

  const std::uint64_t models = 1 + random_.below(3);
  for (std::uint64_t m = 0; m < models; ++m) {
    Json body;
    body["name"] = "m" + std::to_string(m);
    body["role"] = m == 0 ? "reference" : "candidate";
    body["released"] = "2026-10-01";
    body["engine"] = m == 2 ? "paced" : "builtin";
    body["digest"] = to_hex(sha256("m" + std::to_string(m)));
    if (has_gpus_) {
      body["gpus"] = std::uint64_t{1} << random_.below(3);
      if (random_.chance(300)) body["gpu_kind"] = "large";
      if (random_.chance(300)) body["gpu_memory_mib"] = 40960;
    }
    script_.push_back({"model.add", body, {}});
  }
  Json target;
  std::string text = "target: sim-95\nsuite: sim\nwindow: {months: 6}\nshare: 0.95\n";
  // Small suites settle nothing, so some are asked again.
  if (random_.chance(300)) text += "settle: {rounds: 2, requests: 2000}\n";
  target["text"] = text;
  script_.push_back({"target.add", target, {}});

  const std::uint64_t jobs = 1 + random_.below(4);
  write_checks();
  for (std::uint64_t j = 0; j < jobs; ++j) {
    Json body;
    body["request"] = "r" + std::to_string(j);
    body["model"] = "m" + std::to_string(random_.below(models));
    body["suite"] = "sim";
    body["priority"] = random_.between(0, 2);
    if (random_.chance(200)) body["skip_lookup"] = true;
    script_.push_back({"submit", body, {}});
    if (random_.chance(faults_.cancel)) {
      Json job;
      job["job"] = std::to_string(j + 1);
      script_.push_back({"cancel", job, {}});
    }
    write_controls(j + 1);
  }
}

// In half of the worlds workers are checked against one another, and in some of these one of them
// makes up answers.
void World::write_checks() {
  if (random_.chance(500)) return;
  Json body;
  body["again"] = random_.between(0, 1000000);
  body["known"] = random_.between(0, 500000);
  script_.push_back({"checks.set", body, {}});
  if (workers_.size() >= 3 && random_.chance(300)) {
    liar_ = random_.below(workers_.size());
    forges_ = 1 + random_.below(500);
  }
}

void World::write_controls(std::uint64_t jobs) {
  const auto some = [&] { return random_.chance(faults_.steer); };
  const auto add = [&](const char* verb, const char* member, const std::string& value) {
    Json body;
    body[member] = value;
    script_.push_back({verb, body, {}});
    return &script_.back().body;
  };
  const auto job = [&] { return std::to_string(1 + random_.below(jobs)); };
  const auto worker = [&] { return workers_[random_.below(workers_.size())].name; };
  for (int turn = 0; turn < 3; ++turn) {
    if (some()) add("pause", "job", job());
    if (some()) (*add("priority", "job", job()))["priority"] = random_.between(-2, 5);
    if (some()) (*add("quarantine", "worker", worker()))["reason"] = "sim";
    if (some()) {
      // The models here are of team default. Bounds that nobody meets, or the script would end.
      add("team.add", "name", "lab");
      add("team.add", "name", "default");
      Json& setting = *add("team.set", "name", "default");
      if (random_.chance(500)) setting["parent"] = "lab";
      setting["share"] = random_.between(1, 9);
      setting["gpu_hours"] = random_.between(1000, 2000);
      setting["jobs"] = random_.between(10, 20);
    }
    if (some()) {
      // Its answers so far count no more, or nothing but a date moves.
      const bool disowns = random_.chance(300);
      Json& body = *add(disowns ? "model.disown" : "model.correct", "name", "m0");
      body["reason"] = "sim";
      if (disowns) body["version"] = 1;
      if (!disowns) body["released"] = "2026-10-0" + std::to_string(2 + turn);
    }
    if (some()) add("resume", "job", job());
    if (some()) (*add("drain", "worker", worker()))["undo"] = true;
  }
}

void World::release_everything() {
  const bool is_idle = command_ >= script_.size();
  std::uint64_t jobs = 0;
  // A target's models are examined without being asked: once, and when their answers are disowned;
  // and each time in two rounds more, perhaps.
  for (const ScriptedCommand& command : script_) {
    const std::string& verb = command.verb;
    jobs += verb == "submit" ? 1 : verb == "model.add" || verb == "model.disown" ? 3 : 0;
  }
  for (std::uint64_t j = 1; j <= jobs; ++j) {
    Json body;
    body["job"] = std::to_string(j);
    script_.push_back({"resume", body, {}});
  }
  for (const WorkerProcess& worker : workers_) {
    Json body;
    body["worker"] = worker.name;
    body["undo"] = true;
    script_.push_back({"drain", body, {}});
  }
  if (is_idle) send_command();
}

namespace {

/// Refusals that are as they should be: what is over or was never needed cannot be steered, who
/// never came cannot be kept out, a team is added once, and a correction changes something.
bool is_expected(const std::string& verb, ReplyCode code) {
  if (code == ReplyCode::no) {
    return verb == "cancel" || verb == "pause" || verb == "resume" || verb == "priority";
  }
  return code == ReplyCode::bad_input &&
         (verb == "quarantine" || verb == "drain" || verb == "team.add" || verb == "resume" ||
          verb == "model.correct" || verb == "model.disown");
}

}  // namespace

void World::send_command() {
  if (command_ >= script_.size()) return;
  const ScriptedCommand& command = script_[command_];
  Command made{command_ + 1, limits::protocol_version, command.verb, command.body.dump(),
               command.attachments};
  if (must_be_signed(command.verb)) {
    CommandSignature signature;
    signature.nonce = std::string(sha256("nonce " + std::to_string(command_)).view().substr(0, 16));
    signature.signature =
        quick_signature(to_bytes(statement_of(made, signature.nonce, "op", "sim")), operator_key);
    made.signature = std::move(signature);
  }
  const Message message = std::move(made);
  const std::uint64_t asked = ++asked_;
  transmit(false, [this, bytes = encode(message)] { deliver_to_coordinator({1}, "op", bytes); });
  at(now_ + 4 * one_second, [this, asked] {
    if (asked_ == asked) send_command();
  });
}

void World::receive_reply(const Reply& reply) {
  note("reply", reply.request, reply.body);
  if (reply.request != command_ + 1) return;  // A late copy.
  const bool is_lawful =
      reply.code == ReplyCode::done || is_expected(script_[command_].verb, reply.code);
  if (!is_lawful) {
    report_.violation = "a lawful " + script_[command_].verb + " was refused: " + reply.body;
    return;
  }
  ++command_;
  ++asked_;
  at(now_ + random_.between(0, 8 * one_second), [this] { send_command(); });
}

}  // namespace gwageo::sim
