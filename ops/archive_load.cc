// Reads archives: what somebody else may have made.
#include <cstdlib>
#include <utility>

#include "ops/archive.h"
#include "protocol/bytes.h"

namespace gwageo {
namespace {

/// A row is at most a stored block; what claims to be longer is damaged.
constexpr std::uint32_t row_bytes_max = std::uint32_t{1} << 30;
constexpr std::size_t batch_bytes = std::size_t{8} << 20;

Result<ArchiveHeader> header_from(const std::string& path, const std::string& text) {
  const Result<Json> parsed = Json::parse(text);
  if (!parsed) {
    return fail(ErrorKind::corrupt, path + ": its header is damaged: " + parsed.error().message);
  }
  const Json& json = *parsed;
  const Json* const what = json.find("what");
  const Json* const jobs = json.find("jobs");
  const Json* const verifier = json.find("verifier");
  const Json* const checkpoint = json.find("checkpoint");
  const bool is_whole = what != nullptr && what->is_string() && jobs != nullptr &&
                        jobs->is_array() && verifier != nullptr && verifier->is_string() &&
                        checkpoint != nullptr && (checkpoint->is_null() || checkpoint->is_string());
  if (!is_whole) return fail(ErrorKind::corrupt, path + ": the archive's header is damaged");
  ArchiveHeader header;
  header.what = what->as_string();
  header.verifier = verifier->as_string();
  if (checkpoint->is_string()) header.checkpoint = checkpoint->as_string();
  for (const Json& job : jobs->as_array()) {
    if (!job.is_string()) return fail(ErrorKind::corrupt, path + ": the header's jobs are damaged");
    header.jobs.insert(JobId{std::strtoull(job.as_string().c_str(), nullptr, 10)});
  }
  return header;
}

}  // namespace

Result<ArchiveHeader> load_archive(const std::string& path, Store& store) {
  GWAGEO_ASSIGN(file, ZstdReader::open(path, archive_magic));
  const auto read_text = [&]() -> Result<std::string> {
    GWAGEO_ASSIGN(prefix, file.read(sizeof(std::uint32_t)));
    const std::uint32_t size = ByteReader(prefix).u32();
    if (size > row_bytes_max)
      return fail(ErrorKind::corrupt, path + ": a row of the archive is damaged");
    return file.read(size);
  };
  GWAGEO_ASSIGN(first_key, read_text());
  GWAGEO_ASSIGN(first_value, read_text());
  if (first_key != archive_header_key)
    return fail(ErrorKind::corrupt, path + ": the archive has no header");
  GWAGEO_ASSIGN(header, header_from(path, first_value));
  WriteBatch batch;
  std::size_t bytes = 0;
  for (;;) {
    GWAGEO_ASSIGN(is_over, file.at_end());
    if (is_over || bytes > batch_bytes) {
      GWAGEO_TRY(store.write(std::exchange(batch, {}), Sync::no));
      bytes = 0;
    }
    if (is_over) return header;
    GWAGEO_ASSIGN(key, read_text());
    GWAGEO_ASSIGN(value, read_text());
    bytes += key.size() + value.size();
    batch.puts.emplace_back(std::move(key), std::move(value));
  }
}

}  // namespace gwageo
