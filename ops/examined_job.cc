#include "ops/examined_job.h"

#include <array>
#include <cstdio>
#include <ctime>

#include "coordinator/report.h"
#include "ops/remote_job.h"
#include "ops/verification.h"

namespace gwageo {
Result<ExaminedJob> ExaminedJob::find(const Evidence& evidence, JobId id) {
  if (evidence.client == nullptr) return find_in_rows(evidence, id);
  GWAGEO_ASSIGN(remote, RemoteJob::open(*evidence.client, id));
  ExaminedJob found;
  found.head_ = remote->head();
  found.files_ = &remote->files();
  found.items_ = std::move(remote);
  return found;
}

Result<ExaminedJob> ExaminedJob::find_in_rows(const Evidence& evidence, JobId id) {
  if (evidence.jobs && !evidence.jobs->contains(id)) {
    return fail(ErrorKind::not_found,
                evidence.source + " does not hold the answers of job " + std::to_string(id.value));
  }
  GWAGEO_ASSIGN(verified, verify(evidence));
  if (!verified.ok) return fail(ErrorKind::corrupt, "the record does not hold: " + verified.reason);
  JobHead times;
  times.job = id;
  GWAGEO_ASSIGN(state, replay(*evidence.store, verified.size,
                              [&](const State&, const Record& record) { note(record, times); }));
  const Job* const job = state.job(id);
  if (job == nullptr) {
    return fail(ErrorKind::not_found,
                "there is no job " + std::to_string(id.value) + " (gwageo status)");
  }
  ExaminedJob found;
  found.head_ = head_of(state, *job);
  found.head_.accepted = times.accepted;
  found.head_.ended = times.ended;
  found.job_ = std::make_unique<const JobOnRecord>(on_record(state, *job));
  found.items_ = std::make_unique<StoredItems>(*found.job_, *evidence.store);
  found.files_ = evidence.store.get();
  return found;
}

Result<Evaluation> ExaminedJob::evaluate(ItemObserver& observer) {
  const ItemList list{head_.job, head_.items, head_.manifest, head_.plan_root};
  GWAGEO_ASSIGN(evaluation, gwageo::evaluate(list, *items_, *files_, &observer));
  if (head_.results_root && *head_.results_root != evaluation.scored.results_root) {
    return fail(ErrorKind::corrupt, "job " + std::to_string(head_.job.value) +
                                        ": its items lead to another results root than the one "
                                        "on record (gwageo audit verify)");
  }
  return evaluation;
}

Json provenance(const JobHead& head, const Evaluation& evaluation) {
  Json out = report::results(head, evaluation.scored, evaluation.scorecard);
  Json options = Json::object();
  for (const auto& [key, value] : head.options) options[key] = value;
  Json profile;
  profile["engine"] = head.engine;
  profile["options"] = std::move(options);
  profile["model_version"] = head.model_version;
  profile["model_digest"] = to_hex(head.model_digest);
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
