// A proof that an entry is in a log (c2sp.org/tlog-proof): the file that somebody keeps, and that
// is checked against nothing but keys. Pure; the text may be any foreign bytes.
//
//   c2sp.org/tlog-proof@v1
//   extra YWdlLXYx...            base64, vouched for by nobody; may be left out
//   index 73894
//   gSKyXoYZUgZ6jduWYrkDOARi...  the audit path of the entry's leaf, nearest sibling first
//                                an empty line, and the checkpoint, a note
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/digest.h"
#include "protocol/result.h"

namespace gwageo {

inline constexpr std::size_t log_proof_bytes_max = 2'000'000;

/// A value.
struct LogProof {
  std::optional<std::string> extra;
  std::uint64_t index = 0;
  std::vector<Digest> path;
  std::string checkpoint;  ///< The note, unchecked.
  friend bool operator==(const LogProof&, const LogProof&) = default;
};

std::string to_text(const LogProof& proof);
/// bad_input, naming the line, unless `text` has the form of a proof.
Result<LogProof> parse_log_proof(std::string_view text);

/// What a witness is asked (c2sp.org/tlog-witness, add-checkpoint): "old N", the consistency proof
/// from there, an empty line, the checkpoint. A value.
struct CosignRequest {
  std::uint64_t old_size = 0;
  std::vector<Digest> proof;
  std::string checkpoint;
  friend bool operator==(const CosignRequest&, const CosignRequest&) = default;
};

std::string to_text(const CosignRequest& request);
/// bad_input, naming the line, unless `text` has the form of a request.
Result<CosignRequest> parse_cosign_request(std::string_view text);

}  // namespace gwageo
