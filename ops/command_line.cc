#include "ops/command_line.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cctype>
#include <cstdio>
#include <map>
#include <memory>
#include <optional>

#include "ops/output.h"

namespace gwageo {
namespace {

const std::vector<Parameter>& everywhere() {
  static const std::vector<Parameter> parameters = {
      {"--json", Takes::nothing, "", "one JSON document on standard output, and nothing else",
       false},
      {"--data", Takes::one, "DIR", "data directory (else GWAGEO_DATA, else ./gwageo-data)", false},
      {"--coordinator", Takes::one, "ADDR",
       "the coordinator's address (else GWAGEO_COORDINATOR, else what DIR says)", false},
      {"--key", Takes::one, "FILE", "your key file (else GWAGEO_KEY, else DIR's operator key)",
       false},
  };
  return parameters;
}

bool is_option(const Parameter& parameter) { return parameter.name.starts_with("--"); }

std::string shown_parameter(const Parameter& parameter) {
  return parameter.value.empty() ? parameter.name : parameter.name + " " + parameter.value;
}

void append_parameter(std::string& text, const Parameter& parameter) {
  std::string name = "  " + shown_parameter(parameter);
  name.resize(std::max<std::size_t>(name.size() + 2, 26), ' ');
  text += name + parameter.help + "\n";
}

bool looks_at(const Verb& verb, const std::string& everywhere) {
  if (everywhere == "--json" || verb.looks_at == LooksAt::coordinator) return true;
  return everywhere == "--data" && verb.looks_at == LooksAt::data_directory;
}

std::string help_of(const Verb& verb) {
  std::string usage = "gwageo " + verb.name;
  for (const Parameter& parameter : verb.parameters) {
    const std::string one =
        shown_parameter(parameter) + (parameter.takes == Takes::many ? " ..." : "");
    usage += parameter.is_needed ? " " + one : " [" + one + "]";
  }
  std::string text = usage + "\n\n" + verb.sentence + "\n\n";
  for (const Parameter& parameter : verb.parameters) append_parameter(text, parameter);
  if (!verb.parameters.empty()) text += "\nEverywhere:\n";
  for (const Parameter& parameter : everywhere()) {
    if (looks_at(verb, parameter.name)) append_parameter(text, parameter);
  }
  text += "\nExample:\n  " + verb.example + "\n\nExit codes: 0 done; " + verb.codes +
          "2 bad usage or input; 3 the coordinator\ncannot be reached; 4 not allowed.\n";
  return text;
}

std::string help_of_family(const std::vector<Verb>& verbs, const std::string& family) {
  std::string text = "gwageo " + family + " ...\n\n";
  for (const Verb& verb : verbs) {
    if (verb.name.starts_with(family + " "))
      text += "  gwageo " + verb.name + "\n      " + verb.sentence + "\n";
  }
  return text + "\nEach has its own --help.\n";
}

/// Parsed words end up here, by the parameter's name without dashes.
using Values = std::map<std::string, std::vector<std::string>>;

void add_parameter(CLI::App& app, const Parameter& parameter, Values& values) {
  const std::string key = is_option(parameter) ? parameter.name.substr(2) : parameter.name;
  if (parameter.takes == Takes::nothing) {
    app.add_flag_callback(parameter.name, [&values, key] { values[key] = {"true"}; });
    return;
  }
  CLI::Option* const option = app.add_option(parameter.name, values[key]);
  if (is_option(parameter) || parameter.takes == Takes::one) option->allow_extra_args(false);
  if (!is_option(parameter) && parameter.takes == Takes::one) option->expected(1);
  if (parameter.is_needed && !is_option(parameter)) option->required();
}

/// A coordinator names a member of its protocol ("`within_seconds` must be"); whoever typed
/// --within reads that. A member is called as its parameter is, with "_" for "-", and may have the
/// unit behind, or an "s" where there may be many.
std::string as_typed(const Verb& verb, const std::string& text) {
  const std::size_t end = text.starts_with("`") ? text.find('`', 1) : std::string::npos;
  if (end == std::string::npos) return text;
  const std::string member = text.substr(1, end - 1);
  for (const Parameter& parameter : verb.parameters) {
    std::string name = is_option(parameter) ? parameter.name.substr(2) : parameter.name;
    std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) {
      return c == '-' ? '_' : static_cast<char>(std::tolower(c));
    });
    const bool is_it = member == name || member.starts_with(name + "_") ||
                       (parameter.takes == Takes::many && member == name + "s");
    if (is_it) return parameter.name + text.substr(end + 1);
  }
  return text;
}

