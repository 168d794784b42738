// What commands do to models: register, correct, disown, retire.
#pragma once

#include "coordinator/command_queries.h"

namespace gwageo::models {

/// The first version of a model.
CommandOutcome add(const CommandRequest& request);
/// The next version, with what the body names changed and a reason. What is not named stays.
CommandOutcome correct(const CommandRequest& request);
/// The version after the one that the body names, for which no answer so far counts: everything is
/// asked anew.
CommandOutcome disown(const CommandRequest& request);
/// Takes it out of every cohort.
CommandOutcome retire(const CommandRequest& request);

}  // namespace gwageo::models
