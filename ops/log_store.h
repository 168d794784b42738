// A published log, read as a store: the rows of a journal, straight from its bundles of entries,
// and as blobs the statements of its records that lie beside.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "coordinator/store.h"

namespace gwageo {

/// True for a folder that looks like a published log: a checkpoint, tiles and no store.
bool is_log_folder(const std::string& path);
/// True for one that has tiles, and no checkpoint that is a file.
bool is_log_without_checkpoint(const std::string& path);

/// The first `size` entries of the log in `path`, read-only, in memory for one bundle. A scan says
/// corrupt and names the file where one is damaged or missing. Any thread.
std::unique_ptr<Store> open_log_store(std::string path, std::uint64_t size);

}  // namespace gwageo
