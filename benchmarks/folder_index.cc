#include "benchmarks/folder_index.h"

namespace gwageo {

Status FolderIndex::add(const std::string& path, const TaskKeys& keys) {
  const auto group = keys.find("group");
  const auto named = group ? group : keys.find("task");
  if (!named) return {};
  GWAGEO_ASSIGN(name, named->text());
  const bool is_new = files_.emplace(name, path).second;
  const auto tag = keys.find("tag");
  if (!is_new || group || !tag) return {};
  GWAGEO_ASSIGN(tags, tag->texts());
  for (const std::string& one : tags) tags_[one].push_back(name);
  return {};
}

std::string FolderIndex::file_of(const std::string& name) const {
  const auto found = files_.find(name);
  return found == files_.end() ? std::string() : found->second;
}

std::vector<std::string> FolderIndex::tagged(const std::string& tag) const {
  const auto found = tags_.find(tag);
  return found == tags_.end() ? std::vector<std::string>() : found->second;
}

}  // namespace gwageo
