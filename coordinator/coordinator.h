// Coordinator: the coordinator without its sockets, clock and threads. Frames in, one synced batch
// a turn, frames out. The shell runs it on real ones; the simulator runs this very class on faulty
// ones.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "coordinator/command_signature.h"
#include "coordinator/commands.h"
#include "coordinator/coordinator_counters.h"
#include "coordinator/errand.h"
#include "coordinator/failure_reasons.h"
#include "coordinator/journal.h"
#include "coordinator/plan_store.h"
#include "coordinator/result_block.h"
#include "coordinator/scheduler.h"
#include "coordinator/store.h"
#include "protocol/transport.h"

namespace gwageo {

/// The moment at which something happened, on both clocks of the process.
struct Moment {
  Duration monotonic;
  WallTime wall;
};

struct Outgoing {
  PeerId peer;
  std::string bytes;
};

struct CoordinatorOptions {
  std::string version;              ///< Of the program.
  std::string origin = "gwageo";    ///< Name of a new journal.
  std::string zone = "Asia/Seoul";  ///< Time zone of a new journal.
  std::uint64_t life = 1;           ///< Differs in every start.
  SignCheckpoint sign = [](const Checkpoint&) { return std::string(); };
  LogAccess log = {};
  VerifySignature verify = &gwageo::verify;
};

/// One thread, except that errands may be run anywhere.
class Coordinator {
 public:
  /// Reads and verifies the journal in `store` and takes over from its last record; founds a new
  /// journal in an empty store. corrupt names the first bad record. Commit before serving.
  static Result<std::unique_ptr<Coordinator>> open(Store& store, const CoordinatorOptions& options,
                                                   const Moment& moment);

  /// Handles one frame. What follows from it is kept back until `commit`.
  void receive(const Moment& moment, const Envelope& envelope);
  /// Time has passed; call it once a turn, after all frames that had arrived.
  void tick(const Moment& moment);
  /// The calendar of the programme's time zone shows this day.
  void begin_day(const Moment& moment, const std::string& date);
  /// Registers a principal without a client: the first keys of a new data directory.
  void register_principal(const Moment& moment, const PrincipalRegistered& principal);
  /// An errand has ended.
  void finish(const Moment& moment, ErrandDone done);
  /// Frees a peer that the transport does not know any more, or that is to be disregarded.
  std::vector<PeerId> take_unwelcome() { return std::exchange(unwelcome_, {}); }
  /// What could not be asked, by the job, for the log: as far as a tick has dealt with it.
  std::map<JobId, std::string> take_unasked() { return std::exchange(unasked_jobs_, {}); }

  /// Makes everything decided since the last commit durable in one synced batch, and the first
  /// frames that follow from it while the disk writes. After an error the process must end: nothing
  /// more may be sent.
  Status commit(const Moment& moment);
  /// Calls `send` with each frame that follows from what was committed, in order. REQUIRES: a
  /// commit went before, and nothing since. An error is one of the store.
  Status send_committed(const std::function<void(const Outgoing&)>& send);
  /// Errands ordered by what was committed.
  std::vector<Errand> take_errands() { return std::exchange(errands_, {}); }

  /// When `tick` must come next, on the monotonic clock.
  std::optional<Duration> wake_at() const { return wake_at_; }
  void set_disk_low(bool low) { disk_low_ = low; }

  const Scheduler& scheduler() const { return *scheduler_; }
  const State& state() const { return scheduler_->state(); }
  std::uint64_t journal_size() const { return journal_.size(); }
  Digest journal_root() const { return journal_.root(); }
  const CoordinatorCounters& counters() const { return counters_; }

 private:
  struct Client {
    PeerId peer;
    std::uint64_t request = 0;
    std::string principal;
    Digest key;  ///< CURVE, that the command came with.
  };

  Coordinator(Store& store, const CoordinatorOptions& options, JournalHead head, State state,
              const Moment& moment);

  Instant log_time(const Moment& moment) const;
  /// Steps the scheduler and keeps what it wants done. `results` is the message stepped, if any.
  void step(const Moment& moment, const Event& event, Results* results = nullptr);
  void take(Actions actions, Results* results);
  /// The first fact that `client` asked for is the one that it signed for.
  void note_signed(ClientToken client, std::size_t fact);
  /// Whether to go on with a command: else it was answered, as it is not signed or was done before.
  bool take_signature(ClientToken client, const Command& command,
                      const PrincipalRegistered& principal);
  /// Moves what is kept out of `results`.
  void keep(const Keep& keep, Results& results);

