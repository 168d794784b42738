// take_first: the first response, whatever the others say. Also what a task without `filter_list`
// does.
#include "benchmarks/arguments.h"
#include "benchmarks/filter.h"

namespace gwageo {
namespace {

class TakeFirstFilter final : public Filter {
 public:
  Result<std::vector<std::string>> apply(std::vector<std::string> responses) const override {
    if (responses.size() > 1) responses.resize(1);
    return responses;
  }
};

}  // namespace

Result<std::unique_ptr<Filter>> make_take_first_filter(const Json& arguments) {
  GWAGEO_TRY(Arguments(arguments).only({}));
  return std::make_unique<TakeFirstFilter>();
}

}  // namespace gwageo
