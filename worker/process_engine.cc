#include "worker/process_engine.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "protocol/check.h"
#include "worker/engine_support.h"
#include "worker/model_files.h"
#include "worker/openai_generation.h"
#include "worker/own_folder.h"

namespace gwageo {
namespace {

constexpr Duration server_looked_for_every =
    milliseconds(50);                                  // While there is no server to wait for.
constexpr Duration look_at_least = milliseconds(250);  // Whether the process is there still.
constexpr Duration route_at_most = seconds(10);        // One answer of a route.
/// A worker that ends has little time, and the keeper kills whom it leaves behind (keeper.h).
constexpr Duration patience_of_end = seconds(2);
constexpr Duration version_at_most = seconds(60);
constexpr std::size_t version_bytes_max = 200;
constexpr std::uint64_t server_note_bytes_max = 65536;
constexpr std::size_t last_words_bytes_max = 400;

tl::unexpected<Error> bad_process(std::string what) {
  return fail(ErrorKind::bad_input, "engine process: " + std::move(what));
}

std::string first_line(std::string text) {
  const std::size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string::npos) return "";
  text.erase(0, begin);
  text.resize(std::min({text.size(), text.find_first_of("\r\n"), version_bytes_max}));
  std::size_t bad_at = 0;
  while (!is_utf8(text, &bad_at)) text.resize(bad_at);
  return text;
}

}  // namespace

ProcessEngine::ProcessEngine(const Clock& clock, const EngineRoom& room)
    : clock_(clock), room_(room), health_(clock, [] {
        HttpClientOptions options;
        options.connections_max = 2;
        options.connect_at_most = seconds(2);
        options.is_direct = true;
        return options;
      }()) {}

ProcessEngine::~ProcessEngine() {
  if (process_ == nullptr) return;
  server_.reset();
  process_->stop();
  Duration patience = template_.stop_at_most + seconds(1);
  if (is_ending()) patience = std::min(patience, patience_of_end);
  const Duration until = clock_.monotonic() + patience;
  while (!process_->poll() && clock_.monotonic() < until) process_->wait(milliseconds(100));
}

// ---- before it is started ----

Status ProcessEngine::prepare(const ModelSpec& spec) {
  if (room_.processes == nullptr ||
      (room_.processes->templates.empty() && room_.processes->broken.empty())) {
    return bad_process("there are no templates here (worker --engines DIR)");
  }
  GWAGEO_ASSIGN(known, template_for(*room_.processes, spec));
  template_ = std::move(known.engine);
  if (room_.hosts.size() > 1) GWAGEO_TRY(check_spans_nodes(template_));
  GWAGEO_ASSIGN(options, options_for(template_, spec));
  options_ = std::move(options);
  spec_ = spec;
  if (!spec.path.starts_with('/'))
    return bad_process("the model's path must begin with /: " + spec.path);
  GWAGEO_ASSIGN(folder, slot_logs(*room_.processes, room_.slot));
  folder_ = std::move(folder);
  if (const auto note = read_note(folder_ + "/ended.json", server_note_bytes_max)) {
    before_ = Json::parse(*note).value_or(Json());
  }
  served_name_ = spec.name + "-" + to_hex(spec.digest).substr(0, 12);
  // Before all of it is read.
  GWAGEO_ASSIGN(found, find_model_files(spec.path));
  std::uint64_t bytes = 0;
  for (const ModelFile& file : found) bytes += file.size;
  GWAGEO_TRY(check_memory(bytes, room_.width, room_.gpus));
  GWAGEO_ASSIGN(model, verify_served_model(spec, folder_ + "/model"));
  model_ = std::move(model);
  ModelSpec asked = spec;
  asked.engine = "openai";
  asked.path = "http://127.0.0.1:1/v1";
  asked.options = options_.of_openai;
  asked.options["model"] = served_name_;
  GWAGEO_ASSIGN(checked, read_openai_options(asked));
  connections_ = checked.connections;
  return {};
}

Status ProcessEngine::load(const ModelSpec& spec) {
  GWAGEO_CHECK(!life_);
  GWAGEO_TRY(prepare(spec));
  EngineLifeRules rules;
  rules.ready_at_most = template_.ready_at_most;
  rules.idle_at_most = template_.idle_at_most;
  rules.quiet_at_most = template_.quiet_at_most;
  life_.emplace(rules);
  feed(EngineWanted{});
  while (!life_->is_serving() && !failed_) {
    if (is_ending()) return load_broken_off();
    wait(server_looked_for_every);
    advance();
  }
  if (!failed_) return {};
  if (is_ending()) return load_broken_off();  // Which may be all that its failure was.
  return fail(may_get_better_ ? ErrorKind::unavailable : ErrorKind::bad_input,
              "engine process, template " + template_.name + ": " + *failed_);
}

