#include "coordinator/suspicion.h"

#include <utility>

namespace gwageo {

bool is_worker_to_blame(std::string_view engine) { return engine != "openai"; }

void Suspicion::point(const std::string& worker, const std::string& what, std::size_t points) {
  std::vector<std::string>& all = workers_[worker].points;
  for (std::size_t i = 0; i < points && all.size() < points_max; ++i) all.push_back(what);
}

bool Suspicion::suspects(const std::string& worker) const {
  const auto it = workers_.find(worker);
  return it != workers_.end() && it->second.points.size() >= points_max;
}

bool Suspicion::probe_failed(const std::string& worker) {
  return ++workers_[worker].failed_probes >= failures_max;
}

std::vector<std::string> Suspicion::points(const std::string& worker) const {
  const auto it = workers_.find(worker);
  return it == workers_.end() ? std::vector<std::string>{} : it->second.points;
}

void Suspicion::remember(const Digest& class_key, KnownAnswer answer) {
  if (suspects(answer.worker)) return;
  if (known_.size() >= classes_max && !known_.contains(class_key)) known_.erase(known_.begin());
  std::deque<KnownAnswer>& answers = known_[class_key];
  // Of one worker alone no more than half, so that it can be asked what another one answered.
  std::size_t own = 0;
  for (const KnownAnswer& each : answers) own += each.worker == answer.worker ? 1 : 0;
  if (own * 2 >= answers_of_class) return;
  if (answers.size() == answers_of_class) answers.pop_front();
  answers.push_back(std::move(answer));
}

void Suspicion::forget(JobId job) {
  for (auto& [class_key, answers] : known_) {
    std::erase_if(answers, [&](const KnownAnswer& answer) { return answer.job == job; });
  }
}

std::optional<Suspicion::KnownAnswer> Suspicion::known(const Digest& class_key,
                                                       const std::string& not_by) const {
  const auto it = known_.find(class_key);
  if (it == known_.end()) return std::nullopt;
  for (auto answer = it->second.rbegin(); answer != it->second.rend(); ++answer) {
    if (answer->worker != not_by) return *answer;
  }
  return std::nullopt;
}

}  // namespace gwageo
