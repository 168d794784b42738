// A server as the engine `process` starts one, over the make-believe model of words, with the
// faults that real ones have. It is ready in milliseconds.
//
//   fake_engine --model PATH --port N --name NAME --habits HABIT,HABIT=N,...
//
//   slow=MS            is not well before so long
//   sick               never is
//   exit=CODE          ends at once
//   crash_after=N      dies by SIGSEGV at the N-th question (one with "number " in it)
//   exit_after=N       exits with code 3 then
//   memory_after=N     says that it is out of memory, and exits with code 1
//   hang_after=N       answers nothing more, its health route included
//   mute_after=N       answers no question more, but is well
//   child              starts a process that has a session of its own and stays
//   deaf               does not care for SIGTERM
//   other_name         calls its model otherwise
//   ignore_echo        as llama.cpp's server
//   latency=MS         takes up to so long for an answer
//   echo_environment   says its CUDA_VISIBLE_DEVICES
//   talk=N             says so many lines at the start
//   take_port          the first time: writes its port to MODEL.port, and goes on when there is a
//                      MODEL.taken: whoever watches has taken it by then
//   die_once=SIGNAL    is ended by that signal before it is well, the first time
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <thread>

#include "tests/worker/openai_server.h"

namespace {

using gwageo::testing::Asked;
using gwageo::testing::Habits;
using gwageo::testing::OpenAiServer;
using gwageo::testing::Reply;
using Clock = std::chrono::steady_clock;

struct Arguments {
  std::string model;
  int port = 0;
  std::string name;
  std::map<std::string, int> habits;
  int habit(const std::string& which, int otherwise = -1) const {
    const auto found = habits.find(which);
    return found == habits.end() ? otherwise : found->second;
  }
};

Arguments read(int count, char** words) {
  Arguments arguments;
  for (int i = 1; i + 1 < count; i += 2) {
    const std::string key = words[i];
    const std::string value = words[i + 1];
    if (key == "--model") arguments.model = value;
    if (key == "--port") arguments.port = std::atoi(value.c_str());
    if (key == "--name") arguments.name = value;
    if (key != "--habits") continue;
    std::istringstream parts(value);
    for (std::string part; std::getline(parts, part, ',');) {
      const std::size_t equals = part.find('=');
      arguments.habits[part.substr(0, equals)] =
          equals == std::string::npos ? 1 : std::atoi(part.substr(equals + 1).c_str());
    }
  }
  return arguments;
}

/// Whether this is the first time, by a file beside the model.
bool mark_once(const Arguments& arguments) {
  const std::string path = arguments.model + ".once";
  if (std::filesystem::exists(path)) return false;
  std::ofstream(path) << "x";
  return true;
}

void start_child() {
  const pid_t child = ::fork();
  if (child != 0) return;
  ::setsid();
  if (::fork() != 0) ::_exit(0);  // What is left has no parent here.
  for (;;) ::pause();
}

void await_thief(const Arguments& arguments) {
  std::ofstream(arguments.model + ".port.new") << arguments.port << "\n";
  std::filesystem::rename(arguments.model + ".port.new", arguments.model + ".port");
  for (int i = 0; i < 2000 && !std::filesystem::exists(arguments.model + ".taken"); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}

class Faults {
 public:
  explicit Faults(const Arguments& arguments) : arguments_(arguments) {}

  std::optional<Reply> look(const Asked& asked) {
    if (is_hanging_) return silence();
    if (asked.path == "/health") {
      const auto age = Clock::now() - began_;
      const bool is_well = arguments_.habit("sick") < 0 &&
                           age >= std::chrono::milliseconds(arguments_.habit("slow", 0));
      return Reply{is_well ? 200 : 503, "{}"};
    }
    if (asked.path == "/version") return Reply{200, R"({"version": "fake 1.0"})"};
    if (asked.body.find("number ") == std::string::npos) return std::nullopt;
    ++questions_;
    if (is_at("crash_after")) {
      ::signal(SIGSEGV, SIG_DFL);
      ::raise(SIGSEGV);
    }
    if (is_at("exit_after")) ::_exit(3);
    if (is_at("memory_after")) {
      std::fprintf(stderr, "worker 0: CUDA out of memory. Tried to allocate 2.00 GiB\n");
      ::_exit(1);
    }
    if (is_at("hang_after")) {
      is_hanging_ = true;
      return silence();
    }
    const int mute = arguments_.habit("mute_after");
    if (mute >= 0 && questions_ >= mute) return silence();
    return std::nullopt;
  }

 private:
  bool is_at(const char* habit) const { return questions_ == arguments_.habit(habit); }
  static Reply silence() { return Reply{200, "", {}, Reply::Manner::silence}; }

  const Arguments& arguments_;
  const Clock::time_point began_ = Clock::now();
  int questions_ = 0;  // All in the server's thread.
  bool is_hanging_ = false;
};

int serve(const Arguments& arguments) {
  Faults faults(arguments);
  Habits habits;
  habits.port = arguments.port;
  habits.name = arguments.habit("other_name") > 0 ? "another-model" : arguments.name;
  habits.echo = arguments.habit("ignore_echo") < 0;
  habits.by_prompt = true;
  habits.latency_max = arguments.habit("latency", 0);
  habits.first = [&faults](const Asked& asked) { return faults.look(asked); };
  const OpenAiServer server(std::move(habits));
  std::printf("serving on %d\n", server.port());
  std::fflush(stdout);
  sigset_t ends;
  sigemptyset(&ends);
  sigaddset(&ends, SIGTERM);
  int number = 0;
  do {
    ::sigwait(&ends, &number);
  } while (arguments.habit("deaf") > 0);
  std::printf("asked to stop\n");
  std::fflush(stdout);
  return 0;
}

}  // namespace

int main(int count, char** words) {
  sigset_t ends;
  sigemptyset(&ends);
  sigaddset(&ends, SIGTERM);
  ::sigprocmask(SIG_BLOCK, &ends, nullptr);
  const Arguments arguments = read(count, words);
  if (arguments.habit("echo_environment") > 0) {
    const char* const gpus = std::getenv("CUDA_VISIBLE_DEVICES");
    std::printf("gpus %s\n", gpus == nullptr ? "none" : gpus);
  }
  for (int i = 0; i < arguments.habit("talk", 0); ++i) {
    std::printf("line %d of what a server says when it starts\n", i);
  }
  std::fflush(stdout);
  if (arguments.habit("child") > 0) start_child();
  if (const int code = arguments.habit("exit"); code >= 0) {
    std::fprintf(stderr, "cannot read the model: it is odd\n");
    return code;
  }
  if (const int number = arguments.habit("die_once"); number >= 0 && mark_once(arguments)) {
    ::signal(number, SIG_DFL);
    ::raise(number);
  }
  try {
    if (arguments.habit("take_port") > 0 && mark_once(arguments)) {
      await_thief(arguments);
    }
    return serve(arguments);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
