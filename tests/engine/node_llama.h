// llama.cpp as npm brings it, for tests; where it cannot be had they say why and are skipped.
#pragma once

#include <filesystem>
#include <string>

namespace gwageo::testing {

/// GWAGEO_NODE_FOLDER, else a folder below the system's temporary one.
std::filesystem::path node_folder();

/// Installs it once (tests/engine/install_llama). Why there is none; empty: there is.
std::string install_llama();

/// A template that starts it, called llama, as a file's text. `more` are further lines.
std::string llama_template(const std::string& more = "");

}  // namespace gwageo::testing
