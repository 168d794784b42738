// A policy of an auditor, and a note that it may accept.
#include "protocol/check.h"
#include "protocol/transparency/cosignature.h"
#include "protocol/transparency/log_policy.h"
#include "tests/fuzz/log_samples.h"
#include "tests/fuzz/targets.h"

namespace gwageo::fuzz {
namespace {

void check_members(const LogPolicy& policy) {
  GWAGEO_CHECK(policy.quorum.size() <= 1);
  for (const std::size_t wanted : policy.quorum) GWAGEO_CHECK(wanted < policy.members.size());
  for (std::size_t i = 0; i < policy.members.size(); ++i) {
    const PolicyMember& member = policy.members[i];
    GWAGEO_CHECK(member.least <= member.members.size());
    for (const std::size_t earlier : member.members) GWAGEO_CHECK(earlier < i);
  }
}

void run_policy(std::string_view input) {
  const std::vector<std::string_view> parts = parts_of(input, 2);
  const Result<LogPolicy> policy = parse_policy(parts[0]);
  if (policy) check_members(*policy);
  LogPolicy of_ours = policy ? *policy : LogPolicy{};
  // Whatever the policy is otherwise: it wants our witness, and cannot get another's word for his.
  of_ours.logs = {log_key()};
  of_ours.members.insert(of_ours.members.begin(), {"ours", witness_key().verifier(), {}, 0});
  for (PolicyMember& member : of_ours.members) {
    for (std::size_t& earlier : member.members) ++earlier;
  }
  of_ours.quorum = {0};
  const Result<AcceptedCheckpoint> accepted = accept_checkpoint(parts[1], of_ours);
  if (accepted) GWAGEO_CHECK(accepted->checkpoint == log_head(5));
}

std::vector<std::string> policy_seeds() {
  Note note = *parse_note(sign_checkpoint(log_head(5), log_secret()));
  note.signatures.push_back(cosign(note.text, witness_key().name, witness_key().key, 1));
  const std::string vkey = to_vkey(witness_key().verifier());
  return {"log " + to_vkey(log_key()) + "\nwitness A " + vkey + " https://w.example/a\n" +
              "group G any A\ngroup H 1 A\nquorum G\n\n====\n" + to_text(note),
          "# nobody\nlog " + to_vkey(log_key()) + "\nquorum none\n\n====\n" +
              sign_checkpoint(log_head(3), log_secret())};
}

}  // namespace

const Target policy_target = {"policy", run_policy, policy_seeds};

}  // namespace gwageo::fuzz
