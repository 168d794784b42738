// A task: how the rows of a data set become requests, and how responses become scores. Keys and
// meaning are those of lm-eval's task YAML wherever it has one.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "protocol/digest.h"
#include "protocol/json.h"

namespace gwageo {

enum class OutputType { multiple_choice, loglikelihood, loglikelihood_rolling, generate_until };

/// One step of a filter pipeline, for instance {function: regex, regex_pattern: "..."}.
struct FilterStep {
  std::string function;
  Json arguments;  ///< An object: every key but `function`.
  friend bool operator==(const FilterStep&, const FilterStep&) = default;
};

/// A named pipeline; "none" where the task names none.
struct FilterPipeline {
  std::string name = "none";
  std::vector<FilterStep> steps;
  friend bool operator==(const FilterPipeline&, const FilterPipeline&) = default;
};

/// One metric of `metric_list`.
struct MetricSpec {
  std::string metric;       ///< For instance "acc" or "exact_match".
  std::string aggregation;  ///< "mean", or the metric's own where YAML names none.
  bool higher_is_better = true;
  Json arguments;  ///< An object: ignore_case, ignore_punctuation, regexes_to_ignore, ...
  friend bool operator==(const MetricSpec&, const MetricSpec&) = default;
};

/// Where a task's score comes from: `score: METRIC[,FILTER]`, else the first metric and filter.
struct ScoreName {
  std::string metric;
  std::string filter;
  friend bool operator==(const ScoreName&, const ScoreName&) = default;
};

/// How a row becomes a question and its answer, each as the harness reads it: a template, a column,
/// or a value that stands for itself.
struct QuestionKeys {
  Json text;
  Json target;
  Json choice;  ///< Null where there are no choices.
  Json prefix;  ///< Null where the assistant's turn begins with nothing.
  friend bool operator==(const QuestionKeys&, const QuestionKeys&) = default;
};

struct FewShot {
  std::uint32_t count = 0;
  std::string sampler = "default";  ///< "default" (the harness's seeded draws) or "first_n".
  std::string split;                ///< Data file key the examples come from; empty for `samples`.
  Json samples;                     ///< Rows written in the task file, else null.
  /// One example more is drawn, and those equal to the document asked about are dropped.
  bool drops_evaluated = false;
  QuestionKeys question;  ///< As the task's own, where `fewshot_config` says nothing else.
  std::string target_delimiter = " ";
  std::string delimiter = "\n\n";
};

struct Generation {
  std::vector<std::string> until;
  std::uint32_t tokens_max = 256;
  double temperature = 0;
  double top_p = 1;
  Json arguments;  ///< `generation_kwargs` as the harness completes and logs them.
};

/// How a task's questions are put to a model that was trained to chat.
struct Chat {
  bool applies = false;    ///< As messages of a chat, for the engine's chat template.
  bool multiturn = false;  ///< The examples are turns of their own.
  std::string system_instruction;
};

/// How data files are written.
struct DataFormat {
  enum class Kind { json, delimited };
  Kind kind = Kind::json;
  std::string field;  ///< json: the member of a whole document that holds the rows.
  /// json: else a row is read by itself, whatever types its columns have in others.
  bool one_type_a_column = true;
  char delimiter = ',';  ///< delimited only.
  bool quotes = true;    ///< delimited only.
  bool header = true;    ///< delimited only: the first record names the columns.
  /// delimited only: what the columns are called, whatever a header says; empty: as it says.
  std::vector<std::string> names;
  friend bool operator==(const DataFormat&, const DataFormat&) = default;
};

/// A task, complete and validated. A value.
struct Task {
  std::string name;
  std::vector<std::string> tags;  ///< Other names under which a group may list it.
  std::string axis;
  double weight = 1;
  /// SHA-256 over the canonical JSON of its name and of the resolved keys that decide what is
  /// asked; no weight, axis, metric, filter, alias or path, so that a task that is weighed, scored
  /// or stored in another way keeps its items.
  Digest digest;
  OutputType output_type = OutputType::generate_until;
  std::string description;
  QuestionKeys question;
  std::string target_delimiter = " ";
  std::string fewshot_delimiter = "\n\n";
  FewShot few_shot;
  Generation generation;
  Chat chat;
  std::uint32_t repeats = 1;
  /// Each choice is asked without a context too, for acc_mutual_info.
  bool asks_unconditional = false;
  std::vector<FilterPipeline> filters;  ///< Never empty.
  std::vector<MetricSpec> metrics;      ///< Never empty.
  ScoreName score;
  std::map<std::string, std::vector<std::string>> data_files;  ///< Split name to paths, in order.
  DataFormat data_format;
  std::string test_split = "test";
  std::string item_id;  ///< Field that names items; empty: `id`, else the row number.
  std::string cluster;  ///< Field that groups items for statistics; empty: each is by itself.
  /// `requests: imported`: a row holds its requests and what they are scored against
  /// (imported_row.h), and no key says how to make them.
  bool is_imported = false;
  /// `scoring: external`: responses are collected for somebody else's scorer. Weighs nothing.
  bool is_scored_elsewhere = false;
  Json written;  ///< An object: the resolved keys as the files give them, for who writes results.
};

}  // namespace gwageo
