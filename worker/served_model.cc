#include "worker/served_model.h"

#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <vector>

#include "worker/model_check.h"
#include "worker/model_files.h"

namespace gwageo {
namespace {

namespace fs = std::filesystem;

std::pair<std::uint64_t, std::int64_t> stamp_of(const fs::path& path) {
  struct stat found {};
  if (::stat(path.c_str(), &found) != 0) return {0, 0};
  return {static_cast<std::uint64_t>(found.st_size),
          found.st_mtim.tv_sec * std::int64_t{1'000'000'000} + found.st_mtim.tv_nsec};
}

std::string in_gib(std::uint64_t bytes) {
  const std::uint64_t tenths = bytes * 10 / (std::uint64_t{1} << 30);
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " GiB";
}

/// By name, to which file.
std::map<std::string, std::string> links_to(const std::vector<ModelFile>& files) {
  std::map<std::string, std::string> links;
  for (const ModelFile& file : files) links[file.name] = fs::absolute(file.path);
  return links;
}

Status make_links(const std::map<std::string, std::string>& links, const fs::path& folder) {
  std::error_code error;
  fs::remove_all(folder, error);
  fs::create_directories(folder, error);
  for (const auto& [name, file] : links) {
    if (error) break;
    fs::create_symlink(file, folder / name, error);
  }
  if (!error) return {};
  return fail(ErrorKind::io, "engine process: " + folder.string() + ": " + error.message());
}

/// Each shows its file. What a server writes beside them is its own.
Status check_links(const std::map<std::string, std::string>& links, const fs::path& folder) {
  std::error_code error;
  for (const auto& [name, file] : links) {
    const fs::path shown = fs::read_symlink(folder / name, error);
    if (!error && shown == file) continue;
    return fail(ErrorKind::corrupt,
                (folder / name).string() + " was changed since the model's digest was verified: " +
                    "it shows " + (error ? "nothing" : shown.string()) + ", not " + file);
  }
  return {};
}

}  // namespace

Result<ServedModel> verify_served_model(const ModelSpec& spec, const std::string& links) {
  GWAGEO_TRY(check_model(spec.path));
  GWAGEO_ASSIGN(files, list_model_files(spec.path));
  if (digest_of(files) != spec.digest) {
    return fail(ErrorKind::corrupt, spec.path + ": the files have the model digest " +
                                        to_hex(digest_of(files)) + ", not " + to_hex(spec.digest) +
                                        " of model " + spec.name);
  }
  ServedModel model{spec.path, {}, {}};
  for (const ModelFile& file : files) {
    model.stamps[file.path] = stamp_of(file.path);
  }
  std::error_code error;
  if (fs::is_directory(spec.path, error)) {
    model.links = links_to(files);
    GWAGEO_TRY(make_links(model.links, links));
    model.path = links;
  }
  return model;
}

Status check_unchanged(const ServedModel& model) {
  for (const auto& [path, stamp] : model.stamps) {
    if (stamp_of(path) == stamp) continue;
    return fail(ErrorKind::corrupt, path + " was changed since its digest was verified");
  }
  return model.links.empty() ? Status{} : check_links(model.links, model.path);
}

Status check_memory(std::uint64_t model_bytes, std::uint32_t gpus, const Gpus& each) {
  if (!each.any() || each.memory_mib == 0) return {};
  const std::uint64_t there = (std::uint64_t{each.memory_mib} << 20) * gpus;
  if (model_bytes <= there) return {};
  return fail(ErrorKind::bad_input,
              "engine process: the model's files are " + in_gib(model_bytes) + ", and " +
                  std::to_string(gpus) + (gpus == 1 ? " GPU of " : " GPUs of ") +
                  in_gib(std::uint64_t{each.memory_mib} << 20) +
                  " cannot hold them; add the model with more of them (--gpus)");
}

std::string visible_gpus(const std::string& own, std::uint32_t slot, std::uint32_t width) {
  std::vector<std::string> all;
  for (std::size_t at = 0; !own.empty() && at <= own.size();) {
    const std::size_t end = std::min(own.find(',', at), own.size());
    all.push_back(own.substr(at, end - at));
    at = end + 1;
  }
  std::string visible;
  for (std::uint32_t i = slot; i < slot + width; ++i) {
    const std::string beyond = own.empty() ? std::to_string(i) : "-1";  // Which names none.
    visible += (i == slot ? "" : ",") + (i < all.size() ? all[i] : beyond);
  }
  return visible;
}

}  // namespace gwageo