  void receive_worker(const Moment& moment, const Envelope& envelope, Message& message);
  void receive_results(const Moment& moment, const Envelope& envelope, Results& results);
  void receive_batch(const Moment& moment, const Envelope& envelope, const Batch& batch);
  void note_error(JobId job, std::string_view item, Outcome outcome, std::string_view response);
  void receive_command(const Moment& moment, const Envelope& envelope, const Command& command,
                       const PrincipalRegistered& principal);
  /// The owner of the key that speaks. not_allowed: nobody's, or one that has ended.
  Result<const Principal*> owner_of(const Envelope& envelope) const;
  /// Whether the key counts that a command came with whose work has taken a while.
  Status check_asker(ClientToken client) const;
  /// Whether `worker` belongs to the key that speaks; an unknown worker belongs to nobody yet.
  bool owns(const Envelope& envelope, WorkerId worker) const;
  void refuse(const Envelope& envelope, const std::string& reason);
  void go_on(PageErrand& errand);
  Answered explain(const EvaluateErrand& errand, std::vector<Failure> failures) const;
  /// Answers whoever asked for an evaluation, which has ended.
  Answered answer_evaluated(EvaluateDone& evaluated) const;

  void reply(ClientToken client, Answered answer);
  void reply(const Answer& answer);
  /// Makes frames of `outgoing_`, in order, until they have `bytes_max` bytes or there is no more.
  Status make_frames(std::size_t bytes_max);
  void release(WorkerId worker);
  /// corrupt where the plan is not as it is on record.
  Result<std::string> grant_frame(LeaseId lease, const std::vector<Acknowledge>& acknowledged);
  void cannot_ask(LeaseId lease, const Error& why);
  /// Records what was judged, or shows it to whoever asked.
  void end_judgement(const Moment& moment, const JudgeDone& done);
  Answered show(const JudgeDone& done) const;
  /// Records the closing with its document, or says why not. What has moved since the stage was
  /// judged is judged again first.
  void close_stage(const Moment& moment, CloseDone done);
  void order_judgement();
  /// Submits what the scheduler's step wants submitted.
  void submit_wanted(const Moment& moment);

  Store& store_;
  CoordinatorOptions options_;
  JournalWriter journal_;
  std::unique_ptr<Scheduler> scheduler_;
  PlanReader plans_;
  Instant log_base_;  ///< Log time at `monotonic_base_`.
  Duration monotonic_base_;
  WallTime wall_base_;

  // This turn.
  Instant step_time_;
  WriteBatch batch_;
  std::vector<Fact> facts_;
  std::vector<std::pair<Instant, std::size_t>> fact_times_;
  std::deque<std::variant<Send, Outgoing>> outgoing_;
  std::map<WorkerId, std::vector<Acknowledge>> held_;  ///< To go with the worker's next grant.
  std::vector<Outgoing> frames_;                       ///< Made, and not sent.
  std::vector<AskingFailed> unasked_;                  ///< Since the last tick.
  std::map<JobId, std::string> unasked_jobs_;          ///< Before it, and why.
  std::optional<Error> broken_;                        ///< The store failed; commit will say so.
  bool judge_ = false;
  std::optional<JobAccepted> submit_;

  std::map<WorkerId, PeerId> worker_peers_;
  std::map<ClientToken, Client> clients_;
  ClientToken last_client_ = 0;
  std::map<ClientToken, SignedCommand> signed_;  ///< Not yet on record.
  std::map<std::size_t, Statement> statements_;  ///< Of `facts_`, by position.
  std::set<Digest> used_;                        ///< Statements that are on record.
  std::vector<Errand> errands_;
  std::shared_ptr<JobPages> pages_;  ///< Of the last page errand; whoever runs it reads in it.
  std::shared_ptr<Judging> replay_;  ///< Of the last replay that is not over.
  std::vector<PeerId> unwelcome_;
  std::optional<Duration> wake_at_;
  bool disk_low_ = false;
  CoordinatorCounters counters_;
  LastErrors last_errors_;
  std::map<JobId, std::string> damaged_;  ///< Jobs of which answers are gone, and which.
};

}  // namespace gwageo
