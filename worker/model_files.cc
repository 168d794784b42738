#include "worker/model_files.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <system_error>

#include "protocol/bytes.h"

namespace gwageo {
namespace {

constexpr std::size_t piece_bytes = std::size_t{1} << 18;

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

tl::unexpected<Error> file_error(const std::filesystem::path& path, int code) {
  const ErrorKind kind = code == ENOENT ? ErrorKind::not_found : ErrorKind::io;
  return fail(kind, path.string() + ": " + std::strerror(code));
}

Result<ModelFile> hash_file(const std::filesystem::path& path) {
  ModelFile file;
  file.name = path.filename().string();
  file.path = path;
  Sha256Stream hash;
  GWAGEO_TRY(read_pieces(path, [&](std::string_view piece) -> Status {
    hash.add(piece);
    file.size += piece.size();
    return {};
  }));
  file.content = hash.finish();
  return file;
}

// The model files directly in a folder, by name.
Result<std::vector<std::filesystem::path>> paths_in(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> paths;
  std::error_code error;
  for (std::filesystem::directory_iterator at(folder, error), end; !error && at != end;
       at.increment(error)) {
    if (!is_model_file(at->path().filename().native())) continue;
    std::error_code status;
    if (at->is_regular_file(status)) paths.push_back(at->path());
  }
  if (error) return fail(ErrorKind::io, folder.string() + ": " + error.message());
  std::ranges::sort(paths, {},
                    [](const std::filesystem::path& p) { return p.filename().native(); });
  return paths;
}

}  // namespace

bool is_model_file(std::string_view name) {
  return name == "config.json" || name == "generation_config.json" ||
         name.ends_with(".safetensors") ||
         (name.starts_with("tokenizer") && name.ends_with(".json")) ||
         name.starts_with("chat_template");
}

namespace {

bool is_for_people(const std::string& name) {
  return name.starts_with("README") || name.starts_with("LICENSE") || name.starts_with("NOTICE") ||
         name.starts_with(".git") || name.ends_with(".md");
}

}  // namespace

Result<std::vector<std::string>> files_beside_model(const std::filesystem::path& path) {
  std::vector<std::string> beside;
  std::error_code error;
  if (!std::filesystem::is_directory(path, error)) return beside;
  for (std::filesystem::recursive_directory_iterator at(path, error), end; !error && at != end;
       at.increment(error)) {
    std::error_code status;
    if (!at->is_regular_file(status)) continue;
    const std::string name = at->path().filename().string();
    if (at.depth() == 0 && is_model_file(name)) continue;
    if (!is_for_people(name)) beside.push_back(at->path().lexically_relative(path).string());
  }
  if (error) return fail(ErrorKind::io, path.string() + ": " + error.message());
  std::ranges::sort(beside);
  return beside;
}

namespace {

Result<std::vector<std::filesystem::path>> model_paths(const std::filesystem::path& path) {
  std::error_code error;
  const std::filesystem::file_status status = std::filesystem::status(path, error);
  if (!std::filesystem::exists(status)) {
    return fail(ErrorKind::not_found, path.string() + ": no such model file or folder");
  }
  std::vector<std::filesystem::path> paths = {path};
  if (std::filesystem::is_directory(status)) {
    GWAGEO_ASSIGN(found, paths_in(path));
    if (found.empty()) {
      return fail(ErrorKind::bad_input, path.string() +
                                            ": no file of a model in this folder (config.json, "
                                            "*.safetensors, tokenizer*.json, ...)");
    }
    paths = std::move(found);
  } else if (!std::filesystem::is_regular_file(status)) {
    return fail(ErrorKind::bad_input, path.string() + ": neither a file nor a folder");
  }
  return paths;
}

}  // namespace

Result<std::vector<ModelFile>> find_model_files(const std::filesystem::path& path) {
  GWAGEO_ASSIGN(paths, model_paths(path));
  std::vector<ModelFile> files;
  for (const std::filesystem::path& each : paths) {
    std::error_code error;
    const std::uintmax_t size = std::filesystem::file_size(each, error);
    if (error) return fail(ErrorKind::io, each.string() + ": " + error.message());
    files.push_back({each.filename().string(), each, size, {}});
  }
  return files;
}

Result<std::vector<ModelFile>> list_model_files(const std::filesystem::path& path) {
  GWAGEO_ASSIGN(paths, model_paths(path));
  std::vector<ModelFile> files;
  for (const std::filesystem::path& each : paths) {
    GWAGEO_ASSIGN(file, hash_file(each));
    files.push_back(std::move(file));
  }
  return files;
}

Digest digest_of(const std::vector<ModelFile>& files) {
  std::vector<Digest> leaves;
  for (const ModelFile& file : files) {
    ByteWriter leaf;
    leaf.text(file.name);
    leaf.u64(file.size);
    leaf.digest(file.content);
    leaves.push_back(merkle_leaf(leaf.bytes()));
  }
  return merkle_root(leaves);
}

Result<Digest> model_digest(const std::filesystem::path& path) {
  GWAGEO_ASSIGN(files, list_model_files(path));
  return digest_of(files);
}

Status read_pieces(const std::filesystem::path& path,
                   const std::function<Status(std::string_view)>& take) {
  const std::unique_ptr<std::FILE, CloseFile> file(std::fopen(path.c_str(), "rb"));
  if (!file) return file_error(path, errno);
  std::vector<char> piece(piece_bytes);
  while (true) {
    const std::size_t got = std::fread(piece.data(), 1, piece.size(), file.get());
    if (got > 0) GWAGEO_TRY(take({piece.data(), got}));
    if (got == piece.size()) continue;
    if (std::ferror(file.get()) != 0) return file_error(path, errno);
    return {};
  }
}

Result<std::string> read_small_file(const std::filesystem::path& path, std::uint64_t bytes_max) {
  std::string bytes;
  GWAGEO_TRY(read_pieces(path, [&](std::string_view piece) -> Status {
    if (bytes.size() + piece.size() > bytes_max) {
      return fail(ErrorKind::bad_input,
                  path.string() + ": larger than " + std::to_string(bytes_max) + " bytes");
    }
    bytes.append(piece);
    return {};
  }));
  return bytes;
}

}  // namespace gwageo
