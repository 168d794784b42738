// Evidence: where an audit reads from. A running coordinator, a stopped data directory or an
// archive all become rows of a store, with whatever was signed about them.
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>

#include "coordinator/checkpoint.h"
#include "coordinator/data_directory.h"
#include "coordinator/store.h"
#include "ops/client.h"
#include "ops/held_heads.h"
#include "ops/invocation.h"
#include "protocol/ids.h"
#include "protocol/transparency/log_policy.h"

namespace gwageo {

/// A resource; one thread.
struct Evidence {
  std::string source;                      ///< For people: what is audited.
  std::optional<DataDirectory> directory;  ///< Held while a stopped one is read.
  std::unique_ptr<Client> client;          ///< Of a running coordinator.
  std::unique_ptr<Store> store;            ///< Goes before the two that it reads from.
  std::optional<NoteKey> verifier;         ///< Whose checkpoint it is.
  std::string verifier_text;
  /// The reader said whose it has to be; else the evidence itself says, and may be made up.
  bool is_verifier_demanded = false;
  std::optional<std::string> note;  ///< The signed checkpoint, if it is at hand.
  /// The folder of a published log, which has a journal and nothing else; empty for all others.
  std::string log_folder;
  std::optional<std::string> published;  ///< The checkpoint that is published, with cosignatures.
  std::optional<LogPolicy> policy;       ///< Who has to have signed and cosigned what is published.
  std::vector<HeldHead> held;            ///< What others hold of it.
  /// What witnesses brought to the stopped data directory, in its own files.
  std::vector<HeldHead> witnessed;
  /// Size and root that the running coordinator claims now.
  std::optional<Checkpoint> claimed;
  /// Why no statement may be missing, to follow "is not here, "; empty: of an archive and a
  /// published log some may be.
  std::string all_statements;
  /// Jobs whose rows are complete; nothing means all of them.
  std::optional<std::set<JobId>> jobs;

  /// Not all that its records name came with it.
  bool is_part() const { return jobs.has_value() || !log_folder.empty(); }
};

/// The archive, data directory or published log `where`; without it the coordinator that a client
/// would find, else the data directory of one that is stopped. With --signer a checkpoint by that
/// key, a vkey, is demanded; bad_input when it is none. With
/// --policy a checkpoint that the policy in that file accepts; with --from, which may be given
/// several times, what is held there of it; with --statements all that people signed for its
/// records.
Result<Evidence> open_evidence(const Invocation& arguments,
                               const std::optional<std::string>& where);

/// The newest signed note that the evidence has: with its cosignatures, where there are any.
/// not_found when there is none.
Result<std::string> newest_note(const Evidence& evidence);

/// The checkpoint that the running coordinator signed, from `directory` where it is that one's,
/// else the one that it publishes, once it covers `size` records. After some seconds, or when it is
/// none by the evidence's verifier, the one that is there by then. REQUIRES: the evidence is of a
/// running coordinator.
Result<std::string> await_checkpoint(const Evidence& evidence, const std::string& directory,
                                     std::uint64_t size);
/// A line for people about `records` at a copy's end that its checkpoint does not cover; empty for
/// none.
std::string unsigned_warning(std::uint64_t records);

}  // namespace gwageo
