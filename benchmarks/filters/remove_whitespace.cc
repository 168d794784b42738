// remove_whitespace: `str.strip()` of every response. Older releases of the harness took away one
// leading space, or all of them; since its pull request 3408 it strips both ends.
#include "benchmarks/arguments.h"
#include "benchmarks/filter.h"
#include "benchmarks/python_text.h"

namespace gwageo {
namespace {

class RemoveWhitespaceFilter final : public Filter {
 public:
  Result<std::vector<std::string>> apply(std::vector<std::string> responses) const override {
    for (std::string& response : responses)
      response = std::string(strip_space(response, true, true));
    return responses;
  }
};

}  // namespace

Result<std::unique_ptr<Filter>> make_remove_whitespace_filter(const Json& arguments) {
  GWAGEO_TRY(Arguments(arguments).only({}));
  return std::make_unique<RemoveWhitespaceFilter>();
}

}  // namespace gwageo
