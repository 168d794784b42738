// Rows become plan entries: one process, one order, every few-shot draw where the harness makes it.
#include <optional>
#include <span>
#include <utility>

#include "benchmarks/document.h"
#include "benchmarks/few_shot.h"
#include "benchmarks/imported_row.h"
#include "benchmarks/metric.h"
#include "benchmarks/python_text.h"
#include "benchmarks/rounds.h"
#include "benchmarks/rows.h"
#include "benchmarks/suite.h"
#include "protocol/bytes.h"
#include "protocol/request.h"

namespace gwageo {
namespace {

/// Of the first repeat, as the harness's own; the others count on from it.
constexpr std::uint64_t sampling_seed = 1234;

class TaskRenderer {
 public:
  TaskRenderer(const Task& task, std::uint32_t index, const SourceFiles& files, std::uint32_t round)
      : task_(task), index_(index), files_(files), first_repeat_(round * task.repeats) {}

  Status run(const std::function<Status(PlanEntry)>& sink);

 private:
  Status prepare(const Row& first);
  Status refuse_equal_ids();
  Status render(const Row& row, const std::function<Status(PlanEntry)>& sink);
  Result<PlanEntry> entry(const Row& row);
  Status fill(const Row& row, PlanEntry& entry);
  Result<std::string> system_text(const Row& row) const;
  Status ask_text(const Row& row, std::span<const FewShotExamples::Example* const> examples,
                  PlanEntry& entry);
  Status ask_chat(const Row& row, std::span<const FewShotExamples::Example* const> examples,
                  PlanEntry& entry);
  Status ask(const Row& row, std::vector<std::string> contexts, PlanEntry& entry) const;
  Request generation() const;
  // An error of a row, with where it is and whose.
  tl::unexpected<Error> in_row(const Row& row, const std::string& item, const Error& error) const {
    const std::string named = item.empty() ? "" : ", item '" + item + "'";
    return fail(std::string(row.path) + ":" + std::to_string(row.line) + ": task '" + task_.name +
                    "'" + named,
                error);
  }

