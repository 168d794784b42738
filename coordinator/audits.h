// Audits: samples of jobs that are run again, as they were committed to and drawn.
#pragma once

#include <cstdint>
#include <map>
#include <optional>

#include "coordinator/fact_audit.h"

namespace gwageo {

struct Audit {
  AuditCommitted committed;
  std::uint64_t size = 0;  ///< Records of the journal up to the commitment, itself included.
  std::optional<AuditDrawn> drawn;
  friend bool operator==(const Audit&, const Audit&) = default;
};

/// By number. A value; a part of State, written by `State::apply` only.
using Audits = std::map<std::uint64_t, Audit>;

}  // namespace gwageo
