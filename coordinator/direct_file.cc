#include "coordinator/direct_file.h"

#include <fcntl.h>
#include <linux/aio_abi.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "protocol/check.h"

namespace gwageo {
namespace {

constexpr std::size_t memory_alignment = 4096;  // No device asks for more.

std::size_t whole_sectors(std::size_t bytes) {
  constexpr std::size_t sector = DirectFile::sector_bytes;
  return (bytes + sector - 1) / sector * sector;
}

}  // namespace

void SectorBuffer::Free::operator()(char* bytes) const { std::free(bytes); }

void SectorBuffer::reset(std::size_t bytes) {
  size_ = whole_sectors(bytes);
  if (size_ > capacity_) {
    capacity_ = (size_ + memory_alignment - 1) / memory_alignment * memory_alignment;
    data_.reset(static_cast<char*>(std::aligned_alloc(memory_alignment, capacity_)));
    GWAGEO_CHECK(data_ != nullptr);
  }
  std::memset(data_.get() + bytes, 0, size_ - bytes);
}

WriteQueue::WriteQueue() {
  if (::syscall(SYS_io_setup, 1, &context_) != 0) context_ = 0;
}

WriteQueue::~WriteQueue() {
  if (context_ != 0) ::syscall(SYS_io_destroy, context_);
}

DirectFile::DirectFile(std::shared_ptr<WriteQueue> queue, const std::string& path)
    : queue_(std::move(queue)) {
  if (queue_->context_ != 0) file_ = ::open(path.c_str(), O_WRONLY | O_DIRECT | O_CLOEXEC);
}

DirectFile::~DirectFile() {
  wait();
  if (file_ >= 0) ::close(file_);
}

bool DirectFile::begin(std::uint64_t place, const SectorBuffer& bytes) {
  GWAGEO_CHECK(under_way_ == 0);
  GWAGEO_CHECK(place % sector_bytes == 0);
  if (file_ < 0 || bytes.size() == 0) return false;
  iocb request{};
  request.aio_lio_opcode = IOCB_CMD_PWRITE;
  request.aio_fildes = static_cast<std::uint32_t>(file_);
  request.aio_buf = reinterpret_cast<std::uint64_t>(bytes.view().data());
  request.aio_nbytes = bytes.size();
  request.aio_offset = static_cast<std::int64_t>(place);
  iocb* requests = &request;
  if (::syscall(SYS_io_submit, queue_->context_, 1, &requests) != 1) return false;
  under_way_ = bytes.size();
  return true;
}

bool DirectFile::wait() {
  if (under_way_ == 0) return true;
  const std::size_t expected = std::exchange(under_way_, 0);
  io_event event{};
  long done = 0;
  do {
    done = ::syscall(SYS_io_getevents, queue_->context_, 1, 1, &event, nullptr);
  } while (done == -1 && errno == EINTR);
  // The kernel still reads the bytes: nothing that could be done here would be safe.
  GWAGEO_CHECK(done == 1);
  return event.res == static_cast<std::int64_t>(expected);
}

}  // namespace gwageo
