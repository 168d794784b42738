// Principal: what the state knows of a key's owner, with the keys that it had.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "coordinator/fact_registry.h"
#include "protocol/digest.h"
#include "protocol/result.h"

namespace gwageo {

/// Keys that count no more. Nobody ever gets them again.
struct FormerKeys {
  Digest curve_key;
  Digest sign_key;
  std::uint64_t since = 0;  ///< The record from which on they counted.
  std::uint64_t until = 0;  ///< The record from which on they do not.
  friend bool operator==(const FormerKeys&, const FormerKeys&) = default;
};

struct Revocation {
  std::uint64_t record = 0;
  std::string day;  ///< YYYY-MM-DD; empty before the first one.
  std::string reason;
  std::string principal;  ///< Who did it.
  friend bool operator==(const Revocation&, const Revocation&) = default;
};

struct Principal {
  PrincipalRegistered registered;  ///< With its newest keys.
  std::uint64_t since = 0;         ///< The record from which on these count.
  std::string since_day;           ///< YYYY-MM-DD; empty before the first one.
  std::vector<FormerKeys> former;  ///< Oldest first.
  std::optional<Revocation> revoked;
  friend bool operator==(const Principal&, const Principal&) = default;
};

/// What people compare: the first 16 hexadecimal digits of a key.
std::string fingerprint(const Digest& key);

/// Nothing, where `curve_key` is the principal's and counts. Else not_allowed: whose key it is, its
/// fingerprint, why it does not count, and since which record.
Status check_key(const Principal& principal, const Digest& curve_key);

}  // namespace gwageo
