// Shell words: an option whose value is a list of other options, and a command as a person would
// type it. Pure.
#pragma once

#include <string>
#include <vector>

#include "protocol/result.h"

namespace gwageo {

/// Words as a shell takes them apart: blanks between, ' and " and \ as usual, and nothing else of a
/// shell's. bad_input where a quote is not closed.
Result<std::vector<std::string>> split_words(const std::string& text);
/// As a shell takes it for one word.
std::string quoted(const std::string& word);
/// All of them, with blanks between.
std::string quoted(const std::vector<std::string>& words);

}  // namespace gwageo
