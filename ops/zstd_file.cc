#include "ops/zstd_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>

#include "coordinator/durable_file.h"
#include "protocol/check.h"

namespace gwageo {
namespace {

constexpr int compression_level = 3;

struct CloseCompressed {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using CompressedFile = std::unique_ptr<std::FILE, CloseCompressed>;

struct FreeStream {
  void operator()(ZSTD_CCtx* stream) const { ZSTD_freeCCtx(stream); }
  void operator()(ZSTD_DCtx* stream) const { ZSTD_freeDCtx(stream); }
};

tl::unexpected<Error> system_failure(const std::string& path) {
  const ErrorKind kind = errno == ENOENT   ? ErrorKind::not_found
                         : errno == EEXIST ? ErrorKind::conflict
                                           : ErrorKind::io;
  return fail(kind, path + ": " + std::strerror(errno));
}

/// Whether it failed because the file system knows no such thing.
bool is_unknown_call(int error) { return error == EINVAL || error == ENOSYS || error == ENOTSUP; }

/// Gives `from` the name `to`. Whoever comes second fails with EEXIST where `to` is to be kept.
bool move_to(const std::string& from, const std::string& to, Existing existing) {
  if (existing == Existing::replace) return std::rename(from.c_str(), to.c_str()) == 0;
  if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) return true;
  if (!is_unknown_call(errno) || ::link(from.c_str(), to.c_str()) != 0) return false;
  return ::unlink(from.c_str()) == 0;
}

std::string folder_of_archive(const std::string& path) {
  const std::string folder = std::filesystem::path(path).parent_path();
  return folder.empty() ? "." : folder;
}

}  // namespace

struct ZstdWriter::Parts {
  std::string path;
  Existing existing = Existing::keep;
  std::string temporary;  ///< A name that nobody else writes; beside `path`.
  CompressedFile file;
  std::unique_ptr<ZSTD_CCtx, FreeStream> stream{ZSTD_createCCtx()};
  std::string buffer = std::string(ZSTD_CStreamOutSize(), '\0');
  bool is_finished = false;

