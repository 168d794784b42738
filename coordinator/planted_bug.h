// Bugs that the simulator can switch on, to prove that it would find them. In the program itself
// `planted` is false at compile time and every branch behind it is gone.
#pragma once

namespace gwageo {

enum class PlantedBug {
  none,
  acknowledge_before_sync,      ///< Messages leave before the batch is durable.
  no_lease_check,               ///< Results count whoever sends them, under whatever lease.
  lease_counter_not_persisted,  ///< After a restart lease ids begin above the live ones only.
  duplicate_counted_twice,      ///< An item that was recorded is recorded again.
  expiry_by_wall_clock,         ///< Deadlines follow the wall clock.
  split_share_counted,          ///< Items that a split took away still count for the old lease.
  limit_after_grant,            ///< A team's limit is looked at only once the slot is its own.
  reservation_ignored,          ///< What is backfilled may outlast the reservation.
  shares_reset_at_restart,      ///< What teams were served is forgotten by a restart.
  the_checker_is_blamed,        ///< Who does not agree with the first answer is wrong.
  taking_without_potential,     ///< A guarantee that is short takes from one that then is.
};

#ifdef GWAGEO_PLANTED_BUGS
extern PlantedBug planted_bug;
inline bool planted(PlantedBug bug) { return planted_bug == bug; }
#else
constexpr bool planted(PlantedBug) { return false; }
#endif

}  // namespace gwageo
