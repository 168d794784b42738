#include "benchmarks/suite.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>
#include <set>
#include <utility>

#include "benchmarks/folder_index.h"
#include "benchmarks/group.h"
#include "benchmarks/task_keys.h"
#include "protocol/bytes.h"
#include "protocol/yaml.h"

namespace gwageo {
namespace {

constexpr std::uint64_t yaml_bytes_max = 4u << 20;
constexpr std::uint64_t suite_piece_bytes = 1u << 20;
constexpr std::size_t include_depth_max = 16;
constexpr std::size_t tasks_max = 20'000;
// What a group keeps for itself.
constexpr std::string_view group_keys[] = {
    "group", "group_alias", "task", "aggregate_metric_list", "metadata", "tag"};

// A YAML file that was read; nodes of tasks are borrowed from it until the tasks are made.
struct ReadFile {
  std::string path;
  YamlNode root;
};

class SuiteLoader {
 public:
  SuiteLoader(const std::string& path, const SourceFiles& files)
      : path_(normal_path(path)), folder_(path_.substr(0, path_.rfind('/') + 1)), files_(files) {}

  Result<Suite> run();

 private:
  Result<YamlValue> read(const std::string& path, YamlDuplicates duplicates);
  Status read_axes(const YamlValue& root);
  Status read_tasks(const YamlValue& root);
  Status read_entry(const YamlValue& entry);
  Status add(TaskKeys keys, std::size_t depth);
  Status add_task(const TaskKeys& keys);
  Status add_group(const TaskKeys& keys, std::size_t depth);
  Status add_member(const YamlValue& member, const TaskKeys& keys, Group& group, std::size_t depth);
  Status add_tagged(const YamlValue& member, const std::string& tag, const TaskKeys& keys,
                    Group& group, std::size_t depth);
  Result<std::string> file_of(const YamlValue& member, const std::string& name);
  Result<const FolderIndex*> index_of(const YamlValue& member);
  Status index_file(const std::string& path, FolderIndex& index);
  Status add_file(const YamlValue& member, const std::string& path, const TaskKeys& keys,
                  Group& group, std::size_t depth);
  Result<TaskKeys> member_keys(const YamlValue& member, const std::string& path,
                               const TaskKeys& keys);
  Status name_within(const TaskKeys& group, std::string_view key, TaskKeys& inner);
  bool has_task(std::string_view name) const;
  bool has_group(std::string_view name) const;
  Status merge(const YamlValue& mapping, TaskKeys& keys, std::vector<std::string>& including);
  Status merge_include(const YamlValue& include, TaskKeys& keys,
                       std::vector<std::string>& including);
  Status check_files(const Task& task, const TaskKeys& keys);
  Status read_changed(const YamlValue& root);
  Result<ChangedItem> read_change(const YamlValue& value) const;
  void note_file(const std::string& path);

