// gwageo recover: refills a journal that lost its end, or records of its middle, from a mirror's
// tiles, and what people signed for them. Nothing that is there is changed: a record that is
// another one is refused, not replaced.
#include <utility>
#include <vector>

#include "coordinator/durable_file.h"
#include "coordinator/fact_codec.h"
#include "coordinator/keys.h"
#include "coordinator/log_folder.h"
#include "coordinator/rocks_store.h"
#include "ops/archive.h"
#include "ops/evidence.h"
#include "ops/missing_rows.h"
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
  std::uint64_t size = 0;        ///< Records of the mirror.
  std::uint64_t refilled = 0;    ///< Records that were not in the store.
  std::uint64_t statements = 0;  ///< What people signed for records, from the mirror.
  std::uint64_t rows = 0;        ///< Other rows, from an archive.
  MissingRows missing;
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

/// Before anything is written: what is there has to be what the mirror has.
Status check_same(const Store& mirror, const Store& store) {
  Status failed;
  std::uint64_t next = 0;
  const keys::KeyRange all = keys::journal_from(0);
  GWAGEO_TRY(mirror.scan(all.first, all.second, [&](std::string_view key, std::string_view bytes) {
    const Result<std::optional<std::string>> there = store.read(key);
    if (!there) failed = tl::unexpected(there.error());
    if (there && *there && **there != bytes) {
      failed = fail(ErrorKind::corrupt,
                    "record " + std::to_string(next) +
                        " in the store is not the one in the mirror: nothing is replaced; ask the "
                        "witnesses which of the two was signed");
    }
    ++next;
    return failed.has_value();
  }));
  return failed;
}

/// Writes the records of the mirror that are missing, in order, so that a crash leaves a shorter
/// journal and no hole that was not there.
Status refill(const Store& mirror, Store& store, Recovered& done) {
  Status failed;
  WriteBatch batch;
  const keys::KeyRange all = keys::journal_from(0);
  GWAGEO_TRY(mirror.scan(all.first, all.second, [&](std::string_view key, std::string_view bytes) {
    const Result<std::optional<std::string>> there = store.read(key);
    if (!there) failed = tl::unexpected(there.error());
    if (there && !*there) {
      batch.puts.emplace_back(key, bytes);
      ++done.refilled;
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

/// What people signed for the records, where it is missing and the mirror has it.
Status refill_statements(const Store& mirror, Store& store, Recovered& done) {
  std::vector<Digest> named;
  const keys::KeyRange all = keys::journal_from(0);
  GWAGEO_TRY(mirror.scan(all.first, all.second, [&](std::string_view, std::string_view bytes) {
    const Result<Record> record = decode_record(bytes);
    if (record && record->statement) named.push_back(record->statement->digest);
    return true;
  }));
  WriteBatch batch;
  for (const Digest& digest : named) {
    const std::string key = keys::blob(digest);
    GWAGEO_ASSIGN(there, store.read(key));
    if (there) continue;
    GWAGEO_ASSIGN(bytes, mirror.read(key));
    if (!bytes) continue;
    batch.puts.emplace_back(key, *std::move(bytes));
    ++done.statements;
    if (batch.puts.size() == records_of_batch) {
      GWAGEO_TRY(store.write(std::exchange(batch, {}), Sync::yes));
    }
  }
  return batch.empty() ? Status() : store.write(batch, Sync::yes);
}

/// Rows that are no records, where they are missing; an audit compares them with the records later.
Status refill_rows(const Store& rows, Store& store, Recovered& done) {
  const keys::KeyRange journal = keys::journal_from(0);
  WriteBatch batch;
  Status failed;
  GWAGEO_TRY(rows.scan("", "\x7f", [&](std::string_view key, std::string_view value) {
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

Json to_json(const Recovered& done) {
  Json document;
  document["ok"] = !done.missing.any();
  document["size"] = done.size;
  document["refilled"] = done.refilled;
  document["statements"] = done.statements;
  document["rows"] = done.rows;
  document["result_blocks_missing"] = done.missing.blocks;
  document["statements_missing"] = done.missing.statements;
  document["files_missing"] = done.missing.files;
  document["missing"] = Json::array();
  for (const std::string& name : done.missing.names) document["missing"].push_back(name);
  return document;
}

int tell(const Invocation& arguments, const Recovered& done) {
  const int code = done.missing.any() ? exit_code::no : exit_code::done;
  if (arguments.json()) {
    print(to_json(done));
    return code;
  }
  const auto also = [](std::uint64_t count, const std::string& what) {
    return count == 0 ? std::string() : std::to_string(count) + " " + what + " as well\n";
  };
  say(std::to_string(done.refilled) + " of " + std::to_string(done.size) +
      " records were missing and are there again\n" +
      also(done.statements, "statements that people signed") + also(done.rows, "other rows") +
      done.missing.text() + (code == exit_code::done ? "" : "Until then it is not served.\n"));
  return code;
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
  const std::unique_ptr<Store> rows = new_memory_store();
  if (const auto archive = arguments.text("rows")) GWAGEO_TRY(load_archive(*archive, *rows));
  RocksOptions options;
  options.path = directory.store_path();
  GWAGEO_ASSIGN(store, open_rocks_store(options));
  GWAGEO_TRY(check_same(*mirror.store, *store));
  // Records are back before all is that they name; whoever dies in between leaves this note.
  GWAGEO_TRY(directory.note_missing("A recovery began here and has not ended.\n"));
  Recovered done;
  GWAGEO_TRY(refill(*mirror.store, *store, done));
  GWAGEO_TRY(refill_statements(*mirror.store, *store, done));
  GWAGEO_TRY(refill_rows(*rows, *store, done));
  GWAGEO_ASSIGN(missing, find_missing_rows(*store, done.size));
  done.missing = std::move(missing);
  const Status guarded = guard(directory, *mirror.note, key, done);
  const std::string records = guarded ? "" : guarded.error().message + "\n";
  GWAGEO_TRY(directory.note_missing(done.missing.text() + records));
  GWAGEO_TRY(guarded);
  return tell(arguments, done);
}

}  // namespace gwageo
