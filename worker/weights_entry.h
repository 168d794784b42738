// WeightsEntry: a model in a node's cache, whole or on its way, as pieces on disk.
//
//     HEX/files/...   the model's files, under their names and of their full size
//     HEX/layout      WeightsLayout
//     HEX/proofs      a PieceProof for each piece that has arrived, in the order of arrival
//
// A proof is appended after its piece was written, so a process that is killed at any moment leaves
// no proof without its piece; after a power failure it may. Either way nothing is taken on trust:
// `resume` reads each piece that has a proof again, and keeps those that the proof holds for.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/time.h"
#include "worker/file_lock.h"
#include "worker/piece_set.h"
#include "worker/weights_layout.h"

namespace gwageo {

/// A resource. One thread adds pieces; any thread reads.
class WeightsEntry {
 public:
  /// A new one in `folder`, which is empty or not there; the files' space is taken at once.
  /// `unavailable` where the disk is full.
  static Result<std::unique_ptr<WeightsEntry>> create(const std::string& folder,
                                                      const Digest& model, WeightsLayout layout);
  /// One that was left there, with the pieces that are right. corrupt when it is of no use;
  /// not_found when there is none.
  static Result<std::unique_ptr<WeightsEntry>> resume(const std::string& folder,
                                                      const Digest& model);
  /// One that is whole, from its proofs; the files are not read.
  static Result<std::unique_ptr<WeightsEntry>> open_whole(const std::string& folder,
                                                          const Digest& model);

  const Digest& model() const { return model_; }
  const WeightsLayout& layout() const { return layout_; }
  PieceSet have() const;
  std::optional<PieceProof> proof(std::uint32_t index) const;
  /// Adds a piece that the proof holds for. REQUIRES: that it does, and the bytes are of its size.
  Status add(const PieceProof& proof, std::string_view bytes);
  /// Reads a piece that is there.
  Status read(std::uint32_t index, std::string& bytes) const;
  /// The open file that a piece lies in. It stays open as long as the entry.
  int file_of(std::uint32_t index) const { return files_[layout_.piece(index).file].number(); }

  /// Waits until there are more than `count` pieces, `close` was called, or `at_most` has passed.
  void wait_for_more(std::uint32_t count, Duration at_most) const;
  /// No more pieces will come: wakes those that wait for them.
  void close();
  bool is_closed() const;

  /// corrupt unless all pieces are there and make up the model.
  Status check_whole() const;
  /// Makes everything durable.
  Status sync() const;

 private:
  WeightsEntry(std::string folder, const Digest& model, WeightsLayout layout)
      : folder_(std::move(folder)),
        model_(model),
        layout_(std::move(layout)),
        have_(layout_.pieces()),
        proofs_(layout_.pieces()) {}
  static Result<std::unique_ptr<WeightsEntry>> open(const std::string& folder, const Digest& model,
                                                    int flags);
  std::string path_of(std::size_t file) const;
  Status open_files(int flags);
  Status check_sizes() const;
  Result<std::vector<PieceProof>> stored_proofs() const;

  const std::string folder_;
  const Digest model_;
  const WeightsLayout layout_;
  std::vector<FileDescriptor> files_;
  FileDescriptor journal_;
  std::uint64_t journal_bytes_ = 0;
  mutable std::mutex mutex_;  ///< Guards what follows.
  mutable std::condition_variable changed_;
  PieceSet have_;
  std::vector<std::optional<PieceProof>> proofs_;
  bool closed_ = false;
};

/// Whether the piece's bytes are what the proof says, within `layout`. Its signature is another
/// question.
bool holds(const PieceProof& proof, const WeightsLayout& layout, std::string_view bytes);

}  // namespace gwageo
