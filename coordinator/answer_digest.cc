#include "coordinator/answer_digest.h"

#include "protocol/bytes.h"
#include "protocol/request.h"

namespace gwageo {

bool is_exact_engine(const std::string& engine) {
  return engine != "openai" && engine != "process";
}

Result<Digest> answer_digest(const std::vector<std::string>& responses) {
  ByteWriter out;
  std::uint64_t choice = 0;  // Of equals the first.
  double highest = 0;
  bool greedy = false;
  for (std::size_t i = 0; i < responses.size(); ++i) {
    GWAGEO_ASSIGN(response, decode_response(responses[i]));
    out.u8(static_cast<std::uint8_t>(response.outcome));
    out.text(response.text);
    if (i == 0 || response.log_probability > highest) {
      highest = response.log_probability;
      choice = i;
    }
    greedy = response.greedy;
  }
  out.u64(responses.size() == 1 ? (greedy ? 1 : 0) : choice);
  return sha256(out.bytes());
}

}  // namespace gwageo
