// Files first, for the tasks of a plan are those of its suite's files; then plans, for results are
// checked against theirs; then the results.
#include "ops/recovered_rows.h"

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <utility>

#include "coordinator/keys.h"
#include "coordinator/plan_store.h"
#include "coordinator/plan_tasks.h"
#include "coordinator/result_block.h"
#include "coordinator/result_check.h"
#include "coordinator/suite_files.h"
#include "coordinator/words.h"
#include "ops/unvouched_results.h"
#include "ops/verification.h"
#include "protocol/check.h"

namespace gwageo {
namespace {

constexpr std::size_t recovered_names_max = 20;
constexpr std::size_t recovered_batch_bytes = std::size_t{8} << 20;

/// A block of results that a record vouches for.
struct StatementVoucher {
  std::uint64_t sequence = 0;
  ResultsRecorded recorded;
  WorkerId worker;  ///< That had the lease.
};

/// A file that a record names.
struct RecoveredFile {
  Digest digest;
  std::uint64_t sequence = 0;
};

std::string of_record_number(std::uint64_t sequence) {
  return " of record " + std::to_string(sequence);
}

/// A plan made anew from the entries that `from` has of it, with all that follows from them and
/// from its suite's files, which `files` has. corrupt unless it is the one on record.
Result<std::unique_ptr<Store>> rebuilt(const Store& from, const SuiteAdded& plan,
                                       const Store& files) {
  PlanReader reader(from);
  const PlanOnRecord on_record{plan.manifest, plan.plan_root};
  GWAGEO_ASSIGN(header, reader.header(on_record));
  if (header->items != plan.items) return fail(ErrorKind::corrupt, "has other items");
  GWAGEO_ASSIGN(tasks, tasks_of_suite(files, plan.manifest));
  GWAGEO_ASSIGN(numbers, TaskNumbers::between(header->tasks, tasks));
  std::unique_ptr<Store> rows = new_memory_store();
  PlanWriter writer(*rows, plan.manifest, tasks);
  for (std::uint64_t i = 0; i < plan.items; ++i) {
    GWAGEO_ASSIGN(block, reader.block_of(on_record, i));
    GWAGEO_ASSIGN(entry, block->entry(i % entries_of_block));
    entry.task = numbers.in_suite(entry.task);
    GWAGEO_TRY(writer.add(entry));
  }
  GWAGEO_TRY(writer.finish());
  return rows;
}

/// A header without roots of blocks is as good as the one with them.
bool is_header_of_before(std::string_view there, std::string_view right) {
  const std::optional<PlanHeader> header = decode_plan_header(right);
  return header && there == encode(*header, HeaderLayout::without_roots);
}

class Recovery {
 public:
  Recovery(const Store& given, Store& store) : given_(given), store_(store), results_(store) {}

  Result<RecoveredRows> run(std::uint64_t size) {
    GWAGEO_ASSIGN(
        state, replay(store_, size, [this](const State&, const Record& record) { look(record); }));
    GWAGEO_TRY(put_files());
    for (const auto& [manifest, plan] : plans_) GWAGEO_TRY(put_plan(plan.first, plan.second));
    GWAGEO_TRY(flush());
    GWAGEO_TRY(check_other_files());
    for (const auto& [key, voucher] : vouchers_) {
      const JobAccepted& accepted = state.job(voucher.recorded.job)->accepted;
      const SuiteAdded& plan = state.plan_of(accepted);
      GWAGEO_TRY(put_results(key, voucher, {plan.manifest, plan.plan_root}));
    }
    GWAGEO_TRY(flush());
    GWAGEO_TRY(check_other_results(size));
    GWAGEO_TRY(count_left_out());
    return std::move(found_);
  }

 private:
  using Fits = std::function<std::string(std::string_view bytes)>;

  // ---- what records name ----

  void look(const Record& record) {
    at_ = record.sequence;
    if (record.statement) name_file(record.statement->digest);
    std::visit([this](const auto& fact) { see(fact); }, record.fact);
  }

  void see(const SuiteAdded& plan) {
    plans_.try_emplace(plan.manifest, plan, at_);
    name_file(plan.manifest);
  }
  void see(const AuditDrawn& f) {
    for (const AuditPart& part : f.parts) see(part.plan);
  }
  void see(const ClaimsImported& f) {
    name_file(f.file);
    name_file(f.categories);
  }
  void see(const Scored& f) { name_file(f.scores_root); }
  void see(const VerdictReached& f) { name_file(f.document); }
  void see(const StageClosed& f) { name_file(f.document); }
  void see(const GateDecided& f) { name_file(f.evidence); }
  void see(const PointsRecorded& f) { name_file(f.evidence); }
  void see(const LeaseGranted& f) { workers_[f.lease] = f.worker; }
  void see(const ResultsRecorded& f) {
    vouchers_.emplace(keys::result_block(f.job, f.ranges.front().begin, f.lease),
                      StatementVoucher{at_, f, workers_[f.lease]});
  }
  template <class Other>
  void see(const Other&) {}

