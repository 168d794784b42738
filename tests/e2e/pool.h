// A pool under test: `gwageo up` on a data directory, and the verbs that ask it.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tests/e2e/process.h"

namespace gwageo::e2e {

/// Numbers and texts of a document by a path of keys: `text(results, {"tasks", "sums"})`. They
/// throw when a key is missing, so that a test says which.
const Json& at(const Json& document, const std::vector<std::string>& keys);
std::int64_t whole(const Json& document, const std::vector<std::string>& keys);
std::string text(const Json& document, const std::vector<std::string>& keys);

class Pool {
 public:
  Pool(std::filesystem::path data, int workers) : data_(std::move(data)), workers_(workers) {}
  ~Pool();
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  const std::filesystem::path& data() const { return data_; }
  const Process& up() const { return *up_; }

  /// Starts `up`, with more options, and waits until it is ready. Throws when it is not within 20
  /// s.
  void start(const std::vector<std::string>& more = {});
  /// SIGTERM to `up`. Returns what it took until `up` had ended; throws unless it ended with 0.
  Milliseconds stop();
  /// kill -9 to `up` and everybody below it, so that nobody ends in an orderly way.
  void kill_everybody();

  /// Runs a verb against this pool, with --json.
  Outcome call(std::vector<std::string> words, Milliseconds at_most = Milliseconds(120000)) const;
  /// The same, again and again for 10 s while nobody answers; throws unless it ends with 0.
  Json ask(std::vector<std::string> words, Milliseconds at_most = Milliseconds(120000)) const;

  /// Adds a reference that answers by the clock: `calls` at a time, each in `milliseconds`, with
  /// texts of `bytes` bytes.
  void add_paced_model(const std::string& name, int milliseconds, int calls, int bytes) const;
  /// Submits under a request id, so that it may be done again: the job's id.
  std::string submit(const std::string& request, const std::string& model, const std::string& suite,
                     std::vector<std::string> more = {}) const;
  /// Waits until the job is scored; throws when that takes too long or never comes. The results.
  Json results(const std::string& job, Milliseconds at_most = Milliseconds(1800000)) const;

  /// What the journal says of one kind, in its order.
  std::vector<Json> facts(const std::string& kind) const;
  /// How many items' results were ever recorded. Throws when one was counted twice.
  std::int64_t items_recorded() const;

 private:
  std::filesystem::path data_;
  int workers_;
  std::unique_ptr<Process> up_;
};

/// Writes `suite.yaml` and its rows into `folder`: one task of `items` questions without answers,
/// for paced models. Returns the suite file's path.
std::string write_paced_suite(const std::filesystem::path& folder, const std::string& name,
                              int items);

}  // namespace gwageo::e2e
