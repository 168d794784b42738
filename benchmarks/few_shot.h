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
  /// Reads the pool. bad_input names the split and the counts where it has too few rows.
  /// REQUIRES: task.few_shot.count > 0; `task` and `document` outlive this.
  static Result<FewShotExamples> load(const Task& task, const Document& document,
                                      const SourceFiles& files);

  /// Appends the examples for the next document, whose fields are `row`.
  Status append(const Json& row, std::string& out);

 private:
  struct Example {
    std::string row;   // Its bytes, until it is drawn for the first time.
    std::string text;  // Rendered, from then on.
    std::uint64_t line = 0;
    std::string identity;  // Only where the document asked about is dropped from its examples.
    bool rendered = false;
  };
  FewShotExamples(const Task& task, const Document& document)
      : task_(&task), document_(&document) {}
  Status check_size() const;
  Status render(Example& example) const;

  const Task* task_;
  const Document* document_;
  std::string path_;
  std::vector<Example> pool_;
  PythonRandom random_{1234};
};

}  // namespace gwageo
