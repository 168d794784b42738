#include "coordinator/command_models.h"

#include "coordinator/members.h"
#include "coordinator/requirement.h"
#include "protocol/bytes.h"
#include "protocol/limits.h"

namespace gwageo {
namespace {

Status wrong_model(std::string text) { return fail(ErrorKind::bad_input, std::move(text)); }

// What is computed: the same for whoever owns it.
Digest engine_key_of(const ModelAdded& model) {
  ByteWriter out;
  out.digest(model.digest);
  out.text(model.engine);
  for (const auto& [key, value] : model.options) {
    out.text(key);
    out.text(value);
  }
  // What asks for nothing of its slot keeps the key that it had before slots had shapes.
  if (requirement_of(model).on_gpus) {
    out.u32(~0U);  // No option is so long: they end here.
    out.u32(model.gpus);
    out.u32(model.gpu_memory_mib);
    out.text(model.gpu_kind);
    if (model.nodes > 1) out.u32(model.nodes);  // As before there were any.
  }
  return sha256(out.bytes());
}

// Who may be in one engine: references are everybody's, a candidate is its team's alone. Equal
// files of two teams are two classes, so that between them the engine is made anew.
std::string tenant_of(const ModelAdded& model) {
  return model.role == ModelRole::reference ? "" : "team:" + model.team;
}

Digest class_key_of(const ModelAdded& model) {
  const std::string tenant = tenant_of(model);
  if (tenant.empty()) return engine_key_of(model);
  ByteWriter out;
  out.text("gwageo tenant");
  out.digest(engine_key_of(model));
  out.text(tenant);
  return sha256(out.bytes());
}

// References share responses between teams; a candidate's responses are its team's alone.
Digest library_of(const ModelAdded& model) {
  ByteWriter out;
  out.digest(engine_key_of(model));
  out.text(tenant_of(model));
  if (model.salt > 0) out.u32(model.salt);
  return sha256(out.bytes());
}

/// Everything that the body says about a model and that a correction may change; what it does not
/// say stays. Errors of the members are `in`'s to tell; call `check` after it.
class Description {
 public:
  Description(Members& in, const Json& body, ModelAdded& model)
      : gpus_(in.integer_or("gpus", model.gpus)),
        nodes_(in.integer_or("nodes", model.nodes)),
        memory_mib_(in.integer_or("gpu_memory_mib", model.gpu_memory_mib)) {
    // The size is of the files that the digest is of.
    const bool are_others = body.find("digest") != nullptr;
    bytes_ = in.integer_or("bytes", are_others ? 0 : static_cast<std::int64_t>(model.bytes));
    model.gpu_kind = in.name_or("gpu_kind", model.gpu_kind);
    model.engine = in.name_or("engine", model.engine);
    model.path = in.text_or("path", model.path);
    model.released = in.text_or("released", model.released);
    model.training_cutoff = in.text_or("training_cutoff", model.training_cutoff);
    model.submitted = in.text_or("submitted", model.submitted);
    if (body.find("options") != nullptr) model.options = in.texts("options");
    if (body.find("digest") != nullptr) model.digest = in.digest("digest");
  }

  Status check(ModelAdded& model) const {
    GWAGEO_TRY(check_shape());
    GWAGEO_TRY(check_nodes(model));
    model.gpus = static_cast<std::uint32_t>(gpus_);
    model.nodes = static_cast<std::uint32_t>(nodes_);
    model.gpu_memory_mib = static_cast<std::uint32_t>(memory_mib_);
    if (bytes_ < 0 || bytes_ > static_cast<std::int64_t>(limits::model_bytes_max)) {
      return wrong_model("`bytes` must be from 0 (not known) to " +
                         std::to_string(limits::model_bytes_max));
    }
    model.bytes = static_cast<std::uint64_t>(bytes_);
    if (model.path.size() > limits::text_bytes_max) return wrong_model("`path` is too long");
    return check_dates(model);
  }

 private:
  Status check_shape() const {
    if (gpus_ < 1 || gpus_ > limits::slots_max || !is_width(static_cast<std::uint32_t>(gpus_))) {
      return wrong_model(
          "`gpus`: " + std::to_string(gpus_) +
          " is none of 1, 2, 4, 8, 16, 32, 64: a slot is a block of so many GPUs of one "
          "worker, so that blocks of all models fill it without gaps");
    }
    if (memory_mib_ < 0 || memory_mib_ > limits::gpu_memory_mib_max) {
      return wrong_model("`gpu_memory_mib` must be from 0 (any) to " +
                         std::to_string(limits::gpu_memory_mib_max) + " (16384 GiB)");
    }
    return {};
  }

