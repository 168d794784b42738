// ModelSpec: what a slot must load to serve a class.
#pragma once

#include <map>
#include <string>

#include "protocol/digest.h"

namespace gwageo {

/// A value.
struct ModelSpec {
  std::string name;                            ///< For people and logs.
  Digest digest;                               ///< Model digest (design.md section 4).
  std::string engine;                          ///< "builtin", "recorded", "paced", ...
  std::string path;                            ///< Folder or file on the worker's file system.
  std::map<std::string, std::string> options;  ///< Engine profile flags and model options.
  friend bool operator==(const ModelSpec&, const ModelSpec&) = default;
};

}  // namespace gwageo
