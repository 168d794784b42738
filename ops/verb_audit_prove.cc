// gwageo audit prove | check: the proof of one item, made from the record, checked from itself.
#include <cstdlib>

#include "coordinator/durable_file.h"
#include "coordinator/fact_codec.h"
#include "coordinator/item_proof.h"
#include "coordinator/keys.h"
#include "coordinator/plan_store.h"
#include "ops/evidence.h"
#include "ops/output.h"
#include "ops/verbs.h"
#include "ops/verification.h"
#include "protocol/merkle_proof.h"
#include "protocol/transparency/log_policy.h"

namespace gwageo {
namespace {

/// An item of a job, by its plan index.
struct ItemPlace {
  JobId job;
  std::uint64_t index = 0;
};

Result<ItemPlace> parse_place(const std::string& text) {
  const std::size_t slash = text.find('/');
  const auto is_number = [](const std::string& part) {
    return !part.empty() && part.size() < 19 && part.find_first_not_of("0123456789") == part.npos;
  };
  const std::string job = text.substr(0, slash);
  const std::string item = slash == text.npos ? "" : text.substr(slash + 1);
  if (!is_number(job) || !is_number(item)) {
    return fail(
        ErrorKind::bad_input,
        "\"" + text + "\" is not JOB/ITEM: a job's id and an item's index in its plan, as 7/0");
  }
  return ItemPlace{{std::strtoull(job.c_str(), nullptr, 10)},
                   std::strtoull(item.c_str(), nullptr, 10)};
}

/// Where the item was really answered: a job may have found it known at another one.
Result<ItemPlace> source_of(const State& state, ItemPlace place) {
  for (std::size_t hops = 0; hops <= state.jobs().size(); ++hops) {
    const Job* const job = state.job(place.job);
    if (job == nullptr) {
      return fail(ErrorKind::not_found, "there is no job " + std::to_string(place.job.value));
    }
    if (place.index >= job->accepted.items) {
      return fail(ErrorKind::not_found, "job " + std::to_string(place.job.value) +
                                            " has items 0 to " +
                                            std::to_string(job->accepted.items - 1) + " only");
    }
    if (job->executed.contains(place.index)) return place;
    const Adoption* adopted = nullptr;
    for (const Adoption& one : job->adoptions) {
      if (one.begin <= place.index && place.index < one.end) adopted = &one;
    }
    if (adopted == nullptr) break;
    place = {adopted->source, adopted->source_begin + (place.index - adopted->begin)};
  }
  return fail(ErrorKind::not_found, "item " + std::to_string(place.index) + " of job " +
                                        std::to_string(place.job.value) +
                                        " has no result that could be proved");
}

/// The record that has the item's result, and the leaves of the log.
struct FoundRecord {
  std::uint64_t sequence = 0;
  std::string bytes;
  ResultsRecorded fact;
  std::vector<Digest> leaves;
};

Result<FoundRecord> find_record(const Store& store, const ItemPlace& place, std::uint64_t size) {
  FoundRecord found;
  Status failed;
  const keys::KeyRange all = keys::journal_from(0);
  GWAGEO_TRY(store.scan(all.first, all.second, [&](std::string_view, std::string_view bytes) {
    if (found.leaves.size() == size) return false;
    const Result<Record> record = decode_record(bytes);
    if (!record) {
      failed = tl::unexpected(record.error());
      return false;
    }
    const auto* const f = std::get_if<ResultsRecorded>(&record->fact);
    if (f != nullptr && f->job == place.job && rank_in(f->ranges, place.index)) {
      found.sequence = record->sequence;
      found.bytes = bytes;
      found.fact = *f;
    }
    found.leaves.push_back(merkle_leaf(bytes));
    return true;
  }));
  GWAGEO_TRY(failed);
  if (found.leaves.size() == size && !found.bytes.empty()) return found;
  return fail(ErrorKind::unavailable, "the item's result is not in what was signed over " +
                                          std::to_string(size) + " records yet; try again");
}

/// The lower half: the leaves of all items of the record, from the block of their responses.
Status prove_in_record(const Store& store, const Digest& manifest, const FoundRecord& found,
                       ItemProof& proof) {
  const std::string key =
      keys::result_block(found.fact.job, found.fact.ranges.front().begin, found.fact.lease);
  GWAGEO_ASSIGN(bytes, store.read(key));
  if (!bytes) {
    return fail(ErrorKind::not_found, "the results of record " + std::to_string(found.sequence) +
                                          " are not at hand here");
  }
  GWAGEO_ASSIGN(block, decode_result_block(*bytes));
  PlanReader plans(store);
  std::vector<Digest> leaves;
  std::optional<std::uint64_t> rank;
  for (const ItemResult& item : block.items) {
    GWAGEO_ASSIGN(plan, plans.block_of(manifest, item.index));
    GWAGEO_ASSIGN(entry, plan->view(item.index % entries_of_block));
    std::vector<RequestResult> results;
    for (const std::string& response : item.responses) {
      GWAGEO_ASSIGN(outcome, outcome_of(response));
      results.push_back({outcome, sha256(response)});
    }
    if (item.index == proof.index) {
      rank = leaves.size();
      proof.item = entry.item_digest;
      proof.repeat = entry.repeat;
      proof.results = results;
    }
    leaves.push_back(results_leaf(item.index, entry.item_digest, entry.repeat, results));
  }
  if (!rank || merkle_root(leaves) != found.fact.records_root) {
    return fail(ErrorKind::corrupt, "the stored results of record " +
                                        std::to_string(found.sequence) +
                                        " are not those that it vouches for");
  }
  GWAGEO_ASSIGN(path, prove_inclusion(*rank, leaves.size(), nodes_over(leaves)));
  proof.path = std::move(path);
  return {};
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
    GWAGEO_ASSIGN(text, read_file(*path, policy_bytes_max));
    GWAGEO_ASSIGN(policy, parse_policy(text));
    if (const auto signer = arguments.text("signer"); signer && policy.logs.empty()) {
      GWAGEO_ASSIGN(log, parse_vkey(*signer));
      policy.logs.push_back(log);
    }
    return accept_checkpoint(note, policy);
  }
  const auto signer = arguments.text("signer");
  if (!signer) {
    return fail(ErrorKind::bad_input,
                "say whose log it has to be with --signer VKEY or --policy FILE");
  }
  GWAGEO_ASSIGN(log, parse_vkey(*signer));
  GWAGEO_ASSIGN(checkpoint, open_checkpoint(note, log));
  return AcceptedCheckpoint{std::move(checkpoint), log, {}};
}

}  // namespace