  // REQUIRES: the shape is good. A slot on several nodes is a worker that was started on them.
  Status check_nodes(const ModelAdded& model) const {
    if (nodes_ < 1 || nodes_ > gpus_ ||
        !spreads_over(static_cast<std::uint32_t>(gpus_), static_cast<std::uint32_t>(nodes_))) {
      return wrong_model("`nodes`: " + std::to_string(nodes_) +
                         " is none of 1, 2, 4, ... with at least " + "one GPU on each, of " +
                         std::to_string(gpus_) +
                         " GPUs in all (`gpus`): they are spread over the nodes evenly");
    }
    if (nodes_ == 1 || model.engine == "process") return {};
    return wrong_model(
        "`nodes`: " + std::to_string(nodes_) + ", and engine " + model.engine +
        " runs on one: a server that a worker starts (engine process) alone may span "
        "several");
  }

  // What it was trained on, when it came out, and when it was handed in are three dates.
  static Status check_dates(const ModelAdded& model) {
    const std::pair<const char*, const std::string*> dates[] = {
        {"released", &model.released},
        {"training_cutoff", &model.training_cutoff},
        {"submitted", &model.submitted}};
    for (const auto& [key, date] : dates) {
      const bool is_needed = date == &model.released;
      if ((date->empty() && !is_needed) || parse_date(*date)) continue;
      return wrong_model("`" + std::string(key) + "`: \"" + *date +
                         "\" is no date: YYYY-MM-DD, and a day that exists");
    }
    if (model.released < model.training_cutoff) {
      return wrong_model("`training_cutoff`: " + model.training_cutoff + " is after the release (" +
                         model.released + "): no model was trained on what came later");
    }
    return {};
  }

