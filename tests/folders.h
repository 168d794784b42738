// Where tests find files: in the checkout, and in what lies beside it and is no part of it. Their
// names are compiled into folders.cc alone, so that the objects of all other sources are the same
// in every checkout, and a compiler cache serves them all.
#pragma once

#include <filesystem>
#include <optional>

namespace gwageo::folders {

/// The root of the checkout.
std::filesystem::path source();

/// Real models and data that others made: what GWAGEO_SHARED in the environment names, else the
/// folder beside the checkout. Whether it is there or not.
std::filesystem::path shared();

/// The same, or nothing when it is not there: tests that need it skip themselves then.
std::optional<std::filesystem::path> shared_if_there();

}  // namespace gwageo::folders
