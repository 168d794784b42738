#include "coordinator/command_signature.h"

#include "coordinator/principal.h"
#include "protocol/statement.h"

namespace gwageo {

Result<SignedCommand> check_signature(const Command& command, const PrincipalRegistered& principal,
                                      const std::string& log, VerifySignature verify) {
  const auto refuse = [&](const std::string& why) {
    return fail(ErrorKind::not_allowed,
                "\"" + command.verb + "\" has to be signed by the signing key " +
                    fingerprint(principal.sign_key) + " of " + principal.name + ", and " + why);
  };
  if (!command.signature) return refuse("it is not signed: use the same program version");
  SignedCommand made;
  made.bytes = to_bytes(statement_of(command, command.signature->nonce, principal.name, log));
  made.statement = {principal.name, sha256(made.bytes), command.signature->signature};
  if (verify(made.bytes, command.signature->signature, VerifyingKey{principal.sign_key.bytes})) {
    return made;
  }
  return refuse(
      "its signature is by another key, over something else, or for another journal than " + log);
}

}  // namespace gwageo
