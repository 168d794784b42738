// Three passes. The first reads the journal: chain, order, root, what was signed, what others hold
// of it, and of a published log its tiles. Only a journal that holds is folded into a state, in the
// second. The third compares every block of results with the record that vouches for it, and every
// blob with its name.
#include "ops/verification.h"

#include <algorithm>
#include <map>
#include <set>
#include <vector>

#include "coordinator/fact_codec.h"
#include "coordinator/journal.h"
#include "coordinator/keys.h"
#include "coordinator/lost_answers.h"
#include "coordinator/result_check.h"
#include "ops/audit_seeds.h"
#include "ops/missing_rows.h"
#include "ops/named_plans.h"
#include "ops/scored_outcomes.h"
#include "ops/tile_comparison.h"
#include "ops/unvouched_results.h"
#include "protocol/check.h"

namespace gwageo {
namespace {

/// What a record of the journal says about a block of results.
struct Voucher {
  std::uint64_t sequence = 0;
  ResultsRecorded recorded;
  WorkerId worker;  ///< That had the lease.
};

class Verifier {
 public:
  explicit Verifier(const Evidence& evidence)
      : evidence_(evidence),
        results_(*evidence.store),
        held_(evidence.held),
        heads_(held_),
        witnessed_(evidence.witnessed),
        published_heads_(published_),
        tiles_(evidence.log_folder) {}

  Result<Verification> run() {
    GWAGEO_TRY(check_chain());
    if (is_good()) check_heads(heads_);
    if (is_good()) check_claims();
    if (is_good()) check_heads(witnessed_);
    if (is_good()) check_heads(published_heads_);
    if (is_good()) check_tiles();
    if (is_good()) GWAGEO_TRY(check_results());
    const bool has_rows = evidence_.log_folder.empty();
    if (is_good() && has_rows) GWAGEO_TRY(check_programme());
    if (is_good()) GWAGEO_TRY(check_statements());
    if (is_good() && has_rows && evidence_.client == nullptr) {
      GWAGEO_TRY(check_blobs());
      if (is_good() && !evidence_.is_part()) GWAGEO_TRY(check_files_are_there());
      check_the_rest();
    }
    if (is_good()) check_key();
    found_.ok = is_good();
    return found_;
  }

  Verification contradicted(const BrokenRule& broken) {
    refuse(std::nullopt, "what is stored contradicts the journal: " + rule_in_words(broken));
    found_.ok = false;
    return found_;
  }

 private:
  bool is_good() const { return found_.reason.empty(); }
  bool in_scope(JobId job) const { return !evidence_.jobs || evidence_.jobs->contains(job); }

  void refuse(std::optional<std::uint64_t> first_bad, std::string reason) {
    if (!is_good()) return;
    found_.first_bad = first_bad;
    found_.reason = std::move(reason);
  }

  // What the quorum has cosigned is held by all of it.
  void open_cosigned() {
    if (!evidence_.policy) return;
    if (!evidence_.published) {
      return refuse(std::nullopt, "no checkpoint is published, so no witness has cosigned any");
    }
    const Result<AcceptedCheckpoint> accepted =
        accept_checkpoint(*evidence_.published, *evidence_.policy);
    if (!accepted) {
      return refuse(std::nullopt, "the published checkpoint: " + accepted.error().message);
    }
    found_.cosigned_size = accepted->checkpoint.size;
    found_.witnesses = accepted->witnesses;
    held_.push_back({"what is published", accepted->checkpoint, {}});
  }

  // What a stopped directory has published is looked at before its coordinator starts again, too.
  void open_published() {
    if (evidence_.policy || !evidence_.directory || !evidence_.published) return;
    const std::string file = evidence_.directory->tiles_path() + "/checkpoint";
    Result<Checkpoint> opened = open_note(*evidence_.published);
    if (!opened) {
      return refuse(std::nullopt, "what is published, " + file + ": " + opened.error().message +
                                      ": put a checkpoint of this coordinator there, or take the "
                                      "file away");
    }
    published_.push_back({file, *std::move(opened), {}});
  }

