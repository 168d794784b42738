#include "coordinator/requirement.h"

#include <algorithm>

namespace gwageo {

Requirement requirement_of(const ModelAdded& model) {
  const bool on_gpus = model.gpus > 1 || !model.gpu_kind.empty() || model.gpu_memory_mib > 0;
  return {model.engine, on_gpus, model.gpu_kind, model.gpu_memory_mib,
          {},           {},      model.nodes,    model.nodes > 1 ? model.gpus : 0};
}

Requirement requirement_of(const State& state, const JobAccepted& job) {
  Requirement requirement = requirement_of(model_of(state, job));
  if (job.audit != 0) {
    const AuditPart& part = state.audits().at(job.audit).drawn->parts.at(job.part);
    requirement.not_on = part.not_on;
    requirement.not_by = part.not_by;
  }
  return requirement;
}

bool has_engine(const std::vector<std::string>& engines, const std::string& engine) {
  return std::find(engines.begin(), engines.end(), engine) != engines.end();
}

bool meets(const Answerer& worker, const std::vector<std::string>& engines, const Gpus& gpus,
           std::size_t slots, const Requirement& requirement) {
  if (is_among(worker, requirement.not_on, requirement.not_by)) return false;
  if (!has_engine(engines, requirement.engine)) return false;
  if (gpus.nodes != requirement.nodes) return false;
  if (requirement.nodes > 1 && slots != requirement.slots) return false;
  if (!requirement.on_gpus) return true;
  const bool is_kind = requirement.gpu_kind.empty() || requirement.gpu_kind == gpus.kind;
  return gpus.any() && is_kind && gpus.memory_mib >= requirement.gpu_memory_mib;
}

bool meets(const Session& session, const Requirement& requirement) {
  return meets({session.name, session.key}, session.engines, session.gpus, session.slots.size(),
               requirement);
}

std::string gpus_in_words(const ModelAdded& model) {
  if (!requirement_of(model).on_gpus) return "";
  std::string text = std::to_string(model.gpus) + (model.gpus == 1 ? " GPU" : " GPUs");
  if (!model.gpu_kind.empty()) text += " of kind " + model.gpu_kind;
  if (model.gpu_memory_mib > 0) {
    text += " with " + std::to_string(model.gpu_memory_mib / 1024) + " GiB each";
  }
  if (model.nodes > 1) text += ", on " + std::to_string(model.nodes) + " nodes";
  return text;
}

const ModelAdded& model_of(const State& state, const JobAccepted& job) {
  const std::vector<ModelAdded>& versions = state.models().at(job.model);
  const auto known = std::find_if(versions.begin(), versions.end(), [&](const ModelAdded& model) {
    return model.version == job.model_version;
  });
  return known == versions.end() ? versions.back() : *known;
}

}  // namespace gwageo
