// Zip archives made by hand, so that a test can make one wrong in a certain way.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace gwageo {

/// A member as its headers name it; what is left out is what the data say.
struct ZipPart {
  std::string name = {};
  std::string data = {};  ///< As it lies in the archive.
  std::uint16_t method = 0;
  std::string text = {};  ///< What `data` stands for where it is compressed.
  std::uint16_t flags = 0x0800;
  std::uint64_t bytes_beside = 0;  ///< Added to the size that the directory names.
  std::uint32_t checksum_xor = 0;  ///< Flips bits of the checksum.
  std::int64_t offset_beside = 0;  ///< Added to where the directory says that it lies.
  std::string local_name = {};     ///< Its name in the local header; empty: `name`.
};

/// The archive. With `is_large` every number of it is in zip64 records.
std::string zip_of(const std::vector<ZipPart>& parts, bool is_large = false,
                   const std::string& comment = "");

}  // namespace gwageo
