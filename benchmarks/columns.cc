#include "benchmarks/columns.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <utility>

#include "benchmarks/json_records.h"
#include "benchmarks/timestamp.h"

namespace gwageo {
namespace {

constexpr std::string_view space = " \t\r\n";
constexpr std::string_view space_or_comma = " \t\r\n,";
constexpr int depth_max = 64;  // As deep as Json reads.

// Arrow reads a number that is no integer of 64 bits as a double, and so its whole column.
bool fits_integer(std::string_view number) {
  std::int64_t integer = 0;
  const char* const last = number.data() + number.size();
  const auto read = std::from_chars(number.data(), last, integer);
  return read.ec == std::errc() && read.ptr == last;
}

}  // namespace

// Rows tend to have their fields in one order: `guess` is looked at first.
std::size_t Columns::place_of(const Shape& shape, std::string_view name, std::size_t guess) {
  if (guess < shape.members.size() && shape.members[guess].name == name) return guess;
  const auto found = std::find_if(shape.members.begin(), shape.members.end(),
                                  [&](const Member& member) { return member.name == name; });
  return static_cast<std::size_t>(found - shape.members.begin());
}

void Columns::add(std::string name, bool fractions) {
  row_.members.push_back({std::move(name), {Kind::unknown, fractions, false, {}, {}}});
}

bool Columns::has(std::string_view name) const {
  return place_of(row_, name, 0) < row_.members.size();
}

void Columns::see(std::string_view object, Reading reading) {
  const std::size_t begin = object.find('{');
  if (begin != object.npos) see_object(object.substr(begin), row_, {nullptr, {}, 0, reading});
}

std::string Columns::Place::text() const {
  if (holder == nullptr) return {};
  const std::string outer = holder->text();
  if (name.empty()) return outer + "[]";
  return outer + (outer.empty() ? "" : ".") + std::string(name);
}

void Columns::see_kind(Kind kind, Shape& shape, const Place& place) {
  static constexpr std::string_view one[] = {"",         "a boolean", "a number",
                                             "a string", "a list",    "an object"};
  static constexpr std::string_view many[] = {"",        "booleans", "numbers",
                                              "strings", "lists",    "objects"};
  if (shape.kind == Kind::unknown) shape.kind = kind;
  if (shape.kind == kind || !mixed_.empty()) return;
  mixed_ = "column '" + place.text() + "': " + std::string(one[static_cast<std::size_t>(kind)]) +
           ", where values before are " + std::string(many[static_cast<std::size_t>(shape.kind)]);
}

// What begins with another letter is null, or no JSON.
void Columns::see_value(std::string_view value, Shape& shape, const Place& place) {
  const char first = value.front();
  if (first == '{') {
    see_kind(Kind::object, shape, place);
    see_object(value, shape, place);
  } else if (first == '[') {
    see_kind(Kind::list, shape, place);
    see_list(value, shape, place);
  } else if (first == '"') {
    see_kind(Kind::text, shape, place);
    see_text(value, shape, place);
  } else if (first == 't' || first == 'f') {
    see_kind(Kind::boolean, shape, place);
  } else if (first == '-' || (first >= '0' && first <= '9') || first == 'N' || first == 'I') {
    see_kind(Kind::number, shape, place);
    shape.fractions = shape.fractions || !fits_integer(value);
  }
}

// A point in time needs no escapes.
void Columns::see_text(std::string_view text, Shape& shape, const Place& place) {
  shape.others = shape.others || place.reading == Reading::whole ||
                 !printed_timestamp(text.substr(1, text.size() - 2));
}

void Columns::see_object(std::string_view object, Shape& shape, const Place& place) {
  if (place.depth == depth_max) return;
  std::size_t at = 1;
  for (std::size_t member = 0; at != object.npos; ++member) {
    const std::size_t key = object.find_first_not_of(space_or_comma, at);
    if (key == object.npos || object[key] != '"') return;
    const std::size_t key_end = json_value_end(object, key);
    if (key_end == object.npos) return;
    const std::size_t colon = object.find_first_not_of(space, key_end);
    if (colon == object.npos || object[colon] != ':') return;
    const std::size_t value = object.find_first_not_of(space, colon + 1);
    if (value == object.npos) return;
    at = json_value_end(object, value);
    if (at == object.npos || at == value) return;
    std::string_view name = object.substr(key + 1, key_end - key - 2);
    std::string unescaped;
    if (name.find('\\') != name.npos) {
      const auto parsed = Json::parse(object.substr(key, key_end - key));
      if (!parsed) return;
      unescaped = parsed->as_string();
      name = unescaped;
    }
    const std::size_t found = place_of(shape, name, member);
    if (found == shape.members.size()) shape.members.push_back({std::string(name), {}});
    see_value(object.substr(value, at - value), shape.members[found].shape, place.within(name));
  }
}

void Columns::see_list(std::string_view list, Shape& shape, const Place& place) {
  if (place.depth == depth_max) return;
  if (shape.element.empty()) shape.element.emplace_back();
  std::size_t at = 1;
  while (true) {
    const std::size_t value = list.find_first_not_of(space_or_comma, at);
    if (value == list.npos || list[value] == ']') return;
    at = json_value_end(list, value);
    if (at == list.npos || at == value) return;
    see_value(list.substr(value, at - value), shape.element.front(), place.within({}));
  }
}

Json::Object Columns::normal(Json::Object row) const {
  make_members(row, row_);
  return row;
}

void Columns::make_normal(Json& value, const Shape& shape) {
  if (value.is_object()) {
    make_members(value.as_object(), shape);
  } else if (value.is_array() && !shape.element.empty()) {
    for (Json& element : value.as_array()) make_normal(element, shape.element.front());
  } else if (shape.fractions && value.is_integer()) {
    value = Json(value.as_double());
  } else if (value.is_string() && shape.kind == Kind::text && !shape.others) {
    value = Json(printed_timestamp(value.as_string()).value_or(value.as_string()));
  }
}

void Columns::make_members(Json::Object& object, const Shape& shape) {
  const std::vector<Member>& members = shape.members;
  bool in_order = object.size() == members.size();
  for (std::size_t i = 0; in_order && i < object.size(); ++i) {
    in_order = object[i].first == members[i].name;
  }
  if (!in_order) {
    Json::Object ordered;
    for (const Member& member : members) ordered.emplace_back(member.name, Json());
    for (std::size_t i = 0; i < object.size(); ++i) {
      const std::size_t place = place_of(shape, object[i].first, i);
      if (place < ordered.size()) ordered[place].second = std::move(object[i].second);
    }
    object = std::move(ordered);
  }
  for (std::size_t i = 0; i < object.size(); ++i) make_normal(object[i].second, members[i].shape);
}

}  // namespace gwageo
