// A policy (c2sp.org/tlog-policy): whose checkpoints count, and how many witnesses have to have
// cosigned them. Pure; the text may be any foreign bytes.
//
//   log <vkey> [<url>]
//   witness A <vkey> [<url>]
//   witness B <vkey>
//   group auditors any A B          a number, any or all, and names that were defined above
//   quorum auditors                 or a witness, or none; once
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/result.h"
#include "protocol/transparency/checkpoint.h"
#include "protocol/transparency/note.h"

namespace gwageo {

inline constexpr std::size_t policy_bytes_max = 1'000'000;
/// Logs, witnesses and groups of one policy, each.
inline constexpr std::size_t policy_entries_max = 1024;

/// A witness, or a group of them. A value.
struct PolicyMember {
  std::string name;
  NoteKey key;                       ///< Of a witness.
  std::vector<std::size_t> members;  ///< Of a group: indexes of members before it.
  std::size_t least = 0;             ///< Of a group: how many of them it takes; 0: a witness.
  bool is_group() const { return least > 0; }
  friend bool operator==(const PolicyMember&, const PolicyMember&) = default;
};

/// A value.
struct LogPolicy {
  std::vector<NoteKey> logs;
  std::vector<PolicyMember> members;  ///< In the order of their lines.
  std::vector<std::size_t> quorum;    ///< One index, or none: `quorum none`.
  friend bool operator==(const LogPolicy&, const LogPolicy&) = default;
};

/// bad_input, naming the line and the rule, unless it is a policy. A witness's vkey may be of type
/// ed25519 too, as older tools write it: it is taken for a key of cosignatures.
Result<LogPolicy> parse_policy(std::string_view text);

/// A checkpoint that a policy accepts. A value.
struct AcceptedCheckpoint {
  Checkpoint checkpoint;
  NoteKey log;                         ///< Who signed it.
  std::vector<std::string> witnesses;  ///< Who cosigned it, by their names in the policy.
};

/// The checkpoint in `note`, if one of the policy's logs signed it, with who of the policy's
/// witnesses cosigned it, many or none. bad_input when it is none or none of the logs signed it;
/// corrupt when a signature by a known key is false.
Result<AcceptedCheckpoint> open_by_policy(std::string_view note, const LogPolicy& policy);

/// What of the policy's quorum has not cosigned what `open_by_policy` opened, in a sentence; empty
/// where nothing is missing.
std::string missing_quorum(const AcceptedCheckpoint& opened, const LogPolicy& policy);

/// The checkpoint in `note`, if one of the policy's logs signed it and the quorum cosigned it.
/// As `open_by_policy`, and bad_input when the quorum is missing, which the message says in names.
Result<AcceptedCheckpoint> accept_checkpoint(std::string_view note, const LogPolicy& policy);

}  // namespace gwageo
