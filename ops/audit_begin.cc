#include "ops/audit_begin.h"

#include <chrono>
#include <thread>
#include <utility>

#include "benchmarks/audit_sample.h"
#include "coordinator/durable_file.h"
#include "coordinator/keys.h"
#include "ops/output.h"
#include "ops/progress.h"
#include "ops/remote_store.h"
#include "ops/system_clock.h"
#include "protocol/signature.h"

namespace gwageo {
namespace {

constexpr auto beginning_looked_at_every = std::chrono::milliseconds(200);

/// Of the operating system's randomness, as a secret key is.
Result<Digest> new_nonce() {
  GWAGEO_ASSIGN(pair, generate_key_pair());
  Digest nonce;
  for (std::size_t i = 0; i < nonce.bytes.size(); ++i) nonce.bytes[i] = pair.signing.bytes[i];
  return nonce;
}

/// The number that the file has already, or a new one, and which.
Result<std::pair<KeptNumber, bool>> kept_number_of(const ReplayOptions& options,
                                                   std::string& path) {
  GWAGEO_ASSIGN(fresh, new_nonce());
  KeptNumber number;
  number.job = options.job;
  number.sample = options.sample;
  number.nonce = options.nonce.value_or(fresh);
  path = options.keep.empty() ? kept_number_path(audit_commitment(number.nonce)) : options.keep;
  Result<KeptNumber> kept = read_kept_number(path);
  if (!kept && kept.error().kind == ErrorKind::not_found) return std::pair(number, true);
  if (!kept) return tl::unexpected(kept.error());
  const bool is_it = kept->job == options.job &&
                     (!options.nonce || kept->nonce == *options.nonce) &&
                     (!options.is_sample_given || kept->sample == options.sample);
  if (is_it) return std::pair(*std::move(kept), false);
  return fail(ErrorKind::conflict, path + ": holds the number of another audit (of job " +
                                       kept->job + ", sample " + std::to_string(kept->sample) +
                                       "); keep this one with --keep in another file");
}

RootSource source_of(Client& client) {
  RootSource source;
  source.checkpoint = [&client]() -> Result<std::string> {
    GWAGEO_ASSIGN(answer, client.call("log.checkpoint"));
    return shown(answer.body, "note");
  };
  source.tile = [&client](const TileName& tile) { return published_tile(client, tile); };
  source.record = [&client](std::uint64_t sequence) -> Result<std::string> {
    GWAGEO_ASSIGN(bytes, RemoteStore(client).read(keys::journal(sequence)));
    if (bytes) return *std::move(bytes);
    return fail(ErrorKind::corrupt,
                "the coordinator has no record " + std::to_string(sequence) + " of its journal");
  };
  return source;
}

/// Looks until the root is fixed, and no longer than `within`.
Result<FixedRoot> await_root(Client& client, const RootRule& rule, const AuditCommitted& commitment,
                             std::uint64_t size, Duration within) {
  const RootSource source = source_of(client);
  const SystemClock clock;
  const Duration began = clock.monotonic();
  const auto whole_seconds = [](Duration time) {
    return static_cast<std::uint64_t>(time.microseconds / seconds(1).microseconds);
  };
  Progress progress("waiting for a signed root over the commitment", "s");
  while (true) {
    GWAGEO_ASSIGN(look, look_for_root(source, rule, commitment, size));
    if (look.fixed) return *std::move(look.fixed);
    const Duration waited = clock.monotonic() - began;
    if (waited > within) {
      return fail(ErrorKind::unavailable,
                  "waited " + std::to_string(whole_seconds(within)) + " s for " + look.waits_for);
    }
    progress.show(whole_seconds(waited), whole_seconds(within));
    std::this_thread::sleep_for(beginning_looked_at_every);
  }
}

tl::unexpected<Error> not_told(const BegunAudit& begun, Error error) {
  std::string text =
      "audit " + std::to_string(begun.audit) + " is committed to and its number is NOT told: ";
  if (error.kind == ErrorKind::unavailable) {
    error.message += "; go on with: gwageo audit replay " + begun.number.job + " --keep " +
                     begun.path + " (and --root-within SECONDS to wait longer)";
  }
  error.message = text + error.message;
  return tl::unexpected(std::move(error));
}

/// Fixes the root, and keeps what fixed it before the number is told.
Status fix_root(Client& client, const ReplayOptions& options, const RootRule& rule,
                std::uint64_t size, BegunAudit& begun) {
  KeptNumber& number = begun.number;
  AuditCommitted commitment;
  commitment.audit = begun.audit;
  commitment.job = JobId{std::strtoull(number.job.c_str(), nullptr, 10)};
  commitment.sample = static_cast<std::uint64_t>(number.sample);
  commitment.commitment = audit_commitment(number.nonce);
  Result<FixedRoot> fixed = await_root(client, rule, commitment, size, options.root_within);
  if (!fixed) return not_told(begun, fixed.error());
  if (number.fixed && (number.fixed->size != fixed->size || number.fixed->root != fixed->root)) {
    return not_told(begun,
                    {ErrorKind::corrupt, "the coordinator has signed two roots for it, " +
                                             to_hex(number.fixed->root) + " in " + begun.path +
                                             " and now " + to_hex(fixed->root) + " over " +
                                             std::to_string(fixed->size) + " records"});
  }
  number.audit = begun.audit;
  number.fixed = *std::move(fixed);
  return keep_number(begun.path, number);
}

}  // namespace

Result<RootRule> root_rule(const Client& client, const ReplayOptions& options) {
  GWAGEO_ASSIGN(log, parse_vkey(client.connection().key.coordinator_verifier));
  RootRule rule{std::move(log), options.policy};
  if (rule.policy && rule.policy->logs.empty()) rule.policy->logs.push_back(rule.log);
  return rule;
}

Result<BegunAudit> begin_audit(Client& client, const ReplayOptions& options, const RootRule& rule) {
  BegunAudit begun;
  GWAGEO_ASSIGN(kept, kept_number_of(options, begun.path));
  const auto& [number, is_new] = kept;
  begun.number = number;
  const std::string commitment = to_hex(audit_commitment(begun.number.nonce));
  GWAGEO_TRY(keep_number(begun.path, begun.number));
  Json body;
  body["job"] = begun.number.job;
  body["sample"] = begun.number.sample;
  body["commitment"] = commitment;
  if (const auto committed = client.call("audit.commit", body); !committed) {
    // Nobody needs a number that nothing was committed to with, unless that is not known.
    const bool is_refused = committed.error().kind != ErrorKind::unavailable;
    if (is_refused && is_new) GWAGEO_TRY(remove_file(begun.path));
    return tl::unexpected(committed.error());
  }
  Json find;
  find["commitment"] = commitment;
  GWAGEO_ASSIGN(known, client.call("audit.show", find));
  begun.audit = static_cast<std::uint64_t>(gwageo::number(known.body, "audit"));
  begun.is_old = shown(known.body, "state") != "committed";
  if (begun.is_old) {
    const bool is_ours = shown(known.body, "nonce") == to_hex(begun.number.nonce);
    if (!is_ours || (is_new && !options.nonce)) {
      return fail(ErrorKind::corrupt, "the coordinator says that audit " +
                                          std::to_string(begun.audit) +
                                          " is drawn, by a number that it was not told");
    }
    if (begun.number.fixed) GWAGEO_TRY(check_fixed_root(*begun.number.fixed, rule));
    // Of an old audit a file that has just been made knows nothing.
    if (is_new) GWAGEO_TRY(remove_file(std::exchange(begun.path, {})));
    return begun;
  }
  const auto size = static_cast<std::uint64_t>(gwageo::number(known.body, "size"));
  GWAGEO_TRY(fix_root(client, options, rule, size, begun));
  Json told;
  told["audit"] = begun.audit;
  told["nonce"] = to_hex(begun.number.nonce);
  GWAGEO_TRY(client.call("audit.reveal", told));
  return begun;
}

Result<KeptNumber> kept_of(const std::string& path, std::uint64_t audit, const RootRule& rule) {
  GWAGEO_ASSIGN(kept, read_kept_number(path));
  // One that was broken off before the coordinator gave it a number is known by its commitment.
  if (kept.audit != 0 && kept.audit != audit) {
    return fail(ErrorKind::bad_input, path + ": is of audit " + std::to_string(kept.audit) +
                                          ", not of audit " + std::to_string(audit));
  }
  if (kept.fixed) GWAGEO_TRY(check_fixed_root(*kept.fixed, rule));
  return kept;
}

}  // namespace gwageo
