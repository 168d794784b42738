#include "tests/ops/program.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "tests/folders.h"

namespace gwageo::testing {
namespace {

namespace fs = std::filesystem;

std::string read_text(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

std::string joined(const std::vector<std::string>& words) {
  std::string text = "gwageo";
  for (const std::string& word : words) text += " " + word;
  return text;
}

int code_of(int status) { return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status); }

}  // namespace

void pause_briefly() { ::poll(nullptr, 0, 10); }

Json Ran::json() const {
  Result<Json> document = Json::parse(out);
  EXPECT_TRUE(document) << out;
  return document ? *std::move(document) : Json();
}

ProgramTest::ProgramTest() {}

ProgramTest::~ProgramTest() {
  for (const pid_t pool : std::vector<pid_t>(pools_)) stop(pool);
}

void ProgramTest::write(const std::string& name, const std::string& text) const {
  fs::create_directories((folder_ / name).parent_path());
  std::ofstream(folder_ / name, std::ios::binary) << text;
}

pid_t ProgramTest::start(const std::vector<std::string>& words, const std::string& out,
                         const std::string& err) const {
  std::vector<std::string> copies = {folders::program()};
  copies.insert(copies.end(), words.begin(), words.end());
  std::vector<char*> pointers;
  for (std::string& copy : copies) pointers.push_back(copy.data());
  pointers.push_back(nullptr);
  const std::string folder = folder_.path().string();
  const pid_t process = ::fork();
  if (process != 0) return process;
  for (const char* name : {"GWAGEO_DATA", "GWAGEO_COORDINATOR", "GWAGEO_KEY", "GWAGEO_LOG",
                           "GWAGEO_DISK_RESERVE_MIB"}) {
    ::unsetenv(name);
  }
  const int out_file = ::open(out.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  const int err_file = ::open(err.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  ::dup2(out_file, STDOUT_FILENO);
  ::dup2(err_file, STDERR_FILENO);
  if (::chdir(folder.c_str()) != 0) ::_exit(126);
  ::execv(pointers[0], pointers.data());
  ::_exit(127);
}

Ran ProgramTest::run(const std::vector<std::string>& words) const {
  const pid_t process = start(words, path(".out"), path(".err"));
  int status = 0;
  ::waitpid(process, &status, 0);
  return {code_of(status), read_text(path(".out")), read_text(path(".err"))};
}

Ran ProgramTest::done(const std::vector<std::string>& words) const {
  Ran ran = run(words);
  EXPECT_EQ(ran.code, 0) << joined(words) << "\n" << ran.err << ran.out;
  return ran;
}

void ProgramTest::expect(const std::vector<std::string>& words, int code,
                         const std::vector<std::string>& parts) const {
  const Ran ran = run(words);
  EXPECT_EQ(ran.code, code) << joined(words) << "\n" << ran.err << ran.out;
  for (const std::string& part : parts) {
    EXPECT_NE(ran.err.find(part), std::string::npos)
        << joined(words) << " should say: " << part << "\nbut says: " << ran.err;
  }
}

pid_t ProgramTest::up(const std::string& name, int workers) {
  const std::string out = path("." + name + ".out");
  const std::string err = path("." + name + ".err");
  fs::remove(out);
  const pid_t pool = start({"up", "--data", name, "--workers", std::to_string(workers)}, out, err);
  pools_.push_back(pool);
  const bool serves =
      eventually([&] { return read_text(out).find('\n') != std::string::npos; }, 20000);
  EXPECT_TRUE(serves) << read_text(err);
  return pool;
}

pid_t ProgramTest::begin(const std::string& name, const std::vector<std::string>& words) {
  const pid_t process = start(words, path("." + name + ".out"), path("." + name + ".err"));
  pools_.push_back(process);
  return process;
}

int ProgramTest::wait_for(pid_t process, int milliseconds) {
  int status = 0;
  if (!eventually([&] { return ::waitpid(process, &status, WNOHANG) != 0; }, milliseconds)) {
    return -1;
  }
  std::erase(pools_, process);
  return code_of(status);
}

int ProgramTest::stop(pid_t pool) {
  std::erase(pools_, pool);
  ::kill(pool, SIGTERM);
  int status = 0;
  ::waitpid(pool, &status, 0);
  return code_of(status);
}

std::vector<pid_t> ProgramTest::children_of(pid_t parent) {
  std::vector<pid_t> found;
  std::istringstream text(read_text("/proc/" + std::to_string(parent) + "/task/" +
                                    std::to_string(parent) + "/children"));
  for (pid_t child = 0; text >> child;) found.push_back(child);
  return found;
}

void ProgramTest::write_suite(const std::string& name, int items) const {
  std::string rows;
  for (int i = 0; i < items; ++i) {
    rows += "{\"id\": " + std::to_string(i) + ", \"question\": \"" + std::to_string(i) +
            "+1\", \"answer\": \"" + std::to_string(i % 4) + "\"}\n";
  }
  write(name + "/sums.jsonl", rows);
  write(name + "/suite.yaml", "suite: " + name + R"(
version: 1
axes: {reasoning: {weight: 1}}
tasks:
  - task: sums
    axis: reasoning
    output_type: generate_until
    dataset_kwargs: {data_files: sums.jsonl}
    doc_to_text: "Q: {{question}}\nA:"
    doc_to_target: "{{answer}}"
    generation_kwargs: {until: ["\n"], max_gen_toks: 16}
    metric_list: [{metric: exact_match, aggregation: mean, higher_is_better: true}]
)");
  write(name + "/target.yaml", "target: " + name + "-95\nsuite: " + name + R"(
window: {months: 6}
share: 0.95
compare: best
confidence: 0.95
decide: confidence
min_coverage: 1.0
basis: measured
candidates: all
)");
}

void ProgramTest::add_paced(const std::string& name, const std::string& role,
                            const std::string& released, const std::string& text) const {
  done({"model", "add", name, "--role", role, "--released", released, "--engine", "paced",
        "--option", "milliseconds=1", "--option", "text=" + text});
}

}  // namespace gwageo::testing
