// A desk with a worker that answers whatever it is asked, at once: what a movement costs is what it
// was asked. Models are named by what they know: "knows-30" is right on the items 0 to 29, and
// "learns-30-5" on 5 more each time it is asked again.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "coordinator/suite_files.h"
#include "protocol/request.h"
#include "tests/coordinator/desk.h"
#include "worker/batch_signer.h"

namespace gwageo::testing {

class ExamHall : public Desk {
 public:
  explicit ExamHall(const std::string& day) : Desk(day) {
    say("keys.add", Json::Object{{"name", "pool"},
                                 {"role", "worker"},
                                 {"curve_key", to_hex(sha256("pool"))},
                                 {"sign_key", to_hex(sign_key_of("pool"))}});
    join();
  }

  void join() {
    meet();
    pass(microseconds(1));
  }

  /// Time passes, and the worker shows that it is alive.
  void pass(Duration time) {
    for (Duration left = time; left.microseconds > 0;) {
      const Duration step = std::min(left, seconds(1));
      Heartbeat heartbeat;
      heartbeat.worker = self_;
      for (const Grant& grant : inbox_) heartbeat.leases.push_back(grant.lease);
      heartbeat.slots.resize(2);
      receive("pool", peer_, heartbeat);
      signing_time_ = signing_time_ + step;
      std::optional<Batch> batch = signer_.next(signing_time_, true);
      if (batch && spoils) spoils(*batch);
      if (batch && signs) receive("pool", peer_, *std::move(batch));
      Desk::pass(step);
      left = left - step;
    }
  }

  /// Item i asks "N?" of rows[i] = N, and N is what it wants to hear. `extra` are keys of the task.
  Reply add_suite(std::uint32_t version, const std::vector<std::string>& rows,
                  const std::string& changed = "", const std::string& extra = "");

  static Json model(const std::string& name, const std::string& role, const std::string& released);
  void add_model(const std::string& name, const std::string& role, const std::string& released) {
    const Reply reply = say("model.add", model(name, role, released));
    EXPECT_EQ(reply.code, ReplyCode::done) << reply.body;
  }
  Reply add_target(const std::string& text) {
    return say("target.add", Json::Object{{"text", text}});
  }

  /// Verdict of the candidate as it was reached last; empty: none yet.
  std::string verdict(const std::string& target, const std::string& candidate) const {
    const auto known = state().verdicts().find({target, candidate});
    return known == state().verdicts().end() ? "" : known->second.verdict;
  }

  /// Another worker's first words.
  void introduce(const Hello& hello) {
    receive("pool", peer_, hello);
    say("health", Json::object());
  }

  /// Another worker takes the first one's place, which is never heard of again.
  void replace_worker(std::uint64_t id, const std::string& name) {
    self_ = {id};
    name_ = name;
    peer_ = {id};
    inbox_.clear();
    sent_.clear();
    signer_ = new_signer();
    join();
  }

  /// Items that the worker was asked since the last call, by model; the same one twice is two.
  std::map<std::string, std::uint64_t> take_asked() { return std::exchange(asked_, {}); }

  bool answers = true;             ///< Else what is asked waits.
  std::uint64_t answers_left = 0;  ///< Leases, after which it answers no more; 0: never.
  bool signs = true;               ///< Else the worker keeps its signatures to itself.
  std::uint64_t luck = 0;          ///< Items that every model is right on beside what it knows.
  std::optional<std::uint32_t> refused_round;  ///< Of repeats, that the engine does not answer.
  std::function<void(Batch&)> spoils;          ///< What a dishonest one does with its batch.
  std::string refusal;                         ///< What it was refused with the last time.

 protected:
  void meet() override;

  void hear(const Message& message) override {
    if (const auto* const refused = std::get_if<Refusal>(&message)) refusal = refused->reason;
    if (const auto* const kept = std::get_if<BatchKept>(&message)) signer_.kept(*kept);
    if (const auto* const known = std::get_if<Acknowledge>(&message)) acknowledged(*known);
    const auto* const grant = std::get_if<Grant>(&message);
    if (grant == nullptr) return;
    for (const Acknowledge& known : grant->acknowledged) acknowledged(known);
    asked_[grant->model.name] += grant->items.size();
    inbox_.push_back(*grant);
  }

  bool work() override {
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

 private:
  BatchSigner new_signer() {
    return {self_, {log, "pool", [this](auto bytes) {
                      return sign(bytes, signing_key_of(seed_of("pool")));
                    }}};
  }

  struct Sent {
    Results results;
    std::vector<ItemIdentity> items;
  };

  void acknowledged(const Acknowledge& known) {
    const auto sent = sent_.find(known.lease);
    if (sent == sent_.end()) return;
    signer_.recorded(sent->second.results, sent->second.items, known.recorded);
    sent_.erase(sent);
  }

  std::string answered(const std::string& model, const GrantItem& item) const {
    if (item.repeat != refused_round) return answer(model, item);
    Response response;
    response.outcome = Outcome::refused_by_engine;
    return encode(response);
  }

  std::string answer(const std::string& model, const GrantItem& item) const {
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

  WorkerId self_{7};
  std::string name_ = "w1";
  PeerId peer_{2};
  std::deque<Grant> inbox_;
  std::map<LeaseId, Sent> sent_;  ///< Not acknowledged.
  BatchSigner signer_ = new_signer();
  Instant signing_time_;
  std::map<std::string, std::uint64_t> asked_;
};

}  // namespace gwageo::testing
