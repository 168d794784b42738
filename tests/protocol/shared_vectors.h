// Test vectors that others made, which lie beside the repository and are not part of it.
#pragma once

#include <cstdlib>
#include <string>

namespace gwageo {

/// The folder of them, whether it is there or not.
inline std::string shared_vectors() {
  std::string folder;
#ifdef GWAGEO_SHARED_DIR
  folder = GWAGEO_SHARED_DIR;
#endif
  if (const char* const set = std::getenv("GWAGEO_SHARED")) folder = set;
  return folder + "/vectors";
}

}  // namespace gwageo
