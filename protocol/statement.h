// Statements: the exact bytes that people and workers sign with their Ed25519 keys. Pure.
//
// Each begins with a line that says what it is and names the journal that it is for, so that none
// can be taken for another, or be used elsewhere. A command's:
//
//   gwageo/command/v1
//   log: example.org/programme
//   signer: red
//   verb: submit
//   nonce: 5f0c...                    32 hexadecimal digits that its client never uses again
//   attachment: 9a1e...               SHA-256 of each attachment, in order
//                                     an empty line, then the body as it was sent
//   {"model": "kestrel-3", ...}
//
// A batch's, which a worker signs (batch.h):
//
//   gwageo/batch/v1
//   log: example.org/programme
//   signer: worker
//   worker: 17446744073709551615
//   batch: 12                         counts the batches of this life of the worker, from 0
//   chunks: 400
//   root: 7be1...                     RFC 6962 root over them
//
// A chunk's leaf is over lease and first plan index (each 8 bytes, little-endian) and its root.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/batch.h"
#include "protocol/client_messages.h"
#include "protocol/digest.h"
#include "protocol/ids.h"
#include "protocol/result.h"

namespace gwageo {

struct CommandStatement {
  std::string log;     ///< Origin of the journal.
  std::string signer;  ///< Principal.
  std::string verb;
  std::string nonce;  ///< `nonce_bytes` bytes.
  std::vector<Digest> attachments;
  std::string body;
  friend bool operator==(const CommandStatement&, const CommandStatement&) = default;
};

/// What a command says, by whom and to which journal. `nonce` as in CommandSignature.
CommandStatement statement_of(const Command& command, std::string nonce, std::string signer,
                              std::string log);
/// The bytes that are signed. REQUIRES: no member but `body` has a newline.
std::string to_bytes(const CommandStatement& statement);
/// bad_input unless `to_bytes` writes exactly these bytes for it. Foreign bytes are safe here.
Result<CommandStatement> parse_command_statement(std::string_view bytes);

/// RFC 6962 root over chunks. REQUIRES: ascending by lease and first.
Digest batch_root(std::span<const BatchChunk> chunks);
/// The bytes that a worker signs.
std::string batch_statement(std::string_view log, std::string_view signer, WorkerId worker,
                            std::uint64_t batch, std::size_t chunks, const Digest& root);

}  // namespace gwageo
