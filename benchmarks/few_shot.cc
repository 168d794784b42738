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
  FewShotExamples out(task, document);
  GWAGEO_TRY(task.few_shot.samples.is_null() ? out.read(files) : out.read_samples());
  GWAGEO_TRY(out.check_size());
  return out;
}

Status FewShotExamples::read(const SourceFiles& files) {
  const auto file = task_->data_files.find(task_->few_shot.split);
  GWAGEO_CHECK(file != task_->data_files.end());
  path_ = file->second.front();
  GWAGEO_ASSIGN(table, Table::open(files, file->second, task_->data_format));
  RowReader reader(files, table);
  while (true) {
    GWAGEO_ASSIGN(row, reader.next());
    if (!row) return {};
    Example& example = pool_.emplace_back();
    example.place = std::string(row->path) + ":" + std::to_string(row->line);
    if (task_->few_shot.drops_evaluated) example.identity = identity_of(row->fields);
    example.row = std::move(row->fields);
  }
}

Status FewShotExamples::read_samples() {
  path_ = "fewshot_config.samples";
  for (const Json& row : task_->few_shot.samples.as_array()) {
    Example& example = pool_.emplace_back();
    example.place = path_ + "[" + std::to_string(pool_.size() - 1) + "]";
    if (task_->few_shot.drops_evaluated) example.identity = identity_of(row);
    example.row = row;
  }
  return {};
}

Status FewShotExamples::check_size() const {
  const FewShot& rule = task_->few_shot;
  // Whoever draws them draws one more. In order, all may do where the document is none of them.
  const bool draws_one_more = rule.drops_evaluated && rule.sampler != "first_n";
  const std::size_t wanted = rule.count + (draws_one_more ? 1u : 0u);
  if (pool_.size() >= wanted) return {};
  return fail(ErrorKind::bad_input,
              path_ + ": task '" + task_->name + "': " + pool_name() + " has " +
                  std::to_string(pool_.size()) + " rows, " + std::to_string(wanted) +
                  " are needed" +
                  (draws_one_more ? " (one more than num_fewshot, because the document asked "
                                    "about is dropped)"
                                  : ""));
}

std::string FewShotExamples::pool_name() const {
  const FewShot& rule = task_->few_shot;
  return rule.samples.is_null() ? "the few-shot split '" + rule.split + "'"
                                : "the list of examples in the task file";
}

Result<std::vector<const FewShotExamples::Example*>> FewShotExamples::draw(const Json& row) {
  const FewShot& rule = task_->few_shot;
  const std::string identity = rule.drops_evaluated ? identity_of(row) : "";
  const bool in_order = rule.sampler == "first_n";
  std::vector<std::size_t> draws;
  if (!in_order) {
    draws = random_.sample(pool_.size(), rule.count + (rule.drops_evaluated ? 1u : 0u));
  }
  const std::size_t candidates = in_order ? pool_.size() : draws.size();
  std::vector<const Example*> out;
  for (std::size_t i = 0; i < candidates && out.size() < rule.count; ++i) {
    Example& example = pool_[in_order ? i : draws[i]];
    if (rule.drops_evaluated && example.identity == identity) continue;
    GWAGEO_TRY(render(example));
    out.push_back(&example);
  }
  if (out.size() == rule.count) return out;
  return fail(ErrorKind::bad_input, "num_fewshot: only " + std::to_string(out.size()) + " of the " +
                                        std::to_string(rule.count) + " examples of " + pool_name() +
                                        " differ from the document asked about");
}

Status FewShotExamples::render(Example& example) const {
  if (example.rendered) return {};
  const std::string place = example.place + ", as an example";
  auto turns = document_->example(example.row);
  if (!turns) return fail(place, turns.error());
  example.turns = std::move(*turns);
  append_text(example.turns, example.text);
  example.row = {};
  example.rendered = true;
  return {};
}

}  // namespace gwageo
