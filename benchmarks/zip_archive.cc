#include "benchmarks/zip_archive.h"

#include <algorithm>
#include <memory>
#include <string_view>
#include <vector>

#include "protocol/crc32.h"
#include "protocol/decompress.h"
#include "protocol/json.h"

namespace gwageo {
namespace {

// Signatures and lengths of the fixed parts; sections 4.3.7, 4.3.12, 4.3.14 to 4.3.16.
constexpr std::string_view local_mark = "PK\x03\x04";
constexpr std::string_view central_mark = "PK\x01\x02";
constexpr std::string_view end_mark = "PK\x05\x06";
constexpr std::string_view large_end_mark = "PK\x06\x06";
constexpr std::string_view large_locator_mark = "PK\x06\x07";
constexpr std::uint64_t local_bytes = 30;
constexpr std::uint64_t central_bytes = 46;
constexpr std::uint64_t end_bytes = 22;
constexpr std::uint64_t large_end_bytes = 56;
constexpr std::uint64_t large_locator_bytes = 20;
constexpr std::uint64_t comment_bytes_max = 0xFFFF;
constexpr std::uint64_t zip_piece_bytes = 16u << 10;

constexpr std::uint64_t elsewhere_16 = 0xFFFF;  // The number is in a zip64 record.
constexpr std::uint64_t elsewhere_32 = 0xFFFFFFFF;
constexpr std::uint16_t large_field = 0x0001;  // The extra field that holds such numbers.

enum Compression : std::uint16_t { stored = 0, deflated = 8, zstandard = 93 };
constexpr std::uint16_t encrypted_bits = 0x2041;  // Bits 0, 6 and 13.
constexpr std::uint16_t sizes_follow_bit = 0x0008;

/// The `count` bytes from `at` as a number, least significant first. REQUIRES: they are there.
std::uint64_t number_at(std::string_view bytes, std::size_t at, std::size_t count) {
  std::uint64_t out = 0;
  for (std::size_t i = count; i-- > 0;) {
    out = out << 8 | static_cast<unsigned char>(bytes[at + i]);
  }
  return out;
}

/// Replaces the numbers that are elsewhere by those of the zip64 field, which has them in this
/// order; false where it lacks one.
bool take_large_numbers(std::string_view extra, std::initializer_list<std::uint64_t*> numbers) {
  std::string_view field;
  while (extra.size() >= 4) {
    const std::size_t count = number_at(extra, 2, 2);
    if (count > extra.size() - 4) return false;
    if (number_at(extra, 0, 2) == large_field) field = extra.substr(4, count);
    extra.remove_prefix(4 + count);
  }
  for (std::uint64_t* const number : numbers) {
    if (*number != elsewhere_32) continue;
    if (field.size() < 8) return false;
    *number = number_at(field, 0, 8);
    field.remove_prefix(8);
  }
  return true;
}

/// Whether a name stays within the folder that it would be unpacked to.
bool stays_inside(std::string_view name) {
  if (name.empty() || name.front() == '/' || name.find('\0') != name.npos) return false;
  for (std::size_t begin = 0; begin <= name.size();) {
    const std::size_t end = std::min(name.find_first_of("/\\", begin), name.size());
    if (name.substr(begin, end - begin) == "..") return false;
    begin = end + 1;
  }
  return true;
}

}  // namespace

tl::unexpected<Error> ZipArchive::wrong(const std::string& what) const {
  return fail(ErrorKind::bad_input, path_ + ": " + what);
}

tl::unexpected<Error> ZipArchive::wrong_member(const std::string& name,
                                               const std::string& what) const {
  return wrong("member '" + name + "': " + what);
}

Result<std::string> ZipArchive::bytes_at(std::uint64_t offset, std::uint64_t count) const {
  GWAGEO_ASSIGN(bytes, files_->read(path_, offset, count));
  if (bytes.size() != count) return wrong("the archive is cut short");
  return bytes;
}

Result<ZipArchive> ZipArchive::open(const SourceFiles& files, const std::string& path) {
  ZipArchive out(files, path);
  GWAGEO_ASSIGN(size, files.size(path));
  GWAGEO_ASSIGN(directory, out.find_directory(size));
  if (directory.members > members_max) return out.wrong("more than 1,000,000 members");
  if (directory.bytes > directory_bytes_max) return out.wrong("a directory of more than 256 MiB");
  out.data_end_ = directory.offset;
  GWAGEO_TRY(out.read_directory(directory));
  GWAGEO_TRY(out.check_apart());
  return out;
}

// The end record is last, but for a comment whose length it names.
Result<ZipArchive::Directory> ZipArchive::find_directory(std::uint64_t size) const {
  const std::uint64_t count = std::min(size, end_bytes + comment_bytes_max);
  GWAGEO_ASSIGN(tail, bytes_at(size - count, count));
  const std::string_view text = tail;
  std::size_t at = text.rfind(end_mark);
  while (at != text.npos) {
    const bool is_end = text.size() - at >= end_bytes &&
                        number_at(text, at + 20, 2) == text.size() - at - end_bytes;
    if (is_end) break;
    at = at == 0 ? text.npos : text.rfind(end_mark, at - 1);
  }
  if (at == text.npos) return wrong("no zip archive, or one that is cut short: it has no end");
  const bool is_split = number_at(text, at + 4, 2) % elsewhere_16 != 0 ||
                        number_at(text, at + 8, 2) != number_at(text, at + 10, 2);
  if (is_split) return wrong("an archive in several parts");
  Directory out{number_at(text, at + 16, 4), number_at(text, at + 12, 4),
                number_at(text, at + 10, 2)};
  const std::uint64_t end = size - count + at;
  const bool is_large =
      out.offset == elsewhere_32 || out.bytes == elsewhere_32 || out.members == elsewhere_16;
  if (is_large) GWAGEO_TRY(find_large_directory(end, out));
  if (out.offset > end || out.bytes > end - out.offset) {
    return wrong("its directory is not where its end says");
  }
  return out;
}

Status ZipArchive::find_large_directory(std::uint64_t end, Directory& directory) const {
  if (end < large_locator_bytes) return wrong("its zip64 end is missing");
  GWAGEO_ASSIGN(locator, bytes_at(end - large_locator_bytes, large_locator_bytes));
  // Exactly so many members, and no zip64 record: then the numbers are what they seem.
  if (!locator.starts_with(large_locator_mark)) return {};
  const std::uint64_t offset = number_at(locator, 8, 8);
  if (offset > end || end - offset < large_end_bytes) return wrong("its zip64 end is missing");
  GWAGEO_ASSIGN(record, bytes_at(offset, large_end_bytes));
  if (!record.starts_with(large_end_mark)) return wrong("its zip64 end is missing");
  if (number_at(record, 24, 8) != number_at(record, 32, 8)) {
    return wrong("an archive in several parts");
  }
  directory = {number_at(record, 48, 8), number_at(record, 40, 8), number_at(record, 32, 8)};
  return {};
}

Status ZipArchive::read_directory(const Directory& directory) {
  GWAGEO_ASSIGN(bytes, bytes_at(directory.offset, directory.bytes));
  std::string_view rest = bytes;
  for (std::uint64_t i = 0; i < directory.members; ++i) {
    const std::string where = "its directory is cut short or damaged at member " +
                              std::to_string(i + 1) + " of " + std::to_string(directory.members);
    if (rest.size() < central_bytes || !rest.starts_with(central_mark)) return wrong(where);
    const std::string_view header = rest.substr(0, central_bytes);
    const std::uint64_t name_bytes = number_at(header, 28, 2);
    const std::uint64_t extra_bytes = number_at(header, 30, 2);
    const std::uint64_t comment_bytes = number_at(header, 32, 2);
    rest.remove_prefix(central_bytes);
    if (rest.size() < name_bytes + extra_bytes + comment_bytes) return wrong(where);
    const std::string name(rest.substr(0, name_bytes));
    if (!is_utf8(name))
      return wrong("the name of member " + std::to_string(i + 1) + " is no UTF-8");
    GWAGEO_TRY(take_member(name, header, rest.substr(name_bytes, extra_bytes)));
    rest.remove_prefix(name_bytes + extra_bytes + comment_bytes);
  }
  return rest.empty() ? Status() : wrong("its directory has more members than its end says");
}

Status ZipArchive::take_member(const std::string& name, std::string_view header,
                               std::string_view extra) {
  if (!stays_inside(name)) return wrong_member(name, "a name that leads out of its folder");
  Member member;
  member.method = static_cast<std::uint16_t>(number_at(header, 10, 2));
  member.checksum = static_cast<std::uint32_t>(number_at(header, 16, 4));
  member.packed = number_at(header, 20, 4);
  member.bytes = number_at(header, 24, 4);
  member.header = number_at(header, 42, 4);
  if (!take_large_numbers(extra, {&member.bytes, &member.packed, &member.header})) {
    return wrong_member(name, "its sizes are damaged");
  }
  if ((number_at(header, 8, 2) & encrypted_bits) != 0) return wrong_member(name, "is encrypted");
  const bool is_known = member.method == Compression::stored ||
                        member.method == Compression::deflated ||
                        member.method == Compression::zstandard;
  if (!is_known) {
    return wrong_member(name, "is compressed by method " + std::to_string(member.method) +
                                  "; this reads stored, deflated (8) and Zstandard (93)");
  }
  if (member.bytes > member_bytes_max) return wrong_member(name, "larger than 256 MiB");
  if (member.method == Compression::stored && member.bytes != member.packed) {
    return wrong_member(name, "is stored, with two sizes");
  }
  total_ += member.bytes;
  if (total_ > bytes_max) return wrong_member(name, "with it all members have more than 8 GiB");
  if (member.header > data_end_ || data_end_ - member.header < local_bytes ||
      member.packed > data_end_ - member.header - local_bytes) {
    return wrong_member(name, "lies beyond the members' part of the archive");
  }
  members_[name] = member;
  return {};
}

// Members that share their bytes make much of little.
Status ZipArchive::check_apart() const {
  std::vector<std::pair<Member, const std::string*>> sorted;
  for (const auto& [name, member] : members_) sorted.emplace_back(member, &name);
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const auto& a, const auto& b) { return a.first.header < b.first.header; });
  for (std::size_t i = 1; i < sorted.size(); ++i) {
    const auto& [before, name_before] = sorted[i - 1];
    const auto& [member, name] = sorted[i];
    if (member.header - before.header >= local_bytes + before.packed) continue;
    return wrong_member(*name, "shares bytes with member '" + *name_before + "'");
  }
  return {};
}

