// A model of made up bytes for tests of the weights cache and of the broadcast.
#pragma once

#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include <string>
#include <utility>
#include <vector>

#include "protocol/sha256_states.h"
#include "tests/worker/tiny_model.h"
#include "worker/model_files.h"
#include "worker/weights_layout.h"

namespace gwageo::testing {

/// Lets this process, and nobody else, see a folder as read-only from here on; false where that is
/// not allowed. REQUIRES: a process of its own, of one thread.
inline bool turn_read_only(const std::string& folder) {
  const int own_user = ::getuid() == 0 ? 0 : CLONE_NEWUSER;
  const char* const path = folder.c_str();
  return ::unshare(CLONE_NEWNS | own_user) == 0 &&
         ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
         ::mount(path, path, nullptr, MS_BIND, nullptr) == 0 &&
         ::mount(nullptr, path, nullptr, MS_BIND | MS_REMOUNT | MS_RDONLY, nullptr) == 0;
}

inline constexpr std::uint32_t small_piece = 4096;

inline std::string made_up_bytes(std::size_t size, std::uint32_t seed) {
  std::string bytes(size, '\0');
  std::uint32_t x = seed * 2654435761U + 1;
  for (char& byte : bytes) {
    x = x * 1664525U + 1013904223U;
    byte = static_cast<char>(x >> 24);
  }
  return bytes;
}

/// A folder with three files: one of a few bytes, one empty, one of many pieces.
class StoredModel {
 public:
  explicit StoredModel(std::size_t weights_bytes, std::uint32_t seed = 1) {
    content = {{"config.json", "{\"seed\":" + std::to_string(seed) + "}"},
               {"model.safetensors", made_up_bytes(weights_bytes, seed)},
               {"tokenizer.json", ""}};
    for (const auto& [name, bytes] : content) folder.write(name, bytes);
    digest = model_digest(folder.path()).value();
    std::vector<WeightsFile> files;
    for (const auto& [name, bytes] : content) files.push_back({name, bytes.size()});
    layout = WeightsLayout::make(files, true, small_piece).value();
  }

  std::string path() const { return folder.path().string(); }
  std::string piece(std::uint32_t index) const {
    const WeightsPiece where = layout.piece(index);
    return content[where.file].second.substr(where.offset, where.size);
  }
  /// The proofs of all pieces, signed with `key`.
  std::vector<PieceProof> proofs(const KeyPair& key) const {
    std::vector<PieceProof> all;
    for (std::uint32_t i = 0; i < layout.pieces(); ++i) {
      const Digest before = layout.piece(i).offset == 0 ? sha256_start() : all.back().after;
      const Digest after = state_after(layout, i, before, piece(i));
      all.push_back(sign_piece(digest, layout, i, before, after, key));
    }
    return all;
  }

  TemporaryFolder folder;
  std::vector<std::pair<std::string, std::string>> content;
  Digest digest;
  WeightsLayout layout;
};

}  // namespace gwageo::testing
