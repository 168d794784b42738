// Result<T>: the value of an operation that can fail for reasons outside this program.
#pragma once

#include <string>
#include <tl/expected.hpp>
#include <utility>

namespace gwageo {

/// What the caller should do about an error.
enum class ErrorKind {
  bad_input,    ///< A person's or a peer's data is wrong: tell them, do not retry.
  not_found,    ///< What was named does not exist.
  not_allowed,  ///< The authenticated key has no right to do this.
  conflict,     ///< It exists already, with another content.
  unavailable,  ///< A peer, a server or a resource is away or full: retry later.
  corrupt,      ///< Stored bytes are not what was written: stop and look.
  io,           ///< The operating system refused: the text says what it said.
};

/// An operating failure. `message` tells a person what happened, where (file, line, column, field,
/// key or index) and what to do. A value: copied freely, safe from any thread once made.
struct Error {
  ErrorKind kind = ErrorKind::io;
  std::string message;

  friend bool operator==(const Error&, const Error&) = default;
};

/// Either a T or an Error. Test it before use; it never throws when tested.
template <class T>
using Result = tl::expected<T, Error>;

/// A Result without a value.
using Status = Result<void>;

/// Makes the failed side of any Result.
[[nodiscard]] inline tl::unexpected<Error> fail(ErrorKind kind, std::string message) {
  return tl::unexpected<Error>(Error{kind, std::move(message)});
}

/// Passes an error on, with what was being done written before it: "context: message".
[[nodiscard]] inline tl::unexpected<Error> fail(const std::string& context, Error error) {
  error.message = context + ": " + error.message;
  return tl::unexpected<Error>(std::move(error));
}

}  // namespace gwageo

/// Runs `expression` (a Status or Result); on failure returns its error from this function.
#define GWAGEO_TRY(expression)                                                   \
  do {                                                                           \
    auto gwageo_status = (expression);                                           \
    if (!gwageo_status) return tl::unexpected(std::move(gwageo_status).error()); \
  } while (false)

/// Declares `name` as the value of `expression` (a Result); on failure returns its error.
#define GWAGEO_ASSIGN(name, expression)                                        \
  auto name##_result = (expression);                                           \
  if (!name##_result) return tl::unexpected(std::move(name##_result).error()); \
  auto name = std::move(*name##_result)
