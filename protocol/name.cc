#include "protocol/name.h"

#include <algorithm>

#include "protocol/limits.h"

namespace gwageo {

bool is_name(std::string_view name) {
  const auto plain = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
  };
  if (name.empty() || name.size() > limits::name_bytes_max || !plain(name.front())) return false;
  return std::all_of(name.begin(), name.end(),
                     [&](char c) { return plain(c) || c == '.' || c == '_' || c == '-'; });
}

}  // namespace gwageo
