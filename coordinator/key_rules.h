// What may be registered, replaced and revoked of principals and their keys.
#pragma once

#include "coordinator/fact_registry.h"
#include "coordinator/state.h"
#include "protocol/result.h"

namespace gwageo {

/// Whether the fact fits the principals that there are; else bad_input, which says which rule,
/// whose key and since which record. A name and a key are used once, and never again after they
/// ended.
Status check_keys(const State& state, const PrincipalRegistered& added);
Status check_keys(const State& state, const PrincipalRotated& rotated);
/// Somebody has to be left who could register another key.
Status check_keys(const State& state, const PrincipalRevoked& revoked);

/// Whether the very same thing is on record already.
bool is_on_record(const State& state, const PrincipalRegistered& added);
bool is_on_record(const State& state, const PrincipalRotated& rotated);
bool is_on_record(const State& state, const PrincipalRevoked& revoked);

}  // namespace gwageo
