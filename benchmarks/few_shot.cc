#include "benchmarks/few_shot.h"

#include <utility>

#include "benchmarks/canonical_json.h"
#include "protocol/check.h"
#include "protocol/digest.h"

namespace gwageo {
namespace {

// Equal for rows with equal fields, in whatever order they are written.
std::string identity_of(const Json& row) {
  return std::string(sha256(canonical_json(row)).view().substr(0, 16));
}

}  // namespace

Result<FewShotExamples> FewShotExamples::load(const Task& task, const Document& document,
                                              const SourceFiles& files) {
  GWAGEO_CHECK(task.few_shot.count > 0);
  const auto file = task.data_files.find(task.few_shot.split);
  GWAGEO_CHECK(file != task.data_files.end());
  FewShotExamples out(task, document);
  out.path_ = file->second;
  RowReader reader(files, out.path_);
  while (true) {
    GWAGEO_ASSIGN(row, reader.next());
    if (!row) break;
    Example example;
    example.row = row->bytes;
    example.line = row->line;
    if (task.few_shot.drops_evaluated) example.identity = identity_of(row->fields);
    out.pool_.push_back(std::move(example));
  }
  GWAGEO_TRY(out.check_size());
  return out;
}

Status FewShotExamples::check_size() const {
  const std::size_t wanted = task_->few_shot.count + (task_->few_shot.drops_evaluated ? 1u : 0u);
  if (pool_.size() >= wanted) return {};
  return fail(ErrorKind::bad_input,
              path_ + ": task '" + task_->name + "': the few-shot split '" + task_->few_shot.split +
                  "' has " + std::to_string(pool_.size()) + " rows, " + std::to_string(wanted) +
                  " are needed" +
                  (task_->few_shot.drops_evaluated ? " (one more than num_fewshot, because the "
                                                     "document asked about is dropped)"
                                                   : ""));
}

Status FewShotExamples::append(const Json& row, std::string& out) {
  const FewShot& rule = task_->few_shot;
  const std::string identity = rule.drops_evaluated ? identity_of(row) : "";
  const bool in_order = rule.sampler == "first_n";
  std::vector<std::size_t> draws;
  if (!in_order) {
    draws = random_.sample(pool_.size(), rule.count + (rule.drops_evaluated ? 1u : 0u));
  }
  const std::size_t candidates = in_order ? pool_.size() : draws.size();
  std::size_t taken = 0;
  for (std::size_t i = 0; i < candidates && taken < rule.count; ++i) {
    Example& example = pool_[in_order ? i : draws[i]];
    if (rule.drops_evaluated && example.identity == identity) continue;
    GWAGEO_TRY(render(example));
    out += example.text;
    ++taken;
  }
  if (taken == rule.count) return {};
  return fail(ErrorKind::bad_input, "num_fewshot: only " + std::to_string(taken) + " of the " +
                                        std::to_string(rule.count) + " examples from the split '" +
                                        rule.split + "' differ from the document asked about");
}

Status FewShotExamples::render(Example& example) const {
  if (example.rendered) return {};
  const std::string place = path_ + ":" + std::to_string(example.line) + ", as an example";
  const auto fields = Json::parse(example.row);
  GWAGEO_CHECK(fields.has_value());  // It was parsed when the pool was read.
  auto text = document_->example(*fields);
  if (!text) return fail(place, text.error());
  example.text = std::move(*text);
  example.row = {};
  example.rendered = true;
  return {};
}

}  // namespace gwageo
