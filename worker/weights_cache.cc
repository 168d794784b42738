#include "worker/weights_cache.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <system_error>
#include <tuple>
#include <utility>

#include "worker/model_files.h"

namespace gwageo {
namespace {

namespace fs = std::filesystem;

/// "1.180 MB": two that differ by a little, and do not both fit, must not look alike.
std::string in_mb(std::uint64_t bytes) {
  const std::string thousandths = std::to_string(bytes / 1000 % 1000);
  return std::to_string(bytes / 1000000) + "." + std::string(3 - thousandths.size(), '0') +
         thousandths + " MB";
}

/// The same of what is needed: rounded up.
std::string need_in_mb(std::uint64_t bytes) { return in_mb(bytes + 999); }

/// Where something is written, but for what goes at once.
constexpr std::array parts = {"/models", "/partial", "/locks", "/readers"};

/// A full disk is no hindrance: something may go.
Status try_to_write(const std::string& folder) {
  const std::string path = folder + "/.written-" + std::to_string(::getpid());
  const Result<FileDescriptor> file = open_file(path, O_WRONLY | O_CREAT | O_NOFOLLOW);
  ::unlink(path.c_str());
  if (file || file.error().kind == ErrorKind::unavailable) return {};
  return tl::unexpected(file.error());
}

void remove_tree(const std::string& path) {
  std::error_code ignored;
  fs::remove_all(path, ignored);
}

// Of the files that a layout in `folder` describes; 0 where there is none.
std::uint64_t bytes_in(const std::string& folder) {
  const Result<std::string> bytes = read_small_file(folder + "/layout", weights_layout_bytes_max);
  if (!bytes) return 0;
  const Result<WeightsLayout> layout = WeightsLayout::decode(*bytes);
  return layout ? layout->bytes() : 0;
}

std::vector<Digest> digests_in(const std::string& folder) {
  std::vector<Digest> found;
  std::error_code error;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    if (const auto digest = from_hex(at->path().filename().string())) found.push_back(*digest);
  }
  std::ranges::sort(found);
  return found;
}

}  // namespace

// Something that takes space, and when it was last of use.
struct WeightsCache::Held {
  std::string path;
  std::string lock;
  std::uint64_t bytes = 0;
  std::int64_t used_ns = 0;
};

Result<WeightsCache> WeightsCache::open(const WeightsCacheOptions& options) {
  if (options.quota_bytes == 0 || options.readers == 0) {
    return fail(ErrorKind::bad_input,
                "the weights cache " + options.folder + " needs a quota and at least one reader");
  }
  WeightsCache cache(options);
  Status usable = cache.make_parts();
  for (const char* part : parts) {
    if (usable) usable = try_to_write(options.folder + part);
  }
  if (usable) return cache;
  return fail(ErrorKind::bad_input,
              "the weights cache " + options.folder +
                  " cannot be written to: " + usable.error().message +
                  ": mend that, or give another folder with --weights-cache DIR");
}

Status WeightsCache::make_parts() const {
  for (const char* part : parts) GWAGEO_TRY(make_folders(options_.folder + part));
  return make_folders(options_.folder + "/trash");
}

Error WeightsCache::trouble(Error error) const {
  if (error.kind != ErrorKind::io && error.kind != ErrorKind::not_found &&
      error.kind != ErrorKind::not_allowed) {
    return error;
  }
  return {ErrorKind::unavailable, "the weights cache " + options_.folder +
                                      " is of no use: " + error.message +
                                      ": mend that on this machine, or start its workers with "
                                      "another --weights-cache DIR"};
}

// Somebody may have removed the folder that it lies in.
Result<FileLock> WeightsCache::lock(const std::string& path, LockKind kind) const {
  Result<FileLock> lock = FileLock::attempt(path, kind);
  if (!lock && lock.error().kind == ErrorKind::not_found && make_parts()) {
    lock = FileLock::attempt(path, kind);
  }
  if (lock || lock.error().kind == ErrorKind::unavailable) return lock;
  return fail(ErrorKind::io, lock.error().message);
}

std::string WeightsCache::at(const char* part, const Digest& model) const {
  return options_.folder + "/" + part + "/" + to_hex(model);
}

