// gwageo recover: refills a journal that lost its end, or records of its middle, from a mirror's
// tiles. Nothing that is there is changed: a record that is another one is refused, not replaced.
#include <set>
#include <utility>

#include "coordinator/durable_file.h"
#include "coordinator/fact_codec.h"
#include "coordinator/keys.h"
#include "coordinator/log_folder.h"
#include "coordinator/rocks_store.h"
#include "ops/archive.h"
#include "ops/evidence.h"
#include "ops/output.h"
#include "ops/start_options.h"
#include "ops/system.h"
#include "ops/verbs.h"
#include "ops/verification.h"
#include "protocol/key_file.h"

namespace gwageo {
namespace {

constexpr std::size_t records_of_batch = 1000;
constexpr Duration lock_at_most = seconds(2);

struct Recovered {
  std::uint64_t size = 0;            ///< Records of the mirror.
  std::uint64_t refilled = 0;        ///< Records that were not in the store.
  std::uint64_t rows = 0;            ///< Other rows, from an archive.
  std::uint64_t blocks_missing = 0;  ///< Blocks of results that the records vouch for.
  std::set<JobId> jobs_missing;      ///< Whose they are.
};

/// The mirror, verified as an audit would, with the data directory's own key.
Result<Evidence> open_mirror(const std::string& path, const std::string& vkey) {
  Invocation arguments;
  arguments.add("signer", vkey);
  GWAGEO_ASSIGN(mirror, open_evidence(arguments, path));
  if (mirror.log_folder.empty()) {
    return fail(ErrorKind::bad_input,
                path + ": is no published log (gwageo audit export makes one)");
  }
  GWAGEO_ASSIGN(found, verify(mirror));
  if (!found.ok) return fail(ErrorKind::corrupt, path + ": is no whole log: " + found.reason);
  return mirror;
}

/// Writes the records of the mirror that are missing, in order, so that a crash leaves a shorter
/// journal and no hole that was not there.
Status refill(const Store& mirror, Store& store, Recovered& done) {
  Status failed;
  WriteBatch batch;
  const keys::KeyRange all = keys::journal_from(0);
  GWAGEO_TRY(mirror.scan(all.first, all.second, [&](std::string_view key, std::string_view bytes) {
    const Result<std::optional<std::string>> there = store.read(key);
    if (!there) {
      failed = tl::unexpected(there.error());
    } else if (!*there) {
      batch.puts.emplace_back(key, bytes);
      ++done.refilled;
    } else if (**there != bytes) {
      failed = fail(ErrorKind::corrupt,
                    "record " + std::to_string(done.size) +
                        " in the store is not the one in the mirror: nothing is replaced; ask the "
                        "witnesses which of the two was signed");
    }
    if (failed && batch.puts.size() == records_of_batch) {
      failed = store.write(std::exchange(batch, {}), Sync::yes);
    }
    ++done.size;
    return failed.has_value();
  }));
  GWAGEO_TRY(failed);
  return batch.empty() ? Status() : store.write(batch, Sync::yes);
}

/// Rows that are no records, where they are missing; an audit compares them with the records later.
Status refill_rows(const std::string& archive, Store& store, Recovered& done) {
  const std::unique_ptr<Store> rows = new_memory_store();
  GWAGEO_TRY(load_archive(archive, *rows));
  const keys::KeyRange journal = keys::journal_from(0);
  WriteBatch batch;
  Status failed;
  GWAGEO_TRY(rows->scan("", "\x7f", [&](std::string_view key, std::string_view value) {
    if (journal.first <= key && key < journal.second) return true;
    const Result<std::optional<std::string>> there = store.read(key);
    if (!there) failed = tl::unexpected(there.error());
    if (there && !*there) batch.puts.emplace_back(key, value);
    return failed.has_value();
  }));
  GWAGEO_TRY(failed);
  done.rows = batch.puts.size();
  return batch.empty() ? Status() : store.write(batch, Sync::yes);
}

Status find_missing(const Store& store, std::uint64_t size, Recovered& done) {
  Status failed;
  GWAGEO_TRY(replay(store, size, [&](const State&, const Record& record) {
    const auto* const f = std::get_if<ResultsRecorded>(&record.fact);
    if (f == nullptr || !failed) return;
    const Result<std::optional<std::string>> block =
        store.read(keys::result_block(f->job, f->ranges.front().begin, f->lease));
    if (!block) failed = tl::unexpected(block.error());
    if (!block || *block) return;
    ++done.blocks_missing;
    done.jobs_missing.insert(f->job);
  }));
  return failed;
}

/// The guard has to be of what is there now. One over more records stays, and still refuses a
/// start.
Status guard(const DataDirectory& directory, const std::string& note, const NoteKey& key,
             const Recovered& done) {
  const Result<std::string> old = read_file(directory.checkpoint_path(), note_bytes_max);
  const Result<Checkpoint> before =
      old ? open_checkpoint(*old, key) : Result<Checkpoint>(tl::unexpected(old.error()));
  if (before && before->size > done.size) {
    return fail(ErrorKind::corrupt,
                directory.checkpoint_path() + " was signed over " + std::to_string(before->size) +
                    " records, and the mirror has " + std::to_string(done.size) +
                    ", which are in the store now: records " + std::to_string(done.size) + " to " +
                    std::to_string(before->size - 1) +
                    " are still missing; look for a newer mirror");
  }
  if (before && before->size == done.size) return {};
  return replace_file(directory.checkpoint_path(), note);
}

int tell(const Invocation& arguments, const Recovered& done) {
  std::string jobs;
  for (const JobId job : done.jobs_missing) {
    jobs += (jobs.empty() ? "" : ", ") + std::to_string(job.value);
  }
  if (arguments.json()) {
    Json document;
    document["ok"] = done.blocks_missing == 0;
    document["size"] = done.size;
    document["refilled"] = done.refilled;
    document["rows"] = done.rows;
    document["result_blocks_missing"] = done.blocks_missing;
    print(document);
  } else {
    say(std::to_string(done.refilled) + " of " + std::to_string(done.size) +
        " records were missing and are there again\n" +
        (done.rows == 0 ? "" : std::to_string(done.rows) + " other rows as well\n") +
        (done.blocks_missing == 0 ? ""
                                  : "answers of " + std::to_string(done.blocks_missing) +
                                        " records are missing, which a log does not hold (jobs " +
                                        jobs + "): give an archive that has them with --rows\n"));
  }
  return done.blocks_missing == 0 ? exit_code::done : exit_code::no;
}

}  // namespace

Result<int> verb_recover(const Invocation& arguments) {
  const std::optional<std::string> from = arguments.text("from");
  if (!from || from->empty()) return fail(ErrorKind::bad_input, "recover needs --from DIR");
  const std::string data = arguments.data_directory();
  GWAGEO_ASSIGN(vkey, read_coordinator_verifier(data + "/keys/coordinator.key"));
  GWAGEO_ASSIGN(key, parse_vkey(vkey));
  GWAGEO_ASSIGN(mirror, open_mirror(absolute_path(*from), vkey));
  GWAGEO_ASSIGN(directory, take_directory(data, lock_at_most));
  RocksOptions options;
  options.path = directory.store_path();
  GWAGEO_ASSIGN(store, open_rocks_store(options));
  Recovered done;
  GWAGEO_TRY(refill(*mirror.store, *store, done));
  if (const auto archive = arguments.text("rows")) {
    GWAGEO_TRY(refill_rows(*archive, *store, done));
  }
  GWAGEO_TRY(find_missing(*store, done.size, done));
  GWAGEO_TRY(guard(directory, *mirror.note, key, done));
  return tell(arguments, done);
}

}  // namespace gwageo
