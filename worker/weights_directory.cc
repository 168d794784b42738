#include "worker/weights_directory.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <optional>
#include <utility>

#include "protocol/json.h"
#include "worker/file_lock.h"
#include "worker/model_files.h"

namespace gwageo {
namespace {

constexpr std::uint64_t member_bytes_max = 4096;

std::string hex_of(const VerifyingKey& key) { return to_hex(Digest{key.bytes}); }

bool is_node_name(const std::string& name) {
  return name.size() == 32 && name.find_first_not_of("0123456789abcdef") == std::string::npos;
}

std::string text_of(const WeightsMember& member) {
  Json json;
  json["endpoint"] = member.endpoint;
  json["key"] = hex_of(member.key);
  json["joined"] = static_cast<std::int64_t>(member.joined);
  json["whole"] = member.whole;
  return json.dump();
}

// Nothing where it is no member: somebody else's file, or one from another program.
std::optional<WeightsMember> member_of(const std::string& node, const std::string& text) {
  const Result<Json> json = Json::parse(text);
  if (!json || !json->is_object()) return std::nullopt;
  const Json* const endpoint = json->find("endpoint");
  const Json* const key = json->find("key");
  const Json* const joined = json->find("joined");
  const Json* const whole = json->find("whole");
  if (endpoint == nullptr || !endpoint->is_string() || key == nullptr || !key->is_string() ||
      joined == nullptr || !joined->is_integer() || whole == nullptr || !whole->is_bool()) {
    return std::nullopt;
  }
  const std::optional<Digest> bytes = from_hex(key->as_string());
  if (!bytes || joined->as_integer() < 0) return std::nullopt;
  return WeightsMember{node, endpoint->as_string(), VerifyingKey{bytes->bytes},
                       static_cast<std::uint64_t>(joined->as_integer()), whole->as_bool()};
}

}  // namespace

Status LocalWeightsDirectory::join(const Digest& model, const WeightsMember& self) {
  const std::lock_guard lock(mutex_);
  Line& line = lines_[model];
  line.keys.insert(self.key);
  const auto there = std::ranges::find(line.members, self.node, &WeightsMember::node);
  WeightsMember entry = self;
  if (there != line.members.end()) {
    entry.joined = there->joined;
    *there = entry;
    return {};
  }
  entry.joined = ++line.joined;
  line.members.push_back(entry);
  return {};
}

Status LocalWeightsDirectory::leave(const Digest& model, const std::string& node) {
  const std::lock_guard lock(mutex_);
  std::erase_if(lines_[model].members, [&](const auto& member) { return member.node == node; });
  return {};
}

Result<std::vector<WeightsMember>> LocalWeightsDirectory::members(const Digest& model) {
  const std::lock_guard lock(mutex_);
  return lines_[model].members;
}

Result<bool> LocalWeightsDirectory::knows(const Digest& model, const VerifyingKey& key) {
  const std::lock_guard lock(mutex_);
  return lines_[model].keys.contains(key);
}

Result<std::unique_ptr<FolderWeightsDirectory>> FolderWeightsDirectory::open(
    const std::string& folder) {
  if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) {
    return system_error_at(folder, "make folder", errno);
  }
  std::error_code error;
  if (!std::filesystem::is_directory(folder, error)) {
    return fail(ErrorKind::bad_input, folder + ": not a folder");
  }
  return std::unique_ptr<FolderWeightsDirectory>(new FolderWeightsDirectory(folder));
}

Status FolderWeightsDirectory::join(const Digest& model, const WeightsMember& self) {
  GWAGEO_TRY(make_folders(at(model) + "/members"));
  GWAGEO_TRY(make_folders(at(model) + "/keys"));
  GWAGEO_ASSIGN(lock, FileLock::wait(at(model) + "/lock", LockKind::exclusive));
  GWAGEO_ASSIGN(line, members(model));
  WeightsMember entry = self;
  entry.joined = line.empty() ? 1 : line.back().joined + 1;
  for (const WeightsMember& each : line) {
    if (each.node == self.node) entry.joined = each.joined;
  }
  {
    const std::string key = at(model) + "/keys/" + hex_of(self.key);
    GWAGEO_ASSIGN(file, open_file(key, O_WRONLY | O_CREAT));
  }
  const std::string path = at(model) + "/members/" + self.node;
  const std::string beside = at(model) + "/" + self.node + ".new";
  {
    GWAGEO_ASSIGN(file, open_file(beside, O_WRONLY | O_CREAT | O_TRUNC));
    GWAGEO_TRY(write_at(file.number(), 0, text_of(entry), beside));
  }
  if (::rename(beside.c_str(), path.c_str()) != 0) return system_error_at(path, "rename", errno);
  return {};
}

Status FolderWeightsDirectory::leave(const Digest& model, const std::string& node) {
  if (!is_node_name(node)) return {};
  const std::string path = at(model) + "/members/" + node;
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) {
    return system_error_at(path, "remove", errno);
  }
  return {};
}

Result<std::vector<WeightsMember>> FolderWeightsDirectory::members(const Digest& model) {
  const std::string folder = at(model) + "/members";
  std::vector<WeightsMember> line;
  std::error_code error;
  if (!std::filesystem::exists(folder, error)) {
    if (error) return fail(ErrorKind::io, folder + ": " + error.message());
    return line;
  }
  for (std::filesystem::directory_iterator at(folder, error), end; !error && at != end;
       at.increment(error)) {
    const std::string node = at->path().filename().string();
    if (!is_node_name(node) || line.size() == weights_members_max) continue;
    const Result<std::string> text = read_small_file(at->path(), member_bytes_max);
    if (!text) continue;  // It has left in the meantime.
    if (auto member = member_of(node, *text)) line.push_back(*std::move(member));
  }
  if (error) return fail(ErrorKind::io, folder + ": " + error.message());
  std::ranges::sort(line, {}, [](const auto& each) { return std::pair(each.joined, each.node); });
  return line;
}

Result<bool> FolderWeightsDirectory::knows(const Digest& model, const VerifyingKey& key) {
  std::error_code error;
  const bool there = std::filesystem::exists(at(model) + "/keys/" + hex_of(key), error);
  if (error) return fail(ErrorKind::io, at(model) + ": " + error.message());
  return there;
}

}  // namespace gwageo
