#include "benchmarks/template_value.h"

#include <algorithm>
#include <utility>

#include "benchmarks/python_text.h"
#include "protocol/check.h"

namespace gwageo {
namespace {

using Kind = TemplateValue::Kind;
using Shape = TemplateList::Shape;

constexpr std::uint32_t row_depth = 64;  // What Json::parse lets pass.
constexpr std::size_t characters_max = 1'000'000;

tl::unexpected<Error> refuse_value(std::string what) {
  return fail(ErrorKind::bad_input, std::move(what));
}

std::uint32_t depth_of(const TemplateValue& value) {
  if (value.is(Kind::list)) return value.list->depth;
  if (value.is(Kind::dictionary)) return value.dictionary->depth;
  return value.is(Kind::row_list) || value.is(Kind::row_object) ? row_depth : 0;
}

bool is_comparable_number(const TemplateValue& value) {
  return value.is(Kind::boolean) || value.is(Kind::integer) || value.is(Kind::real);
}

// Wide enough for an integer of 64 bits and for a double, so that the two compare exactly.
long double number_of(const TemplateValue& value) {
  if (value.is(Kind::boolean)) return value.boolean ? 1 : 0;
  if (value.is(Kind::integer)) return static_cast<long double>(value.integer);
  return value.real;
}

bool equal_lists(const TemplateValue& left, const TemplateValue& right) {
  const auto shape = [](const TemplateValue& value) {
    return value.is(Kind::list) ? value.list->shape : Shape::list;
  };
  if (shape(left) != shape(right) || list_size(left) != list_size(right)) return false;
  if (shape(left) == Shape::iterator) return left.list == right.list;
  for (std::size_t i = 0; i < list_size(left); ++i) {
    if (!python_equal(list_element(left, i), list_element(right, i))) return false;
  }
  return true;
}

bool equal_mappings(const TemplateValue& left, const TemplateValue& right) {
  if (mapping_size(left) != mapping_size(right)) return false;
  for (std::size_t i = 0; i < mapping_size(left); ++i) {
    const auto [key, value] = mapping_member(left, i);
    const TemplateValue other = mapping_find(right, key);
    if (!other.is_given() || !python_equal(value, other)) return false;
  }
  return true;
}

}  // namespace

TemplateValue TemplateValue::of_none() {
  TemplateValue out;
  out.kind = Kind::none;
  return out;
}

TemplateValue TemplateValue::of(bool value) {
  TemplateValue out;
  out.kind = Kind::boolean;
  out.boolean = value;
  return out;
}

TemplateValue TemplateValue::of(std::int64_t value) {
  TemplateValue out;
  out.kind = Kind::integer;
  out.integer = value;
  return out;
}

TemplateValue TemplateValue::of(double value) {
  TemplateValue out;
  out.kind = Kind::real;
  out.real = value;
  return out;
}

TemplateValue TemplateValue::of(std::string_view text) {
  TemplateValue out;
  out.kind = Kind::text;
  out.data = text.data();
  out.size = text.size();
  return out;
}

TemplateValue TemplateValue::of(const Json& value) {
  if (value.is_string()) return of(std::string_view(value.as_string()));
  if (value.is_null()) return of_none();
  if (value.is_bool()) return of(value.as_bool());
  if (value.is_integer()) return of(value.as_integer());
  if (value.is_number()) return of(value.as_double());
  TemplateValue out;
  out.kind = value.is_array() ? Kind::row_list : Kind::row_object;
  out.json = &value;
  return out;
}

bool TemplateValue::is_mapping() const {
  return kind == Kind::row_object || (kind == Kind::dictionary && !dictionary->is_namespace);
}

Status TemplateMemory::too_many_steps() {
  return refuse_value("more than " + std::to_string(steps_max) + " steps in one rendering");
}

Status TemplateMemory::charge(std::size_t bytes) {
  bytes_ += bytes;
  if (bytes_ <= bytes_max) return {};
  return refuse_value("more than " + std::to_string(bytes_max) +
                      " bytes of values in one rendering");
}

Result<TemplateValue> TemplateMemory::keep(std::string text) {
  if (text.size() > text_bytes_max) {
    return refuse_value("a text of more than " + std::to_string(text_bytes_max) + " bytes");
  }
  GWAGEO_TRY(charge(text.size() + sizeof text));
  texts_.push_back(std::make_unique<const std::string>(std::move(text)));
  return TemplateValue::of(std::string_view(*texts_.back()));
}

Result<TemplateValue> TemplateMemory::keep(TemplateList list) {
  GWAGEO_TRY(charge(list.elements.size() * sizeof(TemplateValue) + sizeof list));
  for (const TemplateValue& one : list.elements)
    list.depth = std::max(list.depth, depth_of(one) + 1);
  if (list.depth > depth_max) return refuse_value("lists in lists, too deeply");
  lists_.push_back(std::make_unique<const TemplateList>(std::move(list)));
  TemplateValue out;
  out.kind = Kind::list;
  out.list = lists_.back().get();
  return out;
}

Result<TemplateValue> TemplateMemory::keep(TemplateDictionary dictionary) {
  GWAGEO_TRY(charge(dictionary.members.size() * 2 * sizeof(TemplateValue) + sizeof dictionary));
  for (const auto& [key, value] : dictionary.members) {
    dictionary.depth = std::max(dictionary.depth, std::max(depth_of(key), depth_of(value)) + 1);
  }
  if (dictionary.depth > depth_max) return refuse_value("dictionaries in dictionaries, too deeply");
  dictionaries_.push_back(std::make_unique<TemplateDictionary>(std::move(dictionary)));
  TemplateValue out;
  out.kind = Kind::dictionary;
  out.dictionary = dictionaries_.back().get();
  return out;
}

Result<TemplateValue> TemplateMemory::keep(TemplateMissing missing) {
  GWAGEO_TRY(charge(missing.what.size() + sizeof missing));
  missing_.push_back(std::make_unique<const TemplateMissing>(std::move(missing)));
  TemplateValue out;
  out.kind = Kind::undefined;
  out.missing = missing_.back().get();
  return out;
}

Status TemplateMemory::set(TemplateDictionary& space, const TemplateValue& key,
                           const TemplateValue& value) {
  space.depth = std::max(space.depth, depth_of(value) + 1);
  if (space.depth > depth_max) return refuse_value("values in namespaces, too deeply");
  for (auto& [name, member] : space.members) {
    if (!python_equal(name, key)) continue;
    member = value;
    return {};
  }
  GWAGEO_TRY(charge(2 * sizeof value));
  space.members.emplace_back(key, value);
  return {};
}

std::string_view value_kind(const TemplateValue& value) {
  switch (value.kind) {
    case Kind::omitted: return "no argument";
    case Kind::undefined: return "an undefined value";
    case Kind::nothing: return "nothing (an 'if' without 'else')";
    case Kind::none: return "null";
    case Kind::boolean: return "a boolean";
    case Kind::integer: return "an integer";
    case Kind::real: return "a number";
    case Kind::text: return "a string";
    case Kind::row_list: return "a list";
    case Kind::row_object: return "an object";
    case Kind::dictionary: return value.dictionary->is_namespace ? "a namespace" : "an object";
    case Kind::loop: return "the variable 'loop'";
    case Kind::list: break;
  }
  static constexpr std::string_view shapes[] = {"a list",     "a tuple",   "a range",    "the keys",
                                                "the values", "the items", "an iterator"};
  return shapes[static_cast<std::size_t>(value.list->shape)];
}

std::string_view value_kind(const Json& value) { return value_kind(TemplateValue::of(value)); }

bool is_hashable(const TemplateValue& value) {
  if (!value.is(Kind::list)) return !value.is_mapping() && !value.is(Kind::row_list);
  const std::vector<TemplateValue>& elements = value.list->elements;
  return value.list->shape == Shape::range ||
         (value.list->shape == Shape::tuple &&
          std::all_of(elements.begin(), elements.end(), is_hashable));
}

bool python_true(const TemplateValue& value) {
  switch (value.kind) {
    case Kind::boolean: return value.boolean;
    case Kind::integer: return value.integer != 0;
    case Kind::real: return value.real != 0;
    case Kind::text: return value.size > 0;
    case Kind::list: return value.list->shape == Shape::iterator || !value.list->elements.empty();
    case Kind::dictionary:
      return value.dictionary->is_namespace || !value.dictionary->members.empty();
    case Kind::row_list: return !value.json->as_array().empty();
    case Kind::row_object: return !value.json->as_object().empty();
    case Kind::loop: return true;
    case Kind::nothing:
    case Kind::none: return false;
    case Kind::omitted:
    case Kind::undefined: break;
  }
  GWAGEO_CHECK(false && "an undefined value is neither true nor false");
  return false;
}

bool python_equal(const TemplateValue& left, const TemplateValue& right) {
  if (left.is_text() && right.is_text()) return left.text() == right.text();
  if (is_comparable_number(left) && is_comparable_number(right))
    return number_of(left) == number_of(right);
  if (left.is_list() && right.is_list()) return equal_lists(left, right);
  if (left.is_mapping() && right.is_mapping()) return equal_mappings(left, right);
  if (left.is(Kind::dictionary) && right.is(Kind::dictionary)) {
    return left.dictionary == right.dictionary;
  }
  return left.kind == right.kind && (left.is(Kind::none) || left.is(Kind::nothing));
}

std::size_t list_size(const TemplateValue& list) {
  return list.is(Kind::list) ? list.list->elements.size() : list.json->as_array().size();
}

TemplateValue list_element(const TemplateValue& list, std::size_t index) {
  if (list.is(Kind::list)) return list.list->elements[index];
  return TemplateValue::of(list.json->as_array()[index]);
}

std::size_t mapping_size(const TemplateValue& mapping) {
  if (mapping.is(Kind::row_object)) return mapping.json->as_object().size();
  return mapping.dictionary->members.size();
}

std::pair<TemplateValue, TemplateValue> mapping_member(const TemplateValue& mapping,
                                                       std::size_t index) {
  if (mapping.is(Kind::dictionary)) return mapping.dictionary->members[index];
  const Json::Member& member = mapping.json->as_object()[index];
  return {TemplateValue::of(std::string_view(member.first)), TemplateValue::of(member.second)};
}

TemplateValue mapping_find(const TemplateValue& mapping, const TemplateValue& key) {
  if (mapping.is(Kind::row_object)) {
    const Json* const found = key.is_text() ? mapping.json->find(key.text()) : nullptr;
    return found == nullptr ? TemplateValue() : TemplateValue::of(*found);
  }
  for (const auto& [name, value] : mapping.dictionary->members) {
    if (python_equal(name, key)) return value;
  }
  return {};
}

Result<std::vector<TemplateValue>> iterated(const TemplateValue& value) {
  std::vector<TemplateValue> out;
  if (value.is(Kind::list)) {
    const bool once = value.list->shape == Shape::iterator;
    if (once && std::exchange(value.list->is_used, true)) return out;
    return value.list->elements;
  }
  if (value.is(Kind::row_list)) {
    out.reserve(list_size(value));
    for (const Json& one : value.json->as_array()) out.push_back(TemplateValue::of(one));
  } else if (value.is_mapping()) {
    for (std::size_t i = 0; i < mapping_size(value); ++i) {
      out.push_back(mapping_member(value, i).first);
    }
  } else if (value.is_text()) {
    const std::string_view text = value.text();
    if (text.size() > characters_max) return refuse_value("a loop over a very long string");
    for (std::size_t i = 0; i < text.size();) {
      const std::size_t size = character_at(text, i).size;
      out.push_back(TemplateValue::of(text.substr(i, size)));
      i += size;
    }
  } else if (!value.is(Kind::nothing)) {
    return refuse_value(std::string(value_kind(value)) + " cannot be iterated");
  }
  return out;
}

Result<Json> json_of(const TemplateValue& value) {
  switch (value.kind) {
    case Kind::none: return Json();
    case Kind::boolean: return Json(value.boolean);
    case Kind::integer: return Json(value.integer);
    case Kind::real: return Json(value.real);
    case Kind::text: return Json(value.text());
    case Kind::row_list:
    case Kind::row_object: return *value.json;
    default: break;
  }
  if (value.is(Kind::list) && value.list->shape <= Shape::tuple) {
    Json::Array out;
    for (const TemplateValue& one : value.list->elements) {
      GWAGEO_ASSIGN(element, json_of(one));
      out.push_back(std::move(element));
    }
    return Json(std::move(out));
  }
  if (!value.is_mapping())
    return refuse_value(std::string(value_kind(value)) + " is no value of JSON");
  Json out = Json::object();
  for (const auto& [key, member] : value.dictionary->members) {
    if (!key.is_text()) return refuse_value("an object with a key that is no string");
    GWAGEO_ASSIGN(element, json_of(member));
    out[key.text()] = std::move(element);
  }
  return out;
}

}  // namespace gwageo
