#include "coordinator/suite_changes.h"

#include "benchmarks/target.h"
#include "benchmarks/target_suite.h"
#include "coordinator/plan_store.h"

namespace gwageo {
namespace {

// The item digests of a rendered version, by task and item.
Result<std::map<std::pair<std::string, std::string>, Digest>> items_of(const Store& store,
                                                                       const SuiteAdded& version) {
  std::map<std::pair<std::string, std::string>, Digest> items;
  PlanReader plans(store);
  const PlanOnRecord plan{version.manifest, version.plan_root};
  GWAGEO_ASSIGN(header, plans.header(plan));
  for (std::uint64_t index = 0; index < header->items; index += entries_of_block) {
    GWAGEO_ASSIGN(block, plans.block_of(plan, index));
    for (std::size_t i = 0; i < block->size(); ++i) {
      GWAGEO_ASSIGN(entry, block->view(i));
      items.emplace(std::pair(header->tasks.at(entry.task), entry.item), entry.item_digest);
    }
  }
  return items;
}

// What to write into the suite file.
std::string list_it(const std::string& task, const std::string& item) {
  return "list it under `changed` with a reason (changed: [{task: " + task + ", item: \"" + item +
         "\", reason: WHY}])";
}

tl::unexpected<Error> refuse(std::string why) { return fail(ErrorKind::bad_input, std::move(why)); }

}  // namespace

Result<SuiteChanges> SuiteChanges::create(const Store& store, std::span<const SuiteAdded> known,
                                          const Suite& suite) {
  SuiteChanges changes;
  std::map<std::uint32_t, const SuiteAdded*> before;
  for (const SuiteAdded& each : known) {
    if (each.name == suite.name && each.version < suite.version) before[each.version] = &each;
  }
  for (const auto& [version, each] : before) {
    GWAGEO_ASSIGN(items, items_of(store, *each));
    for (const auto& [name, digest] : items) changes.before_[name] = {digest, version};
    changes.version_ = version;
  }
  if (before.empty()) return changes;
  for (const ChangedItem& changed : suite.changed) {
    changes.listed_[{changed.task, changed.item}] = 0;
  }
  for (const Task& task : suite.tasks) changes.tasks_.insert(task.name);
  return changes;
}

Status SuiteChanges::see(const std::string& task, const PlanEntry& entry) {
  const auto known = before_.find({task, entry.item});
  if (known == before_.end()) return {};
  const auto [digest, version] = known->second;
  before_.erase(known);
  if (digest == entry.item_digest) return {};
  const auto listed = listed_.find({task, entry.item});
  if (listed == listed_.end()) {
    return refuse("task " + task + ", item " + entry.item + " differs from version " +
                  std::to_string(version) + " of the suite: " + list_it(task, entry.item));
  }
  ++listed->second;
  return {};
}

// What is left of the version before is gone, which is a change as well.
Status SuiteChanges::finish() {
  for (const auto& [name, last] : before_) {
    if (last.version != version_ || !tasks_.contains(name.first)) continue;
    const auto listed = listed_.find(name);
    if (listed == listed_.end()) {
      return refuse("task " + name.first + " has no item " + name.second +
                    " any more, which version " + std::to_string(version_) +
                    " of the suite has: " + list_it(name.first, name.second));
    }
    ++listed->second;
  }
  for (const auto& [name, count] : listed_) {
    if (count > 0) continue;
    return refuse("`changed` lists task " + name.first + ", item " + name.second +
                  ", which is as it was in version " + std::to_string(version_));
  }
  return {};
}

std::string SuiteChanges::tasks_left_out() const {
  std::set<std::string> gone;
  for (const auto& [name, last] : before_) {
    if (last.version == version_ && !tasks_.contains(name.first)) gone.insert(name.first);
  }
  std::string text;
  for (const std::string& task : gone) text += (text.empty() ? "task " : ", task ") + task;
  return text.empty() ? text : text + " of version " + std::to_string(version_);
}

std::string warning_on(const Suite& suite, const SuiteChanges& changes,
                       std::span<const TargetAdded> targets) {
  std::string text;
  const auto add = [&text](const std::string& words) {
    text += (text.empty() ? "" : "; ") + words;
  };
  const std::string gone = changes.tasks_left_out();
  if (!gone.empty()) add("it leaves out " + gone);
  for (const TargetAdded& target : targets) {
    const Result<Target> policy = load_target(target.name, target.text);
    if (!policy || policy->suite != suite.name) continue;
    if (policy->suite_version && *policy->suite_version != suite.version) continue;
    for (const TargetFault& fault : suite_faults(*policy, suite.axes)) {
      add("target " + target.name + " does not fit it: " + fault.place + ": the suite " +
          fault.words);
    }
  }
  return text;
}

}  // namespace gwageo
