#include "worker/model_check.h"

#include <algorithm>
#include <array>
#include <string>
#include <system_error>
#include <vector>

#include "worker/gguf.h"
#include "worker/model_files.h"
#include "worker/safetensors.h"

namespace gwageo {
namespace {

namespace fs = std::filesystem;

/// tokenizer.json, vocab.json and an index of many tensors are as large as that.
constexpr std::uint64_t check_settings_bytes_max = std::uint64_t{64} << 20;

constexpr std::string_view runs_when_loaded =
    "weights of that kind may run code when they are loaded; have the model saved as safetensors";
constexpr std::string_view is_code = "code has no place among a model's files";
constexpr std::string_view is_unknown =
    "not among what a model's folder may hold (*.safetensors, *.gguf, *.json, the words of a "
    "tokenizer, README, LICENSE, texts, tables, pictures); take it out";

constexpr std::array pickled = {".bin",      ".pt",
                                ".pth",      ".ckpt",
                                ".pkl",      ".pickle",
                                ".joblib",   ".npy",
                                ".npz",      ".h5",
                                ".hdf5",     ".keras",
                                ".msgpack",  ".nemo",
                                ".mar",      ".dill",
                                ".pdparams", ".t7",
                                ".tar",      ".zip",
                                ".gz",       ".pb",
                                ".onnx",     ".tflite",
                                ".ot",       ".safetensors.zip"};
constexpr std::array code = {".py",  ".pyc", ".pyd", ".pyx",   ".pyz", ".whl", ".ipynb", ".so",
                             ".o",   ".a",   ".dll", ".dylib", ".exe", ".sh",  ".bash",  ".bat",
                             ".ps1", ".js",  ".mjs", ".wasm",  ".c",   ".cc",  ".cpp",   ".cu",
                             ".h",   ".jar", ".lua", ".pl",    ".rb",  ".r",   ".jl",    ".ptx"};
constexpr std::array allowed = {".safetensors", ".gguf", ".json",  ".jinja",    ".tiktoken",
                                ".txt",         ".md",   ".rst",   ".pdf",      ".png",
                                ".jpg",         ".jpeg", ".gif",   ".webp",     ".svg",
                                ".csv",         ".tsv",  ".jsonl", ".metadata", ".lock"};
constexpr std::array<std::string_view, 11> allowed_names = {
    "tokenizer.model", "spiece.model", "sentencepiece.bpe.model",
    "LICENSE",         "README",       "NOTICE",
    ".gitattributes",  ".gitignore",   ".gitkeep",
    "CACHEDIR.TAG",    "VERSION"};

template <class Endings>
bool ends_with_any(std::string_view name, const Endings& endings) {
  return std::ranges::any_of(endings, [&](const char* ending) { return name.ends_with(ending); });
}

tl::unexpected<Error> refuse(const fs::path& path, std::string_view why) {
  return fail(ErrorKind::bad_input, path.string() + ": " + std::string(why));
}

tl::unexpected<Error> path_failure(const fs::path& path, const std::error_code& error) {
  const bool is_missing = error == std::errc::no_such_file_or_directory;
  return fail(is_missing ? ErrorKind::not_found : ErrorKind::io,
              path.string() + ": " + error.message());
}

Status check_settings(const fs::path& path) {
  GWAGEO_ASSIGN(text, read_small_file(path, check_settings_bytes_max));
  // Python's numbers are let through: its tools write settings.
  const Result<Json> json = Json::parse_python(text);
  if (!json) return refuse(path, json.error().message);
  const std::string_view key = code_naming_key(*json);
  if (key.empty()) return {};
  return refuse(path, "the key \"" + std::string(key) +
                          "\" has code of others run with the model; a model here is data alone");
}

Status check_content(const fs::path& path) {
  const std::string name = path.filename().string();
  if (name.ends_with(".json")) return check_settings(path);
  if (name.ends_with(".safetensors")) {
    GWAGEO_TRY(SafetensorsFile::open(path));
  } else if (name.ends_with(".gguf")) {
    GWAGEO_TRY(GgufFile::open(path));
  }
  return {};
}

/// Whether `path` lies below `folder`; both without links.
bool is_below(const fs::path& path, const fs::path& folder) {
  return std::ranges::mismatch(folder, path).in1 == folder.end() && path != folder;
}

class FolderCheck {
 public:
  explicit FolderCheck(fs::path root) : root_(std::move(root)) {}

