// What a stopped data directory holds of its own log, and whether what a mirror and its store have
// together is of the same one: two stories signed by one key both verify, and only what was held
// before tells them apart.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "coordinator/data_directory.h"
#include "ops/evidence.h"
#include "ops/held_heads.h"
#include "ops/mended_journal.h"
#include "protocol/result.h"
#include "protocol/transparency/checkpoint.h"

namespace gwageo {

/// The guard, the published checkpoint with its tiles, what witnesses cosigned, and what is
/// `brought` (`read_held_head`), as far as they are there. corrupt, naming the file, when one of
/// the directory's own is no checkpoint by `key`: then nothing says what it held. bad_input when
/// what is brought is none.
Result<std::vector<HeldHead>> heads_held_in(const DataDirectory& directory, const NoteKey& key,
                                            const std::vector<std::string>& brought);

/// The heads over more records than there are, none unless somebody goes on with the `accepted`
/// records that are left, knowingly. corrupt, naming the file and where it can be known the first
/// record, unless `journal`, which `mirror` mends, goes on from every other one. bad_input when
/// there are more or fewer records than are accepted.
Result<std::vector<HeldHead>> check_goes_on(const Evidence& mirror, const MendedJournal& journal,
                                            const std::vector<HeldHead>& heads,
                                            std::optional<std::uint64_t> accepted);

/// What is given up to go on with `size` records is kept in: DIR/lost-SIZE.
std::string lost_folder(const DataDirectory& directory, std::uint64_t size);

/// Moves those of the `lost` heads that lie in the directory, tiles with theirs, into `folder`: a
/// start compares the journal with them no more, and whoever wants to know what was lost finds them
/// there. io, naming it, where one lies there already.
Status set_aside(const DataDirectory& directory, const std::vector<HeldHead>& lost,
                 const std::string& folder);

}  // namespace gwageo
