#include "coordinator/load_costs.h"

#include <algorithm>

#include "protocol/check.h"
#include "protocol/wide.h"

namespace gwageo {
namespace {

// One load says no more of the pool than this, thousandths: it may have hung, or found it all
// there.
constexpr std::int64_t thousandths_max = 16000;
constexpr std::int64_t thousandths_min = 62;

}  // namespace

void LoadCosts::Recent::add(Duration took) {
  mean = mean ? Duration{(mean->microseconds * 3 + took.microseconds) / 4} : took;
  ++count;
}

void LoadCosts::add(ClassNumber number, LoadPrior prior) {
  kinds_[prior.kind].unseen.insert(number);
  const bool is_new = classes_.try_emplace(number, Class{std::move(prior), {}, {}, {}, {}}).second;
  GWAGEO_CHECK(is_new);
}

std::vector<ClassNumber> LoadCosts::loaded(NodeNumber node, ClassNumber number, Duration took) {
  Class& of = classes_.at(number);
  Kind& kind = kinds_.at(of.prior.kind);
  std::vector<ClassNumber> others;
  if (kind.unseen.erase(number) > 0) {
    const bool lay_there = lies(node, number) && !fetched_.contains({node, number});
    const Duration usual = lay_there ? of.prior.again : of.prior.first;
    const Wide part = Wide{took.microseconds} * 1000 / std::max<Wide>(1, usual.microseconds);
    const auto thousandths =
        static_cast<std::int64_t>(std::clamp<Wide>(part, thousandths_min, thousandths_max));
    kind.thousandths = kind.classes == 0 ? thousandths : (kind.thousandths * 3 + thousandths) / 4;
    ++kind.classes;
    others.assign(kind.unseen.begin(), kind.unseen.end());
  }
  fetched_.erase({node, number});
  of.all.add(took);
  const auto [there, is_first] = of.there.try_emplace(node);
  if (is_first) {
    of.first.add(took);
  } else {
    of.again.add(took);
    there->second.add(took);
  }
  others.insert(std::lower_bound(others.begin(), others.end(), number), number);
  return others;
}

void LoadCosts::lies_there(NodeNumber node, ClassNumber number, bool lies) {
  lies_[{node, number}] = lies;
}

bool LoadCosts::lies(NodeNumber node, ClassNumber number) const {
  const auto said = lies_.find({node, number});
  return said != lies_.end() && said->second;
}

std::vector<std::pair<NodeNumber, ClassNumber>> LoadCosts::said_of(
    const std::vector<ClassNumber>& numbers) const {
  std::vector<std::pair<NodeNumber, ClassNumber>> found;
  for (const auto& [place, lies] : lies_) {
    if (std::binary_search(numbers.begin(), numbers.end(), place.second)) found.push_back(place);
  }
  return found;
}

void LoadCosts::lose(NodeNumber node) {
  lies_.erase(lies_.lower_bound({node, 0}), lies_.lower_bound({node + 1, 0}));
  fetched_.erase(fetched_.lower_bound({node, 0}), fetched_.lower_bound({node + 1, 0}));
  for (auto& [number, of] : classes_) of.there.erase(node);
}

Duration LoadCosts::corrected(const LoadPrior& prior, Duration usual) const {
  const auto kind = kinds_.find(prior.kind);
  const std::int64_t thousandths = kind == kinds_.end() ? 1000 : kind->second.thousandths;
  const Wide load = Wide{usual.microseconds} * thousandths / 1000;
  return {std::max<std::int64_t>(1, static_cast<std::int64_t>(load))};
}

Duration LoadCosts::expect(NodeNumber node, ClassNumber number) const {
  const Class& of = classes_.at(number);
  const bool is_cached = lies(node, number);
  if (!of.all.mean) return corrected(of.prior, is_cached ? of.prior.again : of.prior.first);
  const auto there = of.there.find(node);
  if (there == of.there.end() && is_cached) {
    return of.again.mean.value_or(Duration{of.all.mean->microseconds / 2});
  }
  if (there == of.there.end()) return of.first.mean.value_or(*of.all.mean);
  if (there->second.mean) return *there->second.mean;
  return of.again.mean.value_or(*of.all.mean);
}

ExpectedLoad LoadCosts::expect(ClassNumber number) const {
  const Class& of = classes_.at(number);
  if (!of.all.mean) return expect(of.prior);
  return {*of.all.mean, ExpectedLoad::Basis::learned, of.all.count};
}

ExpectedLoad LoadCosts::expect(const LoadPrior& prior) const {
  const auto kind = kinds_.find(prior.kind);
  const std::uint64_t seen = kind == kinds_.end() ? 0 : kind->second.classes;
  return {corrected(prior, prior.first),
          seen > 0 ? ExpectedLoad::Basis::others : ExpectedLoad::Basis::prior, seen};
}

}  // namespace gwageo