Json ProcessEngine::findings() const {
  Json out = server_ == nullptr ? Json::object() : server_->findings();
  Json about = Json::object();
  about["template"] = template_.name;
  about["template_version"] = template_.version;
  about["template_digest"] = to_hex(digest_of(template_));
  if (!version_.empty()) about["engine_version"] = version_;
  Json words = Json::array();
  for (const std::string& word : expand(template_, options_.of_template, place()).words) {
    words.push_back(word);
  }
  about["command"] = std::move(words);
  about["ready_milliseconds"] = life_ ? life_->start_took().microseconds / 1000 : 0;
  about["log"] = folder_ + "/engine.log";
  about["starts"] = life_ ? std::int64_t{life_->starts()} : 0;
  if (!before_.is_null()) about["before"] = before_;
  out["process"] = std::move(about);
  return out;
}

// ---- its life ----

void ProcessEngine::feed(const EngineEvent& event) {
  EngineTodo todo = life_->step(clock_.monotonic(), event);
  for (const EngineAct what : todo.acts) act(what);
  if (!todo.failed) return;
  may_get_better_ = todo.may_get_better;
  // Else how it ended has them already.
  if (!std::holds_alternative<ProcessEnded>(event)) {
    *todo.failed += last_words(end_of_file(folder_ + "/engine.log", last_words_bytes_max));
  }
  lose_calls(*todo.failed);
  failed_ = std::move(todo.failed);
}

void ProcessEngine::act(EngineAct what) {
  switch (what) {
    case EngineAct::start: return start_process();
    case EngineAct::ask_health: return ask_health();
    case EngineAct::open: return open();
    case EngineAct::stop:
      if (process_ != nullptr) process_->stop();
      return;
    case EngineAct::kill:
      if (process_ != nullptr) process_->kill();
      return;
  }
}

EnginePlace ProcessEngine::place() const {
  EnginePlace place;
  place.model = model_.path;
  place.name = served_name_;
  place.port = port_;
  place.gpus = room_.width;
  if (!room_.hosts.empty()) place.hosts = room_.hosts;
  // On several machines it is the cluster's scheduler that gives each of them its own.
  if (room_.gpus.any() && place.hosts.size() == 1) {
    const char* const own = std::getenv("CUDA_VISIBLE_DEVICES");
    place.visible_gpus = visible_gpus(own == nullptr ? "" : own, room_.slot, room_.width);
  }
  return place;
}

KeeperOrder ProcessEngine::keeper_order(const std::string& log) const {
  KeeperOrder order;
  order.log = folder_ + "/" + log;
  order.stop_at_most = template_.stop_at_most;
  return order;
}

void ProcessEngine::start_process() {
  const auto start = [this]() -> Status {
    if (life_->starts() > 1) GWAGEO_TRY(check_unchanged(model_));
    GWAGEO_ASSIGN(port, free_port());
    port_ = port;
    GWAGEO_ASSIGN(process, EngineProcess::start(room_.processes->keeper,
                                                expand(template_, options_.of_template, place()),
                                                keeper_order("engine.log")));
    process_ = std::move(process);
    return {};
  };
  const Status started = start();
  if (!started) feed(ProcessEnded{EngineEnd::not_started, started.error().message});
}

void ProcessEngine::ask_health() {
  health_.cancel_all();
  is_asked_ = true;
  const Duration patience = std::clamp(template_.quiet_at_most, seconds(1), route_at_most);
  health_.start({++asked_id_, "http://127.0.0.1:" + std::to_string(port_) + template_.health, "",
                 life_->is_serving() ? patience : seconds(2)});
}

void ProcessEngine::advance() {
  if (is_asked_) {
    for (const HttpAnswer& answer : health_.step()) {
      if (answer.id != asked_id_ || !is_asked_) continue;
      is_asked_ = false;
      feed(HealthAnswered{answer.end == HttpEnd::answered && answer.status == 200});
    }
  }
  if (process_ != nullptr) {
    if (const std::optional<ProcessEnd> end = process_->poll()) {
      const ProcessEnded ended = describe(*end);
      process_.reset();
      is_asked_ = false;
      feed(EngineTime{in_server_});
      if (life_->phase() != EngineLife::Phase::stopping) note_end(ended);
      feed(ended);
      // Stopped for want of calls; those that it had are waiting, as none was asked.
      if (server_ != nullptr && !life_->is_serving()) lose_calls("");
    }
  }
  feed(EngineTime{waiting_.size() + in_server_});
}

