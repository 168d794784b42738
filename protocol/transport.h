// Transport: messages between authenticated parties. The shells see this; the pure cores see
// neither sockets nor bytes. One message is one frame; what a frame may hold is the codec's
// business.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/digest.h"
#include "protocol/ids.h"
#include "protocol/result.h"
#include "protocol/time.h"

namespace gwageo {

/// What an endpoint on the same machine begins with; an absolute path follows.
inline constexpr std::string_view unix_prefix = "unix:";

/// A message as it arrived. `principal` is the name that authentication gave to the sender's key,
/// never anything that the sender said.
struct Envelope {
  PeerId peer;
  std::string principal;
  std::string bytes;
  Digest key = {};  ///< CURVE public key, that the connection proved to own; zero: none.
};

enum class SendOutcome {
  sent,  ///< Handed to the connection, in order.
  gone,  ///< The peer is not connected; the message is dropped and the caller knows.
  full,  ///< The peer does not read; its queue is at its bound and the message is dropped.
};

/// The listening side. One thread owns it; `wake` may be called from any.
class ServerTransport {
 public:
  virtual ~ServerTransport() = default;
  /// The address that clients connect to, with the port that was really taken.
  virtual std::string endpoint() const = 0;
  /// Waits until a message is there, `wake` is called or `at_most` has passed, then returns what is
  /// there, at most `count_max` messages. REQUIRES: count_max > 0.
  virtual Result<std::vector<Envelope>> receive(Duration at_most, std::size_t count_max) = 0;
  /// Never blocks, never drops silently.
  virtual SendOutcome send(PeerId peer, std::string_view bytes) = 0;
  /// Disregards everything that this connection sends from now on.
  virtual void drop(PeerId peer) = 0;
  virtual void wake() = 0;
};

/// The connecting side. Reconnects by itself. One thread owns it; `wake` may be called from any.
class ClientTransport {
 public:
  virtual ~ClientTransport() = default;
  /// unavailable when the queue towards the coordinator is at its bound.
  virtual Status send(std::string_view bytes) = 0;
  /// As ServerTransport::receive; the strings are whole messages.
  virtual Result<std::vector<std::string>> receive(Duration at_most, std::size_t count_max) = 0;
  virtual void wake() = 0;
};

}  // namespace gwageo
