// What people signed for the records of a published log, beside its tiles: the statements that the
// records name by their digest, so that whoever has the folder can check who asked for what, and a
// journal that lost its end can be refilled with them.
//
//   DIR/statements/<digest>    the bytes that were signed (protocol/statement.h), in 64 digits
//   DIR/statements/all         there where none is missing of any checkpoint that is published
//
// Nobody vouches for the folder: a file counts only where it has the digest that it is named by.
// But where `all` is there, an audit misses every statement that is not.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "coordinator/altered_files.h"
#include "coordinator/durable_file.h"
#include "coordinator/store.h"
#include "protocol/digest.h"
#include "protocol/result.h"

namespace gwageo {

/// A writer of them. One owner, one thread at a time.
class LogStatements {
 public:
  /// For the log in `path`.
  explicit LogStatements(std::string path) : path_(std::move(path)), files_(path_) {}

  /// If the folder says that none is missing, files that lie there are taken at their names, so
  /// that to look for those that were lost costs no more than to read the records. Else each is
  /// read.
  void resume();

  /// Records that were seen so far.
  std::uint64_t seen() const { return seen_; }
  /// The next record of the journal. What is none names no statement.
  void see(std::string_view record);
  /// Writes what the records named that were seen, durably, from the blobs of `store`, and whether
  /// all are there. A file that does not have its digest, or does not say what says that all are
  /// there, goes to `altered`, if that is given.
  Status write(const Store& store, AlteredFiles* altered = nullptr);

  /// Statements of the records that were seen, and those of them that `store` had not.
  std::uint64_t count() const { return count_; }
  std::uint64_t missing() const { return missing_; }

 private:
  Status put(const Store& store, const Digest& digest, AlteredFiles* altered);

  std::string path_;
  FileBatch files_;
  std::set<Digest> listed_;  ///< What lies there, as of `resume`.
  std::uint64_t seen_ = 0;
  std::vector<Digest> wanted_;  ///< Named, and not written yet.
  bool is_marked_ = false;      ///< What is there was durable before `write` began.
  std::uint64_t count_ = 0;
  std::uint64_t missing_ = 0;
};

/// Whether the published log in `path` says that no statement of its records is missing. corrupt,
/// naming the file, when the file that would say so says something else.
Result<bool> claims_all_statements(const std::string& path);

/// Reads one of the published log in `path`: nothing where it is not there. corrupt, naming the
/// file, when it is another one.
Result<std::optional<std::string>> read_published_statement(const std::string& path,
                                                            const Digest& digest);

}  // namespace gwageo
