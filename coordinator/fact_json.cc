#include "coordinator/fact_json.h"

#include <cstdio>
#include <limits>

#include "benchmarks/date.h"

namespace gwageo {
namespace {

constexpr std::int64_t microseconds_of_day = 86400LL * 1000000;

/// The date of a day counted from 1970-01-01, from year 0 on. Years are counted from March, so that
/// the leap day is a year's last.
Date date_of_day(std::int64_t day) {
  const std::int64_t since = day + 719468;  // 0000-03-01
  const std::int64_t era = (since >= 0 ? since : since - 146096) / 146097;
  const std::int64_t day_of_era = since - era * 146097;
  const std::int64_t year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  const std::int64_t day_of_year =
      day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const std::int64_t month = (5 * day_of_year + 2) / 153;  // From March, 0.
  const std::int64_t first_of_month = (153 * month + 2) / 5;
  const bool next_year = month >= 10;
  return Date{static_cast<std::int32_t>(year_of_era + era * 400 + (next_year ? 1 : 0)),
              static_cast<std::int32_t>(next_year ? month - 9 : month + 3),
              static_cast<std::int32_t>(day_of_year - first_of_month + 1)};
}

/// RFC 3339 with microseconds; the bare number where the year has not four digits.
Json wall_json(WallTime wall) {
  std::int64_t day = wall.microseconds / microseconds_of_day;
  std::int64_t rest = wall.microseconds % microseconds_of_day;
  if (rest < 0) {
    rest += microseconds_of_day;
    --day;
  }
  constexpr std::int64_t day_first = -719528;  // 0000-01-01
  constexpr std::int64_t day_last = 2932896;   // 9999-12-31
  if (day < day_first || day > day_last) return std::to_string(wall.microseconds);
  const std::int64_t second = rest / 1000000;
  char time[48];
  std::snprintf(time, sizeof time, "T%02d:%02d:%02d.%06dZ", static_cast<int>(second / 3600),
                static_cast<int>(second / 60 % 60), static_cast<int>(second % 60),
                static_cast<int>(rest % 1000000));
  return to_string(date_of_day(day)) + time;
}

Json json_of_number(std::uint64_t value) {
  if (value > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
    return std::to_string(value);
  }
  return static_cast<std::int64_t>(value);
}

Json json(JobId job) { return json_of_number(job.value); }
Json json(LeaseId lease) { return json_of_number(lease.value); }
Json json(WorkerId worker) { return std::to_string(worker.value); }
Json json(const Digest& digest) { return to_hex(digest); }
Json json(Outcome outcome) { return to_string(outcome); }

std::string hex(const Signature& signature) {
  Digest halves[2];
  for (std::size_t i = 0; i < signature.bytes.size(); ++i) {
    halves[i / 32].bytes[i % 32] = signature.bytes[i];
  }
  return to_hex(halves[0]) + to_hex(halves[1]);
}

Json json(const std::vector<Range>& ranges) {
  Json list = Json::array();
  for (const Range& range : ranges) {
    list.push_back(Json::Array{json_of_number(range.begin), json_of_number(range.end)});
  }
  return list;
}

Json json(const std::array<std::uint64_t, outcome_count>& outcomes) {
  Json object = Json::object();
  for (std::size_t i = 0; i < outcome_count; ++i) {
    if (outcomes[i] == 0) continue;
    object[to_string(static_cast<Outcome>(i))] = json_of_number(outcomes[i]);
  }
  return object;
}

Json json(const std::map<std::string, std::string>& options) {
  Json object = Json::object();
  for (const auto& [key, value] : options) object[key] = value;
  return object;
}

Json json(Role role) {
  switch (role) {
    case Role::operator_: return "operator";
    case Role::team: return "team";
    case Role::auditor: return "auditor";
    case Role::worker: return "worker";
  }
  return "unknown";
}

Json json(ModelRole role) { return role == ModelRole::candidate ? "candidate" : "reference"; }

Json::Object fields(const Founded& f) { return {{"origin", f.origin}, {"zone", f.zone}}; }

Json::Object fields(const CoordinatorStarted& f) { return {{"version", f.version}}; }

Json::Object fields(const PrincipalRegistered& f) {
  return {{"name", f.name},
          {"role", json(f.role)},
          {"team", f.team},
          {"curve_key", json(f.curve_key)},
          {"sign_key", json(f.sign_key)}};
}

Json::Object fields(const PrincipalRotated& f) {
  return {{"name", f.name},
          {"curve_key", json(f.curve_key)},
          {"sign_key", json(f.sign_key)},
          {"reason", f.reason},
          {"principal", f.principal}};
}

Json::Object fields(const PrincipalRevoked& f) {
  return {{"name", f.name}, {"reason", f.reason}, {"principal", f.principal}};
}

Json::Object fields(const DayBegan& f) { return {{"date", f.date}}; }

Json::Object fields(const SuiteAdded& f) {
  return {{"name", f.name},
          {"version", f.version},
          {"digest", json(f.digest)},
          {"plan_root", json(f.plan_root)},
          {"items", json_of_number(f.items)},
          {"requests", json_of_number(f.requests)},
          {"manifest", json(f.manifest)},
          {"item_bytes", json_of_number(f.item_bytes)},
          {"round", f.round}};
}

Json::Object fields(const ModelAdded& f) {
  return {{"name", f.name},
          {"version", f.version},
          {"role", json(f.role)},
          {"team", f.team},
          {"released", f.released},
          {"engine", f.engine},
          {"path", f.path},
          {"options", json(f.options)},
          {"digest", json(f.digest)},
          {"class_key", json(f.class_key)},
          {"library", json(f.library)},
          {"gpus", f.gpus},
          {"gpu_kind", f.gpu_kind},
          {"gpu_memory_mib", f.gpu_memory_mib},
          {"training_cutoff", f.training_cutoff},
          {"submitted", f.submitted},
          {"reason", f.reason},
          {"salt", f.salt},
          {"nodes", f.nodes},
          {"bytes", json_of_number(f.bytes)}};
}

Json::Object fields(const ModelRetired& f) { return {{"name", f.name}, {"reason", f.reason}}; }

Json::Object fields(const TargetAdded& f) {
  return {{"name", f.name}, {"version", f.version}, {"text", f.text}, {"reason", f.reason}};
}

Json::Object fields(const JobAccepted& f) {
  return {{"job", json(f.job)},
          {"request", f.request},
          {"submitter", f.submitter},
          {"team", f.team},
          {"model", f.model},
          {"model_version", f.model_version},
          {"suite", f.suite},
          {"suite_version", f.suite_version},
          {"plan_root", json(f.plan_root)},
          {"items", json_of_number(f.items)},
          {"priority", f.priority},
          {"class_key", json(f.class_key)},
          {"library", json(f.library)},
          {"skip_lookup", f.skip_lookup},
          {"tier", to_string(f.tier)},
          {"within", f.within.microseconds},
          {"gpus", f.gpus},
          {"cause", f.cause},
          {"round", f.round},
          {"audit", json_of_number(f.audit)},
          {"part", f.part}};
}

Json::Object fields(const ItemsAdopted& f) {
  Json adoptions = Json::array();
  for (const Adoption& adoption : f.adoptions) {
    adoptions.push_back(Json::Object{{"begin", json_of_number(adoption.begin)},
                                     {"end", json_of_number(adoption.end)},
                                     {"source", json(adoption.source)},
                                     {"source_begin", json_of_number(adoption.source_begin)},
                                     {"stored", adoption.stored}});
  }
  return {{"job", json(f.job)}, {"adoptions", std::move(adoptions)}};
}

Json::Object fields(const WorkerJoined& f) {
  return {
      {"worker", json(f.worker)}, {"name", f.name}, {"principal", f.principal}, {"signs", f.signs}};
}

Json::Object fields(const WorkerDrained& f) {
  return {{"worker", json(f.worker)}, {"draining", f.draining}};
}

Json::Object fields(const LeaseGranted& f) {
  return {{"lease", json(f.lease)},
          {"job", json(f.job)},
          {"worker", json(f.worker)},
          {"slot", f.slot},
          {"ranges", json(f.ranges)},
          {"copy", f.copy},
          {"expected", f.expected.microseconds},
          {"probe", f.probe}};
}

Json::Object fields(const LeaseShrunk& f) {
  return {{"lease", json(f.lease)}, {"removed", json(f.removed)}};
}

Json::Object fields(const ResultsRecorded& f) {
  return {{"lease", json(f.lease)},
          {"job", json(f.job)},
          {"ranges", json(f.ranges)},
          {"records_root", json(f.records_root)},
          {"outcomes", json(f.outcomes)}};
}

Json::Object fields(const AttemptFailed& f) {
  return {{"lease", json(f.lease)},
          {"job", json(f.job)},
          {"ranges", json(f.ranges)},
          {"outcome", json(f.outcome)}};
}

Json::Object fields(const LeaseEnded& f) {
  return {{"lease", json(f.lease)}, {"reason", to_string(f.reason)}};
}

Json::Object fields(const BatchSigned& f) {
  return {{"worker", json(f.worker)},
          {"batch", json_of_number(f.batch)},
          {"chunks", json(f.chunks)},
          {"root", json(f.root)},
          {"signature", hex(f.signature)}};
}

Json::Object fields(const ItemsGivenUp& f) {
  return {{"job", json(f.job)}, {"ranges", json(f.ranges)}, {"outcome", json(f.outcome)}};
}

Json::Object fields(const JobCancelled& f) {
  return {{"job", json(f.job)}, {"principal", f.principal}, {"reason", f.reason}};
}

Json::Object fields(const JobFailed& f) { return {{"job", json(f.job)}, {"reason", f.reason}}; }

Json::Object fields(const Scored& f) {
  Json sums = Json::array();
  for (const auto& [sum, count] : f.sums)
    sums.push_back(Json::Array{json_of_number(sum), json_of_number(count)});
  return {{"job", json(f.job)},
          {"plan_root", json(f.plan_root)},
          {"results_root", json(f.results_root)},
          {"scores_root", json(f.scores_root)},
          {"scorer", json(f.scorer)},
          {"items", json_of_number(f.items)},
          {"outcomes", json(f.outcomes)},
          {"unscored", json_of_number(f.unscored)},
          {"executed", json_of_number(f.executed)},
          {"reused", json_of_number(f.reused)},
          {"sums", std::move(sums)}};
}

Json::Object fields(const VerdictReached& f) {
  return {{"target", f.target},
          {"target_version", f.target_version},
          {"candidate", f.candidate},
          {"as_of", f.as_of},
          {"generation", json_of_number(f.generation)},
          {"inputs", json(f.inputs)},
          {"verdict", f.verdict},
          {"document", json(f.document)}};
}

Json::Object fields(const TeamSet& f) {
  return {{"name", f.name},
          {"parent", f.parent},
          {"weight", f.weight},
          {"guarantee", f.guarantee},
          {"limit", f.limit},
          {"jobs_max", f.jobs_max},
          {"items_max", json_of_number(f.items_max)},
          {"gpu_hours_max", json_of_number(f.gpu_hours_max)},
          {"principal", f.principal}};
}

Json::Object fields(const JobPaused& f) {
  return {
      {"job", json(f.job)}, {"paused", f.paused}, {"principal", f.principal}, {"reason", f.reason}};
}

Json::Object fields(const JobPrioritised& f) {
  return {{"job", json(f.job)}, {"priority", f.priority}, {"principal", f.principal}};
}

Json::Object fields(const SlotsCharged&) { return {}; }

Json::Object fields(const AnswersDiffered& f) {
  return {{"job", json(f.job)},     {"index", json_of_number(f.index)},
          {"kept", json(f.kept)},   {"kept_leaf", json(f.kept_leaf)},
          {"other", json(f.other)}, {"other_leaf", json(f.other_leaf)}};
}

Json::Object fields(const WorkerQuarantined& f) {
  return {{"name", f.name},
          {"quarantined", f.quarantined},
          {"reason", f.reason},
          {"principal", f.principal}};
}

Json::Object fields(const ClaimsImported& f) {
  Json first_seen = Json::array();
  for (const std::string& model : f.first_seen) first_seen.push_back(model);
  return {{"board", f.board},
          {"release", f.release},
          {"version", f.version},
          {"seen", f.seen},
          {"format", to_string(f.format)},
          {"source", f.source},
          {"file", json(f.file)},
          {"categories_source", f.categories_source},
          {"categories", json(f.categories)},
          {"models", f.models},
          {"tasks", f.tasks},
          {"added", json_of_number(f.added)},
          {"removed", json_of_number(f.removed)},
          {"restated", json_of_number(f.restated)},
          {"first_seen", std::move(first_seen)},
          {"reason", f.reason},
          {"principal", f.principal}};
}

Json::Object fields(const RosterChanged& f) {
  return {{"target", f.target}, {"candidate", f.candidate}, {"entered", f.entered},
          {"date", f.date},     {"reason", f.reason},       {"principal", f.principal}};
}

Json::Object fields(const StageOpened& f) {
  return {{"stage", f.stage},
          {"target", f.target},
          {"target_version", f.target_version},
          {"suite_version", f.suite_version},
          {"date", f.date},
          {"principal", f.principal}};
}

Json::Object fields(const StageClosed& f) {
  return {{"stage", f.stage},
          {"date", f.date},
          {"document", json(f.document)},
          {"reason", f.reason},
          {"principal", f.principal}};
}

Json::Object fields(const GateDecided& f) {
  return {{"target", f.target},
          {"stage", f.stage},
          {"candidate", f.candidate},
          {"gate", f.gate},
          {"component", f.component},
          {"passed", f.passed},
          {"rule", f.rule},
          {"evidence", json(f.evidence)},
          {"evidence_name", f.evidence_name},
          {"reason", f.reason},
          {"date", f.date},
          {"principal", f.principal}};
}

Json::Object fields(const PointsRecorded& f) {
  return {{"target", f.target},
          {"stage", f.stage},
          {"candidate", f.candidate},
          {"part", f.part},
          {"points", f.points},
          {"evidence", json(f.evidence)},
          {"evidence_name", f.evidence_name},
          {"reason", f.reason},
          {"date", f.date},
          {"principal", f.principal}};
}

Json::Object fields(const Published& f) {
  return {{"target", f.target}, {"stage", f.stage}, {"date", f.date}, {"principal", f.principal}};
}

Json::Object fields(const AuditCommitted& f) {
  return {{"audit", json_of_number(f.audit)},
          {"job", json_of_number(f.job.value)},
          {"sample", json_of_number(f.sample)},
          {"commitment", json(f.commitment)},
          {"principal", f.principal}};
}

Json::Object fields(const ChecksSet& f) {
  return {{"again", f.again}, {"known", f.known}, {"principal", f.principal}};
}

Json::Object fields(const AnswersChecked& f) {
  Json items = Json::array();
  for (const CheckedItem& item : f.items) {
    Json row = Json::Object{{"index", json_of_number(item.index)},
                            {"by", json(item.by)},
                            {"kind", to_string(item.kind)},
                            {"finding", to_string(item.finding)}};
    if (item.other) row["other"] = json(item.other);
    items.push_back(std::move(row));
  }
  return {{"lease", json(f.lease)}, {"job", json(f.job)}, {"items", std::move(items)}};
}

Json::Object fields(const AnswersDisowned& f) {
  return {{"worker", f.worker}, {"reason", f.reason}, {"principal", f.principal}};
}

Json json(const std::vector<std::string>& all) {
  Json list = Json::array();
  for (const std::string& text : all) list.push_back(text);
  return list;
}

Json::Object fields(const AuditDrawn& f) {
  Json parts = Json::array();
  for (const AuditPart& part : f.parts) {
    parts.push_back(Json::Object{{"not_on", json(part.not_on)},
                                 {"not_by", json(part.not_by)},
                                 {"plan", Json(fields(part.plan))}});
  }
  return {{"audit", json_of_number(f.audit)},
          {"root", json(f.root)},
          {"nonce", json(f.nonce)},
          {"parts", std::move(parts)}};
}

}  // namespace

Json to_json(const Record& record) {
  Json json = Json::Object{
      {"sequence", json_of_number(record.sequence)},
      {"at", record.at.microseconds},
      {"wall", wall_json(record.wall)},
      {"previous", to_hex(record.previous)},
      {"kind", kind_of(record.fact)},
      {"fact", std::visit([](const auto& fact) { return Json(fields(fact)); }, record.fact)}};
  if (record.statement) {
    json["statement"] = Json::Object{{"signer", record.statement->signer},
                                     {"digest", to_hex(record.statement->digest)},
                                     {"signature", hex(record.statement->signature)}};
  }
  return json;
}

}  // namespace gwageo
