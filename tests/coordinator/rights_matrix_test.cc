// Who may do what: every role with every verb, every role with every message, and those who claim
// to be somebody else. The table is written here once more, by hand: a verb that is added without
// a row fails, and so does a right that somebody gave away in passing.
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <variant>
#include <vector>

#include "coordinator/commands.h"
#include "coordinator/state.h"
#include "protocol/codec.h"
#include "protocol/digest.h"
#include "protocol/json.h"
#include "protocol/limits.h"
#include "tests/coordinator/desk.h"
#include "tests/protocol/message_samples.h"

namespace gwageo::testing {
namespace {

struct Row {
  std::string who;  ///< Letters: o operators, t teams, a auditors, w workers.
  bool is_signed = false;
};

const std::map<std::string, Row>& table() {
  static const std::map<std::string, Row> rows = {
      {"audit.commit", {"oa", true}},
      {"audit.list", {"oa"}},
      {"audit.prove", {"ota"}},
      {"audit.reveal", {"oa", true}},
      {"audit.show", {"oa"}},
      {"backup", {"o"}},
      {"cancel", {"ot"}},
      {"checkpoint", {"ota"}},
      {"checks.set", {"o", true}},
      {"disown", {"o", true}},
      {"drain", {"o"}},
      {"evidence.put", {"ota"}},
      {"explain", {"ota"}},
      {"gate.decide", {"ota", true}},
      {"gate.evidence", {"oa"}},
      {"gate.show", {"ota"}},
      {"health", {"ota"}},
      {"items", {"ota"}},
      {"journal", {"oa"}},
      {"keys.add", {"o", true}},
      {"keys.list", {"oa"}},
      {"keys.revoke", {"o", true}},
      {"keys.rotate", {"ota", true}},
      {"keys.show", {"ota"}},
      {"log.checkpoint", {"ota"}},
      {"log.cosign", {"ota"}},
      {"log.tile", {"ota"}},
      {"model.add", {"ot", true}},
      {"model.correct", {"ot", true}},
      {"model.disown", {"o", true}},
      {"model.list", {"ota"}},
      {"model.retire", {"o", true}},
      {"pause", {"ot"}},
      {"plan.estimate", {"ota"}},
      {"points.record", {"o", true}},
      {"points.show", {"ota"}},
      {"priority", {"ot"}},
      {"publish", {"o", true}},
      {"put", {"o"}},
      {"quarantine", {"o"}},
      {"reference.import", {"o", true}},
      {"reference.list", {"ota"}},
      {"reference.show", {"ota"}},
      {"results", {"ota"}},
      {"resume", {"ot"}},
      {"roster.enter", {"o", true}},
      {"roster.leave", {"o", true}},
      {"roster.show", {"ota"}},
      {"rows", {"oa"}},
      {"stage.close", {"o", true}},
      {"stage.list", {"ota"}},
      {"stage.open", {"o", true}},
      {"stage.show", {"ota"}},
      {"status", {"ota"}},
      {"submit", {"ot", true}},
      {"suite.add", {"o", true}},
      {"suite.list", {"ota"}},
      {"target.add", {"o", true}},
      {"target.history", {"ota"}},
      {"target.list", {"ota"}},
      {"target.replay", {"ota"}},
      {"target.show", {"ota"}},
      {"team.add", {"o"}},
      {"team.set", {"o"}},
      {"team.show", {"ota"}},
      {"verdict.explain", {"ota"}},
      {"workers", {"ota"}},
  };
  return rows;
}

class MatrixDesk : public Desk {
 public:
  MatrixDesk() : Desk("2026-06-30") {
    for (const std::string name : {"pool", "other-pool"}) {
      say("keys.add", Json::Object{{"name", name},
                                   {"role", "worker"},
                                   {"curve_key", to_hex(sha256(name))},
                                   {"sign_key", to_hex(sign_key_of(name))}});
    }
  }
  /// The refusal that the message is answered with; empty: it was let through.
  std::string send(const std::string& who, const Message& message) {
    refusal_.clear();
    receive(who, PeerId{3}, message);
    say("health", Json::object());
    return refusal_;
  }
  void hear(const Message& message) override {
    if (const auto* const refusal = std::get_if<Refusal>(&message)) refusal_ = refusal->reason;
  }