  Status compress(std::string_view bytes, ZSTD_EndDirective end) {
    ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
    for (;;) {
      ZSTD_outBuffer out{buffer.data(), buffer.size(), 0};
      const std::size_t left = ZSTD_compressStream2(stream.get(), &out, &in, end);
      GWAGEO_CHECK(!ZSTD_isError(left));
      if (std::fwrite(buffer.data(), 1, out.pos, file.get()) != out.pos) {
        return system_failure(path);
      }
      if (end == ZSTD_e_end ? left == 0 : in.pos == in.size) return {};
    }
  }
};

ZstdWriter::ZstdWriter(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
ZstdWriter::ZstdWriter(ZstdWriter&&) noexcept = default;
ZstdWriter::~ZstdWriter() {
  if (parts_ != nullptr && !parts_->is_finished) std::remove(parts_->temporary.c_str());
}

Result<ZstdWriter> ZstdWriter::create(const std::string& path, std::string_view magic,
                                      Existing existing) {
  auto parts = std::make_unique<Parts>();
  parts->path = path;
  parts->existing = existing;
  parts->temporary = path + ".new." + std::to_string(::getpid());
  // Left over by a process of the same number that died: nobody else writes this name.
  ::unlink(parts->temporary.c_str());
  const int number =
      ::open(parts->temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (number >= 0) parts->file.reset(::fdopen(number, "wb"));
  if (parts->file == nullptr) return fail(ErrorKind::io, path + ": " + std::strerror(errno));
  ZSTD_CCtx_setParameter(parts->stream.get(), ZSTD_c_compressionLevel, compression_level);
  ZSTD_CCtx_setParameter(parts->stream.get(), ZSTD_c_checksumFlag, 1);
  const std::string line = std::string(magic) + "\n";
  if (std::fwrite(line.data(), 1, line.size(), parts->file.get()) != line.size()) {
    return fail(ErrorKind::io, path + ": " + std::strerror(errno));
  }
  return ZstdWriter(std::move(parts));
}

Status ZstdWriter::write(std::string_view bytes) {
  return parts_->compress(bytes, ZSTD_e_continue);
}

Status ZstdWriter::finish() {
  GWAGEO_TRY(parts_->compress({}, ZSTD_e_end));
  std::FILE* const open_file = parts_->file.get();
  if (std::fflush(open_file) != 0 || ::fsync(::fileno(open_file)) != 0) {
    return system_failure(parts_->path);
  }
  if (std::fclose(parts_->file.release()) != 0 ||
      !move_to(parts_->temporary, parts_->path, parts_->existing)) {
    return system_failure(parts_->path);
  }
  parts_->is_finished = true;
  return sync_folder(folder_of_archive(parts_->path));
}

struct ZstdReader::Parts {
  std::string path;
  CompressedFile file;
  std::unique_ptr<ZSTD_DCtx, FreeStream> stream{ZSTD_createDCtx()};
  std::string buffer = std::string(ZSTD_DStreamInSize(), '\0');
  ZSTD_inBuffer in{nullptr, 0, 0};
  std::string ready;  ///< Decompressed and not yet read.
  std::size_t taken = 0;
  bool is_over = false;

  /// Decompresses some more into `ready`.
  Status fill() {
    if (in.pos == in.size) {
      const std::size_t count = std::fread(buffer.data(), 1, buffer.size(), file.get());
      if (std::ferror(file.get()) != 0) return system_failure(path);
      if (count == 0) return fail(ErrorKind::corrupt, path + ": the archive is cut short");
      in = {buffer.data(), count, 0};
    }
    ready.erase(0, taken);
    taken = 0;
    const std::size_t before = ready.size();
    ready.resize(before + ZSTD_DStreamOutSize());
    ZSTD_outBuffer out{ready.data() + before, ready.size() - before, 0};
    const std::size_t left = ZSTD_decompressStream(stream.get(), &out, &in);
    ready.resize(before + out.pos);
    if (ZSTD_isError(left)) {
      return fail(ErrorKind::corrupt,
                  path + ": the archive is damaged: " + ZSTD_getErrorName(left));
    }
    is_over = left == 0;
    return {};
  }

  /// Bytes after the end would not be in any digest: anybody could put anything there.
  Status check_nothing_follows() {
    const std::size_t unread = in.size - in.pos;
    const long taken_from_file = std::ftell(file.get());
    if (taken_from_file < 0) return system_failure(path);
    if (unread == 0 && std::fgetc(file.get()) == EOF) return {};
    return fail(ErrorKind::corrupt,
                path + ": the archive ends, but the file goes on at byte " +
                    std::to_string(static_cast<std::size_t>(taken_from_file) - unread));
  }
};

ZstdReader::ZstdReader(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
ZstdReader::ZstdReader(ZstdReader&&) noexcept = default;
ZstdReader::~ZstdReader() = default;

Result<ZstdReader> ZstdReader::open(const std::string& path, std::string_view magic) {
  auto parts = std::make_unique<Parts>();
  parts->path = path;
  // Without O_NONBLOCK, opening a pipe that somebody put there would wait for ever.
  const int file = ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  if (file < 0) return system_failure(path);
  parts->file.reset(::fdopen(file, "rb"));
  struct stat about = {};
  if (parts->file == nullptr || ::fstat(file, &about) != 0) return system_failure(path);
  if (!S_ISREG(about.st_mode)) {
    return fail(ErrorKind::bad_input, path + ": no archive: it is not a regular file");
  }
  std::string line(magic.size() + 1, '\0');
  line.resize(std::fread(line.data(), 1, line.size(), parts->file.get()));
  if (line != std::string(magic) + "\n") {
    return fail(ErrorKind::bad_input,
                path + ": no archive: its first line is not \"" + std::string(magic) + "\"");
  }
  return ZstdReader(std::move(parts));
}

Result<std::string> ZstdReader::read(std::size_t count) {
  while (parts_->ready.size() - parts_->taken < count) {
    if (parts_->is_over) {
      return fail(ErrorKind::corrupt, parts_->path + ": the archive ends within a row");
    }
    GWAGEO_TRY(parts_->fill());
  }
  std::string bytes = parts_->ready.substr(parts_->taken, count);
  parts_->taken += count;
  return bytes;
}

Result<bool> ZstdReader::at_end() {
  while (parts_->ready.size() == parts_->taken && !parts_->is_over) GWAGEO_TRY(parts_->fill());
  if (parts_->ready.size() != parts_->taken) return false;
  GWAGEO_TRY(parts_->check_nothing_follows());
  return true;
}

}  // namespace gwageo