  // Without a key a checkpoint still has to be one, and to fit; who signed it stays unknown.
  Result<Checkpoint> open_note(const std::string& note) const {
    return evidence_.verifier ? open_checkpoint(note, *evidence_.verifier)
                              : read_unchecked_checkpoint(note);
  }

  void open_signed() {
    if (!evidence_.note) {
      if (evidence_.is_verifier_demanded) {
        refuse(std::nullopt, "there is no signed checkpoint, so nothing says that " +
                                 evidence_.verifier_text + " signed this");
      }
      return;
    }
    Result<Checkpoint> opened = open_note(*evidence_.note);
    if (opened) {
      signed_ = *std::move(opened);
      if (evidence_.verifier) found_.signer = evidence_.verifier_text;
    } else {
      const std::string whose =
          evidence_.verifier ? " by " + evidence_.verifier_text + " that is wanted" : "";
      refuse(std::nullopt, "the checkpoint" + whose + ": " + opened.error().message);
    }
  }

  Status check_chain() {
    open_signed();
    open_cosigned();
    open_published();
    JournalVerifier journal;
    note_roots(journal);
    bool was_served = false;
    const keys::KeyRange all = keys::journal_from(0);
    GWAGEO_TRY(
        evidence_.store->scan(all.first, all.second, [&](std::string_view, std::string_view bytes) {
          const Result<Record> record = journal.add(bytes);
          if (!record) {
            refuse(journal.first_bad(), record.error().message);
            return false;
          }
          note_roots(journal);
          if (const auto wrong = seeds_.see(*record, journal)) refuse(record->sequence, *wrong);
          const Digest& leaf = journal.head().last_leaf;
          if (const auto wrong = draws_.see(*record, leaf)) refuse(record->sequence, *wrong);
          tiles_.add(bytes, leaf);
          if (const auto* const f = std::get_if<Founded>(&record->fact)) origin_ = f->origin;
          was_served = was_served || !may_precede_checkpoint(record->fact);
          return true;
        }));
    tiles_.finish();
    found_.checks = draws_.coverage();
    found_.size = journal.size();
    found_.root = journal.root();
    found_.held = held_.size();
    found_.witnessed = evidence_.witnessed.size();
    if (journal.size() == 0) refuse(0, "there is no journal");
    if (was_served && evidence_.directory && !evidence_.note) {
      refuse(std::nullopt,
             "the data directory has no checkpoint, so nobody can say whether the "
             "journal has its end");
    }
    return {};
  }

  void note_roots(const JournalVerifier& journal) {
    if (signed_ && journal.size() == signed_->size) root_at_signed_ = journal.root();
    if (evidence_.claimed && journal.size() == evidence_.claimed->size) {
      root_at_claimed_ = journal.root();
    }
    for (HeldHeads* const heads : {&heads_, &witnessed_, &published_heads_}) {
      if (heads->wants(journal.size())) heads->note(journal.size(), journal.root());
    }
  }

  void check_heads(const HeldHeads& heads) {
    const auto disagreement = heads.compare(origin_, found_.size, *evidence_.store);
    if (disagreement) refuse(disagreement->first_bad, with_advice(*disagreement));
  }

  void check_tiles() {
    found_.tiles = tiles_.compared();
    if (tiles_.difference()) refuse(tiles_.difference()->first_bad, tiles_.difference()->reason);
  }

  void check_claims() {
    if (signed_) {
      if (evidence_.verifier) found_.signed_size = signed_->size;
      check_head(*signed_, root_at_signed_, "was signed");
      if (is_good()) check_signed_to_the_end();
    }
    if (evidence_.claimed) {
      check_head(*evidence_.claimed, root_at_claimed_, "the coordinator claims");
    }
  }

  // There is no key in the chain, so anybody can append to it what fits. Who demands a signer gets
  // nothing that this signer has not seen; a running coordinator signs about once a second.
  void check_signed_to_the_end() {
    if (!evidence_.is_verifier_demanded || evidence_.client != nullptr) return;
    if (signed_->size >= found_.size) return;
    refuse(signed_->size, "records " + std::to_string(signed_->size) + " to " +
                              std::to_string(found_.size - 1) + " (from 0) are signed by nobody");
  }

