// What others hold of a journal, and whether the journal still is what they hold: a checkpoint that
// a team kept, the file of a witness, or a whole mirror, which knows every leaf.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "coordinator/store.h"
#include "protocol/digest.h"
#include "protocol/result.h"
#include "protocol/transparency/checkpoint.h"

namespace gwageo {

struct HeldHead {
  std::string source;  ///< The file or folder, for people.
  Checkpoint checkpoint;
  std::string mirror;  ///< The folder of its tiles; empty where there are none.
};

/// What somebody gives with `option`: a checkpoint's file, what `audit replay` kept, or the folder
/// of a mirror or of a data directory. bad_input, naming it and what it lacks, unless one of `keys`
/// has signed it; without any key it is not checked.
Result<HeldHead> read_held_head(const std::string& option, const std::string& given,
                                const std::vector<NoteKey>& keys);

/// How a journal is not what somebody holds.
struct Disagreement {
  std::optional<std::uint64_t> first_bad;  ///< The record, where it can be known.
  std::string reason;
};
/// The reason, and for whoever can name more than was given to compare with, how to learn which.
std::string with_advice(const Disagreement& found);

/// What witnesses cosigned and a data directory keeps, by name; none where there is no such folder.
Result<std::vector<std::string>> witness_files_in(const std::string& directory);

/// Watches a journal while it is read. One owner, one thread.
class HeldHeads {
 public:
  explicit HeldHeads(const std::vector<HeldHead>& heads) : heads_(heads) {}

  /// Whether anybody holds the first `size` records.
  bool wants(std::uint64_t size) const;
  void note(std::uint64_t size, const Digest& root) { roots_[size] = root; }

  /// The first head that the journal of `origin` with `size` records, which were all read, is not
  /// consistent with. Where any head is of a mirror, the leaves of `store` are compared with its
  /// own to name the first record that is another.
  std::optional<Disagreement> compare(const std::string& origin, std::uint64_t size,
                                      const Store& store) const;

 private:
  Disagreement changed(const HeldHead& head) const;
  /// The same, and the first bad record where a mirror knows it.
  Disagreement named(Disagreement found, const Store& store) const;

  const std::vector<HeldHead>& heads_;
  std::map<std::uint64_t, Digest> roots_;
};

}  // namespace gwageo
