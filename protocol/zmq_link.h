// What the two ends of the ZeroMQ transport share: a context with a way to wake its owner, frames
// that close themselves, and the socket options of both sides. Only the transport's sources include
// this header; it is where libzmq's own becomes visible. Nothing here locks: one thread, one owner.
#pragma once

#include <zmq.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

#include "protocol/curve_keys.h"
#include "protocol/result.h"
#include "protocol/time.h"

namespace gwageo::zmq_link {

/// Since an arbitrary moment; never decreases.
Duration monotonic_now();

/// What libzmq says about the call that just failed.
std::string last_error();
/// True when it failed only because nothing is there.
bool is_nothing_there();

/// A zmq_msg_t that closes itself.
class Frame {
 public:
  Frame() { zmq_msg_init(&message_); }
  ~Frame() { zmq_msg_close(&message_); }
  Frame(const Frame&) = delete;
  Frame& operator=(const Frame&) = delete;
  /// Never blocks. False when nothing was taken.
  bool take(void* socket) {
    while (zmq_msg_recv(&message_, socket, ZMQ_DONTWAIT) < 0) {
      if (zmq_errno() != EINTR) return false;
    }
    return true;
  }
  /// Takes and forgets the frames that follow this one in its message.
  void take_rest(void* socket);
  bool has_more() const { return zmq_msg_more(&message_) != 0; }
  std::string_view bytes() {
    return {static_cast<const char*>(zmq_msg_data(&message_)), zmq_msg_size(&message_)};
  }
  /// Empty when the connection has no such property.
  std::string_view property(const char* name) const;
  /// The file of the connection that the frame came over, or -1.
  int connection_file() const { return zmq_msg_get(&message_, ZMQ_SRCFD); }

 private:
  zmq_msg_t message_;
};

/// A context, and what lets other threads wake the one that waits. Every socket of the context is
/// closed before this is destroyed, which then waits for their linger times.
struct Engine {
  void* context = nullptr;
  int wake_file = -1;

  Engine();
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  /// io when the system had no context or no event file for us.
  Status check() const;
  /// From any thread.
  void wake() const;
  void clear_wake() const;
};

/// `events`: the monitor has something to take; the socket may have, too.
enum class Waited { something, events, woken, timed_out };

/// The file by which `wait` watches a socket; it stays the same.
Result<int> event_file(void* socket);

/// Waits until there may be something to take from a socket, from its monitor (-1: none), or for
/// `Engine::wake`, which it clears. A signal counts as a wake.
/// REQUIRES: at the last look at each of the two there was nothing to take from it. Their files
/// tell of changes only.
Result<Waited> wait(const Engine& engine, int socket_file, int monitor_file, Duration at_most);

/// A socket option with a number.
struct Option {
  int name;
  int value;
};
Status set_option(void* socket, int name, const void* value, std::size_t size);
Status set_options(void* socket, std::initializer_list<Option> options);
/// Sizes, queues, timeouts and the own key pair: all that both sides set alike.
Status set_common_options(void* socket, std::size_t message_bytes_max, int queue_messages_max,
                          bool ipv6, const CurveKeyPair& keys);

/// "tcp://ADDRESS:PORT" of a text with or without the first part; bad_input when it is not one.
Result<std::string> tcp_address(const std::string& text);

/// "unix:PATH" becomes libzmq's name of it, any other text a `tcp_address`. bad_input when it is
/// neither, or when a socket's path cannot be so long.
Result<std::string> address(const std::string& text);

}  // namespace gwageo::zmq_link
