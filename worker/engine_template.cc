#include "worker/engine_template.h"

#include <algorithm>
#include <array>
#include <functional>
#include <optional>
#include <set>
#include <utility>

#include "protocol/bytes.h"
#include "protocol/name.h"
#include "protocol/regex.h"
#include "protocol/yaml.h"

namespace gwageo {
namespace {

constexpr std::size_t words_max = 256;
constexpr double seconds_max = 86400;

/// Options of the engine `openai` that say how a server is asked; where it is and what it is called
/// is the worker's business.
constexpr std::array<std::string_view, 17> openai_options = {
    "connections",    "connections_first", "connect_seconds",
    "answer_seconds", "retries",           "limit_field",
    "temperature",    "stop_strings",      "assistant_prefix",
    "prefix",         "prefix_token",      "window",
    "extra",          "ordering",          "refused_generate",
    "refused_chat",   "refused_likelihood"};

constexpr std::array<std::string_view, 8> own_placeholders = {
    "model", "port", "name", "gpus", "nodes", "hosts", "head", "node_gpus"};

template <class List>
bool holds(const List& list, std::string_view word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

/// "{" and "}" are written twice where they are meant. `fill` gives what a placeholder stands for,
/// or nothing for one that is not known; the first such, or what is malformed, is the error.
Result<std::string> fill_placeholders(
    std::string_view text,
    const std::function<std::optional<std::string>(const std::string&)>& fill) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool is_doubled = i + 1 < text.size() && text[i + 1] == text[i];
    if ((text[i] == '{' || text[i] == '}') && is_doubled) {
      out += text[i++];
    } else if (text[i] == '}') {
      return fail(ErrorKind::bad_input, "a lone \"}\"; write \"}}\" for a brace");
    } else if (text[i] == '{') {
      const std::size_t end = text.find('}', i);
      if (end == text.npos) {
        return fail(ErrorKind::bad_input, "a lone \"{\"; write \"{{\" for a brace");
      }
      const std::string name(text.substr(i + 1, end - i - 1));
      const std::optional<std::string> value = fill(name);
      if (!value) {
        std::string known;
        for (const std::string_view own : own_placeholders) known += "{" + std::string(own) + "}, ";
        return fail(ErrorKind::bad_input, "no placeholder is called {" + name + "}; there are " +
                                              known + "and the declared options");
      }
      out += *value;
      i = end;
    } else {
      out += text[i];
    }
  }
  return out;
}

/// Reads one document.
class TemplateReader {
 public:
  explicit TemplateReader(const YamlValue& document) : document_(document) {}

  Result<EngineTemplate> read() {
    GWAGEO_TRY(document_.only({"name", "version", "command", "environment", "health",
                               "ready_seconds", "stop_seconds", "idle_seconds", "quiet_seconds",
                               "options", "engine", "out_of_memory", "version_command",
                               "version_route", "version_field", "engine_version"}));
    GWAGEO_TRY(read_names());
    GWAGEO_TRY(read_options());
    GWAGEO_TRY(read_command());
    GWAGEO_TRY(read_environment());
    GWAGEO_TRY(read_times());
    GWAGEO_TRY(read_engine());
    GWAGEO_TRY(read_patterns());
    GWAGEO_TRY(read_version());
    return std::move(out_);
  }

 private:
  Status read_names() {
    GWAGEO_ASSIGN(name, document_.need("name"));
    GWAGEO_ASSIGN(text, name.text());
    if (!is_name(text)) {
      return name.refuse("no name: 1 to 128 letters, digits, '.', '_' and '-'");
    }
    out_.name = text;
    GWAGEO_ASSIGN(version, document_.need("version"));
    if (!version.is_scalar() || version.node().text.empty()) return version.expected("a version");
    out_.version = version.node().text;
    return {};
  }

  Status read_options() {
    const std::optional<YamlValue> options = document_.find("options");
    if (!options) return {};
    GWAGEO_ASSIGN(members, options->members());
    for (std::size_t i = 0; i < members.size(); ++i) {
      const std::string& name = options->name(i);
      const bool is_taken = holds(own_placeholders, name) || holds(openai_options, name) ||
                            name == template_option || name == template_digest_option ||
                            name == "probe";
      if (is_taken) return members[i].refuse("an option of that name is there already");
      if (!is_name(name)) return members[i].refuse("no name for an option");
      GWAGEO_TRY(read_option(name, members[i]));
    }
    return {};
  }