Result<WeightsLease> WeightsCache::look_up(const Digest& model) const {
  GWAGEO_ASSIGN(held, lock(at("locks", model), LockKind::shared));
  const std::string folder = at("models", model);
  const Result<std::string> bytes = read_small_file(folder + "/layout", weights_layout_bytes_max);
  if (!bytes && has(model)) return fail(ErrorKind::io, bytes.error().message);
  if (!bytes) return fail(ErrorKind::not_found, folder + ": not in the cache");
  const Result<WeightsLayout> layout = WeightsLayout::decode(*bytes);
  if (!layout) return fail(ErrorKind::io, folder + "/layout: " + layout.error().message);
  std::string path = folder + "/files";
  if (!layout->is_folder()) path += "/" + layout->files().front().name;
  return WeightsLease(std::move(path), std::move(held));
}

Result<WeightsLease> WeightsCache::lease(const Digest& model) const {
  GWAGEO_ASSIGN(found, look_up(model));
  // Which goes first is not worth an error.
  static_cast<void>(::utimensat(AT_FDCWD, (at("models", model) + "/used").c_str(), nullptr, 0));
  return found;
}

Result<WeightsLease> WeightsCache::lend(const Digest& model) const { return look_up(model); }

bool WeightsCache::has(const Digest& model) const {
  std::error_code error;
  return fs::exists(at("models", model) + "/layout", error);
}

Result<FileLock> WeightsCache::claim(const Digest& model) const {
  return lock(at("locks", model), LockKind::exclusive);
}

Result<std::unique_ptr<WeightsEntry>> WeightsCache::resume(const Digest& model) const {
  const std::string folder = at("partial", model);
  std::error_code error;
  if (!fs::exists(folder, error)) return fail(ErrorKind::not_found, folder + ": nothing there");
  Result<std::unique_ptr<WeightsEntry>> entry = WeightsEntry::resume(folder, model);
  if (entry) return entry;
  discard(model);
  return fail(ErrorKind::not_found, "nothing of use was left: " + entry.error().message);
}

Result<std::unique_ptr<WeightsEntry>> WeightsCache::begin(const Digest& model,
                                                          WeightsLayout layout) const {
  GWAGEO_TRY(make_parts());
  GWAGEO_ASSIGN(moment, FileLock::wait(options_.folder + "/lock", LockKind::exclusive));
  discard(model);
  GWAGEO_TRY(make_room(model, layout.bytes()));
  Result<std::unique_ptr<WeightsEntry>> entry =
      WeightsEntry::create(at("partial", model), model, std::move(layout));
  if (!entry) {
    discard(model);
    if (entry.error().kind != ErrorKind::unavailable) return entry;
    return fail("the weights cache has no room", entry.error());
  }
  return entry;
}

std::vector<WeightsCache::Held> WeightsCache::held(const Digest& but) const {
  std::vector<Held> all;
  for (const char* part : {"models", "partial"}) {
    for (const Digest& model : digests_in(options_.folder + "/" + part)) {
      if (model == but) continue;
      const std::string path = at(part, model);
      struct stat about = {};
      const bool whole = std::string_view(part) == "models";
      const std::string shows = path + (whole ? "/used" : "/proofs");
      // Without the file it was just begun, or its owner was killed then: nothing is lost with it.
      std::int64_t used = 0;
      if (::stat(shows.c_str(), &about) == 0) {
        used = std::int64_t{about.st_mtim.tv_sec} * 1000000000 + about.st_mtim.tv_nsec;
      }
      all.push_back({path, at("locks", model), bytes_in(path), used});
    }
  }
  std::ranges::sort(all, {}, [](const Held& each) { return std::tuple(each.used_ns, each.path); });
  return all;
}

// False when somebody uses it.
bool WeightsCache::remove(const Held& held) const {
  const Result<FileLock> lock = FileLock::attempt(held.lock, LockKind::exclusive);
  return lock && take_away(held);
}

// By a rename first, so that it is never there in part. REQUIRES: its lock.
bool WeightsCache::take_away(const Held& held) const {
  const std::string trash = options_.folder + "/trash/" + fs::path(held.path).filename().string();
  remove_tree(trash);
  if (::rename(held.path.c_str(), trash.c_str()) != 0) return false;
  remove_tree(trash);
  return true;
}