std::string ProcessEngine::take_remark() {
  return server_ == nullptr ? std::string() : server_->take_remark();
}

// For the engine that comes after us in this slot, which tells it among its findings.
void ProcessEngine::note_end(const ProcessEnded& ended) const {
  Json note = Json::object();
  note["end"] = std::string(to_string(ended.how));
  note["words"] = ended.words;
  note["model"] = spec_.name;
  // A disk that is full loses it, and nothing else.
  static_cast<void>(write_note(folder_ + "/ended.json", note.dump() + "\n"));
}

ProcessEnded ProcessEngine::describe(const ProcessEnd& end) const {
  ProcessEnded ended{end.how, end.words};
  const bool is_starting = life_->phase() == EngineLife::Phase::starting;
  for (const std::string& pattern : template_.out_of_memory) {
    if (!finds(pattern, end.output)) continue;
    ended.how = EngineEnd::out_of_memory;
    ended.words = "it ran out of memory (" + end.words + ", and its output has what " + pattern +
                  " stands for)";
    break;
  }
  if (ended.how == EngineEnd::exited && is_starting && is_port_taken(port_)) {
    ended.how = EngineEnd::port_taken;
    ended.words = "somebody took its port " + std::to_string(port_) + " (" + end.words + ")";
  }
  if (ended.how == EngineEnd::not_started) ended.words = "it cannot be started: " + end.words;
  ended.words = std::string(to_string(ended.how)) + ": " + ended.words + last_words(end.output);
  return ended;
}

// The last lines that are there, on one.
std::string ProcessEngine::last_words(const std::string& output) const {
  std::string text = output.substr(output.size() - std::min(output.size(), last_words_bytes_max));
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
  std::string clean;
  for (const char c : text) {
    if (c == '\n') clean += " | ";
    if (c >= ' ' && c <= '~') clean += c;
  }
  if (clean.empty()) return "; it said nothing";
  return "; it said last: " + clean + " (all of it: " + folder_ + "/engine.log)";
}

// ---- when it is well ----

HttpAnswer ProcessEngine::get(const std::string& route) {
  health_.cancel_all();
  is_asked_ = false;
  health_.start(
      {++asked_id_, "http://127.0.0.1:" + std::to_string(port_) + route, "", route_at_most});
  while (!process_->has_ended() && !is_ending()) {
    health_.wait(server_looked_for_every);
    for (HttpAnswer& answer : health_.step()) {
      if (answer.id == asked_id_) return std::move(answer);
    }
  }
  health_.cancel_all();
  return {asked_id_, HttpEnd::not_reached, 0, "", std::nullopt, "the server has ended"};
}

void ProcessEngine::open() {
  const Status opened = open_server();
  if (opened) {
    const std::lock_guard lock(mutex_);
    waking_ = server_.get();
  } else {
    server_.reset();
    if (process_->has_ended()) return;  // How it ended says more.
  }
  feed(EngineOpened{opened ? "" : opened.error().message});
}

Status ProcessEngine::open_server() {
  // It may have read them late.
  GWAGEO_TRY(check_unchanged(model_));
  GWAGEO_TRY(check_served_name());
  GWAGEO_ASSIGN(version, version_told());
  version_ = std::move(version);
  if (!template_.engine_version.empty() && !matches_whole(template_.engine_version, version_)) {
    return bad_process("the engine is of version \"" + version_ + "\", and template " +
                       template_.name + " wants " + template_.engine_version);
  }
  ModelSpec asked = spec_;
  asked.engine = "openai";
  asked.path = "http://127.0.0.1:" + std::to_string(port_) + "/v1";
  asked.options = options_.of_openai;
  asked.options["model"] = served_name_;
  server_ = std::make_unique<OpenAiEngine>(
      clock_, OwnServer{[this] { return process_->has_ended(); }, true, engine_profile(spec_)},
      room_.caught, room_.is_ending);
  return server_->load(asked);
}

Status ProcessEngine::check_served_name() {
  const HttpAnswer answer = get("/v1/models");
  const Result<Json> json = Json::parse(answer.body);
  const Json* const data = json && answer.status == 200 ? json->find("data") : nullptr;
  if (data == nullptr || !data->is_array()) {
    return bad_process("the engine does not list its models at /v1/models: " +
                       (answer.end == HttpEnd::answered ? "status " + std::to_string(answer.status)
                                                        : answer.error));
  }
  std::string names;
  for (const Json& model : data->as_array()) {
    const Json* const id = model.find("id");
    if (id == nullptr || !id->is_string()) continue;
    if (id->as_string() == served_name_) return {};
    if (names.size() < 200) names += (names.empty() ? "\"" : ", \"") + id->as_string() + "\"";
  }
  return bad_process("the engine reports the model " + (names.empty() ? "of no name" : names) +
                     ", not \"" + served_name_ + "\" as asked");
}