  // Last, so that whatever else is wrong is what is said.
  void check_key() {
    if (!evidence_.note || evidence_.verifier) return;
    refuse(std::nullopt,
           "the signed checkpoint was NOT checked: no key was at hand; say whose it has to be "
           "with --signer VKEY");
  }

  void check_head(const Checkpoint& head, const std::optional<Digest>& root,
                  const std::string& who) {
    if (head.origin != origin_) {
      return refuse(0,
                    "the journal is of " + origin_ + ", but what " + who + " is of " + head.origin);
    }
    if (found_.size < head.size) {
      return refuse(found_.size, "the journal ends after " + std::to_string(found_.size) +
                                     " records, but " + std::to_string(head.size) + " " + who);
    }
    if (root == head.root) return;
    // The chain holds, so either its last record was changed, or all from some record on.
    const bool is_last = found_.size == head.size;
    if (tiles_.first_other_leaf()) {
      return refuse(tiles_.first_other_leaf(),
                    "record " + std::to_string(*tiles_.first_other_leaf()) +
                        " is not the one whose hash is in the tiles, and the root over the first " +
                        std::to_string(head.size) + " is not what " + who);
    }
    refuse(is_last ? std::optional(head.size - 1) : std::nullopt,
           "the root over the first " + std::to_string(head.size) + " records is " +
               to_hex(root.value_or(Digest{})) + ", but what " + who + " is " + to_hex(head.root) +
               ": the last record, or everything from some record on, was rewritten");
  }

  // ---- results ----

  Status check_results() {
    std::map<JobId, std::map<std::string, Voucher>> vouchers;
    std::map<LeaseId, WorkerId> workers;
    std::uint64_t applied = 0;
    const Result<State> state =
        replay(*evidence_.store, found_.size, [&](const State& now, const Record& record) {
          applied = record.sequence + 1;
          check_scored(now, record);
          found_.hands.see(now, record);
          if (!evidence_.log_folder.empty()) return;
          plans_.see(record);
          const auto* const f = std::get_if<ResultsRecorded>(&record.fact);
          if (const std::optional<Digest> named = named_by(record.fact)) {
            programme_.emplace_back(record.sequence, *named);
          }
          const auto* const lease = std::get_if<LeaseGranted>(&record.fact);
          if (lease != nullptr && in_scope(lease->job)) workers[lease->lease] = lease->worker;
          if (f == nullptr || !in_scope(f->job)) return;
          const std::string key = keys::result_block(f->job, f->ranges.front().begin, f->lease);
          vouchers[f->job].emplace(key, Voucher{record.sequence, *f, workers[f->lease]});
        });
    if (!state) {
      if (state.error().kind != ErrorKind::corrupt) return tl::unexpected(state.error());
      refuse(applied, state.error().message);
      return {};
    }
    // First, for answers are checked by them.
    if (is_good() && evidence_.client == nullptr) GWAGEO_TRY(check_plans(*state));
    if (!is_good()) return {};
    for (auto& [job, of_job] : vouchers) {
      GWAGEO_TRY(check_job(*state, job, of_job));
      if (!is_good()) break;
    }
    // The next job of the number of one that has none on record would take them for its own.
    if (!is_good() || evidence_.client != nullptr || evidence_.is_part()) return {};
    std::set<JobId> known;
    for (const auto& [job, unused] : vouchers) known.insert(job);
    GWAGEO_ASSIGN(other, first_other_job(*evidence_.store, known));
    if (other) refuse_unvouched(*other);
    return {};
  }

