// Answerer: who a worker is, where it matters that two answers come from two hands: an audit, a
// check. A worker says its name itself; its key is proved. Whoever holds a key can come under as
// many names as he likes, so where workers have keys of their own, one key's workers are one hand.
#pragma once

#include <compare>
#include <cstddef>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "protocol/ids.h"

namespace gwageo {

class State;

/// A value.
struct Answerer {
  std::string name;  ///< The worker's.
  std::string key;   ///< The name of the principal that it came as.
  friend auto operator<=>(const Answerer&, const Answerer&) = default;
};

/// Of a life of a worker. REQUIRES: it joined.
Answerer answerer(const State& state, WorkerId worker);

/// Whose key the newest worker of this name came with; none where there was no such worker, or the
/// key is revoked. Nobody else may come under the name, or whoever has some worker's key could end
/// another's leases and answer in its name.
std::optional<std::string> owner_of_name(const State& state, const std::string& name);

/// Whether anything rests on the name: a life under it has results on record or items out, or it is
/// in quarantine. Where nothing does and no worker is here under it, it is anybody's: else whoever
/// comes once under many names keeps all of them from others for good.
bool rests_on_name(const State& state, const std::string& name);

/// Whether workers are told apart by their keys: some have come with one and some with another, and
/// neither is revoked. Where all have one, as those of `gwageo up`, names have to do.
bool are_keys_told_apart(const State& state);

/// Names whose newest worker came with the key. Costs a look at every worker there was.
std::set<std::string> names_of_key(const State& state, const std::string& key);

/// Those of them that the coordinator itself has put into quarantine, ascending; none where keys
/// are not told apart. One may be a broken machine. Where there are `names_bound`, it is the hand:
/// all names of the key are put there, and new ones as they come, until an operator says otherwise.
std::vector<std::string> convicted_names(const State& state, const std::string& key);
inline constexpr std::size_t names_bound = 2;

/// Whether one of them says nothing about what the other one says.
bool is_one_hand(const Answerer& a, const Answerer& b, bool by_key);

/// Whether one of these names or keys, ascending, is the answerer's.
bool is_among(const Answerer& who, const std::vector<std::string>& names,
              const std::vector<std::string>& keys);

}  // namespace gwageo
