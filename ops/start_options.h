// What a coordinator is told when it starts, and whether it can be had: all of it is looked at
// before the first write, so that a start with a mistake in it leaves nothing behind.
#pragma once

#include <cstdint>
#include <string>

#include "coordinator/data_directory.h"
#include "ops/invocation.h"
#include "protocol/result.h"
#include "protocol/time.h"

namespace gwageo {

struct StartOptions {
  std::string listen;  ///< "ADDRESS:PORT"; port 0: see takes_free_port.
  std::string origin;  ///< Name of a new journal.
  std::string zone;    ///< Its time zone.
  /// With less free space on its disk the coordinator takes nothing in that needs room.
  std::uint64_t reserve_bytes = 0;
};

/// Whether `listen` leaves the port to us: the last one, where it is free, else any.
bool takes_free_port(const StartOptions& options);

/// The options of `up` or `coordinator` on the data directory `data`, and of the environment.
/// bad_input, naming the option or variable, when one is wrong, or when a new data directory would
/// be made for a coordinator that cannot listen where it is told to.
Result<StartOptions> start_options(const Invocation& arguments, const std::string& data);

/// Takes the data directory, made when missing. conflict when somebody else still holds it after
/// `patience`: one that was just killed may, for a moment longer.
Result<DataDirectory> take_directory(const std::string& data, Duration patience);

}  // namespace gwageo
