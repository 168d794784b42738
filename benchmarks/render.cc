// Rows become plan entries: one process, one order, every few-shot draw where the harness makes it.
#include <optional>
#include <utility>

#include "benchmarks/document.h"
#include "benchmarks/few_shot.h"
#include "benchmarks/rows.h"
#include "benchmarks/suite.h"
#include "protocol/bytes.h"
#include "protocol/request.h"

namespace gwageo {
namespace {

class TaskRenderer {
 public:
  TaskRenderer(const Task& task, std::uint32_t index, const SourceFiles& files)
      : task_(task), index_(index), files_(files), path_(task.data_files.at(task.test_split)) {}

  Status run(const std::function<Status(PlanEntry)>& sink);

 private:
  Status prepare(const Row& first);
  Status refuse_equal_ids();
  Result<PlanEntry> entry(const Row& row);
  Status fill(const Row& row, PlanEntry& entry);
  Result<std::string> prompt(const Row& row);
  void ask(PlanEntry& entry, std::string prompt) const;
  // An error of a row, with where it is and whose.
  tl::unexpected<Error> in_row(const Row& row, const std::string& item, const Error& error) const {
    const std::string named = item.empty() ? "" : ", item '" + item + "'";
    return fail(path_ + ":" + std::to_string(row.line) + ": task '" + task_.name + "'" + named,
                error);
  }

  const Task& task_;
  std::uint32_t index_;
  const SourceFiles& files_;
  std::string path_;
  std::optional<Document> document_;
  std::optional<FewShotExamples> examples_;
  ItemIds ids_;
};

Status TaskRenderer::run(const std::function<Status(PlanEntry)>& sink) {
  RowReader reader(files_, path_);
  while (true) {
    GWAGEO_ASSIGN(row, reader.next());
    if (!row) break;
    if (!document_) GWAGEO_TRY(prepare(*row));
    GWAGEO_ASSIGN(made, entry(*row));
    GWAGEO_TRY(sink(std::move(made)));
  }
  if (!document_) {
    return fail(ErrorKind::bad_input, path_ + ": task '" + task_.name + "': no rows");
  }
  return refuse_equal_ids();
}

// Only digests of ids are kept, so the file is read again to name the one that comes twice.
Status TaskRenderer::refuse_equal_ids() {
  const auto twice = ids_.duplicate();
  if (!twice) return {};
  RowReader reader(files_, path_);
  while (true) {
    GWAGEO_ASSIGN(row, reader.next());
    if (!row) return fail(ErrorKind::io, path_ + ": shorter than it was when it was first read");
    if (row->line != twice->second) continue;
    GWAGEO_ASSIGN(id, item_id(*row, task_.item_id));
    const bool has_none = task_.item_id.empty() && row->fields.find("id") == nullptr;
    return in_row(*row, id,
                  {ErrorKind::bad_input,
                   "the same item id as in line " + std::to_string(twice->first) +
                       (has_none ? "; a row without an 'id' is named by its number, from 0" : "")});
  }
}

Status TaskRenderer::prepare(const Row& first) {
  auto document = Document::compile(task_, first.fields);
  if (!document) return in_row(first, "", document.error());
  document_ = std::move(*document);
  if (task_.few_shot.count == 0) return {};
  GWAGEO_ASSIGN(examples, FewShotExamples::load(task_, *document_, files_));
  examples_.emplace(std::move(examples));
  return {};
}

Result<PlanEntry> TaskRenderer::entry(const Row& row) {
  PlanEntry entry;
  entry.task = index_;
  auto id = item_id(row, task_.item_id);
  if (!id) return in_row(row, "", id.error());
  entry.item = std::move(*id);
  ids_.add(entry.item, row.line);
  ByteWriter identity;
  identity.digest(task_.digest);
  identity.text(entry.item);
  identity.text(row.bytes);
  entry.item_digest = sha256(identity.bytes());
  const Status filled = fill(row, entry);
  if (!filled) return in_row(row, entry.item, filled.error());
  return entry;
}

Status TaskRenderer::fill(const Row& row, PlanEntry& entry) {
  GWAGEO_ASSIGN(text, prompt(row));
  GWAGEO_ASSIGN(reference, document_->reference(row.fields));
  entry.reference = std::move(reference);
  ask(entry, std::move(text));
  return {};
}

Result<std::string> TaskRenderer::prompt(const Row& row) {
  std::string out;
  GWAGEO_TRY(document_->description(row.fields, out));
  if (examples_) GWAGEO_TRY(examples_->append(row.fields, out));
  GWAGEO_TRY(document_->text(row.fields, out));
  return out;
}

// The answer to a log-likelihood follows the question as it stands: there the harness puts no
// delimiter between the two, other than for choices.
void TaskRenderer::ask(PlanEntry& entry, std::string prompt) const {
  Request request;
  request.prompt = std::move(prompt);
  if (task_.output_type == OutputType::generate_until) {
    request.kind = RequestKind::generate;
    request.stop = task_.generation.until;
    request.tokens_max = task_.generation.tokens_max;
    request.temperature = task_.generation.temperature;
    request.top_p = task_.generation.top_p;
    entry.requests.push_back(encode(request));
    return;
  }
  request.kind = RequestKind::likelihood;
  if (task_.output_type == OutputType::loglikelihood) {
    request.continuation = entry.reference.targets.front();
    entry.requests.push_back(encode(request));
    return;
  }
  for (const std::string& choice : entry.reference.choices) {
    request.continuation = task_.target_delimiter + choice;
    entry.requests.push_back(encode(request));
  }
}

}  // namespace

Status render_plan(const Suite& suite, const SourceFiles& files,
                   const std::function<Status(PlanEntry)>& sink) {
  for (std::size_t i = 0; i < suite.tasks.size(); ++i) {
    TaskRenderer renderer(suite.tasks[i], static_cast<std::uint32_t>(i), files);
    GWAGEO_TRY(renderer.run(sink));
  }
  return {};
}

}  // namespace gwageo
