// What a verb leaves behind: text or one JSON document on standard output, errors on standard
// error, and an exit code (design.md section 6).
#pragma once

#include <string>
#include <string_view>

#include "ops/invocation.h"
#include "protocol/json.h"
#include "protocol/result.h"

namespace gwageo {

namespace exit_code {
inline constexpr int done = 0;
inline constexpr int no = 1;  ///< Done, and the answer is no.
inline constexpr int bad_input = 2;
inline constexpr int unreachable = 3;
inline constexpr int not_allowed = 4;
}  // namespace exit_code

/// The exit code that an error of this kind ends a verb with.
int exit_code_of(ErrorKind kind);

/// Says on standard error what went wrong, and with --json also on standard output. Returns the
/// exit code.
int report_error(const Invocation& arguments, const Error& error);

/// The same for a daemon that could not begin or go on: 1, or 2 where its input is to blame, be it
/// wrong or in use by somebody else. Codes 3 and 4 speak of a coordinator that somebody wanted to
/// reach.
int report_start(const Invocation& arguments, const Error& error);

/// One document, one line, on standard output.
void print(const Json& document);
/// Text as it is, on standard output.
void say(std::string_view text);

/// What a coordinator warned of in an answer, if anything, on standard error.
void pass_on_warning(const Json& answer);

/// The text with control characters, but for ends of lines and tabs, written as "\x1b": what others
/// have named and written shall not steer a terminal.
std::string printable(std::string_view text);

/// The member `key` as a person reads it: printable text without quotes, "-" for null or missing.
std::string shown(const Json& object, std::string_view key);
/// A member that is a whole number; 0 for anything else.
std::int64_t number(const Json& object, std::string_view key);
/// A member that is a list; empty for anything else.
const Json::Array& list(const Json& object, std::string_view key);
/// A member that is an object; null for anything else.
const Json& member(const Json& object, std::string_view key);
/// The members of an object; none for anything else.
const Json::Object& members(const Json& object);
/// A member that is a number, with four digits after the point; "-" for anything else.
std::string score_text(const Json& object, std::string_view key);

}  // namespace gwageo
