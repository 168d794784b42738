#include "worker/process_room.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <system_error>
#include <vector>

#include "worker/model_files.h"
#include "worker/own_folder.h"

namespace gwageo {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t template_bytes_max = std::uint64_t{1} << 20;
constexpr int build_depth_max = 3;  // build/PRESET/ops

Result<EngineTemplate> read_template(const fs::path& path) {
  GWAGEO_ASSIGN(text, read_small_file(path, template_bytes_max));
  return read_engine_template(path.string(), text);
}

Status make_logs(const ProcessRoom& room, const fs::path& logs) {
  const std::string above = logs.parent_path();
  GWAGEO_TRY(room.is_private ? make_own_folder(above) : make_folders(above));
  return make_unlinked_folder(logs);
}

}  // namespace

Result<EngineFolder> read_engine_folder(const std::string& folder) {
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
  EngineFolder known;
  for (const fs::path& path : paths) {
    Result<EngineTemplate> engine = read_template(path);
    if (!engine) {
      known.broken.emplace(path.stem(), engine.error().message);
      continue;
    }
    const Digest digest = digest_of(*engine);
    const std::string name = engine->name;
    const auto [entry, is_new] =
        known.templates.emplace(name, KnownTemplate{*std::move(engine), digest, path});
    if (is_new) continue;
    known.broken[name] =
        path.string() + ": " + entry->second.file + " is called \"" + name + "\", too";
  }
  for (const auto& [name, why] : known.broken) known.templates.erase(name);
  return known;
}

std::string find_engine_folder(const std::string& given) {
  if (!given.empty()) return given;
  const char* const variable = std::getenv("GWAGEO_ENGINES");
  if (variable != nullptr && *variable != '\0') return variable;
  std::error_code error;
  const std::string beside =
      engine_folder_beside(fs::read_symlink("/proc/self/exe", error).parent_path());
  if (!beside.empty()) return beside;
  const fs::path of_the_tree(GWAGEO_ENGINES_OF_THE_TREE);
  return fs::is_directory(of_the_tree, error) ? of_the_tree.lexically_normal().string() : "";
}

std::string engine_folder_beside(const std::string& folder) {
  const fs::path beside(folder);
  std::vector<fs::path> places = {beside / "engines", beside / "../share/gwageo/engines"};
  // Not of any folder above: whoever may write there would say what a worker runs.
  fs::path above = beside;
  for (int i = 0; i < build_depth_max && above.has_relative_path(); ++i) {
    if (above.filename() == "build") places.push_back(above.parent_path() / "worker/engines");
    above = above.parent_path();
  }
  std::error_code error;
  for (const fs::path& place : places) {
    if (fs::is_directory(place, error)) return place.lexically_normal();
  }
  return "";
}

Status hold_logs(ProcessRoom& room, const std::string& logs) {
  GWAGEO_TRY(make_logs(room, logs));
  Result<FileLock> lock = FileLock::attempt(logs + "/lock", LockKind::exclusive);
  if (!lock && lock.error().kind == ErrorKind::unavailable) {
    return fail(ErrorKind::unavailable, logs + " is held by another worker");
  }
  std::error_code ignored;
  if (!lock && fs::is_symlink(logs + "/lock", ignored)) {
    return fail(ErrorKind::bad_input, logs + "/lock is a link");
  }
  if (!lock) return tl::unexpected(lock.error());
  room.logs = logs;
  room.lock = *std::move(lock);
  return {};
}

Result<std::string> slot_logs(const ProcessRoom& room, std::uint32_t slot) {
  std::string folder = room.logs + "/slot" + std::to_string(slot);
  Status made = make_logs(room, room.logs);
  if (made) made = make_unlinked_folder(folder);
  if (made) return folder;
  return fail(ErrorKind::unavailable, "the folder of engine logs: " + made.error().message +
                                          ": mend it on this machine, or give its worker another "
                                          "one (--engine-logs DIR)");
}

Result<KnownTemplate> template_for(const ProcessRoom& room, const ModelSpec& spec) {
  std::string names;
  for (const auto& [name, known] : room.templates) names += (names.empty() ? "" : ", ") + name;
  const auto asked = spec.options.find(std::string(template_option));
  if (asked == spec.options.end()) {
    return fail(ErrorKind::bad_input,
                "engine process: option template=NAME is needed; there are " + names);
  }
  if (const auto broken = room.broken.find(asked->second); broken != room.broken.end()) {
    return fail(ErrorKind::bad_input,
                "engine process: template " + asked->second + " is of no use: " + broken->second);
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
