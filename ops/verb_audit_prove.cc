// gwageo audit prove: the proof of one item, made from the record.
#include <cstdlib>

#include "coordinator/durable_file.h"
#include "coordinator/item_proof.h"
#include "coordinator/keys.h"
#include "coordinator/recorded_item.h"
#include "ops/evidence.h"
#include "ops/output.h"
#include "ops/remote_store.h"
#include "ops/verbs.h"
#include "ops/verification.h"
#include "protocol/check.h"
#include "protocol/merkle_proof.h"
#include "protocol/transparency/tile.h"

namespace gwageo {
namespace {

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

/// A proof, and the checkpoint that it goes up to.
struct ProofUnderRoot {
  ItemProof proof;
  Checkpoint checkpoint;
};

Result<Checkpoint> read_checkpoint(const Evidence& evidence, const std::string& note) {
  return evidence.verifier ? open_checkpoint(note, *evidence.verifier)
                           : read_unchecked_checkpoint(note);
}

tl::unexpected<Error> not_signed_yet(std::uint64_t record, std::uint64_t size) {
  return fail(ErrorKind::unavailable, "the item's result is in record " + std::to_string(record) +
                                          ", and what was signed covers " + std::to_string(size) +
                                          " yet; try again");
}

/// From what lies still: the journal is read from its beginning.
Result<ProofUnderRoot> prove_offline(const Evidence& evidence, const ItemPlace& asked) {
  GWAGEO_ASSIGN(note, newest_note(evidence));
  GWAGEO_ASSIGN(checkpoint, read_checkpoint(evidence, note));
  const Store& store = *evidence.store;
  GWAGEO_ASSIGN(state, replay(store, checkpoint.size));
  GWAGEO_ASSIGN(place, place_of_answer(state, asked));
  const SuiteAdded& plan = state.plan_of(state.job(place.job)->accepted);
  GWAGEO_ASSIGN(proof, prove_in_record(store, {plan.manifest, plan.plan_root}, place));
  const std::uint64_t record = proof.log.index;
  if (record >= checkpoint.size) return not_signed_yet(record, checkpoint.size);
  std::vector<Digest> leaves;
  const keys::KeyRange all = keys::journal_from(0);
  GWAGEO_TRY(store.scan(all.first, all.second, [&](std::string_view, std::string_view bytes) {
    leaves.push_back(merkle_leaf(bytes));
    return leaves.size() < checkpoint.size;
  }));
  GWAGEO_CHECK(leaves.size() == checkpoint.size);  // `replay` read so many.
  GWAGEO_ASSIGN(path, prove_inclusion(record, checkpoint.size, nodes_over(leaves)));
  proof.log.path = std::move(path);
  proof.log.checkpoint = note;
  return ProofUnderRoot{std::move(proof), std::move(checkpoint)};
}

/// From a running coordinator, which makes the lower half; the upper half is of the tiles that it
/// publishes. A team may have both, and it is checked like any other proof.
Result<ProofUnderRoot> prove_online(const Evidence& evidence, const ItemPlace& asked) {
  Client& client = *evidence.client;
  Json body;
  body["job"] = std::to_string(asked.job.value);
  body["item"] = asked.index;
  GWAGEO_ASSIGN(answer, client.call("audit.prove", std::move(body)));
  GWAGEO_ASSIGN(proof, parse_lower_half(member(answer.body, "proof")));
  const auto record = static_cast<std::uint64_t>(number(answer.body, "record"));
  GWAGEO_ASSIGN(note, newest_note(evidence));
  GWAGEO_ASSIGN(checkpoint, read_checkpoint(evidence, note));
  if (record >= checkpoint.size) return not_signed_yet(record, checkpoint.size);
  const NodeAt nodes = nodes_from_tiles(
      checkpoint.size, [&client](const TileName& tile) { return published_tile(client, tile); });
  GWAGEO_ASSIGN(path, prove_inclusion(record, checkpoint.size, nodes));
  proof.log.index = record;
  proof.log.path = std::move(path);
  proof.log.checkpoint = note;
  return ProofUnderRoot{std::move(proof), std::move(checkpoint)};
}

}  // namespace

Result<int> verb_audit_prove(const Invocation& arguments) {
  GWAGEO_ASSIGN(asked, parse_place(arguments.text_or("JOB/ITEM", "")));
  GWAGEO_ASSIGN(evidence, open_evidence(arguments, arguments.text("WHERE")));
  GWAGEO_ASSIGN(found, evidence.client != nullptr ? prove_online(evidence, asked)
                                                  : prove_offline(evidence, asked));
  const ItemProof& proof = found.proof;
  GWAGEO_ASSIGN(proven, check_item_proof(proof, found.checkpoint.size, found.checkpoint.root));
  // Where the item was found known at another job, its index is that job's.
  if (proven.job == asked.job && proof.index != asked.index) {
    return fail(ErrorKind::corrupt, "the coordinator proved item " + std::to_string(proof.index) +
                                        " of the job, which is not the one that was asked for");
  }
  const std::string text = to_text(proof);
  const std::string file = arguments.text_or("out", "");
  if (!file.empty()) GWAGEO_TRY(replace_file(file, text));
  if (arguments.json()) {
    Json document;
    document["job"] = std::to_string(proven.job.value);
    document["index"] = proof.index;
    document["record"] = proven.record;
    document["size"] = found.checkpoint.size;
    document["proof"] = text;
    print(document);
  } else {
    say(file.empty() ? text
                     : "item " + std::to_string(proof.index) + " of job " +
                           std::to_string(proven.job.value) + ", in record " +
                           std::to_string(proven.record) + ": " + file + "\n");
  }
  return exit_code::done;
}

}  // namespace gwageo