Result<int> verb_audit_prove(const Invocation& arguments) {
  GWAGEO_ASSIGN(asked, parse_place(arguments.text_or("JOB/ITEM", "")));
  GWAGEO_ASSIGN(evidence, open_evidence(arguments, arguments.text("WHERE")));
  GWAGEO_ASSIGN(note, newest_note(evidence));
  GWAGEO_ASSIGN(checkpoint, evidence.verifier ? open_checkpoint(note, *evidence.verifier)
                                              : read_unchecked_checkpoint(note));
  GWAGEO_ASSIGN(state, replay(*evidence.store, checkpoint.size));
  GWAGEO_ASSIGN(place, source_of(state, asked));
  GWAGEO_ASSIGN(found, find_record(*evidence.store, place, checkpoint.size));
  const JobAccepted& accepted = state.job(place.job)->accepted;
  ItemProof proof;
  proof.index = place.index;
  proof.record = found.bytes;
  proof.log.index = found.sequence;
  proof.log.checkpoint = note;
  GWAGEO_TRY(prove_in_record(*evidence.store, state.plan_of(accepted).manifest, found, proof));
  GWAGEO_ASSIGN(path, prove_inclusion(found.sequence, checkpoint.size, nodes_over(found.leaves)));
  proof.log.path = std::move(path);
  GWAGEO_TRY(check_item_proof(proof, checkpoint.size, checkpoint.root));
  const std::string text = to_text(proof);
  const std::string file = arguments.text_or("out", "");
  if (!file.empty()) GWAGEO_TRY(replace_file(file, text));
  if (arguments.json()) {
    Json document;
    document["job"] = std::to_string(place.job.value);
    document["index"] = place.index;
    document["record"] = found.sequence;
    document["size"] = checkpoint.size;
    document["proof"] = text;
    print(document);
  } else {
    say(file.empty()
            ? text
            : "item " + std::to_string(place.index) + " of job " + std::to_string(place.job.value) +
                  ", in record " + std::to_string(found.sequence) + ": " + file + "\n");
  }
  return exit_code::done;
}

Result<int> verb_audit_check(const Invocation& arguments) {
  GWAGEO_ASSIGN(text, read_file(arguments.text_or("PROOF", ""), log_proof_bytes_max));
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
