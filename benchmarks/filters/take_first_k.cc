// take_first_k: the first k responses. With fewer there is no answer; the harness ends there.
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
  constexpr std::int64_t count_max = 1'000'000;
  if (count < 1 || count > count_max) {
    return fail(ErrorKind::bad_input, "argument 'k': expected 1 to " + std::to_string(count_max));
  }
  return std::make_unique<TakeFirstKFilter>(static_cast<std::size_t>(count));
}

}  // namespace gwageo
