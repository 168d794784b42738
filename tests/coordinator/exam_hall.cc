#include "tests/coordinator/exam_hall.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <variant>

#include "coordinator/state.h"
#include "coordinator/suite_files.h"
#include "protocol/request.h"
#include "worker/batch_signer.h"

namespace gwageo::testing {

ExamHall::ExamHall(const std::string& day) : Desk(day), signer_(new_signer()) {
  say("keys.add", Json::Object{{"name", "pool"},
                               {"role", "worker"},
                               {"curve_key", to_hex(sha256("pool"))},
                               {"sign_key", to_hex(sign_key_of("pool"))}});
  join();
}

ExamHall::~ExamHall() = default;

void ExamHall::join() {
  meet();
  pass(microseconds(1));
}

void ExamHall::pass(Duration time) {
  for (Duration left = time; left.microseconds > 0;) {
    const Duration step = std::min(left, seconds(1));
    Heartbeat heartbeat;
    heartbeat.worker = self_;
    for (const Grant& grant : inbox_) heartbeat.leases.push_back(grant.lease);
    heartbeat.slots.resize(2);
    receive("pool", peer_, heartbeat);
    signing_time_ = signing_time_ + step;
    std::optional<Batch> batch = signer_->next(signing_time_, true);
    if (batch && spoils) spoils(*batch);
    if (batch && signs) receive("pool", peer_, *std::move(batch));
    Desk::pass(step);
    left = left - step;
  }
}

Reply ExamHall::add_suite(std::uint32_t version, const std::vector<std::string>& rows,
                          const std::string& changed, const std::string& extra) {
  std::string data;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    data += "{\"id\":" + std::to_string(i) + ",\"q\":\"" + rows[i] + "\"}\n";
  }
  const std::string suite =
      "suite: s\nversion: " + std::to_string(version) + "\naxes: {a: {weight: 1}}\n" + changed +
      "tasks:\n  - task: t\n    axis: a\n    output_type: generate_until\n"
      "    dataset_kwargs: {data_files: d.jsonl}\n    doc_to_text: '{{q}}?'\n"
      "    doc_to_target: '{{q}}'\n    generation_kwargs: {until: ['.'], max_gen_toks: 8}\n" +
      (extra.empty() ? "    metric_list: [{metric: exact_match}]\n" : extra);
  Manifest manifest;
  manifest.main = "s.yaml";
  for (const auto& [path, bytes] :
       std::map<std::string, std::string>{{"s.yaml", suite}, {"d.jsonl", data}}) {
    say("put", Json::object(), {bytes});
    manifest.files.push_back({path, bytes.size(), {sha256(bytes)}});
  }
  return say("suite.add", to_json(manifest));
}

Json ExamHall::model(const std::string& name, const std::string& role,
                     const std::string& released) {
  return Json::Object{{"name", name},
                      {"role", role},
                      {"team", "red"},
                      {"released", released},
                      {"engine", "paced"},
                      {"options", Json::object()},
                      {"digest", to_hex(sha256(name))}};
}

void ExamHall::add_model(const std::string& name, const std::string& role,
                         const std::string& released) {
  const Reply reply = say("model.add", model(name, role, released));
  EXPECT_EQ(reply.code, ReplyCode::done) << reply.body;
}

Reply ExamHall::add_target(const std::string& text) {
  return say("target.add", Json::Object{{"text", text}});
}

std::string ExamHall::verdict(const std::string& target, const std::string& candidate) const {
  const auto known = state().verdicts().find({target, candidate});
  return known == state().verdicts().end() ? "" : known->second.verdict;
}

void ExamHall::introduce(const Hello& hello) {
  receive("pool", peer_, hello);
  say("health", Json::object());
}

void ExamHall::replace_worker(std::uint64_t id, const std::string& name) {
  self_ = {id};
  name_ = name;
  peer_ = {id};
  inbox_.clear();
  sent_.clear();
  signer_ = new_signer();
  join();
}

void ExamHall::meet() {
  Hello hello;
  hello.protocol = limits::protocol_version;
  hello.worker = self_;
  hello.name = name_;
  hello.engines = {"paced"};
  hello.slots = 2;
  hello.credit_items = 64;
  for (const Grant& grant : inbox_) hello.leases.push_back(grant.lease);
  receive("pool", peer_, hello);
  for (const auto& [lease, sent] : sent_) receive("pool", peer_, sent.results);
}

void ExamHall::hear(const Message& message) {
  if (const auto* const refused = std::get_if<Refusal>(&message)) refusal = refused->reason;
  if (const auto* const kept = std::get_if<BatchKept>(&message)) signer_->kept(*kept);
  if (const auto* const known = std::get_if<Acknowledge>(&message)) acknowledged(*known);
  const auto* const grant = std::get_if<Grant>(&message);
  if (grant == nullptr) return;
  for (const Acknowledge& known : grant->acknowledged) acknowledged(known);
  asked_[grant->model.name] += grant->items.size();
  inbox_.push_back(*grant);
}

bool ExamHall::work() {
  if (!answers || inbox_.empty()) return false;
  for (const Grant& grant : std::exchange(inbox_, {})) {
    if (--answers_left == 0) answers = false;
    Results results;
    results.worker = self_;
    results.lease = grant.lease;
    std::vector<ItemIdentity> items;
    for (const GrantItem& item : grant.items) {
      results.items.push_back({item.index, {answered(grant.model.name, item)}});
      items.push_back({item.digest, item.repeat});
    }
    receive("pool", peer_, results);
    sent_[grant.lease] = {std::move(results), std::move(items)};
  }
  return true;
}

std::unique_ptr<BatchSigner> ExamHall::new_signer() {
  return std::make_unique<BatchSigner>(
      self_, BatchSigning{log, "pool", [this](auto bytes) {
                            return sign(bytes, signing_key_of(seed_of("pool")));
                          }});
}

void ExamHall::acknowledged(const Acknowledge& known) {
  const auto sent = sent_.find(known.lease);
  if (sent == sent_.end()) return;
  signer_->recorded(sent->second.results, sent->second.items, known.recorded);
  sent_.erase(sent);
}

std::string ExamHall::answered(const std::string& model, const GrantItem& item) const {
  if (item.repeat != refused_round) return answer(model, item);
  Response response;
  response.outcome = Outcome::refused_by_engine;
  return encode(response);
}

std::string ExamHall::answer(const std::string& model, const GrantItem& item) const {
  const std::size_t dash = model.find('-');
  std::uint64_t known = luck + std::stoull(model.substr(dash + 1));
  const std::size_t more = model.find('-', dash + 1);
  if (more != std::string::npos) known += item.repeat * std::stoull(model.substr(more + 1));
  const Result<Request> request = decode_request(item.requests.front());
  EXPECT_TRUE(request);
  const std::string asked = request->prompt.substr(0, request->prompt.size() - 1);
  Response response;
  response.text = std::stoull(item.item) < known ? asked : "no idea";
  return encode(response);
}

}  // namespace gwageo::testing
