// Estimates: what an item is expected to take, learned from those that were. Integers.
// Volatile: a decision that rests on one is in the journal, the estimate is not.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "coordinator/waiting_work.h"
#include "protocol/time.h"

namespace gwageo {

/// One thread.
class Estimates {
 public:
  /// Of an item of a class on a suite that nobody has seen yet.
  static constexpr Duration item_prior = seconds(1);

  /// `items` of the suite took a slot of the class so long until now, loading left out.
  void ran(Instant now, ClassNumber number, const std::string& suite, std::uint64_t items,
           Duration took);
  /// `items` of the suite are out on a slot of the class, nothing has come of them since then, and
  /// that is longer than was expected.
  void out(Instant now, ClassNumber number, const std::string& suite, std::uint64_t items,
           Instant since);
  /// What an expectation rests on: items of this class on this suite, else of this class, else of
  /// this suite, else nothing.
  enum class Basis { class_and_suite, model_class, suite, prior };
  struct Expected {
    Duration item;  ///< Slot time of one; at least a microsecond.
    Basis basis = Basis::prior;
    std::uint64_t items = 0;  ///< That it was learned from, as far as they still count.
  };
  /// No class: one that nobody ever asked for.
  Expected expect(std::optional<ClassNumber> number, const std::string& suite) const;
  /// What a slot is lent for: what is expected, but no less than items have been out that were the
  /// last of their kind to be lent. A kind that nobody has seen the end of costs a moment by the
  /// prior alone, and whoever is next would be given every slot that is free.
  Duration item_time(ClassNumber number, const std::string& suite) const;
  /// Whether one of the class on this suite was ever over.
  bool is_tried(ClassNumber number, const std::string& suite) const {
    return both_.contains({number, suite});
  }

 private:
  // A mean in which old items count less and less.
  struct Mean {
    std::uint64_t items = 0;
    std::int64_t took = 0;
    void add(std::uint64_t more, Duration longer);
  };
  using Kind = std::pair<ClassNumber, std::string>;
  std::map<Kind, Mean> both_;
  std::map<Kind, Instant> came_;    // When one of the kind was over last.
  std::map<Kind, Duration> least_;  // So long one took at least that is not over, since then.
  std::map<ClassNumber, Mean> classes_;
  std::map<std::string, Mean> suites_;
};

/// How fast one worker is, beside all that run the same: what its items took and what they were
/// expected to take, old ones counting less and less.
class Pace {
 public:
  void ran(std::uint64_t items, Duration took, Duration expected);
  /// Thousandths: 2000 takes twice as long. 1000 until anything ran, and for what is usual within a
  /// half; from 10 to a million.
  std::int64_t thousandths() const;
  /// From here on a worker counts as slow, and helps nobody.
  static constexpr std::int64_t slow = 2000;

 private:
  std::uint64_t items_ = 0;
  std::int64_t took_ = 0;
  std::int64_t expected_ = 0;
};

}  // namespace gwageo
