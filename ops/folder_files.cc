#include "ops/folder_files.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>

namespace gwageo {
namespace {

constexpr std::string_view data_prefix = "data/";
constexpr std::size_t listed_max = 100'000;

struct CloseCopied {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

}  // namespace

FolderFiles::FolderFiles(const std::string& suite_file, const std::string& data_folder)
    : data_folder_(data_folder) {
  const std::size_t slash = suite_file.rfind('/');
  folder_ = slash == std::string::npos ? "" : suite_file.substr(0, slash + 1);
  main_ = slash == std::string::npos ? suite_file : suite_file.substr(slash + 1);
  if (!data_folder_.empty() && data_folder_.back() != '/') data_folder_ += '/';
}

std::string FolderFiles::place_of(const std::string& path) const {
  if (data_folder_.empty() || !path.starts_with(data_prefix)) return folder_ + path;
  return data_folder_ + path.substr(data_prefix.size());
}

tl::unexpected<Error> FolderFiles::missing(const std::string& path) const {
  std::string message = path + ": no such file";
  if (path.starts_with(data_prefix)) {
    const std::string within = path.substr(data_prefix.size());
    message += data_folder_.empty()
                   ? "; where the data lie elsewhere, say --data-files DIR for the "
                     "folder that has " +
                         within
                   : " as " + place_of(path) +
                         "; --data-files is the folder that "
                         "has " +
                         within;
  }
  return fail(ErrorKind::not_found, std::move(message));
}

Result<std::uint64_t> FolderFiles::size(const std::string& path) const {
  std::error_code error;
  const std::string place = place_of(path);
  if (!std::filesystem::exists(place, error)) return missing(path);
  if (!std::filesystem::is_regular_file(place, error)) {
    return fail(ErrorKind::bad_input, path + ": not a regular file");
  }
  const std::uintmax_t size = std::filesystem::file_size(place, error);
  if (error) return fail(ErrorKind::io, path + ": " + error.message());
  return static_cast<std::uint64_t>(size);
}

Result<std::string> FolderFiles::read(const std::string& path, std::uint64_t offset,
                                      std::uint64_t count) const {
  const std::unique_ptr<std::FILE, CloseCopied> file(std::fopen(place_of(path).c_str(), "rb"));
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

Result<std::vector<std::string>> FolderFiles::list(const std::string& folder) const {
  namespace fs = std::filesystem;
  std::vector<std::string> out;
  std::error_code error;
  const std::string root = folder_ + folder;
  fs::recursive_directory_iterator entry(root.empty() ? "." : root, error);
  for (; !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    std::error_code gone;
    if (entry->is_directory(gone)) {
      if (name.starts_with('.')) entry.disable_recursion_pending();
    } else if (entry->is_regular_file(gone)) {
      out.push_back(entry->path().lexically_relative(folder_.empty() ? "." : folder_).string());
    }
    if (out.size() > listed_max) {
      return fail(ErrorKind::bad_input, root + ": more than 100,000 files below this folder");
    }
  }
  std::sort(out.begin(), out.end());
  return out;
}

Error FolderFiles::as_typed(Error error) const {
  const std::string name = error.message.substr(0, error.message.find(':'));
  const bool looks_like_one =
      !name.empty() && name.find(' ') == std::string::npos && name.find('.') != std::string::npos;
  const bool names_a_file = name.size() < error.message.size() && (looks_like_one || name == main_);
  if (names_a_file) error.message.replace(0, name.size(), place_of(name));
  return error;
}

}  // namespace gwageo
