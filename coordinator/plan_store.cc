// Layouts (protocol/bytes.h):
//   plan block  = u32 n, n x text entry (benchmarks/plan.cc)
//   plan header = u8 2 | root | u64 items | u64 requests | u32 n, n x text task name
//                 | u32 n, n x root of a block
//               = u8 1 | the same without roots of blocks, as of before
//   key block   = n x (32 bytes request key, 32 bytes item digest)
//   duplicates  = n x (u64 index, u64 first index)
#include "coordinator/plan_store.h"

#include <algorithm>

#include "coordinator/keys.h"
#include "protocol/bytes.h"
#include "protocol/check.h"

namespace gwageo {
namespace {

constexpr std::size_t recent_plans_max = 64;
constexpr std::size_t headers_max = 64;

Digest request_key(const PlanEntry& entry) {
  ByteWriter out;
  out.u32(entry.repeat);
  for (const std::string& request : entry.requests) out.digest(sha256(request));
  return sha256(out.bytes());
}

using SeenKeys = std::deque<std::pair<Digest, std::uint64_t>>;

/// The keys that are there more than once, as `duplicates` of a PlanReader. Sorts them.
std::vector<std::pair<std::uint64_t, std::uint64_t>> duplicates_in(SeenKeys& seen) {
  std::sort(seen.begin(), seen.end());
  std::vector<std::pair<std::uint64_t, std::uint64_t>> duplicates;
  for (std::size_t i = 1, first = 0; i < seen.size(); ++i) {
    if (seen[i].first != seen[first].first) {
      first = i;
    } else {
      duplicates.emplace_back(seen[i].second, seen[first].second);
    }
  }
  std::sort(duplicates.begin(), duplicates.end());
  return duplicates;
}

/// Of the entries; corrupt when one is damaged.
Result<Digest> root_of(const PlanBlock& block, const std::vector<std::string>& tasks) {
  MerkleFrontier tree;
  for (std::size_t at = 0; at < block.size(); ++at) {
    GWAGEO_ASSIGN(entry, block.entry(at));
    tree.add(plan_leaf(tasks[entry.task], entry));
  }
  return tree.root();
}

tl::unexpected<Error> damaged(const std::string& what) {
  return fail(ErrorKind::corrupt, what + " is missing or damaged: restore from a backup");
}

std::string name_of_part(const Digest& manifest, const std::string& part) {
  return "plan " + to_hex(manifest) + ": " + part;
}

tl::unexpected<Error> damaged(const Digest& manifest, const std::string& what) {
  return damaged(name_of_part(manifest, what));
}

std::string name_of_block(std::uint64_t number) { return "block " + std::to_string(number); }

/// `what` of the plan comes to `is` in the store.
tl::unexpected<Error> altered(const Digest& manifest, const std::string& what, const Digest& is,
                              const Digest& was) {
  return fail(ErrorKind::corrupt, "plan " + to_hex(manifest) + ": " + what +
                                      "in the store it has the root " + to_hex(is) + ", not " +
                                      to_hex(was) + " as on record: it was altered");
}

}  // namespace

std::optional<PlanHeader> decode_plan_header(std::string_view bytes) {
  ByteReader in(bytes);
  PlanHeader header;
  const std::uint8_t layout = in.u8();
  header.root = in.digest();
  header.items = in.u64();
  header.requests = in.u64();
  const std::uint32_t tasks = in.u32();
  for (std::uint32_t i = 0; i < tasks && in.ok(); ++i) header.tasks.emplace_back(in.text());
  const bool has_roots = layout == static_cast<std::uint8_t>(HeaderLayout::with_roots);
  const bool is_of_before = layout == static_cast<std::uint8_t>(HeaderLayout::without_roots);
  const std::uint32_t blocks = has_roots ? in.u32() : 0;
  for (std::uint32_t i = 0; i < blocks && in.ok(); ++i) header.block_roots.push_back(in.digest());
  if ((!has_roots && !is_of_before) || !in.done()) return std::nullopt;
  return header;
}

std::string encode(const PlanHeader& header, HeaderLayout layout) {
  ByteWriter out;
  out.u8(static_cast<std::uint8_t>(layout));
  out.digest(header.root);
  out.u64(header.items);
  out.u64(header.requests);
  out.u32(static_cast<std::uint32_t>(header.tasks.size()));
  for (const std::string& task : header.tasks) out.text(task);
  if (layout == HeaderLayout::without_roots) return out.take();
  out.u32(static_cast<std::uint32_t>(header.block_roots.size()));
  for (const Digest& root : header.block_roots) out.digest(root);
  return out.take();
}

PlanWriter::PlanWriter(Rows rows, const Digest& manifest, std::vector<std::string> tasks)
    : write_(std::move(rows)), manifest_(manifest) {
  header_.tasks = std::move(tasks);
}

PlanWriter::PlanWriter(Store& store, const Digest& manifest, std::vector<std::string> tasks)
    : PlanWriter([&store](const WriteBatch& rows) { return store.write(rows, Sync::no); }, manifest,
                 std::move(tasks)) {}

Status PlanWriter::add(const PlanEntry& entry) {
  block_.add(plan_leaf(header_.tasks.at(entry.task), entry));
  entries_.push_back(encode(entry));
  const Digest key = request_key(entry);
  keys_ += key.view();
  keys_ += entry.item_digest.view();
  seen_.emplace_back(key, header_.items);
  ++header_.items;
  header_.requests += entry.requests.size();
  return entries_.size() == entries_of_block ? flush() : Status{};
}

Status PlanWriter::flush() {
  if (entries_.empty()) return {};
  const auto block = static_cast<std::uint32_t>((header_.items - 1) / entries_of_block);
  ByteWriter out;
  out.u32(static_cast<std::uint32_t>(entries_.size()));
  for (const std::string& entry : entries_) out.text(entry);
  WriteBatch batch;
  batch.puts.emplace_back(keys::plan_block(manifest_, block), out.take());
  batch.puts.emplace_back(keys::plan_keys(manifest_, block), std::exchange(keys_, {}));
  entries_.clear();
  header_.block_roots.push_back(std::exchange(block_, {}).root());
  return write_(batch);
}

Status PlanWriter::write_duplicates() {
  ByteWriter out;
  for (const auto& [index, first] : duplicates_in(seen_)) {
    out.u64(index);
    out.u64(first);
  }
  WriteBatch batch;
  batch.puts.emplace_back(keys::plan_keys(manifest_, keys::last_block), out.take());
  return write_(batch);
}

Result<PlanHeader> PlanWriter::finish() {
  if (header_.items == 0) return fail(ErrorKind::bad_input, "the suite has no items");
  GWAGEO_TRY(flush());
  GWAGEO_TRY(write_duplicates());
  header_.root = merkle_root(header_.block_roots);
  WriteBatch batch;
  batch.puts.emplace_back(keys::plan_block(manifest_, keys::last_block),
                          encode(header_, HeaderLayout::with_roots));
  GWAGEO_TRY(write_(batch));
  return header_;
}

Result<PlanBlock> PlanBlock::read(std::string bytes, std::string name, std::size_t tasks) {
  ByteReader in(bytes);
  PlanBlock block;
  const std::uint32_t count = in.u32();
  if (count <= entries_of_block) block.places_.reserve(count);
  for (std::uint32_t i = 0; i < count && in.ok(); ++i) {
    const std::size_t size = in.text().size();
    block.places_.push_back({bytes.size() - in.left() - size, size});
  }
  if (!in.done()) return damaged(name);
  block.bytes_ = std::move(bytes);
  block.name_ = std::move(name);
  block.tasks_ = tasks;
  return block;
}

tl::unexpected<Error> PlanBlock::damaged_at(std::size_t at) const {
  return damaged(name_ + ", entry " + std::to_string(at));
}

std::string_view PlanBlock::bytes_of(std::size_t at) const {
  GWAGEO_CHECK(at < places_.size());
  return std::string_view(bytes_).substr(places_[at].begin, places_[at].size);
}

Result<PlanReader::Header> PlanReader::header(const PlanOnRecord& plan) {
  auto known = headers_.find(plan.manifest);
  if (known == headers_.end()) {
    GWAGEO_ASSIGN(header, read_header(plan.manifest));
    if (headers_.size() >= headers_max) headers_.clear();
    known = headers_.emplace(plan.manifest, std::move(header)).first;
  }
  if (known->second->root == plan.root) return known->second;
  const Digest is = known->second->root;
  headers_.erase(known);  // Whoever mends it is to be believed without a new start.
  return altered(plan.manifest, "", is, plan.root);
}

// With its root as what the roots of its blocks come to.
Result<PlanReader::Header> PlanReader::read_header(const Digest& manifest) {
  GWAGEO_ASSIGN(bytes, store_.read(keys::plan_block(manifest, keys::last_block)));
  std::optional<PlanHeader> header = decode_plan_header(std::move(bytes).value_or(std::string()));
  if (!header) return damaged(manifest, "its header");
  const std::uint64_t blocks = (header->items + entries_of_block - 1) / entries_of_block;
  const bool has_roots = !header->block_roots.empty();
  for (std::uint64_t number = 0; !has_roots && number < blocks; ++number) {
    GWAGEO_ASSIGN(block, read_block(manifest, *header, number));
    GWAGEO_ASSIGN(root, root_of(*block, header->tasks));
    header->block_roots.push_back(root);
  }
  if (header->block_roots.size() != blocks) return damaged(manifest, "its header");
  header->root = merkle_root(header->block_roots);
  return std::make_shared<const PlanHeader>(*std::move(header));
}

Result<PlanReader::Block> PlanReader::read_block(const Digest& manifest, const PlanHeader& plan,
                                                 std::uint64_t number) {
  const std::string name = name_of_block(number);
  GWAGEO_ASSIGN(bytes, store_.read(keys::plan_block(manifest, static_cast<std::uint32_t>(number))));
  if (!bytes) return damaged(manifest, name);
  Result<PlanBlock> block =
      PlanBlock::read(*std::move(bytes), name_of_part(manifest, name), plan.tasks.size());
  const std::uint64_t entries =
      std::min<std::uint64_t>(entries_of_block, plan.items - number * entries_of_block);
  if (!block || block->size() != entries) return damaged(manifest, name);
  return std::make_shared<const PlanBlock>(*std::move(block));
}

Result<PlanReader::Block> PlanReader::block_of(const PlanOnRecord& plan, std::uint64_t index) {
  GWAGEO_ASSIGN(whole, header(plan));  // What was kept may be of another root.
  const Place place{plan.manifest, index / entries_of_block};
  if (index >= whole->items) return damaged(plan.manifest, name_of_block(place.second));
  for (auto it = recent_.begin(); it != recent_.end(); ++it) {
    if (it->first != place) continue;
    recent_.splice(recent_.begin(), recent_, it);
    return recent_.front().second;
  }
  GWAGEO_ASSIGN(block, read_block(plan.manifest, *whole, place.second));
  GWAGEO_ASSIGN(root, root_of(*block, whole->tasks));
  const Digest& on_record = whole->block_roots[place.second];
  if (root != on_record) {
    return altered(plan.manifest, name_of_block(place.second) + ": ", root, on_record);
  }
  recent_.emplace_front(place, std::move(block));
  if (recent_.size() > recent_plans_max) recent_.pop_back();
  return recent_.front().second;
}

Result<std::vector<ItemKey>> PlanReader::item_keys(const PlanOnRecord& plan) {
  GWAGEO_ASSIGN(whole, header(plan));
  GWAGEO_ASSIGN(stored, stored_keys(plan.manifest, whole->items));
  return stored.empty() ? keys_from_entries(plan, whole->items) : std::move(stored);
}

// Empty where they are damaged.
Result<std::vector<ItemKey>> PlanReader::stored_keys(const Digest& manifest, std::uint64_t items) {
  std::vector<ItemKey> item_keys;
  const keys::KeyRange range = keys::plan_key_blocks(manifest);
  const std::string last = keys::plan_keys(manifest, keys::last_block);
  std::uint32_t number = 0;
  bool whole = true;
  GWAGEO_TRY(store_.scan(range.first, range.second, [&](std::string_view key, std::string_view v) {
    if (key == last) return true;
    whole = whole && key == keys::plan_keys(manifest, number++);
    ByteReader in(v);
    while (in.ok() && in.left() > 0) {
      ItemKey item;
      item.requests = in.digest();
      item.item = in.digest();
      item_keys.push_back(item);
    }
    whole = whole && in.ok() && item_keys.size() <= items;
    return whole;
  }));
  if (!whole || item_keys.size() != items) item_keys.clear();
  return item_keys;
}

Result<std::vector<ItemKey>> PlanReader::keys_from_entries(const PlanOnRecord& plan,
                                                           std::uint64_t items) {
  std::vector<ItemKey> item_keys;
  for (std::uint64_t index = 0; index < items; ++index) {
    GWAGEO_ASSIGN(block, block_of(plan, index));
    GWAGEO_ASSIGN(entry, block->entry(index % entries_of_block));
    item_keys.push_back({request_key(entry), entry.item_digest});
  }
  return item_keys;
}

Result<std::vector<std::pair<std::uint64_t, std::uint64_t>>> PlanReader::duplicates(
    const PlanOnRecord& plan) {
  GWAGEO_ASSIGN(whole, header(plan));
  GWAGEO_ASSIGN(bytes, store_.read(keys::plan_keys(plan.manifest, keys::last_block)));
  std::vector<std::pair<std::uint64_t, std::uint64_t>> duplicates;
  ByteReader in(bytes ? std::string_view(*bytes) : std::string_view());
  bool lawful = bytes.has_value();
  while (lawful && in.ok() && in.left() > 0) {
    const std::uint64_t index = in.u64();
    const std::uint64_t first = in.u64();
    lawful = index < whole->items && first < index &&
             (duplicates.empty() || duplicates.back().first < index);
    duplicates.emplace_back(index, first);
  }
  if (lawful && in.ok()) return duplicates;
  GWAGEO_ASSIGN(item_keys, keys_from_entries(plan, whole->items));
  SeenKeys seen;
  for (std::uint64_t i = 0; i < item_keys.size(); ++i) seen.emplace_back(item_keys[i].requests, i);
  return duplicates_in(seen);
}

}  // namespace gwageo
