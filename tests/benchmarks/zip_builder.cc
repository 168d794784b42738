#include "tests/benchmarks/zip_builder.h"

#include "protocol/crc32.h"

namespace gwageo {
namespace {

std::string number(std::uint64_t value, int bytes) {
  std::string out;
  for (int i = 0; i < bytes; ++i) {
    out += static_cast<char>(value & 0xFF);
    value >>= 8;
  }
  return out;
}

constexpr std::uint64_t elsewhere = 0xFFFFFFFF;

}  // namespace

std::string zip_of(const std::vector<ZipPart>& parts, bool is_large, const std::string& comment) {
  std::string out;
  std::string directory;
  for (const ZipPart& part : parts) {
    const std::string& text = part.text.empty() ? part.data : part.text;
    const std::string& local = part.local_name.empty() ? part.name : part.local_name;
    const std::uint64_t bytes = text.size() + part.bytes_beside;
    const std::uint64_t offset = out.size() + static_cast<std::uint64_t>(part.offset_beside);
    const std::string common = number(45, 2) + number(part.flags, 2) + number(part.method, 2) +
                               number(0, 4) + number(crc32(text) ^ part.checksum_xor, 4);
    const auto sizes = [&] {
      return number(is_large ? elsewhere : part.data.size(), 4) +
             number(is_large ? elsewhere : bytes, 4);
    };
    std::string large;
    if (is_large) large = number(bytes, 8) + number(part.data.size(), 8);
    const auto extra = [](const std::string& field) {
      return field.empty() ? field : number(1, 2) + number(field.size(), 2) + field;
    };
    out += "PK\x03\x04" + common + sizes() + number(local.size(), 2) +
           number(extra(large).size(), 2) + local + extra(large) + part.data;
    if (is_large) large += number(offset, 8);
    directory += "PK\x01\x02" + number(45, 2) + common + sizes() + number(part.name.size(), 2) +
                 number(extra(large).size(), 2) + number(0, 2 + 2 + 2 + 4) +
                 number(is_large ? elsewhere : offset, 4) + part.name + extra(large);
  }
  const std::uint64_t begin = out.size();
  const std::uint64_t end = begin + directory.size();
  out += directory;
  if (is_large) {
    out += "PK\x06\x06" + number(44, 8) + number(45, 2) + number(45, 2) + number(0, 4 + 4) +
           number(parts.size(), 8) + number(parts.size(), 8) + number(directory.size(), 8) +
           number(begin, 8);
    out += "PK\x06\x07" + number(0, 4) + number(end, 8) + number(1, 4);
  }
  const std::uint64_t count = is_large ? 0xFFFF : parts.size();
  return out + "PK\x05\x06" + number(0, 2 + 2) + number(count, 2) + number(count, 2) +
         number(is_large ? elsewhere : directory.size(), 4) +
         number(is_large ? elsewhere : begin, 4) + number(comment.size(), 2) + comment;
}

}  // namespace gwageo
