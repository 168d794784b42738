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

Status link_files(const std::vector<ModelFile>& files, const fs::path& links) {
  std::error_code error;
  fs::remove_all(links, error);
  fs::create_directories(links, error);
  for (const ModelFile& file : files) {
    if (error) break;
    fs::create_symlink(fs::absolute(file.path), links / file.name, error);
  }
  if (!error) return {};
  return fail(ErrorKind::io, "engine process: " + links.string() + ": " + error.message());
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
  ServedModel model{spec.path, 0, {}};
  for (const ModelFile& file : files) {
    model.bytes += file.size;
    model.stamps[file.path] = stamp_of(file.path);
  }
  std::error_code error;
  if (fs::is_directory(spec.path, error)) {
    GWAGEO_TRY(link_files(files, links));
    model.path = links;
  }
  return model;
}

Status check_unchanged(const ServedModel& model) {
  for (const auto& [path, stamp] : model.stamps) {
    if (stamp_of(path) == stamp) continue;
    return fail(ErrorKind::corrupt, path + " was changed since its digest was verified");
  }
  return {};
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
    visible += (i == slot ? "" : ",") + (i < all.size() ? all[i] : std::to_string(i));
  }
  return visible;
}

}  // namespace gwageo
