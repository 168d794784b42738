// What a worker has ready for the servers that it starts: their templates, a folder for what they
// say, and the program that keeps them.
#pragma once

#include <map>
#include <string>

#include "protocol/digest.h"
#include "protocol/result.h"
#include "worker/engine_template.h"

namespace gwageo {

struct KnownTemplate {
  EngineTemplate engine;
  Digest digest;
  std::string file;
};

/// A value.
struct ProcessRoom {
  std::map<std::string, KnownTemplate> templates;  ///< By name.
  std::string folder;  ///< Where templates were looked for, for messages.
  std::string logs;    ///< A folder of this worker alone; made when it is needed.
  std::string keeper = "/proc/self/exe";  ///< What becomes a keeper.
};

/// Every *.yaml of a folder. bad_input as `read_engine_template`, or where two have one name; io
/// where the folder cannot be read, not_found where there is none.
Result<std::map<std::string, KnownTemplate>> read_engine_folder(const std::string& folder);

/// Where templates lie: `given`, else GWAGEO_ENGINES, else beside this program (engines, or
/// ../share/gwageo/engines), else in the tree that it was built from; empty: nowhere.
std::string find_engine_folder(const std::string& given);

/// The template that a model's options ask for. bad_input, naming those known; and naming both
/// digests where the model was added with another one than is here.
Result<KnownTemplate> template_for(const ProcessRoom& room, const ModelSpec& spec);

}  // namespace gwageo
