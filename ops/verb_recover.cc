// gwageo recover: refills a journal that lost its end, or records of its middle, from a mirror's
// tiles, and what people signed for them. A mirror that is not of the log that the directory holds
// checkpoints of is refused, and so is one that leaves records missing which one of them covers,
// unless somebody accepts that loss. No record that is there is changed: another one is refused,
// not replaced.
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <utility>
#include <vector>

#include "coordinator/durable_file.h"
#include "coordinator/fact_codec.h"
#include "coordinator/keys.h"
#include "coordinator/rocks_store.h"
#include "coordinator/words.h"
#include "ops/coordinator_keys.h"
#include "ops/mended_journal.h"
#include "ops/missing_rows.h"
#include "ops/output.h"
#include "ops/recovered_rows.h"
#include "ops/recovery_heads.h"
#include "ops/recovery_sources.h"
#include "ops/start_options.h"
#include "ops/system.h"
#include "ops/unvouched_results.h"
#include "ops/verbs.h"

namespace gwageo {
namespace {

constexpr std::size_t records_of_batch = 1000;
constexpr Duration recovery_lock_at_most = seconds(2);

struct Recovered {
  std::uint64_t size = 0;        ///< Records of the mirror.
  std::uint64_t refilled = 0;    ///< Records that were not in the store.
  std::uint64_t statements = 0;  ///< What people signed for records, from the mirror.
  RecoveredRows rows;            ///< Other rows, from an archive or another store.
  MissingRows missing;
  std::string other_mirror;    ///< That records are from, where the one that was named has fewer.
  std::vector<HeldHead> lost;  ///< Over more records than there are, which was accepted.
  UnvouchedResults unvouched;  ///< Of records that are given up with them.
  std::string set_aside;       ///< The folder that both are in, as far as the directory had them.
  /// No record is missing between others, and everything that records name is there and fits.
  bool is_whole(const MendedJournal& journal) const {
    return journal.gaps.empty() && !missing.any() && rows.unfit == 0;
  }
};

/// Before anything is written: what is there has to be what the mirror has.
Status check_same(const RecoverySources& sources, const Store& store) {
  Status failed;
  std::uint64_t next = 0;
  const auto look = [&](std::string_view key, std::string_view bytes) {
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
  };
  GWAGEO_TRY(sources.mirror->store->scan(keys::journal(0), keys::journal(sources.size), look));
  return failed;
}

/// What is recovered has nothing to bring to itself, and is held by whoever recovers it.
Status check_rows_are_elsewhere(const Invocation& arguments) {
  const std::optional<std::string> rows = arguments.text("rows");
  std::error_code error;
  const bool is_same =
      rows && std::filesystem::equivalent(absolute_path(*rows), arguments.data_directory(), error);
  if (!is_same) return {};
  return fail(
      ErrorKind::bad_input,
      "--rows " + *rows +
          ": is the data directory that is recovered, whose rows are there already; give an "
          "archive, a backup or another data directory, or no --rows");
}

/// Writes the records of the mirror that are missing, in order, so that a crash leaves a shorter
/// journal and no hole that was not there.
Status refill(const RecoverySources& sources, Store& store, Recovered& done) {
  Status failed;
  WriteBatch batch;
  const auto look = [&](std::string_view key, std::string_view bytes) {
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
  };
  GWAGEO_TRY(sources.mirror->store->scan(keys::journal(0), keys::journal(sources.size), look));
  GWAGEO_TRY(failed);
  return batch.empty() ? Status() : store.write(batch, Sync::yes);
}

/// What people signed for the records, where it is missing or another and the mirror has it.
Status refill_statements(const Store& mirror, std::uint64_t size, Store& store, Recovered& done) {
  std::vector<Digest> named;
  GWAGEO_TRY(mirror.scan(keys::journal(0), keys::journal(size),
                         [&](std::string_view, std::string_view bytes) {
                           const Result<Record> record = decode_record(bytes);
                           if (record && record->statement) {
                             named.push_back(record->statement->digest);
                           }
                           return true;
                         }));
  WriteBatch batch;
  for (const Digest& digest : named) {
    const std::string key = keys::blob(digest);
    GWAGEO_ASSIGN(there, store.read(key));
    if (there && sha256(*there) == digest) continue;
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

/// What else the records name, from `rows`. REQUIRES: there is no gap in them.
Status refill_rows(const Store& rows, Store& store, std::uint64_t size, Recovered& done) {
  GWAGEO_ASSIGN(put_back, recover_rows(rows, store, size));
  done.rows = std::move(put_back);
  GWAGEO_ASSIGN(missing, find_missing_rows(store, size));
  done.missing = std::move(missing);
  return {};
}

/// Nothing unless somebody says how many records are left.
Result<std::optional<std::uint64_t>> accepted_size(const Invocation& arguments) {
  GWAGEO_ASSIGN(size, arguments.whole_or("accept-loss", -1, 0, std::int64_t{1} << 53));
  if (size < 0) return std::nullopt;
  return static_cast<std::uint64_t>(size);
}

/// The guard is over as many records as was ever signed here. REQUIRES: the journal goes on from
/// the one that is there and from the mirror's note.
Status guard(const DataDirectory& directory, const std::string& note, const NoteKey& key,
             const Recovered& done) {
  const Result<std::string> old = read_file(directory.checkpoint_path(), note_bytes_max);
  const Result<Checkpoint> before =
      old ? open_checkpoint(*old, key) : Result<Checkpoint>(tl::unexpected(old.error()));
  if (before && before->size >= done.size) return {};
  return replace_file(directory.checkpoint_path(), note);
}

/// What is missing still and no loss that was accepted, in lines for people.
std::string lacking(const MendedJournal& journal, const Recovered& done) {
  if (journal.gaps.empty()) return done.rows.text(journal.size) + done.missing.text();
  return std::to_string(journal.missing()) +
         " records are missing, which the mirror has not: " + journal.gaps_text() +
         "; give a mirror that has them with --from (what records name is looked for then)\n";
}

Json recovered_json(const MendedJournal& journal, const Recovered& done) {
  Json document;
  document["ok"] = done.is_whole(journal);
  document["size"] = done.size;
  document["refilled"] = done.refilled;
  document["records"] = journal.size;
  document["records_missing"] = journal.missing();
  document["gaps"] = to_json(journal.gaps);
  document["records_from"] = done.other_mirror.empty() ? Json() : Json(done.other_mirror);
  document["statements"] = done.statements;
  document["rows"] = done.rows.put;
  document["rows_replaced"] = done.rows.replaced;
  document["rows_left_out"] = done.rows.left_out;
  document["rows_refused"] = done.rows.refused;
  document["rows_unfit"] = done.rows.unfit;
  document["result_blocks_missing"] = done.missing.blocks;
  document["statements_missing"] = done.missing.statements;
  document["files_missing"] = done.missing.files;
  document["superseded_missing"] = done.missing.superseded;
  document["missing"] = Json::array();
  for (const std::string& name : done.missing.names) document["missing"].push_back(name);
  document["unfit"] = Json::array();
  for (const std::string& name : done.rows.names) document["unfit"].push_back(name);
  document["lost"] = Json::array();
  for (const HeldHead& head : done.lost) document["lost"].push_back(head.source);
  document["results_set_aside"] = done.unvouched.keys.size();
  document["set_aside"] = done.set_aside.empty() ? Json() : Json(done.set_aside);
  return document;
}

std::string counted_rows(std::uint64_t count, const char* one, const char* several) {
  return counted(static_cast<std::int64_t>(count), "row", one, several);
}

/// What was done beside, and makes nothing incomplete.
std::string left_and_replaced(const Recovered& done) {
  std::string text;
  if (done.rows.replaced > 0) {
    text += counted_rows(done.rows.replaced, "was not what its record says, and is replaced\n",
                         "were not what their records say, and are replaced by those that are\n");
  }
  if (done.rows.left_out > 0) {
    text += counted_rows(done.rows.left_out, "that was brought is left out: no record names it\n",
                         "that were brought are left out: no record names them\n");
  }
  if (done.missing.superseded > 0) {
    text += std::to_string(done.missing.superseded) +
            " documents of verdicts that were reached anew since are not there; no audit needs "
            "them, and target history and explain say so (--rows brings them back)\n";
  }
  return text;
}

/// Answers of records that somebody goes on without.
std::string results_set_aside(const Recovered& done) {
  if (done.unvouched.keys.empty()) return {};
  return counted(static_cast<std::int64_t>(done.unvouched.keys.size()), "block") +
         " of results, of which no record speaks, are set aside in " +
         unvouched_archive(done.set_aside) + " (jobs " + list_of(done.unvouched.jobs) +
         "): what --rows takes, should a mirror with their records be found\n";
}

/// What somebody goes on without, and what that means to others.
std::string accepted_loss(const MendedJournal& journal, const Recovered& done) {
  if (done.lost.empty()) return results_set_aside(done);
  std::uint64_t most = 0;
  std::string text;
  for (const HeldHead& head : done.lost) {
    most = std::max(most, head.checkpoint.size);
    text += "  " + head.source + ", over " + std::to_string(head.checkpoint.size) + " records\n";
  }
  return "records " + std::to_string(journal.size) + " to " + std::to_string(most - 1) +
         " were signed and are lost, which was accepted: whoever holds a checkpoint over any of "
         "them will say that this log tells two stories, and be right. It is held against no more "
         "here, and kept in " +
         done.set_aside + " where it was the directory's own:\n" + text + results_set_aside(done);
}

int tell_recovered(const Invocation& arguments, const MendedJournal& journal,
                   const Recovered& done) {
  const int code = done.is_whole(journal) ? exit_code::done : exit_code::no;
  if (arguments.json()) {
    print(recovered_json(journal, done));
    return code;
  }
  const auto also = [](std::uint64_t count, const std::string& one, const std::string& more) {
    return count == 0 ? std::string()
                      : counted(static_cast<std::int64_t>(count), one) + more + " as well\n";
  };
  say(std::to_string(done.refilled) + " of " + std::to_string(done.size) +
      " records were missing and are there again\n" +
      (done.other_mirror.empty() ? ""
                                 : "They are those of " + done.other_mirror +
                                       ", which has more than the mirror that was named.\n") +
      also(done.statements, "statement", " that people signed") +
      also(done.rows.put, "other row", "") + accepted_loss(journal, done) +
      left_and_replaced(done) + lacking(journal, done) +
      (code == exit_code::done ? "" : "Until then it is not served.\n"));
  return code;
}

/// What was found before anything is written.
struct RecoveryPlan {
  MendedJournal journal;
  std::string aside;  ///< The folder for what is given up.
};

/// Looks whether the mirror may be taken, and whether what is given up can be set aside.
Result<RecoveryPlan> look_before_writing(const RecoverySources& sources,
                                         const std::vector<HeldHead>& heads,
                                         const DataDirectory& directory, const Store& store,
                                         std::optional<std::uint64_t> accepted, Recovered& done) {
  RecoveryPlan plan;
  GWAGEO_ASSIGN(journal, mend(*sources.mirror->store, sources.size, store));
  plan.journal = std::move(journal);
  GWAGEO_ASSIGN(lost, check_goes_on(*sources.mirror, plan.journal, heads, accepted));
  done.lost = std::move(lost);
  GWAGEO_TRY(check_same(sources, store));
  if (!plan.journal.chain) {
    return fail(ErrorKind::corrupt,
                sources.mirror->source + ": what the store has does not go on from it: " +
                    plan.journal.chain.error().message +
                    "; nothing is written: look for the mirror of this directory's own");
  }
  plan.aside = lost_folder(directory, plan.journal.size);
  if (!accepted) return plan;
  GWAGEO_ASSIGN(unvouched, find_unvouched_results(*plan.journal.records, plan.journal.size, store));
  GWAGEO_TRY(check_can_set_aside(unvouched, plan.aside));
  done.unvouched = std::move(unvouched);
  return plan;
}

/// Writes what is missing, in an order in which whoever dies leaves a note or a whole directory.
Status recover_into(DataDirectory& directory, Store& store, const RecoverySources& sources,
                    const RecoveryPlan& plan, const std::string& vkey, Recovered& done) {
  const MendedJournal& journal = plan.journal;
  // Records are back before all is that they name; whoever dies in between leaves this note.
  GWAGEO_TRY(directory.note_missing("A recovery began here and has not ended.\n"));
  GWAGEO_TRY(refill(sources, store, done));
  GWAGEO_TRY(refill_statements(*sources.mirror->store, sources.size, store, done));
  if (sources.mirror != sources.named.get()) {
    GWAGEO_TRY(
        refill_statements(*sources.named->store, sources.named_head.checkpoint.size, store, done));
  }
  GWAGEO_TRY(set_aside(done.unvouched, store, plan.aside, vkey));
  if (journal.gaps.empty())
    GWAGEO_TRY(refill_rows(*sources.rows->store, store, journal.size, done));
  GWAGEO_TRY(set_aside(directory, done.lost, plan.aside));
  if (!done.lost.empty() || !done.unvouched.keys.empty()) done.set_aside = plan.aside;
  GWAGEO_ASSIGN(key, parse_vkey(vkey));
  GWAGEO_TRY(guard(directory, *sources.mirror->note, key, done));
  // Only now: who finds the note knows that the rest is written.
  return directory.note_missing(done.is_whole(journal) ? "" : lacking(journal, done));
}

}  // namespace

Result<int> verb_recover(const Invocation& arguments) {
  GWAGEO_TRY(check_rows_are_elsewhere(arguments));
  const std::optional<std::string> from = arguments.text("from");
  if (!from || from->empty()) return fail(ErrorKind::bad_input, "recover needs --from DIR");
  const std::string data = arguments.data_directory();
  const std::string key_file = data + "/keys/coordinator.key";
  GWAGEO_ASSIGN(vkey, read_own_verifier(key_file));
  GWAGEO_ASSIGN(key, parse_vkey(vkey));
  const SourcePaths paths{*from, arguments.text("rows"), arguments.text("policy")};
  GWAGEO_ASSIGN(sources, open_sources(paths, key_file, vkey));
  if (!sources.unused.empty()) {
    std::fprintf(stderr, "gwageo: warning: %s\n", sources.unused.c_str());
  }
  GWAGEO_ASSIGN(directory, take_directory(data, recovery_lock_at_most));
  GWAGEO_ASSIGN(heads, heads_held_in(directory, key, arguments.texts("witness")));
  if (sources.mirror != sources.named.get()) heads.push_back(sources.named_head);
  GWAGEO_ASSIGN(accepted, accepted_size(arguments));
  RocksOptions options;
  options.path = directory.store_path();
  GWAGEO_ASSIGN(store, open_rocks_store(options));
  Recovered done;
  if (sources.mirror != sources.named.get()) done.other_mirror = sources.mirror->source;
  GWAGEO_ASSIGN(plan, look_before_writing(sources, heads, directory, *store, accepted, done));
  GWAGEO_TRY(recover_into(directory, *store, sources, plan, vkey, done));
  return tell_recovered(arguments, plan.journal, done);
}

}  // namespace gwageo
