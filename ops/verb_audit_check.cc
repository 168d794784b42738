// gwageo audit check: a proof that somebody kept, of an item, that a log told two stories or by
// which root an audit's sample has to be drawn, checked from itself and the log's key.
#include <utility>
#include <vector>

#include "benchmarks/audit_sample.h"
#include "coordinator/durable_file.h"
#include "coordinator/item_proof.h"
#include "ops/audit_text.h"
#include "ops/kept_number.h"
#include "ops/output.h"
#include "ops/verbs.h"
#include "protocol/transparency/log_policy.h"
#include "protocol/transparency/split_proof.h"

namespace gwageo {
namespace {

tl::unexpected<Error> whose_is_wanted() {
  return fail(ErrorKind::bad_input,
              "say whose log it has to be with --signer VKEY or --policy FILE");
}

/// The policy of --policy, with the log of --signer where it names none.
Result<LogPolicy> given_policy(const Invocation& arguments, const std::string& path) {
  GWAGEO_ASSIGN(text, read_file(path, policy_bytes_max));
  GWAGEO_ASSIGN(policy, parse_policy(text));
  if (const auto signer = arguments.text("signer"); signer && policy.logs.empty()) {
    GWAGEO_ASSIGN(log, parse_vkey(*signer));
    policy.logs.push_back(log);
  }
  return policy;
}

Json proof_json(const ItemProof& proof, const ProvenItem& proven, const Checkpoint& checkpoint) {
  Json json;
  json["ok"] = true;
  json["job"] = std::to_string(proven.job.value);
  json["index"] = proof.index;
  json["item"] = to_hex(proof.item);
  json["repeat"] = proof.repeat;
  json["requests"] = Json::array();
  for (const RequestResult& result : proof.results) {
    Json one;
    one["outcome"] = std::string(to_string(result.outcome));
    one["response"] = to_hex(result.response);
    json["requests"].push_back(std::move(one));
  }
  json["record"] = proven.record;
  json["size"] = checkpoint.size;
  json["root"] = to_hex(checkpoint.root);
  return json;
}

/// The checkpoint of a proof, by --policy or by --signer. Nothing in a proof says whose to believe.
Result<AcceptedCheckpoint> believed(const Invocation& arguments, const std::string& note) {
  if (const auto path = arguments.text("policy")) {
    GWAGEO_ASSIGN(policy, given_policy(arguments, *path));
    GWAGEO_ASSIGN(opened, open_by_policy(note, policy));
    // The proof is read and understood, and it does not prove what was asked for.
    const std::string missing = missing_quorum(opened, policy);
    if (!missing.empty()) return fail(ErrorKind::corrupt, missing);
    return opened;
  }
  const auto signer = arguments.text("signer");
  if (!signer) return whose_is_wanted();
  GWAGEO_ASSIGN(log, parse_vkey(*signer));
  GWAGEO_ASSIGN(checkpoint, open_checkpoint(note, log));
  return AcceptedCheckpoint{std::move(checkpoint), log, {}};
}

/// Whose story it has to be: of several logs any.
Result<std::vector<NoteKey>> accused(const Invocation& arguments) {
  std::vector<NoteKey> logs;
  if (const auto path = arguments.text("policy")) {
    GWAGEO_ASSIGN(policy, given_policy(arguments, *path));
    logs = std::move(policy.logs);
  } else if (const auto signer = arguments.text("signer")) {
    GWAGEO_ASSIGN(log, parse_vkey(*signer));
    logs.push_back(log);
  }
  if (logs.empty()) return whose_is_wanted();
  return logs;
}

Json checkpoint_json(const Checkpoint& checkpoint) {
  Json json;
  json["size"] = checkpoint.size;
  json["root"] = to_hex(checkpoint.root);
  return json;
}

Result<int> check_split(const Invocation& arguments, const std::string& text) {
  GWAGEO_ASSIGN(logs, accused(arguments));
  GWAGEO_ASSIGN(proof, parse_split_proof(text));
  Result<ProvenSplit> proven = check_split_proof(proof, logs.front());
  for (const NoteKey& log : logs) {
    if (!proven) proven = check_split_proof(proof, log);
  }
  GWAGEO_TRY(proven);
  const Checkpoint& first = proven->first;
  const Checkpoint& second = proven->second;
  if (arguments.json()) {
    Json document;
    document["ok"] = true;
    document["log"] = first.origin;
    document["first"] = checkpoint_json(first);
    document["second"] = checkpoint_json(second);
    document["root"] = proof.root ? Json(to_hex(*proof.root)) : Json(nullptr);
    print(document);
    return exit_code::done;
  }
  const std::string over = " over " + std::to_string(first.size) + " records";
  std::string said =
      "proven: " + first.origin + " told two stories\nit signed root " + to_hex(first.root) + over;
  if (proof.root) {
    said += "\nit signed root " + to_hex(second.root) + " over " + std::to_string(second.size) +
            " records, whose root" + over + " is " + to_hex(*proof.root) + "\n";
  } else {
    said += "\nit signed root " + to_hex(second.root) + over + "\n";
  }
  say(said);
  return exit_code::done;
}

/// What a kept number leaves open, whoever signed it.
std::vector<std::string> not_proven(const KeptNumber& kept) {
  const std::string audit = std::to_string(kept.audit);
  std::vector<std::string> texts = {
      "by which root and number the sample was drawn: the journal's `audit-drawn` of audit " +
          audit + " has to have these",
      "that the log tells no other story today: gwageo audit verify WHERE --from FILE, with this "
      "file, is not good where it does",
      "anything of the answers"};
  return texts;
}

Json kept_json(const KeptNumber& kept, const std::string& log) {
  Json json;
  json["ok"] = true;
  json["log"] = log;
  json["audit"] = kept.audit;
  json["job"] = kept.job;
  json["sample"] = kept.sample;
  json["commitment"] = to_hex(audit_commitment(kept.nonce));
  json["nonce"] = to_hex(kept.nonce);
  json["seed"] = to_hex(audit_seed(kept.fixed->root, kept.nonce));
  json["is_commitment_proven"] = true;  // What holds no record of it is refused.
  json["seed_root"] = to_json(*kept.fixed);
  Json open = Json::array();
  for (const std::string& text : not_proven(kept)) open.push_back(text);
  json["not_proven"] = std::move(open);
  return json;
}

std::string kept_text(const KeptNumber& kept, const std::string& log) {
  const FixedRoot& fixed = *kept.fixed;
  const std::string size = std::to_string(fixed.size);
  std::string text = "good: " + log + " signed a checkpoint over " +
                     std::to_string(fixed.head.size) + " records whose first " + size +
                     " have root " + to_hex(fixed.root) + "\n" + signers_text(to_json(fixed)) +
                     "\n";
  text += "record " + std::to_string(fixed.size - 1) + " of them commits to audit " +
          std::to_string(kept.audit) + " of job " + kept.job + ", sample " +
          std::to_string(kept.sample) + ", by the number in here\n";
  text += "so its sample has to be drawn by the seed " +
          to_hex(audit_seed(fixed.root, kept.nonce)) + "; whoever shows another root over these " +
          size +
          " records that this log signed has proof that it STEERED the sample\nnot proven by it:\n";
  for (const std::string& open : not_proven(kept)) text += "- " + open + "\n";
  return text;
}

Result<int> check_kept(const Invocation& arguments, const std::string& path) {
  GWAGEO_ASSIGN(kept, read_kept_number(path));
  if (!kept.fixed) {
    return fail(ErrorKind::corrupt,
                path +
                    ": holds a number and no root yet, so it proves nothing; whoever began the "
                    "audit goes on with gwageo audit replay " +
                    kept.job + " --keep " + path);
  }
  GWAGEO_ASSIGN(accepted, believed(arguments, kept.fixed->note));
  RootRule rule{accepted.log, std::nullopt};
  if (const auto policy = arguments.text("policy")) {
    GWAGEO_ASSIGN(given, given_policy(arguments, *policy));
    rule.policy = std::move(given);
  }
  if (const Status holds = check_fixed_root(*kept.fixed, rule); !holds) {
    return fail(path, holds.error());
  }
  if (kept.fixed->record.empty()) {
    return fail(ErrorKind::corrupt,
                path +
                    ": keeps no record of the audit's commitment, as an older version wrote it: "
                    "the log signed its root, and nothing in it says that the root is of an audit. "
                    "Compare it with the journal: gwageo audit replay --audit N --keep " +
                    path);
  }
  const std::string log = accepted.checkpoint.origin;
  if (arguments.json()) {
    print(kept_json(kept, log));
  } else {
    say(kept_text(kept, log));
  }
  return exit_code::done;
}

}  // namespace

Result<int> verb_audit_check(const Invocation& arguments) {
  GWAGEO_ASSIGN(text, read_file(arguments.text_or("PROOF", ""), log_proof_bytes_max));
  if (is_split_proof(text)) return check_split(arguments, text);
  if (is_kept_number(text)) return check_kept(arguments, arguments.text_or("PROOF", ""));
  GWAGEO_ASSIGN(proof, parse_item_proof(text));
  GWAGEO_ASSIGN(accepted, believed(arguments, proof.log.checkpoint));
  const Checkpoint& checkpoint = accepted.checkpoint;
  GWAGEO_ASSIGN(proven, check_item_proof(proof, checkpoint.size, checkpoint.root));
  if (arguments.json()) {
    print(proof_json(proof, proven, checkpoint));
    return exit_code::done;
  }
  std::string said = "good: item " + std::to_string(proof.index) + " of job " +
                     std::to_string(proven.job.value) + " is in record " +
                     std::to_string(proven.record) + " of the " + std::to_string(checkpoint.size) +
                     " that " + accepted.log.name + " signed";
  for (const std::string& name : accepted.witnesses) said += ", cosigned by " + name;
  said += "\nitem digest " + to_hex(proof.item) + "\n";
  for (const RequestResult& result : proof.results) {
    said += std::string(to_string(result.outcome)) + " " + to_hex(result.response) + "\n";
  }
  say(said);
  return exit_code::done;
}

}  // namespace gwageo
