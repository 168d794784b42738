#include "ops/unvouched_results.h"

#include <filesystem>
#include <limits>
#include <utility>

#include "coordinator/durable_file.h"
#include "coordinator/fact_codec.h"
#include "coordinator/keys.h"
#include "ops/archive.h"

namespace gwageo {
namespace {

constexpr std::size_t erasures_of_batch = 1000;
constexpr JobId last_job{std::numeric_limits<std::uint64_t>::max()};

Status refuse_set_aside(const std::string& path, const std::error_code& error) {
  if (!error) return {};
  return fail(ErrorKind::io, path + ": " + error.message());
}

}  // namespace

JobId job_of_results(std::string_view key) {
  std::uint64_t number = 0;
  for (const char byte : key.substr(1, sizeof(number))) {
    number = number << 8 | static_cast<unsigned char>(byte);
  }
  return {number};
}

Result<std::optional<JobId>> first_other_job(const Store& store, const std::set<JobId>& known) {
  std::optional<JobId> other;
  std::string from = keys::result_blocks({0}).first;
  const auto look_before = [&](const std::string& to) {
    return store.scan(from, to, [&](std::string_view key, std::string_view) {
      other = job_of_results(key);
      return false;
    });
  };
  for (const JobId job : known) {
    const keys::KeyRange of_job = keys::result_blocks(job);
    GWAGEO_TRY(look_before(of_job.first));
    if (other) return other;
    from = of_job.second;
  }
  GWAGEO_TRY(look_before(keys::result_blocks(last_job).second));
  return other;
}

Result<UnvouchedResults> find_unvouched_results(const Store& records, std::uint64_t size,
                                                const Store& store) {
  std::set<std::string> vouched;
  Status failed;
  GWAGEO_TRY(records.scan(
      keys::journal(0), keys::journal(size), [&](std::string_view, std::string_view bytes) {
        const Result<Record> record = decode_record(bytes);
        if (!record) failed = tl::unexpected(record.error());
        const auto* const f = record ? std::get_if<ResultsRecorded>(&record->fact) : nullptr;
        if (f != nullptr) {
          vouched.insert(keys::result_block(f->job, f->ranges.front().begin, f->lease));
        }
        return failed.has_value();
      }));
  GWAGEO_TRY(failed);
  UnvouchedResults found;
  GWAGEO_TRY(store.scan(keys::result_blocks({0}).first, keys::result_blocks(last_job).second,
                        [&](std::string_view key, std::string_view) {
                          if (vouched.contains(std::string(key))) return true;
                          found.jobs.insert(job_of_results(key));
                          found.keys.emplace(key);
                          return true;
                        }));
  return found;
}

std::string unvouched_archive(const std::string& folder) { return folder + "/results.archive"; }

Status check_can_set_aside(const UnvouchedResults& unvouched, const std::string& folder) {
  const std::string path = unvouched_archive(folder);
  std::error_code error;
  if (unvouched.keys.empty() || !std::filesystem::exists(path, error)) {
    return refuse_set_aside(path, error);
  }
  return fail(ErrorKind::io, path + ": is there already; take " + folder +
                                 " elsewhere and recover again; nothing is written");
}

Status set_aside(const UnvouchedResults& unvouched, Store& store, const std::string& folder,
                 const std::string& verifier) {
  if (unvouched.keys.empty()) return {};
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  GWAGEO_TRY(refuse_set_aside(folder, error));
  ExportSelection selection;
  selection.jobs = unvouched.jobs;
  selection.result_blocks = unvouched.keys;
  const ArchiveHeader header{"results whose records are given up", {}, verifier, std::nullopt};
  GWAGEO_TRY(write_archive(unvouched_archive(folder), store, selection, header, Existing::keep));
  GWAGEO_TRY(sync_folder(std::filesystem::path(folder).parent_path().string()));
  WriteBatch batch;
  for (const std::string& key : unvouched.keys) {
    batch.erasures.push_back(key);
    if (batch.erasures.size() < erasures_of_batch) continue;
    GWAGEO_TRY(store.write(std::exchange(batch, {}), Sync::yes));
  }
  return batch.empty() ? Status() : store.write(batch, Sync::yes);
}

}  // namespace gwageo
