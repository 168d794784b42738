#include "tests/coordinator/desk.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <utility>
#include <variant>

#include "coordinator/coordinator.h"
#include "protocol/codec.h"
#include "protocol/limits.h"

namespace gwageo::testing {

Desk::Desk(const std::string& day) : store_(new_memory_store()) {
  open();
  for (const Role role : {Role::operator_, Role::team, Role::auditor}) {
    const std::string name = role == Role::operator_ ? "op" : role == Role::team ? "red" : "eye";
    coordinator_->register_principal(
        moment(), {name, role, role == Role::team ? "red" : "", sha256(name), sign_key_of(name)});
  }
  begin(day);
}

Desk::~Desk() = default;

const State& Desk::state() const { return coordinator_->state(); }

void Desk::begin(const std::string& day) {
  do {
    coordinator_->begin_day(moment(), day);
  } while (settle() == Settled::after_a_crash);
}

void Desk::crash_in(std::uint64_t turns, Crash how) {
  crash_in_ = turns;
  crash_ = how;
}

void Desk::pass(Duration time) {
  const std::int64_t end = now_ + time.microseconds;
  while (now_ < end) {
    const std::optional<Duration> wake = coordinator_->wake_at();
    now_ = wake ? std::clamp(wake->microseconds, now_ + 1, end) : end;
    coordinator_->tick(moment());
    settle();
  }
}

void Desk::restart(const std::string& version) {
  coordinator_.reset();
  open(version);
  settle();
}

Reply Desk::say(const std::string& verb, const Json& body, std::vector<std::string> attachments,
                const std::string& who) {
  const Command made = command(verb, body, std::move(attachments), who);
  const Reply reply = say_message(made, key_of(who), who);
  EXPECT_EQ(reply.request, made.request) << verb << " was not answered";
  return reply;
}

Reply Desk::say_with(const Digest& key, const std::string& verb, const Json& body,
                     std::vector<std::string> attachments, const std::string& who) {
  return say_message(command(verb, body, std::move(attachments), who), key, who);
}

Reply Desk::say_unsigned(const std::string& verb, const Json& body, const std::string& who) {
  Command made = command(verb, body, {}, who);
  made.signature.reset();
  return say_message(made, key_of(who), who);
}

Reply Desk::say_message(const Command& message, const Digest& key, const std::string& who) {
  do {
    coordinator_->receive(moment(), {PeerId{1}, who, encode(Message{message}), key});
  } while (settle() == Settled::after_a_crash);
  for (const Reply& reply : replies_) {
    if (reply.request == message.request) return reply;
  }
  return Reply{};
}

Command Desk::command(const std::string& verb, const Json& body,
                      std::vector<std::string> attachments, const std::string& who) {
  Command made{++request_, limits::protocol_version, verb, body.dump(), std::move(attachments)};
  if (!must_be_signed(verb)) return made;
  return signed_command(std::move(made), who, seed_of(who), log);
}

Digest Desk::key_of(const std::string& principal) const {
  const auto found = state().principals().find(principal);
  return found == state().principals().end() ? Digest{} : found->second.registered.curve_key;
}

void Desk::receive(const std::string& principal, PeerId peer, const Message& message) {
  coordinator_->receive(moment(), {peer, principal, encode(message), key_of(principal)});
}

void Desk::open(const std::string& version) {
  auto opened = Coordinator::open(*store_, {version, log, "UTC", ++life_, {}}, moment());
  ASSERT_TRUE(opened) << opened.error().message;
  coordinator_ = *std::move(opened);
}

Moment Desk::moment() {
  ++now_;
  return {Duration{now_}, WallTime{now_}};
}

bool Desk::crashes() {
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

Desk::Settled Desk::settle() {
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
      const ErrandKind kind = std::holds_alternative<RenderErrand>(errand)  ? ErrandKind::rendering
                              : std::holds_alternative<CloseErrand>(errand) ? ErrandKind::closing
                                                                            : ErrandKind::another;
      if (finishes(kind)) coordinator_->finish(moment(), std::move(done));
    }
    is_over = errands.empty() && !work();
  }
  return settled;
}

}  // namespace gwageo::testing
