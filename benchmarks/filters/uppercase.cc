// uppercase: `str.upper()` of every response.
#include "benchmarks/arguments.h"
#include "benchmarks/filter.h"
#include "benchmarks/letter_case.h"

namespace gwageo {
namespace {

class UppercaseFilter final : public Filter {
 public:
  Result<Json> apply(Json responses, const Reference&) const override {
    return change_texts(
        std::move(responses), "uppercase",
        [](const std::string& text) -> Result<Json> { return Json(python_upper(text)); });
  }
};

}  // namespace

Result<std::unique_ptr<Filter>> make_uppercase_filter(const Json& arguments) {
  GWAGEO_TRY(Arguments(arguments).only({}));
  return std::make_unique<UppercaseFilter>();
}

}  // namespace gwageo