  void name_file(const Digest& digest) {
    if (digest != Digest{}) files_.try_emplace(keys::blob(digest), RecoveredFile{digest, at_});
  }

  // ---- one row ----

  Status put(const std::string& key, std::string_view value, bool is_there) {
    ++(is_there ? found_.replaced : found_.put);
    bytes_ += key.size() + value.size();
    batch_.puts.emplace_back(key, value);
    return bytes_ > recovered_batch_bytes ? flush() : Status();
  }

  Status flush() {
    bytes_ = 0;
    const WriteBatch batch = std::exchange(batch_, {});
    return batch.empty() ? Status() : store_.write(batch, Sync::yes);
  }

  void name(std::string what) {
    if (found_.names.size() < recovered_names_max) found_.names.push_back(std::move(what));
  }
  void refuse(const std::string& what, const std::string& why) {
    ++found_.refused;
    name("brought: " + what + " " + why);
  }
  void note_unfit(const std::string& what, const std::string& why) {
    ++found_.unfit;
    name("in the directory: " + what + " " + why);
  }

  /// `fits` says how a value is not the one on record; empty: it is.
  Status put_row(const std::string& key, const std::string& what, const Fits& fits) {
    GWAGEO_ASSIGN(there, store_.read(key));
    const std::string wrong = there ? fits(*there) : "is missing";
    if (wrong.empty()) return {};
    GWAGEO_ASSIGN(brought, given_.read(key));
    if (brought) {
      const std::string why = fits(*brought);
      if (why.empty()) return put(key, *brought, there.has_value());
      refuse(what, why);
    }
    if (there) note_unfit(what, wrong);
    return {};
  }

  // ---- plans ----

  Status put_plan(const SuiteAdded& plan, std::uint64_t sequence) {
    const std::string what = "the plan of " + plan.name + "@" + std::to_string(plan.version) +
                             of_record_number(sequence);
    GWAGEO_ASSIGN(there, store_.read(keys::plan_block(plan.manifest, keys::last_block)));
    Result<std::unique_ptr<Store>> rows = rebuilt(store_, plan, store_);
    if (!rows) {
      const std::string wrong = rows.error().message;
      GWAGEO_ASSIGN(brought, given_.read(keys::plan_block(plan.manifest, keys::last_block)));
      if (brought) rows = rebuilt(given_, plan, store_);
      if (brought && !rows) refuse(what, rows.error().message);
      if (!rows && there) note_unfit(what, wrong);
      if (!rows) return {};
    }
    whole_.insert(plan.manifest);
    for (const keys::KeyRange& range :
         {keys::plan_blocks(plan.manifest), keys::plan_key_blocks(plan.manifest)}) {
      Status status;
      GWAGEO_TRY((*rows)->scan(range.first, range.second,
                               [&](std::string_view key, std::string_view value) {
                                 status = put_plan_row(plan, std::string(key), value);
                                 return status.has_value();
                               }));
      GWAGEO_TRY(status);
      GWAGEO_TRY(remove_others(range, **rows));
    }
    return {};
  }

  Status put_plan_row(const SuiteAdded& plan, const std::string& key, std::string_view value) {
    GWAGEO_ASSIGN(there, store_.read(key));
    if (there && *there == value) return {};
    const bool is_header = key == keys::plan_block(plan.manifest, keys::last_block);
    if (there && is_header && is_header_of_before(*there, value)) return {};
    return put(key, value, there.has_value());
  }

  /// Rows of the plan that are none of its.
  Status remove_others(const keys::KeyRange& range, const Store& right) {
    Status status;
    GWAGEO_TRY(store_.scan(range.first, range.second, [&](std::string_view key, std::string_view) {
      const Result<std::optional<std::string>> row = right.read(key);
      if (!row) status = tl::unexpected(row.error());
      if (!row || *row) return row.has_value();
      ++found_.replaced;
      batch_.erasures.emplace_back(key);
      return true;
    }));
    return status;
  }

  // ---- files ----

  Status put_files() {
    for (const auto& [key, file] : files_) GWAGEO_TRY(put_file(key, file));
    GWAGEO_TRY(flush());
    // The pieces that the lists of files name, which are theirs by now.
    for (const auto& [manifest, plan] : plans_) {
      const Result<Manifest> list = read_manifest(store_, manifest);
      if (!list) continue;  // It is missing, and counted as such.
      for (const ManifestFile& file : list->files) {
        for (const Digest& piece : file.pieces) {
          const auto [named, is_new] =
              files_.try_emplace(keys::blob(piece), RecoveredFile{piece, plan.second});
          if (is_new) GWAGEO_TRY(put_file(named->first, named->second));
        }
      }
    }
    return flush();
  }

