#include "ops/log_store.h"

#include <algorithm>
#include <filesystem>

#include "coordinator/keys.h"
#include "coordinator/log_folder.h"
#include "coordinator/log_statements.h"

namespace gwageo {
namespace {

class LogStore final : public Store {
 public:
  LogStore(std::string path, std::uint64_t size) : path_(std::move(path)), size_(size) {}

  Status write(const WriteBatch&, Sync) override { return refuse(); }
  Status sync() override { return refuse(); }
  Status copy_to(const std::string&) const override { return refuse(); }

  Result<std::optional<std::string>> read(std::string_view key) const override {
    if (const auto digest = blob_named(key)) return read_published_statement(path_, *digest);
    std::optional<std::string> found;
    GWAGEO_TRY(scan(key, std::string(key) + '\0', [&](std::string_view, std::string_view value) {
      found = value;
      return false;
    }));
    return found;
  }

  Status scan(std::string_view from, std::string_view to,
              const std::function<bool(std::string_view, std::string_view)>& visit) const override {
    std::uint64_t next = first_at(from);
    while (next < size_) {
      TileName tile = tile_at(0, next / tile_width, size_);
      tile.is_entries = true;
      const Result<std::string> bytes = read_published_tile(path_, tile);
      if (!bytes) return fail("the log is not whole", {ErrorKind::corrupt, bytes.error().message});
      GWAGEO_ASSIGN(entries, decode_entries(tile, *bytes));
      for (std::uint64_t i = next % tile_width; i < entries.size(); ++i, ++next) {
        const std::string key = keys::journal(next);
        if (key >= to || !visit(key, entries[i])) return {};
      }
    }
    return {};
  }

  Result<std::optional<std::pair<std::string, std::string>>> last(
      std::string_view from, std::string_view to) const override {
    std::optional<std::pair<std::string, std::string>> found;
    GWAGEO_TRY(scan(from, to, [&](std::string_view key, std::string_view value) {
      found.emplace(key, value);
      return true;
    }));
    return found;
  }

 private:
  static tl::unexpected<Error> refuse() {
    return fail(ErrorKind::not_allowed, "a published log is only read");
  }

  /// The blob whose key it is; nothing for other keys.
  static std::optional<Digest> blob_named(std::string_view key) {
    Digest digest;
    if (key.size() < digest.bytes.size()) return std::nullopt;
    const std::string_view name = key.substr(key.size() - digest.bytes.size());
    std::copy(name.begin(), name.end(), digest.bytes.begin());
    return key == keys::blob(digest) ? std::optional(digest) : std::nullopt;
  }

  /// The first record whose key is not below `from`.
  std::uint64_t first_at(std::string_view from) const {
    std::uint64_t low = 0;
    std::uint64_t high = size_;
    while (low < high) {
      const std::uint64_t middle = low + (high - low) / 2;
      if (keys::journal(middle) < from) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  std::string path_;
  std::uint64_t size_;
};

bool is_file(const std::string& path) {
  std::error_code error;
  return std::filesystem::is_regular_file(path, error);
}

/// It has a checkpoint of its own, and its log is one folder further.
bool is_data_directory(const std::string& path) {
  std::error_code error;
  return std::filesystem::exists(path + "/store", error) ||
         std::filesystem::exists(path + "/format", error);
}

}  // namespace

bool is_log_folder(const std::string& path) {
  return is_file(path + "/checkpoint") && !is_data_directory(path);
}

bool is_log_without_checkpoint(const std::string& path) {
  std::error_code error;
  return std::filesystem::is_directory(path + "/tile", error) && !is_file(path + "/checkpoint") &&
         !is_data_directory(path);
}

std::unique_ptr<Store> open_log_store(std::string path, std::uint64_t size) {
  return std::make_unique<LogStore>(std::move(path), size);
}

}  // namespace gwageo