  Status read_option(const std::string& name, const YamlValue& value) {
    GWAGEO_TRY(value.only({"default", "pattern", "choices"}));
    TemplateOption option{name, "", "", {}};
    GWAGEO_ASSIGN(otherwise, value.need("default"));
    GWAGEO_ASSIGN(text, otherwise.text());
    option.otherwise = text;
    if (const auto pattern = value.find("pattern")) {
      GWAGEO_ASSIGN(given, read_pattern(*pattern));
      option.pattern = std::move(given);
    }
    if (const auto choices = value.find("choices")) {
      GWAGEO_ASSIGN(given, choices->texts());
      option.choices = std::move(given);
    }
    if (option.pattern.empty() == option.choices.empty()) {
      return value.refuse("what a model may set it to: either `pattern` or `choices` says so");
    }
    const bool fits = option.choices.empty() ? matches_whole(option.pattern, option.otherwise)
                                             : holds(option.choices, option.otherwise);
    if (!fits) return otherwise.refuse("not among what the option may be");
    out_.options.push_back(std::move(option));
    return {};
  }

  Result<std::string> read_pattern(const YamlValue& value) {
    GWAGEO_ASSIGN(text, value.text());
    if (text.empty()) return value.refuse("an empty pattern");
    const Result<Regex> regex = Regex::compile(text);
    if (!regex) return value.refuse(regex.error().message);
    return text;
  }

  /// Checks the placeholders of one text, and remembers which there were.
  Status check_placeholders(const YamlValue& value, const std::string& text) {
    if (text.find('\0') != text.npos) return value.refuse("a zero byte");
    const auto filled = fill_placeholders(text, [&](const std::string& name) {
      used_.insert(name);
      const bool is_known =
          holds(own_placeholders, name) ||
          std::ranges::any_of(out_.options, [&](const auto& each) { return each.name == name; });
      return is_known ? std::optional<std::string>("x") : std::nullopt;
    });
    if (!filled) return value.refuse(filled.error().message);
    return {};
  }

  Result<std::vector<WordGroup>> read_words(const YamlValue& value) {
    if (!value.is_sequence()) return value.expected("a list: the program and its arguments");
    GWAGEO_ASSIGN(elements, value.elements());
    if (elements.empty()) return value.refuse("the program is missing");
    if (elements.size() > words_max) return value.refuse("more than 256 arguments");
    std::vector<WordGroup> groups;
    for (const YamlValue& element : elements) {
      GWAGEO_ASSIGN(words, element.texts());
      if (words.empty()) return element.refuse("an empty list");
      for (const std::string& word : words) GWAGEO_TRY(check_placeholders(element, word));
      groups.push_back(std::move(words));
    }
    const std::string& program = groups.front().front();
    if (program.find_first_of("{}") != std::string::npos || program.empty()) {
      return elements.front().refuse("the program is named as it is, without placeholders");
    }
    return groups;
  }

  Status read_command() {
    GWAGEO_ASSIGN(command, document_.need("command"));
    GWAGEO_ASSIGN(words, read_words(command));
    for (const std::string needed : {"model", "port"}) {
      if (used_.contains(needed)) continue;
      return command.refuse("it has no {" + needed + "}: the server would " +
                            (needed == "port" ? "listen where nobody asks it"
                                              : "not serve the model that was verified"));
    }
    out_.command = std::move(words);
    if (const auto version = document_.find("version_command")) {
      GWAGEO_ASSIGN(asked, read_words(*version));
      out_.version_command = std::move(asked);
    }
    return {};
  }

  Status read_environment() {
    if (const auto environment = document_.find("environment")) {
      GWAGEO_ASSIGN(members, environment->members());
      for (std::size_t i = 0; i < members.size(); ++i) {
        const std::string& name = environment->name(i);
        if (!matches_whole("[A-Za-z_][A-Za-z0-9_]*", name)) {
          return members[i].refuse("no name of a variable");
        }
        if (name == "CUDA_VISIBLE_DEVICES" || name.starts_with("GWAGEO_")) {
          return members[i].refuse("the worker sets it");
        }
        GWAGEO_ASSIGN(text, members[i].text());
        GWAGEO_TRY(check_placeholders(members[i], text));
        out_.environment[name] = text;
      }
    }
    for (const TemplateOption& option : out_.options) {
      if (used_.contains(option.name)) continue;
      return document_.find("options")->refuse("nothing uses {" + option.name +
                                               "}: a model that sets it would change nothing");
    }
    return {};
  }

  Status read_time(std::string_view key, double least, Duration& into) {
    const std::optional<YamlValue> value = document_.find(key);
    if (!value) return {};
    GWAGEO_ASSIGN(given, value->number());
    if (!(given >= least && given <= seconds_max)) {
      return value->refuse("seconds, at most a day, and not below " +
                           std::string(least > 0 ? "a tenth" : "zero"));
    }
    into = microseconds(static_cast<std::int64_t>(given * 1e6));
    return {};
  }