  std::string path_;
  std::string folder_;
  const SourceFiles& files_;
  std::vector<std::unique_ptr<ReadFile>> read_files_;
  std::vector<std::unique_ptr<YamlNode>> names_;  // Of what groups define in their own lists.
  std::map<std::string, FolderIndex> indexes_;    // By folder.
  Suite suite_;
};

Result<Suite> SuiteLoader::run() {
  GWAGEO_ASSIGN(root, read(path_, YamlDuplicates::refuse));
  GWAGEO_TRY(root.only({"suite", "version", "axes", "tasks", "changed"}));
  GWAGEO_ASSIGN(name_value, root.need("suite"));
  GWAGEO_ASSIGN(name, name_value.text());
  if (!is_name(name)) {
    return name_value.refuse("'" + name + "' is no name (letters, digits, . _ -)");
  }
  GWAGEO_ASSIGN(version_value, root.need("version"));
  GWAGEO_ASSIGN(version, version_value.integer(1, INT32_MAX));
  suite_.name = std::move(name);
  suite_.version = static_cast<std::uint32_t>(version);
  GWAGEO_TRY(read_axes(root));
  GWAGEO_TRY(read_tasks(root));
  GWAGEO_TRY(read_changed(root));
  std::sort(suite_.files.begin(), suite_.files.end());
  suite_.files.insert(suite_.files.begin(), path_);
  return std::move(suite_);
}

// The document of a file. It lives as long as the loader.
Result<YamlValue> SuiteLoader::read(const std::string& path, YamlDuplicates duplicates) {
  for (const auto& file : read_files_) {
    if (file->path == path) return YamlValue(file->path, file->root);
  }
  GWAGEO_ASSIGN(size, files_.size(path));
  if (size > yaml_bytes_max) return fail(ErrorKind::bad_input, path + ": larger than 4 MiB");
  GWAGEO_ASSIGN(text, files_.read(path, 0, size));
  GWAGEO_ASSIGN(root, parse_yaml(path, text, duplicates));
  read_files_.push_back(std::make_unique<ReadFile>(ReadFile{path, std::move(root)}));
  return YamlValue(read_files_.back()->path, read_files_.back()->root);
}

void SuiteLoader::note_file(const std::string& path) {
  const auto at = std::find(suite_.files.begin(), suite_.files.end(), path);
  if (at == suite_.files.end() && path != path_) suite_.files.push_back(path);
}

Status SuiteLoader::read_axes(const YamlValue& root) {
  GWAGEO_ASSIGN(axes_value, root.need("axes"));
  GWAGEO_ASSIGN(axes, axes_value.members());
  if (axes.empty()) return axes_value.refuse("no axes");
  for (std::size_t i = 0; i < axes.size(); ++i) {
    Axis axis{axes_value.name(i), 1};
    if (!is_name(axis.name)) {
      return axes[i].refuse("'" + axis.name + "' is no name (letters, digits, . _ -)");
    }
    if (!axes[i].is_null()) GWAGEO_TRY(axes[i].only({"weight"}));
    if (const auto value = axes[i].find("weight")) {
      GWAGEO_ASSIGN(weight, value->number());
      if (!(weight > 0) || !std::isfinite(weight)) {
        return value->refuse("expected a finite number above 0");
      }
      axis.weight = weight;
    }
    suite_.axes.push_back(std::move(axis));
  }
  return {};
}

Status SuiteLoader::read_tasks(const YamlValue& root) {
  GWAGEO_ASSIGN(tasks_value, root.need("tasks"));
  GWAGEO_ASSIGN(entries, tasks_value.elements());
  if (entries.empty()) return tasks_value.refuse("no tasks");
  for (const YamlValue& entry : entries) GWAGEO_TRY(read_entry(entry));
  GWAGEO_ASSIGN(axes_value, root.need("axes"));
  GWAGEO_ASSIGN(axes, axes_value.members());
  for (std::size_t i = 0; i < axes.size(); ++i) {
    const auto on_axis = [&](const Task& task) { return task.axis == suite_.axes[i].name; };
    if (std::any_of(suite_.tasks.begin(), suite_.tasks.end(), on_axis)) continue;
    return axes[i].refuse("no task is on this axis");
  }
  return {};
}

Status SuiteLoader::read_entry(const YamlValue& entry) {
  TaskKeys keys;
  keys.place = entry.place();
  std::vector<std::string> including = {path_};
  // Keys of an entry are called by their own names, as in a task file.
  GWAGEO_TRY(merge(YamlValue(entry.file(), entry.node()), keys, including));
  return add(std::move(keys), 0);
}

Status SuiteLoader::add(TaskKeys keys, std::size_t depth) {
  if (keys.find("group")) return add_group(keys, depth);
  keys.erase("group_alias");
  return add_task(keys);
}

bool SuiteLoader::has_task(std::string_view name) const {
  return std::any_of(suite_.tasks.begin(), suite_.tasks.end(),
                     [&](const Task& task) { return task.name == name; });
}

bool SuiteLoader::has_group(std::string_view name) const {
  return std::any_of(suite_.groups.begin(), suite_.groups.end(),
                     [&](const Group& group) { return group.name == name; });
}

Status SuiteLoader::add_task(const TaskKeys& keys) {
  GWAGEO_ASSIGN(task, parse_task(keys, folder_));
  GWAGEO_ASSIGN(axis_value, keys.need("axis"));
  std::vector<std::string_view> names;
  for (const Axis& axis : suite_.axes) names.push_back(axis.name);
  if (std::find(names.begin(), names.end(), task.axis) == names.end()) {
    return axis_value.refuse("there is no axis '" + task.axis + "'" +
                             nearest_hint(task.axis, names));
  }
  if (has_task(task.name) || has_group(task.name)) {
    return keys.wrong("the suite has a task of that name already");
  }
  if (suite_.tasks.size() == tasks_max) return keys.wrong("a suite of more than 20,000 tasks");
  GWAGEO_TRY(check_files(task, keys));
  suite_.tasks.push_back(std::move(task));
  return {};
}

// Keys of a group that are not the group's own are those of all its tasks.
Status SuiteLoader::add_group(const TaskKeys& keys, std::size_t depth) {
  GWAGEO_ASSIGN(group, parse_group(keys));
  if (depth > include_depth_max) return keys.wrong("groups nested too deeply");
  if (has_group(group.name) || has_task(group.name)) {
    return keys.wrong("the suite has a group '" + group.name + "' already");
  }
  GWAGEO_ASSIGN(list, keys.need("task"));
  std::vector<YamlValue> members = {list};
  if (!list.is_scalar()) {
    GWAGEO_ASSIGN(elements, list.elements());
    members = std::move(elements);
  }
  for (const YamlValue& member : members) GWAGEO_TRY(add_member(member, keys, group, depth));
  if (group.members.empty()) return list.refuse("a group without tasks");
  suite_.groups.push_back(std::move(group));
  return {};
}

// A name, or a mapping: a task with keys of its own, or a group within the group.
Status SuiteLoader::add_member(const YamlValue& member, const TaskKeys& keys, Group& group,
                               std::size_t depth) {
  if (member.is_mapping() && member.find("group")) {
    TaskKeys inner;
    inner.place = member.place();
    inner.add(keys, group_keys);
    std::vector<std::string> including = {std::string(member.file())};
    GWAGEO_TRY(merge(YamlValue(member.file(), member.node()), inner, including));
    GWAGEO_TRY(name_within(keys, "group", inner));
    GWAGEO_TRY(add(std::move(inner), depth + 1));
    group.members.push_back(suite_.groups.back().name);
    return {};
  }
  const YamlValue named = member.is_mapping() ? member.find("task").value_or(member) : member;
  GWAGEO_ASSIGN(name, named.text());
  if (member.is_mapping()) {
    GWAGEO_ASSIGN(path, file_of(member, name));
    return add_file(member, path, keys, group, depth);
  }
  if (has_task(name) || has_group(name)) {
    group.members.push_back(name);
    return {};
  }
  GWAGEO_ASSIGN(path, file_of(member, name));
  if (!path.empty()) return add_file(member, path, keys, group, depth);
  return add_tagged(member, name, keys, group, depth);
}

// The tasks that have a tag, by name: those of the suite, and those of the group's folder.
Status SuiteLoader::add_tagged(const YamlValue& member, const std::string& tag,
                               const TaskKeys& keys, Group& group, std::size_t depth) {
  GWAGEO_ASSIGN(index, index_of(member));
  std::set<std::string> names;
  for (const Task& task : suite_.tasks) {
    const bool has_tag = std::find(task.tags.begin(), task.tags.end(), tag) != task.tags.end();
    if (has_tag) names.insert(task.name);
  }
  const std::vector<std::string> tagged = index->tagged(tag);
  names.insert(tagged.begin(), tagged.end());
  if (names.empty()) {
    return member.refuse("'" + tag +
                         "' is no task of the suite so far, no tag, and no YAML file in the "
                         "group's folder defines it");
  }
  for (const std::string& name : names) {
    if (has_task(name)) {
      group.members.push_back(name);
    } else {
      GWAGEO_TRY(add_file(member, index->file_of(name), keys, group, depth));
    }
  }
  return {};
}

// The file NAME.yaml beside the group's, else the one in its folder that defines the name; empty
// where there is none. A member that names its data is a task of its own, not one to look for.
Result<std::string> SuiteLoader::file_of(const YamlValue& member, const std::string& name) {
  const auto beside = resolve_path(folder_, member.file(), name + ".yaml");
  if (beside && files_.size(*beside)) return *beside;
  if (member.is_mapping() && member.find("dataset_kwargs")) return std::string();
  GWAGEO_ASSIGN(index, index_of(member));
  return index->file_of(name);
}

// What the folder of the group defines that lists `member`.
Result<const FolderIndex*> SuiteLoader::index_of(const YamlValue& member) {
  const std::string file(member.file());
  const std::string folder = file.substr(0, file.rfind('/') + 1);
  const auto known = indexes_.find(folder);
  if (known != indexes_.end()) return &known->second;
  GWAGEO_ASSIGN(paths, files_.list(folder));
  FolderIndex index;
  const std::vector<std::string> belonging = suite_.files;  // Looking at a file does not add it.
  for (const std::string& path : paths) {
    // Whatever is wrong with a file that nobody asks for is nobody's matter.
    if (path.ends_with(".yaml") && path != path_) index_file(path, index).has_value();
  }
  suite_.files = belonging;
  return &(indexes_[folder] = std::move(index));
}

Status SuiteLoader::index_file(const std::string& path, FolderIndex& index) {
  GWAGEO_ASSIGN(root, read(path, YamlDuplicates::last));
  TaskKeys keys;
  std::vector<std::string> including = {path};
  GWAGEO_TRY(merge(root, keys, including));
  return index.add(path, keys);
}

Status SuiteLoader::add_file(const YamlValue& member, const std::string& path, const TaskKeys& keys,
                             Group& group, std::size_t depth) {
  GWAGEO_ASSIGN(made, member_keys(member, path, keys));
  const bool is_group = made.find("group").has_value();
  GWAGEO_TRY(add(std::move(made), depth + 1));
  group.members.push_back(is_group ? suite_.groups.back().name : suite_.tasks.back().name);
  return {};
}

// What a group defines in its own list is called GROUP::NAME.
Status SuiteLoader::name_within(const TaskKeys& group, std::string_view key, TaskKeys& inner) {
  GWAGEO_ASSIGN(outer, group.need("group"));
  GWAGEO_ASSIGN(named, inner.need(key));
  GWAGEO_TRY(named.text());
  auto node = std::make_unique<YamlNode>(named.node());
  node->text = outer.node().text + "::" + named.node().text;
  node->scalar = Json(node->text);
  inner.set(std::string(key), YamlValue(named.file(), *node, named.key()), node->line,
            node->column);
  names_.push_back(std::move(node));
  return {};
}

// The keys of a member: of its file, if it has one, the group's, its own.
Result<TaskKeys> SuiteLoader::member_keys(const YamlValue& member, const std::string& path,
                                          const TaskKeys& keys) {
  TaskKeys made;
  made.place = member.place();
  std::vector<std::string> including = {std::string(member.file())};
  const bool is_there = !path.empty();
  if (is_there) {
    GWAGEO_ASSIGN(root, read(path, YamlDuplicates::last));
    note_file(path);
    including.push_back(path);
    GWAGEO_TRY(merge(root, made, including));
    including.pop_back();
  }
  made.add(keys, group_keys);
  if (!member.is_mapping()) return made;
  TaskKeys own;
  GWAGEO_TRY(merge(YamlValue(member.file(), member.node()), own, including));
  made.add(own, {});
  if (!is_there) GWAGEO_TRY(name_within(keys, "task", made));
  return made;
}

// Sets the keys of what a mapping includes, then its own, which win.
Status SuiteLoader::merge(const YamlValue& mapping, TaskKeys& keys,
                          std::vector<std::string>& including) {
  GWAGEO_ASSIGN(values, mapping.members());
  if (const auto include = mapping.find("include"); include && !include->is_null()) {
    if (include->is_sequence()) {
      GWAGEO_ASSIGN(list, include->elements());
      for (const YamlValue& one : list) GWAGEO_TRY(merge_include(one, keys, including));
    } else {
      GWAGEO_TRY(merge_include(*include, keys, including));
    }
  }
  for (std::size_t i = 0; i < values.size(); ++i) {
    const YamlMember& member = mapping.node().members[i];
    if (member.key != "include") keys.set(member.key, values[i], member.line, member.column);
  }
  return {};
}

Status SuiteLoader::merge_include(const YamlValue& include, TaskKeys& keys,
                                  std::vector<std::string>& including) {
  GWAGEO_ASSIGN(relative, include.text());
  auto path = resolve_path(folder_, include.file(), relative);
  if (!path) return include.refuse(path.error().message);
  if (std::find(including.begin(), including.end(), *path) != including.end()) {
    return include.refuse("'" + *path + "' includes itself");
  }
  if (including.size() > include_depth_max) return include.refuse("includes nested too deeply");
  auto root = read(*path, YamlDuplicates::last);
  if (!root) {
    if (root.error().kind == ErrorKind::not_found) return include.refuse(root.error().message);
    return tl::unexpected(root.error());
  }
  note_file(*path);
  including.push_back(*path);
  GWAGEO_TRY(merge(*root, keys, including));
  including.pop_back();
  return {};
}

// Data files that rendering reads must be there; they belong to the suite. Those of other splits
// are not looked for, since whoever gets the suite does not get them.
Status SuiteLoader::check_files(const Task& task, const TaskKeys& keys) {
  for (const auto& [split, paths] : task.data_files) {
    if (split != task.test_split && split != task.few_shot.split) continue;
    for (const std::string& path : paths) {
      const auto size = files_.size(path);
      if (!size && size.error().kind == ErrorKind::not_found) {
        GWAGEO_ASSIGN(arguments, keys.need("dataset_kwargs"));
        return arguments.refuse("the file '" + path + "' of the split '" + split +
                                "' is not there: " + size.error().message);
      }
      if (!size) return tl::unexpected(size.error());
      note_file(path);
    }
  }
  return {};
}

Status SuiteLoader::read_changed(const YamlValue& root) {
  const auto changed = root.find("changed");
  if (!changed || changed->is_null()) return {};
  GWAGEO_ASSIGN(list, changed->elements());
  for (const YamlValue& value : list) {
    GWAGEO_ASSIGN(item, read_change(value));
    for (const ChangedItem& before : suite_.changed) {
      if (before.task != item.task || before.item != item.item) continue;
      return value.refuse("the item '" + item.item + "' is listed twice");
    }
    suite_.changed.push_back(std::move(item));
  }
  return {};
}

Result<ChangedItem> SuiteLoader::read_change(const YamlValue& value) const {
  GWAGEO_TRY(value.only({"task", "item", "reason"}));
  GWAGEO_ASSIGN(task_value, value.need("task"));
  GWAGEO_ASSIGN(task, task_value.text());
  const auto known = [&](const Task& t) { return t.name == task; };
  if (std::none_of(suite_.tasks.begin(), suite_.tasks.end(), known)) {
    return task_value.refuse("the suite has no task '" + task + "'");
  }
  GWAGEO_ASSIGN(item_value, value.need("item"));
  std::string item;
  if (item_value.is_scalar() && item_value.node().scalar.is_integer()) {
    item = std::to_string(item_value.node().scalar.as_integer());
  } else {
    GWAGEO_ASSIGN(text, item_value.text());
    item = std::move(text);
  }
  GWAGEO_ASSIGN(reason_value, value.need("reason"));
  GWAGEO_ASSIGN(reason, reason_value.text());
  if (item.empty()) return item_value.refuse("an empty item id");
  if (reason.empty()) return reason_value.refuse("a change needs a reason");
  return ChangedItem{std::move(task), std::move(item), std::move(reason)};
}

}  // namespace

Result<Suite> load_suite(const std::string& path, const SourceFiles& files) {
  return SuiteLoader(path, files).run();
}

Result<Digest> suite_digest(const Suite& suite, const SourceFiles& files) {
  MerkleFrontier frontier;
  for (const std::string& path : suite.files) {
    GWAGEO_ASSIGN(size, files.size(path));
    Sha256Stream content;
    for (std::uint64_t offset = 0; offset < size; offset += suite_piece_bytes) {
      const std::uint64_t wanted = std::min(suite_piece_bytes, size - offset);
      GWAGEO_ASSIGN(piece, files.read(path, offset, wanted));
      if (piece.size() != wanted) {
        return fail(ErrorKind::io, path + ": shorter than it was when it was opened");
      }
      content.add(piece);
    }
    ByteWriter leaf;
    leaf.text(path);
    leaf.u64(size);
    leaf.digest(content.finish());
    frontier.add(merkle_leaf(leaf.bytes()));
  }
  return frontier.root();
}

}  // namespace gwageo
