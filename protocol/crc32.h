// CRC-32 as zip and gzip compute it (polynomial 0x04C11DB7, reflected; RFC 1952, section 8). Pure.
// crc32.cc alone sees ISA-L's, which uses the processor's instructions.
#pragma once

#include <cstdint>
#include <string_view>

namespace gwageo {

/// Of `bytes` after those that gave `before`; 0 stands for none.
std::uint32_t crc32(std::string_view bytes, std::uint32_t before = 0);

}  // namespace gwageo