  const Task& task_;
  std::uint32_t index_;
  const SourceFiles& files_;
  std::uint32_t first_repeat_;
  std::optional<Table> table_;
  std::optional<Document> document_;
  std::optional<FewShotExamples> examples_;
  ItemIds ids_;
  bool has_rows_ = false;
};

Status TaskRenderer::run(const std::function<Status(PlanEntry)>& sink) {
  GWAGEO_ASSIGN(table,
                Table::open(files_, task_.data_files.at(task_.test_split), task_.data_format));
  table_ = std::move(table);
  RowReader reader(files_, *table_);
  while (true) {
    GWAGEO_ASSIGN(row, reader.next());
    if (!row) break;
    if (!document_ && !task_.is_imported) GWAGEO_TRY(prepare(*row));
    GWAGEO_TRY(render(*row, sink));
    has_rows_ = true;
  }
  if (!has_rows_) {
    return fail(ErrorKind::bad_input,
                table_->paths().front() + ": task '" + task_.name + "': no rows");
  }
  return refuse_equal_ids();
}

// Only digests of ids are kept, so the file is read again to name the one that comes twice.
Status TaskRenderer::refuse_equal_ids() {
  const auto twice = ids_.duplicate();
  if (!twice) return {};
  RowReader reader(files_, *table_);
  std::string first;
  while (true) {
    GWAGEO_ASSIGN(row, reader.next());
    if (!row) {
      return fail(ErrorKind::io,
                  table_->paths().back() + ": shorter than it was when it was first read");
    }
    if (row->number == twice->first) {
      first = (table_->paths().size() > 1 ? std::string(row->path) + ":" : "line ") +
              std::to_string(row->line);
    }
    if (row->number != twice->second) continue;
    GWAGEO_ASSIGN(id, item_id(*row, task_.item_id));
    const Json* const given = row->fields.find("id");
    const bool has_none = task_.item_id.empty() && (given == nullptr || given->is_null());
    return in_row(*row, id,
                  {ErrorKind::bad_input,
                   "the same item id as in " + first +
                       (has_none ? "; a row without an 'id' is named by its number, from 0" : "")});
  }
}

Status TaskRenderer::prepare(const Row& first) {
  auto document = Document::compile(task_, table_->columns(), first.fields);
  if (!document) {
    const auto id = item_id(first, task_.item_id);
    return in_row(first, id.value_or(""), document.error());
  }
  document_ = std::move(*document);
  if (task_.few_shot.count == 0) return {};
  GWAGEO_ASSIGN(examples, FewShotExamples::load(task_, *document_, files_));
  examples_.emplace(std::move(examples));
  return {};
}

// Repeats ask the same, but for the seed where the model draws its words.
Status TaskRenderer::render(const Row& row, const std::function<Status(PlanEntry)>& sink) {
  GWAGEO_ASSIGN(made, entry(row));
  for (std::uint32_t i = 0; i < task_.repeats; ++i) {
    PlanEntry again = made;
    again.repeat = first_repeat_ + i;
    if (again.repeat > 0 && task_.generation.temperature > 0) {
      for (std::string& bytes : again.requests) {
        GWAGEO_ASSIGN(request, decode_request(bytes));
        request.seed += again.repeat;
        bytes = encode(request);
      }
    }
    GWAGEO_TRY(sink(std::move(again)));
  }
  return {};
}

Result<PlanEntry> TaskRenderer::entry(const Row& row) {
  PlanEntry entry;
  entry.task = index_;
  auto id = item_id(row, task_.item_id);
  if (!id) return in_row(row, "", id.error());
  entry.item = std::move(*id);
  ids_.add(entry.item, row.number);
  if (!task_.cluster.empty()) {
    auto cluster = cluster_id(row, task_.cluster);
    if (!cluster) return in_row(row, entry.item, cluster.error());
    entry.cluster = std::move(*cluster);
  }
  ByteWriter identity;
  identity.digest(task_.digest);
  identity.text(entry.item);
  identity.text(row.bytes);
  entry.item_digest = sha256(identity.bytes());
  Status filled = fill(row, entry);
  if (filled) filled = check_labels(task_, entry.reference);
  if (!filled) return in_row(row, entry.item, filled.error());
  return entry;
}

Status TaskRenderer::fill(const Row& row, PlanEntry& entry) {
  if (task_.is_imported) {  // As it stands: no column of another row is one of this row.
    GWAGEO_ASSIGN(own, Json::parse_python(row.bytes));
    return read_imported_row(task_, generation(), own, entry);
  }
  std::vector<const FewShotExamples::Example*> examples;
  if (examples_) {
    GWAGEO_ASSIGN(drawn, examples_->draw(row.fields));
    examples = std::move(drawn);
  }
  GWAGEO_ASSIGN(reference, document_->reference(row.fields));
  entry.reference = std::move(reference);
  return task_.chat.applies ? ask_chat(row, examples, entry) : ask_text(row, examples, entry);
}

Result<std::string> TaskRenderer::system_text(const Row& row) const {
  std::string description;
  GWAGEO_TRY(document_->description(row.fields, description));
  if (task_.chat.system_instruction.empty()) return description;
  return delimited(task_.chat.system_instruction, description, task_.fewshot_delimiter);
}

Status TaskRenderer::ask_text(const Row& row,
                              std::span<const FewShotExamples::Example* const> examples,
                              PlanEntry& entry) {
  GWAGEO_ASSIGN(before, system_text(row));
  for (const FewShotExamples::Example* example : examples) before += example->text;
  GWAGEO_ASSIGN(contexts, document_->contexts(row.fields));
  GWAGEO_ASSIGN(prefix, document_->question().prefix(row.fields));
  const std::string& delimiter =
      document_->has_several_contexts() ? std::string() : task_.target_delimiter;
  for (std::string& context : contexts) {
    if (!prefix.empty() && needs_delimiter(context, prefix)) context += delimiter;
    context = before + context + prefix;
  }
  return ask(row, std::move(contexts), entry);
}

Status TaskRenderer::ask_chat(const Row& row,
                              std::span<const FewShotExamples::Example* const> examples,
                              PlanEntry& entry) {
  std::vector<Turn> turns;
  GWAGEO_ASSIGN(system, system_text(row));
  if (!system.empty()) turns.push_back({"system", std::move(system), ""});
  for (const FewShotExamples::Example* example : examples) {
    turns.insert(turns.end(), example->turns.begin(), example->turns.end());
  }
  GWAGEO_ASSIGN(contexts, document_->contexts(row.fields));
  GWAGEO_ASSIGN(prefix, document_->question().prefix(row.fields));
  for (Turn& turn :
       question_turns(std::move(contexts.front()), "", prefix, task_.target_delimiter, "")) {
    turns.push_back(std::move(turn));
  }
  Request request = generation();
  request.kind = RequestKind::chat;
  request.messages = chat_messages(std::move(turns), task_.chat.multiturn);
  entry.requests.push_back(encode(request));
  return {};
}

Request TaskRenderer::generation() const {
  Request request;
  request.kind = RequestKind::generate;
  request.stop = task_.generation.until;
  request.tokens_max = task_.generation.tokens_max;
  request.temperature = task_.generation.temperature;
  request.top_p = task_.generation.top_p;
  if (request.temperature > 0) request.seed = sampling_seed;
  return request;
}

// The answer to a log-likelihood follows the question as it stands: there the harness puts no
// delimiter between the two, other than for choices.
Status TaskRenderer::ask(const Row& row, std::vector<std::string> contexts,
                         PlanEntry& entry) const {
  Request request;
  if (task_.output_type == OutputType::generate_until) {
    request = generation();
    request.prompt = std::move(contexts.front());
    entry.requests.push_back(encode(request));
    return {};
  }
  if (task_.output_type == OutputType::loglikelihood_rolling) {
    request.kind = RequestKind::rolling;
    request.continuation = entry.reference.targets.front();
    entry.requests.push_back(encode(request));
    return {};
  }
  request.kind = RequestKind::likelihood;
  if (task_.output_type == OutputType::loglikelihood) {
    request.prompt = std::move(contexts.front());
    request.continuation = entry.reference.targets.front();
    entry.requests.push_back(encode(request));
    return {};
  }
  const std::vector<std::string>& choices = entry.reference.choices;
  if (document_->has_several_contexts()) {
    GWAGEO_ASSIGN(target, document_->question().target(row.fields));
    request.continuation = task_.target_delimiter + python_text(target);
    for (std::string& context : contexts) {
      request.prompt = std::move(context);
      entry.requests.push_back(encode(request));
    }
  } else {
    request.prompt = std::move(contexts.front());
    for (const std::string& choice : choices) {
      request.continuation = task_.target_delimiter + choice;
      entry.requests.push_back(encode(request));
    }
  }
  if (!task_.asks_unconditional) return {};
  request.prompt.clear();
  for (const std::string& choice : choices) {
    request.continuation = task_.target_delimiter + choice;
    entry.requests.push_back(encode(request));
  }
  return {};
}

}  // namespace

Status render_plan(const Suite& suite, const SourceFiles& files,
                   const std::function<Status(PlanEntry)>& sink, std::uint32_t round) {
  for (std::size_t i = 0; i < suite.tasks.size(); ++i) {
    if (round > 0 && !is_asked_again(suite, suite.tasks[i])) continue;
    TaskRenderer renderer(suite.tasks[i], static_cast<std::uint32_t>(i), files, round);
    GWAGEO_TRY(renderer.run(sink));
  }
  return {};
}

}  // namespace gwageo
