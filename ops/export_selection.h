// What an export holds, from the journal that it is of.
#pragma once

#include <cstdint>
#include <string>

#include "coordinator/store.h"
#include "ops/archive.h"

namespace gwageo {

/// The whole selection of a job or target, as the first `records` records of the journal in `store`
/// have it. not_found when they have neither. Errors as `replay`.
Result<ExportSelection> export_selection(const Store& store, const std::string& what,
                                         std::uint64_t records);

}  // namespace gwageo
