// gwageo audit check: a proof that somebody kept, of an item or that a log told two stories,
// checked from itself and the log's key.
#include <utility>
#include <vector>

#include "coordinator/durable_file.h"
#include "coordinator/item_proof.h"
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

Json to_json(const ItemProof& proof, const ProvenItem& proven, const Checkpoint& checkpoint) {
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

Json to_json(const Checkpoint& checkpoint) {
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
    document["first"] = to_json(first);
    document["second"] = to_json(second);
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

}  // namespace

Result<int> verb_audit_check(const Invocation& arguments) {
  GWAGEO_ASSIGN(text, read_file(arguments.text_or("PROOF", ""), log_proof_bytes_max));
  if (is_split_proof(text)) return check_split(arguments, text);
  GWAGEO_ASSIGN(proof, parse_item_proof(text));
  GWAGEO_ASSIGN(accepted, believed(arguments, proof.log.checkpoint));
  const Checkpoint& checkpoint = accepted.checkpoint;
  GWAGEO_ASSIGN(proven, check_item_proof(proof, checkpoint.size, checkpoint.root));
  if (arguments.json()) {
    print(to_json(proof, proven, checkpoint));
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
