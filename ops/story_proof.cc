#include "ops/story_proof.h"

#include <filesystem>
#include <system_error>
#include <vector>

#include "coordinator/durable_file.h"
#include "protocol/merkle_proof.h"

namespace gwageo {
namespace {

/// Hexadecimal digits of a root that tell the files of refused notes apart.
constexpr std::size_t digits_of_name = 16;
constexpr int proofs_max = 1000;

/// Where the text is, or may be written: what is there already may be the proof of another split.
Result<std::string> place_of_proof(const std::string& wanted, const std::string& text) {
  for (int number = 1; number <= proofs_max; ++number) {
    const std::string path = number == 1 ? wanted : wanted + "." + std::to_string(number);
    std::error_code error;
    if (!std::filesystem::exists(std::filesystem::symlink_status(path, error))) return path;
    const Result<std::string> there = read_file(path, text.size());
    if (there && *there == text) return path;
  }
  return fail(ErrorKind::io, wanted + ": there are " + std::to_string(proofs_max) +
                                 " proofs beside it; move them away");
}

}  // namespace

std::string refused_path(const std::string& held) { return held + ".refused-"; }

std::string name_of_head(const Checkpoint& head) {
  return std::to_string(head.size) + "-" + to_hex(head.root).substr(0, digits_of_name);
}

bool goes_on(const Checkpoint& from, const Checkpoint& to, const NodeAt& node_at) {
  if (from.size == 0) return from.root == sha256({});
  if (from.size > to.size) return false;
  const Result<std::vector<Digest>> path = prove_consistency(from.size, to.size, node_at);
  return path && check_consistency(from.size, to.size, from.root, to.root, *path).has_value();
}

std::string keep_split_proof(const std::string& held, const SplitProof& proof, const NoteKey& log) {
  const std::string text = to_text(proof);
  const Result<std::string> place = place_of_proof(held + ".fraud", text);
  if (!place) return place.error().message;
  const std::string& path = *place;
  const Status kept = replace_file(path, text);
  if (!kept) return kept.error().message;
  return path + " proves that the log tells two stories; check it with: gwageo audit check " +
         path + " --signer " + to_vkey(log);
}

std::string keep_refused(const std::string& held, const SignedHead& last, const SignedHead& refused,
                         const NoteKey& log, const NodeAt& node_at, const std::string& advice) {
  const bool is_smaller = refused.checkpoint.size < last.checkpoint.size;
  const Result<SplitProof> proof = is_smaller ? prove_split(refused.note, last.note, log, node_at)
                                              : prove_split(last.note, refused.note, log, node_at);
  if (proof) return keep_split_proof(held, *proof, log);
  if (is_smaller && goes_on(refused.checkpoint, last.checkpoint, node_at)) {
    return "what is held goes on from it, by the tiles there: the log went back, and tells no "
           "other story";
  }
  const std::string path = refused_path(held) + name_of_head(refused.checkpoint);
  const Status kept = replace_file(path, refused.note);
  if (!kept) return kept.error().message;
  return "it is kept in " + path + ", which is no proof yet that the log tells two stories (" +
         proof.error().message + "): " + advice;
}

}  // namespace gwageo
