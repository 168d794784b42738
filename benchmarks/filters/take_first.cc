// take_first: the first response, whatever the others say. Also what a task without `filter_list`
// does. Of a single answer it is the first character, as it is of a Python string.
#include "benchmarks/arguments.h"
#include "benchmarks/filter.h"

namespace gwageo {
namespace {

class TakeFirstFilter final : public Filter {
 public:
  Result<Json> apply(Json responses, const Reference&) const override {
    GWAGEO_ASSIGN(elements, elements_of(std::move(responses), "take_first"));
    if (elements.empty()) {
      return fail(ErrorKind::bad_input, "filter 'take_first': no response is left");
    }
    return std::move(elements.front());
  }
};

}  // namespace

Result<std::unique_ptr<Filter>> make_take_first_filter(const Json& arguments) {
  GWAGEO_TRY(Arguments(arguments).only({}));
  return std::make_unique<TakeFirstFilter>();
}

}  // namespace gwageo
