#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <list>
#include <mutex>
#include <unordered_map>
#include <utility>

#include "protocol/check.h"
#include "protocol/zmq_link.h"
#include "protocol/zmq_transport.h"

namespace gwageo {
namespace {

using zmq_link::Frame;
using zmq_link::Waited;

// libzmq has it since 4.3.0, but its header hides the name behind the draft API.
constexpr int zap_enforce_domain = 93;

constexpr Duration keys_tended_after = milliseconds(500);

struct TextHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const {
    return std::hash<std::string_view>()(text);
  }
};

struct Peer {
  PeerId id;
  std::string routing_id;
  std::string principal;
  std::string key_text;
  CurvePublicKey key;
  std::uint64_t generation_seen = 0;  ///< Of the registry, when the key was last looked up.
  int file = -1;
  bool is_dropped = false;
};

/// The peers that spoke, the latest first; the number is bounded.
class PeerTable {
 public:
  Peer* find(std::string_view routing_id) {
    const auto found = by_routing_id_.find(routing_id);
    return found == by_routing_id_.end() ? nullptr : &*found->second;
  }
  Peer* find(PeerId id) {
    const auto found = by_id_.find(id.value);
    return found == by_id_.end() ? nullptr : &*found->second;
  }
  void touch(const Peer& peer) { peers_.splice(peers_.begin(), peers_, by_id_.at(peer.id.value)); }
  Peer& add(Peer peer) {
    peer.id = PeerId{++last_id_};
    peers_.push_front(std::move(peer));
    by_routing_id_.emplace(peers_.front().routing_id, peers_.begin());
    by_id_.emplace(peers_.front().id.value, peers_.begin());
    return peers_.front();
  }
  void erase(const Peer& peer) {
    const auto found = by_id_.find(peer.id.value);
    const auto position = found->second;
    by_routing_id_.erase(position->routing_id);
    by_id_.erase(found);
    peers_.erase(position);
  }
  template <class Visit>
  void for_each(Visit visit) {
    for (Peer& peer : peers_) visit(peer);
  }
  std::size_t size() const { return peers_.size(); }
  const Peer& oldest() const { return peers_.back(); }

 private:
  using Peers = std::list<Peer>;
  Peers peers_;
  std::unordered_map<std::string, Peers::iterator, TextHash, std::equal_to<>> by_routing_id_;
  std::unordered_map<std::uint64_t, Peers::iterator> by_id_;
  std::uint64_t last_id_ = 0;
};

/// True for the ids that the ROUTER makes itself: no connection ever has one again.
bool is_own_routing_id(std::string_view id) { return id.size() == 5 && id[0] == '\0'; }

std::uint64_t files_max() {
  rlimit limit{};
  return getrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_cur : 1024;
}

class Counter {
 public:
  void add() { value_.fetch_add(1, std::memory_order_relaxed); }
  std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

}  // namespace

struct ZmqServer::Parts {
  explicit Parts(const KeyRegistry& keys) : registry(keys) {}
  ~Parts();

  Status open(const ServerOptions& options);
  Status bind(const std::string& listen);
  Status bind_locally(const std::string& local);
  /// From the handler's thread: the file goes, so that nobody new finds the socket.
  void shut_local();
  /// Opens the Unix socket again when there is room again.
  void tend_local();
  /// False when nothing is there. What is refused counts as taken.
  Result<bool> take_one(std::vector<Envelope>& arrived);
  void accept(Frame& routing_id, Frame& payload, std::vector<Envelope>& arrived);
  Peer* peer_of(std::string_view routing_id, const Frame& payload);
  bool is_welcome(Peer& peer);
  /// Drops the peers whose keys are gone, though they are silent.
  void tend_keys();
  void drop(Peer& peer);
  void cut(int file);
  bool enforces_authentication() const;

