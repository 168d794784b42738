// The transport over ZeroMQ: a ROUTER that many DEALERs connect to, encrypted and authenticated
// with CURVE, on one TCP port and, for processes of the same machine, on a Unix socket beside it:
// the same connections at a lower cost. One message is one frame.
//
// A peer is known by what authentication said about its key, read from every message; the routing
// id that it could choose itself only finds its connection. A frame that breaks the rules costs its
// sender the connection and nobody else anything. Losing a connection may lose the messages that
// were on their way; no message arrives twice, and those of one connection arrive in order.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "protocol/curve_keys.h"
#include "protocol/limits.h"
#include "protocol/transport.h"
#include "protocol/zap_handler.h"

namespace gwageo {

struct ServerOptions {
  /// "ADDRESS:PORT", with or without "tcp://" before it; port 0 takes a free one.
  std::string listen = "127.0.0.1:0";
  CurveKeyPair keys;
  std::size_t message_bytes_max = limits::message_bytes_max;
  /// Messages that wait in each direction of one connection, beside what the kernel holds.
  int queue_messages_max = 1000;
  /// Connections that are remembered. Beyond it the one that was silent for longest is forgotten:
  /// sending to it answers `gone`, and it gets a new PeerId when it speaks again.
  std::size_t peers_max = 16384;
  /// With so many connections open nobody new is let in by the Unix socket, until half of them are
  /// gone: libzmq ends the process where such a socket finds no file descriptor left for a
  /// newcomer, and anybody who reaches the port can use them up. 0: half of the files that the
  /// process may open.
  std::uint64_t crowded_at = 0;
  int io_threads = 1;
  bool ipv6 = false;
  ZapOptions authentication;
  /// Tests only. Without the handler nobody gets in.
  bool start_authentication = true;
};

/// What happened since the start. Each number only grows.
struct TransportCounters {
  std::uint64_t received = 0;            ///< Messages handed to the caller.
  std::uint64_t sent = 0;                ///< `SendOutcome::sent`.
  std::uint64_t refused_malformed = 0;   ///< Not one frame, too large, or without a principal.
  std::uint64_t disregarded = 0;         ///< From a peer that was dropped.
  std::uint64_t dropped_full = 0;        ///< `SendOutcome::full`.
  std::uint64_t dropped_gone = 0;        ///< `SendOutcome::gone`.
  std::uint64_t connections_cut = 0;     ///< By `drop`, by a refused message or by a removed key.
  std::uint64_t peers_forgotten = 0;     ///< Beyond `ServerOptions::peers_max`.
  std::uint64_t handshakes_refused = 0;  ///< Unknown key, or too many tries.
  /// Connections that were opened, and those of them that proved a known key. The others failed, or
  /// are still trying: for at most 3 seconds.
  std::uint64_t connections_opened = 0;
  std::uint64_t connections_authenticated = 0;
  std::uint64_t connections_turned_away = 0;  ///< Their address had too many.
  /// Connections that ended, for whatever reason. libzmq ends one that sends a frame above the
  /// limit or breaks the protocol by itself, and does not say why.
  std::uint64_t connections_ended = 0;
};

/// The listening side. One thread owns it; `wake` and `counters` may be called from any. Destroying
/// it takes at most about a second, whatever the peers do.
class ZmqServer final : public ServerTransport {
 public:
  struct Parts;
  explicit ZmqServer(std::unique_ptr<Parts> parts);
  ~ZmqServer() override;

  /// The TCP one.
  std::string endpoint() const override;
  /// Listens at `endpoint`, "unix:PATH", as well: for the same keys, under the same limits. A file
  /// at PATH is replaced, and goes with the server. At most once. bad_input for a path that cannot
  /// be a socket's, io for the rest.
  Status listen_locally(const std::string& endpoint);
  /// Also returns early when a signal arrives. io when libzmq refuses, which ends this server.
  Result<std::vector<Envelope>> receive(Duration at_most, std::size_t count_max) override;
  /// REQUIRES: bytes.size() <= message_bytes_max.
  SendOutcome send(PeerId peer, std::string_view bytes) override;
  /// Cuts the connection too. The peer may connect again, and is then another peer.
  void drop(PeerId peer) override;
  void wake() override;

  TransportCounters counters() const;
  /// What libzmq says about ZMQ_ZAP_ENFORCE_DOMAIN. Always true; a test reads it.
  bool enforces_authentication() const;
  /// Makes the authentication thread end as if by a bug. The process must not survive it.
  void end_authentication_for_test();

 private:
  std::unique_ptr<Parts> parts_;
};

/// Listens. bad_input for an address that cannot be one, unavailable when it is taken, io for the
/// rest. `registry` outlives the server.
Result<std::unique_ptr<ZmqServer>> new_zmq_server(const ServerOptions& options,
                                                  const KeyRegistry& registry);

struct ClientOptions {
  /// "ADDRESS:PORT", with or without "tcp://" before it, or "unix:PATH".
  std::string endpoint;
  /// Whoever does not have the secret half of it gets not one byte of a message.
  CurvePublicKey server_public_key;
  CurveKeyPair keys;
  std::size_t message_bytes_max = limits::message_bytes_max;
  /// Messages that wait in each direction; those to the server also while it is away.
  int queue_messages_max = 1000;
  bool ipv6 = false;
};

enum class ConnectionState {
  connecting,        ///< Nobody answers, or the connection was lost; it is tried again.
  connected,         ///< Both sides have proved their keys.
  key_refused,       ///< The server does not know our key; it is tried again, slowly.
  handshake_failed,  ///< Somebody answers who is no gwageo server, or has another server key.
};

/// The connecting side. Reconnects by itself, after 50 ms up to 1 s. One thread owns it; `wake` may
/// be called from any. Destroying it takes at most about a second; messages that the server does
/// not take by then are lost.
class ZmqClient final : public ClientTransport {
 public:
  struct Parts;
  explicit ZmqClient(std::unique_ptr<Parts> parts);
  ~ZmqClient() override;

  /// Also queues while there is no connection. bad_input above message_bytes_max.
  Status send(std::string_view bytes) override;
  Result<std::vector<std::string>> receive(Duration at_most, std::size_t count_max) override;
  void wake() override;

  /// Leaves the server and connects to `endpoint`, where it is now; what was queued is lost.
  /// bad_input, which changes nothing, for an address that cannot be one; io when that fails.
  Status redirect(const std::string& endpoint);
  /// As known now; never waits.
  ConnectionState state();
  /// Waits until that may be another, `wake` is called or `at_most` has passed. Takes no message.
  /// io as `receive`.
  Status await_change(Duration at_most);
  /// How often both sides have proved their keys. When it has grown, what was sent before may be
  /// lost.
  std::uint64_t connections();
  /// How often somebody answered who did not prove our server's key. While it grows, somebody is
  /// there; `state` alone may speak of one who is gone.
  std::uint64_t failed_handshakes();

 private:
  std::unique_ptr<Parts> parts_;
};

/// Begins to connect; that nobody listens is no error. bad_input for an address that cannot be one.
Result<std::unique_ptr<ZmqClient>> new_zmq_client(const ClientOptions& options);

}  // namespace gwageo