/// What is wrong with the verb itself, if anything, in better words than the parser's.
std::optional<std::string> wrong_verb(const std::vector<Verb>& verbs,
                                      const std::vector<std::string>& given) {
  std::vector<std::string> names;
  for (const std::string& word : given) {
    if (word == "--help" || word == "-h") return std::nullopt;
    if (!word.starts_with("-")) names.push_back(word);
  }
  // An option's value may come before the verb; then the parser says what it finds.
  if (names.empty() || given.front().starts_with("-")) return std::nullopt;
  std::string members;
  for (const Verb& verb : verbs) {
    if (verb.name == names[0]) return std::nullopt;
    if (!verb.name.starts_with(names[0] + " ")) continue;
    const std::string last = verb.name.substr(names[0].size() + 1);
    if (names.size() > 1 && last == names[1]) return std::nullopt;
    members += (members.empty() ? "" : ", ") + last;
  }
  if (members.empty()) return "there is no verb \"" + names[0] + "\" (see gwageo --help)";
  return "after \"" + names[0] + "\" comes one of: " + members;
}

class Parser {
 public:
  Parser(const std::vector<Verb>& verbs, const std::string& overview) : overview_(overview) {
    app_.name("gwageo");
    for (const Parameter& parameter : everywhere()) add_parameter(app_, parameter, values_);
    for (const Verb& verb : verbs) add_verb(verbs, verb);
    app_.formatter_fn(
        [this](const CLI::App*, std::string, CLI::AppFormatMode) { return overview_; });
    app_.require_subcommand(1);
  }

  /// The verb, with its arguments; nothing when help was asked for and printed.
  Result<const Verb*> parse(int count, const char* const* words, Invocation& arguments) {
    try {
      app_.parse(count, words);
    } catch (const CLI::CallForHelp& help) {
      app_.exit(help);
      return nullptr;
    } catch (const CLI::ParseError& error) {
      return fail(ErrorKind::bad_input, std::string(error.what()) + see());
    }
    for (const auto& [key, given] : values_) {
      for (const std::string& value : given) {
        // Often a variable of somebody's script that is not set.
        if (value.empty()) {
          return fail(ErrorKind::bad_input, shown_name(key) + " is empty" + see());
        }
        arguments.add(key, value);
      }
    }
    // A family may be a verb itself ("worker", "worker check"): then both were parsed, it first.
    const auto leaf = std::find_if(leaves_.rbegin(), leaves_.rend(),
                                   [](const auto& each) { return each.first->parsed(); });
    GWAGEO_TRY(check_own(*leaf->second));
    GWAGEO_TRY(check_once(*leaf->first, everywhere()));
    GWAGEO_TRY(check_once(*leaf->first, leaf->second->parameters));
    return leaf->second;
  }

