// Honest logs: no auditor may raise an alarm. Each is of a programme that lived through crashes at
// random turns, other versions of the program, keys that were replaced and revoked, and a publisher
// that died between any two of its steps, while witnesses cosigned and people kept checkpoints and
// mirrors. All of them are then audited in full.
//
//   GWAGEO_HONEST_LOGS  how many (10; ops/soak: 100)
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "coordinator/state.h"
#include "coordinator/store.h"
#include "ops/published_log.h"
#include "ops/rescoring.h"
#include "ops/verification.h"
#include "protocol/limits.h"
#include "tests/coordinator/programme_hall.h"
#include "tests/ops/kept_log.h"
#include "tests/ops/oracle.h"

namespace gwageo::testing {
namespace {

std::uint64_t logs_wanted() {
  const char* const given = std::getenv("GWAGEO_HONEST_LOGS");
  return given == nullptr ? 10 : std::strtoull(given, nullptr, 10);
}

/// What happened, so that a test in which nothing happens fails.
struct Events {
  std::uint64_t crashes = 0;
  std::uint64_t upgrades = 0;
  std::uint64_t rotations = 0;
  std::uint64_t revocations = 0;
  std::uint64_t leases_lost = 0;  ///< To the end of their worker's key.
  std::uint64_t cosignatures = 0;
  std::uint64_t kept = 0;
  std::uint64_t publisher_deaths = 0;
};

/// A programme to which what the numbers say happens, in an order that they say.
class EventfulLife : public ProgrammeHall {
 public:
  EventfulLife(std::uint64_t seed, Events& events)
      : random_(seed), events_(events), kept_(log, static_cast<std::uint8_t>(1 + seed % 200)) {
    target("gates: {conduct: {decision: {rule: '7'}}}\n");
    kept_.found(store());
    expect(kept_.start(store()));
  }

  void live(int acts) {
    for (int i = 0; i < acts; ++i) {
      if (one_of(3) == 0) crash_soon();
      act();
      publish_somewhat();
    }
    crash_in(0, Crash::before_it_is_durable);
    examine();
    answers = true;
    pass(seconds(3));
    publish_all();
  }
  KeptLog& kept() { return kept_; }

 protected:
  void hear(const Message& message) override {
    if (hearing_ == spare_peer) return;  // Never answers.
    ExamHall::hear(message);
  }
  void meet() override {
    events_.crashes += !is_joining_;
    ProgrammeHall::meet();
  }

 private:
  static constexpr PeerId spare_peer{99};

  std::uint64_t one_of(std::uint64_t ways) { return random_() % ways; }
  std::string fresh(const std::string& what) { return what + std::to_string(++names_); }
  /// The worker comes by itself, without a crash of the coordinator.
  void come_back() {
    is_joining_ = true;
    join();
    is_joining_ = false;
  }
  void crash_soon() {
    crash_in(1 + one_of(12),
             one_of(2) == 0 ? Crash::before_it_is_durable : Crash::before_it_is_sent);
  }

  void act() {
    switch (one_of(12)) {
      case 0:
        add_model(fresh("late") + "-" + std::to_string(one_of(200)), "candidate", "2026-06-02");
        break;
      case 1:
        add_model(fresh("ref") + "-" + std::to_string(80 + one_of(80)), "reference", "2026-04-01");
        break;
      case 2: submit("good-150"); break;
      case 3:
        if (stage_.empty()) {
          stage_ = fresh("stage");
          done("stage.open", Json::Object{{"stage", stage_}, {"target", "t"}});
        } else {
          examine();
          done("stage.close",
               Json::Object{{"stage", std::exchange(stage_, "")}, {"reason", "its day has come"}});
        }
        break;
      case 4: rotate(one_of(2) == 0 ? "red" : "chair"); break;
      case 5: rotate_by_itself(); break;
      case 6: rotate_worker(); break;
      case 7: revoke_deputy(); break;
      case 8:
      case 9: revoke_worker(); break;
      case 10: restart_publisher(one_of(2) == 0); break;
      default: pass(seconds(static_cast<std::int64_t>(1 + one_of(3))));
    }
  }

