#include "ops/out_file.h"

#include <cerrno>
#include <cstring>

namespace gwageo {

namespace {

constexpr std::size_t piece_bytes = 1u << 20;

}  // namespace

Result<OutFile> OutFile::create(const std::string& path) {
  OutFile out(path);
  out.file_.reset(std::fopen(out.part().c_str(), "w+b"));
  if (out.file_ == nullptr) return out.failed();
  return out;
}

OutFile::~OutFile() {
  if (file_ != nullptr) std::remove(part().c_str());
}

tl::unexpected<Error> OutFile::failed() const {
  return fail(ErrorKind::io, path_ + ": " + std::strerror(errno));
}

Status OutFile::write(std::string_view bytes) {
  const bool is_whole = std::fwrite(bytes.data(), 1, bytes.size(), file_.get()) == bytes.size();
  return is_whole ? Status() : failed();
}

Status OutFile::append(OutFile& other) {
  if (std::fseek(other.file_.get(), 0, SEEK_SET) != 0) return other.failed();
  std::string piece(piece_bytes, '\0');
  while (true) {
    const std::size_t count = std::fread(piece.data(), 1, piece.size(), other.file_.get());
    if (std::ferror(other.file_.get()) != 0) return other.failed();
    if (count == 0) return {};
    GWAGEO_TRY(write(std::string_view(piece).substr(0, count)));
  }
}

Status OutFile::finish() {
  const bool is_flushed = std::fflush(file_.get()) == 0;
  if (!is_flushed || std::rename(part().c_str(), path_.c_str()) != 0) return failed();
  file_.reset();
  return {};
}

}  // namespace gwageo
