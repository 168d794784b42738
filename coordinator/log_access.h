// What a coordinator's clients may see and do of the published log. The shell's owner gives it;
// where it gives nothing, nothing is published.
#pragma once

#include <functional>
#include <string>

#include "protocol/result.h"
#include "protocol/transparency/note.h"
#include "protocol/transparency/tile.h"

namespace gwageo {

/// Called from the coordinator's thread. None of them waits for a disk that others keep busy.
struct LogAccess {
  /// The newest signed note whose tiles are there: the one to cosign.
  std::function<Result<std::string>()> checkpoint;
  /// The bytes of a tile.
  std::function<Result<std::string>(const TileName&)> tile;
  /// Takes the cosignature by `key` under `note`. bad_input or corrupt, saying why, when the note
  /// is not ours or not cosigned by `key`; conflict when `key` has cosigned more before.
  std::function<Status(const NoteKey& key, const std::string& note)> cosign;
};

}  // namespace gwageo
