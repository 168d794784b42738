// A slot as the dispatcher sees it.
#pragma once

#include <cstdint>

#include "coordinator/ledger.h"
#include "coordinator/waiting_work.h"
#include "protocol/time.h"

namespace gwageo {

/// A model on a block, kept at the block's first GPU.
struct DispatchSlot {
  ClassNumber class_number = 0;
  std::uint32_t width = 0;  ///< 0: nothing is loaded.
  bool busy = false;
  TeamNumber team = 0;  ///< Whom it served last.
  std::uint8_t tier = 0;
  Instant since;    ///< The class was loaded.
  Instant ends;     ///< Expected.
  Duration item;    ///< Of the run.
  Instant yielded;  ///< A run was asked to, there.
};

}  // namespace gwageo
