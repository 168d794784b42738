#include "coordinator/checks.h"

#include <string_view>

#include "protocol/bytes.h"
#include "protocol/wide.h"

namespace gwageo {
namespace {

std::string_view domain_of(CheckKind kind) {
  return kind == CheckKind::known ? "gwageo check known v1" : "gwageo check again v1";
}

}  // namespace

std::string_view to_string(CheckKind kind) {
  switch (kind) {
    case CheckKind::again: return "again";
    case CheckKind::third: return "third";
    case CheckKind::known: return "known";
  }
  return "again";
}

std::string_view to_string(CheckFinding finding) {
  switch (finding) {
    case CheckFinding::agreed: return "agreed";
    case CheckFinding::differed: return "differed";
    case CheckFinding::kept_right: return "kept_right";
    case CheckFinding::other_right: return "other_right";
    case CheckFinding::undecided: return "undecided";
  }
  return "undecided";
}

bool is_drawn(CheckKind kind, const Digest& leaf, std::uint64_t index, std::uint32_t share) {
  if (share == 0) return false;
  ByteWriter in;
  in.digest(leaf);
  in.u64(index);
  const Digest digest = sha256(std::string(domain_of(kind)) + in.bytes());
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < 8; ++i) number = number << 8 | digest.bytes[i];
  return static_cast<Wide>(number) * check_share_one < (static_cast<Wide>(share) << 64);
}

CheckCounts WorkerChecks::all() const {
  CheckCounts sum;
  for (const auto& [model, counts] : of) {
    sum.checked += counts.checked;
    sum.differed += counts.differed;
    sum.open += counts.open;
    sum.wrong += counts.wrong;
  }
  return sum;
}

namespace {

class Counting {
 public:
  Counting(Checks& checks, const std::string& model) : checks_(checks), model_(model) {}

  void compared(const std::string& worker, bool differs) {
    if (CheckCounts* const counts = of(worker)) {
      ++counts->checked;
      counts->differed += differs ? 1 : 0;
    }
  }
  void opened(const std::string& worker) {
    if (CheckCounts* const counts = of(worker)) ++counts->open;
  }
  void closed(const std::string& worker) {
    CheckCounts* const counts = of(worker);
    if (counts != nullptr && counts->open > 0) --counts->open;
  }
  void judged(const std::string& worker, bool is_wrong) {
    CheckCounts* const counts = of(worker);
    if (counts == nullptr) return;
    counts->wrong += is_wrong ? 1 : 0;
    checks_[worker].evidence.add(is_wrong);
  }

 private:
  CheckCounts* of(const std::string& worker) {
    return worker.empty() ? nullptr : &checks_[worker].of[model_];
  }

  Checks& checks_;
  const std::string& model_;
};

}  // namespace

void count_check(Checks& checks, const std::string& model, const CheckedItem& item,
                 const std::string& by, const std::string& other, const std::string& checker) {
  Counting count(checks, model);
  if (item.kind == CheckKind::third) {
    if (item.finding == CheckFinding::undecided) return;
    const bool is_kept_right = item.finding == CheckFinding::kept_right;
    for (const std::string& worker : {by, other}) count.closed(worker);
    count.judged(by, !is_kept_right);
    count.judged(other, is_kept_right);
    count.compared(checker, false);
    count.judged(checker, false);
    return;
  }
  const bool differs = item.finding != CheckFinding::agreed;
  count.compared(checker, differs);
  if (item.kind == CheckKind::known) return count.judged(checker, differs);
  count.compared(by, differs);
  for (const std::string& worker : {by, checker}) {
    if (differs) {
      count.opened(worker);
    } else {
      count.judged(worker, false);
    }
  }
}

}  // namespace gwageo
