// map: what `mapping_dict` has for a response, else `default_value`, which is null unless given.
// What is mapped to may be any value; exact_match then reads the target as one of its kind, as the
// harness does. Keys are texts: a number or a truth value of the YAML is never a response.
#include "benchmarks/arguments.h"
#include "benchmarks/filter.h"

namespace gwageo {
namespace {

class MapFilter final : public Filter {
 public:
  MapFilter(Json values, Json otherwise)
      : values_(std::move(values)), otherwise_(std::move(otherwise)) {}

  Result<Json> apply(Json responses, const Reference&) const override {
    GWAGEO_ASSIGN(elements, elements_of(std::move(responses), "map"));
    for (Json& element : elements) {
      if (element.is_array() || element.is_object()) {
        return fail(ErrorKind::bad_input, "filter 'map': a list is never a key");
      }
      const Json* const value = element.is_string() ? values_.find(element.as_string()) : nullptr;
      element = value == nullptr ? otherwise_ : *value;
    }
    return Json(std::move(elements));
  }

 private:
  Json values_;  // An object.
  Json otherwise_;
};

}  // namespace

Result<std::unique_ptr<Filter>> make_map_filter(const Json& arguments) {
  GWAGEO_TRY(Arguments(arguments).only({"mapping_dict", "default_value"}));
  const Json* const given = arguments.find("mapping_dict");
  Json values = given == nullptr || given->is_null() ? Json::object() : *given;
  if (!values.is_object()) {
    return fail(ErrorKind::bad_input, "argument 'mapping_dict': expected a mapping, got " +
                                          std::string(values.type_name()));
  }
  const Json* const otherwise = arguments.find("default_value");
  return std::make_unique<MapFilter>(std::move(values), otherwise ? *otherwise : Json());
}

}  // namespace gwageo