  /// After a crash it may be known already.
  void done(const std::string& verb, const Json& body, const std::string& who = "op") {
    const std::string answer = tell(verb, body, who);
    EXPECT_TRUE(answer == "done" || answer == "known") << verb << ": " << answer;
  }
  void submit(const std::string& model) {
    done("submit",
         Json::Object{
             {"request", fresh("r")}, {"model", model}, {"suite", "s"}, {"skip_lookup", true}});
  }
  Json keys_of(const std::string& name, const std::string& seed) {
    return Json::Object{{"name", name},
                        {"curve_key", to_hex(sha256(seed))},
                        {"sign_key", to_hex(sign_key_of(seed))}};
  }
  void rotate(const std::string& name, const std::string& who = "op") {
    const std::string seed = fresh(name + "-");
    done("keys.rotate", keys_of(name, seed), who);
    sign_with(name, seed);
    ++events_.rotations;
  }
  /// Whoever replaces their own key may be cut off from the answer, and has the new one by then.
  void rotate_by_itself() {
    crash_in(0, Crash::before_it_is_durable);
    const std::string who = one_of(2) == 0 ? "op" : "red";
    rotate(who, who);
  }
  /// A worker signs what it handed in, stops, and comes back with its new key.
  void rotate_worker() {
    crash_in(0, Crash::before_it_is_durable);
    pass(seconds(2));
    rotate("pool");
    come_back();
  }
  void add(const std::string& role, const std::string& name) {
    Json body = keys_of(name, name);
    body["role"] = role;
    done("keys.add", body);
  }
  void revoke(const std::string& name) {
    done("keys.revoke", Json::Object{{"name", name}, {"reason", "it was lost"}});
    ++events_.revocations;
  }
  /// What it signed before counts, and stays good.
  void revoke_deputy() {
    const std::string name = fresh("deputy");
    add("operator", name);
    done("team.add", Json::Object{{"name", fresh("team")}}, name);
    revoke(name);
  }
  /// It takes leases, and its key ends with them in its hands.
  void revoke_worker() {
    const std::string name = fresh("spare");
    add("worker", name);
    Hello hello;
    hello.protocol = limits::protocol_version;
    hello.worker = {1000 + names_};
    hello.name = name;
    hello.engines = {"paced"};
    hello.slots = 2;
    hello.credit_items = 64;
    receive(name, spare_peer, hello);
    answers = false;  // So that something is left for it.
    tell("submit",
         Json::Object{
             {"request", fresh("r")}, {"model", "weak-20"}, {"suite", "s"}, {"skip_lookup", true}});
    const std::size_t before = state().leases().size();
    revoke(name);
    events_.leases_lost += before - std::min(before, state().leases().size());
    answers = true;
    pass(seconds(1));
  }

  // ---- what is published ----

  void restart_publisher(bool is_other_version) {
    crash_in(0, Crash::before_it_is_durable);
    if (is_other_version) {
      restart("0." + std::to_string(++names_) + ".0");
      ++events_.upgrades;
      come_back();
    }
    die();
  }
  void die() {
    ++events_.publisher_deaths;
    const Status started = kept_.start(store());
    ASSERT_TRUE(started) << started.error().message;
  }
  void expect(const Status& status) { EXPECT_TRUE(status) << status.error().message; }
  void publish_somewhat() {
    if (one_of(2) == 0) expect(kept_.log().guard(head_of(store(), log)));
    if (one_of(6) == 0) die();
    if (one_of(2) == 0) expect(kept_.log().publish(PublishedLog::Until::witnessed));
    if (one_of(6) == 0) die();
    for (std::size_t i = 0; i < 3; ++i) {
      if (one_of(3) != 0) continue;
      expect(kept_.cosign(i, ++seconds_));
      ++events_.cosignatures;
    }
    if (one_of(2) == 0) expect(kept_.log().publish(PublishedLog::Until::witnessed));
    if (one_of(8) == 0) expect(kept_.log().publish(PublishedLog::Until::now));
    if (one_of(4) == 0) events_.kept += kept_.keep_checkpoint();
    if (one_of(9) == 0) events_.kept += kept_.keep_mirror();
  }
  /// The last of the programme, with the cosignatures of a quorum.
  void publish_all() {
    expect(kept_.log().guard(head_of(store(), log)));
    for (int turn = 0; turn < 2; ++turn) {
      expect(kept_.log().publish(PublishedLog::Until::now));
      for (const std::size_t i : {0, 2}) expect(kept_.cosign(i, ++seconds_));
    }
    expect(kept_.log().publish(PublishedLog::Until::now));
  }

