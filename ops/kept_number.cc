#include "ops/kept_number.h"

#include "benchmarks/audit_sample.h"
#include "coordinator/durable_file.h"
#include "ops/output.h"

namespace gwageo {
namespace {

/// A note, a record, proofs and some names.
constexpr std::uint64_t kept_bytes_max = 4 * note_bytes_max;

/// What in the number is not that of its commitment; empty where it is, or where none is kept.
Result<std::string> other_than_committed(const KeptNumber& number) {
  GWAGEO_ASSIGN(committed, commitment_of(*number.fixed));
  if (!committed) return std::string();
  const auto differs = [](const std::string& what, const std::string& here,
                          const std::string& there) {
    return "`" + what + "` is " + here + ", and the commitment's record says " + there;
  };
  const std::string job = std::to_string(committed->job.value);
  if (number.audit != committed->audit) {
    return differs("audit", std::to_string(number.audit), std::to_string(committed->audit));
  }
  if (number.job != job) return differs("job", number.job, job);
  if (number.sample != static_cast<std::int64_t>(committed->sample)) {
    return differs("sample", std::to_string(number.sample), std::to_string(committed->sample));
  }
  const Digest commitment = audit_commitment(number.nonce);
  if (commitment == committed->commitment) return std::string();
  return differs("commitment", to_hex(commitment), to_hex(committed->commitment));
}

}  // namespace

std::string kept_number_path(const Digest& commitment) {
  return "audit-" + to_hex(commitment).substr(0, 16) + ".seed";
}

bool is_kept_number(std::string_view text) { return text.starts_with("{"); }

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
  const Result<std::string> other = other_than_committed(number);
  if (!other) return bad(other.error().message);
  if (!other->empty()) return bad(*other);
  return number;
}

}  // namespace gwageo
