// Upper, lower and title case of text as Python's str methods give them: Unicode's full mappings,
// in which a letter may become several, and the one rule that looks around, which makes a capital
// sigma at the end of a word a final one. Pure. The tables are written by letter_case_tables.py.
#pragma once

#include <string>
#include <string_view>

namespace gwageo {

// REQUIRES of every text: it is well-formed UTF-8.

std::string python_lower(std::string_view text);
std::string python_upper(std::string_view text);
/// The first character in title case, the others in lower case.
std::string python_capitalize(std::string_view text);
/// The first letter of each run of letters in title case, its others in lower case.
std::string python_title(std::string_view text);

}  // namespace gwageo
