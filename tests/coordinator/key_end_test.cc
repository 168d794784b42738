// Keys that end: from which record on, for whom, and what becomes of what was under way.
#include <gtest/gtest.h>

#include <string>
#include <variant>

#include "coordinator/key_rules.h"
#include "coordinator/scheduler.h"
#include "coordinator/state.h"
#include "tests/coordinator/desk.h"
#include "tests/coordinator/small_pool.h"

namespace gwageo::testing {
namespace {

std::string text_of(const Reply& reply) {
  const Result<Json> body = Json::parse(reply.body);
  const Json* const error = body ? body->find("error") : nullptr;
  return error == nullptr ? reply.body : error->as_string();
}

Json keys(const std::string& name, const std::string& seed) {
  return Json::Object{
      {"name", name}, {"curve_key", to_hex(sha256(seed))}, {"sign_key", to_hex(sign_key_of(seed))}};
}

class KeyDesk : public Desk {
 public:
  KeyDesk() : Desk("2026-06-30") {}

  Reply add(const std::string& role, const std::string& name) {
    Json body = keys(name, name);
    body["role"] = role;
    return say("keys.add", body);
  }
  Reply rotate(const std::string& name, const std::string& seed, const std::string& who = "op") {
    const Reply reply = say("keys.rotate", keys(name, seed), {}, who);
    if (reply.code == ReplyCode::done) sign_with(name, seed);
    return reply;
  }
  Reply revoke(const std::string& name, const std::string& who = "op") {
    return say("keys.revoke", Json::Object{{"name", name}, {"reason", "it was lost"}}, {}, who);
  }
  /// What the key that `seed` made is answered to a harmless question: "done", or the refusal.
  std::string health(const std::string& who, const std::string& seed) {
    refusal_.clear();
    const Reply reply = say_with(sha256(seed), "health", Json::object(), {}, who);
    return refusal_.empty() && reply.code == ReplyCode::done ? "done" : refusal_;
  }
  /// A command that is in the coordinator's hands and not yet decided on with the next ones.
  void hand_in(const std::string& who, const std::string& verb, const Json& body) {
    receive(who, PeerId{2}, command(verb, body, {}, who));
  }
  /// Said to be revoked while the coordinator renders.
  std::string revoke_during_errand_;

