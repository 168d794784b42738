#include "coordinator/shell.h"

#include <algorithm>
#include <mutex>
#include <optional>
#include <vector>

#include "coordinator/background.h"
#include "coordinator/patient_thread.h"

namespace gwageo {
namespace {

/// Frames handled in one turn, and so the most that one synced batch holds.
constexpr std::size_t frames_of_turn_max = 256;
/// The calendar and the disk are looked at this often; nobody waits longer for `stop`.
constexpr Duration look_around_every = seconds(1);
constexpr Duration checkpoint_every = seconds(1);
/// The log is published this often, and witnesses have so long for a checkpoint.
constexpr Duration publish_every = seconds(2);

class Shell {
 public:
  explicit Shell(const CoordinatorShellParts& parts) : p_(parts) {}

  Status run(const std::atomic<bool>& stop) {
    GWAGEO_TRY(turn());  // What `open` decided must be durable before anybody is served.
    while (!stop.load()) {
      GWAGEO_TRY(take_frames());
      GWAGEO_TRY(turn());
      GWAGEO_TRY(published());
    }
    GWAGEO_TRY(p_.guard({p_.coordinator.state().founded().origin, p_.coordinator.journal_size(),
                         p_.coordinator.journal_root()}));
    return p_.publish(true);
  }

 private:
  Moment moment() const { return {p_.clock.monotonic(), p_.clock.wall()}; }

  Duration wait_at_most() const {
    const Duration now = p_.clock.monotonic();
    Duration wait = look_around_every;
    if (const std::optional<Duration> wake = p_.coordinator.wake_at()) {
      wait = std::min(wait, *wake - now);
    }
    return std::max(wait, Duration{});
  }

  // Waits for frames, and takes those too that come while the first are handled: the more there
  // are in a turn, the fewer syncs there are. One by one: libzmq asks the system before it says
  // that there is no other.
  Status take_frames() {
    Duration wait = wait_at_most();
    for (std::size_t taken = 0; taken < frames_of_turn_max; ++taken, wait = {}) {
      GWAGEO_ASSIGN(frames, p_.transport.receive(wait, 1));
      if (frames.empty()) break;
      p_.coordinator.receive(moment(), frames.front());
    }
    return {};
  }

  Status turn() {
    const Moment now = moment();
    for (ErrandDone& done : take_done()) {
      say_damage(done);
      p_.coordinator.finish(now, std::move(done));
    }
    look_around(now);
    p_.coordinator.tick(now);
    for (const auto& [job, why] : p_.coordinator.take_unasked()) {
      p_.log.write(LogLevel::error, "a job is held back, for " + why + " (gwageo status JOB)",
                   {{"job", std::to_string(job.value)}});
    }
    GWAGEO_TRY(p_.coordinator.commit(moment()));
    p_.committed(p_.coordinator.state());
    GWAGEO_TRY(p_.coordinator.send_committed([this](const Outgoing& frame) { send(frame); }));
    p_.answered(p_.coordinator.state());
    for (const PeerId peer : p_.coordinator.take_unwelcome()) drop(peer);
    for (Errand& errand : p_.coordinator.take_errands()) start(std::move(errand));
    checkpoint(now);
    publish(now);
    return {};
  }

  void say_damage(const ErrandDone& done) const {
    const auto* const judged = std::get_if<JudgeDone>(&done);
    if (judged != nullptr && !judged->judgement && !judged->errand.client) {
      p_.log.write(LogLevel::error,
                   "a target cannot be judged: " + judged->judgement.error().message,
                   {{"target", judged->errand.input.target.name}});
    }
    const auto* const evaluated = std::get_if<EvaluateDone>(&done);
    if (evaluated == nullptr || evaluated->lost.empty() || evaluated->errand.client) return;
    const JobId job = evaluated->errand.input.job.accepted.job;
    p_.log.write(LogLevel::error, "a job cannot be scored (gwageo status JOB): " + evaluated->lost,
                 {{"job", std::to_string(job.value)}});
  }

  void send(const Outgoing& frame) {
    const SendOutcome outcome = p_.transport.send(frame.peer, frame.bytes);
    if (outcome != SendOutcome::full) return;
    p_.log.write(LogLevel::warning, "a peer does not read; its message was dropped",
                 {{"peer", std::to_string(frame.peer.value)}});
  }

  void drop(PeerId peer) {
    p_.transport.drop(peer);
    // One who keeps coming back must not fill the disk: the first, the second, the fourth, ...
    const std::uint64_t refused = ++dropped_;
    if ((refused & (refused - 1)) != 0) return;
    p_.log.write(LogLevel::warning, "a peer sent what may not be sent and is disregarded",
                 {{"peer", std::to_string(peer.value)},
                  {"refused", std::to_string(p_.coordinator.counters().refused_frames)}});
  }

  void look_around(const Moment& now) {
    if (looked_around_ && now.monotonic - *looked_around_ < look_around_every) return;
    looked_around_ = now.monotonic;
    p_.coordinator.begin_day(now, p_.today());
    const bool low = p_.disk_low();
    if (low != disk_low_) {
      p_.log.write(low ? LogLevel::error : LogLevel::info,
                   low ? "the disk is almost full: nothing that needs room is accepted"
                       : "the disk has room again");
    }
    disk_low_ = low;
    p_.coordinator.set_disk_low(low);
  }

  void start(Errand errand) {
    errands_.post([this, errand = std::move(errand)] {
      ErrandDone done = gwageo::run(errand, p_.store);
      {
        const std::lock_guard lock(mutex_);
        done_.push_back(std::move(done));
      }
      p_.transport.wake();
    });
  }

  std::vector<ErrandDone> take_done() {
    const std::lock_guard lock(mutex_);
    return std::exchange(done_, {});
  }

  // The journal's head is durable by now, so it may be signed.
  void checkpoint(const Moment& now) {
    const std::uint64_t size = p_.coordinator.journal_size();
    if (size == signed_size_ || now.monotonic - signed_at_ < checkpoint_every) return;
    signed_size_ = size;
    signed_at_ = now.monotonic;
    const Checkpoint head{p_.coordinator.state().founded().origin, size,
                          p_.coordinator.journal_root()};
    signer_.post([this, head] { note_error(p_.guard(head)); });
  }

  void publish(const Moment& now) {
    if (now.monotonic - published_at_ < publish_every || is_publishing_.exchange(true)) return;
    published_at_ = now.monotonic;
    publisher_.post([this] {
      note_error(p_.publish(false));
      is_publishing_ = false;
    });
  }

  void note_error(const Status& status) {
    if (status) return;
    const std::lock_guard lock(mutex_);
    publish_error_ = status.error();
  }

  Status published() {
    const std::lock_guard lock(mutex_);
    if (publish_error_) return tl::unexpected(*publish_error_);
    return {};
  }

  const CoordinatorShellParts& p_;
  std::mutex mutex_;
  std::vector<ErrandDone> done_;
  std::optional<Error> publish_error_;
  std::optional<Duration> looked_around_;
  bool disk_low_ = false;
  std::uint64_t dropped_ = 0;
  std::uint64_t signed_size_ = 0;
  Duration signed_at_{-checkpoint_every.microseconds};
  Duration published_at_{-publish_every.microseconds};
  std::atomic<bool> is_publishing_ = false;
  Background signer_;
  Background publisher_;
  Background errands_{be_patient};  // A job's evaluation takes a core for a while.
};

}  // namespace

Status serve(const CoordinatorShellParts& parts, const std::atomic<bool>& stop) {
  Shell shell(parts);
  return shell.run(stop);
}

}  // namespace gwageo
