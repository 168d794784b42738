#include "coordinator/rocksdb_crc32c.h"

#include <isa-l/crc.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>

#include "protocol/check.h"

namespace rocksdb::crc32c {

// As the library declares it (util/crc32c.h): `init` is the CRC of what came before, 0 at first.
std::uint32_t Extend(std::uint32_t init, const char* data, std::size_t size) {
  std::uint32_t state = ~init;
  while (size > 0) {
    const std::size_t part = std::min<std::size_t>(size, std::numeric_limits<int>::max());
    // It reads only; its declaration lacks the const.
    auto* const bytes = reinterpret_cast<unsigned char*>(const_cast<char*>(data));
    state = crc32_iscsi(bytes, static_cast<int>(part), state);
    data += part;
    size -= part;
  }
  return ~state;
}

}  // namespace rocksdb::crc32c

namespace gwageo {

// The examples of RFC 3720, section B.4.
void check_rocksdb_crc32c() {
  using rocksdb::crc32c::Extend;
  const std::string zeros(32, '\0');
  const std::string ones(32, '\xff');
  std::string ascending;
  for (char byte = 0; byte < 32; ++byte) ascending += byte;
  GWAGEO_CHECK(Extend(0, zeros.data(), zeros.size()) == 0x8a9136aa);
  GWAGEO_CHECK(Extend(0, ones.data(), ones.size()) == 0x62a8ab43);
  GWAGEO_CHECK(Extend(0, ascending.data(), ascending.size()) == 0x46dd794e);
  const std::uint32_t first = Extend(0, ascending.data(), 5);
  GWAGEO_CHECK(Extend(first, ascending.data() + 5, 27) == 0x46dd794e);
  GWAGEO_CHECK(Extend(first, nullptr, 0) == first);
}

}  // namespace gwageo
