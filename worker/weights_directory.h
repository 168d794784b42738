// WeightsDirectory: where nodes learn of one another who has a model and who fetches it. It carries
// no weights and is asked when a fetch begins and when somebody falls out, not for each piece.
//
// Two kinds: in one process, and a folder that all nodes see (beside the models, for instance). A
// coordinator could serve a third; whoever keeps a directory decides who belongs to it.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "protocol/digest.h"
#include "protocol/result.h"
#include "protocol/signature.h"

namespace gwageo {

inline constexpr std::size_t weights_members_max = 4096;

/// One life of a process that has a model or fetches it. A value.
struct WeightsMember {
  std::string node;          ///< 32 hexadecimal digits that no other life has.
  std::string endpoint;      ///< HOST:PORT where it gives pieces.
  VerifyingKey key;          ///< What it proves itself by there, and signs what it read with.
  std::uint64_t joined = 0;  ///< Its place in the line; the directory's.
  bool whole = false;        ///< It has all of the model, verified.
  friend bool operator==(const WeightsMember&, const WeightsMember&) = default;
};

/// Any thread. Failures are of the place it lives in; a fetch then goes on without others.
class WeightsDirectory {
 public:
  virtual ~WeightsDirectory() = default;
  /// Enters `self` at the end of the line, or changes what is said of it and leaves it where it is.
  virtual Status join(const Digest& model, const WeightsMember& self) = 0;
  /// Takes one out: itself when it ends, or another whom nobody answers for.
  virtual Status leave(const Digest& model, const std::string& node) = 0;
  /// The line, in the order of coming.
  virtual Result<std::vector<WeightsMember>> members(const Digest& model) = 0;
  /// Whether one with that key is or was in the line.
  virtual Result<bool> knows(const Digest& model, const VerifyingKey& key) = 0;
};

/// Of one process.
class LocalWeightsDirectory final : public WeightsDirectory {
 public:
  Status join(const Digest& model, const WeightsMember& self) override;
  Status leave(const Digest& model, const std::string& node) override;
  Result<std::vector<WeightsMember>> members(const Digest& model) override;
  Result<bool> knows(const Digest& model, const VerifyingKey& key) override;

 private:
  struct Line {
    std::uint64_t joined = 0;
    std::vector<WeightsMember> members;
    std::set<VerifyingKey> keys;
  };
  std::mutex mutex_;  ///< Guards the lines.
  std::map<Digest, Line> lines_;
};

/// Of a folder; any number of processes. Whoever may write to it belongs to it, so it is made for
/// its owner alone. On a network file system it needs one whose flock reaches all clients.
///
///     DIR/HEX/members/NODE    a line of JSON for each
///     DIR/HEX/keys/HEX        an empty file for each key that joined
///     DIR/HEX/lock
class FolderWeightsDirectory final : public WeightsDirectory {
 public:
  static Result<std::unique_ptr<FolderWeightsDirectory>> open(const std::string& folder);
  Status join(const Digest& model, const WeightsMember& self) override;
  Status leave(const Digest& model, const std::string& node) override;
  Result<std::vector<WeightsMember>> members(const Digest& model) override;
  Result<bool> knows(const Digest& model, const VerifyingKey& key) override;

 private:
  explicit FolderWeightsDirectory(std::string folder) : folder_(std::move(folder)) {}
  std::string at(const Digest& model) const { return folder_ + "/" + to_hex(model); }

  const std::string folder_;
};

}  // namespace gwageo
