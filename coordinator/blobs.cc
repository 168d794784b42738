#include "coordinator/blobs.h"

#include "coordinator/keys.h"

namespace gwageo {

Result<std::optional<std::string>> read_blob(const Store& store, const Digest& digest) {
  GWAGEO_ASSIGN(bytes, store.read(keys::blob(digest)));
  if (!bytes || sha256(*bytes) == digest) return bytes;
  return fail(ErrorKind::corrupt, "what the store has as " + to_hex(digest) +
                                      " was altered: its digest is " + to_hex(sha256(*bytes)) +
                                      " (gwageo recover --rows brings it back)");
}

}  // namespace gwageo