 private:
  /// A verb of a family that is a verb itself takes none of that one's options.
  Status check_own(const Verb& verb) const {
    for (const auto& [key, given] : values_) {
      const auto is_it = [&key = key](const Parameter& parameter) {
        return (is_option(parameter) ? parameter.name.substr(2) : parameter.name) == key;
      };
      const std::vector<Parameter> common = everywhere();
      if (given.empty() || std::any_of(common.begin(), common.end(), is_it) ||
          std::any_of(verb.parameters.begin(), verb.parameters.end(), is_it)) {
        continue;
      }
      return fail(ErrorKind::bad_input,
                  "gwageo " + verb.name + " takes no " + shown_name(key) + see());
    }
    return {};
  }
  /// Of two values of an option that takes one, either might be meant.
  Status check_once(CLI::App& leaf, const std::vector<Parameter>& parameters) {
    for (const Parameter& parameter : parameters) {
      if (!is_option(parameter) || parameter.takes != Takes::one) continue;
      std::vector<std::string> given;
      for (CLI::App* const app : {&app_, &leaf}) {
        const CLI::Option* const option = app->get_option_no_throw(parameter.name);
        if (option == nullptr) continue;
        given.insert(given.end(), option->results().begin(), option->results().end());
      }
      if (given.size() < 2) continue;
      return fail(ErrorKind::bad_input, parameter.name + " is given more than once: \"" + given[0] +
                                            "\" and \"" + given[1] + "\"" + see());
    }
    return {};
  }
  /// Where help is for what was asked for, as far as it was understood.
  std::string see() const {
    std::string name;
    for (const auto& [family, group] : families_) {
      if (group->parsed()) name = family + " ";
    }
    for (const auto& [leaf, verb] : leaves_) {
      if (leaf->parsed()) name = verb->name + " ";
    }
    return " (see gwageo " + name + "--help)";
  }
  void add_verb(const std::vector<Verb>& verbs, const Verb& verb) {
    const std::size_t space = verb.name.find(' ');
    CLI::App* parent = &app_;
    if (space != std::string::npos) {
      const std::string family = verb.name.substr(0, space);
      CLI::App*& group = families_[family];
      const auto same = std::find_if(leaves_.begin(), leaves_.end(),
                                     [&](const auto& leaf) { return leaf.second->name == family; });
      if (group == nullptr && same != leaves_.end()) group = same->first;
      if (group == nullptr) {
        group = app_.add_subcommand(family);
        group->fallthrough();
        group->require_subcommand(1);
        const std::string help = help_of_family(verbs, family);
        group->formatter_fn(
            [help](const CLI::App*, std::string, CLI::AppFormatMode) { return help; });
      }
      parent = group;
    }
    const std::string last = space == std::string::npos ? verb.name : verb.name.substr(space + 1);
    CLI::App* const leaf = parent->add_subcommand(last);
    leaf->fallthrough();
    for (const Parameter& parameter : verb.parameters) add_parameter(*leaf, parameter, values_);
    leaf->formatter_fn(
        [&verb](const CLI::App*, std::string, CLI::AppFormatMode) { return help_of(verb); });
    leaves_.emplace_back(leaf, &verb);
  }

  CLI::App app_;
  const std::string& overview_;
  Values values_;
  std::map<std::string, CLI::App*> families_;
  std::vector<std::pair<CLI::App*, const Verb*>> leaves_;
};

}  // namespace

Result<Invocation> read_words(const Verb& verb, const std::vector<std::string>& words) {
  std::vector<const char*> line = {"gwageo", verb.name.c_str()};
  for (const std::string& word : words) {
    if (word == "--help" || word == "-h") {
      return fail(ErrorKind::bad_input, word + " only prints how gwageo " + verb.name + " is used");
    }
    line.push_back(word.c_str());
  }
  const std::vector<Verb> only = {verb};
  const std::string nothing;
  Parser parser(only, nothing);
  Invocation arguments;
  GWAGEO_TRY(parser.parse(static_cast<int>(line.size()), line.data(), arguments));
  return arguments;
}

int run_command_line(const std::vector<Verb>& verbs, const std::string& overview, int count,
                     const char* const* words) {
  if (count < 2) {
    std::fputs(overview.c_str(), stdout);
    return exit_code::done;
  }
  Invocation arguments;
  const std::vector<std::string> given(words + 1, words + count);
  if (std::find(given.begin(), given.end(), "--json") != given.end()) arguments.add("json", "true");
  if (const std::optional<std::string> wrong = wrong_verb(verbs, given)) {
    return report_error(arguments, {ErrorKind::bad_input, *wrong});
  }
  Parser parser(verbs, overview);
  const Result<const Verb*> verb = parser.parse(count, words, arguments);
  if (!verb) return report_error(arguments, verb.error());
  if (*verb == nullptr) return exit_code::done;
  const Result<int> code = (*verb)->run(arguments);
  const int end =
      code ? *code
           : report_error(arguments, {code.error().kind, as_typed(**verb, code.error().message)});
  // Whoever reads a cut answer must not take it for a whole one.
  if (end != exit_code::done || (std::fflush(stdout) == 0 && std::ferror(stdout) == 0)) return end;
  std::fprintf(stderr, "gwageo: standard output could not be written to its end\n");
  return exit_code::bad_input;
}

}  // namespace gwageo
