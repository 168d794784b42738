#include "coordinator/plan_check.h"

#include <cstdint>
#include <string>

#include "coordinator/keys.h"
#include "coordinator/plan_store.h"

namespace gwageo {
namespace {

tl::unexpected<Error> wrong_row(const SuiteAdded& plan, const std::string& what) {
  return fail(ErrorKind::corrupt, "plan " + to_hex(plan.manifest) + ": " + what);
}

tl::unexpected<Error> other_tasks(const SuiteAdded& plan) {
  return wrong_row(plan, "its header names tasks of which it has no items");
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

Status check_plan(const Store& store, const SuiteAdded& plan, PlanOf of) {
  PlanReader reader(store);
  const PlanOnRecord on_record{plan.manifest, plan.plan_root};
  GWAGEO_ASSIGN(header, reader.header(on_record));
  if (header->items != plan.items || header->requests != plan.requests) {
    return wrong_row(plan, "its header is of other items or requests than the suite on record");
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
  std::uint32_t tasks = 0;  // Each has items, one after another; a sample may have none of some.
  for (std::uint64_t index = 0; index < header->items; ++index) {
    GWAGEO_ASSIGN(block, reader.block_of(on_record, index));
    GWAGEO_ASSIGN(entry, block->entry(index % entries_of_block));
    if (entry.task == tasks) ++tasks;
    if (of == PlanOf::whole_suite && entry.task >= tasks) return other_tasks(plan);
    GWAGEO_TRY(again.add(entry));
  }
  if (of == PlanOf::whole_suite && tasks != header->tasks.size()) return other_tasks(plan);
  GWAGEO_TRY(again.finish());
  GWAGEO_ASSIGN(there, rows_of(store, plan.manifest));
  if (there == rows) return {};
  return wrong_row(plan, "the store has rows of it that are none of its");
}

}  // namespace gwageo
