#include "tests/coordinator/test_keys.h"

#include <utility>

#include "protocol/statement.h"

namespace gwageo::testing {

SigningKey signing_key_of(const std::string& seed) { return {sha256(seed + " signs").bytes}; }

Digest sign_key_of(const std::string& seed) { return {verifying_key(signing_key_of(seed)).bytes}; }

Command signed_command(Command command, const std::string& signer, const std::string& seed,
                       const std::string& log) {
  CommandSignature signature;
  signature.nonce =
      std::string(sha256(signer + std::to_string(command.request)).view().substr(0, nonce_bytes));
  const CommandStatement statement = statement_of(command, signature.nonce, signer, log);
  signature.signature = sign(to_bytes(statement), signing_key_of(seed));
  command.signature = std::move(signature);
  return command;
}

}  // namespace gwageo::testing
