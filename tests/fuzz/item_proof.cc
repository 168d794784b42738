// A proof of one item that somebody kept (a tlog-proof), as `audit check` is given it.
#include "coordinator/item_proof.h"

#include <initializer_list>

#include "coordinator/fact_codec.h"
#include "protocol/check.h"
#include "tests/fuzz/log_samples.h"
#include "tests/fuzz/targets.h"

namespace gwageo::fuzz {
namespace {

constexpr std::uint64_t proven_item = 9;

std::vector<RequestResult> results() {
  return {{Outcome::answered, sha256("answer")}, {Outcome::truncated, sha256("more")}};
}

/// The one proof that holds: of an item in the last record of a small log.
const ItemProof& good() {
  static const ItemProof made = [] {
    std::vector<Digest> items;
    for (const std::uint64_t i : std::initializer_list<std::uint64_t>{4, 5, 6, 9, 10}) {
      items.push_back(results_leaf(i, sha256("item"), 0, results()));
    }
    ResultsRecorded recorded{{3}, {1}, {{4, 7}, {9, 11}}, merkle_root(items), {}};
    recorded.outcomes[0] = 5;
    const std::vector<Digest> before = log_leaves(4);
    ItemProof proof;
    proof.index = proven_item;
    proof.item = sha256("item");
    proof.results = results();
    proof.path = *prove_inclusion(3, 5, nodes_over(items));
    proof.record = encode_record(4, Instant{1}, WallTime{1}, before.back(), recorded);
    std::vector<Digest> leaves = before;
    leaves.push_back(merkle_leaf(proof.record));
    proof.log.index = 4;
    proof.log.path = *prove_inclusion(4, 5, nodes_over(leaves));
    proof.log.checkpoint = sign_checkpoint({log_key().name, 5, merkle_root(leaves)}, log_secret());
    return proof;
  }();
  return made;
}

void run_item_proof(std::string_view input) {
  const Result<LogProof> outer = parse_log_proof(input);
  if (outer) GWAGEO_CHECK(parse_log_proof(to_text(*outer)).value() == *outer);
  const Result<ItemProof> proof = parse_item_proof(input);
  if (!proof) return;
  GWAGEO_CHECK(outer.has_value());
  GWAGEO_CHECK(to_text(*proof) == input);
  const Result<Checkpoint> head = open_checkpoint(proof->log.checkpoint, log_key());
  if (!head) {
    const Result<Checkpoint> unchecked = read_unchecked_checkpoint(proof->log.checkpoint);
    if (unchecked) (void)check_item_proof(*proof, unchecked->size, unchecked->root);
    return;
  }
  // Nobody proves of another item, or another result of it, that it is in what was signed.
  if (!check_item_proof(*proof, head->size, head->root)) return;
  GWAGEO_CHECK(proof->record == good().record);
  const auto leaf = [](const ItemProof& one) {
    return results_leaf(one.index, one.item, one.repeat, one.results);
  };
  if (proof->index == good().index) GWAGEO_CHECK(leaf(*proof) == leaf(good()));
}

std::vector<std::string> item_proof_seeds() {
  LogProof plain = good().log;
  plain.extra.reset();
  return {to_text(good()), to_text(plain)};
}

}  // namespace

const Target item_proof_target = {"item_proof", run_item_proof, item_proof_seeds};

}  // namespace gwageo::fuzz
