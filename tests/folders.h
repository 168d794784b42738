// Where tests find files: in the checkout, in what was built of it, and in what lies beside it and
// is no part of it. Their names are compiled into folders.cc alone, so that the objects of all
// other sources are the same in every checkout, and a compiler cache serves them all.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace gwageo::folders {

/// The root of the checkout.
std::filesystem::path source();

/// Real models and data that others made: what GWAGEO_SHARED in the environment names, else the
/// folder beside the checkout. Whether it is there or not.
std::filesystem::path shared();

/// The same, or nothing when it is not there: tests that need it skip themselves then.
std::optional<std::filesystem::path> shared_if_there();

/// What was built: the program, and what plays other programs and libraries.
std::string program();
std::string fake_engine();
std::string fake_nvml();          ///< With all of NVML's functions;
std::string small_nvml();         ///< with few.
std::string fake_group_module();  ///< A device module without GPUs, for groups of processes.
std::string oracle();             ///< The checker of the published log, in Go.
/// The device module; empty where it was not built.
std::string cuda_module();

}  // namespace gwageo::folders
