// gwageo suite check | add | list | show.
#include <algorithm>
#include <cstdio>
#include <set>

#include "benchmarks/evaluate.h"
#include "benchmarks/suite.h"
#include "benchmarks/total.h"
#include "coordinator/suite_files.h"
#include "coordinator/words.h"
#include "ops/client.h"
#include "ops/folder_files.h"
#include "ops/output.h"
#include "ops/progress.h"
#include "ops/table.h"
#include "ops/verbs.h"
#include "protocol/limits.h"

namespace gwageo {
namespace {

constexpr std::size_t message_pieces_max = 8;

/// What a suite file comes to when it is rendered.
struct Rendered {
  Suite suite;
  Digest digest;
  Digest plan_root;
  std::vector<std::uint64_t> items;     ///< By task.
  std::vector<std::uint64_t> requests;  ///< By task.
};

Result<Rendered> render(const FolderFiles& files) {
  Rendered rendered;
  GWAGEO_ASSIGN(suite, load_suite(files.main(), files));
  rendered.suite = std::move(suite);
  GWAGEO_TRY(Evaluator::create(rendered.suite));
  GWAGEO_ASSIGN(digest, suite_digest(rendered.suite, files));
  rendered.digest = digest;
  rendered.items.resize(rendered.suite.tasks.size());
  rendered.requests.resize(rendered.suite.tasks.size());
  MerkleFrontier plan;
  GWAGEO_TRY(render_plan(rendered.suite, files, [&](const PlanEntry& entry) -> Status {
    plan.add(plan_leaf(rendered.suite.tasks.at(entry.task).name, entry));
    if (entry.repeat == 0) ++rendered.items[entry.task];
    rendered.requests[entry.task] += entry.requests.size();
    return {};
  }));
  rendered.plan_root = plan.root();
  return rendered;
}

Json names(const std::vector<std::string>& tasks) {
  Json out = Json::array();
  for (const std::string& task : tasks) out.push_back(Json(task));
  return out;
}

/// Says what the suite's total will be without, before anything is asked.
void tell_outside_total(const Suite& suite) {
  for (const std::string& task : tasks_outside_total(suite)) {
    std::fprintf(stderr,
                 "gwageo: task %s is no part of its axis and the total: its score is better the "
                 "less it is\n",
                 task.c_str());
  }
}

Json rendered_json(const Rendered& rendered) {
  Json tasks = Json::array();
  std::uint64_t items = 0;
  std::uint64_t requests = 0;
  for (std::size_t i = 0; i < rendered.suite.tasks.size(); ++i) {
    Json task;
    task["task"] = rendered.suite.tasks[i].name;
    task["axis"] = rendered.suite.tasks[i].axis;
    task["items"] = rendered.items[i];
    task["requests"] = rendered.requests[i];
    tasks.push_back(std::move(task));
    items += rendered.items[i];
    requests += rendered.requests[i];
  }
  Json document;
  document["suite"] = rendered.suite.name;
  document["version"] = rendered.suite.version;
  document["tasks"] = std::move(tasks);
  document["items"] = items;
  document["requests"] = requests;
  document["outside_total"] = names(tasks_outside_total(rendered.suite));
  document["files"] = rendered.suite.files.size();
  document["digest"] = to_hex(rendered.digest);
  document["plan_root"] = to_hex(rendered.plan_root);
  return document;
}

bool has_repeats(const Suite& suite) {
  return std::any_of(suite.tasks.begin(), suite.tasks.end(),
                     [](const Task& task) { return task.repeats > 1; });
}

std::string text_of(const Json& checked) {
  TextTable table({"task", "axis", "items", "requests"});
  for (const Json& task : list(checked, "tasks")) {
    table.add(
        {shown(task, "task"), shown(task, "axis"), shown(task, "items"), shown(task, "requests")});
  }
  return table.text() + "\nsuite " + shown(checked, "suite") + "@" + shown(checked, "version") +
         ": " + counted(number(checked, "items"), "item") + ", " +
         counted(number(checked, "requests"), "request") + "\nplan root " +
         shown(checked, "plan_root") + "\n";
}

/// Sends the pieces of a suite's files, each once.
class Upload {
 public:
  Upload(Client& client, const FolderFiles& files) : client_(client), files_(files) {}

  Result<Manifest> run(const Suite& suite) {
    Manifest manifest;
    manifest.main = files_.main();
    for (const std::string& path : suite.files) {
      GWAGEO_ASSIGN(size, files_.size(path));
      total_ += size;
    }
    for (const std::string& path : suite.files) {
      GWAGEO_ASSIGN(size, files_.size(path));
      ManifestFile file{path, size, {}};
      for (std::uint64_t at = 0; at < size; at += limits::piece_bytes_max) {
        GWAGEO_ASSIGN(piece, files_.read(path, at, limits::piece_bytes_max));
        file.pieces.push_back(sha256(piece));
        GWAGEO_TRY(add(std::move(piece)));
      }
      manifest.files.push_back(std::move(file));
    }
    GWAGEO_TRY(flush());
    return manifest;
  }

