// Commands that change what verdicts rest on: what is on record of who signed them.
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "coordinator/fact_codec.h"
#include "coordinator/keys.h"
#include "coordinator/state.h"
#include "coordinator/store.h"
#include "protocol/statement.h"
#include "tests/coordinator/desk.h"

namespace gwageo::testing {
namespace {

class SignedDesk : public Desk {
 public:
  SignedDesk() : Desk("2026-06-30") {}
  std::vector<Record> records() const {
    std::vector<Record> all;
    const keys::KeyRange range = keys::journal_from(0);
    EXPECT_TRUE(store().scan(range.first, range.second, [&](auto, std::string_view bytes) {
      all.push_back(*decode_record(bytes));
      return true;
    }));
    return all;
  }
  static Json model(const std::string& name) {
    return Json::Object{{"name", name},
                        {"role", "candidate"},
                        {"team", "red"},
                        {"released", "2026-06-01"},
                        {"engine", "paced"},
                        {"options", Json::object()},
                        {"digest", to_hex(sha256(name))}};
  }
  Reply again(const Command& message, const std::string& who = "op") {
    return say_message(message, key_of(who), who);
  }
};

TEST(SignedCommand, IsOnRecordWithTheBytesThatWereSigned) {
  SignedDesk desk;
  const Command message = desk.command("model.add", SignedDesk::model("m"), {}, "red");
  ASSERT_EQ(desk.again(message, "red").code, ReplyCode::done);
  const Record record = desk.records().back();
  ASSERT_TRUE(std::holds_alternative<ModelAdded>(record.fact));
  ASSERT_TRUE(record.statement);
  EXPECT_EQ(record.statement->signer, "red");
  const std::string bytes = desk.store().read(keys::blob(record.statement->digest))->value();
  const CommandStatement said = parse_command_statement(bytes).value();
  EXPECT_EQ(said.verb, "model.add");
  EXPECT_EQ(said.body, message.body);
  EXPECT_EQ(said.log, Desk::log);
  EXPECT_TRUE(verify(bytes, record.statement->signature, {sign_key_of("red").bytes}));
}

TEST(SignedCommand, TheSameOneIsDoneOnce) {
  SignedDesk desk;
  const Command add = desk.command("model.add", SignedDesk::model("m"), {}, "op");
  const Command retire = desk.command("model.retire", Json::Object{{"name", "m"}}, {}, "op");
  ASSERT_EQ(desk.again(add).code, ReplyCode::done);
  ASSERT_EQ(desk.again(retire).code, ReplyCode::done);
  ASSERT_EQ(desk.say("model.add", SignedDesk::model("m")).code, ReplyCode::done);
  const std::size_t before = desk.records().size();
  for (int life = 0; life < 2; ++life) {
    // Nobody asks for it now, though somebody did once: whoever keeps the frame can only repeat it.
    for (const Command& message : {add, retire}) {
      const Reply reply = desk.again(message);
      EXPECT_EQ(reply.code, ReplyCode::done);
      EXPECT_NE(reply.body.find("\"known\":true"), std::string::npos);
    }
    EXPECT_FALSE(desk.state().retired().contains("m"));
    desk.restart();
  }
  EXPECT_EQ(desk.records().size(), before + 2) << "two starts, and nothing else";
}

TEST(SignedCommand, ASignatureIsForOneJournalOneSignerAndOneCommand) {
  SignedDesk desk;
  const Command good = desk.command("model.add", SignedDesk::model("m"), {}, "op");
  const std::size_t before = desk.records().size();
  const auto refused = [&](Command message, const std::string& who = "op") {
    const Reply reply = desk.again(message, who);
    EXPECT_EQ(reply.code, ReplyCode::not_allowed) << reply.body;
  };
  refused(signed_command(good, "op", "op", "another.example/b"));
  refused(good, "red");
  Command other = good;
  other.body = SignedDesk::model("n").dump();
  refused(other);
  other = good;
  other.attachments = {"more"};
  refused(other);
  other = good;
  other.signature->nonce[0] ^= 1;
  refused(other);
  other = good;
  other.signature->signature.bytes[63] ^= 1;
  refused(other);
  other = good;
  other.verb = "model.correct";
  refused(other);
  EXPECT_EQ(desk.records().size(), before);
  EXPECT_EQ(desk.again(good).code, ReplyCode::done);
}

TEST(SignedCommand, WhatIsRefusedIsNotOnRecord) {
  SignedDesk desk;
  const std::size_t before = desk.records().size();
  EXPECT_EQ(desk.say("model.retire", Json::Object{{"name", "nothing"}}).code, ReplyCode::bad_input);
  EXPECT_EQ(desk.records().size(), before);
  // And does not stick to what comes next.
  EXPECT_EQ(desk.say("team.add", Json::Object{{"name", "blue"}}).code, ReplyCode::done);
  EXPECT_EQ(desk.records().back().statement, std::nullopt);
}

TEST(SignedCommand, ACrashLosesTheStatementOnlyWithItsFact) {
  for (const Desk::Crash how :
       {Desk::Crash::before_it_is_durable, Desk::Crash::before_it_is_sent}) {
    SignedDesk desk;
    desk.crash_in(1, how);
    const Reply reply = desk.say("model.add", SignedDesk::model("m"));
    EXPECT_EQ(reply.code, ReplyCode::done) << reply.body;
    std::size_t signed_facts = 0;
    for (const Record& record : desk.records()) {
      const bool is_model = std::holds_alternative<ModelAdded>(record.fact);
      EXPECT_EQ(is_model && !record.statement, false);
      if (is_model) ++signed_facts;
    }
    EXPECT_EQ(signed_facts, 1u);
  }
}

}  // namespace
}  // namespace gwageo::testing
