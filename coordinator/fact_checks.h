// The facts of checks: items that are answered already are asked of another worker, what came of
// it, and what is not believed any more.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/ids.h"

namespace gwageo {

/// From now on so many of the items that workers answer lead to a check; nothing until it is set.
struct ChecksSet {
  std::uint32_t again = 0;  ///< Millionths of the items: they are asked of another worker.
  std::uint32_t known =
      0;  ///< Likewise: for each its worker is asked one that two others agree on.
  std::string principal;
  bool any() const { return again > 0 || known > 0; }
  friend bool operator==(const ChecksSet&, const ChecksSet&) = default;
};

/// Why an item was asked once more.
enum class CheckKind : std::uint8_t {
  again = 0,  ///< It was drawn when its answer came on record.
  third = 1,  ///< Two workers do not agree on it.
  known = 2,  ///< Two workers agree on it, and this is neither of them.
};
std::string_view to_string(CheckKind kind);

/// What the answer said.
enum class CheckFinding : std::uint8_t {
  agreed = 0,       ///< The same as the answer that counts.
  differed = 1,     ///< Another one. A third worker is to decide, where there is one.
  kept_right = 2,   ///< Two against one: the answer that counts is confirmed.
  other_right = 3,  ///< Two against one: the answer that counts was the other one's word alone.
  undecided = 4,    ///< Three workers, three answers.
};
std::string_view to_string(CheckFinding finding);

struct CheckedItem {
  std::uint64_t index = 0;
  WorkerId by;     ///< Whose answer counts; it stays, whatever is found.
  WorkerId other;  ///< Of a third: who had answered otherwise; of what is known: who agrees.
  CheckKind kind = CheckKind::again;
  CheckFinding finding = CheckFinding::agreed;
  friend bool operator==(const CheckedItem&, const CheckedItem&) = default;
};

/// What workers of this name have answered up to here counts no more. Their records stay.
struct AnswersDisowned {
  std::string worker;
  std::string reason;
  std::string principal;
  friend bool operator==(const AnswersDisowned&, const AnswersDisowned&) = default;
};

/// The worker of a lease that is a probe has answered these of its items, which were compared.
struct AnswersChecked {
  LeaseId lease;
  JobId job;
  std::vector<CheckedItem> items;
  friend bool operator==(const AnswersChecked&, const AnswersChecked&) = default;
};

}  // namespace gwageo