Status WeightsCache::check_ever_fits(const std::string& name, std::uint64_t bytes) const {
  const std::string has =
      "the weights cache " + options_.folder + ": " + name + " has " + need_in_mb(bytes) + ", the ";
  if (bytes > options_.quota_bytes) {
    return fail(ErrorKind::bad_input,
                has + "quota is " + in_mb(options_.quota_bytes) + ": raise --weights-quota");
  }
  GWAGEO_ASSIGN(whole, whole_space(options_.folder));
  if (bytes <= whole) return {};
  return fail(ErrorKind::bad_input, has + "whole disk has " + in_mb(whole) +
                                        ": give --weights-cache a folder on a larger one");
}

Status WeightsCache::make_room(const Digest& model, std::uint64_t bytes) const {
  const std::string name = "model " + to_hex(model).substr(0, 16);
  GWAGEO_TRY(check_ever_fits(name, bytes));
  remove_tree(options_.folder + "/trash");
  GWAGEO_TRY(make_folders(options_.folder + "/trash"));
  std::vector<std::pair<Held, FileLock>> unused;
  std::uint64_t taken = 0;
  std::uint64_t in_use = 0;
  for (const Held& each : held(model)) {
    taken += each.bytes;
    Result<FileLock> lock = FileLock::attempt(each.lock, LockKind::exclusive);
    if (lock) {
      unused.emplace_back(each, *std::move(lock));
    } else {
      in_use += each.bytes;
    }
  }
  GWAGEO_ASSIGN(left, free_space(options_.folder));
  // Nothing goes in vain.
  const bool is_possible =
      in_use + bytes <= options_.quota_bytes && bytes <= left + (taken - in_use);
  for (std::size_t next = 0; is_possible;) {
    if (taken + bytes <= options_.quota_bytes && bytes <= left) return {};
    if (next == unused.size()) break;
    const Held& each = unused[next++].first;
    if (take_away(each)) taken -= each.bytes;
    GWAGEO_ASSIGN(more, free_space(options_.folder));
    left = more;
  }
  return fail(ErrorKind::unavailable,
              "the weights cache " + options_.folder + ": no room now for the " +
                  need_in_mb(bytes) + " of " + name + ": quota " + in_mb(options_.quota_bytes) +
                  ", in use " + in_mb(in_use) + ", free on its disk " + in_mb(left));
}

bool WeightsCache::would_fit(const Digest& model, std::uint64_t bytes,
                             const Digest& without) const {
  const auto left = free_space(options_.folder);
  if (!left) return false;
  std::uint64_t in_use = 0;
  std::uint64_t unused = 0;
  for (const Held& each : held(model)) {
    const bool is_free = each.lock == at("locks", without) ||
                         FileLock::attempt(each.lock, LockKind::exclusive).has_value();
    (is_free ? unused : in_use) += each.bytes;
  }
  return in_use + bytes <= options_.quota_bytes && bytes <= *left + unused;
}

Status WeightsCache::finish(const WeightsEntry& entry) const {
  if (Status whole = entry.check_whole(); !whole) {
    if (entry.have().full()) discard(entry.model());
    return whole;
  }
  const std::string folder = at("partial", entry.model());
  { GWAGEO_ASSIGN(used, open_file(folder + "/used", O_WRONLY | O_CREAT | O_TRUNC)); }
  GWAGEO_TRY(entry.sync());
  const std::string place = at("models", entry.model());
  if (!has(entry.model())) remove_tree(place);  // What somebody left of it.
  if (::rename(folder.c_str(), place.c_str()) != 0) return system_error_at(place, "rename", errno);
  for (const char* part : {"/models", "/partial"}) GWAGEO_TRY(sync_path(options_.folder + part));
  return {};
}

void WeightsCache::discard(const Digest& model) const { remove_tree(at("partial", model)); }

bool WeightsCache::drop(const Digest& model) const {
  return remove({at("models", model), at("locks", model)});
}

Result<std::unique_ptr<WeightsEntry>> WeightsCache::open_whole(const Digest& model) const {
  return WeightsEntry::open_whole(at("models", model), model);
}

std::vector<Digest> WeightsCache::models() const { return digests_in(options_.folder + "/models"); }

Result<FileLock> WeightsCache::reader() const {
  for (std::uint32_t i = 0; i < options_.readers; ++i) {
    Result<FileLock> held =
        lock(options_.folder + "/readers/" + std::to_string(i), LockKind::exclusive);
    if (held || held.error().kind != ErrorKind::unavailable) return held;
  }
  return fail(ErrorKind::unavailable, options_.folder + ": others read storage");
}

}  // namespace gwageo
