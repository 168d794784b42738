// Statements: whether what is on record was asked for under signature, by whom it says, in words
// that say what the record says, and which results their workers have signed.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "coordinator/fact.h"
#include "coordinator/store.h"
#include "protocol/batch.h"
#include "protocol/result.h"
#include "protocol/statement.h"

namespace gwageo {

struct StatementCounts {
  std::uint64_t checked = 0;  ///< Decisions with a statement that was checked.
  std::uint64_t away = 0;     ///< With one whose bytes are not at hand.
  /// That would need one now, from before there were any; without the first keys of a data
  /// directory, for which nobody could sign.
  std::uint64_t without = 0;
  std::uint64_t batches = 0;                    ///< Of workers, that were checked.
  std::uint64_t results = 0;                    ///< Records of results.
  std::uint64_t unsigned_ = 0;                  ///< Those of them that no worker has signed.
  std::optional<std::uint64_t> first_unsigned;  ///< The first of these.
};

/// Reads a journal from its first record on. A value for one use; one thread.
class StatementCheck {
 public:
  /// `store` has the bytes that were signed; where `is_part`, it need not have all of them, unless
  /// `why_all` says in words why it has to.
  StatementCheck(const Store& store, bool is_part, std::string why_all = {})
      : store_(store), is_part_(is_part && why_all.empty()), why_all_(std::move(why_all)) {}

  /// The next record. corrupt says what is wrong with it: whose signature, by which key. io when
  /// the store cannot be read.
  Status add(const Record& record);
  StatementCounts counts() const;

 private:
  struct Key {
    Digest sign_key;
    Role role = Role::auditor;
    bool is_revoked = false;
  };
  struct Chunk {
    BatchChunk chunk;
    std::uint64_t record = 0;
    bool is_signed = false;
  };
  struct Worker {
    std::string principal;
    std::vector<Chunk> chunks;
    std::uint64_t batches = 0;
  };

  Status check_statement(const Record& record, const Statement& statement);
  Status check_batch(const Record& record, const BatchSigned& batch);
  /// The key of a principal that may sign now.
  Result<VerifyingKey> key_of(const std::string& principal) const;
  void follow(const Record& record);

  const Store& store_;
  bool is_part_;
  std::string why_all_;
  std::string log_;
  std::map<std::string, Key> keys_;
  std::map<LeaseId, WorkerId> leases_;
  std::map<WorkerId, Worker> workers_;
  std::set<Digest> used_;
  bool is_founding_ = true;  ///< Nobody was served yet.
  bool is_signed_from_here_ = false;
  bool audits_are_signed_from_here_ = false;
  StatementCounts counts_;
};

/// corrupt, saying where they differ, unless the statement asks for what the fact says.
Status check_says(const CommandStatement& statement, const Fact& fact);

}  // namespace gwageo