  Status check(const fs::path& folder, int depth) {
    if (depth > model_depth_max) return refuse(folder, "folders lie too deep in one another");
    std::vector<fs::path> paths;
    std::error_code error;
    for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
      if (++entries_ > model_entries_max) {
        return refuse(root_, "more than " + std::to_string(model_entries_max) +
                                 " files and folders; a model has fewer");
      }
      paths.push_back(at->path());
    }
    if (error) return path_failure(folder, error);
    std::ranges::sort(paths);  // The same complaint every time.
    for (const fs::path& path : paths) GWAGEO_TRY(check_entry(path, depth));
    return {};
  }

 private:
  Status check_entry(const fs::path& path, int depth) {
    std::error_code error;
    const fs::file_status own = fs::symlink_status(path, error);
    if (error) return path_failure(path, error);
    if (own.type() == fs::file_type::directory) return check(path, depth + 1);
    const std::string_view why = refused_model_name(path.filename().native());
    if (!why.empty()) return refuse(path, why);
    if (own.type() == fs::file_type::symlink) {
      const fs::path real = fs::canonical(path, error);
      if (error) return refuse(path, "a link that leads nowhere");
      if (!is_below(real, root_)) {
        return refuse(path,
                      "a link out of the model's folder; copy the folder with its files (cp -rL)");
      }
      // Under its own name it was allowed; what it leads to is looked at by this one, too.
      if (!fs::is_regular_file(real, error)) return refuse(path, "a link to what is no file");
    } else if (own.type() != fs::file_type::regular) {
      return refuse(path, "neither a file nor a folder");
    }
    return check_content(path);
  }

  fs::path root_;  // Without links.
  std::size_t entries_ = 0;
};

}  // namespace

std::string_view refused_model_name(std::string_view name) {
  std::string lower(name);
  std::ranges::transform(lower, lower.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  if (ends_with_any(lower, pickled)) return runs_when_loaded;
  if (ends_with_any(lower, code)) return is_code;
  // The case counts here: engines go by the names as they are.
  const bool is_text = name.starts_with("LICENSE") || name.starts_with("README");
  if (is_text && name.find('.') == name.npos) return {};
  if (std::ranges::find(allowed_names, name) != allowed_names.end()) return {};
  if (ends_with_any(name, allowed)) return {};
  return is_unknown;
}

std::string_view code_naming_key(const Json& settings) {
  if (settings.is_object()) {
    for (const auto& [key, value] : settings.as_object()) {
      for (const std::string_view naming : {"auto_map", "trust_remote_code"}) {
        if (key == naming && !value.is_number()) return naming;
      }
      const std::string_view inside = code_naming_key(value);
      if (!inside.empty()) return inside;
    }
  } else if (settings.is_array()) {
    for (const Json& element : settings.as_array()) {
      const std::string_view inside = code_naming_key(element);
      if (!inside.empty()) return inside;
    }
  }
  return {};
}

Status check_model(const fs::path& path) {
  std::error_code error;
  const fs::path real = fs::canonical(path, error);
  if (error == std::errc::no_such_file_or_directory) {
    return fail(ErrorKind::not_found, path.string() + ": no such model file or folder");
  }
  if (error) return path_failure(path, error);
  if (fs::is_directory(real, error)) return FolderCheck(real).check(real, 1);
  if (!fs::is_regular_file(real, error)) return refuse(path, "neither a file nor a folder");
  GWAGEO_TRY(GgufFile::open(path));
  return {};
}

}  // namespace gwageo
