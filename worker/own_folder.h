// Folders in a place where others may write as well, the system's temporary folder above all: whose
// name anybody can foretell may be taken before us, or be a link to somewhere else. So a folder is
// looked at before it is used, and no file in it is opened through a link.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "protocol/result.h"
#include "protocol/time.h"

namespace gwageo {

/// Whether it is a folder, no link to one, and of this user.
bool is_own_folder(const std::string& path);

/// Makes a folder for this user alone (0700), or takes the one that is there. bad_input, saying
/// what is wrong, where that is not a folder of this user that others cannot write to; else the
/// system's error. REQUIRES: what it lies in is there.
Status make_own_folder(const std::string& path);

/// Makes a folder, or takes the one that is there, whoever it is of: bad_input where it is a link
/// or a file. REQUIRES: as above.
Status make_unlinked_folder(const std::string& path);

/// Removes those folders of this user in `all` whose names begin so, whose file `lock` nobody holds
/// and in which nothing was written for so long. A link in them is removed, and not followed.
void remove_abandoned_folders(const std::string& all, std::string_view beginning,
                              Duration unwritten_for);

/// Writes a file, and reads it, of so many bytes at most; an error where its name is a link.
Status write_note(const std::string& path, std::string_view text);
Result<std::string> read_note(const std::string& path, std::uint64_t bytes_max);

/// The last bytes of a file, so many at most; empty where it is a link or cannot be read.
std::string end_of_file(const std::string& path, std::uint64_t bytes_max);

}  // namespace gwageo
