// The report of an audit as a person reads it on a terminal.
#pragma once

#include <string>

#include "protocol/json.h"

namespace gwageo {

/// Of what `audit replay --json` prints.
std::string audit_text(const Json& report);

/// In words, what fixed the root of the sample and who says so, and what the record itself says of
/// the comparison: the lines of `audit_text` that are about `seed_root` and `recount`.
std::string seed_root_text(const Json& seed_root);
/// Who signed the checkpoint that fixed it, without a line's end.
std::string signers_text(const Json& seed_root);
std::string recount_text(const Json& recount);

}  // namespace gwageo
