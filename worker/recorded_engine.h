// The recorded engine: plays back outputs that someone submitted (design.md section 7).
//
//   {"task": "T", "item": "ID", "repeat": 0, "text": "..."}                     a generation
//   {"task": "T", "item": "ID", "choice": 0, "logprob": -1.5, "greedy": false}  a log-likelihood
//
// JSON lines, one a request, in any order; empty lines are skipped; `repeat` is 0 where it is left
// out; an integer `item` means its decimal text. Recorded text is final: no stop string, no cut.
// The file is held in memory: its texts, and 56 bytes a row.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/result.h"
#include "worker/engine.h"
#include "worker/waker.h"

namespace gwageo {

/// The outputs in one file. A resource; immutable once sealed.
class Recording {
 public:
  Recording() = default;
  Recording(const Recording&) = delete;
  Recording& operator=(const Recording&) = delete;

  /// What names a row. `choice` counts for a log-likelihood only.
  struct Key {
    RequestKind kind = RequestKind::generate;
    std::string_view task;
    std::string_view item;
    std::uint32_t repeat = 0;
    std::uint32_t choice = 0;
  };
  struct Answer {
    std::string_view text;  ///< Lives as long as the recording.
    double log_probability = 0;
    bool greedy = false;
  };

  /// Takes a line, without its line feed, and its number for messages. bad_input, naming the field
  /// at fault.
  Status add_line(std::string_view line, std::uint64_t number);
  /// To be called once, after the last line. bad_input when two rows have one key; names both
  /// lines.
  Status seal();
  /// The answer recorded for a request, if any. REQUIRES: sealed.
  std::optional<Answer> find(const Key& key) const;
  std::size_t rows() const { return rows_.size(); }

 private:
  struct Row {
    RequestKind kind = RequestKind::generate;
    bool greedy = false;
    std::uint32_t task = 0;  // Index in task_names_.
    std::uint32_t repeat = 0;
    std::uint32_t choice = 0;
    std::uint32_t item_size = 0;
    std::uint32_t text_size = 0;
    std::uint64_t item_at = 0;  // Offsets in bytes_.
    std::uint64_t text_at = 0;
    double log_probability = 0;
    std::uint64_t line = 0;
  };
  std::string_view item_of(const Row& row) const;
  Key key_of(const Row& row) const;

  std::string bytes_;  // Items and texts, one after another.
  std::map<std::string, std::uint32_t, std::less<>> tasks_;
  std::vector<std::string_view> task_names_;  // Views of the keys of tasks_.
  std::vector<Row> rows_;
};

/// Takes no options. `spec.path` is the file; its model digest is verified over the bytes that are
/// parsed. A call without a row completes as refused_by_engine. Thread rule: that of Engine.
class RecordedEngine final : public Engine {
 public:
  Status load(const ModelSpec& spec) override;
  std::uint32_t calls_in_flight() const override { return 1024; }
  bool answers_at_once() const override { return true; }
  void start(Call call) override { waiting_.push_back(std::move(call)); }
  std::vector<Completion> step() override;
  void wait(Duration at_most) override;
  void wake() override { waker_.wake(); }
  void cancel_all() override;

 private:
  Recording recording_;
  std::deque<Call> waiting_;
  std::vector<Completion> cancelled_;
  Waker waker_;
};

}  // namespace gwageo
