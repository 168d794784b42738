// map: what `mapping_dict` has for a response, else `default_value`. Without a default there is no
// answer. A value that is a number stands for its digits: the harness compares it with the target
// read as a number.
#include <map>
#include <optional>

#include "benchmarks/arguments.h"
#include "benchmarks/filter.h"
#include "benchmarks/python_text.h"

namespace gwageo {
namespace {

class MapFilter final : public Filter {
 public:
  MapFilter(std::map<std::string, std::string> values, std::optional<std::string> otherwise)
      : values_(std::move(values)), otherwise_(std::move(otherwise)) {}

  Result<std::vector<std::string>> apply(std::vector<std::string> responses) const override {
    for (std::string& response : responses) {
      const auto known = values_.find(response);
      if (known == values_.end() && !otherwise_) {
        return fail(ErrorKind::bad_input, "filter 'map': the response is not in 'mapping_dict'");
      }
      response = known == values_.end() ? *otherwise_ : known->second;
    }
    return responses;
  }

 private:
  std::map<std::string, std::string> values_;
  std::optional<std::string> otherwise_;
};

Result<std::string> value_of(const std::string& name, const Json& value) {
  if (value.is_string() || value.is_integer()) return python_text(value);
  return fail(ErrorKind::bad_input, "argument '" + name +
                                        "': expected a string or an integer, got " +
                                        std::string(value.type_name()));
}

}  // namespace

Result<std::unique_ptr<Filter>> make_map_filter(const Json& arguments) {
  GWAGEO_TRY(Arguments(arguments).only({"mapping_dict", "default_value"}));
  std::map<std::string, std::string> values;
  if (const Json* const given = arguments.find("mapping_dict"); given && !given->is_null()) {
    if (!given->is_object()) {
      return fail(ErrorKind::bad_input, "argument 'mapping_dict': expected a mapping, got " +
                                            std::string(given->type_name()));
    }
    for (const auto& [key, value] : given->as_object()) {
      GWAGEO_ASSIGN(text, value_of("mapping_dict." + key, value));
      values[key] = std::move(text);
    }
  }
  std::optional<std::string> otherwise;
  if (const Json* const given = arguments.find("default_value"); given && !given->is_null()) {
    GWAGEO_ASSIGN(text, value_of("default_value", *given));
    otherwise = std::move(text);
  }
  return std::make_unique<MapFilter>(std::move(values), std::move(otherwise));
}

}  // namespace gwageo
