// EngineProcess: a server that this worker runs, with its keeper (keeper.h) in between.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "protocol/result.h"
#include "protocol/time.h"
#include "worker/engine_life.h"
#include "worker/engine_template.h"
#include "worker/keeper.h"

namespace gwageo {

/// How a process ended.
struct ProcessEnd {
  EngineEnd how = EngineEnd::exited;
  std::string words;   ///< "it exited with code 3", "it was ended by signal 11 (...)".
  std::string output;  ///< The last that it said.
};

/// One thread. Everybody below the process ends with this object.
class EngineProcess {
 public:
  /// `keeper` is the program that becomes the keeper with `keeper_word` and the order's words.
  /// Returns as soon as the keeper runs; io where it cannot be started.
  static Result<std::unique_ptr<EngineProcess>> start(const std::string& keeper,
                                                      const EngineCommand& command,
                                                      KeeperOrder order);
  ~EngineProcess();
  EngineProcess(const EngineProcess&) = delete;
  EngineProcess& operator=(const EngineProcess&) = delete;

  /// How it ended, once nobody of it is left; nothing before. Does not block.
  std::optional<ProcessEnd> poll();
  /// Whether the server has ended, even if not all that it had started. Does not block.
  bool has_ended();
  /// Blocks until `poll` would say something, or `at_most` has passed.
  void wait(Duration at_most);
  /// SIGTERM, and when the order's time is over SIGKILL to everybody.
  void stop();
  /// SIGKILL to everybody.
  void kill();
  /// Of the server; 0 before it is known.
  pid_t process() const { return process_; }
  pid_t keeper() const { return keeper_; }

 private:
  EngineProcess(pid_t keeper, int socket);
  void read();
  void take_line(const std::string& line);
  void keeper_is_gone();
  void tell(const char* line) const;

  pid_t keeper_;
  int socket_;
  pid_t process_ = 0;
  std::string mark_;  // Of the keeper, in its descendants' environment.
  std::string read_;
  std::size_t output_left_ = 0;    // Bytes of the last output that are still to come.
  std::optional<ProcessEnd> end_;  // Of the server; what it had started may still be there.
  bool is_gone_ = false;
  std::uint64_t memory_kills_;  // Of the kernel, when it began.
};

/// A port of 127.0.0.1 that nobody has just now; it may be taken before it is used.
Result<std::uint32_t> free_port();
/// Whether somebody has it.
bool is_port_taken(std::uint32_t port);
/// How many processes the kernel has killed for want of memory, on this machine and in our group.
std::uint64_t kernel_memory_kills();

}  // namespace gwageo
