// What may be said of a worker's connection to its coordinator, and when it is hopeless. A worker
// tries on for as long as nobody answers, since a coordinator may be away; it ends when somebody
// answers who will never let it in.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "protocol/log.h"
#include "protocol/result.h"
#include "protocol/time.h"
#include "protocol/zmq_transport.h"

namespace gwageo {

/// What is known of a connection at one moment (ZmqClient's own words).
struct ConnectionLook {
  ConnectionState state = ConnectionState::connecting;
  std::uint64_t connections = 0;
  std::uint64_t failed_handshakes = 0;
};

/// Pure: looks and moments in, words out. One thread.
class ConnectionWatch {
 public:
  struct News {
    LogLevel level;
    std::string text;
  };

  /// `principal` owns our key. `within` is how long the first connection may take, if that was set.
  ConnectionWatch(std::string principal, std::string endpoint, std::optional<Duration> within,
                  Duration now);

  /// Look every second or more often. What there is to say, if anything is. not_allowed: whoever
  /// answers will never let us in, or has not by the time that was set for the first connection.
  /// unavailable: that is over, and nobody answered. REQUIRES: `now` never decreases.
  Result<std::optional<News>> look(const ConnectionLook& seen, Duration now);

  /// The coordinator is said to be elsewhere: what was seen of it so far counts no more.
  void moved(std::string endpoint, Duration now);

  /// Whether the last look saw a connection.
  bool is_connected() const { return connected_; }

 private:
  std::optional<News> came(const ConnectionLook& seen, Duration now);
  Status judge(const ConnectionLook& seen, Duration now);
  // Why it is hopeless.
  Status unknown_key() const;
  Status foreign_key() const;
  void begin_waiting(Duration now);

  std::string principal_;
  std::string endpoint_;
  std::optional<Duration> within_;
  bool connected_ = false;
  std::uint64_t connections_ = 0;

  // Of the wait in progress.
  Duration began_;
  Duration silent_for_;
  std::optional<Duration> refused_since_;
  std::uint64_t failed_handshakes_ = 0;
  std::optional<Duration> failed_at_;
  std::optional<Duration> failing_since_;  ///< The first of the failures in a row.
};

}  // namespace gwageo
