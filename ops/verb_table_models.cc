#include "ops/verb_table_models.h"

#include "ops/gpu_options.h"
#include "ops/parameters.h"
#include "ops/verbs.h"

namespace gwageo {
namespace {

/// Where the model lies, and what its engine is told.
std::vector<Parameter> engine_parameters() {
  return {
      option("--path", "PATH",
             "builtin and process, needed: a folder of config.json and *.safetensors, or one GGUF "
             "file"),
      option("--engines", "DIR",
             "process: templates of servers (else GWAGEO_ENGINES, else beside the program)"),
      option("--outputs", "FILE", "recorded, needed: JSON lines of outputs"),
      option("--url", "URL", "openai, needed: an OpenAI-compatible server, http://HOST:PORT/v1"),
      {"--option", Takes::many, "KEY=VALUE",
       "an option of the engine, in the README of worker/; paced: milliseconds (that an "
       "answer takes, 0), load_milliseconds (a load, 0), in_flight (answers at the same "
       "time, 32), and text (what each says) or bytes (how many each has, 16)",
       false}};
}

}  // namespace

std::vector<Verb> model_verbs() {
  return {
      {"model add",
       "Registers a model by the digest of its files, after loading it once to see that it is "
       "whole.",
       with(with({needed("NAME", "the model's name"),
                  needed_option("--role", "ROLE", "candidate or reference"),
                  option("--team", "TEAM",
                         "whose it is (your key's team, else \"default\", unless given)"),
                  needed_option("--released", "DATE", "its release date, YYYY-MM-DD"),
                  needed_option("--engine", "KIND", "builtin, openai, process, recorded or paced"),
                  option("--training-cutoff", "DATE", "how far its training data go"),
                  option("--submitted", "DATE", "when it was handed in")},
                 engine_parameters()),
            model_gpu_parameters()),
       "gwageo model add haneul-1 --role candidate --team haneul --released 2026-11-10 \\\n"
       "      --engine builtin --path benchmarks/models/haneul-1",
       nothing_more, verb_model_add},
      {"model list", "Lists the models.", {}, "gwageo model list", nothing_more, verb_model_list},
      {"model show",
       "Shows a model: role, dates, engine, digest, and what was corrected.",
       {needed("NAME", "its name")},
       "gwageo model show haneul-1",
       nothing_more,
       verb_model_show},
      {"model correct",
       "Makes the model's next version: what is given replaces what was, and the rest stays. A "
       "corrected date runs nothing, other files run everything that targets need.",
       with(with({needed("NAME", "its name"), needed_option("--reason", "TEXT", "what was wrong"),
                  option("--released", "DATE", "its release date, YYYY-MM-DD"),
                  option("--training-cutoff", "DATE", "how far its training data go"),
                  option("--submitted", "DATE", "when it was handed in"),
                  option("--engine", "KIND", "with all that the engine needs: other files")},
                 engine_parameters()),
            model_gpu_parameters()),
       "gwageo model correct narae-2 --released 2026-09-28 --reason 'the date of the paper'",
       nothing_more, verb_model_correct},
      {"model disown",
       "Makes the model's next version, and lets none of its answers so far count: what targets "
       "need of it is asked anew.",
       {needed("NAME", "its name"), needed_option("--reason", "TEXT", "what is wrong with them")},
       "gwageo model disown narae-2 --reason 'the server ran with another template'",
       nothing_more,
       verb_model_disown},
      {"model retire",
       "Takes a model out of every cohort; its results stay.",
       {needed("NAME", "its name"), option("--reason", "TEXT", "why")},
       "gwageo model retire baram-0",
       nothing_more,
       verb_model_retire},
  };
}

}  // namespace gwageo
