// The signing keys of tests: everybody's follows from a name.
#pragma once

#include <map>
#include <string>

#include "protocol/client_messages.h"
#include "protocol/digest.h"
#include "protocol/signature.h"

namespace gwageo::testing {

SigningKey signing_key_of(const std::string& seed);
/// As a principal's is registered.
Digest sign_key_of(const std::string& seed);

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
Command signed_command(Command command, const std::string& signer, const std::string& seed,
                       const std::string& log);

}  // namespace gwageo::testing
