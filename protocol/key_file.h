// A key file: who its owner is, the owner's secret keys, and the public keys by which the owner
// knows the coordinator. Lines of "name: value", each name once, in any order; empty lines and
// lines that begin with # are comments:
//
//   # gwageo key file. SECRET: whoever can read it can act as its owner.
//   format: 1
//   principal: alice
//   role: operator
//   curve_public: (Z85)                  curve_secret: (Z85)
//   signing_public: (64 hex digits)      signing_seed: (64 hex digits)
//   coordinator_curve_public: (Z85)      coordinator_verifier: gwageo+d3f3a5d1+ATx... (C2SP vkey)
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "protocol/curve_keys.h"
#include "protocol/result.h"
#include "protocol/signature.h"

namespace gwageo {

/// What a key's owner is. `coordinator` marks the coordinator's own keys, and no client has it.
enum class KeyRole : std::uint8_t {
  operator_ = 0,
  team = 1,
  auditor = 2,
  worker = 3,
  coordinator = 4
};
/// As key files and the command line write it, for instance "operator".
std::string_view to_string(KeyRole role);
std::optional<KeyRole> key_role_from(std::string_view text);

/// A value, with secrets in it: never print it. Its public keys belong to its secret ones.
struct KeyFile {
  std::string principal;  ///< REQUIRES: is_principal_name.
  KeyRole role = KeyRole::auditor;
  CurveKeyPair curve;
  KeyPair signing;
  CurvePublicKey coordinator_curve_public;
  /// The coordinator's Ed25519 public key as a C2SP vkey: name+8 hex digits+base64.
  std::string coordinator_verifier;
};

inline constexpr std::size_t key_file_bytes_max = 16384;

/// A new key of each kind for `principal`. unavailable when there is no randomness.
Result<KeyFile> new_key_file(std::string principal, KeyRole role,
                             const CurvePublicKey& coordinator_curve_public,
                             std::string coordinator_verifier);

/// The file's text. REQUIRES: what KeyFile says of its fields.
std::string key_file_text(const KeyFile& keys);
/// bad_input with "NAME:LINE: " before it unless `text` is exactly a key file: every name once, no
/// unknown one, every key well formed and every public key the one of its secret. `name` is the
/// file's name for messages. No message repeats a secret.
Result<KeyFile> parse_key_file(const std::string& name, std::string_view text);

/// Reads a regular file of at most `key_file_bytes_max` that belongs to us or root. not_found,
/// not_allowed when somebody else may read or write it (with what to do), io, or as parse_key_file.
Result<KeyFile> read_key_file(const std::string& path);
/// Only the coordinator's verifying key of the key file. As `read_key_file`, but whoever can read
/// the file may: a public key is no secret, and a copy that is audited may be open to others.
Result<std::string> read_coordinator_verifier(const std::string& path);
/// Puts the file in place whole, with mode 0600, replacing what was there; durable when it returns.
/// io when that fails, and then what was there is untouched.
Status write_key_file(const std::string& path, const KeyFile& keys);

}  // namespace gwageo
