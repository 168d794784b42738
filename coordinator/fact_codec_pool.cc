// Facts about teams, and what people ask of jobs and workers.
#include "coordinator/fact_codec_parts.h"
#include "protocol/limits.h"

namespace gwageo::frame {
namespace {

std::uint64_t at_most(const Place& at, std::string_view field, std::uint64_t from,
                      std::uint64_t max) {
  if (from > max) {
    at.refuse(field, std::to_string(from) + ", at most " + std::to_string(max));
  }
  return from;
}

}  // namespace

void write(const TeamSet& from, wire::TeamSet::Builder to) {
  to.setName(as_text(from.name));
  to.setParent(as_text(from.parent));
  to.setWeight(from.weight);
  to.setGuarantee(from.guarantee);
  to.setLimit(from.limit);
  to.setJobsMax(from.jobs_max);
  to.setItemsMax(from.items_max);
  to.setGpuHoursMax(from.gpu_hours_max);
  to.setPrincipal(as_text(from.principal));
}

TeamSet read(const Place& at, wire::TeamSet::Reader from) {
  TeamSet to;
  to.name = at.name("name", from.getName());
  to.parent = at.name_or_none("parent", from.getParent());
  to.weight = at.number("weight", from.getWeight(), 1, limits::team_weight_max);
  to.guarantee = at.number("guarantee", from.getGuarantee(), 0, limits::team_slots_max);
  to.limit = at.number("limit", from.getLimit(), 0, limits::team_slots_max);
  to.jobs_max = at.number("jobsMax", from.getJobsMax(), 0, limits::jobs_open_max);
  to.items_max = at_most(at, "itemsMax", from.getItemsMax(), limits::plan_items_max);
  to.gpu_hours_max = at_most(at, "gpuHoursMax", from.getGpuHoursMax(), limits::team_gpu_hours_max);
  to.principal = at.name_or_none("principal", from.getPrincipal());
  return to;
}

void write(const JobPaused& from, wire::JobPaused::Builder to) {
  to.setJob(from.job.value);
  to.setPaused(from.paused);
  to.setPrincipal(as_text(from.principal));
  if (!from.reason.empty()) to.setReason(as_text(from.reason));
}

JobPaused read(const Place& at, wire::JobPaused::Reader from) {
  JobPaused to;
  to.job = at.id<JobId>("job", from.getJob());
  to.paused = from.getPaused();
  to.principal = at.name_or_none("principal", from.getPrincipal());
  to.reason = at.text("reason", from.getReason(), limits::text_bytes_max);
  return to;
}

void write(const JobPrioritised& from, wire::JobPrioritised::Builder to) {
  to.setJob(from.job.value);
  to.setPriority(from.priority);
  to.setPrincipal(as_text(from.principal));
}

JobPrioritised read(const Place& at, wire::JobPrioritised::Reader from) {
  JobPrioritised to;
  to.job = at.id<JobId>("job", from.getJob());
  to.priority = from.getPriority();
  if (to.priority < -limits::priority_max || to.priority > limits::priority_max) {
    at.refuse("priority", std::to_string(to.priority) + " is not from " +
                              std::to_string(-limits::priority_max) + " to " +
                              std::to_string(limits::priority_max));
  }
  to.principal = at.name_or_none("principal", from.getPrincipal());
  return to;
}

void write(const WorkerQuarantined& from, wire::WorkerQuarantined::Builder to) {
  to.setName(as_text(from.name));
  to.setQuarantined(from.quarantined);
  to.setReason(as_text(from.reason));
  to.setPrincipal(as_text(from.principal));
}

WorkerQuarantined read(const Place& at, wire::WorkerQuarantined::Reader from) {
  WorkerQuarantined to;
  to.name = at.name("name", from.getName());
  to.quarantined = from.getQuarantined();
  to.reason = at.text("reason", from.getReason(), limits::text_bytes_max);
  to.principal = at.name_or_none("principal", from.getPrincipal());
  return to;
}

}  // namespace gwageo::frame
