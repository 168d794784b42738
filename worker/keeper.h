// The keeper: a small process between a worker and a server that it runs. It is the worker's child
// and the server's parent, and exists so that no server outlives its worker, whoever dies how.
//
//   worker ends or is killed    its end of the socket closes; the keeper kills everybody and ends
//   keeper is killed            the server gets SIGKILL from the kernel (PR_SET_PDEATHSIG), and the
//                               worker kills who bears the keeper's mark (process_table.h)
//   both are killed             the server as before; what it had started is killed by the next
//                               worker that starts on the machine
//   the server ends             the keeper kills what it had started, sessions of their own
//                               included: their orphans are its children (PR_SET_CHILD_SUBREAPER)
//
// It is a program of one thread, so it may fork; a worker has threads, so it only ever spawns this
// program. The socket is descriptor 3. Lines to the keeper: "stop", "kill". Lines from it:
//
//   started PID        the server runs
//   failed WORDS       the program cannot be run; nothing follows
//   ended KIND NUMBER BYTES   how ("exit" or "signal"), and the last bytes it said, which follow
//   gone               nobody of it is left; the keeper ends
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "protocol/time.h"

namespace gwageo {

/// The first word by which the program is asked to be a keeper.
inline constexpr const char* keeper_word = "engine-keeper";

/// What a keeper is told, as words.
struct KeeperOrder {
  std::string log;  ///< The server's output goes there (rotated_log.h).
  std::uint64_t log_bytes = std::uint64_t{16} << 20;
  std::uint32_t log_files = 4;
  Duration stop_at_most = seconds(10);
  std::vector<std::string> command;
};
std::vector<std::string> to_words(const KeeperOrder& order);

/// The program as a keeper; `words` follow `keeper_word`. Returns its exit code.
int run_keeper(const std::vector<std::string>& words);

}  // namespace gwageo
