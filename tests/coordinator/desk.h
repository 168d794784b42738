// A coordinator over a store in memory, and an operator who sends it commands: each is answered,
// with all that follows from it, before the next. Days begin when they are told to, and time
// passes. The coordinator can be made to crash, and who waited for it asks again.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "protocol/json.h"
#include "protocol/messages.h"
#include "tests/coordinator/test_keys.h"

namespace gwageo {

class Coordinator;
class State;
class Store;
struct Moment;

}  // namespace gwageo

namespace gwageo::testing {

/// Neither moved nor copied; one thread.
class Desk {
 public:
  explicit Desk(const std::string& day);
  virtual ~Desk();
  Desk(const Desk&) = delete;
  Desk& operator=(const Desk&) = delete;

  const State& state() const;
  const Store& store() const { return *store_; }
  /// Whoever has the disk writes what they like.
  Store& disk() { return *store_; }

  void begin(const std::string& day);

  /// The coordinator crashes at its n-th turn from now on, before what it decided is durable or
  /// before anybody hears of it. 0: it does not.
  enum class Crash { before_it_is_durable, before_it_is_sent };
  void crash_in(std::uint64_t turns, Crash how);
  /// Turns since the desk was set up.
  std::uint64_t turns() const { return turns_; }

  /// Time passes, in steps that the coordinator asks for.
  void pass(Duration time);

  /// Another life of the coordinator, of any version, which knows what is in the store.
  void restart(const std::string& version = "t");

  Reply say(const std::string& verb, const Json& body, std::vector<std::string> attachments = {},
            const std::string& who = "op");
  /// The same over a connection that proved to own this CURVE key. Without an answer it is empty.
  Reply say_with(const Digest& key, const std::string& verb, const Json& body,
                 std::vector<std::string> attachments, const std::string& who);
  /// As a program of before signatures would.
  Reply say_unsigned(const std::string& verb, const Json& body, const std::string& who);
  /// The very message, which may have been sent before.
  Reply say_message(const Command& message, const Digest& key, const std::string& who);
  /// From now on `who` signs with another key than their name's.
  void sign_with(const std::string& who, const std::string& seed) { seeds_.set(who, seed); }

  /// A command as `who` sends it: signed, where it has to be.
  Command command(const std::string& verb, const Json& body, std::vector<std::string> attachments,
                  const std::string& who);
  std::string seed_of(const std::string& who) const { return seeds_.of(who); }
  static constexpr const char* log = "o.example/a";

  /// The key by which the transport knows them: the newest that is registered.
  Digest key_of(const std::string& principal) const;

 protected:
  /// A frame for somebody else than the operator.
  virtual void hear(const Message&) {}
  PeerId hearing_;  ///< For whom it is.
  /// An errand has run: whether the coordinator hears of it, or dies before it does.
  enum class ErrandKind { rendering, closing, another };
  virtual bool finishes(ErrandKind) { return true; }
  /// Whether somebody else handed something in.
  virtual bool work() { return false; }
  /// The coordinator is back after a crash.
  virtual void meet() {}
  void receive(const std::string& principal, PeerId peer, const Message& message);

 private:
  void open(const std::string& version = "t");
  Moment moment();

  enum class Settled { at_once, after_a_crash };
  /// Whether this turn is the one that does not end.
  bool crashes();
  Settled settle();

  std::unique_ptr<Store> store_;
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
