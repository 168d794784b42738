#include "protocol/loopback_transport.h"

#include <chrono>
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <utility>

#include "protocol/check.h"

namespace gwageo {

/// What both sides share. `mutex` guards everything below it.
struct LoopbackServer::Hub {
  struct Connection {
    std::deque<std::string> to_client;
    std::size_t to_server_count = 0;  ///< Of this connection's messages in `to_server`.
    std::condition_variable* client = nullptr;
  };

  explicit Hub(LoopbackOptions given) : options(given) {}

  const LoopbackOptions options;
  std::mutex mutex;
  std::condition_variable server;
  bool is_server_alive = true;
  bool is_server_woken = false;
  std::deque<Envelope> to_server;
  std::map<PeerId, Connection> connections;
  std::uint64_t last_peer = 0;
};

namespace {

using Hub = LoopbackServer::Hub;

std::chrono::steady_clock::time_point deadline_of(Duration at_most) {
  return std::chrono::steady_clock::now() + std::chrono::microseconds(at_most.microseconds);
}

class LoopbackClient final : public ClientTransport {
 public:
  LoopbackClient(std::shared_ptr<Hub> hub, std::string principal)
      : hub_(std::move(hub)), principal_(std::move(principal)) {
    const std::lock_guard lock(hub_->mutex);
    connect();
  }

  ~LoopbackClient() override {
    const std::lock_guard lock(hub_->mutex);
    hub_->connections.erase(peer_);
  }

  Status send(std::string_view bytes) override {
    if (bytes.size() > hub_->options.message_bytes_max) {
      return fail(ErrorKind::bad_input, "a message of " + std::to_string(bytes.size()) +
                                            " bytes is above the limit of " +
                                            std::to_string(hub_->options.message_bytes_max));
    }
    const std::lock_guard lock(hub_->mutex);
    if (!hub_->is_server_alive) return fail(ErrorKind::unavailable, "the server is gone");
    if (!hub_->connections.contains(peer_)) connect();
    Hub::Connection& connection = hub_->connections.at(peer_);
    if (connection.to_server_count >= hub_->options.queue_messages_max) {
      return fail(ErrorKind::unavailable, "the queue of messages to the server is full");
    }
    ++connection.to_server_count;
    hub_->to_server.push_back({peer_, principal_, std::string(bytes)});
    hub_->server.notify_one();
    return {};
  }

  Result<std::vector<std::string>> receive(Duration at_most, std::size_t count_max) override {
    const auto deadline = deadline_of(at_most);
    std::vector<std::string> arrived;
    std::unique_lock lock(hub_->mutex);
    arrived_.wait_until(lock, deadline, [&] { return is_woken_ || has_message(); });
    const auto found = hub_->connections.find(peer_);
    if (found != hub_->connections.end()) {
      std::deque<std::string>& queue = found->second.to_client;
      while (!queue.empty() && arrived.size() < count_max) {
        arrived.push_back(std::move(queue.front()));
        queue.pop_front();
      }
    }
    if (arrived.empty()) is_woken_ = false;
    return arrived;
  }

  void wake() override {
    const std::lock_guard lock(hub_->mutex);
    is_woken_ = true;
    arrived_.notify_one();
  }

 private:
  // Both are called with the hub's mutex held.
  void connect() {
    peer_ = PeerId{++hub_->last_peer};
    hub_->connections[peer_].client = &arrived_;
  }
  bool has_message() const {
    const auto found = hub_->connections.find(peer_);
    return found != hub_->connections.end() && !found->second.to_client.empty();
  }

  // Shared because either side may be destroyed first.
  const std::shared_ptr<Hub> hub_;
  const std::string principal_;
  PeerId peer_;
  std::condition_variable arrived_;
  bool is_woken_ = false;
};

}  // namespace

LoopbackServer::LoopbackServer(LoopbackOptions options) : hub_(std::make_shared<Hub>(options)) {
  GWAGEO_CHECK(options.queue_messages_max > 0);
}

LoopbackServer::~LoopbackServer() {
  const std::lock_guard lock(hub_->mutex);
  hub_->is_server_alive = false;
  hub_->to_server.clear();
}

std::string LoopbackServer::endpoint() const { return "loopback"; }

Result<std::vector<Envelope>> LoopbackServer::receive(Duration at_most, std::size_t count_max) {
  Hub& hub = *hub_;
  const auto deadline = deadline_of(at_most);
  std::vector<Envelope> arrived;
  std::unique_lock lock(hub.mutex);
  hub.server.wait_until(lock, deadline,
                        [&] { return hub.is_server_woken || !hub.to_server.empty(); });
  while (!hub.to_server.empty() && arrived.size() < count_max) {
    Envelope envelope = std::move(hub.to_server.front());
    hub.to_server.pop_front();
    const auto connection = hub.connections.find(envelope.peer);
    if (connection != hub.connections.end()) --connection->second.to_server_count;
    arrived.push_back(std::move(envelope));
  }
  if (arrived.empty()) hub.is_server_woken = false;
  return arrived;
}

SendOutcome LoopbackServer::send(PeerId peer, std::string_view bytes) {
  Hub& hub = *hub_;
  GWAGEO_CHECK(bytes.size() <= hub.options.message_bytes_max);
  const std::lock_guard lock(hub.mutex);
  const auto found = hub.connections.find(peer);
  if (found == hub.connections.end()) return SendOutcome::gone;
  Hub::Connection& connection = found->second;
  if (connection.to_client.size() >= hub.options.queue_messages_max) return SendOutcome::full;
  connection.to_client.emplace_back(bytes);
  connection.client->notify_one();
  return SendOutcome::sent;
}

void LoopbackServer::drop(PeerId peer) {
  const std::lock_guard lock(hub_->mutex);
  hub_->connections.erase(peer);
  std::erase_if(hub_->to_server, [&](const Envelope& envelope) { return envelope.peer == peer; });
}

void LoopbackServer::wake() {
  const std::lock_guard lock(hub_->mutex);
  hub_->is_server_woken = true;
  hub_->server.notify_one();
}

std::unique_ptr<ClientTransport> LoopbackServer::connect(std::string principal) {
  return std::make_unique<LoopbackClient>(hub_, std::move(principal));
}

}  // namespace gwageo
