#!/usr/bin/env python3
"""Writes letter_case_tables.cc from Python's own str methods, which it must agree with.

    benchmarks/letter_case_tables.py > benchmarks/letter_case_tables.cc
    clang-format -i benchmarks/letter_case_tables.cc
"""

import unicodedata

CODES = [c for c in range(0x110000) if not 0xD800 <= c < 0xE000]


def runs(mapping):
    """[first, last, step, delta] of codes that lie `step` apart and map to `delta` more."""
    out = []
    for code, to in sorted(mapping.items()):
        delta = to - code
        if out and out[-1][3] == delta:
            last = out[-1]
            gap = code - last[1]
            if gap in (1, 2) and (gap == last[2] or last[0] == last[1]):
                last[1], last[2] = code, gap
                continue
        out.append([code, code, 1, delta])
    return out


def ranges(codes):
    out = []
    for code in codes:
        if out and out[-1][1] == code - 1:
            out[-1][1] = code
        else:
            out.append([code, code])
    return out


def write(kind, name, rows):
    print(f"\nconstexpr {kind} {name}_rows[] = {{")
    for row in rows:
        print("{" + ", ".join(row) + "},")
    print(f"}};\nstd::span<const {kind}> {name}() {{ return {name}_rows; }}")


def write_case(name, mapped):
    """`mapped` has what each code becomes where that is not what the table before it says."""
    write("CaseRun", name + "_runs", [
        [f"{a:#x}", f"{b:#x}", str(step), str(delta)]
        for a, b, step, delta in runs({c: ord(t) for c, t in mapped.items() if len(t) == 1})])
    write("CaseSequence", name + "_sequences", [
        [f"{c:#x}", "{" + ", ".join(f"{ord(x):#x}" for x in t) + "}"]
        for c, t in mapped.items() if len(t) > 1])


def is_final(text):
    return text.lower().endswith("\u03c2")


VERSION = unicodedata.unidata_version
print(f"""// Written by letter_case_tables.py from Unicode {VERSION}; do not edit.
#include "benchmarks/letter_case_tables.h"

namespace gwageo {{""")
write_case("lower", {c: chr(c).lower() for c in CODES if chr(c).lower() != chr(c)})
write_case("upper", {c: chr(c).upper() for c in CODES if chr(c).upper() != chr(c)})
write_case("title", {c: chr(c).title() for c in CODES if chr(c).title() != chr(c).upper()})
write("CodeRange", "cased_letters", [
    [f"{a:#x}", f"{b:#x}"]
    for a, b in ranges(c for c in CODES if (chr(c) + "a").title()[-1] == "a")])
write("CodeRange", "case_ignorable", [
    [f"{a:#x}", f"{b:#x}"]
    for a, b in ranges(c for c in CODES if is_final("A" + chr(c) + "\u03a3")
                       and not is_final(" " + chr(c) + "\u03a3"))])
print("\n}  // namespace gwageo")
