// The fact about what others claim: a state of a leaderboard. Claims stand beside measurements and
// never among them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "benchmarks/leaderboard_file.h"
#include "protocol/digest.h"

namespace gwageo {

/// A board's table was imported. Of one release the newest import is what the board says from the
/// day on that it was seen; those before stay what it said until then.
struct ClaimsImported {
  std::string board;
  std::string release;        ///< YYYY-MM-DD; empty: the board has no releases.
  std::uint32_t version = 1;  ///< Of this release's table; from 2 on it corrects the one before.
  std::string seen;           ///< YYYY-MM-DD: the day on which the board said so.
  BoardFormat format = BoardFormat::livebench;
  std::string source;                   ///< The file's path as it was given, for people.
  Digest file;                          ///< Blob: the file as it is.
  std::string categories_source;        ///< Likewise of the file with categories; empty: none.
  Digest categories;                    ///< Zero: none.
  std::uint32_t models = 0;             ///< Rows.
  std::uint32_t tasks = 0;              ///< Columns.
  std::uint64_t added = 0;              ///< Cells that the version before did not have.
  std::uint64_t removed = 0;            ///< Cells that only the version before had.
  std::uint64_t restated = 0;           ///< Cells with another value.
  std::vector<std::string> first_seen;  ///< Models that the board was not known to have by then.
  std::string reason;                   ///< Of a correction.
  std::string principal;
  friend bool operator==(const ClaimsImported&, const ClaimsImported&) = default;
};

}  // namespace gwageo
