// Whether a command is what its sender signed.
#pragma once

#include <string>

#include "coordinator/fact.h"
#include "protocol/client_messages.h"
#include "protocol/result.h"
#include "protocol/signature.h"

namespace gwageo {

/// As `verify` in signature.h. The simulator has a quicker one.
using VerifySignature = bool (*)(std::string_view message, const Signature& signature,
                                 const VerifyingKey& key);

/// What goes into the record, and the blob that it names.
struct SignedCommand {
  Statement statement;
  std::string bytes;
};

/// not_allowed, saying by which key it had to be signed, unless `command` carries the signature of
/// `principal` over what it asks of the journal `log`.
Result<SignedCommand> check_signature(const Command& command, const PrincipalRegistered& principal,
                                      const std::string& log, VerifySignature verify);

}  // namespace gwageo
