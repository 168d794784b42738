// A task as its files hold it: keys from a task file and from the suite that includes it, each with
// its place, and the task that they make.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "benchmarks/task.h"
#include "protocol/result.h"
#include "protocol/yaml.h"

namespace gwageo {

/// The keys of one task, merged from several files. Borrows the nodes and the files' names.
class TaskKeys {
 public:
  /// Sets a key, instead of one of that name that was set before. `line` and `column` are the
  /// key's.
  void set(const std::string& name, const YamlValue& value, int line, int column);
  /// The value of a key that is there and not null.
  std::optional<YamlValue> find(std::string_view name) const;
  /// The value of a key, else an error at the task.
  Result<YamlValue> need(std::string_view name) const;
  /// Takes a key out.
  void erase(std::string_view name);
  /// Sets every key of `others` but those in `but`.
  void add(const TaskKeys& others, std::span<const std::string_view> but);
  /// Every key with its value, in the order in which they were first set.
  Json json() const;
  /// An error about the task as a whole, at the place where the suite lists it.
  tl::unexpected<Error> wrong(std::string_view what) const;
  /// bad_input for a key that this version does not know, or does not have.
  Status check_names() const;

  /// "FILE:LINE:COLUMN" of the suite's list entry.
  std::string place;

 private:
  struct Key {
    std::string name;
    YamlValue value;
    int line = 1;
    int column = 1;
  };
  std::vector<Key> keys_;
};

/// Makes the task. `files` of the task are resolved against the file that names them and must stay
/// below `folder` ("" or "a/b/"). The axis is not checked to exist.
Result<Task> parse_task(const TaskKeys& keys, std::string_view folder);

/// The score part of a task: filters, metrics, and which of them the score is. REQUIRES:
/// `task.output_type` is set.
Status parse_scoring(const TaskKeys& keys, Task& task);
/// `doc_to_text`, `doc_to_target` and `doc_to_choice`, of the task or of its examples.
Status parse_text_value(const YamlValue& value, Json& out);
Status parse_target_value(const YamlValue& value, Json& out);
Status parse_choice_value(const YamlValue& value, Json& out);
/// The data files and their format. Paths must stay below `folder` ("" or "a/b/").
Status parse_data(const TaskKeys& keys, std::string_view folder, Task& task);
/// The few-shot keys and the splits. REQUIRES: `task.data_files` is set.
Status parse_splits(const TaskKeys& keys, Task& task);
/// The `generation_kwargs`. REQUIRES: `task.output_type` and `task.fewshot_delimiter` are set.
Status parse_generation(const TaskKeys& keys, Task& task);

/// `Task::digest`, from everything else.
Digest task_digest(const Task& task);

/// The path that `relative`, written in the file `from`, leads to; bad_input says why when it is
/// absolute or leads outside `folder`.
Result<std::string> resolve_path(std::string_view folder, std::string_view from,
                                 std::string_view relative);

/// The path without ".", "//" and, where a folder stands before it, "..".
std::string normal_path(std::string_view path);

/// "CONSTRUCT is outside the subset ...; write the task without it", for one of the harness.
std::string outside_this_version(std::string_view construct);

}  // namespace gwageo
