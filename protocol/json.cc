#include "protocol/json.h"

#include <cmath>
#include <cstring>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "protocol/check.h"

namespace gwageo {
namespace {

constexpr std::size_t nesting_max = 64;

std::string place(std::string_view text, std::size_t offset) {
  std::size_t line = 1;
  std::size_t column = 1;
  for (std::size_t i = 0; i < offset && i < text.size(); ++i) {
    if (text[i] == '\n') {
      ++line;
      column = 1;
    } else {
      ++column;
    }
  }
  return "line " + std::to_string(line) + ", column " + std::to_string(column);
}

/// The values that stand in for some numbers of a text, by which number they are, from 0.
using OddNumbers = std::map<std::size_t, double>;

constexpr std::pair<std::string_view, double> odd_words[] = {
    {"NaN", std::numeric_limits<double>::quiet_NaN()},
    {"Infinity", std::numeric_limits<double>::infinity()},
    {"-Infinity", -std::numeric_limits<double>::infinity()}};

// The library knows no NaN. So each such word becomes a zero, blanks after it so that all places
// stay, and what it stands for is kept under the number's number.
OddNumbers take_odd_numbers(std::string& text) {
  constexpr std::string_view before = " \t\r\n,:[";
  constexpr std::string_view numeral = "0123456789+-.eE";
  OddNumbers out;
  std::size_t numbers = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '"') {
      for (++i; i < text.size() && text[i] != '"'; ++i) {
        if (text[i] == '\\') ++i;
      }
      continue;
    }
    const bool begins = i == 0 || before.find(text[i - 1]) != before.npos;
    for (const auto& [word, value] : odd_words) {
      if (!begins || std::string_view(text).substr(i, word.size()) != word) continue;
      out.emplace(numbers, value);
      text.replace(i, word.size(), "0" + std::string(word.size() - 1, ' '));
      break;
    }
    if (text[i] != '-' && (text[i] < '0' || text[i] > '9')) continue;
    ++numbers;
    while (i + 1 < text.size() && numeral.find(text[i + 1]) != numeral.npos) ++i;
  }
  return out;
}

// Builds a Json from the parser's events; refuses what nlohmann would let pass.
class JsonBuilder : public nlohmann::json_sax<nlohmann::json> {
 public:
  explicit JsonBuilder(const OddNumbers& odd) : odd_(odd) {}
  bool null() override { return put(Json()); }
  bool boolean(bool v) override { return put(Json(v)); }
  bool number_integer(number_integer_t v) override {
    return put_number(Json(static_cast<long>(v)));
  }
  bool number_unsigned(number_unsigned_t v) override {
    const bool fits = v <= static_cast<number_unsigned_t>(INT64_MAX);
    return put_number(fits ? Json(static_cast<long>(v)) : Json(static_cast<double>(v)));
  }
  bool number_float(number_float_t v, const string_t&) override {
    if (!std::isfinite(v)) return refuse("a number that no double can hold");
    return put_number(Json(v));
  }
  bool string(string_t& v) override { return put(Json(std::move(v))); }
  bool binary(binary_t&) override { return refuse("binary data"); }
  bool start_object(std::size_t) override { return open(Json::object()); }
  bool key(string_t& v) override {
    if (!keys_.back().insert(v).second) return refuse("the key \"" + v + "\" twice");
    open_.back()->as_object().emplace_back(std::move(v), Json());
    return true;
  }
  bool end_object() override { return close(); }
  bool start_array(std::size_t) override { return open(Json::array()); }
  bool end_array() override { return close(); }
  bool parse_error(std::size_t position, const std::string&,
                   const nlohmann::detail::exception& e) override {
    position_ = position == 0 ? 0 : position - 1;
    const std::string text = e.what();
    const std::size_t colon = text.rfind(": ", text.find("; last read"));
    refused_ = colon == std::string::npos ? text : text.substr(colon + 2);
    return false;
  }

  Json root;
  std::string refused_;
  std::size_t position_ = std::string::npos;

 private:
  Json* slot() {
    if (open_.empty()) return &root;
    Json& parent = *open_.back();
    if (parent.is_object()) return &parent.as_object().back().second;
    parent.as_array().emplace_back();
    return &parent.as_array().back();
  }
  bool put(Json v) {
    *slot() = std::move(v);
    return true;
  }
  bool put_number(Json v) {
    const auto odd = odd_.find(numbers_++);
    return put(odd == odd_.end() ? std::move(v) : Json(odd->second));
  }
  bool open(Json v) {
    if (open_.size() >= nesting_max) return refuse("nesting deeper than 64");
    Json* const place = slot();
    *place = std::move(v);
    open_.push_back(place);
    keys_.emplace_back();
    return true;
  }
  bool close() {
    open_.pop_back();
    keys_.pop_back();
    return true;
  }
  bool refuse(std::string what) {
    refused_ = std::move(what);
    return false;
  }
  const OddNumbers& odd_;
  std::size_t numbers_ = 0;                  // That were read.
  std::vector<std::set<std::string>> keys_;  // Of each open container.
  std::vector<Json*> open_;  // Stable: a container only grows while it is the innermost open one.
};

