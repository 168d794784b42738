// Whether the samples of a journal's audits were drawn by the seeds that they have to be drawn by.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "coordinator/fact.h"
#include "coordinator/journal.h"

namespace gwageo {

/// Sees a journal record by record. A value; one thread.
class AuditSeeds {
 public:
  /// The next record, which `journal` has just added. What is wrong with it; nothing where it is as
  /// it has to be: a sample's number is the one that was committed to, and its root is that over
  /// the records up to the commitment.
  std::optional<std::string> see(const Record& record, const JournalVerifier& journal);

 private:
  struct Committed {
    Digest commitment;
    Digest root;
  };
  std::map<std::uint64_t, Committed> open_;  ///< By audit: those that are not drawn yet.
};

}  // namespace gwageo
