// The transport within one process: the twin of the one over ZeroMQ, with the same contract and the
// same kinds of bounds, for tests and for parts that share a process. No bytes leave memory, so a
// client's principal is what its maker says.
#pragma once

#include <memory>
#include <string>

#include "protocol/limits.h"
#include "protocol/transport.h"

namespace gwageo {

struct LoopbackOptions {
  std::size_t message_bytes_max = limits::message_bytes_max;
  /// Messages that wait in each direction of one connection.
  std::size_t queue_messages_max = 1000;
};

/// The listening side, and the maker of its clients. One thread owns it; `wake` and `connect` may
/// be called from any.
class LoopbackServer final : public ServerTransport {
 public:
  struct Hub;
  explicit LoopbackServer(LoopbackOptions options = {});
  ~LoopbackServer() override;

  /// "loopback": nobody can connect to it from outside.
  std::string endpoint() const override;
  Result<std::vector<Envelope>> receive(Duration at_most, std::size_t count_max) override;
  /// REQUIRES: bytes.size() <= message_bytes_max.
  SendOutcome send(PeerId peer, std::string_view bytes) override;
  /// The client is connected anew by its next message, and is then another peer.
  void drop(PeerId peer) override;
  void wake() override;

  /// A client that is connected already. It may outlive the server: what it sends then is
  /// unavailable. A server that is made later never has it.
  std::unique_ptr<ClientTransport> connect(std::string principal);

 private:
  // Shared because either side may be destroyed first.
  std::shared_ptr<Hub> hub_;
};

}  // namespace gwageo
