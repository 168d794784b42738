#include "protocol/crc32.h"

#include <isa-l/crc.h>

namespace gwageo {

std::uint32_t crc32(std::string_view bytes, std::uint32_t before) {
  return crc32_gzip_refl(before, reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
}

}  // namespace gwageo