Result<std::string> ProcessEngine::version_told() {
  if (!template_.version_command.empty()) return version_of_command();
  if (template_.version_route.empty()) return std::string();
  const HttpAnswer answer = get(template_.version_route);
  if (answer.status != 200) return std::string();
  const Result<Json> json = Json::parse(answer.body);
  if (template_.version_field.empty() || !json) return first_line(answer.body);
  const Json* const field = json->find(template_.version_field);
  if (field == nullptr) return std::string();
  return first_line(field->is_string() ? field->as_string() : field->dump());
}

Result<std::string> ProcessEngine::version_of_command() {
  GWAGEO_ASSIGN(
      asked, EngineProcess::start(room_.processes->keeper,
                                  expand_version_command(template_, options_.of_template, place()),
                                  keeper_order("version.log")));
  const Duration until = clock_.monotonic() + version_at_most;
  while (clock_.monotonic() < until && !is_ending()) {
    asked->wait(server_looked_for_every);
    const std::optional<ProcessEnd> end = asked->poll();
    if (!end) continue;
    return end->how == EngineEnd::exited ? first_line(end->output) : std::string();
  }
  return std::string();
}

// ---- calls ----

void ProcessEngine::start(Call call) {
  GWAGEO_CHECK(life_.has_value());
  waiting_.push_back(std::move(call));
  feed(EngineWanted{});
}

// What the server was asked is lost with it; what it was not asked waits. Where it was asked
// nothing, the first that waits says so in its place.
void ProcessEngine::lose_calls(const std::string& why) {
  {
    const std::lock_guard lock(mutex_);
    waking_ = nullptr;
  }
  const Response lost = failed_response("engine process, template " + template_.name + ": " + why);
  if (server_ != nullptr) {
    std::vector<Call> unasked = server_->take_waiting();
    server_->cancel_all();
    std::vector<Completion> ended = server_->step();
    for (Completion& each : ended) {
      if (each.response.outcome == Outcome::cancelled) {
        each.response = lost;
        each.unreachable = true;
      }
      finished_.push_back(std::move(each));
    }
    for (auto call = unasked.rbegin(); call != unasked.rend(); ++call) {
      waiting_.push_front(std::move(*call));
    }
    server_.reset();
    in_server_ = 0;
    if (!ended.empty() || why.empty()) return;
  }
  if (waiting_.empty()) return;
  finished_.push_back({waiting_.front().token, lost, true});
  waiting_.pop_front();
}

std::vector<Completion> ProcessEngine::step() {
  advance();
  if (life_->is_serving()) {
    in_server_ += waiting_.size();
    for (Call& call : waiting_) server_->start(std::move(call));
    waiting_.clear();
    std::vector<Completion> ended = server_->step();
    in_server_ -= ended.size();
    bool is_late = false;
    for (const Completion& each : ended) {
      is_late = is_late || each.response.outcome == Outcome::timed_out;
    }
    const bool has_answered = std::ranges::any_of(
        ended, [](const Completion& each) { return !is_retried(each.response.outcome); });
    std::ranges::move(ended, std::back_inserter(finished_));
    if (has_answered) feed(CallAnswered{});
    if (is_late) feed(CallTimedOut{});
  }
  return std::exchange(finished_, {});
}

void ProcessEngine::wait(Duration at_most) {
  if (!finished_.empty()) return;
  if (life_->is_serving() && !waiting_.empty()) return;
  const Duration now = clock_.monotonic();
  at_most = std::min(at_most, look_at_least);
  if (const auto due = life_->wake_at()) at_most = std::min(at_most, std::max(*due - now, {}));
  if (is_asked_ || !life_->is_serving()) at_most = std::min(at_most, server_looked_for_every);
  if (life_->is_serving()) return server_->wait(at_most);
  health_.wait(at_most);
}

void ProcessEngine::wake() {
  const std::lock_guard lock(mutex_);
  if (waking_ != nullptr) return waking_->wake();
  health_.wake();
}

void ProcessEngine::cancel_all() {
  for (const Call& call : waiting_) finished_.push_back({call.token, cancelled_response()});
  waiting_.clear();
  if (server_ != nullptr) server_->cancel_all();
}

}  // namespace gwageo
