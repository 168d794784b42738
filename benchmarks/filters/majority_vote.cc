// majority_vote: the response that comes most often, of equals the one that came first.
#include <algorithm>
#include <map>

#include "benchmarks/arguments.h"
#include "benchmarks/filter.h"

namespace gwageo {
namespace {

class MajorityVoteFilter final : public Filter {
 public:
  Result<Json> apply(Json responses, const Reference&) const override {
    GWAGEO_ASSIGN(elements, elements_of(std::move(responses), "majority_vote"));
    if (elements.empty()) {
      return fail(ErrorKind::bad_input, "filter 'majority_vote': no response to vote for");
    }
    std::map<std::string, std::size_t> votes;
    std::vector<std::size_t*> of_element;
    for (const Json& element : elements) {
      if (element.is_array() || element.is_object()) {
        return fail(ErrorKind::bad_input, "filter 'majority_vote': a list has no vote");
      }
      std::size_t& count = votes[element.dump()];
      ++count;
      of_element.push_back(&count);
    }
    const auto winner =
        std::max_element(of_element.begin(), of_element.end(),
                         [](const std::size_t* a, const std::size_t* b) { return *a < *b; });
    return Json(Json::Array{elements[static_cast<std::size_t>(winner - of_element.begin())]});
  }
};

}  // namespace

Result<std::unique_ptr<Filter>> make_majority_vote_filter(const Json& arguments) {
  GWAGEO_TRY(Arguments(arguments).only({}));
  return std::make_unique<MajorityVoteFilter>();
}

}  // namespace gwageo
