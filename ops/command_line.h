// The command line: a table of verbs, what each takes, and the help that follows from it.
// command_line.cc alone sees CLI11.
#pragma once

#include <string>
#include <vector>

#include "ops/invocation.h"
#include "protocol/result.h"

namespace gwageo {

enum class Takes {
  nothing,  ///< A flag.
  one,      ///< A value; a second one is refused.
  many,     ///< A value each time it is given.
};

/// An option ("--name") or a positional argument ("NAME").
struct Parameter {
  std::string name;
  Takes takes = Takes::one;
  std::string value;  ///< What the value is called in the help; of options only.
  std::string help;
  /// The usage line shows it without brackets. A missing argument is refused by the parser; a
  /// missing option by its verb, which knows better words and may take the environment's.
  bool is_needed = false;
};

/// Which of the options that are there everywhere a verb looks at, beside --json.
enum class LooksAt { coordinator, data_directory, nothing };

/// A verb or one of a family ("suite add"). `run` returns the exit code.
struct Verb {
  std::string name;
  std::string sentence;
  std::vector<Parameter> parameters;
  std::string example;
  std::string codes;  ///< What its exit codes mean, beyond the common ones.
  Result<int> (*run)(const Invocation&) = nullptr;
  LooksAt looks_at = LooksAt::coordinator;
};

/// Finds the verb, reads its arguments, runs it, and says on standard error what went wrong (with
/// --json also on standard output). Returns the exit code of the process.
int run_command_line(const std::vector<Verb>& verbs, const std::string& overview, int count,
                     const char* const* words);

/// What a verb gets of these words behind its name; bad_input in the parser's words where it does
/// not take them. Runs nothing.
Result<Invocation> read_words(const Verb& verb, const std::vector<std::string>& words);

}  // namespace gwageo
