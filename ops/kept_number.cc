#include "ops/kept_number.h"

#include "benchmarks/audit_sample.h"
#include "coordinator/durable_file.h"
#include "ops/output.h"

namespace gwageo {
namespace {

/// A note, a proof and some names.
constexpr std::uint64_t kept_bytes_max = 4 * note_bytes_max;

}  // namespace

std::string kept_number_path(const Digest& commitment) {
  return "audit-" + to_hex(commitment).substr(0, 16) + ".seed";
}

Status keep_number(const std::string& path, const KeptNumber& number) {
  Json json;
  json["job"] = number.job;
  json["sample"] = number.sample;
  json["commitment"] = to_hex(audit_commitment(number.nonce));
  json["nonce"] = to_hex(number.nonce);
  json["audit"] = number.audit;
  json["seed_root"] = number.fixed ? to_json(*number.fixed) : Json();
  return replace_file(path, json.dump(2) + "\n", Readers::owner);
}

Result<KeptNumber> read_kept_number(const std::string& path) {
  GWAGEO_ASSIGN(text, read_file(path, kept_bytes_max));
  const auto bad = [&](const std::string& why) {
    return fail(ErrorKind::bad_input, path + ": not what audit replay keeps: " + why);
  };
  const Result<Json> json = Json::parse(text);
  if (!json) return bad(json.error().message);
  KeptNumber number;
  number.job = shown(*json, "job");
  number.sample = gwageo::number(*json, "sample");
  const std::optional<Digest> nonce = from_hex(shown(*json, "nonce"));
  if (!nonce) return bad("`nonce` is missing or damaged");
  number.nonce = *nonce;
  if (shown(*json, "commitment") != to_hex(audit_commitment(*nonce))) {
    return bad("`commitment` is not that of `nonce`");
  }
  number.audit = static_cast<std::uint64_t>(gwageo::number(*json, "audit"));
  const Json& fixed = member(*json, "seed_root");
  if (fixed.is_null()) return number;
  Result<FixedRoot> root = parse_fixed_root(fixed);
  if (!root) return bad(root.error().message);
  number.fixed = *std::move(root);
  return number;
}

}  // namespace gwageo
