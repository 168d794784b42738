#include "coordinator/log_statements.h"

#include <filesystem>
#include <utility>

#include "coordinator/fact_codec.h"
#include "coordinator/keys.h"
#include "protocol/limits.h"

namespace gwageo {
namespace {

/// Files that are written before they are synced together.
constexpr std::size_t statements_of_sync = 64;
constexpr std::string_view all_text = "No statement of a record in this log is missing here.\n";

std::string folder_in(const std::string& path) { return path + "/statements"; }
std::string mark_in(const std::string& path) { return folder_in(path) + "/all"; }
std::string file_in(const std::string& path, const Digest& digest) {
  return folder_in(path) + "/" + to_hex(digest);
}

bool has_mark(const std::string& path) {
  std::error_code error;
  return std::filesystem::exists(mark_in(path), error);
}

/// For whoever writes there: a mark that says something else is replaced.
bool is_marked(const std::string& path) {
  const Result<bool> claims = claims_all_statements(path);
  return claims && *claims;
}

}  // namespace

Result<bool> claims_all_statements(const std::string& path) {
  const std::string file = mark_in(path);
  if (!has_mark(path)) return false;
  GWAGEO_ASSIGN(text, read_file(file, limits::message_bytes_max));
  if (text == all_text) return true;
  return fail(ErrorKind::corrupt,
              file +
                  ": does not say what this file says where no statement is missing, so it vouches "
                  "for nothing; take it away (what lies beside it counts by its own digest)");
}

Result<std::optional<std::string>> read_published_statement(const std::string& path,
                                                            const Digest& digest) {
  const std::string file = file_in(path, digest);
  Result<std::string> bytes = read_file(file, limits::message_bytes_max);
  if (!bytes && bytes.error().kind == ErrorKind::not_found) return std::nullopt;
  GWAGEO_TRY(bytes);
  if (sha256(*bytes) == digest) return *std::move(bytes);
  return fail(ErrorKind::corrupt, file +
                                      ": does not have the digest that it is named by; take it "
                                      "from another mirror, or take it away");
}

void LogStatements::resume() {
  if (!is_marked(path_)) return;
  std::error_code error;
  std::filesystem::directory_iterator entry(folder_in(path_), error);
  for (const std::filesystem::directory_iterator end; !error && entry != end;
       entry.increment(error)) {
    const std::optional<Digest> digest = from_hex(entry->path().filename().string());
    if (digest) listed_.insert(*digest);
  }
}

void LogStatements::see(std::string_view record) {
  ++seen_;
  const Result<Record> decoded = decode_record(record);
  if (!decoded || !decoded->statement) return;
  if (listed_.contains(decoded->statement->digest)) {
    ++count_;
  } else {
    wanted_.push_back(decoded->statement->digest);
  }
}

// What is there and whole is left as it is: the source may be without it.
Status LogStatements::put(const Store& store, const Digest& digest, AlteredFiles* altered) {
  ++count_;
  const std::string file = file_in(path_, digest);
  const Result<std::optional<std::string>> there = read_published_statement(path_, digest);
  if (there && *there) return is_marked_ ? Status() : files_.keep(file);
  if (!there && altered != nullptr) GWAGEO_TRY(altered->set_aside(file));
  GWAGEO_ASSIGN(bytes, store.read(keys::blob(digest)));
  if (!bytes || sha256(*bytes) != digest) {
    ++missing_;
    return {};
  }
  GWAGEO_TRY(files_.put(file, *bytes));
  return files_.size() < statements_of_sync ? Status() : files_.finish();
}

// The mark comes after all that it speaks of, and goes before a checkpoint that it would be wrong
// of.
Status LogStatements::write(const Store& store, AlteredFiles* altered) {
  listed_.clear();  // What comes from here on is new, and looked at one by one.
  if (wanted_.empty()) return {};
  is_marked_ = is_marked(path_);
  for (const Digest& digest : std::exchange(wanted_, {})) {
    GWAGEO_TRY(put(store, digest, altered));
  }
  GWAGEO_TRY(files_.finish());
  if (altered != nullptr && has_mark(path_) && !is_marked(path_)) {
    GWAGEO_TRY(altered->set_aside(mark_in(path_)));
  }
  if (missing_ > 0) return has_mark(path_) ? remove_file(mark_in(path_)) : Status();
  return is_marked(path_) ? Status() : replace_file(mark_in(path_), all_text);
}

}  // namespace gwageo
