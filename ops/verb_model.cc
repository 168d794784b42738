// gwageo model add | list | show | retire.
#include <filesystem>

#include "ops/client.h"
#include "ops/output.h"
#include "ops/system.h"
#include "ops/table.h"
#include "ops/verbs.h"
#include "protocol/bytes.h"
#include "protocol/limits.h"
#include "protocol/name.h"
#include "worker/engine.h"
#include "worker/model_files.h"

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

/// Where the engine finds the model: a folder, a file, or nothing.
Result<std::string> path_of(const Invocation& arguments, const std::string& engine) {
  const std::string wanted = engine == "builtin" ? "path" : engine == "recorded" ? "outputs" : "";
  for (const std::string name : {"path", "outputs"}) {
    if (name != wanted && arguments.has(name)) {
      return fail(ErrorKind::bad_input, "--" + name + " is not for --engine " + engine);
    }
  }
  if (wanted.empty()) return std::string();
  const std::optional<std::string> given = arguments.text(wanted);
  if (!given || given->empty()) {
    return fail(ErrorKind::bad_input, "--engine " + engine + " needs --" + wanted +
                                          (engine == "builtin" ? " DIR" : " FILE"));
  }
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

/// The model with its digest, loaded once here: what no worker could load is refused before it is
/// registered.
Result<ModelSpec> checked_spec(const Invocation& arguments) {
  ModelSpec spec;
  spec.name = arguments.text_or("NAME", "");
  spec.engine = arguments.text_or("engine", "");
  const SystemClock clock;
  GWAGEO_ASSIGN(engine, make_engine(spec.engine, clock, 1));
  GWAGEO_ASSIGN(path, path_of(arguments, spec.engine));
  spec.path = std::move(path);
  GWAGEO_ASSIGN(options, options_of(arguments));
  spec.options = std::move(options);
  if (spec.path.empty()) {
    spec.digest = paced_digest(spec);
  } else {
    GWAGEO_ASSIGN(digest, model_digest(spec.path));
    spec.digest = digest;
  }
  ModelSpec tried = spec;
  tried.options.erase("load_milliseconds");  // It would only be waited for.
  const Status loaded = engine->load(tried);
  if (!loaded) return fail(ErrorKind::bad_input, loaded.error().message);
  return spec;
}

Result<Json> body_of(const Invocation& arguments) {
  const std::string name = arguments.text_or("NAME", "");
  if (!is_name(name)) {
    return fail(ErrorKind::bad_input, "\"" + name +
                                          "\" is no model name: 1 to 128 letters, digits, '.', '_' "
                                          "and '-', and first a letter or digit");
  }
  for (const std::string needed : {"role", "released", "engine"}) {
    if (arguments.has(needed)) continue;
    const std::string what = needed == "role"       ? " candidate or --role reference"
                             : needed == "released" ? " YYYY-MM-DD (its release date)"
                                                    : " builtin, recorded or paced";
    return fail(ErrorKind::bad_input, "model " + name + " needs --" + needed + what);
  }
  GWAGEO_ASSIGN(spec, checked_spec(arguments));
  Json options = Json::object();
  for (const auto& [key, value] : spec.options) options[key] = value;
  Json body;
  body["name"] = name;
  body["role"] = arguments.text_or("role", "");
  if (const auto team = arguments.text("team")) body["team"] = *team;
  body["released"] = arguments.text_or("released", "");
  body["engine"] = spec.engine;
  body["path"] = spec.path;
  body["options"] = std::move(options);
  body["digest"] = to_hex(spec.digest);
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
  GWAGEO_ASSIGN(body, body_of(arguments));
  const std::string name = arguments.text_or("NAME", "");
  GWAGEO_ASSIGN(client, Client::open(arguments));
  GWAGEO_ASSIGN(answer, client.call("model.add", body));
  const bool known = shown(answer.body, "known") == "true";
  if (arguments.json()) {
    Json document;
    document["model"] = name;
    document["known"] = known;
    GWAGEO_ASSIGN(models, find_models(client, name));
    if (!models.empty()) {
      for (const auto& [key, value] : models.front().as_object()) document[key] = value;
    }
    print(document);
  } else {
    say("model " + name + (known ? " was there already" : " added") + ": " + shown(body, "role") +
        ", released " + shown(body, "released") + ", digest " +
        shown(body, "digest").substr(0, 16) + "\n");
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
  TextTable table({"model", "role", "team", "released", "engine", "digest", ""});
  for (const Json& model : models) {
    table.add({shown(model, "model"), shown(model, "role"), shown(model, "team"),
               shown(model, "released"), shown(model, "engine"),
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
    text += key + ": " + shown(models.front(), key) + "\n";
  }
  say(text);
  return exit_code::done;
}

Result<int> verb_model_retire(const Invocation& arguments) {
  Json body;
  body["name"] = arguments.text_or("NAME", "");
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
