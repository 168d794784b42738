// What a worker has ready for the servers that it starts: their templates, a folder for what they
// say, and the program that keeps them.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "protocol/digest.h"
#include "protocol/result.h"
#include "worker/engine_template.h"
#include "worker/file_lock.h"

namespace gwageo {

struct KnownTemplate {
  EngineTemplate engine;
  Digest digest;
  std::string file;
};

/// The templates of a folder. One that is wrong is no hindrance to the others: it is what its
/// models fail for. A value.
struct EngineFolder {
  std::map<std::string, KnownTemplate> templates;  ///< By name.
  /// Why a template is of no use, naming its file: by the file's name without .yaml, or by the name
  /// that two files have.
  std::map<std::string, std::string> broken = {};
};

/// A resource, of one worker.
struct ProcessRoom {
  std::map<std::string, KnownTemplate> templates;  ///< As in EngineFolder,
  std::map<std::string, std::string> broken;       ///< and those of no use.
  std::string folder;  ///< Where templates were looked for, for messages.
  /// A folder of this worker alone; made when it is needed. Two would show their servers each
  /// other's models, and rotate each other's logs away,
  std::string logs;
  std::optional<FileLock> lock = {};  ///< so that it is held for the worker's life.
  bool is_private = false;  ///< The folder above `logs` has to be this user's alone (own_folder.h).
  std::string keeper = "/proc/self/exe";  ///< What becomes a keeper.
};

/// Every *.yaml of a folder; io where the folder cannot be read, not_found where there is none.
Result<EngineFolder> read_engine_folder(const std::string& folder);

/// Where templates lie: `given`, else GWAGEO_ENGINES, else beside this program (below), else in the
/// tree that it was built from; empty: nowhere.
std::string find_engine_folder(const std::string& given);

/// Where templates lie for a program in `folder`: engines, ../share/gwageo/engines, or
/// worker/engines of the checkout whose build, build/PRESET or build/PRESET/ops it lies in; empty:
/// nowhere.
std::string engine_folder_beside(const std::string& folder);

/// Makes the folder `logs` and holds it; unavailable, naming it, where another worker does, and
/// bad_input where it is a link. REQUIRES: `room.is_private` is set.
Status hold_logs(ProcessRoom& room, const std::string& logs);

/// Makes the folder of logs of a slot, and what of `logs` has gone meanwhile. unavailable, as it is
/// this machine's fault, where it cannot be made or is a link.
Result<std::string> slot_logs(const ProcessRoom& room, std::uint32_t slot);

/// The template that a model's options ask for. bad_input, naming those known; why it is of no use;
/// and naming both digests where the model was added with another one than is here.
Result<KnownTemplate> template_for(const ProcessRoom& room, const ModelSpec& spec);

}  // namespace gwageo
