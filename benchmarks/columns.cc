#include "benchmarks/columns.h"

#include <algorithm>
#include <utility>

#include "benchmarks/json_records.h"

namespace gwageo {
namespace {

constexpr std::string_view space = " \t\r\n";

void to_fraction(Json& value) {
  if (value.is_integer()) value = Json(value.as_double());
}

}  // namespace

// Rows tend to have their fields in one order: `guess` is looked at first.
std::size_t Columns::place_of(std::string_view name, std::size_t guess) const {
  if (guess < columns_.size() && columns_[guess].name == name) return guess;
  const auto found = std::find_if(columns_.begin(), columns_.end(),
                                  [&](const Column& column) { return column.name == name; });
  return static_cast<std::size_t>(found - columns_.begin());
}

void Columns::add(std::string name, bool fractions) {
  columns_.push_back({std::move(name), fractions});
}

bool Columns::has(std::string_view name) const { return place_of(name, 0) < columns_.size(); }

std::vector<std::string> Columns::names() const {
  std::vector<std::string> out;
  for (const Column& column : columns_) out.push_back(column.name);
  return out;
}

void Columns::see(std::string_view object) {
  std::size_t at = object.find('{');
  for (std::size_t member = 0; at != object.npos; ++member) {
    const std::size_t key = object.find_first_not_of(" \t\r\n,", at + (member == 0 ? 1 : 0));
    if (key == object.npos || object[key] != '"') return;
    const std::size_t key_end = json_value_end(object, key);
    if (key_end == object.npos) return;
    const std::size_t colon = object.find_first_not_of(space, key_end);
    if (colon == object.npos || object[colon] != ':') return;
    const std::size_t value = object.find_first_not_of(space, colon + 1);
    if (value == object.npos) return;
    at = json_value_end(object, value);
    if (at == object.npos) return;
    std::string_view name = object.substr(key + 1, key_end - key - 2);
    std::string unescaped;
    if (name.find('\\') != name.npos) {
      const auto parsed = Json::parse(object.substr(key, key_end - key));
      if (!parsed) return;
      unescaped = parsed->as_string();
      name = unescaped;
    }
    const std::size_t place = place_of(name, member);
    if (place == columns_.size()) add(std::string(name));
    const char first = object[value];
    const bool is_number = first == '-' || (first >= '0' && first <= '9');
    if (is_number && object.substr(value, at - value).find_first_of(".eE") != object.npos) {
      columns_[place].fractions = true;
    }
  }
}

Json::Object Columns::normal(Json::Object row) const {
  bool in_order = row.size() == columns_.size();
  for (std::size_t i = 0; in_order && i < row.size(); ++i) {
    in_order = row[i].first == columns_[i].name;
  }
  if (!in_order) {
    Json::Object ordered;
    for (const Column& column : columns_) ordered.emplace_back(column.name, Json());
    for (std::size_t i = 0; i < row.size(); ++i) {
      const std::size_t place = place_of(row[i].first, i);
      if (place < ordered.size()) ordered[place].second = std::move(row[i].second);
    }
    row = std::move(ordered);
  }
  for (std::size_t i = 0; i < row.size(); ++i) {
    if (columns_[i].fractions) to_fraction(row[i].second);
  }
  return row;
}

}  // namespace gwageo
