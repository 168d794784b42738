#include "ops/recovery_sources.h"

#include <filesystem>
#include <utility>

#include "coordinator/durable_file.h"
#include "coordinator/log_folder.h"
#include "coordinator/rocks_store.h"
#include "ops/archive.h"
#include "ops/log_store.h"
#include "ops/system.h"
#include "ops/verification.h"

namespace gwageo {
namespace {

Result<Evidence> open_log_of(const std::string& path, const std::string& vkey,
                             const std::optional<std::string>& policy) {
  Invocation arguments;
  arguments.add("signer", vkey);
  if (policy) arguments.add("policy", *policy);
  return open_evidence(arguments, path);
}

std::string advice_for_no_log(const std::string& path) {
  if (is_log_folder(path + "/tiles")) return "; give the one that is in it: " + path + "/tiles";
  return " (gwageo audit export makes one)";
}

/// The mirror, verified as an audit would, with the data directory's own key, and by the witnesses
/// that have to agree, where somebody says which.
Result<Evidence> open_named_mirror(const SourcePaths& paths, const std::string& key_file,
                                   const std::string& vkey) {
  const std::string path = absolute_path(paths.from);
  GWAGEO_ASSIGN(mirror, open_log_of(path, vkey, paths.policy));
  if (mirror.log_folder.empty()) {
    return fail(ErrorKind::bad_input, path + ": is no published log" + advice_for_no_log(path));
  }
  GWAGEO_ASSIGN(found, verify(mirror));
  if (!found.ok)
    return fail(ErrorKind::corrupt,
                path + ": the log in it, by " + key_file + ", does not hold: " + found.reason);
  return mirror;
}

/// What may be missing, and then vouches for nothing.
std::optional<std::string> note_if_readable(const std::string& path) {
  Result<std::string> note = read_file(path, note_bytes_max);
  return note ? std::optional(*std::move(note)) : std::nullopt;
}

/// An archive, or the store of a backup or of another stopped data directory; no rows where nothing
/// was said. Its journal is looked at like an archive's of no job: answers are checked one by one,
/// when they are taken.
Result<Evidence> open_brought_rows(const std::optional<std::string>& given) {
  Evidence rows;
  rows.jobs.emplace();
  std::error_code error;
  const std::string path = given ? absolute_path(*given) : "";
  if (!given || !std::filesystem::is_directory(path, error)) {
    rows.source = "archive " + path;
    rows.store = new_memory_store();
    if (!given) return rows;
    GWAGEO_ASSIGN(header, load_archive(path, *rows.store));
    rows.note = header.checkpoint;
    return rows;
  }
  rows.source = "data directory " + path;
  GWAGEO_ASSIGN(directory, DataDirectory::open_for_reading(path));
  rows.directory = std::move(directory);
  rows.note = note_if_readable(rows.directory->checkpoint_path());
  rows.published = note_if_readable(rows.directory->tiles_path() + "/checkpoint");
  RocksOptions options;
  options.path = rows.directory->store_path();
  options.read_only = true;
  GWAGEO_ASSIGN(store, open_rocks_store(options));
  rows.store = std::move(store);
  return rows;
}

/// Records that the evidence's note covers, by its verifier; 0 where there is no such note.
std::uint64_t signed_size_of(const Evidence& log) {
  if (!log.note) return 0;
  const Result<Checkpoint> head = open_checkpoint(*log.note, *log.verifier);
  return head ? head->size : 0;
}

/// Makes `log` the mirror where it is longer than the one of before, and holds.
void choose_longer(const Evidence& log, RecoverySources& sources) {
  const std::uint64_t size = signed_size_of(log);
  if (size <= sources.size) return;
  const Result<Verification> found = verify(log);
  if (found && found->ok) {
    sources.mirror = &log;
    sources.size = size;
    sources.unused.clear();
    return;
  }
  sources.unused =
      log.source + " has a journal of " + std::to_string(size) +
      " signed records, which is not taken: " + (found ? found->reason : found.error().message);
}

}  // namespace

Result<RecoverySources> open_sources(const SourcePaths& paths, const std::string& key_file,
                                     const std::string& vkey) {
  RecoverySources sources;
  GWAGEO_ASSIGN(named, open_named_mirror(paths, key_file, vkey));
  sources.named = std::make_unique<Evidence>(std::move(named));
  sources.mirror = sources.named.get();
  GWAGEO_ASSIGN(head, open_checkpoint(*sources.named->note, *sources.named->verifier));
  sources.size = head.size;
  const std::string& folder = sources.named->log_folder;
  sources.named_head = {folder, std::move(head), folder};
  GWAGEO_ASSIGN(rows, open_brought_rows(paths.rows));
  rows.verifier = sources.named->verifier;
  rows.verifier_text = sources.named->verifier_text;
  rows.policy = sources.named->policy;
  sources.rows = std::make_unique<Evidence>(std::move(rows));
  choose_longer(*sources.rows, sources);
  const std::string tiles = sources.rows->directory ? sources.rows->directory->tiles_path() : "";
  if (tiles.empty() || !is_log_folder(tiles)) return sources;
  Result<Evidence> published = open_log_of(tiles, vkey, paths.policy);
  if (published) {
    sources.published = std::make_unique<Evidence>(*std::move(published));
    choose_longer(*sources.published, sources);
  } else {
    sources.unused = "the log in " + tiles + " is not taken: " + published.error().message;
  }
  return sources;
}

}  // namespace gwageo