  std::mt19937_64 random_;
  Events& events_;
  KeptLog kept_;
  bool is_joining_ = false;
  std::string stage_;
  std::uint64_t names_ = 0;
  std::uint64_t seconds_ = 1'700'000'000;
};

void expect_no_alarm(const Verification& found, const std::string& whose) {
  EXPECT_TRUE(found.ok) << whose << ": " << found.reason;
}

/// Everything that can be asked of one log.
void audit(EventfulLife& life) {
  KeptLog& kept = life.kept();
  const std::uint64_t size = head_of(life.store(), EventfulLife::log).size;
  std::vector<std::string> held = kept.held();
  kept.stop(life.store());
  for (const WitnessKey& one : kept.witnesses()) {
    const std::string file = kept.data() + "/witnesses/" + one.name;
    if (fs::exists(file)) held.push_back(file);
  }
  const Verification of_all = kept.audit(kept.data(), held);
  expect_no_alarm(of_all, "the data directory");
  EXPECT_EQ(of_all.size, size);
  EXPECT_EQ(of_all.signed_size, size);
  EXPECT_EQ(of_all.statements.away, 0u);
  const Verification of_tiles = kept.audit(kept.tiles(), held);
  expect_no_alarm(of_tiles, "the tiles alone");
  EXPECT_EQ(of_tiles.root, of_all.root);
  EXPECT_EQ(of_tiles.cosigned_size, size);
  for (const std::string& one : held) expect_no_alarm(kept.audit(kept.tiles(), {one}), one);
  expect_no_alarm(kept.audit(kept.tiles(), {}, false), "the tiles without a policy");
  const Result<Evidence> evidence = open_evidence({}, kept.data());
  ASSERT_TRUE(evidence) << evidence.error().message;
  const auto rescored = rescore(*evidence, size, std::nullopt);
  ASSERT_TRUE(rescored) << rescored.error().message;
  EXPECT_EQ(rescored->reason(), "");
  EXPECT_GT(rescored->jobs.size(), 0u);
  const std::string key = to_vkey(kept.key());
  const std::string said = oracle({"log", kept.tiles(), key});
  EXPECT_TRUE(said.starts_with("entries=" + std::to_string(size) + " ")) << said;
  for (const std::string& one : held) {
    const std::string file = fs::is_directory(one) ? one + "/checkpoint" : one;
    const std::string consistent = oracle({"consistent", kept.tiles(), key, file});
    EXPECT_TRUE(consistent.starts_with("from=")) << one << ": " << consistent;
  }
}

TEST(HonestLogs, RaiseNoAlarm) {
  const std::uint64_t logs = logs_wanted();
  Events events;
  std::uint64_t records = 0;
  std::uint64_t held = 0;
  for (std::uint64_t seed = 1; seed <= logs; ++seed) {
    SCOPED_TRACE(seed);
    EventfulLife life(seed, events);
    life.live(24);
    records += head_of(life.store(), EventfulLife::log).size;
    held += life.kept().held().size();
    audit(life);
    if (::testing::Test::HasFailure()) break;
  }
  std::printf(
      "%lu logs, %lu records: %lu crashes, %lu upgrades, %lu keys replaced and %lu revoked, %lu "
      "leases lost with a key, %lu deaths of the publisher, %lu cosignatures, %lu checkpoints "
      "held\n",
      logs, records, events.crashes, events.upgrades, events.rotations, events.revocations,
      events.leases_lost, events.publisher_deaths, events.cosignatures, held);
  for (const std::uint64_t count :
       {events.crashes, events.upgrades, events.rotations, events.revocations, events.leases_lost,
        events.publisher_deaths, events.cosignatures, events.kept}) {
    EXPECT_GE(count, (logs + 1) / 2) << "nothing is shown by logs to which nothing happens";
  }
}

}  // namespace
}  // namespace gwageo::testing
