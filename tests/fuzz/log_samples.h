// A log of a few records, its key and a witness of it, for targets that read what is published.
#pragma once

#include <string>
#include <vector>

#include "coordinator/journal.h"
#include "protocol/merkle_proof.h"
#include "protocol/transparency/checkpoint.h"
#include "protocol/transparency/witness.h"

namespace gwageo::fuzz {

inline constexpr std::size_t log_records = 5;

inline const SigningKey& log_secret() {
  static const SigningKey key{{3}};
  return key;
}
inline const NoteKey& log_key() {
  static const NoteKey key{"example.com/log", verifying_key(log_secret())};
  return key;
}
inline const WitnessKey& witness_key() {
  static const WitnessKey key{"w.example", SigningKey{{4}}};
  return key;
}

/// The records. `another`: of a second story that the same log tells.
inline const std::vector<std::string>& log_entries(bool another = false) {
  static const auto made = [](bool is_other) {
    JournalWriter journal;
    std::vector<std::string> entries;
    for (std::size_t i = 0; i < log_records; ++i) {
      const std::string day = "2026-01-0" + std::to_string(i + 1);
      const Fact fact = i == 0 ? Fact(Founded{"example.com/log", is_other ? "Asia/Seoul" : "UTC"})
                               : Fact(DayBegan{day});
      entries.push_back(journal.append(Instant{1}, WallTime{1}, fact).bytes);
    }
    return entries;
  };
  static const std::vector<std::string> one = made(false);
  static const std::vector<std::string> other = made(true);
  return another ? other : one;
}
inline std::vector<Digest> log_leaves(std::size_t size, bool another = false) {
  std::vector<Digest> leaves;
  for (std::size_t i = 0; i < size; ++i) leaves.push_back(merkle_leaf(log_entries(another)[i]));
  return leaves;
}
inline Checkpoint log_head(std::size_t size, bool another = false) {
  return {"example.com/log", size, merkle_root(log_leaves(size, another))};
}

}  // namespace gwageo::fuzz
