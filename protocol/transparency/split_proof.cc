#include "protocol/transparency/split_proof.h"

#include <utility>

#include "protocol/transparency/lines.h"
#include "protocol/transparency/witness.h"

namespace gwageo {
namespace {

constexpr std::string_view mark = "gwageo/split-proof/v1";
constexpr std::string_view root_word = "root ";

tl::unexpected<Error> malformed_proof(const std::string& why) {
  return fail(ErrorKind::bad_input, "split proof: " + why);
}

tl::unexpected<Error> no_proof(const std::string& why) {
  return fail(ErrorKind::corrupt, "this proves no split of the log: " + why);
}

/// A checkpoint's note up to the empty line that follows its signatures; its text has none.
std::optional<std::string_view> take_note(std::string_view& text) {
  const std::size_t signatures = text.find("\n\n");
  if (signatures == text.npos) return std::nullopt;
  const std::size_t end = text.find("\n\n", signatures + 2);
  if (end == text.npos) return std::nullopt;
  const std::string_view note = text.substr(0, end + 1);
  text.remove_prefix(end + 2);
  return note;
}

/// `root` and hashes, up to the empty line.
Status take_proof(std::string_view& text, SplitProof& proof) {
  for (;;) {
    const auto line = take_line(text);
    if (!line) return malformed_proof("no empty line before the first checkpoint");
    if (line->empty()) return {};
    const bool is_root = !proof.root && line->starts_with(root_word);
    const auto hash = parse_hash(is_root ? line->substr(root_word.size()) : *line);
    if (!hash || (!is_root && !proof.root))
      return malformed_proof("a line before the notes is no hash");
    if (is_root) {
      proof.root = *hash;
    } else if (proof.path.size() == proof_hashes_max) {
      return malformed_proof("a hash too many");
    } else {
      proof.path.push_back(*hash);
    }
  }
}

Result<Checkpoint> signed_by(const NoteKey& log, const std::string& note, const char* which) {
  const Result<Checkpoint> checkpoint = open_checkpoint(note, log);
  if (checkpoint) return checkpoint;
  return no_proof(std::string("the ") + which + " checkpoint: " + checkpoint.error().message);
}

}  // namespace

bool is_split_proof(std::string_view text) { return text.starts_with(std::string(mark) + "\n"); }

std::string to_text(const SplitProof& proof) {
  std::string text(mark);
  text += '\n';
  if (proof.root) text += std::string(root_word) + to_base64(proof.root->view()) + '\n';
  for (const Digest& hash : proof.path) text += to_base64(hash.view()) + '\n';
  return text + '\n' + proof.first + '\n' + proof.second;
}

Result<SplitProof> parse_split_proof(std::string_view text) {
  if (text.size() > split_proof_bytes_max) return malformed_proof("larger than 2 MB");
  if (take_line(text) != mark) return malformed_proof("line 1 is not " + std::string(mark));
  SplitProof proof;
  GWAGEO_TRY(take_proof(text, proof));
  const auto first = take_note(text);
  if (!first) return malformed_proof("no empty line after the first checkpoint");
  proof.first = *first;
  proof.second = text;
  for (const auto& [which, note] :
       {std::pair{"first", proof.first}, std::pair{"second", proof.second}}) {
    const Result<Checkpoint> checkpoint = read_unchecked_checkpoint(note);
    if (!checkpoint) {
      return malformed_proof(std::string("the ") + which + " note: " + checkpoint.error().message);
    }
  }
  return proof;
}

Result<SplitProof> prove_split(const std::string& first, const std::string& second,
                               const NoteKey& log, const NodeAt& node_at) {
  GWAGEO_ASSIGN(before, signed_by(log, first, "first"));
  GWAGEO_ASSIGN(after, signed_by(log, second, "second"));
  SplitProof proof{{}, {}, first, second};
  if (0 < before.size && before.size < after.size) {
    GWAGEO_ASSIGN(root, root_from_nodes(before.size, node_at));
    GWAGEO_ASSIGN(path, prove_consistency(before.size, after.size, node_at));
    proof.root = root;
    proof.path = std::move(path);
  }
  GWAGEO_TRY(check_split_proof(proof, log));
  return proof;
}

Result<ProvenSplit> check_split_proof(const SplitProof& proof, const NoteKey& log) {
  GWAGEO_ASSIGN(first, signed_by(log, proof.first, "first"));
  GWAGEO_ASSIGN(second, signed_by(log, proof.second, "second"));
  if (is_split(first, second)) return ProvenSplit{first, second};
  if (first.size >= second.size) {
    return no_proof("the first checkpoint, over " + std::to_string(first.size) +
                    " records, is not of fewer records than the second, over " +
                    std::to_string(second.size));
  }
  if (!proof.root) return no_proof("sizes differ, and there is no root of the second log");
  if (*proof.root == first.root) return no_proof("the second log goes on from the first");
  const Status leads =
      check_consistency(first.size, second.size, *proof.root, second.root, proof.path);
  if (!leads) return no_proof(leads.error().message);
  return ProvenSplit{first, second};
}

}  // namespace gwageo
