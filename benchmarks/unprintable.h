// Which characters Python's `repr` writes as they are.
#pragma once

namespace gwageo {

/// Whether Python 3.11's `str.isprintable` holds for the character: not for controls, formats,
/// separators but the space, code points for private use and those that are not assigned.
bool is_python_printable(char32_t code);

}  // namespace gwageo
