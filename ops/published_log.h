// What a coordinator has signed and published of its journal: the guard DIR/checkpoint, the folder
// DIR/tiles that others read, and DIR/witnesses/NAME, the newest checkpoint that each witness
// cosigned. At a start the journal is compared with all of them.
//
// A witness is given time: where there are any, a checkpoint is offered to them with its tiles for
// one turn of `publish` and published in the next, with the cosignatures that came. A process that
// dies between the two has published less than witnesses have cosigned; so its next life offers
// nothing until it has signed and offered a head of its own, which covers all of that.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "coordinator/checkpoint_signer.h"
#include "coordinator/data_directory.h"
#include "coordinator/log_access.h"
#include "coordinator/log_folder.h"
#include "protocol/key_file.h"

namespace gwageo {

/// Safe from any thread.
class PublishedLog {
 public:
  /// corrupt, naming the file and the indexes, when the journal in `store` is shorter than or
  /// different from the guard, what was published, what a witness cosigned or what one of the files
  /// `brought` says: then nothing may be served. `store` outlives it.
  static Result<std::unique_ptr<PublishedLog>> open(const DataDirectory& directory,
                                                    const Store& store, const KeyFile& keys,
                                                    const std::vector<std::string>& brought);

  /// As CheckpointSigner::sign.
  Result<std::string> sign(const Checkpoint& head);
  /// Signs the head and makes it the guard. A head that is behind what was signed is covered by it.
  Status guard(const Checkpoint& head);

  enum class Until { witnessed, now };
  /// Publishes what was signed last. Does nothing when nothing is new.
  Status publish(Until until);

  /// For the coordinator's clients. unavailable: nothing was offered yet since `open`.
  LogAccess access();

 private:
  PublishedLog(const DataDirectory& directory, const Store& store, NoteKey verifier,
               CheckpointSigner signer);
  Status read_witnesses();
  Status keep_cosignatures();
  Status publish_offered();
  Result<std::string> offered() const;
  Status take_cosignature(const NoteKey& key, const std::string& note);

  const std::string checkpoint_path_;
  const std::string tiles_path_;
  const std::string witnesses_path_;
  const Store& store_;
  const NoteKey verifier_;

  std::mutex signing_;  ///< Guards what follows, and the file of the guard.
  CheckpointSigner signer_;
  std::string signed_;  ///< The last note.

  std::mutex publishing_;  ///< Guards the folder; taken before `noting_`.
  LogFolder folder_;
  std::string published_;

  mutable std::mutex noting_;  ///< Guards what follows; held for moments only.
  std::optional<Note> offered_;
  std::map<std::string, std::uint64_t> witnessed_;  ///< Records that each witness has cosigned.
  std::map<std::string, std::string> pending_;      ///< Notes that are not in files yet.
};

}  // namespace gwageo
