// The calls by which durable_file.cc changes a disk, seen and spoiled: the linker sends them here
// (--wrap). A model of the disk follows them, and can say what a power failure leaves.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <vector>

namespace gwageo::testing {

struct FileCall {
  enum class Kind { create, write, sync, rename, unlink, make_folder };
  Kind kind = Kind::create;
  std::string path;
  std::string to;     ///< Of a rename.
  std::string bytes;  ///< Of a write.
};

/// While it lives, calls below `folder` go through `before`: it returns the error that the call
/// ends with, 0 for none, or throws, as if the process died there. `done` hears of those that
/// succeeded. One at a time, one thread.
class FileCalls {
 public:
  FileCalls(std::string folder, std::function<int(const FileCall&)> before,
            std::function<void(const FileCall&)> done);
  ~FileCalls();
  FileCalls(const FileCalls&) = delete;
  FileCalls& operator=(const FileCalls&) = delete;
};

/// What is on a disk: what was synced, and what the kernel has beside that. A value.
class ModelDisk {
 public:
  explicit ModelDisk(std::string folder) : folder_(std::move(folder)) {}

  /// `forgets_syncs`: the program said that it synced, and did not.
  void apply(const FileCall& call, bool forgets_syncs = false);
  /// Writes what a power failure may leave to the folder `image`: of what was not synced any first
  /// part of the bytes, and any first part of a folder's changes.
  void write_after_power_failure(const std::string& image, std::mt19937_64& random) const;

 private:
  struct Node {
    bool is_folder = false;
    std::string bytes;
    std::string synced_bytes;
    std::map<std::string, std::shared_ptr<Node>> names;  ///< As of its last sync.
    /// Since then: a name and what it is of; null: it is gone.
    struct Change {
      std::string removed;
      std::string added;
      std::shared_ptr<Node> node;
    };
    std::vector<Change> changes;
    std::map<std::string, std::shared_ptr<Node>> current() const;
  };
  static void change(std::map<std::string, std::shared_ptr<Node>>& names,
                     const Node::Change& change);
  std::shared_ptr<Node> find(const std::string& path) const;
  static void write(const Node& node, const std::string& path, std::mt19937_64& random);

  std::string folder_;
  std::shared_ptr<Node> root_ = [] {  // Shared: a file outlives its names.
    auto node = std::make_shared<Node>();
    node->is_folder = true;
    return node;
  }();
};

}  // namespace gwageo::testing
