#include "tests/engine/hosted_engine.h"

#include <gtest/gtest.h>

#include <cstdio>

#include "tests/engine/seeded_gguf.h"
#include "tests/folders.h"
#include "worker/model_files.h"

namespace gwageo::testing {

namespace fs = std::filesystem;

std::string command_line_of(pid_t process) {
  std::FILE* const file =
      std::fopen(("/proc/" + std::to_string(process) + "/cmdline").c_str(), "r");
  if (file == nullptr) return "";
  std::string words(65536, '\0');
  words.resize(std::fread(words.data(), 1, words.size(), file));
  std::fclose(file);
  return words;
}

std::vector<pid_t> processes_of(const fs::path& folder) {
  std::vector<pid_t> found;
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator("/proc", error)) {
    const std::string name = entry.path().filename();
    if (name.find_first_not_of("0123456789") != name.npos) continue;
    const pid_t process = static_cast<pid_t>(std::stol(name));
    const std::string words = command_line_of(process);
    if (words.find(folder.string() + "/") == std::string::npos || process == ::getpid()) continue;
    found.push_back(process);
  }
  return found;
}

std::string fake_template(const std::string& more) {
  return "name: fake\nversion: 1\ncommand: [\"" + folders::fake_engine() +
         "\", --model, \"{model}\", --port, \"{port}\", --name, \"{name}\", "
         "[--habits, \"{habits}\"]]\n"
         "options: {habits: {default: \"\", pattern: \"[a-z0-9_=,]*\"}}\n"
         "engine: {connections: 4}\nversion_route: /version\nversion_field: version\n"
         "out_of_memory: [\"CUDA out of memory\"]\n" +
         more;
}

HostedEngine::HostedEngine(const std::vector<std::string>& engines) {
  e2e::write_file(model(), seeded_gguf(1));
  model_path = model();
  for (std::size_t i = 0; i < engines.size(); ++i) {
    e2e::write_file(folder() / "engines" / (std::to_string(i) + ".yaml"), engines[i]);
  }
  auto processes = std::make_shared<ProcessRoom>();
  processes->folder = folder() / "engines";
  processes->logs = folder() / "logs";
  processes->keeper = e2e::program();
  auto found = read_engine_folder(processes->folder);
  if (!found) throw std::runtime_error(found.error().message);
  processes->templates = std::move(found->templates);
  processes->broken = std::move(found->broken);
  room.processes = std::move(processes);
}

HostedEngine::~HostedEngine() {
  engine_.reset();
  for (const pid_t process : processes_of(folder())) ::kill(process, SIGKILL);
}

Status HostedEngine::load(std::map<std::string, std::string> options) {
  options.emplace("template", "fake");
  engine_ = std::make_unique<ProcessEngine>(clock_, room);
  const auto digest = model_digest(model_path);
  if (!digest) return tl::unexpected(digest.error());
  return engine_->load({"m", *digest, "process", model_path, std::move(options)});
}

void HostedEngine::start(std::uint64_t token, const std::string& prompt, std::uint32_t tokens_max) {
  Request request;
  request.prompt = prompt;
  request.tokens_max = tokens_max;
  engine_->start({token, "T", std::to_string(token), 0, 0, std::move(request)});
}

std::vector<Completion> HostedEngine::finish(std::size_t count) {
  std::vector<Completion> all;
  const Duration until = clock_.monotonic() + seconds(60);
  while (all.size() < count && clock_.monotonic() < until) {
    engine_->wait(seconds(1));
    for (Completion& each : engine_->step()) all.push_back(std::move(each));
  }
  EXPECT_EQ(all.size(), count);
  all.resize(count);
  return all;
}

Response HostedEngine::answer(Request request) {
  engine_->start({1, "T", "1", 0, 0, std::move(request)});
  return finish(1).front().response;
}

bool HostedEngine::tend_until(const std::function<bool()>& condition) {
  return e2e::eventually(e2e::Milliseconds(60000), [&] {
    EXPECT_TRUE(engine_->step().empty());
    return condition();
  });
}

std::string HostedEngine::log() const { return e2e::read_file(folder() / "logs/slot0/engine.log"); }

bool HostedEngine::is_empty_soon() const {
  return e2e::eventually(e2e::Milliseconds(20000),
                         [this] { return processes_of(folder()).empty(); });
}

}  // namespace gwageo::testing
