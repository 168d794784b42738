// A suite: a versioned list of tasks on axes, read from its YAML file and the files beside it.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "benchmarks/plan.h"
#include "benchmarks/task.h"
#include "protocol/result.h"

namespace gwageo {

/// The files of a suite, named by paths relative to the suite file, '/' between folders. An
/// implementation may hold them in memory or read them in pieces from a store.
class SourceFiles {
 public:
  virtual ~SourceFiles() = default;
  /// Size in bytes; not_found names the path.
  virtual Result<std::uint64_t> size(const std::string& path) const = 0;
  /// Up to `count` bytes from `offset`; fewer only at the end of the file.
  virtual Result<std::string> read(const std::string& path, std::uint64_t offset,
                                   std::uint64_t count) const = 0;
  /// The files below a folder ("" or "a/b/") at any depth, sorted. Those of a folder that is not
  /// there are none.
  virtual Result<std::vector<std::string>> list(const std::string& folder) const = 0;
};

struct Axis {
  std::string name;
  double weight = 1;
  friend bool operator==(const Axis&, const Axis&) = default;
};

/// One metric that a group shows over its tasks.
struct GroupMetric {
  std::string metric;
  std::vector<std::string> filters;  ///< Empty: every filter that a task has.
  bool weight_by_size = true;        ///< Tasks count by their items, else alike.
  friend bool operator==(const GroupMetric&, const GroupMetric&) = default;
};

/// Tasks that are shown together, as a group file of the field's harness lists them. Groups order
/// and sum up; axes and totals do not know them.
struct Group {
  std::string name;
  std::string alias;                 ///< What tables call it; empty: its name.
  std::vector<std::string> members;  ///< Names of tasks and of groups, in file order.
  std::vector<GroupMetric> metrics;
  Json metadata;  ///< As written; null where there is none.
};

/// One item that a new version of a suite declares as changed.
struct ChangedItem {
  std::string task;
  std::string item;
  std::string reason;
  friend bool operator==(const ChangedItem&, const ChangedItem&) = default;
};

/// A suite as read: everything that rendering and scoring need, beside the data. A value.
struct Suite {
  std::string name;
  std::uint32_t version = 1;
  std::vector<Axis> axes;     ///< In file order.
  std::vector<Task> tasks;    ///< In file order; `Task::axis` names an axis.
  std::vector<Group> groups;  ///< Inner ones before those that hold them.
  std::vector<ChangedItem> changed;
  std::vector<std::string> files;  ///< Every file that is read: the suite file, others sorted.
};

/// Reads and validates a suite file with its includes; data files are only checked to exist. Errors
/// name file, line, column and key.
Result<Suite> load_suite(const std::string& path, const SourceFiles& files);

/// RFC 6962 root over (path, size, SHA-256) of `suite.files`, in that order.
Result<Digest> suite_digest(const Suite& suite, const SourceFiles& files);

/// Renders every item of every task in order, as a single process of the source harness would, and
/// gives each entry to `sink`. Reads data in bounded pieces: memory does not grow with the number
/// of items, except for few-shot pools and item ids (24 bytes each). Errors name file, line, item
/// id and field; equal ids are found after a task's last row. The first error of `sink` ends the
/// run and is returned. `round`: of rounds.h; 0 asks everything.
Status render_plan(const Suite& suite, const SourceFiles& files,
                   const std::function<Status(PlanEntry)>& sink, std::uint32_t round = 0);

}  // namespace gwageo
