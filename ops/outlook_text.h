// What a coordinator expects, in words.
#pragma once

#include <string>

#include "protocol/json.h"

namespace gwageo {

/// "12 min"; "-" where there is no estimate.
std::string short_outlook(const Json& estimate);
/// "12 min (3 min to 48 min)".
std::string outlook_range(const Json& estimate);
/// What an object with `basis`, `basis_items` and `item_microseconds` says that it rests on:
/// "learned from 40 items of this model on this suite, 2 s each".
std::string basis_text(const Json& json);
/// Of a job with `due_in_seconds` that `estimate` expects to be over after that: "it is expected to
/// be 7 min late"; nothing of others.
std::string late_text(const Json& job, const Json& estimate);
/// Where a job with `position` and `queued` stands, as a line; nothing where it does not wait for
/// slots.
std::string place_text(const Json& object);
/// Who may know more of another team's job than that it is there, a line.
std::string rest_text(const Json& job);
/// Thousandths of a slot as slots: "2.5".
std::string slots_text(const Json& object, const char* key);

}  // namespace gwageo