 private:
  Status add(std::string piece) {
    done_ += piece.size();
    if (!sent_.insert(sha256(piece)).second) return {};
    waiting_.push_back(std::move(piece));
    return waiting_.size() == message_pieces_max ? flush() : Status{};
  }

  Status flush() {
    if (waiting_.empty()) return {};
    GWAGEO_TRY(client_.call("put", Json::object(), std::exchange(waiting_, {})));
    progress_.show(done_, total_);
    return {};
  }

  Client& client_;
  const FolderFiles& files_;
  Progress progress_{"upload", "bytes"};
  std::vector<std::string> waiting_;
  std::set<Digest> sent_;
  std::uint64_t done_ = 0;
  std::uint64_t total_ = 0;
};

Result<VerbAnswer> add_suite(Client& client, const FolderFiles& files, const Suite& suite) {
  Upload upload(client, files);
  GWAGEO_ASSIGN(manifest, upload.run(suite));
  return client.call("suite.add", to_json(manifest));
}

FolderFiles files_of(const Invocation& arguments) {
  return FolderFiles(arguments.text_or("FILE", ""), arguments.text_or("data-files", ""));
}

/// The suites that the coordinator has, as it lists them; those called `name` only, when given.
Result<Json::Array> find_suites(const Invocation& arguments, const std::string& name) {
  GWAGEO_ASSIGN(answer, ask(arguments, "suite.list"));
  Json::Array found;
  for (const Json& suite : list(answer.body, "suites")) {
    const std::string full = shown(suite, "suite") + "@" + shown(suite, "version");
    if (name.empty() || name == shown(suite, "suite") || name == full) found.push_back(suite);
  }
  return found;
}

}  // namespace

Result<int> verb_suite_check(const Invocation& arguments) {
  const FolderFiles files = files_of(arguments);
  const Result<Rendered> rendered = render(files);
  if (!rendered) return tl::unexpected(files.as_typed(rendered.error()));
  const Json document = rendered_json(*rendered);
  tell_outside_total(rendered->suite);
  if (arguments.json()) {
    print(document);
  } else {
    say(text_of(document));
  }
  return exit_code::done;
}

Result<int> verb_suite_add(const Invocation& arguments) {
  const FolderFiles files = files_of(arguments);
  const Result<Suite> suite = load_suite(files.main(), files);
  if (!suite) return tl::unexpected(files.as_typed(suite.error()));
  GWAGEO_ASSIGN(client, Client::open(arguments));
  const Result<VerbAnswer> added = add_suite(client, files, *suite);
  if (!added) return tl::unexpected(files.as_typed(added.error()));
  Json document;
  document["suite"] = suite->name;
  document["version"] = suite->version;
  const Json* const known = added->body.find("known");
  document["known"] = known != nullptr && *known == Json(true);
  GWAGEO_ASSIGN(listed, client.call("suite.list"));
  for (const Json& entry : list(listed.body, "suites")) {
    if (shown(entry, "suite") != suite->name || number(entry, "version") != suite->version)
      continue;
    for (const char* key : {"items", "requests", "digest", "plan_root"}) {
      document[key] = *entry.find(key);
    }
  }
  document["outside_total"] = names(tasks_outside_total(*suite));
  tell_outside_total(*suite);
  if (const Json* const warning = added->body.find("warning")) document["warning"] = *warning;
  pass_on_warning(added->body);
  if (arguments.json()) {
    print(document);
  } else {
    say("suite " + suite->name + "@" + std::to_string(suite->version) +
        (shown(document, "known") == "true" ? " was there already: " : " added: ") +
        counted(number(document, "items"), "item") +
        (has_repeats(*suite) ? " with their repeats, " : ", ") +
        counted(number(document, "requests"), "request") + "\nplan root " +
        shown(document, "plan_root") + "\n");
  }
  return exit_code::done;
}

Result<int> verb_suite_list(const Invocation& arguments) {
  GWAGEO_ASSIGN(suites, find_suites(arguments, ""));
  if (arguments.json()) {
    Json document;
    document["suites"] = std::move(suites);
    print(document);
    return exit_code::done;
  }
  TextTable table({"suite", "version", "items", "requests", "plan root"});
  for (const Json& suite : suites) {
    table.add({shown(suite, "suite"), shown(suite, "version"), shown(suite, "items"),
               shown(suite, "requests"), shown(suite, "plan_root").substr(0, 16)});
  }
  say(table.empty() ? "no suites yet; add one with: gwageo suite add FILE\n" : table.text());
  return exit_code::done;
}

Result<int> verb_suite_show(const Invocation& arguments) {
  const std::string name = arguments.text_or("SUITE", "");
  GWAGEO_ASSIGN(suites, find_suites(arguments, name));
  if (suites.empty()) {
    return fail(ErrorKind::not_found, "there is no suite " + name + " (gwageo suite list)");
  }
  const Json& newest = suites.back();
  if (arguments.json()) {
    print(newest);
    return exit_code::done;
  }
  std::string text;
  for (const auto& [key, value] : newest.as_object())
    text += key + ": " + shown(newest, key) + "\n";
  say(text);
  return exit_code::done;
}

}  // namespace gwageo
