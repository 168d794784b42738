#include "benchmarks/suite.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <utility>

#include "benchmarks/task_keys.h"
#include "protocol/bytes.h"
#include "protocol/yaml.h"

namespace gwageo {
namespace {

constexpr std::uint64_t yaml_bytes_max = 4u << 20;
constexpr std::uint64_t piece_bytes = 1u << 20;
constexpr std::size_t include_depth_max = 16;

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
  Status read_task(const YamlValue& entry);
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
  for (const YamlValue& entry : entries) GWAGEO_TRY(read_task(entry));
  GWAGEO_ASSIGN(axes_value, root.need("axes"));
  GWAGEO_ASSIGN(axes, axes_value.members());
  for (std::size_t i = 0; i < axes.size(); ++i) {
    const auto on_axis = [&](const Task& task) { return task.axis == suite_.axes[i].name; };
    if (std::any_of(suite_.tasks.begin(), suite_.tasks.end(), on_axis)) continue;
    return axes[i].refuse("no task is on this axis");
  }
  return {};
}

Status SuiteLoader::read_task(const YamlValue& entry) {
  TaskKeys keys;
  keys.place = entry.place();
  std::vector<std::string> including = {path_};
  // Keys of an entry are called by their own names, as in a task file.
  GWAGEO_TRY(merge(YamlValue(entry.file(), entry.node()), keys, including));
  GWAGEO_ASSIGN(task, parse_task(keys, folder_));
  GWAGEO_ASSIGN(axis_value, keys.need("axis"));
  std::vector<std::string_view> names;
  for (const Axis& axis : suite_.axes) names.push_back(axis.name);
  if (std::find(names.begin(), names.end(), task.axis) == names.end()) {
    return axis_value.refuse("there is no axis '" + task.axis + "'" +
                             nearest_hint(task.axis, names));
  }
  for (const Task& before : suite_.tasks) {
    if (before.name == task.name) return keys.wrong("the suite has a task of that name already");
  }
  GWAGEO_TRY(check_files(task, keys));
  suite_.tasks.push_back(std::move(task));
  return {};
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
  for (const auto& [split, path] : task.data_files) {
    if (split != task.test_split && split != task.few_shot.split) continue;
    const auto size = files_.size(path);
    if (!size && size.error().kind == ErrorKind::not_found) {
      GWAGEO_ASSIGN(arguments, keys.need("dataset_kwargs"));
      return arguments.refuse("the file '" + path + "' of the split '" + split +
                              "' is not there: " + size.error().message);
    }
    if (!size) return tl::unexpected(size.error());
    note_file(path);
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
    for (std::uint64_t offset = 0; offset < size; offset += piece_bytes) {
      const std::uint64_t wanted = std::min(piece_bytes, size - offset);
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
