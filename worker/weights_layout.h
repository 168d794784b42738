// The files of a model as numbered pieces: what nodes ask each other for. A piece never crosses a
// file; the last one of a file is shorter (an empty file is one empty piece). Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/digest.h"
#include "protocol/result.h"
#include "protocol/signature.h"

namespace gwageo {

/// 20 ms of a 200 MB/s link: what a chain of nodes adds to the time of one.
inline constexpr std::uint32_t weights_piece_bytes = 4U << 20;
inline constexpr std::uint32_t weights_piece_bytes_max = 64U << 20;
inline constexpr std::size_t weights_files_max = 4096;
inline constexpr std::uint64_t weights_pieces_max = std::uint64_t{1} << 24;  ///< 64 TiB of 4 MiB.
inline constexpr std::size_t weights_layout_bytes_max = std::size_t{2} << 20;

struct WeightsFile {
  std::string name;  ///< Base name.
  std::uint64_t size = 0;
  friend bool operator==(const WeightsFile&, const WeightsFile&) = default;
};

/// Where a piece lies.
struct WeightsPiece {
  std::size_t file = 0;
  std::uint64_t offset = 0;
  std::uint32_t size = 0;
  bool last = false;  ///< Of its file.
};

/// A value.
class WeightsLayout {
 public:
  /// bad_input unless the names are base names, ascending by their bytes and within the bounds
  /// above, and piece_bytes is a multiple of 64. `is_folder`: the model's path is the folder of the
  /// files; else it is the one file.
  static Result<WeightsLayout> make(std::vector<WeightsFile> files, bool is_folder,
                                    std::uint32_t piece_bytes = weights_piece_bytes);
  /// From foreign bytes; bad_input with what is wrong.
  static Result<WeightsLayout> decode(std::string_view bytes);
  /// Canonical.
  std::string encode() const;

  const std::vector<WeightsFile>& files() const { return files_; }
  bool is_folder() const { return is_folder_; }
  std::uint32_t piece_bytes() const { return piece_bytes_; }
  std::uint64_t bytes() const { return bytes_; }    ///< Of all files.
  std::uint32_t pieces() const { return pieces_; }  ///< Of all files.
  /// REQUIRES: index < pieces().
  WeightsPiece piece(std::uint32_t index) const;
  friend bool operator==(const WeightsLayout&, const WeightsLayout&) = default;

 private:
  std::vector<WeightsFile> files_;
  std::vector<std::uint32_t> first_;  // Of each file, the number of its first piece.
  bool is_folder_ = true;
  std::uint32_t piece_bytes_ = 0;
  std::uint64_t bytes_ = 0;
  std::uint32_t pieces_ = 0;
};

/// What is right as piece `index`: the states of its file's SHA-256 before and after it
/// (protocol/sha256_states.h; after the last one: the file's SHA-256), stated by who read it.
struct PieceProof {
  std::uint32_t index = 0;
  Digest before;
  Digest after;
  VerifyingKey reader;
  Signature signature;
  friend bool operator==(const PieceProof&, const PieceProof&) = default;
};

/// Bytes of an encoded proof.
inline constexpr std::size_t piece_proof_bytes = 4 + 32 + 32 + 32 + 64;
std::string encode(const PieceProof& proof);
/// REQUIRES: bytes.size() == piece_proof_bytes. Any bytes are some proof.
PieceProof decode_piece_proof(std::string_view bytes);

/// `index` leads from `before` to ... : computes `after` from the bytes of the piece.
/// REQUIRES: index < layout.pieces() and bytes.size() is the piece's.
Digest state_after(const WeightsLayout& layout, std::uint32_t index, const Digest& before,
                   std::string_view bytes);

/// Of a piece of the model with that digest, signed with `key`.
PieceProof sign_piece(const Digest& model, const WeightsLayout& layout, std::uint32_t index,
                      const Digest& before, const Digest& after, const KeyPair& key);
/// Whether its reader has signed it, for this model and layout.
bool is_signed(const PieceProof& proof, const Digest& model, const WeightsLayout& layout);

/// The model digest that proofs of all pieces, in order, amount to, if their chain is unbroken;
/// corrupt, naming the file, where it is not.
Result<Digest> model_digest_of(const WeightsLayout& layout, const std::vector<PieceProof>& proofs);

}  // namespace gwageo
