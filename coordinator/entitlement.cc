#include "coordinator/entitlement.h"

#include <algorithm>

#include "protocol/check.h"
#include "protocol/wide.h"

namespace gwageo {
namespace {

// A vessel that is filled: thousandths of a GPU.
struct Vessel {
  std::uint64_t weight = 1;
  std::int64_t floor = 0;
  std::int64_t cap = 0;
};

// The level, thousandths for a weight of 1, carries twenty more bits.
constexpr int level_bits = 20;

std::int64_t filled(const Vessel& vessel, Wide level) {
  const Wide risen = (level * vessel.weight) >> level_bits;
  if (risen >= vessel.cap) return vessel.cap;
  return std::max(vessel.floor, static_cast<std::int64_t>(risen));
}

std::int64_t filled(const std::vector<Vessel>& vessels, Wide level) {
  std::int64_t sum = 0;
  for (const Vessel& vessel : vessels) sum += filled(vessel, level);
  return sum;
}

// What each gets when all of `water` is poured, or as much as they take.
std::vector<std::int64_t> pour(std::vector<Vessel> vessels, std::int64_t water) {
  if (filled(vessels, 0) > water) {  // Not even the floors: each gets its part of what there is.
    for (Vessel& vessel : vessels) {
      vessel = {static_cast<std::uint64_t>(std::max<std::int64_t>(1, vessel.floor)), 0,
                vessel.floor};
    }
  }
  Wide low = 0;  // The greatest level at which the water suffices is in [low, high).
  Wide high = (static_cast<Wide>(water) << level_bits) + 1;
  while (high - low > 1) {
    const Wide middle = low + (high - low) / 2;
    (filled(vessels, middle) <= water ? low : high) = middle;
  }
  std::vector<std::int64_t> levels;
  for (const Vessel& vessel : vessels) levels.push_back(filled(vessel, low));
  return levels;
}

class Tree {
 public:
  Tree(const std::vector<Claim>& claims, std::int64_t gpus) : claims_(claims) {
    members_.resize(claims.size());
    caps_.resize(claims.size(), -1);
    shares_.resize(claims.size(), 0);
    for (TeamNumber i = 0; i < claims.size(); ++i) {
      const std::optional<TeamNumber>& parent = claims[i].share.parent;
      (parent ? members_[*parent] : top_).push_back(i);
    }
    for (const TeamNumber team : top_) find_cap(team, gpus * 1000, 0);
    share_out(top_, gpus * 1000, {});
  }

  std::vector<std::int64_t> take() { return std::move(shares_); }

 private:
  std::int64_t own_cap(TeamNumber team, std::int64_t most) const {
    return std::min(claims_[team].usable, most / 1000) * 1000;
  }

  void find_cap(TeamNumber team, std::int64_t most, std::size_t depth) {
    GWAGEO_CHECK(depth < claims_.size() && claims_[team].share.weight >= 1);
    const Share& share = claims_[team].share;
    if (share.limit != 0) most = std::min(most, std::int64_t{share.limit} * 1000);
    std::int64_t sum = own_cap(team, most);
    for (const TeamNumber member : members_[team]) {
      find_cap(member, most, depth + 1);
      sum = std::min(most, sum + caps_[member]);
    }
    caps_[team] = sum;
  }

  void share_out(const std::vector<TeamNumber>& members, std::int64_t water,
                 const std::optional<TeamNumber>& group) {
    std::vector<Vessel> vessels;
    for (const TeamNumber member : members) {
      const Share& share = claims_[member].share;
      const std::int64_t cap = caps_[member];
      vessels.push_back({share.weight, std::min(std::int64_t{share.guarantee} * 1000, cap), cap});
    }
    if (group) vessels.push_back({1, 0, own_cap(*group, water)});
    const std::vector<std::int64_t> levels = pour(std::move(vessels), water);
    for (std::size_t i = 0; i < members.size(); ++i) {
      shares_[members[i]] = levels[i];
      if (!members_[members[i]].empty()) share_out(members_[members[i]], levels[i], members[i]);
    }
  }

  const std::vector<Claim>& claims_;
  std::vector<TeamNumber> top_;
  std::vector<std::vector<TeamNumber>> members_;
  std::vector<std::int64_t> caps_;
  std::vector<std::int64_t> shares_;
};

}  // namespace

std::vector<std::int64_t> entitlements(const std::vector<Claim>& claims, std::int64_t gpus) {
  return Tree(claims, gpus).take();
}

}  // namespace gwageo
