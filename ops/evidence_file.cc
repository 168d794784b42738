#include "ops/evidence_file.h"

#include <filesystem>

#include "coordinator/durable_file.h"
#include "coordinator/page.h"
#include "ops/output.h"
#include "protocol/digest.h"

namespace gwageo {

Status send_evidence(const Invocation& arguments, Client& client, Json& body) {
  const std::optional<std::string> path = arguments.text("evidence");
  if (!path) return {};
  // What is longer does not fit into a message; the coordinator says what does.
  GWAGEO_ASSIGN(file, read_file(*path, page_bytes_max));
  GWAGEO_ASSIGN(answer, client.call("evidence.put", Json::object(), pieces_of(file)));
  const std::string digest = to_hex(sha256(file));
  if (shown(answer.body, "digest") != digest) {
    return fail(ErrorKind::corrupt, *path + ": the coordinator has it as " +
                                        shown(answer.body, "digest") + ", not " + digest);
  }
  body["evidence"] = digest;
  body["evidence_name"] = std::filesystem::path(*path).filename().string();
  return {};
}

}  // namespace gwageo
