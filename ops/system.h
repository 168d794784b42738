// Small things that only the operating system knows.
#pragma once

#include <cstdint>
#include <string>

#include "protocol/result.h"

namespace gwageo {

/// From the system's randomness; never 0.
std::uint64_t random_number();
/// Sixteen hexadecimal digits of it.
std::string random_name();
/// The variable's value; empty when it is not set.
std::string environment(const char* variable);
/// Where the system keeps what is temporary (TMPDIR); not_found where there is no such folder.
Result<std::string> temporary_folder();
/// Lets this process open as many files as its hard limit allows.
void raise_file_limit();
/// `path` from the root, without "." and "..".
std::string absolute_path(const std::string& path);
/// Writes a file that need not survive a power failure. io, naming it.
Status write_text_file(const std::string& path, const std::string& text);
/// The version of this program.
std::string program_version();

}  // namespace gwageo
