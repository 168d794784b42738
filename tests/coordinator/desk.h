// A coordinator over a store in memory, and an operator who sends it commands: each is answered,
// with all that follows from it, before the next. Days begin when they are told to, and time
// passes. The coordinator can be made to crash, and who waited for it asks again.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "coordinator/coordinator.h"
#include "protocol/codec.h"
#include "protocol/limits.h"
#include "tests/coordinator/test_keys.h"

namespace gwageo::testing {

class Desk {
 public:
  explicit Desk(const std::string& day) {
    open();
    for (const Role role : {Role::operator_, Role::team, Role::auditor}) {
      const std::string name = role == Role::operator_ ? "op" : role == Role::team ? "red" : "eye";
      coordinator_->register_principal(
          moment(), {name, role, role == Role::team ? "red" : "", sha256(name), sign_key_of(name)});
    }
    begin(day);
  }
  virtual ~Desk() = default;

  const State& state() const { return coordinator_->state(); }
  const Store& store() const { return *store_; }

  void begin(const std::string& day) {
    do {
      coordinator_->begin_day(moment(), day);
    } while (settle() == Settled::after_a_crash);
  }

  /// The coordinator crashes at its n-th turn from now on, before what it decided is durable or
  /// before anybody hears of it. 0: it does not.
  enum class Crash { before_it_is_durable, before_it_is_sent };
  void crash_in(std::uint64_t turns, Crash how) {
    crash_in_ = turns;
    crash_ = how;
  }
  /// Turns since the desk was set up.
  std::uint64_t turns() const { return turns_; }

  /// Time passes, in steps that the coordinator asks for.
  void pass(Duration time) {
    const std::int64_t end = now_ + time.microseconds;
    while (now_ < end) {
      const std::optional<Duration> wake = coordinator_->wake_at();
      now_ = wake ? std::clamp(wake->microseconds, now_ + 1, end) : end;
      coordinator_->tick(moment());
      settle();
    }
  }

  /// Another life of the coordinator, of any version, which knows what is in the store.
  void restart(const std::string& version = "t") {
    coordinator_.reset();
    open(version);
    settle();
  }

  Reply say(const std::string& verb, const Json& body, std::vector<std::string> attachments = {},
            const std::string& who = "op") {
    const Command made = command(verb, body, std::move(attachments), who);
    const Reply reply = say_message(made, key_of(who), who);
    EXPECT_EQ(reply.request, made.request) << verb << " was not answered";
    return reply;
  }
  /// The same over a connection that proved to own this CURVE key. Without an answer it is empty.
  Reply say_with(const Digest& key, const std::string& verb, const Json& body,
                 std::vector<std::string> attachments, const std::string& who) {
    return say_message(command(verb, body, std::move(attachments), who), key, who);
  }
  /// As a program of before signatures would.
  Reply say_unsigned(const std::string& verb, const Json& body, const std::string& who) {
    Command made = command(verb, body, {}, who);
    made.signature.reset();
    return say_message(made, key_of(who), who);
  }
  /// The very message, which may have been sent before.
  Reply say_message(const Command& message, const Digest& key, const std::string& who) {
    do {
      coordinator_->receive(moment(), {PeerId{1}, who, encode(Message{message}), key});
    } while (settle() == Settled::after_a_crash);
    for (const Reply& reply : replies_) {
      if (reply.request == message.request) return reply;
    }
    return Reply{};
  }
  /// From now on `who` signs with another key than their name's.
  void sign_with(const std::string& who, const std::string& seed) { seeds_.set(who, seed); }

  /// A command as `who` sends it: signed, where it has to be.
  Command command(const std::string& verb, const Json& body, std::vector<std::string> attachments,
                  const std::string& who) {
    Command made{++request_, limits::protocol_version, verb, body.dump(), std::move(attachments)};
    if (!must_be_signed(verb)) return made;
    return signed_command(std::move(made), who, seed_of(who), log);
  }
  std::string seed_of(const std::string& who) const { return seeds_.of(who); }
  static constexpr const char* log = "o.example/a";

  /// The key by which the transport knows them: the newest that is registered.
  Digest key_of(const std::string& principal) const {
    const auto found = state().principals().find(principal);
    return found == state().principals().end() ? Digest{} : found->second.registered.curve_key;
  }

 protected:
  /// A frame for somebody else than the operator.
  virtual void hear(const Message&) {}
  PeerId hearing_;  ///< For whom it is.
  /// An errand has run: whether the coordinator hears of it, or dies before it does.
  virtual bool finishes(const Errand&) { return true; }
  /// Whether somebody else handed something in.
  virtual bool work() { return false; }
  /// The coordinator is back after a crash.
  virtual void meet() {}
  void receive(const std::string& principal, PeerId peer, const Message& message) {
    coordinator_->receive(moment(), {peer, principal, encode(message), key_of(principal)});
  }

 private:
  void open(const std::string& version = "t") {
    auto opened = Coordinator::open(*store_, {version, log, "UTC", ++life_, {}}, moment());
    ASSERT_TRUE(opened) << opened.error().message;
    coordinator_ = *std::move(opened);
  }

  Moment moment() {
    ++now_;
    return {Duration{now_}, WallTime{now_}};
  }

  enum class Settled { at_once, after_a_crash };

  /// Whether this turn is the one that does not end.
  bool crashes() {
    ++turns_;
    if (crash_in_ == 0 || --crash_in_ > 0) return false;
    if (crash_ == Crash::before_it_is_sent) {
      EXPECT_TRUE(coordinator_->commit(moment()));
    }
    coordinator_.reset();
    open();
    meet();
    return true;
  }

  Settled settle() {
    replies_.clear();
    Settled settled = Settled::at_once;
    bool is_over = false;
    while (!is_over) {
      if (crashes()) settled = Settled::after_a_crash;
      const Status committed = coordinator_->commit(moment());
      EXPECT_TRUE(committed) << committed.error().message;
      const Status sent = coordinator_->send_committed([&](const Outgoing& out) {
        const Result<Message> message = decode(out.bytes);
        ASSERT_TRUE(message);
        if (const auto* const reply = std::get_if<Reply>(&*message)) {
          replies_.push_back(*reply);
        } else {
          hearing_ = out.peer;
          hear(*message);
        }
      });
      EXPECT_TRUE(sent);
      const std::vector<Errand> errands = coordinator_->take_errands();
      for (const Errand& errand : errands) {
        ErrandDone done = run(errand, *store_);
        if (finishes(errand)) coordinator_->finish(moment(), std::move(done));
      }
      is_over = errands.empty() && !work();
    }
    return settled;
  }

  std::unique_ptr<Store> store_ = new_memory_store();
  std::unique_ptr<Coordinator> coordinator_;
  std::vector<Reply> replies_;
  SigningSeeds seeds_;
  std::uint64_t request_ = 0;
  std::uint64_t life_ = 0;
  std::int64_t now_ = 0;
  std::uint64_t turns_ = 0;
  std::uint64_t crash_in_ = 0;
  Crash crash_ = Crash::before_it_is_durable;
};

}  // namespace gwageo::testing
