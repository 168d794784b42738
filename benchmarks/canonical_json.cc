#include "benchmarks/canonical_json.h"

#include <algorithm>

namespace gwageo {
namespace {

Json sorted_json(const Json& value) {
  if (value.is_array()) {
    Json::Array out;
    out.reserve(value.as_array().size());
    for (const Json& element : value.as_array()) out.push_back(sorted_json(element));
    return out;
  }
  if (!value.is_object()) return value;
  Json::Object out;
  out.reserve(value.as_object().size());
  for (const Json::Member& member : value.as_object()) {
    out.emplace_back(member.first, sorted_json(member.second));
  }
  std::sort(out.begin(), out.end(),
            [](const Json::Member& a, const Json::Member& b) { return a.first < b.first; });
  return out;
}

}  // namespace

std::string canonical_json(const Json& value) { return sorted_json(value).dump(); }

}  // namespace gwageo
