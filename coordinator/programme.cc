#include "coordinator/programme.h"

#include "protocol/check.h"

namespace gwageo {
namespace {

template <class Fact>
const std::vector<Fact>& of(const std::map<std::string, std::vector<Fact>>& all,
                            const std::string& target) {
  static const std::vector<Fact> none;
  const auto found = all.find(target);
  return found == all.end() ? none : found->second;
}

}  // namespace

void Programme::apply(const RosterChanged& f, const std::string& day) {
  roster_[f.target].push_back(f);
  roster_days_[f.target].push_back(day);
}

void Programme::apply(const StageOpened& f) {
  GWAGEO_CHECK(open_stage(f.target) == nullptr);
  const bool is_new = stages_.emplace(f.stage, Stage{f, std::nullopt}).second;
  GWAGEO_CHECK(is_new);
}

void Programme::apply(const StageClosed& f) {
  const auto stage = stages_.find(f.stage);
  GWAGEO_CHECK(stage != stages_.end() && !stage->second.closed);
  stage->second.closed = f;
  stage->second.closed_as = closed_of(stage->second.opened.target);
}

void Programme::apply(const GateDecided& f, const Digest& files) {
  decisions_[f.target].push_back(f);
  decided_on_[f.target].push_back(files);
}

void Programme::apply(const PointsRecorded& f, const Digest& files) {
  points_[f.target].push_back(f);
  points_on_[f.target].push_back(files);
}

void Programme::apply(const Published& f, std::uint64_t verdicts, std::uint64_t scored) {
  published_[f.target].push_back({f, verdicts, scored, decisions(f.target).size(),
                                  points(f.target).size(), roster(f.target).size(),
                                  closed_of(f.target)});
}

std::uint64_t Programme::closed_of(const std::string& target) const {
  std::uint64_t count = 0;
  for (const auto& [name, stage] : stages_) {
    count += stage.opened.target == target && stage.closed ? 1 : 0;
  }
  return count;
}

const Stage* Programme::open_stage(const std::string& target) const {
  for (const auto& [name, stage] : stages_) {
    if (stage.opened.target == target && !stage.closed) return &stage;
  }
  return nullptr;
}

const std::vector<RosterChanged>& Programme::roster(const std::string& target) const {
  return of(roster_, target);
}

const std::vector<std::string>& Programme::roster_days(const std::string& target) const {
  return of(roster_days_, target);
}

const std::vector<GateDecided>& Programme::decisions(const std::string& target) const {
  return of(decisions_, target);
}

const std::vector<PointsRecorded>& Programme::points(const std::string& target) const {
  return of(points_, target);
}

const std::vector<Digest>& Programme::decided_on(const std::string& target) const {
  return of(decided_on_, target);
}

const std::vector<Digest>& Programme::points_on(const std::string& target) const {
  return of(points_on_, target);
}

const std::vector<Publication>& Programme::published(const std::string& target) const {
  return of(published_, target);
}

}  // namespace gwageo
