// majority_vote: the response that comes most often, of equals the one that came first.
#include <algorithm>
#include <map>

#include "benchmarks/arguments.h"
#include "benchmarks/filter.h"

namespace gwageo {
namespace {

class MajorityVoteFilter final : public Filter {
 public:
  Result<std::vector<std::string>> apply(std::vector<std::string> responses) const override {
    if (responses.empty()) return responses;
    std::map<std::string_view, std::size_t> votes;
    for (const std::string& response : responses) ++votes[response];
    std::string winner =
        *std::max_element(responses.begin(), responses.end(),
                          [&](const auto& a, const auto& b) { return votes[a] < votes[b]; });
    return std::vector<std::string>{std::move(winner)};
  }
};

}  // namespace

Result<std::unique_ptr<Filter>> make_majority_vote_filter(const Json& arguments) {
  GWAGEO_TRY(Arguments(arguments).only({}));
  return std::make_unique<MajorityVoteFilter>();
}

}  // namespace gwageo