  const KeyRegistry& registry;
  zmq_link::Engine engine;
  void* socket = nullptr;
  int socket_file = -1;
  // Of the handler's thread as well, so they outlive it.
  std::mutex local_mutex;
  std::string local_path;
  std::atomic<bool> local_is_shut{false};
  std::uint64_t crowded_at = 0;
  std::unique_ptr<ZapHandler> authentication;
  PeerTable peers;
  std::string endpoint;
  std::size_t message_bytes_max = 0;
  std::size_t peers_max = 0;
  std::uint64_t generation_tended = 0;
  std::uint64_t generation_seen = 0;
  Duration keys_changed_at;
  in_port_t port = 0;  ///< In network order.
  Counter received, sent, refused_malformed, disregarded, dropped_full, dropped_gone;
  Counter connections_cut, peers_forgotten;
};

ZmqServer::Parts::~Parts() {
  if (socket == nullptr) return;
  // The watched socket goes before its watcher: libzmq waits for the watcher to take every event.
  zmq_socket_monitor(socket, nullptr, 0);
  zmq_close(socket);
  if (!local_path.empty()) unlink(local_path.c_str());  // libzmq leaves it.
}

Status ZmqServer::Parts::open(const ServerOptions& options) {
  GWAGEO_TRY(engine.check());
  message_bytes_max = options.message_bytes_max;
  peers_max = options.peers_max;
  zmq_ctx_set(engine.context, ZMQ_IO_THREADS, options.io_threads);
  if (options.start_authentication) {
    auto started = ZapHandler::start(engine.context, registry, options.authentication);
    if (!started) return tl::unexpected(std::move(started).error());
    authentication = std::move(*started);
  }
  socket = zmq_socket(engine.context, ZMQ_ROUTER);
  if (socket == nullptr)
    return fail(ErrorKind::io, "cannot make a socket: " + zmq_link::last_error());
  GWAGEO_TRY(zmq_link::set_common_options(socket, options.message_bytes_max,
                                          options.queue_messages_max, options.ipv6, options.keys));
  GWAGEO_TRY(zmq_link::set_options(socket, {{ZMQ_ROUTER_MANDATORY, 1},
                                            {ZMQ_ROUTER_HANDOVER, 0},
                                            {ZMQ_BACKLOG, 1024},
                                            {ZMQ_CURVE_SERVER, 1},
                                            {zap_enforce_domain, 1}}));
  GWAGEO_TRY(zmq_link::set_option(socket, ZMQ_ZAP_DOMAIN, zap_domain, sizeof zap_domain - 1));
  GWAGEO_CHECK(enforces_authentication());
  crowded_at = options.crowded_at > 0 ? options.crowded_at : files_max() / 2;
  if (authentication) {
    GWAGEO_TRY(authentication->watch(socket, crowded_at, [this] { shut_local(); }));
  }
  GWAGEO_ASSIGN(file, zmq_link::event_file(socket));
  socket_file = file;
  return bind(options.listen);
}

Status ZmqServer::Parts::bind(const std::string& listen) {
  GWAGEO_ASSIGN(address, zmq_link::tcp_address(listen));
  if (zmq_bind(socket, address.c_str()) != 0) {
    const int code = zmq_errno();
    const bool is_no_address = code == EINVAL || code == ENODEV;
    const ErrorKind kind = code == EADDRINUSE ? ErrorKind::unavailable
                           : is_no_address    ? ErrorKind::bad_input
                                              : ErrorKind::io;
    return fail(kind, "cannot listen on " + address + ": " + zmq_strerror(code));
  }
  char bound[256] = {};
  std::size_t size = sizeof bound;
  GWAGEO_CHECK(zmq_getsockopt(socket, ZMQ_LAST_ENDPOINT, bound, &size) == 0);
  endpoint = bound;
  port = htons(static_cast<in_port_t>(std::stoi(endpoint.substr(endpoint.rfind(':') + 1))));
  return {};
}

Status ZmqServer::Parts::bind_locally(const std::string& local) {
  GWAGEO_CHECK(local_path.empty());
  GWAGEO_ASSIGN(address, zmq_link::address(local));
  if (!local.starts_with(unix_prefix)) {
    return fail(ErrorKind::bad_input, "\"" + local + "\" is no Unix socket: write unix:PATH");
  }
  if (zmq_bind(socket, address.c_str()) != 0) {
    return fail(ErrorKind::io, "cannot listen on " + local + ": " + zmq_link::last_error());
  }
  const std::lock_guard lock(local_mutex);
  local_path = local.substr(unix_prefix.size());
  return {};
}

void ZmqServer::Parts::shut_local() {
  const std::lock_guard lock(local_mutex);
  if (local_path.empty() || local_is_shut.exchange(true)) return;
  unlink(local_path.c_str());
}

void ZmqServer::Parts::tend_local() {
  if (!local_is_shut.load() || authentication->open() > crowded_at / 2) return;
  const std::string address = "ipc://" + local_path;
  zmq_unbind(socket, address.c_str());
  // Where it cannot come back there is TCP; the file is not there to be found.
  if (zmq_bind(socket, address.c_str()) == 0) local_is_shut.store(false);
}

Result<bool> ZmqServer::Parts::take_one(std::vector<Envelope>& arrived) {
  Frame routing_id;
  if (!routing_id.take(socket)) {
    if (zmq_link::is_nothing_there()) return false;
    return fail(ErrorKind::io, "cannot read from the network: " + zmq_link::last_error());
  }
  Frame payload;
  // libzmq delivers all frames of a message or none, so this one is there.
  GWAGEO_CHECK(payload.take(socket));
  accept(routing_id, payload, arrived);
  return true;
}

void ZmqServer::Parts::accept(Frame& routing_id, Frame& payload, std::vector<Envelope>& arrived) {
  Peer* const peer = peer_of(routing_id.bytes(), payload);
  if (peer == nullptr) {
    refused_malformed.add();
    cut(payload.connection_file());
    payload.take_rest(socket);
    return;
  }
  if (peer->is_dropped || !is_welcome(*peer)) {
    disregarded.add();
    payload.take_rest(socket);
    return;
  }
  if (payload.has_more() || payload.bytes().size() > message_bytes_max) {
    refused_malformed.add();
    drop(*peer);
    payload.take_rest(socket);
    return;
  }
  received.add();
  arrived.push_back(
      {peer->id, peer->principal, std::string(payload.bytes()), Digest{peer->key.bytes}});
}

/// The peer that sent `payload`, which is new when the connection is. Nothing without a principal.
Peer* ZmqServer::Parts::peer_of(std::string_view routing_id, const Frame& payload) {
  const std::string_view principal = payload.property("User-Id");
  const std::string_view key_text = payload.property(zap_key_property);
  Peer* const known = peers.find(routing_id);
  if (known != nullptr) {
    // A routing id that the client chose may come back over another connection.
    if (!is_own_routing_id(routing_id)) known->file = payload.connection_file();
    if (known->principal == principal && known->key_text == key_text) {
      peers.touch(*known);
      return known;
    }
    peers.erase(*known);
  }
  const auto key = curve_public_key_from_z85(key_text);
  if (principal.empty() || !key) return nullptr;
  Peer& added = peers.add({.id = {},
                           .routing_id = std::string(routing_id),
                           .principal = std::string(principal),
                           .key_text = std::string(key_text),
                           .key = *key,
                           .file = payload.connection_file()});
  if (peers.size() > peers_max) {
    peers_forgotten.add();
    peers.erase(peers.oldest());
  }
  return &added;
}

/// False, and the peer is dropped, when its key is no longer in the registry under its name.
bool ZmqServer::Parts::is_welcome(Peer& peer) {
  const std::uint64_t generation = registry.generation();
  if (peer.generation_seen == generation) return true;
  if (registry.find(peer.key) != peer.principal) {
    drop(peer);
    return false;
  }
  peer.generation_seen = generation;
  return true;
}

// A little later than the keys change: whoever was answered last with such a key, as who replaces
// its own is, gets the answer. What the peer says meanwhile is disregarded.
void ZmqServer::Parts::tend_keys() {
  const std::uint64_t generation = registry.generation();
  if (generation_tended == generation) return;
  const Duration now = zmq_link::monotonic_now();
  if (std::exchange(generation_seen, generation) != generation) keys_changed_at = now;
  if (now - keys_changed_at < keys_tended_after) return;
  generation_tended = generation;
  peers.for_each([this](Peer& peer) {
    if (!peer.is_dropped) is_welcome(peer);
  });
}

void ZmqServer::Parts::drop(Peer& peer) {
  if (peer.is_dropped) return;
  peer.is_dropped = true;
  cut(peer.file);
}

/// Ends a connection under libzmq, whose ROUTER cannot: it then sees the connection end as if the
/// peer had closed it. The file may be another one's by now, so only a connection to our own port
/// or path is cut; the worst that can happen is that another client has to connect again.
void ZmqServer::Parts::cut(int file) {
  sockaddr_storage name{};
  socklen_t size = sizeof name;
  if (file < 0 || getsockname(file, reinterpret_cast<sockaddr*>(&name), &size) != 0) return;
  bool is_ours = false;
  if (name.ss_family == AF_INET) {
    is_ours = reinterpret_cast<const sockaddr_in*>(&name)->sin_port == port;
  } else if (name.ss_family == AF_INET6) {
    is_ours = reinterpret_cast<const sockaddr_in6*>(&name)->sin6_port == port;
  } else if (name.ss_family == AF_UNIX && !local_path.empty()) {
    is_ours = local_path == reinterpret_cast<const sockaddr_un*>(&name)->sun_path;
  }
  if (is_ours && shutdown(file, SHUT_RDWR) == 0) connections_cut.add();
}

bool ZmqServer::Parts::enforces_authentication() const {
  int enforces = 0;
  std::size_t size = sizeof enforces;
  char domain[64] = {};
  std::size_t domain_size = sizeof domain;
  return zmq_getsockopt(socket, zap_enforce_domain, &enforces, &size) == 0 && enforces == 1 &&
         zmq_getsockopt(socket, ZMQ_ZAP_DOMAIN, domain, &domain_size) == 0 &&
         std::string_view(domain) == zap_domain;
}

ZmqServer::ZmqServer(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
ZmqServer::~ZmqServer() = default;

std::string ZmqServer::endpoint() const { return parts_->endpoint; }

Status ZmqServer::listen_locally(const std::string& endpoint) {
  return parts_->bind_locally(endpoint);
}

Result<std::vector<Envelope>> ZmqServer::receive(Duration at_most, std::size_t count_max) {
  GWAGEO_CHECK(count_max > 0);
  const Duration deadline = zmq_link::monotonic_now() + at_most;
  std::vector<Envelope> arrived;
  parts_->tend_local();
  parts_->tend_keys();
  while (true) {
    bool is_taken = true;
    for (std::size_t taken = 0; is_taken && taken < count_max; ++taken) {
      GWAGEO_ASSIGN(took, parts_->take_one(arrived));
      is_taken = took;
    }
    // With something left there may be no event that would end a wait.
    if (!arrived.empty() || is_taken) return arrived;
    const Duration left = deadline - zmq_link::monotonic_now();
    if (left <= Duration{}) return arrived;
    GWAGEO_ASSIGN(waited, zmq_link::wait(parts_->engine, parts_->socket_file, -1, left));
    if (waited == Waited::woken) return arrived;
  }
}

SendOutcome ZmqServer::send(PeerId peer_id, std::string_view bytes) {
  GWAGEO_CHECK(bytes.size() <= parts_->message_bytes_max);
  Peer* const peer = parts_->peers.find(peer_id);
  if (peer == nullptr || peer->is_dropped || !parts_->is_welcome(*peer)) {
    parts_->dropped_gone.add();
    return SendOutcome::gone;
  }
  void* const socket = parts_->socket;
  const std::string& id = peer->routing_id;
  int rc = 0;
  do {
    rc = zmq_send(socket, id.data(), id.size(), ZMQ_DONTWAIT | ZMQ_SNDMORE);
  } while (rc < 0 && zmq_errno() == EINTR);
  if (rc < 0 && zmq_errno() == EAGAIN) {
    parts_->dropped_full.add();
    return SendOutcome::full;
  }
  if (rc < 0) {
    GWAGEO_CHECK(zmq_errno() == EHOSTUNREACH);
    parts_->peers.erase(*peer);
    parts_->dropped_gone.add();
    return SendOutcome::gone;
  }
  // The room was checked with the first frame.
  while (zmq_send(socket, bytes.data(), bytes.size(), ZMQ_DONTWAIT) < 0) {
    GWAGEO_CHECK(zmq_errno() == EINTR);
  }
  parts_->peers.touch(*peer);
  parts_->sent.add();
  return SendOutcome::sent;
}

void ZmqServer::drop(PeerId peer_id) {
  Peer* const peer = parts_->peers.find(peer_id);
  if (peer != nullptr) parts_->drop(*peer);
}

void ZmqServer::wake() { parts_->engine.wake(); }

TransportCounters ZmqServer::counters() const {
  const Parts& parts = *parts_;
  TransportCounters counters;
  counters.received = parts.received.value();
  counters.sent = parts.sent.value();
  counters.refused_malformed = parts.refused_malformed.value();
  counters.disregarded = parts.disregarded.value();
  counters.dropped_full = parts.dropped_full.value();
  counters.dropped_gone = parts.dropped_gone.value();
  counters.connections_cut = parts.connections_cut.value();
  counters.peers_forgotten = parts.peers_forgotten.value();
  if (parts.authentication != nullptr) {
    counters.handshakes_refused = parts.authentication->refused();
    counters.connections_opened = parts.authentication->connections();
    counters.connections_authenticated = parts.authentication->succeeded();
    counters.connections_turned_away = parts.authentication->turned_away();
    counters.connections_ended = parts.authentication->disconnected();
  }
  return counters;
}

bool ZmqServer::enforces_authentication() const { return parts_->enforces_authentication(); }

void ZmqServer::end_authentication_for_test() { parts_->authentication->end_thread_for_test(); }

Result<std::unique_ptr<ZmqServer>> new_zmq_server(const ServerOptions& options,
                                                  const KeyRegistry& registry) {
  auto parts = std::make_unique<ZmqServer::Parts>(registry);
  GWAGEO_TRY(parts->open(options));
  return std::make_unique<ZmqServer>(std::move(parts));
}

}  // namespace gwageo
