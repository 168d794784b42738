// Whose name a worker signs its results in, and for which journal: what its key file says.
#pragma once

#include "protocol/key_file.h"
#include "protocol/result.h"
#include "worker/batch_signer.h"

namespace gwageo {

/// As the file's parse says where the coordinator's verifying key is none.
Result<BatchSigning> worker_signing(const KeyFile& key);

}  // namespace gwageo