  Status put_file(const std::string& key, const RecoveredFile& file) {
    const Fits fits = [&](std::string_view bytes) {
      return sha256(bytes) == file.digest ? std::string() : "does not have that digest";
    };
    const std::string what = "the file " + to_hex(file.digest) + of_record_number(file.sequence);
    return put_row(key, what, fits);
  }

  Status check_other_files() {
    Digest last;
    last.bytes.fill(0xff);
    return store_.scan(keys::blob(Digest{}), keys::blob(last) + '\0',
                       [&](std::string_view key, std::string_view value) {
                         if (files_.contains(std::string(key))) return true;
                         if (key == keys::blob(sha256(value))) return true;
                         note_unfit("a file that no record names", "does not have its digest");
                         return true;
                       });
  }

  // ---- results ----

  Status put_results(const std::string& key, const StatementVoucher& voucher,
                     const PlanOnRecord& plan) {
    // Else there is nothing to check by: its plan is what is missing.
    if (!whole_.contains(plan.manifest)) return {};
    const ResultsRecorded& recorded = voucher.recorded;
    const Fits fits = [&](std::string_view bytes) {
      return results_.difference(recorded, voucher.worker, plan, bytes);
    };
    return put_row(key,
                   "the answers of job " + std::to_string(recorded.job.value) + " from item " +
                       std::to_string(recorded.ranges.front().begin) + " on," +
                       of_record_number(voucher.sequence) + ",",
                   fits);
  }

  /// Of any job, known or not: the next one of its number would take them for its own.
  Status check_other_results(std::uint64_t size) {
    GWAGEO_ASSIGN(unvouched, find_unvouched_results(store_, size, store_));
    found_.unvouched = unvouched.keys.size();
    for (const std::string& key : unvouched.keys) {
      note_unfit("a block of results of job " + std::to_string(job_of_results(key).value),
                 "is one that no record vouches for");
    }
    return {};
  }

  // ---- what is not taken ----

  Status count_left_out() {
    std::set<std::string> of_plans;
    for (const auto& [manifest, unused] : plans_) {
      for (const keys::KeyRange& range :
           {keys::plan_blocks(manifest), keys::plan_key_blocks(manifest)}) {
        GWAGEO_TRY(
            given_.scan(range.first, range.second, [&](std::string_view key, std::string_view) {
              of_plans.emplace(key);
              return true;
            }));
      }
    }
    const keys::KeyRange journal = keys::journal_from(0);
    return given_.scan("", "\x7f", [&](std::string_view key, std::string_view) {
      const std::string row(key);
      const bool is_record = journal.first <= key && key < journal.second;
      const bool is_named = files_.contains(row) || vouchers_.contains(row);
      if (!is_record && !is_named && !of_plans.contains(row)) ++found_.left_out;
      return true;
    });
  }

  const Store& given_;
  Store& store_;
  ResultCheck results_;
  std::uint64_t at_ = 0;                                          ///< The record that is looked at.
  std::map<Digest, std::pair<SuiteAdded, std::uint64_t>> plans_;  ///< By manifest; and a record.
  std::map<std::string, RecoveredFile> files_;                    ///< By their keys.
  std::map<std::string, StatementVoucher> vouchers_;              ///< By their keys.
  std::map<LeaseId, WorkerId> workers_;
  std::set<Digest> whole_;  ///< Manifests of plans that are there and fit.
  WriteBatch batch_;
  std::size_t bytes_ = 0;  ///< In the batch.
  RecoveredRows found_;
};

}  // namespace

std::string RecoveredRows::text(std::uint64_t size) const {
  std::string text;
  if (refused > 0) {
    text += counted(static_cast<std::int64_t>(refused), "row",
                    "that was brought is not what its record says, and is not taken",
                    "that were brought are not what their records say, and are not taken") +
            ": bring others with --rows\n";
  }
  if (unfit > unvouched) {
    text += counted(static_cast<std::int64_t>(unfit - unvouched), "row", "that is there is",
                    "that are there are") +
            " not what a record says: bring those that are with --rows, or restore a backup\n";
  }
  if (unvouched > 0) {
    text += counted(static_cast<std::int64_t>(unvouched), "block") +
            " of results are there of which no record speaks: give a mirror that has their records "
            "with --from; or go on without these, knowingly, with --accept-loss " +
            std::to_string(size) + ", which keeps the blocks in a file beside the store\n";
  }
  for (const std::string& one : names) text += "  " + one + "\n";
  if (refused + unfit > names.size()) {
    text += "  and " + std::to_string(refused + unfit - names.size()) + " more\n";
  }
  return text;
}

Result<RecoveredRows> recover_rows(const Store& given, Store& store, std::uint64_t size) {
  const CheckTrap trap;  // As in verify: rows that break a rule of ours are no bug of ours.
  try {
    return Recovery(given, store).run(size);
  } catch (const BrokenRule& broken) {
    return fail(ErrorKind::corrupt, std::string("a row contradicts the journal: ") +
                                        broken.condition + " does not hold; give other --rows");
  }
}

}  // namespace gwageo
