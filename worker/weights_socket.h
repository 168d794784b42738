// WeightsSocket: a TCP connection between two nodes, with the waits that a broadcast needs: it ends
// when the other end is silent for long, and soon after `stop` is set.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>

#include "protocol/time.h"
#include "worker/file_lock.h"

namespace gwageo {

/// A node that is alive says something this often.
inline constexpr Duration weights_beat = seconds(1);
/// One that has said nothing for so long, or taken nothing, is gone.
inline constexpr Duration weights_silence_max = seconds(10);

/// Keeps what is sent below a rate. One thread.
class SendRate {
 public:
  /// 0: no limit.
  explicit SendRate(std::uint64_t bytes_per_second) : rate_(bytes_per_second) {}
  /// Waits until so many bytes more may have been sent.
  void spend(std::uint64_t bytes);

 private:
  std::uint64_t rate_;
  std::int64_t due_ns_ = 0;
};

/// One thread. All errors are `unavailable` and final.
class WeightsSocket {
 public:
  /// To HOST:PORT.
  static Result<WeightsSocket> connect(const std::string& endpoint, const std::atomic<bool>& stop);
  /// Of an accepted connection.
  WeightsSocket(FileDescriptor socket, const std::atomic<bool>& stop);

  Status send(std::string_view bytes);
  /// A part of a file, by the kernel, at most at that rate.
  Status send_file(int file, std::uint64_t at, std::uint64_t size, SendRate& rate);
  /// Exactly so many bytes.
  Status receive(char* bytes, std::size_t size);
  Result<std::string> receive(std::size_t size);

 private:
  Status waited(std::int64_t since_ns, const char* what) const;

  FileDescriptor socket_;
  const std::atomic<bool>* stop_;
};

/// A socket that listens, and the HOST:PORT it has. `address` is HOST or HOST:PORT.
struct WeightsListener {
  FileDescriptor socket;
  std::string endpoint;
  static Result<WeightsListener> open(const std::string& address);
};

}  // namespace gwageo