  /// Its blocks, of which `vouchers` speak by their keys; those that are there are taken out of it.
  Status check_job(const State& state, JobId job, std::map<std::string, Voucher>& vouchers) {
    const JobAccepted& accepted = state.job(job)->accepted;
    plan_ = {state.plan_of(accepted).manifest, accepted.plan_root};
    const keys::KeyRange range = keys::result_blocks(job);
    GWAGEO_TRY(evidence_.store->scan(range.first, range.second,
                                     [&](std::string_view key, std::string_view value) {
                                       const auto voucher = vouchers.find(std::string(key));
                                       if (voucher == vouchers.end()) {
                                         // A running coordinator may have written it since its
                                         // journal was read.
                                         if (evidence_.client == nullptr) refuse_unvouched(job);
                                         return is_good();
                                       }
                                       check_block(state, voucher->second, value);
                                       vouchers.erase(voucher);
                                       return is_good();
                                     }));
    if (!is_good()) return {};
    found_.lost += std::erase_if(vouchers, [&](const auto& entry) {  // It was closed for these.
      return counts_for_nothing(state, job, entry.second.recorded.ranges);
    });
    if (!vouchers.empty()) refuse_block(vouchers.begin()->second, "are not in the store");
    return {};
  }

  // An archive has those of its jobs.
  Status check_plans(const State& state) {
    std::optional<std::set<Digest>> only;
    if (evidence_.jobs) only.emplace();
    for (const auto& [id, job] : state.jobs()) {
      if (only && in_scope(id)) only->insert(state.plan_of(job.accepted).manifest);
    }
    GWAGEO_ASSIGN(wrong, plans_.first_wrong(*evidence_.store, only));
    if (wrong) refuse(wrong->record, wrong->reason);
    return {};
  }

  void refuse_unvouched(JobId job) {
    refuse(std::nullopt, "job " + std::to_string(job.value) +
                             " has a block of results that no record vouches for");
  }

  // Nobody scores while an answer may still come: else the answers that count could be chosen.
  void check_scored(const State& state, const Record& record) {
    const auto* const f = std::get_if<Scored>(&record.fact);
    if (f == nullptr) return;
    const std::string job =
        "record " + std::to_string(record.sequence) + ": job " + std::to_string(f->job.value);
    if (!state.leased(f->job).empty()) {
      refuse(record.sequence, job + " is scored while items of it are out to a worker");
    }
    const JobAccepted& accepted = state.job(f->job)->accepted;
    if (f->plan_root != accepted.plan_root || f->items != accepted.items) {
      refuse(record.sequence, job + " is scored by another plan than the one it was asked");
    }
    if (const auto wrong = first_uncounted(*state.job(f->job), f->outcomes)) {
      refuse(record.sequence, job + " is scored with another number of items " +
                                  std::string(to_string(*wrong)) + " than is on record");
    }
  }

  void refuse_block(const Voucher& voucher, const std::string& why) {
    const Range& first = voucher.recorded.ranges.front();
    refuse(voucher.sequence, "record " + std::to_string(voucher.sequence) +
                                 ": the results of job " +
                                 std::to_string(voucher.recorded.job.value) + " from item " +
                                 std::to_string(first.begin) + " on " + why);
  }

  void check_block(const State& state, const Voucher& voucher, std::string_view bytes) {
    const ResultsRecorded& recorded = voucher.recorded;
    const std::string why = results_.difference(recorded, voucher.worker, plan_, bytes);
    const bool is_lost = !why.empty() && counts_for_nothing(state, recorded.job, recorded.ranges);
    ++(is_lost ? found_.lost : found_.blocks);
    if (!why.empty() && !is_lost) refuse_block(voucher, why);
  }

  /// The blob that a fact of the programme rests on, if any.
  static std::optional<Digest> named_by(const Fact& fact) {
    Digest named;
    if (const auto* const f = std::get_if<StageClosed>(&fact)) named = f->document;
    if (const auto* const f = std::get_if<GateDecided>(&fact)) named = f->evidence;
    if (const auto* const f = std::get_if<PointsRecorded>(&fact)) named = f->evidence;
    return named == Digest{} ? std::nullopt : std::optional(named);
  }

