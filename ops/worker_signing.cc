#include "ops/worker_signing.h"

#include "coordinator/checkpoint.h"
#include "protocol/signature.h"

namespace gwageo {

Result<BatchSigning> worker_signing(const KeyFile& key) {
  GWAGEO_ASSIGN(coordinator, parse_vkey(key.coordinator_verifier));
  return BatchSigning{
      coordinator.name, key.principal,
      [secret = key.signing.signing](std::string_view message) { return sign(message, secret); }};
}

}  // namespace gwageo
