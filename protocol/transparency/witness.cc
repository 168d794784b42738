#include "protocol/transparency/witness.h"

#include "protocol/merkle_proof.h"

namespace gwageo {

Result<Checkpoint> open_witnessed(std::string_view note, const NoteKey& log,
                                  const NoteKey& witness) {
  GWAGEO_ASSIGN(checkpoint, open_checkpoint(note, log));
  GWAGEO_ASSIGN(parsed, parse_note(note));
  GWAGEO_ASSIGN(at, cosigned_at(parsed, witness));
  if (at) return checkpoint;
  return fail(ErrorKind::bad_input, "signed note: no cosignature by " + to_vkey(witness));
}

bool is_split(const Checkpoint& a, const Checkpoint& b) {
  return a.origin == b.origin && a.size == b.size && a.root != b.root;
}

Result<std::string> witness(const std::optional<Checkpoint>& last, const CosignRequest& request,
                            const NoteKey& log, const WitnessKey& witness, std::uint64_t seconds) {
  GWAGEO_ASSIGN(head, open_checkpoint(request.checkpoint, log));
  if (request.old_size > head.size) {
    return fail(ErrorKind::bad_input, "the checkpoint is over " + std::to_string(head.size) +
                                          " records, fewer than the " +
                                          std::to_string(request.old_size) + " before");
  }
  const std::uint64_t held = last ? last->size : 0;
  if (request.old_size != held) {
    return fail(ErrorKind::conflict, "the proof is from " + std::to_string(request.old_size) +
                                         " records, and " + std::to_string(held) +
                                         " were cosigned before");
  }
  if (head.size == 0 && head.root != sha256({})) {
    return fail(ErrorKind::corrupt, "the checkpoint of an empty log has another root");
  }
  if (last && is_split(*last, head)) {
    return fail(ErrorKind::corrupt,
                "two roots over " + std::to_string(head.size) + " records, both signed by " +
                    log.name + ": " + to_hex(last->root) + " before, and now " + to_hex(head.root));
  }
  if (held == 0) {
    if (!request.proof.empty()) {
      return fail(ErrorKind::corrupt, "a proof from an empty log proves nothing");
    }
  } else {
    GWAGEO_TRY(check_consistency(held, head.size, last->root, head.root, request.proof));
  }
  GWAGEO_ASSIGN(note, parse_note(request.checkpoint));
  const NoteSignature own = *find_signature(note, log);
  return to_text(Note{note.text, {own, cosign(note.text, witness.name, witness.key, seconds)}});
}

}  // namespace gwageo