  std::int64_t gpus_;
  std::int64_t nodes_;
  std::int64_t memory_mib_;
  std::int64_t bytes_ = 0;
};

/// By its own examination of them a team would see what is withheld of a rival.
Status check_not_a_rivals(const State& state, const std::string& team, const ModelAdded& model) {
  for (const auto& [name, versions] : state.models()) {
    for (const ModelAdded& known : versions) {
      const bool is_rivals = known.team != team && known.role == ModelRole::candidate;
      if (!is_rivals || known.digest != model.digest) continue;
      return fail(ErrorKind::not_allowed,
                  "another team has these files as its candidate (digest " +
                      to_hex(model.digest).substr(0, 16) +
                      "): if they are yours, ask an operator to add the model");
    }
  }
  return {};
}

/// What a team may not register.
Status check_own_model(const CommandRequest& r, const ModelAdded& model) {
  const PrincipalRegistered& principal = r.principal;
  if (principal.role != Role::team) return {};
  const bool own = model.team == principal.team && model.role == ModelRole::candidate &&
                   model.engine != "recorded";
  if (!own) {
    return fail(ErrorKind::not_allowed,
                "a team adds candidates of its own only, and no recorded outputs");
  }
  // A worker would send what it finds there to a server of the team's choice.
  if (model.options.contains("token_file") || model.options.contains("token_environment") ||
      model.options.contains("authority_file")) {
    return fail(ErrorKind::not_allowed,
                "a worker's files and variables are the operator's: ask an operator to add a "
                "model with token_file, token_environment or authority_file");
  }
  // They change what is asked, how it is drawn, or by what a server is found out.
  for (const char* const option : {"extra", "ordering", "temperature"}) {
    if (!model.options.contains(option)) continue;
    return fail(ErrorKind::not_allowed, "option " + std::string(option) +
                                            " changes what a server is asked or looked at for, and "
                                            "that is the same for all: ask an operator to add a "
                                            "model with it");
  }
  return check_not_a_rivals(r.state(), principal.team, model);
}

/// What a server was found unfit for when the model was added is in these options, and every worker
/// refuses it (worker/openai_options.h). Who owns the model does not take it back by asking until
/// the server happens to agree.
Status check_refusals_kept(const CommandRequest& r, const ModelAdded& model) {
  const ModelAdded* const known = r.state().model(model.name);
  if (known == nullptr || r.principal.role != Role::team) return {};
  if (known->team != r.principal.team) return {};  // Refused elsewhere, and without its words.
  for (const auto& [key, why] : known->options) {
    if (!key.starts_with("refused_") || model.options.contains(key)) continue;
    return fail(ErrorKind::not_allowed,
                "model " + model.name + " has the option " + key + ", because of \"" + why +
                    "\": ask an operator to correct it once its server is mended");
  }
  return {};
}

CommandOutcome propose_model(const CommandRequest& r, ModelAdded model) {
  model.class_key = class_key_of(model);
  model.library = library_of(model);
  return Event{Proposed{r.client, std::move(model)}};
}

/// Whether the model may have a next version, for that reason.
Status check_next(const CommandRequest& r, const std::string& name, const std::string& reason) {
  const ModelAdded* const known = r.state().model(name);
  if (known == nullptr) return wrong_model("no model is named " + name + " (gwageo model list)");
  const bool is_own = known->team == r.principal.team && known->role == ModelRole::candidate;
  if (r.principal.role == Role::team && !is_own) {
    return fail(ErrorKind::not_allowed, "a team corrects candidates of its own only");
  }
  if (r.state().retired().contains(name)) {
    return wrong_model("model " + name + " is retired; `model add` it again");
  }
  if (reason.empty()) return wrong_model("`reason`: a correction says why");
  return {};
}

}  // namespace

namespace models {

CommandOutcome add(const CommandRequest& r) {
  Members in(r.body);
  ModelAdded model;
  model.name = in.name("name");
  const std::string role = in.text("role");
  model.team = in.name_or("team", r.principal.role == Role::team ? r.principal.team : "default");
  for (const char* const needed : {"released", "engine"}) in.text(needed);
  in.texts("options");
  in.digest("digest");
  const Description description(in, r.body, model);
  if (const Status status = in.status(); !status) return refusal(status.error());
  if (role != "candidate" && role != "reference") {
    return refusal(
        {ErrorKind::bad_input, "`role` must be candidate or reference, not \"" + role + "\""});
  }
  model.role = role == "reference" ? ModelRole::reference : ModelRole::candidate;
  if (const Status fits = description.check(model); !fits) return refusal(fits.error());
  if (const Status own = check_own_model(r, model); !own) return refusal(own.error());
  if (const Status kept = check_refusals_kept(r, model); !kept) return refusal(kept.error());
  // What was disowned stays so when a model comes back.
  if (const ModelAdded* const known = r.state().model(model.name)) model.salt = known->salt;
  return propose_model(r, std::move(model));
}

CommandOutcome correct(const CommandRequest& r) {
  Members in(r.body);
  const std::string name = in.name("name");
  const std::string reason = in.words("reason");
  ModelAdded model;
  if (const ModelAdded* const known = r.state().model(name)) model = *known;
  const Description description(in, r.body, model);
  if (const Status status = in.status(); !status) return refusal(status.error());
  if (const Status may = check_next(r, name, reason); !may) return refusal(may.error());
  if (const Status fits = description.check(model); !fits) return refusal(fits.error());
  const ModelAdded& known = *r.state().model(name);
  const bool is_as_it_was = model.engine == known.engine && model.path == known.path &&
                            model.options == known.options && model.digest == known.digest;
  const Status own = is_as_it_was ? Status() : check_own_model(r, model);
  if (!own) return refusal(own.error());
  if (const Status kept = check_refusals_kept(r, model); !kept) return refusal(kept.error());
  model.reason = reason;
  return propose_model(r, std::move(model));
}

CommandOutcome disown(const CommandRequest& r) {
  Members in(r.body);
  const std::string name = in.name("name");
  const std::string reason = in.words("reason");
  const std::int64_t version = in.integer("version");
  if (const Status status = in.status(); !status) return refusal(status.error());
  if (const Status may = check_next(r, name, reason); !may) return refusal(may.error());
  ModelAdded model = *r.state().model(name);
  // Twice the same is once: who did not hear the answer asks again.
  const bool is_done = model.version == version + 1 && model.salt > 0 && model.reason == reason;
  if (is_done) return Event{Proposed{r.client, std::move(model)}};
  if (model.version != version) {
    return refusal({ErrorKind::bad_input,
                    "model " + name + " is at version " + std::to_string(model.version) + ", not " +
                        std::to_string(version) + ": somebody corrected it meanwhile"});
  }
  model.reason = reason;
  ++model.salt;
  return propose_model(r, std::move(model));
}

CommandOutcome retire(const CommandRequest& r) {
  Members in(r.body);
  ModelRetired retired{in.name("name"), in.words("reason")};
  if (const Status status = in.status(); !status) return refusal(status.error());
  return Event{Proposed{r.client, std::move(retired)}};
}

}  // namespace models
}  // namespace gwageo