// Its local header has to say what the directory says.
Result<std::uint64_t> ZipArchive::data_of(const std::string& name, const Member& member) const {
  GWAGEO_ASSIGN(header, bytes_at(member.header, local_bytes));
  if (!header.starts_with(local_mark)) return wrong_member(name, "is not where the directory says");
  const std::uint64_t name_bytes = number_at(header, 26, 2);
  const std::uint64_t extra_bytes = number_at(header, 28, 2);
  const std::uint64_t data = member.header + local_bytes + name_bytes + extra_bytes;
  if (data > data_end_ || member.packed > data_end_ - data) {
    return wrong_member(name, "runs into the directory");
  }
  GWAGEO_ASSIGN(rest, bytes_at(member.header + local_bytes, name_bytes + extra_bytes));
  std::uint64_t packed = number_at(header, 18, 4);
  std::uint64_t bytes = number_at(header, 22, 4);
  const std::string_view extra = std::string_view(rest).substr(name_bytes);
  const bool sizes_follow = (number_at(header, 6, 2) & sizes_follow_bit) != 0;
  const bool is_alike = std::string_view(rest).substr(0, name_bytes) == name &&
                        number_at(header, 8, 2) == member.method &&
                        (sizes_follow || (take_large_numbers(extra, {&bytes, &packed}) &&
                                          packed == member.packed && bytes == member.bytes));
  if (!is_alike) return wrong_member(name, "is another one than the directory says");
  return data;
}

