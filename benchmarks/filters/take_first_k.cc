// take_first_k: the first k responses, or of a single answer the first k characters. With fewer
// there is no answer; the harness ends there.
#include "benchmarks/arguments.h"
#include "benchmarks/filter.h"

namespace gwageo {
namespace {

class TakeFirstKFilter final : public Filter {
 public:
  explicit TakeFirstKFilter(std::size_t count) : count_(count) {}

  Result<Json> apply(Json responses, const Reference&) const override {
    const bool is_text = responses.is_string();
    GWAGEO_ASSIGN(elements, elements_of(std::move(responses), "take_first_k"));
    if (elements.size() < count_) {
      return fail(ErrorKind::bad_input,
                  "filter 'take_first_k': " + std::to_string(elements.size()) +
                      " responses, fewer than k = " + std::to_string(count_));
    }
    elements.resize(count_);
    if (!is_text) return Json(std::move(elements));
    std::string text;
    for (const Json& character : elements) text += character.as_string();
    return Json(std::move(text));
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
  return std::make_unique<TakeFirstKFilter>(static_cast<std::size_t>(count));
}

}  // namespace gwageo
