// The files of a suite as the store keeps them: pieces by content address, and a manifest that says
// which pieces make which file.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "benchmarks/suite.h"
#include "coordinator/store.h"
#include "protocol/json.h"

namespace gwageo {

struct ManifestFile {
  std::string path;  ///< Relative to the suite file.
  std::uint64_t bytes = 0;
  std::vector<Digest> pieces;  ///< Each limits::piece_bytes_max long, but the last.
};

/// What a suite was rendered from. Its blob's digest names the plan in the store.
struct Manifest {
  std::string main;  ///< Path of the suite file.
  std::vector<ManifestFile> files;
  std::uint32_t round = 0;  ///< Which of its rounds was rendered (benchmarks/rounds.h).
  std::uint64_t audit = 0;  ///< Or whose sample was copied from such a plan, and which part.
  std::uint32_t part = 0;
};

Json to_json(const Manifest& manifest);
/// bad_input names the member that is missing or wrong.
Result<Manifest> manifest_from_json(const Json& json);
Result<Manifest> read_manifest(const Store& store, const Digest& digest);

/// SourceFiles over the pieces in a store. One thread; the store outlives it.
class StoredFiles final : public SourceFiles {
 public:
  StoredFiles(const Store& store, const Manifest& manifest);
  Result<std::uint64_t> size(const std::string& path) const override;
  Result<std::string> read(const std::string& path, std::uint64_t offset,
                           std::uint64_t count) const override;
  Result<std::vector<std::string>> list(const std::string& folder) const override;

 private:
  Result<std::string_view> piece(const Digest& digest) const;
  const Store& store_;
  std::map<std::string, ManifestFile> files_;
  // The piece that was read last: files are read by small parts.
  mutable Digest last_;
  mutable std::string last_piece_;
};

}  // namespace gwageo
