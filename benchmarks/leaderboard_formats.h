// One reader for each format of leaderboard_file.h. Included by their files only.
#pragma once

#include "benchmarks/delimited_records.h"
#include "benchmarks/leaderboard_builder.h"
#include "benchmarks/leaderboard_file.h"

namespace gwageo {

/// Fills a builder; the caller finishes it.
Status read_livebench(const BoardText& file, LeaderboardBuilder& board,
                      std::vector<BoardFinding>& findings);
Status read_aider(const BoardText& file, LeaderboardBuilder& board,
                  std::vector<BoardFinding>& findings);
Status read_claims(const std::string& name, const BoardText& file, LeaderboardBuilder& board,
                   bool has_categories);

/// The records of a CSV text. bad_input, "PATH:LINE: WHAT", for what is no CSV; the first record is
/// the header.
Result<std::vector<DelimitedRecord>> csv_records(const BoardText& file);

}  // namespace gwageo
