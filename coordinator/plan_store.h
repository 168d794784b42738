// Plans in the store: blocks of entries, so that a plan of any length is written and read in
// bounded memory, and a small key for each item by which known responses are found.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "benchmarks/plan.h"
#include "coordinator/store.h"
#include "protocol/digest.h"

namespace gwageo {

inline constexpr std::uint32_t entries_of_block = 128;

/// Which plan, and what its entries come to, as the journal says.
struct PlanOnRecord {
  Digest manifest;
  Digest root;
  friend bool operator==(const PlanOnRecord&, const PlanOnRecord&) = default;
};

/// What is known of a plan as a whole.
struct PlanHeader {
  Digest root;
  std::uint64_t items = 0;
  std::uint64_t requests = 0;
  std::vector<std::string> tasks;  ///< Names, suite order.
  /// Of the entries of each block: a block is a subtree of the plan's, so these come to its root.
  std::vector<Digest> block_roots;
};

/// Canonical bytes of the header; those of before had no roots of blocks.
enum class HeaderLayout : std::uint8_t { without_roots = 1, with_roots = 2 };
std::string encode(const PlanHeader& header, HeaderLayout layout);
/// Nothing when the bytes are no whole header.
std::optional<PlanHeader> decode_plan_header(std::string_view bytes);

/// Equal `requests` in two items of one library mean equal responses; for recorded outputs `item`
/// must be equal too.
struct ItemKey {
  Digest requests;  ///< Over the item's request digests and its repeat.
  Digest item;      ///< Item digest.
};

/// Writes a plan entry by entry. One thread. Nothing is visible as a plan before `finish`.
class PlanWriter {
 public:
  /// Takes rows, in the order in which they are to be written.
  using Rows = std::function<Status(const WriteBatch& rows)>;
  PlanWriter(Rows rows, const Digest& manifest, std::vector<std::string> tasks);
  PlanWriter(Store& store, const Digest& manifest, std::vector<std::string> tasks);
  Status add(const PlanEntry& entry);
  /// Writes what is left and the header. bad_input when no entry was added.
  Result<PlanHeader> finish();

 private:
  Status flush();
  Status write_duplicates();

  Rows write_;
  Digest manifest_;
  PlanHeader header_;
  MerkleFrontier block_;  ///< Of `entries_`.
  std::vector<std::string> entries_;
  std::string keys_;
  /// Request key and index of every item. A deque: growing it never holds everything twice.
  std::deque<std::pair<Digest, std::uint64_t>> seen_;
};

/// Some entries of a plan, in order, as they are stored. A value; what it gives lies in its bytes.
class PlanBlock {
 public:
  /// Of a plan with so many tasks. corrupt, naming the block as `name`, unless `bytes` are a whole
  /// list.
  static Result<PlanBlock> read(std::string bytes, std::string name, std::size_t tasks);
  std::size_t size() const { return places_.size(); }
  /// REQUIRES: at < size(). corrupt, with its place, when the entry is damaged. Its task is one of
  /// the plan's.
  Result<PlanEntry> entry(std::size_t at) const {
    return checked(at, decode_plan_entry(bytes_of(at)));
  }
  Result<PlanEntryView> view(std::size_t at) const {
    return checked(at, view_plan_entry(bytes_of(at)));
  }

 private:
  struct Place {
    std::size_t begin;
    std::size_t size;
  };
  std::string_view bytes_of(std::size_t at) const;
  tl::unexpected<Error> damaged_at(std::size_t at) const;
  template <class Entry>
  Result<Entry> checked(std::size_t at, Result<Entry> entry) const {
    if (!entry || entry->task >= tasks_) return damaged_at(at);
    return entry;
  }

  std::string name_;
  std::size_t tasks_ = 0;
  std::string bytes_;
  std::vector<Place> places_;
};

/// Reads plans, and takes nothing of one for what it says that is not under the root on record: the
/// store is a disk that others may write to. Keeps the blocks used last. One thread.
class PlanReader {
 public:
  using Block = std::shared_ptr<const PlanBlock>;
  explicit PlanReader(const Store& store) : store_(store) {}

  using Header = std::shared_ptr<const PlanHeader>;
  /// corrupt where the plan is not there, or another one than is on record.
  Result<Header> header(const PlanOnRecord& plan);
  /// The block that holds plan index `index`, at `index % entries_of_block`. corrupt as `header`.
  Result<Block> block_of(const PlanOnRecord& plan, std::uint64_t index);
  /// The keys of all items, in plan order: from rows that no root is over, or of the plan itself
  /// where those are damaged.
  Result<std::vector<ItemKey>> item_keys(const PlanOnRecord& plan);
  /// Items that ask the same as an earlier one: (index, first index), ascending; as `item_keys`.
  Result<std::vector<std::pair<std::uint64_t, std::uint64_t>>> duplicates(const PlanOnRecord& plan);

 private:
  using Place = std::pair<Digest, std::uint64_t>;
  Result<Header> read_header(const Digest& manifest);
  Result<Block> read_block(const Digest& manifest, const PlanHeader& plan, std::uint64_t number);
  Result<std::vector<ItemKey>> stored_keys(const Digest& manifest, std::uint64_t items);
  Result<std::vector<ItemKey>> keys_from_entries(const PlanOnRecord& plan, std::uint64_t items);

  const Store& store_;
  std::list<std::pair<Place, Block>> recent_;  ///< Newest first.
  std::map<Digest, Header> headers_;
};

}  // namespace gwageo
