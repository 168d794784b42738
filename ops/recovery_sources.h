// Where a recovery takes records and rows from: the mirror that somebody names, and what is brought
// with rows, which has a journal of its own and, where it is a data directory, tiles as well. The
// longest of these logs is the mirror; the others have to agree with it like everything else that
// is held.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "ops/evidence.h"
#include "ops/held_heads.h"
#include "protocol/result.h"

namespace gwageo {

/// A resource; one thread.
struct RecoverySources {
  std::unique_ptr<Evidence> named;      ///< The mirror that was named.
  HeldHead named_head;                  ///< What it is over.
  std::unique_ptr<Evidence> rows;       ///< Whose store has the rows; it may have none.
  std::unique_ptr<Evidence> published;  ///< The tiles of the rows' data directory, if longer.
  const Evidence* mirror = nullptr;     ///< The longest of them; its note is signed.
  std::uint64_t size = 0;               ///< Records that this note covers.
  /// Why a log that came with the rows and is longer is not the mirror, for people; empty: none.
  std::string unused;
};

/// What an option names.
struct SourcePaths {
  std::string from;
  std::optional<std::string> rows;
  std::optional<std::string> policy;  ///< Whose witnesses have to have cosigned the mirror.
};

/// Opens them, and verifies every log that may be the mirror as an audit would, by `vkey`, which is
/// in `key_file`. corrupt, naming it, when the mirror that was named is no whole log; bad_input
/// when it is none, or the rows are neither an archive nor a data directory.
Result<RecoverySources> open_sources(const SourcePaths& paths, const std::string& key_file,
                                     const std::string& vkey);

}  // namespace gwageo
