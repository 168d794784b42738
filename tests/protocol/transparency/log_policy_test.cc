// Policies: the example of the specification, every rule of its text, and quorums.
#include "protocol/transparency/log_policy.h"

#include <gtest/gtest.h>

#include "protocol/transparency/cosignature.h"

namespace gwageo {
namespace {

SigningKey policy_secret(std::uint8_t number) {
  SigningKey key;
  key.bytes.fill(number);
  return key;
}

/// Witness number `i` is called by a letter and a digit in the policy.
NoteKey witness(std::uint8_t i) {
  return {"witness" + std::to_string(i) + ".example", verifying_key(policy_secret(i)),
          NoteKeyType::cosignature};
}

std::string line(const std::string& name, std::uint8_t i) {
  return "witness " + name + " " + to_vkey(witness(i)) + "\n";
}

const NoteKey log_key{"example.com/log", verifying_key(policy_secret(100))};
const Checkpoint head{"example.com/log", 7, sha256("root")};

std::string note_by(const std::vector<std::uint8_t>& witnesses) {
  Note note = *parse_note(sign_checkpoint(head, policy_secret(100)));
  for (const std::uint8_t i : witnesses) {
    note.signatures.push_back(cosign(note.text, witness(i).name, policy_secret(i), 1700000000));
  }
  return to_text(note);
}

const std::string example = "log " + to_vkey(log_key) + "\n\n" + line("X1", 1) + line("X2", 2) +
                            line("X3", 3) + "group X-witnesses 2 X1 X2 X3\n\n" + line("Y1", 4) +
                            line("Y2", 5) + line("Y3", 6) +
                            "group Y-witnesses any Y1 Y2 Y3\n\n"
                            "group X-and-Y all X-witnesses Y-witnesses\n"
                            "quorum X-and-Y\n";

void expect_policy_refused(const std::string& text, const std::string& part) {
  const auto policy = parse_policy(text);
  ASSERT_FALSE(policy) << text;
  EXPECT_EQ(policy.error().kind, ErrorKind::bad_input);
  EXPECT_NE(policy.error().message.find(part), std::string::npos) << policy.error().message;
}

TEST(LogPolicyTest, the_example_of_the_specification_counts_two_levels) {
  const auto policy = parse_policy(example);
  ASSERT_TRUE(policy) << policy.error().message;
  for (const auto& [by, is_enough] :
       std::vector<std::pair<std::vector<std::uint8_t>, bool>>{{{1, 2, 4}, true},
                                                               {{3, 1, 6, 5}, true},
                                                               {{1, 2, 3}, false},
                                                               {{1, 4, 5, 6}, false},
                                                               {{}, false},
                                                               {{1, 1, 4}, false}}) {
    const auto accepted = accept_checkpoint(note_by(by), *policy);
    EXPECT_EQ(accepted.has_value(), is_enough) << by.size();
    if (accepted) {
      EXPECT_EQ(accepted->checkpoint, head);
      EXPECT_EQ(accepted->log, log_key);
    } else {
      EXPECT_NE(accepted.error().message.find("quorum \"X-and-Y\""), std::string::npos);
    }
  }
  const auto accepted = accept_checkpoint(note_by({2, 3, 4}), *policy);
  ASSERT_TRUE(accepted);
  EXPECT_EQ(accepted->witnesses, (std::vector<std::string>{"X2", "X3", "Y1"}));
}

TEST(LogPolicyTest, a_false_cosignature_of_a_known_key_spoils_the_note) {
  const auto policy = parse_policy(example);
  Note note = *parse_note(note_by({1, 2, 4}));
  note.signatures.back().bytes.back() ^= 1;
  const auto accepted = accept_checkpoint(to_text(note), *policy);
  ASSERT_FALSE(accepted);
  EXPECT_EQ(accepted.error().kind, ErrorKind::corrupt);
}

TEST(LogPolicyTest, only_a_log_that_it_names_counts) {
  const auto policy = parse_policy(example);
  const auto other = accept_checkpoint(sign_checkpoint(head, policy_secret(99)), *policy);
  ASSERT_FALSE(other);
  EXPECT_NE(other.error().message.find("none of the logs"), std::string::npos);
  const auto none = accept_checkpoint(note_by({}), *parse_policy("quorum none\n"));
  EXPECT_NE(none.error().message.find("names no log"), std::string::npos);
  const auto plain =
      parse_policy("log " + to_vkey(log_key) + " https://log.example\nquorum none\n");
  EXPECT_TRUE(accept_checkpoint(note_by({}), *plain));
  EXPECT_EQ(accept_checkpoint("garbage", *plain).error().kind, ErrorKind::bad_input);
}

TEST(LogPolicyTest, tabs_comments_and_addresses_are_taken) {
  EXPECT_TRUE(parse_policy("  # made\xff by hand\n\t\n \twitness\tA  " + to_vkey(witness(1)) +
                           "\thttps://w.example \n quorum A\n"));
  // An older vkey of a witness, whose type is that of a plain signature.
  const NoteKey plain{witness(1).name, witness(1).key};
  const auto old = parse_policy("witness A " + to_vkey(plain) + "\nquorum A\n");
  ASSERT_TRUE(old);
  EXPECT_EQ(old->members[0].key, witness(1));
}

TEST(LogPolicyTest, every_broken_rule_is_named_with_its_line) {
  expect_policy_refused("", "no quorum line");
  expect_policy_refused(line("A", 1), "no quorum line");
  expect_policy_refused("quorum none", "line 1: the last line does not end");
  expect_policy_refused("quorum none\nquorum none\n", "line 2: a second quorum");
  expect_policy_refused("quorum A\n" + line("A", 1), "line 1: \"A\" is not defined above");
  expect_policy_refused("quorum none\r\n", "line 1: a control character");
  expect_policy_refused("log\nquorum none\n", "line 1: not of the form log");
  expect_policy_refused("log " + to_vkey(witness(1)) + "\nquorum none\n", "not an Ed25519 key");
  expect_policy_refused("log " + to_vkey(log_key) + "\nlog " + to_vkey(log_key) + "\nquorum none\n",
                        "line 2: the key of another log");
  expect_policy_refused(line("A", 1) + line("B", 1) + "quorum A\n",
                        "line 2: the key of another witness");
  expect_policy_refused(line("A", 1) + line("A", 2) + "quorum A\n",
                        "line 2: \"A\" is defined already");
  expect_policy_refused(line("none", 1) + "quorum none\n", "\"none\" cannot be a name");
  expect_policy_refused("witness A garbage\nquorum A\n", "line 1: vkey");
  expect_policy_refused(line("A", 1) + "group G 2 A\nquorum G\n",
                        "line 2: \"2\" is not all, any or 1 to 1");
  expect_policy_refused(line("A", 1) + "group G 0 A\nquorum G\n", "\"0\" is not");
  expect_policy_refused(line("A", 1) + "group G 01 A\nquorum G\n", "\"01\" is not");
  expect_policy_refused(line("A", 1) + "group G all\nquorum G\n", "not of the form group");
  expect_policy_refused(line("A", 1) + "group G all A A\nquorum G\n", "\"A\" is a member already");
  expect_policy_refused(line("A", 1) + "group G all A\ngroup H all A\nquorum G\n",
                        "line 3: \"A\" is a");
  expect_policy_refused("group G all G\nquorum G\n", "\"G\" is not defined above");
  expect_policy_refused(line("A", 1) + "group G all none\nquorum G\n",
                        "\"none\" is not defined above");
  expect_policy_refused("hello world\nquorum none\n", "line 1: \"hello\" is none of");
  expect_policy_refused(std::string(1'000'001, '\n'), "larger than 1 MB");
}

TEST(LogPolicyTest, takes_more_entries_than_the_least_that_is_recommended) {
  std::string text = "log " + to_vkey(log_key) + "\n";
  std::string group = "group all-of-them 60";
  for (std::uint8_t i = 1; i <= 64; ++i) {
    text += line("W" + std::to_string(i), i);
    group += " W" + std::to_string(i);
  }
  const auto policy = parse_policy(text + group + "\nquorum all-of-them\n");
  ASSERT_TRUE(policy) << policy.error().message;
  std::vector<std::uint8_t> by;
  for (std::uint8_t i = 1; i <= 59; ++i) by.push_back(i);
  EXPECT_FALSE(accept_checkpoint(note_by(by), *policy));
  by.push_back(64);
  EXPECT_TRUE(accept_checkpoint(note_by(by), *policy));
}

}  // namespace
}  // namespace gwageo
