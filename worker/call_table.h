// Calls that are in an engine: each has a token by which its end is recognised. A token is a place
// in a table with the number of uses of that place, so that finding it costs no search and the
// token of a call that is over finds nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "protocol/ids.h"

namespace gwageo {

/// Which request a call is for.
struct CallPlace {
  LeaseId lease;
  std::uint64_t index = 0;   ///< Plan index of the item.
  std::uint32_t choice = 0;  ///< Index of the request within its item.
};

/// One thread. Its memory follows the most calls that were ever in it at the same time.
class CallTable {
 public:
  /// A token that no call had during the last 2^32 - 1 uses of its place. Never 0.
  std::uint64_t add(const CallPlace& place) {
    if (free_.empty()) {
      free_.push_back(static_cast<std::uint32_t>(entries_.size()));
      entries_.emplace_back();
    }
    const std::uint32_t at = free_.back();
    free_.pop_back();
    Entry& entry = entries_[at];
    entry.place = place;
    if (++entry.uses == 0) ++entry.uses;
    return std::uint64_t{entry.uses} << 32 | at;
  }

  /// The call of this token while it is in the table.
  const CallPlace* find(std::uint64_t token) const {
    const std::size_t at = token & 0xffffffff;
    if (at >= entries_.size() || !entries_[at].place || entries_[at].uses != token >> 32) {
      return nullptr;
    }
    return &*entries_[at].place;
  }

  /// Ends a call; nothing when it is over already.
  std::optional<CallPlace> take(std::uint64_t token) {
    if (find(token) == nullptr) return std::nullopt;
    const auto at = static_cast<std::uint32_t>(token & 0xffffffff);
    free_.push_back(at);
    return std::exchange(entries_[at].place, std::nullopt);
  }

  /// Ends every call whose place `is_over` answers true for.
  template <class IsOver>
  void erase_if(IsOver is_over) {
    for (std::size_t at = 0; at < entries_.size(); ++at) {
      if (!entries_[at].place || !is_over(*entries_[at].place)) continue;
      entries_[at].place.reset();
      free_.push_back(static_cast<std::uint32_t>(at));
    }
  }

  std::size_t size() const { return entries_.size() - free_.size(); }

 private:
  struct Entry {
    std::optional<CallPlace> place;
    std::uint32_t uses = 0;
  };
  std::vector<Entry> entries_;
  std::vector<std::uint32_t> free_;
};

}  // namespace gwageo
