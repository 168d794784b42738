// Blobs: bytes that the store keeps by their digest. A record names them so, and whoever holds the
// disk may have written others in their place.
#pragma once

#include <optional>
#include <string>

#include "coordinator/store.h"
#include "protocol/digest.h"
#include "protocol/result.h"

namespace gwageo {

/// The bytes of this digest; nothing where the store has none. corrupt where it has others there.
/// Any thread.
Result<std::optional<std::string>> read_blob(const Store& store, const Digest& digest);

}  // namespace gwageo
