#include "worker/process_room.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <system_error>
#include <vector>

#include "worker/model_files.h"

namespace gwageo {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t template_bytes_max = std::uint64_t{1} << 20;

}  // namespace

Result<std::map<std::string, KnownTemplate>> read_engine_folder(const std::string& folder) {
  std::vector<fs::path> paths;
  std::error_code error;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    if (at->path().extension() == ".yaml") paths.push_back(at->path());
  }
  if (error) {
    const bool is_missing = error == std::errc::no_such_file_or_directory;
    return fail(is_missing ? ErrorKind::not_found : ErrorKind::io,
                "engine templates: " + folder + ": " + error.message());
  }
  std::ranges::sort(paths);
  std::map<std::string, KnownTemplate> known;
  for (const fs::path& path : paths) {
    GWAGEO_ASSIGN(text, read_small_file(path, template_bytes_max));
    GWAGEO_ASSIGN(engine, read_engine_template(path.string(), text));
    const Digest digest = digest_of(engine);
    const std::string name = engine.name;
    const auto [entry, is_new] =
        known.emplace(name, KnownTemplate{std::move(engine), digest, path});
    if (is_new) continue;
    return fail(ErrorKind::bad_input,
                path.string() + ": " + entry->second.file + " is called \"" + name + "\", too");
  }
  return known;
}

std::string find_engine_folder(const std::string& given) {
  if (!given.empty()) return given;
  const char* const variable = std::getenv("GWAGEO_ENGINES");
  if (variable != nullptr && *variable != '\0') return variable;
  std::error_code error;
  const fs::path beside = fs::read_symlink("/proc/self/exe", error).parent_path();
  for (const fs::path& folder : {beside / "engines", beside / "../share/gwageo/engines",
                                 fs::path(GWAGEO_ENGINES_OF_THE_TREE)}) {
    if (fs::is_directory(folder, error)) return folder.lexically_normal();
  }
  return "";
}

Result<KnownTemplate> template_for(const ProcessRoom& room, const ModelSpec& spec) {
  std::string names;
  for (const auto& [name, known] : room.templates) names += (names.empty() ? "" : ", ") + name;
  const auto asked = spec.options.find(std::string(template_option));
  if (asked == spec.options.end()) {
    return fail(ErrorKind::bad_input,
                "engine process: option template=NAME is needed; there are " + names);
  }
  const auto found = room.templates.find(asked->second);
  if (found == room.templates.end()) {
    return fail(ErrorKind::bad_input, "engine process: no template is called \"" + asked->second +
                                          "\" in " +
                                          (room.folder.empty() ? "any folder" : room.folder) +
                                          (names.empty() ? "" : "; there are " + names));
  }
  const auto pinned = spec.options.find(std::string(template_digest_option));
  const std::string here = to_hex(found->second.digest);
  if (pinned != spec.options.end() && pinned->second != here) {
    return fail(ErrorKind::bad_input,
                "engine process: template " + asked->second + " (" + found->second.file +
                    ") has the digest " + here + " here; model " + spec.name + " was added with " +
                    pinned->second +
                    ": give this worker that template, or add the model's next version with this");
  }
  return found->second;
}

}  // namespace gwageo
