// What a model's files may be, before any engine sees them.
//
// Problem: formats of weights run code when they are loaded (pickle, and what wraps it), settings
// name code to be fetched (`auto_map`), and loaders have trusted the lengths that a header claims.
// An engine's own switches against that have failed before, so the files are looked at by us, when
// a model is added and again by each worker that loads it.
//
// Approach: a list of what is allowed, and all else is refused by its name.
//
//   weights    *.safetensors, *.gguf: their headers are verified to the last byte
//   settings   *.json: parsed; no `auto_map` and no `trust_remote_code` in them, however deep
//   words      tokenizer.model, *.tiktoken, *.jinja, merges.txt: data, not looked into
//   beside     README, LICENSE and other texts, tables, pictures, what downloads leave: no engine
//   reads it
//
// GGUF is allowed because it is data alone: keys and tensors, nothing that a reader would run. Its
// header is held to the file's size like that of safetensors (gguf.h).
#pragma once

#include <filesystem>
#include <string_view>

#include "protocol/json.h"
#include "protocol/result.h"

namespace gwageo {

/// The most files and folders below a model's folder, and how deep they may lie.
inline constexpr std::size_t model_entries_max = 4096;
inline constexpr int model_depth_max = 8;

/// Why a file of that name (without folders) has no place in a model's folder, in words; empty: it
/// has one. Pure.
std::string_view refused_model_name(std::string_view name);

/// The key, anywhere in `settings`, by which a loader would be told to run code that comes with the
/// model or from elsewhere: "auto_map" or "trust_remote_code"; empty: none. A token of a vocabulary
/// may be called so: what has a number for a value is none. Pure.
std::string_view code_naming_key(const Json& settings);

/// Whether the model at `path` is fit to be shown to an engine: a folder as above, with links to
/// files inside it only, or one GGUF file. bad_input, naming the file and why; not_found or io.
/// Headers and settings alone are read, each within its bound, nothing by a length that a file
/// claims.
Status check_model(const std::filesystem::path& path);

}  // namespace gwageo
