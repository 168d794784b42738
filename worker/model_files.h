// The files that make up a model, and the digest that names their content. Used by the worker to
// verify what it loads and by the client to register it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/digest.h"
#include "protocol/result.h"

namespace gwageo {

/// One file of a model. A value.
struct ModelFile {
  std::string name;            ///< Base name.
  std::filesystem::path path;  ///< Where it lies.
  std::uint64_t size = 0;      ///< Bytes.
  Digest content;              ///< SHA-256 of its bytes.
};

/// Whether a file of that base name, directly in a model's folder, is part of the model:
/// config.json, generation_config.json, *.safetensors, tokenizer*.json, chat_template*. Nothing
/// else is ever read from there: no pickled weights, no code.
bool is_model_file(std::string_view name);

/// The files in a model's folder, and below it, that are no part of the model and so of no digest,
/// by their paths from it, ascending, without those that only people read (README, LICENSE, NOTICE,
/// .git*, *.md). No engine of ours reads them; a model that needs one of them is another model
/// here. Empty for a model that is a file. io when a folder cannot be read.
Result<std::vector<std::string>> files_beside_model(const std::filesystem::path& path);

/// The files of the model at `path` and their sizes, not read (`content` is zero); otherwise as
/// `list_model_files`.
Result<std::vector<ModelFile>> find_model_files(const std::filesystem::path& path);

/// The files of the model at `path`, hashed, sorted by the bytes of their names. A folder gives the
/// regular files (links followed) that `is_model_file` accepts; a file gives itself. Memory is
/// bounded whatever their size. not_found when nothing is there, bad_input when a folder holds no
/// model file, io when a file cannot be read.
Result<std::vector<ModelFile>> list_model_files(const std::filesystem::path& path);

/// RFC 6962 root over one leaf a file, in order: canonical bytes text name, u64 size, digest
/// content (design.md section 4).
Digest digest_of(const std::vector<ModelFile>& files);

/// `digest_of(list_model_files(path))`.
Result<Digest> model_digest(const std::filesystem::path& path);

/// Reads a file in pieces of bounded size and hands each to `take`, until the end or until `take`
/// fails, whose error it then returns. not_found or io otherwise, naming the file.
Status read_pieces(const std::filesystem::path& path,
                   const std::function<Status(std::string_view)>& take);

/// A whole small file; bad_input, naming it, when it is larger than `bytes_max`.
Result<std::string> read_small_file(const std::filesystem::path& path, std::uint64_t bytes_max);

}  // namespace gwageo
