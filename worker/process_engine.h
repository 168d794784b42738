// The engine `process`: the worker itself starts an inference server of others, waits until it is
// well, asks it as the engine `openai` asks any server, and ends it.
//
// Below it, in order: engine_template.h (what is started, as data), process_room.h (where templates
// lie), engine_life.h (when it is started, asked, stopped: pure), engine_process.h and keeper.h
// (the process and who watches it), rotated_log.h, process_table.h and served_model.h.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "worker/engine.h"
#include "worker/engine_life.h"
#include "worker/engine_process.h"
#include "worker/http_client.h"
#include "worker/openai_engine.h"
#include "worker/process_room.h"
#include "worker/served_model.h"

namespace gwageo {

/// Thread rule: that of Engine.
class ProcessEngine final : public Engine {
 public:
  ProcessEngine(const Clock& clock, const EngineRoom& room);
  /// Ends the server: at first gently, and within its template's stop_seconds.
  ~ProcessEngine() override;

  /// unavailable where the server was killed by somebody, so that it may go better next time; else
  /// the error is final. It says how the process ended and what it said last.
  Status load(const ModelSpec& spec) override;
  /// What the engine `openai` says, and as `process` what was started.
  Json findings() const override;
  std::string take_remark() override;
  std::uint32_t calls_in_flight() const override { return connections_; }
  std::optional<Duration> tend_every() const override { return milliseconds(250); }
  void start(Call call) override;
  std::vector<Completion> step() override;
  void wait(Duration at_most) override;
  void wake() override;
  void cancel_all() override;

  /// Of the server; 0 where none runs.
  pid_t process() const { return process_ == nullptr ? 0 : process_->process(); }
  pid_t keeper() const { return process_ == nullptr ? 0 : process_->keeper(); }

 private:
  Status prepare(const ModelSpec& spec);
  bool is_ending() const { return room_.is_ending && room_.is_ending(); }
  void feed(const EngineEvent& event);
  void act(EngineAct what);
  void start_process();
  void ask_health();
  void open();
  Status open_server();
  Status check_served_name();
  Result<std::string> version_told();
  Result<std::string> version_of_command();
  HttpAnswer get(const std::string& route);
  void lose_calls(const std::string& why);
  void note_end(const ProcessEnded& ended) const;
  void advance();
  ProcessEnded describe(const ProcessEnd& end) const;
  std::string last_words(const std::string& output) const;
  EnginePlace place() const;
  KeeperOrder keeper_order(const std::string& log) const;

  const Clock& clock_;
  const EngineRoom room_;
  ModelSpec spec_;
  EngineTemplate template_;
  EngineOptions options_;
  std::string folder_;  // Of this slot: logs, and the links to the model's files.
  ServedModel model_;
  std::string served_name_;
  std::string version_;
  Json before_;  // How the last process here ended that failed, as the slot before us wrote it.
  std::uint32_t connections_ = 32;
  std::optional<EngineLife> life_;
  std::unique_ptr<EngineProcess> process_;
  std::uint32_t port_ = 0;
  HttpClient health_;
  std::uint64_t asked_id_ = 0;
  bool is_asked_ = false;
  std::unique_ptr<OpenAiEngine> server_;  // While it serves.
  std::uint64_t in_server_ = 0;           // Calls that it has.
  std::deque<Call> waiting_;              // Until it serves.
  std::vector<Completion> finished_;
  std::optional<std::string> failed_;  // Why the last start or run ended, where it failed.
  bool may_get_better_ = false;
  std::mutex mutex_;
  OpenAiEngine* waking_ = nullptr;  // The one to wake; guarded by mutex_.
};

}  // namespace gwageo
