// What a stopped data directory holds of its own log, and whether a mirror is of the same one: two
// stories signed by one key both verify, and only what was held before tells them apart.
#pragma once

#include <string>
#include <vector>

#include "coordinator/data_directory.h"
#include "ops/evidence.h"
#include "ops/held_heads.h"
#include "protocol/result.h"
#include "protocol/transparency/checkpoint.h"

namespace gwageo {

/// The guard, the published checkpoint with its tiles, what witnesses cosigned, and the files
/// `brought`, as far as they are there. corrupt, naming the file, when one is no checkpoint by
/// `key`: then nothing says what it held.
Result<std::vector<HeldHead>> heads_held_in(const DataDirectory& directory, const NoteKey& key,
                                            const std::vector<std::string>& brought);

/// corrupt, naming the file and where it can be known the first record, unless the mirror, which
/// was verified, goes on from every one of them.
Status check_goes_on(const Evidence& mirror, const std::vector<HeldHead>& heads);

}  // namespace gwageo
