// Layout (protocol/bytes.h): u8 1 | u32 task | text item | item digest | u32 repeat
//   | u32 n, n x text request | reference
// or, where the item has a cluster, u8 2 in front and text cluster at the end.
// reference = u32 n, n x text target | gold | u32 n, n x text choice
// gold      = i64 index, -1 for none, or i64 -2 | u32 n, n >= 2, n x i64 index
#include "benchmarks/plan.h"

#include <algorithm>

#include "protocol/bytes.h"

namespace gwageo {
namespace {

constexpr std::uint8_t plan_layout_plain = 1;
constexpr std::uint8_t plan_layout_clustered = 2;
constexpr std::int64_t no_gold = -1;
constexpr std::int64_t several_golds = -2;

void write(ByteWriter& out, const std::vector<std::string>& texts) {
  out.u32(static_cast<std::uint32_t>(texts.size()));
  for (const std::string& text : texts) out.text(text);
}

bool read(ByteReader& in, std::vector<std::string>& texts) {
  const std::uint32_t count = in.u32();
  if (count > in.left()) return false;  // Every text takes at least its four length bytes.
  for (std::uint32_t i = 0; i < count && in.ok(); ++i) texts.emplace_back(in.text());
  return in.ok();
}

// The same, over texts that stay where they are.
bool skip(ByteReader& in, std::uint32_t& count) {
  count = in.u32();
  if (count > in.left()) return false;
  for (std::uint32_t i = 0; i < count && in.ok(); ++i) in.text();
  return in.ok();
}

// Calls `see` with every index; false for what no writer writes.
template <class See>
bool read_golds(ByteReader& in, See see) {
  const std::int64_t first = in.i64();
  if (first == no_gold) return in.ok();
  if (first != several_golds) {
    see(first);
    return in.ok() && first >= 0;
  }
  const std::uint32_t count = in.u32();
  if (count < 2 || count > in.left()) return false;
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::int64_t gold = in.i64();
    if (!in.ok() || gold < 0) return false;
    see(gold);
  }
  return true;
}

void write_golds(ByteWriter& out, const std::vector<std::int64_t>& golds) {
  if (golds.size() < 2) return out.i64(golds.empty() ? no_gold : golds.front());
  out.i64(several_golds);
  out.u32(static_cast<std::uint32_t>(golds.size()));
  for (const std::int64_t gold : golds) out.i64(gold);
}

tl::unexpected<Error> not_canonical() {
  return fail(ErrorKind::corrupt, "plan entry: not a canonical encoding");
}

bool is_known(std::uint8_t layout) {
  return layout == plan_layout_plain || layout == plan_layout_clustered;
}

/// False for what no writer writes: an empty cluster.
bool read_cluster(ByteReader& in, std::uint8_t layout, std::string_view& cluster) {
  if (layout == plan_layout_plain) return true;
  cluster = in.text();
  return in.ok() && !cluster.empty();
}

void write(ByteWriter& out, const Reference& reference) {
  write(out, reference.targets);
  write_golds(out, reference.golds);
  write(out, reference.choices);
}

}  // namespace

bool Reference::is_gold(std::int64_t choice) const {
  return std::find(golds.begin(), golds.end(), choice) != golds.end();
}

std::string encode(const PlanEntry& entry) {
  ByteWriter out;
  out.u8(entry.cluster.empty() ? plan_layout_plain : plan_layout_clustered);
  out.u32(entry.task);
  out.text(entry.item);
  out.digest(entry.item_digest);
  out.u32(entry.repeat);
  write(out, entry.requests);
  write(out, entry.reference);
  if (!entry.cluster.empty()) out.text(entry.cluster);
  return out.take();
}

Result<PlanEntry> decode_plan_entry(std::string_view bytes) {
  ByteReader in(bytes);
  PlanEntry entry;
  const std::uint8_t layout = in.u8();
  entry.task = in.u32();
  entry.item = in.text();
  entry.item_digest = in.digest();
  entry.repeat = in.u32();
  bool whole = is_known(layout) && read(in, entry.requests) && read(in, entry.reference.targets);
  whole =
      whole && read_golds(in, [&](std::int64_t gold) { entry.reference.golds.push_back(gold); });
  std::string_view cluster;
  whole =
      whole && read(in, entry.reference.choices) && read_cluster(in, layout, cluster) && in.done();
  if (!whole) return not_canonical();
  entry.cluster = cluster;
  return entry;
}

Result<PlanEntryView> view_plan_entry(std::string_view bytes) {
  ByteReader in(bytes);
  PlanEntryView entry;
  const std::uint8_t layout = in.u8();
  entry.task = in.u32();
  entry.item = in.text();
  entry.item_digest = in.digest();
  entry.repeat = in.u32();
  const std::size_t from = bytes.size() - in.left();
  bool whole = is_known(layout) && skip(in, entry.requests);
  const std::size_t to = bytes.size() - in.left();
  std::uint32_t others = 0;
  whole = whole && skip(in, others);
  whole = whole && read_golds(in, [](std::int64_t) {});
  std::string_view cluster;
  whole = whole && skip(in, others) && read_cluster(in, layout, cluster) && in.done();
  if (!whole) return not_canonical();
  entry.request_list =
      bytes.substr(from + sizeof entry.requests, to - from - sizeof entry.requests);
  return entry;
}

Digest plan_leaf(std::string_view task_name, const PlanEntry& entry) {
  ByteWriter out;
  out.text(task_name);
  out.text(entry.item);
  out.digest(entry.item_digest);
  out.u32(entry.repeat);
  out.u32(static_cast<std::uint32_t>(entry.requests.size()));
  for (const std::string& request : entry.requests) out.digest(sha256(request));
  ByteWriter reference;
  write(reference, entry.reference);
  out.digest(sha256(reference.bytes()));
  if (!entry.cluster.empty()) out.text(entry.cluster);
  return merkle_leaf(out.bytes());
}

}  // namespace gwageo
