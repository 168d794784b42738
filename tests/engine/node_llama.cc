#include "tests/engine/node_llama.h"

#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <cstdlib>

#include "tests/folders.h"

namespace gwageo::testing {

namespace fs = std::filesystem;

fs::path node_folder() {
  const char* const given = std::getenv("GWAGEO_NODE_FOLDER");
  return given != nullptr ? fs::path(given) : fs::temp_directory_path() / "gwageo-node-llama";
}

std::string install_llama() {
  const std::string command = "'" + folders::source().string() + "/tests/engine/install_llama' '" +
                              node_folder().string() + "' 2>&1";
  std::FILE* const out = ::popen(command.c_str(), "r");
  if (out == nullptr) return "no shell";
  std::string said;
  std::array<char, 512> bytes{};
  while (std::fgets(bytes.data(), static_cast<int>(bytes.size()), out) != nullptr) {
    said += bytes.data();
  }
  const int status = ::pclose(out);
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return "";
  return said.empty() ? "install_llama failed" : said;
}

std::string llama_template(const std::string& more) {
  return "name: llama\nversion: 1\ncommand: [node, \"" +
         (node_folder() / "llama_server.mjs").string() +
         "\", --model, \"{model}\", --port, \"{port}\", --name, \"{name}\", --slots, \"{slots}\", "
         "--cache, \"{cache}\", [--habits, \"{habits}\"]]\n"
         "options:\n  habits: {default: \"\", pattern: \"[a-z0-9_=,]*\"}\n"
         "  slots: {default: \"8\", pattern: \"[0-9]{1,2}\"}\n"
         "  cache: {default: F32, choices: [F16, F32]}\n"
         "engine: {connections: 8, ordering: \"\"}\n"
         "version_route: /version\nversion_field: version\n"
         "out_of_memory: [\"CUDA out of memory\"]\nready_seconds: 120\n" +
         more;
}

}  // namespace gwageo::testing
