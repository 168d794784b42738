#include "coordinator/suite_files.h"

#include <algorithm>
#include <limits>

#include "coordinator/blobs.h"
#include "protocol/limits.h"

namespace gwageo {
namespace {

Status missing(const std::string& member) {
  return fail(ErrorKind::bad_input, "manifest: `" + member + "` is missing or of the wrong type");
}

Result<std::uint32_t> number_or_zero(const Json& json, const std::string& member) {
  const Json* const found = json.find(member);
  if (found == nullptr) return std::uint32_t{0};
  const bool is_number = found->is_integer() && found->as_integer() >= 0 &&
                         found->as_integer() <= std::numeric_limits<std::uint32_t>::max();
  if (!is_number) return tl::unexpected(missing(member).error());
  return static_cast<std::uint32_t>(found->as_integer());
}

}  // namespace

Json to_json(const Manifest& manifest) {
  Json files = Json::array();
  for (const ManifestFile& file : manifest.files) {
    Json pieces = Json::array();
    for (const Digest& piece : file.pieces) pieces.push_back(to_hex(piece));
    Json entry;
    entry["path"] = file.path;
    entry["bytes"] = file.bytes;
    entry["pieces"] = std::move(pieces);
    files.push_back(std::move(entry));
  }
  Json json;
  json["main"] = manifest.main;
  json["files"] = std::move(files);
  if (manifest.round > 0) json["round"] = manifest.round;
  if (manifest.audit > 0) {
    json["audit"] = manifest.audit;
    json["part"] = manifest.part;
  }
  return json;
}

Result<Manifest> manifest_from_json(const Json& json) {
  Manifest manifest;
  const Json* const main = json.find("main");
  const Json* const files = json.find("files");
  if (main == nullptr || !main->is_string()) return tl::unexpected(missing("main").error());
  if (files == nullptr || !files->is_array()) return tl::unexpected(missing("files").error());
  manifest.main = main->as_string();
  GWAGEO_ASSIGN(round, number_or_zero(json, "round"));
  GWAGEO_ASSIGN(audit, number_or_zero(json, "audit"));
  GWAGEO_ASSIGN(part, number_or_zero(json, "part"));
  manifest.round = round;
  manifest.audit = audit;
  manifest.part = part;
  for (const Json& entry : files->as_array()) {
    const Json* const path = entry.find("path");
    const Json* const bytes = entry.find("bytes");
    const Json* const pieces = entry.find("pieces");
    const bool whole = path != nullptr && path->is_string() && bytes != nullptr &&
                       bytes->is_integer() && bytes->as_integer() >= 0 && pieces != nullptr &&
                       pieces->is_array();
    if (!whole) return tl::unexpected(missing("files[].path, bytes or pieces").error());
    ManifestFile file{path->as_string(), static_cast<std::uint64_t>(bytes->as_integer()), {}};
    for (const Json& piece : pieces->as_array()) {
      const auto digest = piece.is_string() ? from_hex(piece.as_string()) : std::nullopt;
      if (!digest) return tl::unexpected(missing("files[].pieces[]").error());
      file.pieces.push_back(*digest);
    }
    const std::uint64_t needed =
        (file.bytes + limits::piece_bytes_max - 1) / limits::piece_bytes_max;
    if (file.pieces.size() != needed) {
      return fail(ErrorKind::bad_input, "manifest: " + file.path + " has " +
                                            std::to_string(file.pieces.size()) + " pieces, not " +
                                            std::to_string(needed));
    }
    manifest.files.push_back(std::move(file));
  }
  return manifest;
}

Result<Manifest> read_manifest(const Store& store, const Digest& digest) {
  GWAGEO_ASSIGN(bytes, read_blob(store, digest));
  if (!bytes)
    return fail(ErrorKind::corrupt, "manifest " + to_hex(digest) + " is not in the store");
  GWAGEO_ASSIGN(json, Json::parse(*bytes));
  return manifest_from_json(json);
}

StoredFiles::StoredFiles(const Store& store, const Manifest& manifest) : store_(store) {
  for (const ManifestFile& file : manifest.files) files_[file.path] = file;
}

Result<std::uint64_t> StoredFiles::size(const std::string& path) const {
  const auto it = files_.find(path);
  if (it == files_.end()) return fail(ErrorKind::not_found, path + ": no such file");
  return it->second.bytes;
}

Result<std::string_view> StoredFiles::piece(const Digest& digest) const {
  if (digest == last_) return last_piece_;
  GWAGEO_ASSIGN(bytes, read_blob(store_, digest));
  if (!bytes) {
    return fail(ErrorKind::corrupt, "piece " + to_hex(digest) + " of a file is not in the store");
  }
  last_ = digest;
  last_piece_ = *std::move(bytes);
  return last_piece_;
}

Result<std::string> StoredFiles::read(const std::string& path, std::uint64_t offset,
                                      std::uint64_t count) const {
  const auto it = files_.find(path);
  if (it == files_.end()) return fail(ErrorKind::not_found, path + ": no such file");
  const ManifestFile& file = it->second;
  const std::uint64_t end = std::min(file.bytes, offset + std::min(count, file.bytes));
  std::string bytes;
  while (offset < end) {
    const std::uint64_t number = offset / limits::piece_bytes_max;
    const std::uint64_t within = offset % limits::piece_bytes_max;
    GWAGEO_ASSIGN(all, piece(file.pieces[number]));
    if (within >= all.size()) {
      return fail(ErrorKind::corrupt, path + ": a piece is shorter than the manifest says");
    }
    const std::string_view part = all.substr(within, end - offset);
    bytes += part;
    offset += part.size();
  }
  return bytes;
}

Result<std::vector<std::string>> StoredFiles::list(const std::string& folder) const {
  std::vector<std::string> out;
  for (const auto& [path, file] : files_) {
    if (path.starts_with(folder)) out.push_back(path);
  }
  return out;
}

}  // namespace gwageo
