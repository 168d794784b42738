// remove_whitespace: `str.strip()` of every response. Older releases of the harness took away one
// leading space, or all of them; since its pull request 3408 it strips both ends.
#include "benchmarks/arguments.h"
#include "benchmarks/filter.h"
#include "benchmarks/python_text.h"

namespace gwageo {
namespace {

class RemoveWhitespaceFilter final : public Filter {
 public:
  Result<Json> apply(Json responses, const Reference&) const override {
    return change_texts(std::move(responses), "remove_whitespace",
                        [](const std::string& text) -> Result<Json> {
                          return Json(strip_space(text, true, true));
                        });
  }
};

}  // namespace

Result<std::unique_ptr<Filter>> make_remove_whitespace_filter(const Json& arguments) {
  GWAGEO_TRY(Arguments(arguments).only({}));
  return std::make_unique<RemoveWhitespaceFilter>();
}

}  // namespace gwageo
