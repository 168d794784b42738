#!/usr/bin/env python3
"""Writes unprintable.cc from Python's own str.isprintable, which it must agree with.

    benchmarks/unprintable.py > benchmarks/unprintable.cc
    clang-format -i benchmarks/unprintable.cc
"""

import unicodedata

ranges = []
for code in range(0x110000):
    if chr(code).isprintable():
        continue
    if ranges and ranges[-1][1] == code - 1:
        ranges[-1][1] = code
    else:
        ranges.append([code, code])

print(f"""// Written by unprintable.py from Unicode {unicodedata.unidata_version}; do not edit.
#include "benchmarks/unprintable.h"

#include <algorithm>
#include <iterator>

namespace gwageo {{
namespace {{

struct CodeRange {{
  char32_t first;
  char32_t last;
}};

constexpr CodeRange unprintable[] = {{""")
for first, last in ranges:
    print(f"{{{first:#x}, {last:#x}}},")
print("""};

}  // namespace

bool is_python_printable(char32_t code) {
  const auto* const found =
      std::lower_bound(std::begin(unprintable), std::end(unprintable), code,
                       [](const CodeRange& range, char32_t c) { return range.last < c; });
  return found == std::end(unprintable) || code < found->first;
}

}  // namespace gwageo""")
