// Which exchanges are tried again, and when. Pure.
//
// Only what may get better: 429, 500, 502, 503, 504, a connection that did not come about or was
// lost, and a time-out. A server that says when (Retry-After) is taken at its word, from a
// quarter of a second on. Else the pause doubles from half a second up to 30 s, and a part of it
// that depends on the call's token and the try alone spreads the calls, so that a history can be
// played again. All waits of one call together are cut to `waits_max`, whatever the server says:
// one item that a server puts off to tomorrow does not hold a slot until then.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "protocol/limits.h"
#include "protocol/request.h"
#include "protocol/time.h"
#include "worker/http_client.h"

namespace gwageo {

/// The pool tries an item so often that this makes five minutes in all.
inline constexpr Duration waits_max = seconds(300 / limits::engine_tries_max);

bool may_get_better(const HttpAnswer& answer);

/// Whether it says that the server has more to do than it can: 429, 503, 504, or no answer in time.
bool has_no_room(const HttpAnswer& answer);

/// How long to wait before try `tries` + 1; nothing: the exchange is over. `tries` counts those
/// that were made, so it is 1 at least; `waited` is the sum of the call's pauses so far.
std::optional<Duration> pause_before_retry(const HttpAnswer& answer, std::uint32_t tries,
                                           std::uint32_t retries_max, std::uint64_t call_token,
                                           Duration waited);

/// What becomes of a call whose last exchange ended like that. REQUIRES: not answered with 200.
/// A status of 3xx or 4xx is refused_by_engine with what the body says, a time-out timed_out, the
/// rest engine_failed; a Retry-After beyond `waits_max` is told. Servers like to quote the bearer
/// token: the words come without it.
Response failure_of(const HttpAnswer& answer, std::uint32_t tries, const std::string& token);

/// What a body says about an error: its error.message, message or detail, else its beginning. At
/// most 300 bytes of UTF-8, without the token.
std::string message_in(const std::string& body, const std::string& token);

}  // namespace gwageo
