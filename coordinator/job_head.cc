#include "coordinator/job_head.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "coordinator/members.h"

namespace gwageo {
namespace {

constexpr std::array phases{JobPhase::running, JobPhase::complete, JobPhase::failed,
                            JobPhase::cancelled};

Status wrong_member(const std::string& member) {
  return fail(ErrorKind::bad_input, "a job's head: `" + member + "` is missing or wrong");
}

}  // namespace

JobHead head_of(const State& state, const Job& job) {
  const JobAccepted& accepted = job.accepted;
  JobHead head;
  head.job = accepted.job;
  head.items = accepted.items;
  head.suite = accepted.suite;
  head.suite_version = accepted.suite_version;
  head.manifest = state.plan_of(accepted).manifest;
  head.phase = job.phase();
  head.model = accepted.model;
  head.model_version = accepted.model_version;
  for (const ModelAdded& model : state.models().at(accepted.model)) {
    if (model.version != accepted.model_version) continue;
    head.model_digest = model.digest;
    head.engine = model.engine;
    head.options = model.options;
  }
  head.plan_root = job.accepted.plan_root;
  if (job.scored) head.results_root = job.scored->results_root;
  head.disowned = job.disowned.size();
  head.disowned_because = job.disowned_because;
  return head;
}

void note(const Record& record, JobHead& head) {
  if (const auto* const accepted = std::get_if<JobAccepted>(&record.fact)) {
    if (accepted->job == head.job) head.accepted = head.ended = record.wall;
  }
  const auto* const scored = std::get_if<Scored>(&record.fact);
  const auto* const recorded = std::get_if<ResultsRecorded>(&record.fact);
  const bool is_of_job = (scored != nullptr && scored->job == head.job) ||
                         (recorded != nullptr && recorded->job == head.job);
  if (is_of_job) head.ended = std::max(head.accepted, record.wall);
}

Json to_json(const JobHead& head) {
  Json options = Json::object();
  for (const auto& [key, value] : head.options) options[key] = value;
  Json json;
  json["job"] = std::to_string(head.job.value);
  json["items"] = head.items;
  json["suite"] = head.suite;
  json["suite_version"] = head.suite_version;
  json["manifest"] = to_hex(head.manifest);
  json["state"] = to_string(head.phase);
  json["model"] = head.model;
  json["model_version"] = head.model_version;
  json["model_digest"] = to_hex(head.model_digest);
  json["engine"] = head.engine;
  json["options"] = std::move(options);
  json["accepted_us"] = head.accepted.microseconds;
  json["ended_us"] = head.ended.microseconds;
  json["results_root"] = head.results_root ? Json(to_hex(*head.results_root)) : Json(nullptr);
  json["disowned"] = head.disowned;
  json["disowned_because"] = head.disowned_because;
  return json;
}

Result<JobHead> job_head_from_json(const Json& json) {
  Members in(json);
  JobHead head;
  const std::string job = in.text("job");
  const std::int64_t items = in.integer_or("items", -1);
  head.suite = in.name("suite");
  const std::int64_t suite_version = in.integer_or("suite_version", -1);
  head.manifest = in.digest("manifest");
  const std::string phase = in.text("state");
  head.model = in.name("model");
  const std::int64_t model_version = in.integer_or("model_version", -1);
  head.model_digest = in.digest("model_digest");
  head.engine = in.name("engine");
  head.options = in.texts("options");
  head.accepted = {in.integer_or("accepted_us", 0)};
  head.ended = {in.integer_or("ended_us", 0)};
  if (!in.text_or("results_root", "").empty()) head.results_root = in.digest("results_root");
  const std::int64_t disowned = in.integer_or("disowned", 0);
  head.disowned_because = in.text_or("disowned_because", "");
  GWAGEO_TRY(in.status());
  const auto [end, error] = std::from_chars(job.data(), job.data() + job.size(), head.job.value);
  if (error != std::errc{} || end != job.data() + job.size()) {
    return tl::unexpected(wrong_member("job").error());
  }
  const auto known = std::find_if(phases.begin(), phases.end(),
                                  [&](JobPhase one) { return to_string(one) == phase; });
  if (known == phases.end()) return tl::unexpected(wrong_member("state").error());
  if (items < 0) return tl::unexpected(wrong_member("items").error());
  for (const std::int64_t version : {suite_version, model_version}) {
    if (version < 0 || version > UINT32_MAX) return tl::unexpected(wrong_member("version").error());
  }
  head.phase = *known;
  if (disowned < 0 || disowned > items) return tl::unexpected(wrong_member("disowned").error());
  head.disowned = static_cast<std::uint64_t>(disowned);
  head.items = static_cast<std::uint64_t>(items);
  head.suite_version = static_cast<std::uint32_t>(suite_version);
  head.model_version = static_cast<std::uint32_t>(model_version);
  return head;
}

}  // namespace gwageo
