#include "coordinator/plan_check.h"

#include <cstdint>
#include <string>
#include <vector>

#include "coordinator/keys.h"
#include "coordinator/plan_store.h"
#include "coordinator/plan_tasks.h"

namespace gwageo {
namespace {

tl::unexpected<Error> wrong_row(const SuiteAdded& plan, const std::string& what) {
  return fail(ErrorKind::corrupt, "plan " + to_hex(plan.manifest) + ": " + what);
}

Result<std::uint64_t> rows_of(const Store& store, const Digest& manifest) {
  std::uint64_t rows = 0;
  for (const keys::KeyRange& range :
       {keys::plan_blocks(manifest), keys::plan_key_blocks(manifest)}) {
    GWAGEO_TRY(store.scan(range.first, range.second, [&](std::string_view, std::string_view) {
      ++rows;
      return true;
    }));
  }
  return rows;
}

}  // namespace

Status check_plan(const Store& store, const SuiteAdded& plan) {
  PlanReader reader(store);
  const PlanOnRecord on_record{plan.manifest, plan.plan_root};
  GWAGEO_ASSIGN(header, reader.header(on_record));
  if (header->items != plan.items || header->requests != plan.requests) {
    return wrong_row(plan, "its header is of other items or requests than the suite on record");
  }
  const Result<std::vector<std::string>> tasks = tasks_of_suite(store, plan.manifest);
  if (!tasks) {
    if (tasks.error().kind != ErrorKind::corrupt) return tl::unexpected(tasks.error());
    return wrong_row(plan, tasks.error().message);
  }
  if (header->tasks != *tasks) {
    return wrong_row(plan,
                     "its header has other names of tasks than its suite, or in another order");
  }
  // Written once more, it comes to the same rows.
  const std::string of_header = keys::plan_block(plan.manifest, keys::last_block);
  std::uint64_t rows = 0;
  const auto compare = [&](const WriteBatch& batch) -> Status {
    for (const auto& [key, value] : batch.puts) {
      ++rows;
      GWAGEO_ASSIGN(there, store.read(key));
      if (there && *there == value) continue;
      if (key == of_header) {
        if (there && *there == encode(*header, HeaderLayout::without_roots)) continue;
        return wrong_row(plan, "its header is not what follows from it");
      }
      return wrong_row(plan, std::string("a row by which known answers are looked up is ") +
                                 (there ? "not what follows from it" : "missing"));
    }
    return {};
  };
  PlanWriter again(compare, plan.manifest, header->tasks);
  for (std::uint64_t index = 0; index < header->items; ++index) {
    GWAGEO_ASSIGN(block, reader.block_of(on_record, index));
    GWAGEO_ASSIGN(entry, block->entry(index % entries_of_block));
    GWAGEO_TRY(again.add(entry));
  }
  GWAGEO_TRY(again.finish());
  GWAGEO_ASSIGN(there, rows_of(store, plan.manifest));
  if (there == rows) return {};
  return wrong_row(plan, "the store has rows of it that are none of its");
}

}  // namespace gwageo
