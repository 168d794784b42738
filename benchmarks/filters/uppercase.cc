// uppercase: `str.upper()` of every response.
#include "benchmarks/arguments.h"
#include "benchmarks/filter.h"
#include "protocol/regex.h"

namespace gwageo {
namespace {

class UppercaseFilter final : public Filter {
 public:
  Result<std::vector<std::string>> apply(std::vector<std::string> responses) const override {
    for (std::string& response : responses) response = uppercase(response);
    return responses;
  }
};

}  // namespace

Result<std::unique_ptr<Filter>> make_uppercase_filter(const Json& arguments) {
  GWAGEO_TRY(Arguments(arguments).only({}));
  return std::make_unique<UppercaseFilter>();
}

}  // namespace gwageo
