#include "coordinator/rocksdb_crc32c.h"

#include <dlfcn.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <string>

namespace rocksdb::crc32c {
std::uint32_t Extend(std::uint32_t init, const char* data, std::size_t size);
}

namespace gwageo {
namespace {

TEST(RocksdbCrc32c, IsRight) { check_rocksdb_crc32c(); }

// What the library calls is what the dynamic linker finds first under this name.
TEST(RocksdbCrc32c, TakesThePlaceOfTheLibrarysOwn) {
  void* const found = ::dlsym(RTLD_DEFAULT, "_ZN7rocksdb6crc32c6ExtendEjPKcm");
  EXPECT_EQ(found, reinterpret_cast<void*>(&rocksdb::crc32c::Extend));
}

TEST(RocksdbCrc32c, AgreesWithItselfHoweverItIsCut) {
  std::string bytes;
  for (int i = 0; i < 5000; ++i) bytes += static_cast<char>(i * 131 + i / 7);
  const std::uint32_t whole = rocksdb::crc32c::Extend(0, bytes.data(), bytes.size());
  for (std::size_t cut = 0; cut <= bytes.size(); cut += 97) {
    const std::uint32_t first = rocksdb::crc32c::Extend(0, bytes.data(), cut);
    EXPECT_EQ(rocksdb::crc32c::Extend(first, bytes.data() + cut, bytes.size() - cut), whole) << cut;
  }
}

}  // namespace
}  // namespace gwageo
