// Verification: is the journal whole, is it the one that was signed, and do the stored results
// belong to it?
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "coordinator/check_draws.h"
#include "coordinator/state.h"
#include "ops/evidence.h"
#include "ops/replayed_journal.h"
#include "ops/statements.h"
#include "ops/vouching_hands.h"
#include "protocol/digest.h"
#include "protocol/json.h"

namespace gwageo {

struct Verification {
  bool ok = false;
  std::uint64_t size = 0;                  ///< Records that hold together.
  Digest root;                             ///< Over them.
  std::optional<std::uint64_t> first_bad;  ///< The record to look at.
  std::string reason;
  std::optional<std::uint64_t> signed_size;  ///< Of the checkpoint that was checked.
  std::string signer;                        ///< Whose it is: a vkey; empty without one.
  /// Records that the policy's quorum has cosigned, and by whom; nothing without a policy.
  std::optional<std::uint64_t> cosigned_size;
  std::vector<std::string> witnesses;
  std::uint64_t held = 0;       ///< Checkpoints of others that were compared.
  std::uint64_t witnessed = 0;  ///< Those that witnesses brought to the data directory.
  std::uint64_t tiles = 0;      ///< Tiles that were compared.
  std::uint64_t blocks = 0;     ///< Blocks of results that were checked.
  std::uint64_t lost = 0;       ///< Gone or altered, of jobs that were closed for it.
  std::uint64_t blobs = 0;      ///< Blobs that were checked.
  StatementCounts statements;   ///< What people and workers have signed.
  CheckCoverage checks;         ///< Of workers against one another.
  VouchingHands hands;          ///< Whether those were others.

  /// Records after those that the checkpoint covers; nothing where none was checked.
  std::optional<std::uint64_t> unsigned_records() const {
    if (!signed_size) return std::nullopt;
    return size - std::min(size, *signed_size);
  }
};

/// Reads all evidence. An answer that is no is a value; an error means that it could not be read.
Result<Verification> verify(const Evidence& evidence);

/// The fixed JSON of `audit verify`, and more.
Json to_json(const Verification& verification);

}  // namespace gwageo