 protected:
  void hear(const Message& message) override {
    if (const auto* const refusal = std::get_if<Refusal>(&message)) refusal_ = refusal->reason;
  }
  bool finishes(ErrandKind errand) override {
    if (errand == ErrandKind::rendering && !revoke_during_errand_.empty()) {
      hand_in("op", "keys.revoke",
              Json::Object{{"name", revoke_during_errand_}, {"reason", "found out"}});
    }
    return true;
  }
  std::string refusal_;
};

TEST(KeyEnd, ARotatedKeyCountsNoMoreFromItsRecordOn) {
  KeyDesk desk;
  EXPECT_EQ(desk.health("red", "red"), "done");
  const std::uint64_t record = desk.state().records();
  ASSERT_EQ(desk.rotate("red", "red-2", "red").code, ReplyCode::done);
  const std::string old = "the key " + fingerprint(sha256("red")) +
                          " of red was replaced at record " + std::to_string(record) +
                          ": use the new key file (its key is " + fingerprint(sha256("red-2")) +
                          ")";
  for (int life = 0; life < 2; ++life) {
    EXPECT_EQ(desk.health("red", "red"), old);
    EXPECT_EQ(desk.health("red", "red-2"), "done");
    EXPECT_EQ(desk.health("red", "somebody"), "the key " + fingerprint(sha256("somebody")) +
                                                  " of red is not the one that is registered");
    desk.restart();
  }
  const Principal& red = desk.state().principals().at("red");
  EXPECT_EQ(red.since, record);
  ASSERT_EQ(red.former.size(), 1u);
  EXPECT_EQ(red.former[0].until, record);
  // Told twice, as after a lost answer: nothing more happens.
  EXPECT_NE(desk.rotate("red", "red-2", "op").body.find("\"known\":true"), std::string::npos);
  EXPECT_EQ(desk.state().principals().at("red").former.size(), 1u);
}

TEST(KeyEnd, ARevokedKeyHasNoEffectFromItsRecordOn) {
  KeyDesk desk;
  ASSERT_EQ(desk.add("operator", "other").code, ReplyCode::done);
  // All three are in the coordinator's hands at once, in one turn, over open connections.
  desk.hand_in("other", "team.add", Json::Object{{"name", "before"}});
  const std::uint64_t record = desk.state().records();
  desk.hand_in("op", "keys.revoke", Json::Object{{"name", "other"}, {"reason", "it was lost"}});
  desk.hand_in("other", "team.add", Json::Object{{"name", "after"}});
  EXPECT_EQ(desk.say("health", Json::object()).code, ReplyCode::done);
  EXPECT_TRUE(desk.state().teams().contains("before"));
  EXPECT_FALSE(desk.state().teams().contains("after"));
  for (int life = 0; life < 2; ++life) {
    EXPECT_EQ(desk.health("other", "other"),
              "the key " + fingerprint(sha256("other")) + " of other was revoked at record " +
                  std::to_string(record) + " (it was lost): it has no effect any more");
    desk.restart();
  }
  EXPECT_NE(desk.revoke("other").body.find("\"known\":true"), std::string::npos);
  EXPECT_EQ(desk.state().principals().at("other").revoked->principal, "op");
}

TEST(KeyEnd, NobodyRevokesTheLastOperator) {
  KeyDesk desk;
  const std::uint64_t before = desk.state().records();
  EXPECT_EQ(desk.revoke("op").code, ReplyCode::bad_input);
  EXPECT_NE(text_of(desk.revoke("op")).find("op is the only operator whose key counts"),
            std::string::npos);
  EXPECT_EQ(desk.state().records(), before);
  ASSERT_EQ(desk.add("operator", "other").code, ReplyCode::done);
  EXPECT_EQ(desk.revoke("op").code, ReplyCode::done) << "its own, as there is another";
  EXPECT_EQ(desk.revoke("other", "other").code, ReplyCode::bad_input);
  EXPECT_EQ(desk.rotate("other", "other-2", "other").code, ReplyCode::done);
  EXPECT_EQ(desk.health("other", "other-2"), "done");
}

TEST(KeyEnd, NamesAndKeysAreUsedOnce) {
  KeyDesk desk;
  ASSERT_EQ(desk.rotate("red", "red-2").code, ReplyCode::done);
  ASSERT_EQ(desk.revoke("eye").code, ReplyCode::done);
  const std::uint64_t before = desk.state().records();
  const auto refused = [&](const Reply& reply, const std::string& part) {
    EXPECT_EQ(reply.code, ReplyCode::bad_input);
    EXPECT_NE(text_of(reply).find(part), std::string::npos) << text_of(reply);
  };
  refused(desk.rotate("red", "red"), "was principal red's until record");
  refused(desk.rotate("red", "op"), "belongs to principal op since record");
  refused(desk.rotate("op", "red-2"), "belongs to principal red since record");
  refused(desk.rotate("eye", "eye-2"), "the key of eye was revoked at record");
  refused(desk.rotate("nobody", "x"), "no principal is named nobody");
  refused(desk.revoke("nobody"), "no principal is named nobody");
  refused(desk.add("team", "eye"), "a name is never used again");
  refused(desk.add("team", "red"), "a principal named red exists since record");
  Json mixed = keys("mixed", "mixed");
  mixed["role"] = "team";
  mixed["sign_key"] = to_hex(sign_key_of("red"));
  refused(desk.say("keys.add", mixed), "never counts again");
  refused(desk.say("keys.revoke", Json::Object{{"name", "red"}}), "reason");
  EXPECT_EQ(desk.state().records(), before);
}

TEST(KeyEnd, OnlyOperatorsConcernThemselvesWithTheKeysOfOthers) {
  KeyDesk desk;
  EXPECT_EQ(desk.rotate("op", "op-2", "red").code, ReplyCode::not_allowed);
  EXPECT_EQ(desk.rotate("red", "red-2", "eye").code, ReplyCode::not_allowed);
  EXPECT_EQ(desk.revoke("eye", "red").code, ReplyCode::not_allowed);
  EXPECT_EQ(desk.revoke("red", "red").code, ReplyCode::not_allowed);
  const auto show = [&](const std::string& who, const std::string& name) {
    return desk.say("keys.show", Json::Object{{"name", name}}, {}, who).code;
  };
  EXPECT_EQ(show("red", "red"), ReplyCode::done);
  EXPECT_EQ(show("red", "op"), ReplyCode::not_allowed);
  EXPECT_EQ(show("eye", "red"), ReplyCode::done);
  EXPECT_EQ(show("op", "red"), ReplyCode::done);
  EXPECT_EQ(desk.rotate("red", "red-2", "red").code, ReplyCode::done);
  EXPECT_EQ(desk.rotate("eye", "eye-2", "eye").code, ReplyCode::done);
}

// What was asked for with a key that has ended since is not done, however long it took.
TEST(KeyEnd, ASuiteThatIsStillBeingRenderedIsNotAdded) {
  for (const bool is_revoked : {false, true}) {
    KeyDesk desk;
    ASSERT_EQ(desk.add("operator", "other").code, ReplyCode::done);
    const std::string suite =
        "suite: s\nversion: 1\naxes: {a: {weight: 1}}\ntasks:\n  - task: t\n    axis: a\n"
        "    output_type: generate_until\n    dataset_kwargs: {data_files: d.jsonl}\n"
        "    doc_to_text: '{{q}}?'\n    doc_to_target: '{{q}}'\n"
        "    generation_kwargs: {until: ['.'], max_gen_toks: 8}\n"
        "    metric_list: [{metric: exact_match}]\n";
    const std::string data = "{\"q\":\"1\"}\n";
    desk.say("put", Json::object(), {suite, data});
    const auto file = [](const std::string& path, const std::string& bytes) {
      return Json(Json::Object{{"path", path},
                               {"bytes", static_cast<std::int64_t>(bytes.size())},
                               {"pieces", Json::Array{Json(to_hex(sha256(bytes)))}}});
    };
    const Json manifest = Json::Object{
        {"main", "s.yaml"}, {"files", Json::Array{file("s.yaml", suite), file("d.jsonl", data)}}};
    if (is_revoked) desk.revoke_during_errand_ = "other";
    const Reply reply = desk.say("suite.add", manifest, {}, "other");
    EXPECT_EQ(reply.code, is_revoked ? ReplyCode::not_allowed : ReplyCode::done) << reply.body;
    EXPECT_EQ(desk.state().suites().contains("s"), !is_revoked);
  }
}

class KeysOfWorkers : public SmallPool {};

TEST_F(KeysOfWorkers, TheirLeasesEndWithTheirKeyAndNobodyIsBlamed) {
  const auto principal = [&](const std::string& name, Role role) {
    step(Proposed{0, PrincipalRegistered{name, role, "", sha256(name), sha256(name + " signs")}});
  };
  principal("op", Role::operator_);
  principal("pool", Role::worker);
  for (const bool is_revoked : {false, true}) {
    const WorkerId worker = hello(is_revoked ? "b" : "a");
    const Said job = submit(op(), is_revoked ? "red-2" : "red-1");
    ASSERT_FALSE(leases(worker).empty());
    Actions actions =
        is_revoked
            ? step(Proposed{0, PrincipalRevoked{"pool", "it was lost", "op"}})
            : step(Proposed{0, PrincipalRotated{"pool", sha256("p2"), sha256("p2s"), "", "op"}});
    EXPECT_TRUE(leases(worker).empty());
    EXPECT_FALSE(scheduler().sessions().contains(worker));
    EXPECT_EQ(state().job(job.job)->pending.size(), suite_items);
    EXPECT_TRUE(state().job(job.job)->tries.empty());
    bool is_told = false;
    for (const Send& send : actions.sends) {
      is_told = is_told || (send.worker == worker && std::holds_alternative<Refusal>(send.what));
    }
    EXPECT_TRUE(is_told);
  }
}

}  // namespace
}  // namespace gwageo::testing
