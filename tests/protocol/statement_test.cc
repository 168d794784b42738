#include "protocol/statement.h"

#include <gtest/gtest.h>

#include <set>

namespace gwageo {
namespace {

CommandStatement sample() {
  return {"example.org/programme",
          "red",
          "submit",
          std::string("\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\xff", 16),
          {sha256("a"), sha256("b")},
          R"({"model": "m"})"};
}

// Signatures over them are on record: they must never change.
TEST(Statement, BytesAreFinal) {
  EXPECT_EQ(to_bytes(sample()),
            "gwageo/command/v1\n"
            "log: example.org/programme\n"
            "signer: red\n"
            "verb: submit\n"
            "nonce: 000102030405060708090a0b0c0d0eff\n"
            "attachment: ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb\n"
            "attachment: 3e23e8160039594a33894f6564e1b1348bbd7a0088d42c4acb73eeaed59c009d\n"
            "\n"
            R"({"model": "m"})");
  EXPECT_EQ(batch_statement("example.org/programme", "pool", {17446744073709551615u}, 12, 400,
                            sha256("c")),
            "gwageo/batch/v1\n"
            "log: example.org/programme\n"
            "signer: pool\n"
            "worker: 17446744073709551615\n"
            "batch: 12\n"
            "chunks: 400\n"
            "root: 2e7d2c03a9507ae265ecf5b5356885a53393a2029d241394997265a1a25aefc6\n");
}

TEST(Statement, WhatIsReadIsWhatWasWrittenAndNothingElse) {
  for (const std::string& body : {std::string("{}"), std::string(), std::string("\nverb: x\n\n")}) {
    CommandStatement statement = sample();
    statement.body = body;
    EXPECT_EQ(parse_command_statement(to_bytes(statement)).value(), statement);
    statement.attachments.clear();
    EXPECT_EQ(parse_command_statement(to_bytes(statement)).value(), statement);
  }
  const std::string whole = to_bytes(sample());
  const std::size_t head = whole.find("\n\n") + 1;
  for (std::size_t size = 0; size < head; ++size) {
    EXPECT_FALSE(parse_command_statement(whole.substr(0, size))) << size;
  }
  // Another form of the same is none: what was signed is one string of bytes.
  for (const auto& [from, to] : {std::pair{"0eff", "0EFF"},
                                 {"signer: red", "signer:  red"},
                                 {"ca978112", "CA978112"},
                                 {"command/v1", "command/v2"},
                                 {"command/v1", "batch/v1"},
                                 {"nonce: 00", "nonce: zz"}}) {
    std::string changed = whole;
    changed.replace(changed.find(from), std::string(from).size(), to);
    const auto parsed = parse_command_statement(changed);
    EXPECT_TRUE(!parsed || to_bytes(*parsed) == changed) << to;
    EXPECT_TRUE(!parsed || *parsed != sample()) << to;
  }
  EXPECT_FALSE(parse_command_statement(batch_statement("l", "s", {1}, 0, 1, {})));
}

TEST(Statement, EverythingThatACommandSaysIsSigned) {
  const Command command{1, 1, "submit", "{}", {"a", "b"}};
  std::set<std::string> all = {to_bytes(statement_of(command, "n", "red", "log"))};
  const auto differs = [&](const Command& other, const std::string& nonce = "n",
                           const std::string& signer = "red", const std::string& log = "log") {
    EXPECT_TRUE(all.insert(to_bytes(statement_of(other, nonce, signer, log))).second);
  };
  Command other = command;
  other.verb = "cancel";
  differs(other);
  other = command;
  other.body = "{ }";
  differs(other);
  other = command;
  other.attachments = {"b", "a"};
  differs(other);
  other.attachments = {"a"};
  differs(other);
  differs(command, "m");
  differs(command, "n", "blue");
  differs(command, "n", "red", "another");
  other = command;
  other.request = 2;  // The connection's own number is not the person's.
  EXPECT_FALSE(all.insert(to_bytes(statement_of(other, "n", "red", "log"))).second);
}

TEST(Statement, ABatchsRootIsOverWhatWasSignedInOrder) {
  const BatchChunk a{{1}, 0, sha256("a")};
  const BatchChunk b{{1}, 8, sha256("b")};
  const BatchChunk c{{2}, 8, sha256("b")};
  const std::vector<std::vector<BatchChunk>> lists = {{a}, {b}, {c}, {a, b}, {b, a}, {a, c}};
  std::set<Digest> roots;
  for (const auto& list : lists) EXPECT_TRUE(roots.insert(batch_root(list)).second);
}

}  // namespace
}  // namespace gwageo
