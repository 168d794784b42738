// A key file: people copy them about and edit them.
#include "protocol/key_file.h"

#include "protocol/check.h"
#include "protocol/digest.h"
#include "protocol/signature.h"
#include "tests/fuzz/targets.h"

namespace gwageo::fuzz {
namespace {

void run_key_file(std::string_view input) {
  const Result<KeyFile> read = parse_key_file("key", input);
  if (!read) return;
  const std::string written = key_file_text(*read);
  const Result<KeyFile> again = parse_key_file("key", written);
  GWAGEO_CHECK(again.has_value());
  GWAGEO_CHECK(key_file_text(*again) == written);
}

std::vector<std::string> key_file_seeds() {
  const std::string key = "\x01" + std::string(32, 'k');
  const std::string id = to_hex(sha256("gwageo\n" + key)).substr(0, 8);
  const Result<KeyFile> made = new_key_file("alice", KeyRole::operator_, CurvePublicKey{},
                                            "gwageo+" + id + "+" + to_base64(key));
  GWAGEO_CHECK(made.has_value());
  return {key_file_text(*made)};
}

}  // namespace

const Target key_file_target = {"key_file", run_key_file, key_file_seeds};

}  // namespace gwageo::fuzz
