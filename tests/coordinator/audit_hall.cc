#include "tests/coordinator/audit_hall.h"

#include <gtest/gtest.h>

#include <optional>
#include <string_view>
#include <utility>
#include <variant>

#include "benchmarks/audit_sample.h"
#include "coordinator/keys.h"
#include "coordinator/result_block.h"
#include "coordinator/state.h"
#include "coordinator/store.h"
#include "coordinator/suite_files.h"
#include "protocol/limits.h"
#include "protocol/request.h"

namespace gwageo::testing {

AuditHall::AuditHall(std::uint64_t workers) : Desk("2026-06-30") {
  for (std::uint64_t i = 1; i <= workers; ++i) join(i);
  pass(microseconds(1));
  add_suite();
  Json model = Json::Object{{"name", "m"}, {"role", "candidate"}, {"team", "red"}};
  model["released"] = "2026-06-01";
  model["engine"] = engine;
  model["options"] = Json::object();
  model["digest"] = to_hex(sha256("m"));
  EXPECT_EQ(say("model.add", model).code, ReplyCode::done);
}

AuditHall::~AuditHall() = default;

void AuditHall::join(std::uint64_t worker, const std::string& key, const std::string& name) {
  if (!state().principals().contains(key)) {
    Json added = Json::Object{{"name", key}, {"role", "worker"}};
    added["curve_key"] = to_hex(sha256(key));
    added["sign_key"] = to_hex(sign_key_of(key));
    say("keys.add", added);
  }
  if (workers_.try_emplace(worker, key).second) {
    signers_.try_emplace(
        worker, WorkerId{worker},
        BatchSigning{log, key, [key](auto bytes) { return sign(bytes, signing_key_of(key)); }});
  }
  Hello hello;
  hello.protocol = limits::protocol_version;
  hello.worker = {worker};
  hello.name = name.empty() ? "w" + std::to_string(worker) : name;
  hello.engines = {engine};
  hello.slots = 1;
  hello.credit_items = 16;
  receive(key, PeerId{100 + worker}, hello);
}

void AuditHall::leave(std::uint64_t worker) {
  receive(workers_.at(worker), PeerId{100 + worker}, Goodbye{{worker}});
  workers_.erase(worker);
}

void AuditHall::run_job() {
  const Reply reply =
      say("submit", Json::Object{{"request", "r1"}, {"model", "m"}, {"suite", "s"}});
  ASSERT_EQ(reply.code, ReplyCode::done) << reply.body;
  let_pass(seconds(30));
  ASSERT_TRUE(state().job({1})->scored);
}

Reply AuditHall::commit(std::int64_t sample, const std::string& number) {
  return say("audit.commit",
             Json::Object{{"job", "1"},
                          {"sample", sample},
                          {"commitment", to_hex(audit_commitment(sha256(number)))}},
             {}, "eye");
}

Reply AuditHall::reveal(std::int64_t audit, const std::string& number) {
  const Json told = Json::Object{{"audit", audit}, {"nonce", to_hex(sha256(number))}};
  return say("audit.reveal", told, {}, "eye");
}

Json AuditHall::show(std::int64_t audit) {
  const Reply reply = say("audit.show", Json::Object{{"audit", audit}}, {}, "eye");
  EXPECT_EQ(reply.code, ReplyCode::done) << reply.body;
  return Json::parse(reply.body).value();
}

Json AuditHall::audited(std::int64_t sample, const std::string& number) {
  EXPECT_EQ(commit(sample, number).code, ReplyCode::done);
  EXPECT_EQ(reveal(1, number).code, ReplyCode::done);
  let_pass(seconds(30));
  return show(1);
}

void AuditHall::let_pass(Duration time) {
  for (Duration left = time; left.microseconds > 0; left = left - seconds(1)) {
    for (const auto& [worker, key] : workers_) {
      Heartbeat heartbeat;
      heartbeat.worker = {worker};
      heartbeat.slots.resize(1);
      receive(key, PeerId{100 + worker}, heartbeat);
      signing_time_ = signing_time_ + seconds(1);
      std::optional<Batch> batch = signers_.at(worker).next(signing_time_, true);
      if (batch) receive(key, PeerId{100 + worker}, *std::move(batch));
    }
    pass(seconds(1));
  }
}

std::set<std::string> AuditHall::who_ran(JobId job) const {
  std::set<std::string> names;
  const keys::KeyRange range = keys::result_blocks(job);
  EXPECT_TRUE(store().scan(range.first, range.second, [&](std::string_view, std::string_view v) {
    names.insert("w" + std::to_string(decode_result_block(v)->worker.value));
    return true;
  }));
  return names;
}

void AuditHall::hear(const Message& message) {
  if (const auto* const kept = std::get_if<BatchKept>(&message)) {
    signers_.at(kept->worker.value).kept(*kept);
  }
  if (const auto* const known = std::get_if<Acknowledge>(&message)) acknowledged(*known);
  const auto* const grant = std::get_if<Grant>(&message);
  if (grant == nullptr) return;
  for (const Acknowledge& known : grant->acknowledged) acknowledged(known);
  inbox_.push_back(*grant);
}

bool AuditHall::work() {
  if (!answers || inbox_.empty()) return false;
  for (const Grant& grant : std::exchange(inbox_, {})) {
    if (state().lease(grant.lease) == nullptr) continue;
    const WorkerId worker = state().lease(grant.lease)->granted.worker;
    Results results;
    results.worker = worker;
    results.lease = grant.lease;
    std::vector<ItemIdentity> identities;
    for (const GrantItem& item : grant.items) {
      Response response;
      const Result<Request> request = decode_request(item.requests.front());
      response.text = request->prompt.substr(0, request->prompt.size() - 1);
      const std::uint64_t id = std::stoull(item.item);
      if (forges.contains(worker.value) && id % 100 < forged_in_hundred) response.text = "42";
      results.items.push_back({item.index, {encode(response)}});
      identities.push_back({item.digest, item.repeat});
    }
    receive(workers_.at(worker.value), PeerId{100 + worker.value}, results);
    sent_[grant.lease] = {std::move(results), std::move(identities)};
  }
  return true;
}

void AuditHall::acknowledged(const Acknowledge& known) {
  const auto sent = sent_.find(known.lease);
  if (sent == sent_.end()) return;
  signers_.at(sent->second.results.worker.value)
      .recorded(sent->second.results, sent->second.items, known.recorded);
  sent_.erase(sent);
}

void AuditHall::add_suite() {
  std::string data;
  for (std::size_t i = 0; i < audited_items; ++i) {
    data += "{\"id\":" + std::to_string(i) + ",\"q\":\"" + std::to_string(1000 + i) + "\"}\n";
  }
  const std::string suite =
      "suite: s\nversion: 1\naxes: {a: {weight: 1}}\ntasks:\n  - task: t\n    axis: a\n"
      "    output_type: generate_until\n    dataset_kwargs: {data_files: d.jsonl}\n"
      "    doc_to_text: '{{q}}?'\n    doc_to_target: '{{q}}'\n"
      "    generation_kwargs: {until: ['.'], max_gen_toks: 8}\n"
      "    metric_list: [{metric: exact_match}]\n";
  Manifest manifest;
  manifest.main = "s.yaml";
  for (const auto& [path, bytes] :
       std::map<std::string, std::string>{{"s.yaml", suite}, {"d.jsonl", data}}) {
    say("put", Json::object(), {bytes});
    manifest.files.push_back({path, bytes.size(), {sha256(bytes)}});
  }
  EXPECT_EQ(say("suite.add", to_json(manifest)).code, ReplyCode::done);
}

}  // namespace gwageo::testing
