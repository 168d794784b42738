// The file beside an audit: the auditor's number before it is told, and what fixed the root. With
// it an audit that was broken off goes on, and a coordinator that drew by another root is shown to
// have.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "ops/audit_root.h"
#include "protocol/digest.h"

namespace gwageo {

/// A value, with a secret in it until the number is told.
struct KeptNumber {
  std::string job;
  std::int64_t sample = 0;
  Digest nonce;
  std::uint64_t audit = 0;  ///< 0 until the coordinator has given it one.
  std::optional<FixedRoot> fixed;
  friend bool operator==(const KeptNumber&, const KeptNumber&) = default;
};

/// Where the number of this commitment is kept unless somebody says otherwise: in the folder that
/// one is in.
std::string kept_number_path(const Digest& commitment);

/// Durable when it returns, and only its owner can read it.
Status keep_number(const std::string& path, const KeptNumber& number);
/// True for a text that looks like such a file, whatever is in it.
bool is_kept_number(std::string_view text);
/// not_found where there is no such file; bad_input, naming it, where it is none of these, or where
/// job, sample or number are not those of the commitment that it holds. Signatures are not checked.
Result<KeptNumber> read_kept_number(const std::string& path);

}  // namespace gwageo
