// The messages between client and coordinator, as plain values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "protocol/signature.h"

namespace gwageo {

/// Bytes of a nonce: a client never uses one twice.
inline constexpr std::size_t nonce_bytes = 16;

/// Of a command that has to be signed: over what protocol/statement.h makes of it.
struct CommandSignature {
  std::string nonce;  ///< `nonce_bytes` of randomness.
  Signature signature;
  friend bool operator==(const CommandSignature&, const CommandSignature&) = default;
};

/// A verb of the command line. `body` is a JSON object; its members are the verb's (ops/README.md).
struct Command {
  std::uint64_t request = 0;  ///< The client's; comes back in the reply.
  std::uint32_t protocol = 0;
  std::string verb;
  std::string body;
  std::vector<std::string> attachments;
  std::optional<CommandSignature> signature = {};
  friend bool operator==(const Command&, const Command&) = default;
};

/// How a command ended; the client's exit code follows from it.
enum class ReplyCode : std::uint8_t {
  done = 0,
  no = 1,  ///< Done, and the answer is no.
  bad_input = 2,
  unavailable = 3,  ///< Not now: try again later.
  not_allowed = 4,
  failed = 5,  ///< The coordinator could not: stored bytes are damaged, or its disk refuses.
};

struct Reply {
  std::uint64_t request = 0;
  ReplyCode code = ReplyCode::done;
  std::string body;  ///< JSON; {"error": "..."} unless done or no.
  std::vector<std::string> attachments;
  friend bool operator==(const Reply&, const Reply&) = default;
};

}  // namespace gwageo
