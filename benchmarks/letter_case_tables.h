// What the case of a letter is, as tables; letter_case.h is how to use them.
#pragma once

#include <cstdint>
#include <span>

namespace gwageo {

/// Codes from `first` to `last`, each `step` after the one before; each becomes itself plus
/// `delta`.
struct CaseRun {
  char32_t first;
  char32_t last;
  std::uint32_t step;
  std::int32_t delta;
};
/// A code that becomes two or three; unused places are 0.
struct CaseSequence {
  char32_t code;
  char32_t to[3];
};
struct CodeRange {
  char32_t first;
  char32_t last;
};

// All are sorted by code and do not overlap. The title tables hold what differs from upper case.
std::span<const CaseRun> lower_runs();
std::span<const CaseSequence> lower_sequences();
std::span<const CaseRun> upper_runs();
std::span<const CaseSequence> upper_sequences();
std::span<const CaseRun> title_runs();
std::span<const CaseSequence> title_sequences();
std::span<const CodeRange> cased_letters();
std::span<const CodeRange> case_ignorable();

}  // namespace gwageo