Result<Json> read(std::string_view text, const OddNumbers& odd) {
  std::size_t bad_at = 0;
  if (!is_utf8(text, &bad_at)) {
    return fail(ErrorKind::bad_input, "not UTF-8 at " + place(text, bad_at));
  }
  // The library takes the first one for the end, and whatever follows for nothing.
  const std::size_t zero = text.find('\0');
  if (zero != text.npos) {
    return fail(ErrorKind::bad_input, "malformed JSON at " + place(text, zero) + ": a zero byte");
  }
  JsonBuilder builder(odd);
  if (!nlohmann::json::sax_parse(text.begin(), text.end(), &builder)) {
    if (builder.position_ == std::string::npos) {
      return fail(ErrorKind::bad_input, "the JSON has " + builder.refused_);
    }
    return fail(ErrorKind::bad_input,
                "malformed JSON at " + place(text, builder.position_) + ": " + builder.refused_);
  }
  return std::move(builder.root);
}

nlohmann::ordered_json to_library(const Json& v) {
  if (v.is_bool()) return v.as_bool();
  if (v.is_integer()) return v.as_integer();
  if (v.is_number()) return v.as_double();
  if (v.is_string()) return v.as_string();
  if (v.is_array()) {
    auto out = nlohmann::ordered_json::array();
    for (const Json& e : v.as_array()) out.push_back(to_library(e));
    return out;
  }
  if (v.is_object()) {
    auto out = nlohmann::ordered_json::object();
    for (const auto& [key, e] : v.as_object()) out.emplace(key, to_library(e));
    return out;
  }
  return nullptr;
}

}  // namespace

std::string_view Json::type_name() const {
  static constexpr std::string_view names[] = {"null",   "boolean", "integer", "number",
                                               "string", "array",   "object"};
  return names[value_.index()];
}

bool Json::as_bool() const {
  GWAGEO_CHECK(is_bool());
  return std::get<bool>(value_);
}
std::int64_t Json::as_integer() const {
  GWAGEO_CHECK(is_integer());
  return std::get<std::int64_t>(value_);
}
double Json::as_double() const {
  GWAGEO_CHECK(is_number());
  if (is_integer()) return static_cast<double>(std::get<std::int64_t>(value_));
  return std::get<double>(value_);
}
const std::string& Json::as_string() const {
  GWAGEO_CHECK(is_string());
  return std::get<std::string>(value_);
}
const Json::Array& Json::as_array() const {
  GWAGEO_CHECK(is_array());
  return std::get<Array>(value_);
}
Json::Array& Json::as_array() {
  GWAGEO_CHECK(is_array());
  return std::get<Array>(value_);
}
const Json::Object& Json::as_object() const {
  GWAGEO_CHECK(is_object());
  return std::get<Object>(value_);
}
Json::Object& Json::as_object() {
  GWAGEO_CHECK(is_object());
  return std::get<Object>(value_);
}

const Json* Json::find(std::string_view key) const {
  if (!is_object()) return nullptr;
  for (const Member& member : std::get<Object>(value_)) {
    if (member.first == key) return &member.second;
  }
  return nullptr;
}

Json& Json::operator[](std::string_view key) {
  if (is_null()) value_ = Object{};
  for (Member& member : as_object()) {
    if (member.first == key) return member.second;
  }
  as_object().emplace_back(std::string(key), Json());
  return as_object().back().second;
}

void Json::push_back(Json v) {
  if (is_null()) value_ = Array{};
  as_array().push_back(std::move(v));
}

std::string Json::dump(int indent) const {
  return to_library(*this).dump(indent > 0 ? indent : -1, ' ', false,
                                nlohmann::json::error_handler_t::replace);
}

Result<Json> Json::parse(std::string_view text) { return read(text, {}); }

Result<Json> Json::parse_python(std::string_view text) {
  const bool has_odd = text.find("NaN") != text.npos || text.find("Infinity") != text.npos;
  if (!has_odd) return parse(text);
  std::string plain(text);
  const OddNumbers odd = take_odd_numbers(plain);
  return read(plain, odd);
}

bool is_utf8(std::string_view bytes, std::size_t* bad_at) {
  std::size_t i = 0;
  const auto at = [&](std::size_t k) -> unsigned {
    return k < bytes.size() ? static_cast<unsigned char>(bytes[k]) : 0u;
  };
  const auto tail = [&](std::size_t k) { return (at(k) & 0xC0u) == 0x80u; };
  while (i < bytes.size()) {
    // Eight letters of ASCII at a time, which is what most text is made of.
    for (std::uint64_t eight = 0; i + 8 <= bytes.size(); i += 8) {
      std::memcpy(&eight, bytes.data() + i, 8);
      if ((eight & 0x8080808080808080ULL) != 0) break;
    }
    if (i == bytes.size()) break;
    const unsigned lead = at(i);
    const unsigned next = at(i + 1);
    std::size_t length = 0;
    if (lead < 0x80) {
      length = 1;
    } else if (lead >= 0xC2 && lead <= 0xDF && tail(i + 1)) {
      length = 2;
    } else if (lead >= 0xE0 && lead <= 0xEF && tail(i + 1) && tail(i + 2) &&
               !(lead == 0xE0 && next < 0xA0) && !(lead == 0xED && next > 0x9F)) {
      length = 3;
    } else if (lead >= 0xF0 && lead <= 0xF4 && tail(i + 1) && tail(i + 2) && tail(i + 3) &&
               !(lead == 0xF0 && next < 0x90) && !(lead == 0xF4 && next > 0x8F)) {
      length = 4;
    } else {
      if (bad_at != nullptr) *bad_at = i;
      return false;
    }
    i += length;
  }
  return true;
}

}  // namespace gwageo
