#include "coordinator/checkpoint_signer.h"

#include "coordinator/keys.h"

namespace gwageo {

Result<std::string> CheckpointSigner::sign(const Checkpoint& head) {
  const auto refuse = [&head](const std::string& why) {
    return fail(ErrorKind::corrupt, "the checkpoint over " + std::to_string(head.size) +
                                        " records with root " + to_hex(head.root) +
                                        " is not signed: " + why);
  };
  if (head.size < tree_.size()) {
    return refuse(std::to_string(tree_.size()) + " records were signed before");
  }
  MerkleFrontier tree = tree_;
  const keys::KeyRange rest = keys::journal_from(tree.size());
  GWAGEO_TRY(store_->scan(rest.first, rest.second, [&](std::string_view key, std::string_view b) {
    if (tree.size() == head.size || key != keys::journal(tree.size())) return false;
    tree.add(merkle_leaf(b));
    return true;
  }));
  if (tree.size() < head.size) {
    return refuse("record " + std::to_string(tree.size()) + " is not in the store");
  }
  if (tree.root() != head.root) {
    return refuse("the records in the store have root " + to_hex(tree.root()) +
                  ", so one of records " + std::to_string(tree_.size()) + " to " +
                  std::to_string(head.size - 1) +
                  " is not what was decided, or what was signed "
                  "before is another journal");
  }
  tree_ = std::move(tree);
  return sign_checkpoint(head, key_);
}

}  // namespace gwageo
