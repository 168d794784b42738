// The examples that stand before a question, drawn as one process of the field's harness draws
// them: one generator per task, seeded with 1234, advanced document by document, in order.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "benchmarks/document.h"
#include "benchmarks/mersenne_twister.h"
#include "benchmarks/rows.h"
#include "benchmarks/suite.h"
#include "benchmarks/task.h"
#include "protocol/result.h"

namespace gwageo {

/// The pool of a task's examples and the state of its draws. One owner, one thread; the documents
/// must be asked for in order.
class FewShotExamples {
 public:
  /// One example, rendered when it is drawn for the first time.
  struct Example {
    Json row;              ///< Until then.
    std::string place;     ///< "PATH:LINE"
    std::string identity;  ///< Only where the document asked about is dropped from its examples.
    std::vector<Turn> turns;
    std::string text;  ///< The turns', in a row.
    bool rendered = false;
  };

  /// Reads the pool. bad_input names the split and the counts where it has too few rows.
  /// REQUIRES: task.few_shot.count > 0; `task` and `document` outlive this.
  static Result<FewShotExamples> load(const Task& task, const Document& document,
                                      const SourceFiles& files);

  /// The examples for the next document, whose fields are `row`. They live as long as this.
  Result<std::vector<const Example*>> draw(const Json& row);

 private:
  FewShotExamples(const Task& task, const Document& document)
      : task_(&task), document_(&document) {}
  Status read(const SourceFiles& files);
  Status read_samples();
  Status check_size() const;
  /// Where the examples come from, in words.
  std::string pool_name() const;
  Status render(Example& example) const;

  const Task* task_;
  const Document* document_;
  std::string path_;
  std::vector<Example> pool_;
  PythonRandom random_{1234};
};

}  // namespace gwageo
