#include "ops/coordinator_address.h"

#include <cstdint>
#include <string_view>

#include "coordinator/durable_file.h"

namespace gwageo {
namespace {

constexpr std::string_view file_prefix = "file:";
constexpr std::uint64_t address_bytes_max = 4096;

}  // namespace

Result<std::string> coordinator_address(const std::string& given) {
  if (!given.starts_with(file_prefix)) return given;
  const std::string path = given.substr(file_prefix.size());
  GWAGEO_ASSIGN(text, read_file(path, address_bytes_max));
  const std::string address = text.substr(0, text.find_first_of("\r\n"));
  if (address.empty() || address.starts_with(file_prefix)) {
    return fail(ErrorKind::bad_input, path + ":1: the first line is no address of a coordinator");
  }
  return address;
}

}  // namespace gwageo
