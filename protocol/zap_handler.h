// Who gets in. CURVE alone proves only that a peer has some key; the ZAP handler decides whose it
// is. libzmq asks it over inproc for every new connection (RFC 27), with the peer's long-term key;
// it answers 200 with the name that the registry has for the key, or refuses.
//
// Three things keep this closed when something breaks. The handler is bound before any endpoint.
// The listening socket has ZMQ_ZAP_ENFORCE_DOMAIN, so that without a handler nobody gets in. And a
// handler thread that ends while the server lives ends the process.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <thread>

#include "protocol/curve_keys.h"
#include "protocol/result.h"
#include "protocol/time.h"

namespace gwageo {

/// True for [A-Za-z0-9][A-Za-z0-9._-]{0,127}: what a principal may be called.
bool is_principal_name(std::string_view text);

/// Which public keys may connect, and the principal each belongs to. Safe from any thread.
/// A key that is removed or given to another principal loses its open connections as well.
class KeyRegistry {
 public:
  /// REQUIRES: is_principal_name(principal). A principal may have several keys.
  void set(const CurvePublicKey& key, std::string principal);
  /// Without effect when the key is not there.
  void remove(const CurvePublicKey& key);
  std::optional<std::string> find(const CurvePublicKey& key) const;
  /// Grows with every change; equal values mean that nothing changed in between.
  std::uint64_t generation() const { return generation_.load(std::memory_order_acquire); }

 private:
  mutable std::shared_mutex mutex_;
  std::map<CurvePublicKey, std::string> principals_;
  std::atomic<std::uint64_t> generation_{1};
};

/// The ZAP domain of every gwageo server.
inline constexpr char zap_domain[] = "gwageo";
/// The message property that carries the peer's public key in Z85, beside libzmq's "User-Id".
inline constexpr char zap_key_property[] = "Gwageo-Key";

struct ZapOptions {
  /// Handshakes that one address may try within `window`; further ones are put off.
  std::uint32_t requests_per_address_max = 10000;
  Duration window = seconds(10);
  /// Connections that one address may have open at a time, proved or not; each further one is
  /// closed at once. Of a Unix socket there is no address, and no bound but that of `watch`.
  std::uint32_t connections_per_address_max = 4096;
  /// Addresses that are counted one by one within a window; the others share one count.
  std::size_t addresses_max = 4096;
};

/// Answers libzmq's authentication requests in one context, on its own thread. Made and destroyed
/// by the thread that owns the server, the counters are safe from any.
class ZapHandler {
 public:
  /// Binds the handler in `context` (a libzmq context) and starts its thread. `registry` outlives
  /// it. io when libzmq refuses. Make it before the context's first endpoint.
  static Result<std::unique_ptr<ZapHandler>> start(void* context, const KeyRegistry& registry,
                                                   ZapOptions options);
  /// Ends the thread. Destroy it after a watched socket was closed, before the context is
  /// terminated.
  ~ZapHandler();
  ZapHandler(const ZapHandler&) = delete;
  ZapHandler& operator=(const ZapHandler&) = delete;

  /// Counts the connections of `socket` (of the same context) from now on. While `crowded_at` or
  /// more are open, each further one calls `crowded` on the handler's thread. Call it at most once,
  /// before the socket's first endpoint.
  Status watch(void* socket, std::uint64_t crowded_at, std::function<void()> crowded);

  /// Requests that were answered with a principal.
  std::uint64_t accepted() const { return accepted_.load(std::memory_order_relaxed); }
  /// Requests that were refused: unknown key, wrong domain or mechanism, too many, malformed.
  std::uint64_t refused() const { return refused_.load(std::memory_order_relaxed); }
  /// Connections that were opened to the watched socket, whoever they are.
  std::uint64_t connections() const { return connections_.load(std::memory_order_relaxed); }
  /// Connections that came through the whole handshake.
  std::uint64_t succeeded() const { return succeeded_.load(std::memory_order_relaxed); }
  /// Connections that ended for whatever reason.
  std::uint64_t disconnected() const { return disconnected_.load(std::memory_order_relaxed); }
  /// Connections that were closed because their address had too many.
  std::uint64_t turned_away() const { return turned_away_.load(std::memory_order_relaxed); }
  /// Connections that are open now, whoever they are.
  std::uint64_t open() const { return connections() - std::min(connections(), disconnected()); }

  /// Makes the thread end as if by a bug. The process must not survive it.
  void end_thread_for_test();

 private:
  struct Request;
  struct Answer;
  ZapHandler(const KeyRegistry& registry, ZapOptions options);
  void run() noexcept;
  void answer_one();
  Answer decide(const Request& request);
  bool is_within_limit(const std::string& address);
  void read_event();
  /// Counts the connection `file` for its address, or closes it.
  void count_connection(int file);
  void forget_connection(int file);
  void wake();

  const KeyRegistry& registry_;
  const ZapOptions options_;
  void* context_ = nullptr;
  void* socket_ = nullptr;
  std::atomic<void*> monitor_{nullptr};
  int wake_file_ = -1;
  std::atomic<bool> stopping_{false};
  std::atomic<bool> ends_for_test_{false};
  std::atomic<std::uint64_t> accepted_{0};
  std::atomic<std::uint64_t> refused_{0};
  std::atomic<std::uint64_t> connections_{0};
  std::atomic<std::uint64_t> succeeded_{0};
  std::atomic<std::uint64_t> disconnected_{0};
  std::atomic<std::uint64_t> turned_away_{0};
  std::uint64_t crowded_at_ = 0;
  std::function<void()> crowded_;
  // Of the thread alone.
  std::map<std::string, std::uint32_t> requests_of_address_;
  std::map<int, std::string> addresses_;                         ///< Of open connections, by file.
  std::map<std::string, std::uint32_t> connections_of_address_;  ///< How many of these.
  std::int64_t window_began_microseconds_ = 0;
  std::thread thread_;
};

}  // namespace gwageo
