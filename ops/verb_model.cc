// gwageo model add | list | show | correct | disown | retire.
#include <cstdio>
#include <filesystem>

#include "ops/client.h"
#include "ops/gpu_options.h"
#include "ops/output.h"
#include "ops/scratch_folder.h"
#include "ops/system.h"
#include "ops/table.h"
#include "ops/verbs.h"
#include "ops/worker_processes.h"
#include "protocol/bytes.h"
#include "protocol/limits.h"
#include "protocol/name.h"
#include "worker/engine.h"
#include "worker/model_check.h"
#include "worker/model_files.h"
#include "worker/openai_options.h"
#include "worker/paced_engine.h"
#include "worker/served_model.h"

namespace gwageo {
namespace {

Result<std::map<std::string, std::string>> options_of(const Invocation& arguments) {
  std::map<std::string, std::string> options;
  for (const std::string& given : arguments.texts("option")) {
    const std::size_t equals = given.find('=');
    if (equals == std::string::npos || equals == 0) {
      return fail(ErrorKind::bad_input, "--option: \"" + given + "\" is not key=value");
    }
    if (!options.emplace(given.substr(0, equals), given.substr(equals + 1)).second) {
      return fail(ErrorKind::bad_input,
                  "--option: \"" + given.substr(0, equals) + "\" is given twice");
    }
  }
  return options;
}

/// Where the engine finds the model: a folder, a file, a URL, or nothing.
Result<std::string> path_of(const Invocation& arguments, const std::string& engine) {
  const std::string wanted = engine == "builtin"    ? "path"
                             : engine == "process"  ? "path"
                             : engine == "recorded" ? "outputs"
                             : engine == "openai"   ? "url"
                                                    : "";
  for (const std::string name : {"path", "outputs", "url"}) {
    if (name != wanted && arguments.has(name)) {
      return fail(ErrorKind::bad_input, "--" + name + " is not for --engine " + engine);
    }
  }
  if (wanted.empty()) return std::string();
  const std::optional<std::string> given = arguments.text(wanted);
  if (!given || given->empty()) {
    return fail(ErrorKind::bad_input, "--engine " + engine + " needs --" + wanted +
                                          (wanted == "path"      ? " DIR-OR-GGUF-FILE"
                                           : wanted == "outputs" ? " FILE"
                                                                 : " http://HOST:PORT/v1"));
  }
  if (wanted == "url") return *given;
  return absolute_path(*given);
}

/// A paced model has no files: its name and options are what it is.
Digest paced_digest(const ModelSpec& spec) {
  ByteWriter out;
  out.text(spec.name);
  for (const auto& [key, value] : spec.options) {
    out.text(key);
    out.text(value);
  }
  return sha256(out.bytes());
}

/// The weights behind a server are not ours: what is declared about them names them (design.md
/// section 4). Where and how fast the server is asked is no part of it.
Digest endpoint_digest(const ModelSpec& spec, const std::string& released) {
  ByteWriter out;
  out.text("endpoint");
  out.text(spec.name);
  out.text(released);
  for (const auto& [key, value] : spec.options) {
    if (is_access_option(key)) continue;
    out.text(key);
    out.text(value);
  }
  return sha256(out.bytes());
}

/// Takes the option `probe` out, which is for us and not for the engine: whether the server is
/// asked now.
Result<bool> take_probe(ModelSpec& spec, bool otherwise) {
  const auto probe = spec.options.find("probe");
  if (probe == spec.options.end()) return otherwise;
  const std::string when = probe->second;
  spec.options.erase(probe);
  if (when == "now" || when == "later") return when == "now";
  return fail(ErrorKind::bad_input, "--option probe: \"" + when + "\" is not known: now or later");
}

/// Files are named for workers that run in other folders.
Result<bool> prepare_endpoint(ModelSpec& spec) {
  for (const char* const key : {"token_file", "authority_file"}) {
    const auto file = spec.options.find(key);
    if (file != spec.options.end() && !file->second.empty()) {
      file->second = absolute_path(file->second);
    }
  }
  return take_probe(spec, true);
}

/// A model as it will be registered, and what the engine found out about it.
struct CheckedModel {
  ModelSpec spec;
  Json findings = Json::object();
  std::vector<std::string> beside = {};  ///< Files in its folder that are no part of its digest.
  std::uint64_t bytes = 0;               ///< Of its files; 0 where it has none that are loaded.
};

Result<CheckedModel> checked_endpoint(const Invocation& arguments, ModelSpec spec, Engine& engine) {
  GWAGEO_ASSIGN(probes_now, prepare_endpoint(spec));
  spec.digest = endpoint_digest(spec, arguments.text_or("released", ""));
  ModelSpec asked = spec;
  asked.options.emplace("retries", "2");  // A person waits.
  const Status good = probes_now ? engine.load(asked) : check_openai_options(spec);
  if (!good) {
    return fail(ErrorKind::bad_input,
                good.error().message + (good.error().kind == ErrorKind::unavailable
                                            ? " (--option probe=later adds the model all the same)"
                                            : ""));
  }
  CheckedModel checked{std::move(spec)};
  if (!probes_now) return checked;
  checked.findings = engine.findings();
  pin_refusals(checked.findings, checked.spec.options);
  return checked;
}

std::uint64_t bytes_of(const std::vector<ModelFile>& files) {
  std::uint64_t bytes = 0;
  for (const ModelFile& file : files) bytes += file.size;
  return bytes;
}

/// Whether the files have room on as many GPUs, and as large ones, as the model is said to need.
Status check_declared_memory(const Invocation& arguments, const std::vector<ModelFile>& files) {
  Json said = Json::object();
  GWAGEO_TRY(add_model_gpus(arguments, said));
  const Json* const memory = said.find("gpu_memory_mib");
  if (memory == nullptr) return {};
  const Json* const count = said.find("gpus");
  const Gpus each{"any", static_cast<std::uint32_t>(memory->as_integer()), "", ""};
  return check_memory(bytes_of(files),
                      count == nullptr ? 1 : static_cast<std::uint32_t>(count->as_integer()), each);
}

/// On how many machines the model runs.
std::int64_t nodes_of(const Invocation& arguments) {
  return arguments.whole_or("nodes", 1, 1, limits::slots_max).value_or(1);
}

/// A model that workers start a server for. It is started once here, too, where its program is and
/// it needs no other machine.
Result<CheckedModel> checked_process(const Invocation& arguments, ModelSpec spec) {
  GWAGEO_ASSIGN(scratch, ScratchFolder::make("gwageo-add-"));
  GWAGEO_ASSIGN(processes, process_room(arguments, scratch.path()));
  const bool spans = nodes_of(arguments) > 1;
  GWAGEO_ASSIGN(starts_now, take_probe(spec, !spans && is_program_here(*processes, spec)));
  if (spans && starts_now) {
    return fail(ErrorKind::bad_input,
                "--option probe=now: a server on several nodes is started by their worker alone");
  }
  GWAGEO_TRY(pin_template(*processes, spec));
  if (spans) {
    GWAGEO_ASSIGN(known, template_for(*processes, spec));
    GWAGEO_TRY(check_spans_nodes(known.engine));
  }
  GWAGEO_TRY(check_model(spec.path));
  // Before the digest, which takes long.
  GWAGEO_ASSIGN(found, find_model_files(spec.path));
  GWAGEO_TRY(check_declared_memory(arguments, found));
  GWAGEO_ASSIGN(digest, model_digest(spec.path));
  spec.digest = digest;
  CheckedModel checked{spec};
  checked.bytes = bytes_of(found);
  GWAGEO_ASSIGN(beside, files_beside_model(spec.path));
  checked.beside = std::move(beside);
  if (!starts_now) {
    checked.findings["not_started"] =
        "its files and options were checked; the server was not started here";
    return checked;
  }
  const SystemClock clock;
  EngineRoom room;
  room.processes = std::move(processes);
  GWAGEO_ASSIGN(engine, make_engine("process", clock, room));
  if (const Status loaded = engine->load(spec); !loaded) {
    scratch.keep();  // The error names the log in it.
    return fail(ErrorKind::bad_input,
                loaded.error().message + " (--option probe=later adds the model all the same)");
  }
  checked.findings = engine->findings();
  pin_refusals(checked.findings, checked.spec.options);
  return checked;
}

/// The model with its digest, loaded once here: what no worker could load is refused before it is
/// registered.
Result<CheckedModel> checked_model(const Invocation& arguments) {
  ModelSpec spec;
  spec.name = arguments.text_or("NAME", "");
  spec.engine = arguments.text_or("engine", "");
  const SystemClock clock;
  GWAGEO_ASSIGN(engine, make_engine(spec.engine, clock, {}));
  GWAGEO_ASSIGN(path, path_of(arguments, spec.engine));
  spec.path = std::move(path);
  GWAGEO_ASSIGN(options, options_of(arguments));
  spec.options = std::move(options);
  if (spec.engine == "openai") return checked_endpoint(arguments, std::move(spec), *engine);
  if (spec.engine == "process") return checked_process(arguments, std::move(spec));
  if (spec.path.empty()) {
    spec.digest = paced_digest(spec);
  } else {
    // Before the digest, which takes long: what no engine shall see is refused at once.
    if (spec.engine == "builtin") GWAGEO_TRY(check_model(spec.path));
    GWAGEO_ASSIGN(digest, model_digest(spec.path));
    spec.digest = digest;
  }
  std::vector<std::string> beside;
  std::uint64_t bytes = 0;
  if (spec.engine == "builtin") {
    GWAGEO_ASSIGN(found, files_beside_model(spec.path));
    beside = std::move(found);
    GWAGEO_ASSIGN(files, find_model_files(spec.path));
    bytes = bytes_of(files);
  }
  if (spec.engine == "paced") GWAGEO_TRY(check_paced(spec));
  ModelSpec tried = spec;
  tried.options.erase("load_milliseconds");  // It would only be waited for.
  const Status loaded = engine->load(tried);
  if (!loaded) return fail(ErrorKind::bad_input, loaded.error().message);
  return CheckedModel{std::move(spec), engine->findings(), std::move(beside), bytes};
}

/// Told on standard error, where it does not matter to a program that reads the answer.
void tell_beside(const CheckedModel& model) {
  constexpr std::size_t shown_max = 20;
  std::string names;
  for (std::size_t i = 0; i < model.beside.size() && i < shown_max; ++i) {
    names += (i == 0 ? "" : ", ") + model.beside[i];
  }
  if (names.empty()) return;
  if (model.beside.size() > shown_max) {
    names += " and " + std::to_string(model.beside.size() - shown_max) + " more";
  }
  std::fprintf(stderr,
               "gwageo: warning: no part of the model's digest, and read by no engine: %s\n",
               printable(names).c_str());
}

Result<CheckedModel> model_of(const Invocation& arguments) {
  const std::string name = arguments.text_or("NAME", "");
  if (!is_name(name)) {
    return fail(ErrorKind::bad_input, "\"" + name +
                                          "\" is no model name: 1 to 128 letters, digits, '.', '_' "
                                          "and '-', and first a letter or digit");
  }
  for (const std::string needed : {"role", "released", "engine"}) {
    if (arguments.has(needed)) continue;
    const std::string what = needed == "role" ? " candidate or --role reference"
                             : needed == "released"
                                 ? " YYYY-MM-DD (its release date)"
                                 : " builtin, openai, process, recorded or paced";
    return fail(ErrorKind::bad_input, "model " + name + " needs --" + needed + what);
  }
  return checked_model(arguments);
}

void add_dates(const Invocation& arguments, Json& body) {
  if (const auto date = arguments.text("training-cutoff")) body["training_cutoff"] = *date;
  if (const auto date = arguments.text("submitted")) body["submitted"] = *date;
}

void add_engine(const CheckedModel& model, Json& body) {
  const ModelSpec& spec = model.spec;
  Json options = Json::object();
  for (const auto& [key, value] : spec.options) options[key] = value;
  body["engine"] = spec.engine;
  body["path"] = spec.path;
  body["options"] = std::move(options);
  body["digest"] = to_hex(spec.digest);
  if (model.bytes > 0) body["bytes"] = static_cast<std::int64_t>(model.bytes);
}

Result<Json> body_of(const Invocation& arguments, const CheckedModel& model) {
  Json body;
  body["name"] = model.spec.name;
  body["role"] = arguments.text_or("role", "");
  if (const auto team = arguments.text("team")) body["team"] = *team;
  body["released"] = arguments.text_or("released", "");
  add_dates(arguments, body);
  add_engine(model, body);
  GWAGEO_TRY(add_model_gpus(arguments, body));
  GWAGEO_TRY(check_model_memory(arguments));
  return body;
}

constexpr const char* of_the_engine[] = {"path", "outputs", "url", "option", "engines"};

/// What is corrected. Files are digested and loaded anew, so the engine has to be named with them.
Result<Json> body_of_correction(const Invocation& arguments) {
  Json body;
  body["name"] = arguments.text_or("NAME", "");
  body["reason"] = arguments.text_or("reason", "");
  if (const auto released = arguments.text("released")) body["released"] = *released;
  add_dates(arguments, body);
  GWAGEO_TRY(add_model_gpus(arguments, body));
  if (arguments.has("engine")) {
    if (arguments.text_or("engine", "") == "openai" && !arguments.has("released")) {
      return fail(ErrorKind::bad_input,
                  "--engine openai needs --released, too: a server's model is what is declared "
                  "about it, and its date is part of that");
    }
    GWAGEO_ASSIGN(model, checked_model(arguments));
    tell_beside(model);
    add_engine(model, body);
    return body;
  }
  for (const char* const name : of_the_engine) {
    if (!arguments.has(name)) continue;
    return fail(ErrorKind::bad_input, "--" + std::string(name) +
                                          " needs --engine, too: the model is loaded and digested "
                                          "anew, and all of its options are given again");
  }
  if (body.as_object().size() == 2) {
    return fail(ErrorKind::bad_input,
                "nothing to correct is given: a date, the engine with its "
                "files and options, or the GPUs (gwageo model correct "
                "--help)");
  }
  return body;
}

Result<Json::Array> find_models(Client& client, const std::string& name) {
  GWAGEO_ASSIGN(answer, client.call("model.list"));
  Json::Array found;
  for (const Json& model : list(answer.body, "models")) {
    if (name.empty() || shown(model, "model") == name) found.push_back(model);
  }
  return found;
}

}  // namespace

Result<int> verb_model_add(const Invocation& arguments) {
  GWAGEO_ASSIGN(model, model_of(arguments));
  tell_beside(model);
  GWAGEO_ASSIGN(body, body_of(arguments, model));
  const std::string name = arguments.text_or("NAME", "");
  GWAGEO_ASSIGN(client, Client::open(arguments));
  GWAGEO_ASSIGN(answer, client.call("model.add", body));
  const bool known = shown(answer.body, "known") == "true";
  if (arguments.json()) {
    Json document;
    document["model"] = name;
    document["known"] = known;
    document["findings"] = model.findings;
    Json beside = Json::array();
    for (const std::string& file : model.beside) beside.push_back(file);
    document["not_in_digest"] = std::move(beside);
    GWAGEO_ASSIGN(models, find_models(client, name));
    if (!models.empty()) {
      for (const auto& [key, value] : models.front().as_object()) document[key] = value;
    }
    print(document);
  } else {
    say("model " + name + (known ? " was there already" : " added") + ": " + shown(body, "role") +
        ", released " + shown(body, "released") + ", digest " +
        shown(body, "digest").substr(0, 16) + "\n");
    if (model.findings.find("not_started") != nullptr) {
      say("  " + shown(model.findings, "not_started") + "\n");
    }
    for (const auto& [kind, reason] : members(member(model.findings, "refused"))) {
      say("  not to be asked there: " + kind + ": " +
          shown(member(model.findings, "refused"), kind) + "\n");
    }
  }
  return exit_code::done;
}

Result<int> verb_model_list(const Invocation& arguments) {
  GWAGEO_ASSIGN(client, Client::open(arguments));
  GWAGEO_ASSIGN(models, find_models(client, ""));
  if (arguments.json()) {
    Json document;
    document["models"] = std::move(models);
    print(document);
    return exit_code::done;
  }
  TextTable table({"model", "role", "team", "released", "engine", "GPUs", "digest", ""});
  for (const Json& model : models) {
    table.add({shown(model, "model"), shown(model, "role"), shown(model, "team"),
               shown(model, "released"), shown(model, "engine"), model_gpus_text(model),
               shown(model, "digest").substr(0, 16),
               shown(model, "retired") == "true" ? "retired" : ""});
  }
  say(table.empty() ? "no models yet; add one with: gwageo model add NAME ...\n" : table.text());
  return exit_code::done;
}

Result<int> verb_model_show(const Invocation& arguments) {
  const std::string name = arguments.text_or("NAME", "");
  GWAGEO_ASSIGN(client, Client::open(arguments));
  GWAGEO_ASSIGN(models, find_models(client, name));
  if (name.empty() || models.empty()) {
    return fail(ErrorKind::not_found, "no model is named " + name + " (gwageo model list)");
  }
  if (arguments.json()) {
    print(models.front());
    return exit_code::done;
  }
  std::string text;
  for (const auto& [key, value] : models.front().as_object()) {
    if (key != "versions") text += key + ": " + shown(models.front(), key) + "\n";
  }
  for (const Json& version : list(models.front(), "versions")) {
    const bool is_first = shown(version, "reason") == "-";
    text += "version " + shown(version, "version") + ": released " + shown(version, "released") +
            ", digest " + shown(version, "digest").substr(0, 16) +
            (is_first ? "" : ": " + shown(version, "reason")) + "\n";
  }
  say(text);
  return exit_code::done;
}

namespace {

/// Sends what makes a new version, and says which.
Result<int> next_version(const Invocation& arguments, const std::string& verb, const Json& body,
                         const std::string& what_follows) {
  GWAGEO_ASSIGN(client, Client::open(arguments));
  GWAGEO_ASSIGN(answer, client.call(verb, body));
  const std::string name = shown(body, "name");
  GWAGEO_ASSIGN(models, find_models(client, name));
  pass_on_warning(answer.body);
  const bool known = shown(answer.body, "known") == "true";
  const std::int64_t version = models.empty() ? 0 : number(models.front(), "version");
  if (arguments.json()) {
    Json document = models.empty() ? Json::object() : models.front();
    document["known"] = known;
    if (const Json* const warning = answer.body.find("warning")) document["warning"] = *warning;
    print(document);
  } else {
    say("model " + name + " is version " + std::to_string(version) + (known ? " already" : " now") +
        what_follows + "\n");
  }
  return exit_code::done;
}

}  // namespace

Result<int> verb_model_correct(const Invocation& arguments) {
  GWAGEO_ASSIGN(body, body_of_correction(arguments));
  return next_version(arguments, "model.correct", body,
                      "; the versions before stay on record, and targets go by this one");
}

Result<int> verb_model_disown(const Invocation& arguments) {
  const std::string name = arguments.text_or("NAME", "");
  GWAGEO_ASSIGN(client, Client::open(arguments));
  GWAGEO_ASSIGN(models, find_models(client, name));
  Json body;
  body["name"] = name;
  body["reason"] = arguments.text_or("reason", "");
  body["version"] = models.empty() ? 1 : number(models.front(), "version");
  return next_version(arguments, "model.disown", body,
                      "; its answers so far stay on record and count no more");
}

Result<int> verb_model_retire(const Invocation& arguments) {
  Json body;
  body["name"] = arguments.text_or("NAME", "");
  if (const auto reason = arguments.text("reason")) body["reason"] = *reason;
  GWAGEO_ASSIGN(answer, ask(arguments, "model.retire", body));
  if (arguments.json()) {
    Json document;
    document["model"] = shown(body, "name");
    document["retired"] = true;
    print(document);
  } else {
    say("model " + shown(body, "name") + " is retired\n");
  }
  return exit_code::done;
}

}  // namespace gwageo