  // A document and a file are all that is left of what people decided. An archive holds those of
  // its own target, and the journal of everything.
  Status check_programme() {
    for (const auto& [sequence, digest] : programme_) {
      GWAGEO_ASSIGN(bytes, evidence_.store->read(keys::blob(digest)));
      if (!bytes && evidence_.jobs) continue;
      if (bytes && sha256(*bytes) == digest) continue;
      refuse(sequence, "record " + std::to_string(sequence) + ": the file " + to_hex(digest) +
                           " that it rests on is " + (bytes ? "another" : "not in the store"));
      return {};
    }
    return {};
  }

  // Who asked for what, and whose results are whose, by the statements that have to be at hand.
  Status check_statements() {
    StatementCheck check(*evidence_.store, evidence_.is_part(), evidence_.all_statements);
    std::uint64_t next = 0;
    Status status;
    const keys::KeyRange all = keys::journal_from(0);
    GWAGEO_TRY(
        evidence_.store->scan(all.first, all.second, [&](std::string_view, std::string_view bytes) {
          if (next == found_.size) return false;
          const Result<Record> record = decode_record(bytes);
          GWAGEO_CHECK(record.has_value());  // It was read before.
          status = check.add(*record);
          if (!status) return false;
          ++next;
          return true;
        }));
    found_.statements = check.counts();
    if (status) return {};
    if (status.error().kind != ErrorKind::corrupt) return status;
    refuse(next, status.error().message);
    return {};
  }

  Status check_blobs() {
    Digest last;
    last.bytes.fill(0xff);
    const std::string from = keys::blob(Digest{});
    return evidence_.store->scan(
        from, keys::blob(last) + '\0', [&](std::string_view key, std::string_view value) {
          ++found_.blobs;
          if (key == keys::blob(sha256(value))) return true;
          refuse(std::nullopt, "the file " + name_of_blob(key) + " has another digest, " +
                                   to_hex(sha256(value)) + ": put the one back that it names");
          return false;
        });
  }

  static std::string name_of_blob(std::string_view key) {
    Digest named;
    const std::size_t prefix = keys::blob(named).size() - named.bytes.size();
    if (key.size() != prefix + named.bytes.size()) return "of no name";
    std::copy(key.begin() + static_cast<std::ptrdiff_t>(prefix), key.end(), named.bytes.begin());
    return to_hex(named);
  }

  // An archive has those of its own jobs, and is held to them by who scores from it.
  Status check_files_are_there() {
    GWAGEO_ASSIGN(missing, find_missing_rows(*evidence_.store, found_.size));
    if (missing.files == 0) return {};
    refuse(std::nullopt, missing.names.front() + " is not in the store");
    return {};
  }

  // Plans, files and whatever else is there: it has to be readable.
  void check_the_rest() {
    const Status status = evidence_.store->scan("", "\x7f", [](auto, auto) { return true; });
    if (!status) refuse(std::nullopt, status.error().message);
  }

  const Evidence& evidence_;
  ResultCheck results_;
  std::vector<HeldHead> held_;
  HeldHeads heads_;
  HeldHeads witnessed_;
  std::vector<HeldHead> published_;  ///< By a stopped directory; one at most.
  HeldHeads published_heads_;
  TileComparison tiles_;
  Verification found_;
  AuditSeeds seeds_;
  CheckDraws draws_;
  std::string origin_;  ///< As the journal says it.
  std::optional<Checkpoint> signed_;
  std::optional<Digest> root_at_signed_;
  std::optional<Digest> root_at_claimed_;
  NamedPlans plans_;
  PlanOnRecord plan_;                                        ///< Of the job at hand.
  std::vector<std::pair<std::uint64_t, Digest>> programme_;  ///< Records, and blobs they name.
};

}  // namespace

// Beside what is looked for there is what nobody thought of: a rule of our own code that the
// evidence breaks is an answer, too.
Result<Verification> verify(const Evidence& evidence) {
  Verifier verifier(evidence);
  const CheckTrap trap;
  try {
    return verifier.run();
  } catch (const BrokenRule& broken) {
    return verifier.contradicted(broken);
  }
}

}  // namespace gwageo
