// A desk with a worker that answers whatever it is asked, at once: what a movement costs is what it
// was asked. Models are named by what they know: "knows-30" is right on the items 0 to 29, and
// "learns-30-5" on 5 more each time it is asked again.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tests/coordinator/desk.h"

namespace gwageo {

class BatchSigner;
struct ItemIdentity;

}  // namespace gwageo

namespace gwageo::testing {

class ExamHall : public Desk {
 public:
  explicit ExamHall(const std::string& day);
  ~ExamHall() override;

  void join();

  /// Time passes, and the worker shows that it is alive.
  void pass(Duration time);

  /// Item i asks "N?" of rows[i] = N, and N is what it wants to hear. `extra` are keys of the task.
  Reply add_suite(std::uint32_t version, const std::vector<std::string>& rows,
                  const std::string& changed = "", const std::string& extra = "");

  static Json model(const std::string& name, const std::string& role, const std::string& released);
  void add_model(const std::string& name, const std::string& role, const std::string& released);
  Reply add_target(const std::string& text);

  /// Verdict of the candidate as it was reached last; empty: none yet.
  std::string verdict(const std::string& target, const std::string& candidate) const;

  /// Another worker's first words.
  void introduce(const Hello& hello);

  /// Another worker takes the first one's place, which is never heard of again.
  void replace_worker(std::uint64_t id, const std::string& name);

  /// Items that the worker was asked since the last call, by model; the same one twice is two.
  std::map<std::string, std::uint64_t> take_asked() { return std::exchange(asked_, {}); }

  bool answers = true;             ///< Else what is asked waits.
  std::uint64_t answers_left = 0;  ///< Leases, after which it answers no more; 0: never.
  bool signs = true;               ///< Else the worker keeps its signatures to itself.
  std::uint64_t luck = 0;          ///< Items that every model is right on beside what it knows.
  std::optional<std::uint32_t> refused_round;  ///< Of repeats, that the engine does not answer.
  std::function<void(Batch&)> spoils;          ///< What a dishonest one does with its batch.
  std::string refusal;                         ///< What it was refused with the last time.

 protected:
  void meet() override;

  void hear(const Message& message) override;
  bool work() override;

 private:
  struct Sent {
    Results results;
    std::vector<ItemIdentity> items;
  };

  std::unique_ptr<BatchSigner> new_signer();
  void acknowledged(const Acknowledge& known);
  std::string answered(const std::string& model, const GrantItem& item) const;
  std::string answer(const std::string& model, const GrantItem& item) const;

  WorkerId self_{7};
  std::string name_ = "w1";
  PeerId peer_{2};
  std::deque<Grant> inbox_;
  std::map<LeaseId, Sent> sent_;  ///< Not acknowledged.
  std::unique_ptr<BatchSigner> signer_;
  Instant signing_time_;
  std::map<std::string, std::uint64_t> asked_;
};

}  // namespace gwageo::testing
