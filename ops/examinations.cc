#include "ops/examinations.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include "coordinator/errand.h"
#include "coordinator/keys.h"
#include "coordinator/result_check.h"
#include "protocol/check.h"
#include "protocol/limits.h"

namespace gwageo {
namespace {

constexpr std::string_view target_text =
    "target: bench\nsuite: bench\nwindow: {months: 6}\nshare: 0.95\ncompare: best\n";
constexpr int tasks = 4;
constexpr std::size_t block_items = 256;

Digest put(WriteBatch& batch, const std::string& bytes) {
  const Digest digest = sha256(bytes);
  batch.puts.emplace_back(keys::blob(digest), bytes);
  return digest;
}

ManifestFile put_file(WriteBatch& batch, const std::string& path, const std::string& text) {
  ManifestFile file{path, text.size(), {}};
  for (std::size_t at = 0; at < text.size(); at += limits::piece_bytes_max) {
    file.pieces.push_back(put(batch, text.substr(at, limits::piece_bytes_max)));
  }
  return file;
}

std::string task_text(const std::string& name) {
  return "  - task: " + name + "\n    axis: all\n    output_type: generate_until\n" +
         "    dataset_kwargs: {data_files: " + name + ".jsonl}\n" +
         "    doc_to_text: \"Q: {{question}}\"\n    doc_to_target: \"{{answer}}\"\n" +
         "    generation_kwargs: {until: [\"\\n\"], max_gen_toks: 4}\n" +
         "    metric_list: [{metric: exact_match, aggregation: mean, higher_is_better: true}]\n";
}

}  // namespace

Result<std::unique_ptr<Examinations>> Examinations::create(std::uint64_t items,
                                                           const std::string& day) {
  GWAGEO_CHECK(items >= tasks);
  auto made = std::make_unique<Examinations>();
  made->decide(Founded{"bench", "UTC"});
  made->decide(DayBegan{day});
  made->decide(WorkerJoined{WorkerId{1}, "w", "w"});
  made->decide(TargetAdded{"bench", 1, std::string(target_text)});
  GWAGEO_TRY(made->render(items));
  return made;
}

void Examinations::decide(const Fact& fact) {
  state_.apply(Instant{++now_}, fact);
  facts_.push_back(fact);
  JournalEntry entry = journal_.append(Instant{now_}, WallTime{now_}, fact);
  WriteBatch batch;
  batch.puts.emplace_back(keys::journal(entry.sequence), std::move(entry.bytes));
  GWAGEO_CHECK(store_->write(batch, Sync::no));
}

void Examinations::put_blob(const std::string& bytes) {
  WriteBatch batch;
  put(batch, bytes);
  GWAGEO_CHECK(store_->write(batch, Sync::no));
}

double Examinations::draw() {
  drawn_ = drawn_ * 6364136223846793005U + 1442695040888963407U;
  return static_cast<double>(drawn_ >> 11) / 9007199254740992.0;
}

void Examinations::add_model(const std::string& name, ModelRole role, const Date& released) {
  ModelAdded model;
  model.name = name;
  const ModelAdded* const before = state_.model(name);
  model.version = before == nullptr ? 1 : before->version + 1;
  model.role = role;
  model.team = name;
  model.released = to_string(released);
  model.engine = "builtin";
  model.class_key = model.library = sha256(name);
  decide(model);
}

std::string Examinations::worker_of(JobId job) { return "w" + std::to_string(job.value); }

Result<JobId> Examinations::answer(const std::string& model, double accuracy) {
  const ModelAdded* const known = state_.model(model);
  GWAGEO_CHECK(known != nullptr);
  JobAccepted accepted;
  accepted.job = state_.next_job();
  accepted.request = "request " + std::to_string(accepted.job.value);
  accepted.model = accepted.team = model;
  accepted.model_version = known->version;
  accepted.class_key = known->class_key;
  accepted.library = known->library;
  accepted.suite = suite_.name;
  accepted.suite_version = suite_.version;
  accepted.plan_root = suite_.plan_root;
  accepted.items = suite_.items;
  decide(accepted);
  decide(WorkerJoined{{accepted.job.value}, worker_of(accepted.job), "pool"});
  LeaseGranted granted;
  granted.lease = state_.next_lease();
  granted.job = accepted.job;
  granted.worker = {accepted.job.value};
  granted.ranges = {{0, suite_.items}};
  decide(granted);
  GWAGEO_TRY(record(accepted.job, granted.lease, accuracy));
  return accepted.job;
}

Status Examinations::evaluate_job(JobId job) {
  GWAGEO_ASSIGN(evaluation, evaluate(on_record(state_, *state_.job(job)), *store_));
  WriteBatch batch;
  batch.puts.emplace_back(keys::blob(evaluation.scored.scores_root), encode(evaluation.scorecard));
  GWAGEO_TRY(store_->write(batch, Sync::no));
  decide(evaluation.scored);
  return {};
}

Status Examinations::examine(const std::string& model, double accuracy) {
  GWAGEO_ASSIGN(job, answer(model, accuracy));
  return evaluate_job(job);
}

Status Examinations::render(std::uint64_t items) {
  WriteBatch batch;
  Manifest manifest{"suite.yaml", {}};
  std::string suite = "suite: bench\nversion: 1\naxes: {all: {}}\ntasks:\n";
  for (int task = 0; task < tasks; ++task) {
    const std::string name = "t" + std::to_string(task);
    suite += task_text(name);
    std::string rows;
    for (std::uint64_t i = 0; i < items / tasks; ++i) {
      rows += "{\"id\": " + std::to_string(i) + ", \"question\": \"" + name + " " +
              std::to_string(i) + "\", \"answer\": \"7\"}\n";
    }
    manifest.files.push_back(put_file(batch, name + ".jsonl", rows));
  }
  manifest.files.push_back(put_file(batch, "suite.yaml", suite));
  const Digest digest = put(batch, to_json(manifest).dump());
  GWAGEO_TRY(store_->write(batch, Sync::no));
  ErrandDone done = run(RenderErrand{0, manifest, digest, {}, {}}, *store_);
  const Result<RenderedSuite>& added = std::get<RenderDone>(done).rendered;
  if (!added) return tl::unexpected(added.error());
  suite_ = added->suite;
  decide(suite_);
  return {};
}

Status Examinations::record(JobId job, LeaseId lease, double accuracy) {
  Response right;
  right.text = "7";
  Response wrong;
  wrong.text = "8";
  const std::string answers[] = {encode(wrong), encode(right)};
  for (std::uint64_t first = 0; first < suite_.items; first += block_items) {
    ResultBlock block;
    block.worker = {job.value};
    block.lease = lease;
    for (std::uint64_t i = first; i < std::min(first + block_items, suite_.items); ++i) {
      block.items.push_back({i, {answers[draw() < accuracy ? 1 : 0]}});
    }
    GWAGEO_TRY(record(job, block));
  }
  return {};
}

Status Examinations::record(JobId job, const ResultBlock& block) {
  const std::uint64_t first = block.items.front().index;
  ResultsRecorded recorded{block.lease, job, {{first, first + block.items.size()}}, {}, {}};
  const PlanOnRecord plan{suite_.manifest, suite_.plan_root};
  GWAGEO_ASSIGN(root, ResultCheck(*store_).root_of(plan, block, recorded.outcomes));
  recorded.records_root = root;
  WriteBatch batch;
  batch.puts.emplace_back(keys::result_block(job, first, block.lease), encode(block));
  GWAGEO_TRY(store_->write(batch, Sync::no));
  decide(recorded);
  return {};
}

}  // namespace gwageo
