// A write-ahead log of the store, as a disk may have left it.
#include "coordinator/prepared_log.h"

#include <rocksdb/file_system.h>

#include "protocol/check.h"
#include "tests/fuzz/scratch_file.h"
#include "tests/fuzz/targets.h"

namespace gwageo::fuzz {
namespace {

/// Not the machine's own file system, whose quick queues take long to make.
class Wrapped final : public rocksdb::FileSystemWrapper {
 public:
  Wrapped() : FileSystemWrapper(rocksdb::FileSystem::Default()) {}
  const char* Name() const override { return "Wrapped"; }
};

void run_prepared_log(std::string_view input) {
  const ScratchFile file("log.log", input);
  for (const bool up_to_damage : {false, true}) {
    PreparedLogs logs(std::make_shared<Wrapped>(), file.folder(), 4096, up_to_damage);
    std::unique_ptr<rocksdb::FSSequentialFile> log;
    if (!logs.NewSequentialFile(file.path(), {}, &log, nullptr).ok()) continue;
    std::string buffer(4096, '\0');
    for (std::size_t total = 0;;) {
      rocksdb::Slice part;
      if (!log->Read(buffer.size(), {}, &part, buffer.data(), nullptr).ok() || part.empty()) break;
      total += part.size();
      GWAGEO_CHECK(total <= input.size() + buffer.size());
    }
  }
}

/// A log that was written and synced twice.
std::vector<std::string> prepared_log_seeds() {
  const ScratchFile file("log.log", "");
  PreparedLogs logs(std::make_shared<Wrapped>(), file.folder(), 4096, false);
  logs.prepare();
  std::unique_ptr<rocksdb::FSWritableFile> log;
  if (!logs.NewWritableFile(file.path(), {}, &log, nullptr).ok()) return {};
  for (const char* const text : {"first", "second"}) {
    (void)log->Append(rocksdb::Slice(text), {}, nullptr);
    (void)log->Sync({}, nullptr);
  }
  (void)log->Close({}, nullptr);
  log.reset();
  std::string bytes = file.bytes();
  bytes.resize(bytes.find_last_not_of('\0') + 513);
  return {bytes, bytes.substr(0, 700), "plain"};
}

}  // namespace

const Target prepared_log_target = {"prepared_log", run_prepared_log, prepared_log_seeds};

}  // namespace gwageo::fuzz
