// The state that a journal comes to, of which a forger may have made the records: a chain holds
// over facts that contradict each other, too.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "coordinator/state.h"
#include "coordinator/store.h"
#include "protocol/check.h"
#include "protocol/result.h"

namespace gwageo {

/// A rule of our own code that evidence has broken.
std::string rule_in_words(const BrokenRule& broken);

/// The state that the first `size` records of a journal lead to. REQUIRES: it was verified so far.
/// `seen` is called with each record after it was applied. corrupt: a record contradicts those
/// before it, which the chain cannot show.
Result<State> replay(const Store& store, std::uint64_t size,
                     const std::function<void(const State&, const Record&)>& seen = {});

}  // namespace gwageo
