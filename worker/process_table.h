// The processes of this machine as /proc shows them: who descends from whom, and whom a lost keeper
// has left behind.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace gwageo {

/// In the environment of every process that a keeper starts, and so of all that these start: which
/// keeper it was (`keeper_mark`). It is how they are found when the keeper is gone.
inline constexpr const char* keeper_variable = "GWAGEO_ENGINE_KEEPER";

/// Names a running process beyond its number, which is used again: the machine since it booted (a
/// cluster's scheduler carries the mark to others), the space of process numbers that it is in, its
/// number, and when it began. Empty when it is not there.
std::string keeper_mark(pid_t process);

/// The keeper whose mark the process bears; 0 where it bears none, or that of one which is not
/// here. What a cluster's scheduler starts for a server is nobody's descendant here, and bears it.
pid_t keeper_of(pid_t process);

/// Everybody below `ancestor`, in no order.
std::vector<pid_t> descendants_of(pid_t ancestor);

/// Everybody whose environment bears this mark.
std::vector<pid_t> bearers_of(const std::string& mark);

/// SIGKILL to everybody whose environment bears the mark of a keeper that is there no more, of this
/// machine and space of process numbers: what was left when a keeper and its worker were killed
/// together. Returns how many there were.
std::size_t kill_what_keepers_left();

}  // namespace gwageo
