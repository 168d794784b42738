#include "ops/bench_verify.h"

#include <stdlib.h>

#include <filesystem>
#include <memory>

#include "coordinator/journal.h"
#include "coordinator/keys.h"
#include "coordinator/log_folder.h"
#include "ops/bench_figures.h"
#include "ops/evidence.h"
#include "ops/system_clock.h"
#include "ops/verification.h"
#include "protocol/merkle_proof.h"

namespace gwageo {
namespace {

constexpr char origin[] = "bench.example/log";
constexpr std::uint64_t items_of_lease = 32;

/// A journal that nobody stores: what it was made of is made again where it is read. Only from its
/// beginning on.
class MadeJournal final : public Store {
 public:
  explicit MadeJournal(std::uint64_t records) : records_(records) {}

  Status write(const WriteBatch&, Sync) override { return refuse(); }
  Status sync() override { return refuse(); }
  Status copy_to(const std::string&) const override { return refuse(); }
  Result<std::optional<std::string>> read(std::string_view) const override { return std::nullopt; }
  Result<std::optional<std::pair<std::string, std::string>>> last(std::string_view,
                                                                  std::string_view) const override {
    return std::nullopt;
  }

  Status scan(std::string_view, std::string_view,
              const std::function<bool(std::string_view, std::string_view)>& visit) const override {
    JournalWriter journal;
    const auto put = [&](const Fact& fact) {
      const auto at = static_cast<std::int64_t>(journal.size());
      const JournalEntry entry = journal.append({at * 100}, {at * 100}, fact);
      return visit(keys::journal(entry.sequence), entry.bytes);
    };
    put(Founded{origin, "UTC"});
    put(CoordinatorStarted{"bench"});
    SuiteAdded suite;
    suite.name = "bench";
    suite.version = 1;
    suite.items = records_ / 2 * items_of_lease;
    suite.requests = suite.items;
    put(suite);
    ModelAdded model;
    model.name = "bench";
    model.version = 1;
    model.team = "default";
    model.engine = "paced";
    model.released = "2026-01-01";
    put(model);
    JobAccepted job;
    job.job = {1};
    job.submitter = "operator";
    job.team = "default";
    job.model = "bench";
    job.suite = "bench";
    job.suite_version = suite.version;
    job.items = suite.items;
    put(job);
    put(WorkerJoined{{1}, "one", "worker"});
    ResultsRecorded recorded{{1}, {1}, {}, {}, {}};
    recorded.outcomes[0] = items_of_lease;
    for (std::uint64_t n = 1; journal.size() < records_; ++n) {
      const LeaseId lease{n};
      const Range range{(n - 1) * items_of_lease, n * items_of_lease};
      if (!put(LeaseGranted{lease, {1}, {1}, 0, {range}, false, seconds(1), false})) break;
      if (journal.size() == records_) break;
      recorded.lease = lease;
      recorded.ranges = {range};
      recorded.records_root = sha256(std::to_string(n));
      if (!put(recorded)) break;
    }
    head_ = journal.head();
    return {};
  }

  /// After a scan to the end.
  Checkpoint head() const { return {origin, head_.size(), head_.root()}; }

 private:
  static tl::unexpected<Error> refuse() { return fail(ErrorKind::not_allowed, "it is only read"); }
  std::uint64_t records_;
  mutable JournalHead head_;
};

double megabytes_in(const std::string& folder) {
  double bytes = 0;
  std::error_code error;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder, error)) {
    if (entry.is_regular_file(error)) bytes += static_cast<double>(entry.file_size(error));
  }
  return bytes / 1e6;
}

Result<double> prove_once(const std::string& folder, const Checkpoint& head, std::uint64_t index) {
  const SystemClock clock;
  const Duration began = clock.monotonic();
  const NodeAt nodes = nodes_from_tiles(
      head.size, [&](const TileName& tile) { return read_published_tile(folder, tile); });
  GWAGEO_ASSIGN(proof, prove_inclusion(index, head.size, nodes));
  GWAGEO_ASSIGN(leaf, nodes({0, index}));
  GWAGEO_TRY(check_inclusion(index, head.size, leaf, proof, head.root));
  return in_seconds(clock.monotonic() - began) * 1e6;
}

Result<VerifySpeed> measure_in(std::uint64_t records, const std::string& folder) {
  const SystemClock clock;
  VerifySpeed speed;
  speed.records = records;
  GWAGEO_ASSIGN(keys, generate_key_pair());
  const NoteKey key{origin, keys.verifying};
  Duration began = clock.monotonic();
  const MadeJournal journal(records);
  LogFolder log = LogFolder::open(folder, key);
  GWAGEO_TRY(log.extend(journal, records));
  GWAGEO_TRY(log.publish(sign_checkpoint(journal.head(), keys.signing)));
  speed.publish_seconds = in_seconds(clock.monotonic() - began);
  speed.megabytes = megabytes_in(folder);
  Invocation arguments;
  arguments.add("signer", to_vkey(key));
  began = clock.monotonic();
  const double cpu_before = own_cpu_seconds();
  GWAGEO_ASSIGN(evidence, open_evidence(arguments, folder));
  GWAGEO_ASSIGN(found, verify(evidence));
  speed.cpu_seconds = own_cpu_seconds() - cpu_before;
  speed.seconds = in_seconds(clock.monotonic() - began);
  speed.memory_mb = own_memory_mb();
  if (!found.ok) return fail(ErrorKind::corrupt, "an honest log is refused: " + found.reason);
  constexpr std::uint64_t proofs = 100;
  for (std::uint64_t i = 0; i < proofs; ++i) {
    GWAGEO_ASSIGN(took, prove_once(folder, journal.head(), i * (records - 1) / proofs));
    speed.prove_us += took / static_cast<double>(proofs);
  }
  return speed;
}

}  // namespace

Result<VerifySpeed> measure_verification(std::uint64_t records, const std::string& parent) {
  std::string folder = parent + "/gwageo-verify-XXXXXX";
  if (::mkdtemp(folder.data()) == nullptr) {
    return fail(ErrorKind::io, parent + ": no folder can be made there");
  }
  Result<VerifySpeed> speed = measure_in(records, folder);
  std::error_code ignored;
  std::filesystem::remove_all(folder, ignored);
  return speed;
}

}  // namespace gwageo
