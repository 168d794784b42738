#include "ops/missing_rows.h"

#include <map>
#include <optional>
#include <utility>

#include "coordinator/keys.h"
#include "coordinator/lost_answers.h"
#include "coordinator/suite_files.h"
#include "coordinator/words.h"
#include "ops/verification.h"

namespace gwageo {
namespace {

/// So many are named; the others are counted.
constexpr std::size_t missing_names_max = 20;

std::string of_missing_record(const Record& record) {
  return "record " + std::to_string(record.sequence) + " (" + std::string(kind_of(record.fact)) +
         ")";
}

class Search {
 public:
  explicit Search(const Store& store) : store_(store) {}

  void look(const Record& record) {
    if (record.statement) {
      if (is_away(keys::blob(record.statement->digest))) {
        ++found_.statements;
        name("the statement " + to_hex(record.statement->digest) + " of " +
             record.statement->signer + " for " + of_missing_record(record));
      }
    }
    look_for_answers(record.fact);
    look_for_files(record);
  }

  Result<MissingRows> found(const State& state) {
    for (const auto& [job, items] : blocks_) {
      if (counts_for_nothing(state, job, items)) continue;
      ++found_.blocks;
      found_.jobs.insert(job);
    }
    for (const auto& [of, last] : last_) {
      look_for_file(last.digest, "the document", last.record);
      superseded_.erase(last.digest);
    }
    found_.superseded = superseded_.size();
    GWAGEO_TRY(failed_);
    return std::move(found_);
  }

 private:
  struct Named {
    Digest digest;
    std::string record;  ///< In words.
  };

  bool is_away(const std::string& key) {
    if (!failed_) return false;
    const Result<std::optional<std::string>> there = store_.read(key);
    if (!there) failed_ = tl::unexpected(there.error());
    return there && !*there;
  }

  void name(std::string what) {
    if (found_.names.size() < missing_names_max) found_.names.push_back(std::move(what));
  }

  void look_for_answers(const Fact& fact) {
    const auto* const f = std::get_if<ResultsRecorded>(&fact);
    if (f == nullptr) return;
    if (!is_away(keys::result_block(f->job, f->ranges.front().begin, f->lease))) return;
    blocks_.emplace_back(f->job, f->ranges);
  }

  void look_for_file(const Digest& digest, const std::string& what, const std::string& record) {
    if (digest == Digest{} || files_.contains(digest) || !is_away(keys::blob(digest))) return;
    files_.insert(digest);
    ++found_.files;
    name(what + " " + to_hex(digest) + " of " + record);
  }
  void look_for_file(const Digest& digest, const std::string& what, const Record& record) {
    look_for_file(digest, what, of_missing_record(record));
  }

  /// The last one of a candidate is looked for in the end. The others nothing rests on any more,
  /// and no audit reads them.
  void look_for_verdict(const VerdictReached& verdict, const Record& record) {
    Named& last = last_[{verdict.target, verdict.candidate}];
    const bool was_another = last.digest != Digest{} && last.digest != verdict.document;
    if (was_another && is_away(keys::blob(last.digest))) superseded_.insert(last.digest);
    last = {verdict.document, of_missing_record(record)};
  }

  void look_for_plan(const SuiteAdded& plan, const Record& record) {
    look_for_file(plan.manifest, "the list of files", record);
    look_for_suite_files(plan.manifest, record);
    if (!is_away(keys::plan_block(plan.manifest, keys::last_block))) return;
    ++found_.files;
    name("the plan of " + plan.name + "@" + std::to_string(plan.version) + " of " +
         of_missing_record(record));
  }

  // What the list names, where it is there and right: that it is not is said elsewhere.
  void look_for_suite_files(const Digest& manifest, const Record& record) {
    const Result<Manifest> list = read_manifest(store_, manifest);
    if (!list) return;
    for (const ManifestFile& file : list->files) {
      for (const Digest& piece : file.pieces) {
        look_for_file(piece, "of the file " + file.path + " the part", record);
      }
    }
  }

  void look_for_files(const Record& record) {
    const Fact& fact = record.fact;
    if (const auto* const f = std::get_if<SuiteAdded>(&fact)) look_for_plan(*f, record);
    if (const auto* const f = std::get_if<AuditDrawn>(&fact)) {
      for (const AuditPart& part : f->parts) look_for_plan(part.plan, record);
    }
    if (const auto* const f = std::get_if<ClaimsImported>(&fact)) {
      look_for_file(f->file, "the file", record);
      look_for_file(f->categories, "the file", record);
    }
    if (const auto* const f = std::get_if<Scored>(&fact)) {
      look_for_file(f->scores_root, "the scorecard", record);
    }
    if (const auto* const f = std::get_if<VerdictReached>(&fact)) {
      look_for_verdict(*f, record);
    }
    if (const auto* const f = std::get_if<StageClosed>(&fact)) {
      look_for_file(f->document, "the document", record);
    }
    if (const auto* const f = std::get_if<GateDecided>(&fact)) {
      look_for_file(f->evidence, "the evidence", record);
    }
    if (const auto* const f = std::get_if<PointsRecorded>(&fact)) {
      look_for_file(f->evidence, "the evidence", record);
    }
  }

  const Store& store_;
  Status failed_;
  std::vector<std::pair<JobId, std::vector<Range>>> blocks_;   ///< With the items of each.
  std::map<std::pair<std::string, std::string>, Named> last_;  ///< By target and candidate.
  // Missing ones that are counted: several records may name one.
  std::set<Digest> files_;
  std::set<Digest> superseded_;
  MissingRows found_;
};

}  // namespace

std::string list_of(const std::set<JobId>& jobs) {
  std::string text;
  std::size_t named = 0;
  for (const JobId job : jobs) {
    if (named == missing_names_max)
      return text + " and " + std::to_string(jobs.size() - named) + " more";
    text += (named++ == 0 ? "" : ", ") + std::to_string(job.value);
  }
  return text;
}

std::string MissingRows::text() const {
  std::string text;
  if (blocks > 0) {
    text += "answers of " + counted(static_cast<std::int64_t>(blocks), "record") +
            " are missing, which a log does not hold (jobs " + list_of(jobs) +
            "): give an archive that has them with --rows; where nobody has any, a job that is not "
            "scored yet stands as damaged once it is served, until an operator closes it (gwageo "
            "cancel JOB)\n";
  }
  if (statements > 0) {
    text += counted(static_cast<std::int64_t>(statements), "statement", "that somebody signed is",
                    "that people signed are") +
            " missing, which the mirror has not: give a mirror "
            "that has them with --from, or an archive with --rows\n";
  }
  if (files > 0) {
    text += counted(static_cast<std::int64_t>(files), "file", "that records name is",
                    "that records name are") +
            " missing, which a log does not hold: give an archive that "
            "has them with --rows\n";
  }
  for (const std::string& one : names) text += "  " + one + "\n";
  if (statements + files > names.size()) {
    text += "  and " + std::to_string(statements + files - names.size()) + " more\n";
  }
  return text;
}

Result<MissingRows> find_missing_rows(const Store& store, std::uint64_t size) {
  Search search(store);
  GWAGEO_ASSIGN(state, replay(store, size, [&search](const State&, const Record& record) {
                  search.look(record);
                }));
  return search.found(state);
}

}  // namespace gwageo
