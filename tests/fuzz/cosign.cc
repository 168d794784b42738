// What a witness is asked, what it remembers, and what it answers: by whoever reaches it.
#include "protocol/check.h"
#include "protocol/transparency/split_proof.h"
#include "protocol/transparency/witness.h"
#include "tests/fuzz/log_samples.h"
#include "tests/fuzz/targets.h"

namespace gwageo::fuzz {
namespace {

/// The log's first story goes on from what was cosigned; its second does not.
void check_request(const CosignRequest& request, const std::optional<Checkpoint>& last) {
  const Result<std::string> cosigned = witness(last, request, log_key(), witness_key(), 1);
  if (!cosigned) return;
  const Result<Checkpoint> head = open_witnessed(*cosigned, log_key(), witness_key().verifier());
  GWAGEO_CHECK(head.has_value());
  if (last) GWAGEO_CHECK(*head == log_head(3) || *head == log_head(5));
  if (last) GWAGEO_CHECK(!is_split(*last, *head));
}

void run_cosign(std::string_view input) {
  const Result<CosignRequest> request = parse_cosign_request(input);
  if (request) {
    GWAGEO_CHECK(parse_cosign_request(to_text(*request)).value() == *request);
    check_request(*request, std::nullopt);
    check_request(*request, log_head(3));
  }
  const Result<std::vector<NoteSignature>> lines = parse_signature_lines(input);
  if (lines) {
    std::string text;
    for (const NoteSignature& one : *lines) text += to_line(one);
    GWAGEO_CHECK(parse_signature_lines(text).value() == *lines);
  }
  // What a witness says that the log has done: only two heads of two stories convict it.
  const Result<SplitProof> split = parse_split_proof(input);
  if (split) {
    GWAGEO_CHECK(parse_split_proof(to_text(*split)).value() == *split);
    const Result<ProvenSplit> proven = check_split_proof(*split, log_key());
    if (proven) GWAGEO_CHECK(proven->first.root != proven->second.root);
  }
  // A state file, or what a coordinator is handed by a witness.
  const Result<Checkpoint> held = open_witnessed(input, log_key(), witness_key().verifier());
  if (held) GWAGEO_CHECK(*held == log_head(3));
  const Result<Note> note = parse_note(input);
  if (!note) return;
  GWAGEO_CHECK(parse_note(to_text(*note)).value() == *note);
  (void)cosigned_at(*note, witness_key().verifier());
}

std::vector<std::string> cosign_seeds() {
  const auto request_of = [](bool another) {
    return CosignRequest{3, *prove_consistency(3, 5, nodes_over(log_leaves(5, another))),
                         sign_checkpoint(log_head(5, another), log_secret())};
  };
  Note kept = *parse_note(sign_checkpoint(log_head(3), log_secret()));
  kept.signatures.push_back(cosign(kept.text, witness_key().name, witness_key().key, 7));
  const SplitProof split =
      prove_split(to_text(kept), sign_checkpoint(log_head(5, true), log_secret()), log_key(),
                  nodes_over(log_leaves(5, true)))
          .value();
  return {to_text(request_of(false)),
          to_text(request_of(true)),
          to_text(CosignRequest{0, {}, sign_checkpoint(log_head(3), log_secret())}),
          to_text(kept),
          to_line(kept.signatures[1]),
          to_text(split)};
}

}  // namespace

const Target cosign_target = {"cosign", run_cosign, cosign_seeds};

}  // namespace gwageo::fuzz
