#include "coordinator/checkpoint.h"

namespace gwageo {

bool may_precede_checkpoint(const Fact& fact) {
  return std::holds_alternative<Founded>(fact) ||
         std::holds_alternative<CoordinatorStarted>(fact) ||
         std::holds_alternative<PrincipalRegistered>(fact) ||
         std::holds_alternative<DayBegan>(fact);
}

Status check_not_behind(const Checkpoint& signed_one, std::uint64_t journal_size,
                        const std::function<Result<Digest>(std::uint64_t size)>& root_at) {
  static const std::string advice =
      "; nothing is served: restore the store from a newer copy, or recover it from a mirror";
  const std::string was_signed = "the checkpoint of " + signed_one.origin + " was signed at " +
                                 std::to_string(signed_one.size) + " records";
  const std::string there_are = "the journal holds " + std::to_string(journal_size);
  if (journal_size < signed_one.size) {
    return fail(ErrorKind::corrupt,
                was_signed + ", but " + there_are + ": records " + std::to_string(journal_size) +
                    " to " + std::to_string(signed_one.size - 1) + " (from 0) are lost" + advice);
  }
  GWAGEO_ASSIGN(root, root_at(signed_one.size));
  if (root == signed_one.root) return {};
  return fail(ErrorKind::corrupt, was_signed + " with root " + to_hex(signed_one.root) + ", and " +
                                      there_are + ", but the root over the first " +
                                      std::to_string(signed_one.size) + " is " + to_hex(root) +
                                      ": a record was changed" + advice);
}

}  // namespace gwageo