  Status read_times() {
    GWAGEO_TRY(read_time("ready_seconds", 0.1, out_.ready_at_most));
    GWAGEO_TRY(read_time("stop_seconds", 0, out_.stop_at_most));
    GWAGEO_TRY(read_time("idle_seconds", 0, out_.idle_at_most));
    GWAGEO_TRY(read_time("quiet_seconds", 0.1, out_.quiet_at_most));
    return read_route("health", out_.health);
  }

  Status read_route(std::string_view key, std::string& into) {
    const std::optional<YamlValue> value = document_.find(key);
    if (!value) return {};
    GWAGEO_ASSIGN(text, value->text());
    if (!matches_whole("/[A-Za-z0-9._/?=&-]*", text)) {
      return value->refuse("a path at the server, for instance /health");
    }
    into = std::move(text);
    return {};
  }

  Status read_engine() {
    const std::optional<YamlValue> engine = document_.find("engine");
    if (!engine) return {};
    GWAGEO_TRY(engine->only({openai_options.begin(), openai_options.end()}));
    GWAGEO_ASSIGN(members, engine->members());
    for (std::size_t i = 0; i < members.size(); ++i) {
      if (!members[i].is_scalar()) return members[i].expected("a text or number");
      out_.engine[engine->name(i)] = members[i].node().text;
    }
    return {};
  }

  Status read_patterns() {
    const std::optional<YamlValue> patterns = document_.find("out_of_memory");
    if (!patterns) return {};
    GWAGEO_ASSIGN(elements, patterns->elements());
    for (const YamlValue& element : elements) {
      GWAGEO_ASSIGN(pattern, read_pattern(element));
      out_.out_of_memory.push_back(std::move(pattern));
    }
    return {};
  }

  Status read_version() {
    GWAGEO_TRY(read_route("version_route", out_.version_route));
    if (!out_.version_route.empty() && !out_.version_command.empty()) {
      return document_.find("version_route")->refuse("there is a version_command already");
    }
    if (const auto field = document_.find("version_field")) {
      if (out_.version_route.empty()) return field->refuse("it goes with a version_route");
      GWAGEO_ASSIGN(text, field->text());
      out_.version_field = std::move(text);
    }
    if (const auto wanted = document_.find("engine_version")) {
      if (out_.version_route.empty() && out_.version_command.empty()) {
        return wanted->refuse("neither version_route nor version_command tells the version");
      }
      GWAGEO_ASSIGN(pattern, read_pattern(*wanted));
      out_.engine_version = std::move(pattern);
    }
    return {};
  }

  const YamlValue& document_;
  EngineTemplate out_;
  std::set<std::string> used_;
};

const TemplateOption* option_of(const EngineTemplate& engine, const std::string& name) {
  const auto found =
      std::ranges::find_if(engine.options, [&](const auto& each) { return each.name == name; });
  return found == engine.options.end() ? nullptr : &*found;
}

tl::unexpected<Error> refuse_option(const EngineTemplate& engine, std::string what) {
  return fail(ErrorKind::bad_input, "engine process, template " + engine.name + ": " + what);
}

std::optional<std::string> own_value(const std::string& name, const EnginePlace& place) {
  if (name == "model") return place.model;
  if (name == "port") return std::to_string(place.port);
  if (name == "name") return place.name;
  if (name == "gpus") return std::to_string(place.gpus);
  if (name == "nodes") return std::to_string(place.hosts.size());
  if (name == "head") return place.hosts.front();
  if (name == "node_gpus") return std::to_string(place.gpus / place.hosts.size());
  if (name != "hosts") return std::nullopt;
  std::string all;
  for (const std::string& host : place.hosts) all += (all.empty() ? "" : ",") + host;
  return all;
}

/// Fills the placeholders of one text; what is read from a file was checked for them.
std::string filled(const std::string& text, const std::map<std::string, std::string>& options,
                   const EnginePlace& place) {
  return fill_placeholders(text,
                           [&](const std::string& name) -> std::optional<std::string> {
                             if (auto own = own_value(name, place)) return own;
                             const auto found = options.find(name);
                             return found == options.end() ? "" : found->second;
                           })
      .value_or(text);
}

bool has_empty_option(const std::string& word, const std::map<std::string, std::string>& options) {
  bool is_empty = false;
  static_cast<void>(fill_placeholders(word, [&](const std::string& name) {
    const auto found = options.find(name);
    is_empty = is_empty || (found != options.end() && found->second.empty());
    return std::optional<std::string>("");
  }));
  return is_empty;
}

EngineCommand expand_words(const EngineTemplate& engine, const std::vector<WordGroup>& groups,
                           const std::map<std::string, std::string>& options,
                           const EnginePlace& place) {
  EngineCommand command;
  for (const WordGroup& group : groups) {
    const bool is_left_out = std::ranges::any_of(
        group, [&](const std::string& word) { return has_empty_option(word, options); });
    if (is_left_out) continue;
    for (const std::string& word : group) command.words.push_back(filled(word, options, place));
  }
  for (const auto& [name, text] : engine.environment) {
    command.environment[name] = filled(text, options, place);
  }
  if (!place.visible_gpus.empty()) {
    command.environment["CUDA_VISIBLE_DEVICES"] = place.visible_gpus;
  }
  return command;
}

}  // namespace

