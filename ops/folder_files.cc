#include "ops/folder_files.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>

namespace gwageo {
namespace {

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

}  // namespace

FolderFiles::FolderFiles(const std::string& suite_file) {
  const std::size_t slash = suite_file.rfind('/');
  folder_ = slash == std::string::npos ? "" : suite_file.substr(0, slash + 1);
  main_ = slash == std::string::npos ? suite_file : suite_file.substr(slash + 1);
}

Result<std::uint64_t> FolderFiles::size(const std::string& path) const {
  std::error_code error;
  if (!std::filesystem::exists(folder_ + path, error)) {
    return fail(ErrorKind::not_found, path + ": no such file");
  }
  if (!std::filesystem::is_regular_file(folder_ + path, error)) {
    return fail(ErrorKind::bad_input, path + ": not a regular file");
  }
  const std::uintmax_t size = std::filesystem::file_size(folder_ + path, error);
  if (error) return fail(ErrorKind::io, path + ": " + error.message());
  return static_cast<std::uint64_t>(size);
}

Result<std::string> FolderFiles::read(const std::string& path, std::uint64_t offset,
                                      std::uint64_t count) const {
  const std::unique_ptr<std::FILE, CloseFile> file(std::fopen((folder_ + path).c_str(), "rb"));
  if (file == nullptr) {
    return fail(errno == ENOENT ? ErrorKind::not_found : ErrorKind::io,
                path + ": " + std::strerror(errno));
  }
  GWAGEO_ASSIGN(whole, size(path));
  if (offset >= whole) return std::string();
  std::string bytes(static_cast<std::size_t>(std::min(count, whole - offset)), '\0');
  if (::fseeko(file.get(), static_cast<off_t>(offset), SEEK_SET) != 0) {
    return fail(ErrorKind::io, path + ": " + std::strerror(errno));
  }
  bytes.resize(std::fread(bytes.data(), 1, bytes.size(), file.get()));
  if (std::ferror(file.get()) != 0) return fail(ErrorKind::io, path + ": " + std::strerror(errno));
  return bytes;
}

Error FolderFiles::as_typed(Error error) const {
  const std::string name = error.message.substr(0, error.message.find(':'));
  const bool names_a_file = name.size() < error.message.size() && !name.empty() &&
                            name.find(' ') == std::string::npos && name.find('.') != name.npos;
  if (names_a_file) error.message = folder_ + error.message;
  return error;
}

}  // namespace gwageo