 private:
  std::string refusal_;
};

// Each role's principal, by its letter in the table.
const std::map<char, std::string>& people() {
  static const std::map<char, std::string> names = {
      {'o', "op"}, {'t', "red"}, {'a', "eye"}, {'w', "pool"}};
  return names;
}

TEST(RightsMatrix, EveryVerbHasARowAndEveryRowAVerb) {
  std::vector<std::string> rows;
  for (const auto& [verb, row] : table()) rows.push_back(verb);
  EXPECT_EQ(rows, verbs());
  for (const auto& [verb, row] : table()) EXPECT_EQ(must_be_signed(verb), row.is_signed) << verb;
}

TEST(RightsMatrix, EveryRoleWithEveryVerb) {
  std::size_t cells = 0;
  for (const auto& [verb, row] : table()) {
    MatrixDesk desk;
    for (const auto& [letter, who] : people()) {
      const std::uint64_t before = desk.state().records();
      const Reply reply = desk.say(verb, Json::object(), {}, who);
      const bool has_right = row.who.find(letter) != std::string::npos;
      const bool is_refused = reply.code == ReplyCode::not_allowed &&
                              reply.body.find("has no right to") != std::string::npos;
      EXPECT_EQ(is_refused, !has_right) << verb << " by " << who << ": " << reply.body;
      EXPECT_TRUE(!is_refused || desk.state().records() == before) << verb << " by " << who;
      ++cells;
    }
  }
  EXPECT_EQ(cells, 4 * verbs().size());
}

TEST(RightsMatrix, AVerbThatNobodyKnowsIsNobodys) {
  MatrixDesk desk;
  for (const auto& [letter, who] : people()) {
    EXPECT_NE(desk.say("keys.steal", Json::object(), {}, who).code, ReplyCode::done) << who;
    EXPECT_FALSE(may(Role::operator_, "keys.steal"));
  }
}

// What is not signed by the very key has no effect, whatever right its owner has.
TEST(RightsMatrix, EveryVerbThatHasToBeSignedIsRefusedUnsignedAndFalselySigned) {
  for (const auto& [verb, row] : table()) {
    if (!row.is_signed) continue;
    MatrixDesk desk;
    for (const auto& [letter, who] : people()) {
      if (row.who.find(letter) == std::string::npos) continue;
      const std::uint64_t before = desk.state().records();
      const Reply plain = desk.say_unsigned(verb, Json::object(), who);
      EXPECT_EQ(plain.code, ReplyCode::not_allowed) << verb;
      EXPECT_NE(plain.body.find("has to be signed by the signing key"), std::string::npos) << verb;
      desk.sign_with(who, "somebody else");
      const Reply forged = desk.say(verb, Json::object(), {}, who);
      EXPECT_EQ(forged.code, ReplyCode::not_allowed) << verb;
      EXPECT_NE(forged.body.find("by another key"), std::string::npos) << verb;
      EXPECT_EQ(desk.state().records(), before) << verb;
    }
  }
}

TEST(RightsMatrix, EveryRoleWithEveryMessage) {
  for (const Message& message : samples::minimal_messages()) {
    const bool is_command = std::holds_alternative<Command>(message);
    const bool is_workers = std::visit(
        [](const auto& m) {
          using M = std::decay_t<decltype(m)>;
          return std::is_same_v<M, Hello> || std::is_same_v<M, Heartbeat> ||
                 std::is_same_v<M, Results> || std::is_same_v<M, Loaded> ||
                 std::is_same_v<M, GiveBack> || std::is_same_v<M, Goodbye> ||
                 std::is_same_v<M, Batch>;
        },
        message);
    for (const auto& [letter, who] : people()) {
      MatrixDesk desk;
      const std::uint64_t before = desk.state().records();
      const std::string refusal = desk.send(who, message);
      const std::string what = std::string(name_of(message)) + " by " + who + ": " + refusal;
      if (is_command) {
        EXPECT_EQ(refusal, "") << what << " (its verb is refused, above)";
      } else if (letter != 'w') {
        EXPECT_NE(refusal.find("runs no worker"), std::string::npos) << what;
      } else if (!is_workers) {
        EXPECT_NE(refusal.find("a worker may not send"), std::string::npos) << what;
      }
      const bool may_join = letter == 'w' && is_workers;
      EXPECT_TRUE(may_join || desk.state().records() == before) << what;
    }
  }
}

TEST(RightsMatrix, AThousandWhoSpeakForAWorkerOfAnotherKeyHaveNoEffect) {
  MatrixDesk desk;
  for (std::uint64_t i = 1; i <= 1000; ++i) {
    Hello hello;
    hello.protocol = limits::protocol_version;
    hello.worker = {i};
    hello.name = "w" + std::to_string(i);
    ASSERT_EQ(desk.send("pool", hello), "");
  }
  const State before = desk.state();
  for (std::uint64_t i = 1; i <= 1000; ++i) {
    Message message = samples::minimal_messages()[i % 6];
    std::visit(
        [&](auto& m) {
          if constexpr (requires { m.worker; }) m.worker = {i};
        },
        message);
    EXPECT_EQ(desk.send("other-pool", message), "this worker id belongs to another key") << i;
  }
  EXPECT_EQ(desk.state(), before);
}

}  // namespace
}  // namespace gwageo::testing
