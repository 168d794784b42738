// The key files of a data directory: the coordinator's own, and the first operator's and workers'.
#pragma once

#include <optional>
#include <string>

#include "coordinator/fact.h"
#include "coordinator/state.h"
#include "protocol/key_file.h"
#include "protocol/result.h"

namespace gwageo {

/// The coordinator's keys in the folder `keys`, made there when missing; not_found when they are
/// missing although something `has_signed`. `origin` names the journal that they sign for.
/// bad_input, naming the file, when it is the key file of anybody else: of an operator, say, whose
/// key file knows this coordinator too, and would sign its journal with another key.
Result<KeyFile> coordinator_keys(const std::string& keys, const std::string& origin,
                                 bool has_signed);

/// The vkey of the coordinator whose own key file lies at `path`; whoever can read it may.
/// bad_input as above.
Result<std::string> read_own_verifier(const std::string& path);

/// The keys of principal `name` (of the file NAME.key), as the journal registers them; made when
/// neither the file nor the principal is there. Nothing when there is no file to speak of.
Result<std::optional<PrincipalRegistered>> first_keys(const std::string& keys,
                                                      const std::string& name, KeyRole role,
                                                      const KeyFile& coordinator,
                                                      const State& state);

}  // namespace gwageo
