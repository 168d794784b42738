// A ProcessEngine under test: in a folder of its own, over the fake server or another, with a look
// at the processes that it brings about.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "ops/system_clock.h"
#include "tests/e2e/process.h"
#include "worker/process_engine.h"

namespace gwageo::testing {

/// The words of a process, each with a zero byte after it; empty when it has ended.
std::string command_line_of(pid_t process);

/// Everybody whose command line has a word that lies in `folder`, the caller excepted.
std::vector<pid_t> processes_of(const std::filesystem::path& folder);

/// The template of the fake server, as a file's text. `more` are further lines.
std::string fake_template(const std::string& more = "");

/// One thread.
class HostedEngine {
 public:
  /// Writes the model's file and reads the templates of `engines`, a file's text each.
  explicit HostedEngine(const std::vector<std::string>& engines = {fake_template()});
  ~HostedEngine();
  HostedEngine(const HostedEngine&) = delete;
  HostedEngine& operator=(const HostedEngine&) = delete;

  /// A new engine, loaded with these options; `template` is fake unless given.
  Status load(std::map<std::string, std::string> options);
  ProcessEngine& engine() { return *engine_; }
  void unload() { engine_.reset(); }

  /// Starts a question, or its answer after working until it has come.
  void start(std::uint64_t token, const std::string& prompt, std::uint32_t tokens_max = 4);
  /// Works until so many calls have ended, a minute at most.
  std::vector<Completion> finish(std::size_t count);
  Response answer(Request request);
  /// Works without calls, as a slot does, until `condition` holds; false after a minute.
  bool tend_until(const std::function<bool()>& condition);

  const std::filesystem::path& folder() const { return folder_.path(); }
  std::filesystem::path model() const { return folder_.path() / "model.gguf"; }
  std::string log() const;
  /// Whether nobody is left soon.
  bool is_empty_soon() const;

  EngineRoom room;
  std::string model_path;  ///< What is loaded; model() unless changed.

 private:
  e2e::TemporaryFolder folder_;
  SystemClock clock_;
  std::unique_ptr<ProcessEngine> engine_;
};

}  // namespace gwageo::testing
