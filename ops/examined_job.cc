#include "ops/examined_job.h"

#include <array>
#include <cstdio>
#include <ctime>

#include "coordinator/report.h"
#include "ops/verification.h"

namespace gwageo {
namespace {

Result<std::uint64_t> trusted_size(const Evidence& evidence) {
  if (evidence.claimed) return evidence.claimed->size;
  GWAGEO_ASSIGN(verified, verify(evidence));
  if (!verified.ok) return fail(ErrorKind::corrupt, "the record does not hold: " + verified.reason);
  return verified.size;
}

}  // namespace

Result<FoundJob> find_job(const Evidence& evidence, JobId id) {
  if (evidence.jobs && !evidence.jobs->contains(id)) {
    return fail(ErrorKind::not_found,
                evidence.source + " does not hold the answers of job " + std::to_string(id.value));
  }
  GWAGEO_ASSIGN(size, trusted_size(evidence));
  FoundJob found;
  GWAGEO_ASSIGN(state, replay(*evidence.store, size, [&](const State&, const Record& record) {
                  const auto* const accepted = std::get_if<JobAccepted>(&record.fact);
                  const auto* const scored = std::get_if<Scored>(&record.fact);
                  const auto* const recorded = std::get_if<ResultsRecorded>(&record.fact);
                  if (accepted != nullptr && accepted->job == id) found.accepted = record.wall;
                  const bool is_of_job = (scored != nullptr && scored->job == id) ||
                                         (recorded != nullptr && recorded->job == id);
                  if (is_of_job) found.ended = record.wall;
                }));
  const Job* const job = state.job(id);
  if (job == nullptr) {
    return fail(ErrorKind::not_found,
                "there is no job " + std::to_string(id.value) + " (gwageo status)");
  }
  const JobAccepted& accepted = job->accepted;
  for (const ModelAdded& model : state.models().at(accepted.model)) {
    if (model.version == accepted.model_version) found.model = model;
  }
  found.job = *job;
  found.suite = *state.suite(accepted.suite, accepted.suite_version);
  found.state = report::job(state, *job).find("state")->as_string();
  if (found.ended < found.accepted) found.ended = found.accepted;
  found.record = std::move(state);
  return found;
}

Result<Evaluation> examine(const FoundJob& found, const Evidence& evidence,
                           ItemObserver& observer) {
  return evaluate({found.job, found.suite.manifest}, *evidence.store, &observer);
}

Json provenance(const FoundJob& found, const Evaluation& evaluation) {
  Json out = report::results(found.record, found.job, evaluation.scored, evaluation.scorecard);
  Json options = Json::object();
  for (const auto& [key, value] : found.model.options) options[key] = value;
  Json profile;
  profile["engine"] = found.model.engine;
  profile["options"] = std::move(options);
  profile["model_version"] = found.model.version;
  profile["model_digest"] = to_hex(found.model.digest);
  out["engine_profile"] = std::move(profile);
  out["failures"] = report::failures(evaluation.failures);
  return out;
}

std::string iso_time(WallTime time) {
  constexpr std::int64_t second = 1'000'000;
  const std::time_t whole = time.microseconds / second;
  std::tm parts{};
  ::gmtime_r(&whole, &parts);
  std::array<char, 32> date{};
  std::strftime(date.data(), date.size(), "%Y-%m-%dT%H:%M:%S", &parts);
  std::array<char, 16> fraction{};
  std::snprintf(fraction.data(), fraction.size(), ".%06lld",
                static_cast<long long>(time.microseconds % second));
  return std::string(date.data()) + fraction.data();
}

}  // namespace gwageo
