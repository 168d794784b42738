// The signing keys of tests: everybody's follows from a name.
#pragma once

#include <map>
#include <string>
#include <utility>

#include "protocol/digest.h"
#include "protocol/messages.h"
#include "protocol/signature.h"
#include "protocol/statement.h"

namespace gwageo::testing {

inline SigningKey signing_key_of(const std::string& seed) {
  return {sha256(seed + " signs").bytes};
}
/// As a principal's is registered.
inline Digest sign_key_of(const std::string& seed) {
  return {verifying_key(signing_key_of(seed)).bytes};
}

/// Whose keys are not those of their name any more.
class SigningSeeds {
 public:
  void set(const std::string& who, const std::string& seed) { seeds_[who] = seed; }
  std::string of(const std::string& who) const {
    const auto seed = seeds_.find(who);
    return seed == seeds_.end() ? who : seed->second;
  }

 private:
  std::map<std::string, std::string> seeds_;
};

/// Signs as `signer`, whose keys are those of `seed`, for the journal `log`. No nonce comes twice.
inline Command signed_command(Command command, const std::string& signer, const std::string& seed,
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
