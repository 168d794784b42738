// lowercase: `str.lower()` of every response.
#include "benchmarks/arguments.h"
#include "benchmarks/filter.h"
#include "benchmarks/letter_case.h"

namespace gwageo {
namespace {

class LowercaseFilter final : public Filter {
 public:
  Result<Json> apply(Json responses, const Reference&) const override {
    return change_texts(
        std::move(responses), "lowercase",
        [](const std::string& text) -> Result<Json> { return Json(python_lower(text)); });
  }
};

}  // namespace

Result<std::unique_ptr<Filter>> make_lowercase_filter(const Json& arguments) {
  GWAGEO_TRY(Arguments(arguments).only({}));
  return std::make_unique<LowercaseFilter>();
}

}  // namespace gwageo
