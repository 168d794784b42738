// How an audit begins: a number is committed to, the root beside it is fixed, and only then the
// number is told.
#pragma once

#include <cstdint>
#include <string>

#include "ops/client.h"
#include "ops/kept_number.h"
#include "ops/replay_options.h"

namespace gwageo {

/// An audit that is drawn.
struct BegunAudit {
  std::uint64_t audit = 0;
  bool is_old = false;  ///< It was drawn before this, by the same number.
  std::string path;     ///< Where the number is kept.
  KeptNumber number;
};

/// Whose word fixes a root here: the coordinator's of the client's key file, and the policy.
Result<RootRule> root_rule(const Client& client, const ReplayOptions& options);

/// Commits to a number, waits until a checkpoint fixes the root and tells the number. What was
/// broken off goes on from its file. unavailable, with the next step, when no such checkpoint comes
/// in time; corrupt when the coordinator contradicts itself. In both cases the number is not told.
Result<BegunAudit> begin_audit(Client& client, const ReplayOptions& options, const RootRule& rule);

/// What `options.keep` holds of an audit that is there, its root checked by the rule.
Result<KeptNumber> kept_of(const std::string& path, std::uint64_t audit, const RootRule& rule);

}  // namespace gwageo
