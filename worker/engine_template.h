// EngineTemplate: how an inference server of others is started, as data. Pure.
//
//   name: llama.cpp
//   version: 1
//   command: [llama-server, --model, "{model}", --port, "{port}", [--ctx-size, "{ctx}"]]
//   health: /health
//   options: {ctx: {default: "4096", pattern: "[0-9]{0,7}"}}
//
// A list in the command, or a word alone, is left out where an option in it is empty.
// What a model's owner may set is declared and matched whole; nothing else of his reaches the
// command, each part of which is one argument: no shell reads it. All keys: worker/README.md.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/digest.h"
#include "protocol/model_spec.h"
#include "protocol/result.h"
#include "protocol/time.h"

namespace gwageo {

/// What a model's option may be: one of `choices`, or else what `pattern` matches whole.
struct TemplateOption {
  std::string name;
  std::string otherwise;  ///< Where a model does not say.
  std::string pattern;    ///< Python's syntax; empty: there are choices.
  std::vector<std::string> choices;
};

/// Words that are given together, or not at all: where an option in them is empty.
using WordGroup = std::vector<std::string>;

/// A value.
struct EngineTemplate {
  std::string name;
  std::string version;  ///< Of the template, for people.
  std::vector<WordGroup> command;
  std::map<std::string, std::string> environment;
  std::string health = "/health";  ///< Answers 200 once the server serves.
  Duration ready_at_most = seconds(600);
  Duration stop_at_most = seconds(10);
  Duration idle_at_most;                 ///< Zero: it is never stopped for want of calls.
  Duration quiet_at_most = seconds(60);  ///< Calls and no answer for so long: is it well?
  std::vector<TemplateOption> options;
  std::map<std::string, std::string> engine;  ///< Options of the engine `openai`.
  std::vector<std::string> out_of_memory;     ///< Patterns of its output that say so.
  std::vector<WordGroup> version_command;     ///< Its output's first line; empty: not asked.
  std::string version_route;                  ///< Likewise, what it answers there.
  std::string version_field;                  ///< Where that is JSON: the member that says it.
  std::string engine_version;                 ///< Pattern of the versions that may run; empty: any.
};

/// Reads a template. `file` is only named in errors: bad_input with file, line, column and key, for
/// a command without {model} or {port}, an unknown placeholder or an option that nothing uses, too.
Result<EngineTemplate> read_engine_template(std::string_view file, std::string_view text);

/// What names a template: of all that may change an answer, so of no time-out and no log pattern.
Digest digest_of(const EngineTemplate& engine);

/// What a template's placeholders stand for, beside its options.
struct EnginePlace {
  std::string model;  ///< Path of a file or folder.
  std::string name;   ///< What the server is to call it.
  std::uint32_t port = 0;
  std::uint32_t gpus = 1;    ///< How many it has; 1 where it computes on the processor.
  std::string visible_gpus;  ///< CUDA_VISIBLE_DEVICES; empty: left as it is.
  /// The machines that they are spread over, this one first. REQUIRES: there is one.
  std::vector<std::string> hosts = {"127.0.0.1"};
};

/// bad_input where the command does not say on how many machines the server runs: it runs on this
/// one then.
Status check_spans_nodes(const EngineTemplate& engine);

/// A program to be run: no shell has a part in it. A value.
struct EngineCommand {
  std::vector<std::string> words;                  ///< The program first.
  std::map<std::string, std::string> environment;  ///< Beside what there is.
};

/// A model's options, told apart.
struct EngineOptions {
  std::map<std::string, std::string> of_template;  ///< All that it declares.
  std::map<std::string, std::string> of_openai;    ///< For the engine `openai`, without `model`.
};

/// The option that says which template a model runs with, and the one that pins its digest.
inline constexpr std::string_view template_option = "template";
inline constexpr std::string_view template_digest_option = "template_digest";

/// bad_input, naming the option, where a model sets one that the template does not declare and that
/// is none of the engine `openai` that a model may set, or sets one to what it may not be.
Result<EngineOptions> options_for(const EngineTemplate& engine, const ModelSpec& spec);

EngineCommand expand(const EngineTemplate& engine,
                     const std::map<std::string, std::string>& of_template,
                     const EnginePlace& place);
/// `version_command` with its placeholders filled. REQUIRES: it is not empty.
EngineCommand expand_version_command(const EngineTemplate& engine,
                                     const std::map<std::string, std::string>& of_template,
                                     const EnginePlace& place);

/// Whether `pattern` (Python's syntax) matches `text` somewhere, or whole. No match where the
/// pattern is none, which `read_engine_template` refuses.
bool finds(const std::string& pattern, std::string_view text);
bool matches_whole(const std::string& pattern, std::string_view text);

}  // namespace gwageo