Result<std::string> ZipArchive::read(const std::string& name) const {
  const auto found = members_.find(name);
  if (found == members_.end()) {
    return fail(ErrorKind::not_found, path_ + ": has no member '" + name + "'");
  }
  const Member& member = found->second;
  GWAGEO_ASSIGN(data, data_of(name, member));
  std::unique_ptr<Decompressor> decompressor;
  if (member.method == Compression::deflated) decompressor = make_inflate();
  if (member.method == Compression::zstandard) decompressor = make_unzstd();
  std::string out;
  for (std::uint64_t at = 0; at < member.packed;) {
    const std::uint64_t count = std::min(zip_piece_bytes, member.packed - at);
    GWAGEO_ASSIGN(piece, bytes_at(data + at, count));
    at += count;
    if (decompressor == nullptr) {
      out += piece;
    } else if (const Status added = decompressor->add(piece, out); !added) {
      return wrong_member(name, added.error().message);
    }
    if (out.size() > member.bytes) return wrong_member(name, "is larger than the directory says");
  }
  const bool is_whole = decompressor == nullptr || decompressor->is_whole();
  if (!is_whole || out.size() != member.bytes) return wrong_member(name, "is cut short");
  if (crc32(out) != member.checksum) return wrong_member(name, "its checksum is another one");
  return out;
}

}  // namespace gwageo
