// The root that an audit's sample will be drawn by, fixed before the number is told. The seed is of
// a root and of the auditor's number. Who knows the number and may still choose the root can try
// one root after another, each by another time in a record, until the sample misses what was
// forged. So the number is told only to a coordinator that has signed a checkpoint over the
// commitment's record:
//
//   record   0 ... commitment | ... | last         the signed head is over all of them
//            '-- root, size --'                    and goes on from this root, which tiles prove
//
// From then on another root over the first `size` records is a proof that somebody lies, and
// whoever holds the note and the proof can show it. The record itself is kept with its own proof,
// so that what is held is of this audit and of no other.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "coordinator/fact_audit.h"
#include "protocol/digest.h"
#include "protocol/json.h"
#include "protocol/transparency/checkpoint.h"
#include "protocol/transparency/log_policy.h"
#include "protocol/transparency/tile.h"

namespace gwageo {

/// What a coordinator publishes, read from it. Errors of all three are passed on.
struct RootSource {
  std::function<Result<std::string>()> checkpoint;  ///< The newest signed note.
  ReadTile tile;
  std::function<Result<std::string>(std::uint64_t)> record;  ///< Of the journal.
};

/// Whose word fixes a root.
struct RootRule {
  NoteKey log;                      ///< The coordinator's own key.
  std::optional<LogPolicy> policy;  ///< Whose quorum is wanted as well.
};

/// A value. Whoever has it and the log's key needs nothing else to check it: that the log signed
/// this root. By which root a sample was drawn is in the journal, and not in here.
struct FixedRoot {
  std::uint64_t size = 0;  ///< Records up to the commitment, itself included.
  Digest root;             ///< Over them.
  Checkpoint head;         ///< That goes on from there.
  std::vector<Digest> proof;
  std::string record;             ///< The commitment's; empty where an older version kept it.
  std::vector<Digest> inclusion;  ///< Of the record in the head.
  std::string note;               ///< Of the head.
  std::vector<std::string> cosigned_by;  ///< Witnesses of the policy, whose word was checked.
  std::vector<std::string> unchecked;    ///< Other names under the note, whose keys are unknown.
  friend bool operator==(const FixedRoot&, const FixedRoot&) = default;
};

/// One look: a root that is fixed, or what it still takes, in words.
struct RootLook {
  std::optional<FixedRoot> fixed;
  std::string waits_for;
};

/// Whether the newest checkpoint fixes the root over the first `size` records, of which the last
/// has to be the commitment. corrupt, saying what is wrong, where the coordinator's signature or
/// one of a witness is false, the root does not lead to what was signed, or the record is another.
Result<RootLook> look_for_root(const RootSource& source, const RootRule& rule,
                               const AuditCommitted& commitment, std::uint64_t size);

/// corrupt, saying why, unless the rule's log signed the head, the root is its beginning and the
/// record, where there is one, is the last of that. Writes down who else signed; a quorum is not
/// asked for.
Status check_fixed_root(FixedRoot& fixed, const RootRule& rule);

/// What the record says, unchecked; nothing where none is kept. bad_input where it is no
/// commitment.
Result<std::optional<AuditCommitted>> commitment_of(const FixedRoot& fixed);

/// What is wrong with a sample that was drawn by `root` and `nonce`; empty where it is drawn as it
/// has to be: by the root that was fixed, and the number that was told.
std::string wrong_drawing(const FixedRoot& fixed, const Digest& told, const Digest& root,
                          const Digest& nonce);

Json to_json(const FixedRoot& fixed);
/// bad_input, naming the member, unless `to_json` wrote it. Nothing is checked.
Result<FixedRoot> parse_fixed_root(const Json& json);

}  // namespace gwageo