Result<EngineTemplate> read_engine_template(std::string_view file, std::string_view text) {
  GWAGEO_ASSIGN(node, parse_yaml(file, text));
  const YamlValue document(file, node);
  if (!document.is_mapping()) return document.expected("a template: name, version, command, ...");
  return TemplateReader(document).read();
}

Digest digest_of(const EngineTemplate& engine) {
  ByteWriter out;
  const auto list = [&out](const std::vector<std::string>& texts) {
    out.u32(static_cast<std::uint32_t>(texts.size()));
    for (const std::string& each : texts) out.text(each);
  };
  const auto table = [&out](const std::map<std::string, std::string>& entries) {
    out.u32(static_cast<std::uint32_t>(entries.size()));
    for (const auto& [key, value] : entries) {
      out.text(key);
      out.text(value);
    }
  };
  out.text("gwageo engine template");
  out.text(engine.name);
  out.text(engine.version);
  out.u32(static_cast<std::uint32_t>(engine.command.size()));
  for (const WordGroup& group : engine.command) list(group);
  table(engine.environment);
  out.u32(static_cast<std::uint32_t>(engine.options.size()));
  for (const TemplateOption& option : engine.options) {
    out.text(option.name);
    out.text(option.otherwise);
    out.text(option.pattern);
    list(option.choices);
  }
  table(engine.engine);
  out.text(engine.engine_version);
  return sha256(out.bytes());
}

Result<EngineOptions> options_for(const EngineTemplate& engine, const ModelSpec& spec) {
  EngineOptions options;
  options.of_openai = engine.engine;
  for (const TemplateOption& option : engine.options) {
    options.of_template[option.name] = option.otherwise;
  }
  for (const auto& [key, value] : spec.options) {
    if (key == template_option || key == template_digest_option) continue;
    const TemplateOption* const option = option_of(engine, key);
    if (option == nullptr && !holds(openai_options, key)) {
      std::string names;
      for (const TemplateOption& each : engine.options) names += each.name + ", ";
      return refuse_option(engine, "unknown option \"" + key + "\"; it takes " + names +
                                       "and those of the engine openai but for model, version "
                                       "and tokens");
    }
    if (option == nullptr) {
      options.of_openai[key] = value;
      continue;
    }
    const bool fits = option->choices.empty() ? matches_whole(option->pattern, value)
                                              : holds(option->choices, value);
    if (!fits) {
      std::string may = "what the pattern " + option->pattern + " matches whole";
      if (!option->choices.empty()) {
        may = "one of";
        for (const std::string& choice : option->choices) may += " " + choice;
      }
      return refuse_option(engine, "option " + key + "=" + value + " must be " + may);
    }
    options.of_template[key] = value;
  }
  return options;
}

Status check_spans_nodes(const EngineTemplate& engine) {
  bool is_asked = false;
  for (const WordGroup& group : engine.command) {
    for (const std::string& word : group) {
      static_cast<void>(fill_placeholders(word, [&](const std::string& name) {
        is_asked = is_asked || name == "nodes";
        return std::optional<std::string>("");
      }));
    }
  }
  if (is_asked) return {};
  return fail(ErrorKind::bad_input,
              "engine process: template " + engine.name + " runs on one node: it has no {nodes}");
}

EngineCommand expand(const EngineTemplate& engine,
                     const std::map<std::string, std::string>& of_template,
                     const EnginePlace& place) {
  return expand_words(engine, engine.command, of_template, place);
}

EngineCommand expand_version_command(const EngineTemplate& engine,
                                     const std::map<std::string, std::string>& of_template,
                                     const EnginePlace& place) {
  return expand_words(engine, engine.version_command, of_template, place);
}

bool finds(const std::string& pattern, std::string_view text) {
  const Result<Regex> regex = Regex::compile(pattern);
  if (!regex) return false;
  const auto found = regex->find_all(text, 1);
  return found && !found->empty();
}

bool matches_whole(const std::string& pattern, std::string_view text) {
  return finds("\\A(?:" + pattern + ")\\Z", text);
}

}  // namespace gwageo
