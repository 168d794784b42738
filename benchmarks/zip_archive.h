// A zip archive, read member by member (PKWARE APPNOTE 6.3.10). Pure.
//
//   [local header, name, data]...  [central header, name]...  [zip64 end]  end of central directory
//
// Only what the central directory lists is there. Where two members have one name the later one
// counts: so does whoever appends. Nothing is ever written under a member's name; a name that would
// lead out of a folder is refused all the same. Members are stored, deflated or in Zstandard.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "benchmarks/suite.h"
#include "protocol/result.h"

namespace gwageo {

/// A foreign archive. It is held to what it says: sizes, places and checksums, and members lie
/// apart from one another, so that what it gives out is bounded by what was looked at first.
class ZipArchive {
 public:
  static constexpr std::uint64_t members_max = 1'000'000;
  static constexpr std::uint64_t directory_bytes_max = 256u << 20;
  static constexpr std::uint64_t member_bytes_max = 256u << 20;       ///< Decompressed.
  static constexpr std::uint64_t bytes_max = std::uint64_t{8} << 30;  ///< Of all members together.

  /// Reads the directory. bad_input, "PATH: WHAT" or "PATH: member 'NAME': WHAT".
  /// REQUIRES: `files` outlives this.
  static Result<ZipArchive> open(const SourceFiles& files, const std::string& path);

  struct Member {
    std::uint64_t header = 0;  ///< Where its local header begins.
    std::uint64_t packed = 0;  ///< Bytes in the archive,
    std::uint64_t bytes = 0;   ///< and decompressed.
    std::uint32_t checksum = 0;
    std::uint16_t method = 0;
  };
  /// By name.
  const std::map<std::string, Member>& members() const { return members_; }
  bool has(const std::string& name) const { return members_.contains(name); }

  /// A member's bytes, checked. not_found when there is none of that name.
  Result<std::string> read(const std::string& name) const;

 private:
  ZipArchive(const SourceFiles& files, std::string path) : files_(&files), path_(std::move(path)) {}
  struct Directory {
    std::uint64_t offset = 0;
    std::uint64_t bytes = 0;
    std::uint64_t members = 0;
  };
  tl::unexpected<Error> wrong(const std::string& what) const;
  tl::unexpected<Error> wrong_member(const std::string& name, const std::string& what) const;
  Result<std::string> bytes_at(std::uint64_t offset, std::uint64_t count) const;
  Result<Directory> find_directory(std::uint64_t size) const;
  Status find_large_directory(std::uint64_t end, Directory& directory) const;
  Status read_directory(const Directory& directory);
  Status take_member(const std::string& name, std::string_view header, std::string_view extra);
  Status check_apart() const;
  Result<std::uint64_t> data_of(const std::string& name, const Member& member) const;

  const SourceFiles* files_;
  std::string path_;
  std::uint64_t data_end_ = 0;  ///< Where the directory begins.
  std::uint64_t total_ = 0;     ///< Decompressed bytes of the members so far.
  std::map<std::string, Member> members_;
};

}  // namespace gwageo
