#include "benchmarks/text.h"

#include "protocol/json.h"

namespace gwageo {

std::string repaired(std::string_view bytes) {
  std::string out;
  std::size_t bad_at = 0;
  while (!is_utf8(bytes, &bad_at)) {
    out.append(bytes.substr(0, bad_at)).append("\xEF\xBF\xBD");
    bytes.remove_prefix(bad_at + 1);
  }
  return out.append(bytes);
}

}  // namespace gwageo
