// take_first_k: the first k responses. With fewer there is no answer; the harness ends there. So k
// is 1 while an item has one response.
#include "benchmarks/arguments.h"
#include "benchmarks/filter.h"

namespace gwageo {
namespace {

class TakeFirstKFilter final : public Filter {
 public:
  explicit TakeFirstKFilter(std::size_t count) : count_(count) {}

  Result<std::vector<std::string>> apply(std::vector<std::string> responses) const override {
    if (responses.size() < count_) {
      return fail(ErrorKind::bad_input,
                  "filter 'take_first_k': " + std::to_string(responses.size()) +
                      " responses, fewer than k = " + std::to_string(count_));
    }
    responses.resize(count_);
    return responses;
  }

 private:
  std::size_t count_;
};

}  // namespace

Result<std::unique_ptr<Filter>> make_take_first_k_filter(const Json& arguments) {
  const Arguments read(arguments);
  GWAGEO_TRY(read.only({"k"}));
  GWAGEO_ASSIGN(count, read.integer("k", 0));
  if (count < 1) return fail(ErrorKind::bad_input, "argument 'k': expected 1 or more");
  if (count > 1) {
    return fail(ErrorKind::bad_input,
                "argument 'k': more than one response an item is not in this version");
  }
  return std::make_unique<TakeFirstKFilter>(static_cast<std::size_t>(count));
}

}  // namespace gwageo
