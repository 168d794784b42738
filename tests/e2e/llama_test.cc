// The openai engine against a real one: llama.cpp, from npm, behind a small server of our own
// (engine/llama_server.mjs). The model is a small one whose answers were computed in double
// precision.
//
// Needs node, npm and ../shared/models; without them the tests say so and are skipped. The packages
// are installed once, into GWAGEO_NODE_FOLDER or a folder below the system's temporary one.
#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <csignal>
#include <cstdio>
#include <cstdlib>

#include "ops/system_clock.h"
#include "tests/e2e/pool.h"
#include "tests/engine/node_llama.h"
#include "tests/folders.h"
#include "worker/engine.h"

namespace gwageo::e2e {
namespace {

namespace fs = std::filesystem;

/// A sum of log-probabilities differs from that of the double precision computation by so much of
/// its size: llama.cpp keeps keys and values in 16 bits.
constexpr double tolerance = 1e-3;
/// A model of 260,000 weights knows no capitals.
const std::string ordering = "Once upon a| time| banana";

/// The server, until this object goes.
class LlamaServer {
 public:
  LlamaServer(const fs::path& model, const std::string& habit) {
    int out[2];
    if (::pipe(out) != 0) throw std::runtime_error("cannot make a pipe");
    const std::string script = (testing::node_folder() / "llama_server.mjs").string();
    const pid_t parent = ::getpid();
    id_ = ::fork();
    if (id_ == 0) {
      ::prctl(PR_SET_PDEATHSIG, static_cast<unsigned long>(SIGKILL));
      if (::getppid() != parent) ::_exit(127);
      ::dup2(out[1], STDOUT_FILENO);
      ::execlp("node", "node", script.c_str(), "--model", model.c_str(), "--habits", habit.c_str(),
               nullptr);
      ::_exit(127);
    }
    ::close(out[1]);
    std::FILE* const lines = ::fdopen(out[0], "r");
    int port = 0;
    if (std::fscanf(lines, "port %d", &port) != 1) throw std::runtime_error("node does not serve");
    std::fclose(lines);
    url_ = "http://127.0.0.1:" + std::to_string(port) + "/v1";
  }
  ~LlamaServer() {
    ::kill(id_, SIGKILL);
    ::waitpid(id_, nullptr, 0);
  }
  LlamaServer(const LlamaServer&) = delete;
  LlamaServer& operator=(const LlamaServer&) = delete;
  const std::string& url() const { return url_; }

 private:
  pid_t id_ = 0;
  std::string url_;
};

struct Llama : ::testing::Test {
  void SetUp() override {
    const fs::path models = folders::shared() / "models/stories260K-gguf";
    model_ = models / "stories260K.gguf";
    if (!fs::exists(model_)) GTEST_SKIP() << model_ << " is not there";
    const std::string missing = testing::install_llama();
    if (!missing.empty()) GTEST_SKIP() << missing;
    golden_ = *Json::parse(read_file(models / "golden.json"));
  }
  // The responses to all of them, in order.
  std::vector<Response> answers(const std::string& url, const std::vector<Request>& requests,
                                const std::string& connections) {
    const auto engine = *make_engine("openai", clock_, {});
    const Status loaded = engine->load(
        {"m",
         {},
         "openai",
         url,
         {{"model", "stories260K"}, {"connections", connections}, {"ordering", ordering}}});
    if (!loaded) throw std::runtime_error(loaded.error().message);
    for (std::size_t i = 0; i < requests.size(); ++i) {
      engine->start({i, "T", std::to_string(i), 0, 0, requests[i]});
    }
    std::vector<Response> responses(requests.size());
    for (std::size_t done = 0; done < requests.size();) {
      engine->wait(seconds(1));
      for (Completion& each : engine->step()) {
        responses[each.token] = std::move(each.response);
        ++done;
      }
    }
    return responses;
  }
  fs::path model_;
  Json golden_;
  SystemClock clock_;
};

TEST_F(Llama, GreedyTextIsTheSameWithOneAndEightInFlight) {
  const LlamaServer server(model_, "");
  std::vector<Request> requests;
  std::vector<std::string> expected;
  for (const Json& each : golden_.find("generation")->as_array()) {
    if (text(each, {"prompt"}).empty()) continue;
    Request request;
    request.prompt = text(each, {"prompt"});
    request.tokens_max = static_cast<std::uint32_t>(at(each, {"greedy_ids"}).as_array().size());
    requests.push_back(request);
    expected.push_back(text(each, {"text"}));
  }
  const std::vector<Response> one = answers(server.url(), requests, "1");
  const std::vector<Response> eight = answers(server.url(), requests, "8");
  for (std::size_t i = 0; i < requests.size(); ++i) {
    EXPECT_EQ(one[i].text, expected[i]);
    EXPECT_EQ(one[i].outcome, gwageo::Outcome::truncated) << one[i].error;
    EXPECT_EQ(eight[i], one[i]);
  }
}

TEST_F(Llama, LogLikelihoodsAreThoseOfTheModel) {
  const LlamaServer server(model_, "");
  std::vector<Request> requests;
  std::vector<double> expected;
  std::vector<std::int64_t> tokens;
  for (const Json& item : golden_.find("loglikelihood")->as_array()) {
    const Json::Array& continuations = at(item, {"continuations"}).as_array();
    for (std::size_t i = 0; i < continuations.size(); ++i) {
      Request request;
      request.kind = RequestKind::likelihood;
      request.prompt = text(item, {"context"});
      request.continuation = continuations[i].as_string();
      requests.push_back(std::move(request));
      expected.push_back(at(item, {"logprob"}).as_array()[i].as_double());
      tokens.push_back(at(item, {"tokens"}).as_array()[i].as_integer());
    }
  }
  const std::vector<Response> eight = answers(server.url(), requests, "8");
  double worst = 0;
  for (std::size_t i = 0; i < requests.size(); ++i) {
    ASSERT_EQ(eight[i].outcome, gwageo::Outcome::answered) << eight[i].error;
    EXPECT_EQ(eight[i].tokens, tokens[i]) << requests[i].prompt << "|" << requests[i].continuation;
    const double size = std::max(10.0, std::abs(expected[i]));
    worst = std::max(worst, std::abs(eight[i].log_probability - expected[i]) / size);
  }
  std::printf("%zu continuations, worst difference %.2e of a sum\n", requests.size(), worst);
  EXPECT_LE(worst, tolerance);
}

TEST_F(Llama, AServerThatIgnoresEchoIsRefusedByName) {
  const LlamaServer server(model_, "ignore_echo");
  Request request;
  request.kind = RequestKind::likelihood;
  request.prompt = "Once upon a";
  request.continuation = " time";
  const Response refused = answers(server.url(), {request}, "1").front();
  EXPECT_EQ(refused.outcome, gwageo::Outcome::refused_by_engine);
  EXPECT_EQ(refused.error,
            "the server ignores echo (llama.cpp does), and has neither prompt_logprobs (vLLM) nor "
            "/generate (SGLang): log-likelihood tasks cannot be asked there");
}

// The multiple-choice predictions of the double precision computation, as a suite.
std::string write_golden_suite(const fs::path& folder, const Json& golden) {
  std::string rows;
  for (const Json& item : golden.find("loglikelihood")->as_array()) {
    Json row;
    row["context"] = at(item, {"context"});
    Json choices = Json::array();
    for (const Json& each : at(item, {"continuations"}).as_array()) {
      choices.push_back(each.as_string().substr(1));  // Without the delimiter.
    }
    row["choices"] = std::move(choices);
    row["pred"] = at(item, {"pred"});
    rows += row.dump() + "\n";
  }
  write_file(folder / "rows.jsonl", rows);
  write_file(folder / "suite.yaml", R"(suite: golden
version: 1
axes: {all: {weight: 1}}
tasks:
  - task: choices
    axis: all
    output_type: multiple_choice
    dataset_kwargs: {data_files: rows.jsonl}
    doc_to_text: "{{context}}"
    doc_to_choice: "{{choices}}"
    doc_to_target: "{{pred}}"
    metric_list: [{metric: acc, aggregation: mean, higher_is_better: true}]
)");
  return (folder / "suite.yaml").string();
}

TEST_F(Llama, APoolExaminesAServer) {
  const LlamaServer good(model_, "");
  const LlamaServer deaf(model_, "ignore_echo");
  const TemporaryFolder folder;
  Pool pool(folder.path() / "data", 1);
  pool.start();
  pool.ask({"suite", "add", write_golden_suite(folder.path() / "suite", golden_)});
  const auto add = [&](const std::string& name, const std::string& url) {
    return pool.ask({"model", "add", name, "--role", "reference", "--released", "2026-07-15",
                     "--engine", "openai", "--url", url, "--option", "model=stories260K",
                     "--option", "connections=8", "--option", "ordering=" + ordering});
  };
  EXPECT_EQ(text(add("good", good.url()), {"findings", "scoring"}), "echo_of_text");
  EXPECT_EQ(text(add("deaf", deaf.url()), {"findings", "scoring"}), "none");
  const Json results = pool.results(pool.submit("one", "good", "golden"));
  EXPECT_EQ(at(results, {"tasks", "choices", "acc", "value"}).as_double(), 1) << results.dump();
  EXPECT_EQ(text(results, {"evidence"}), "endpoint");
  const std::string job = pool.submit("two", "deaf", "golden");
  const Json nothing = pool.results(job);
  EXPECT_EQ(whole(nothing, {"outcomes", "refused_by_engine"}),
            whole(nothing, {"coverage", "items"}));
  EXPECT_TRUE(at(nothing, {"tasks", "choices", "acc", "value"}).is_null());
  EXPECT_NE(pool.ask({"explain", job}).dump().find("ignores echo"), std::string::npos);
}

}  // namespace
}  // namespace gwageo::e2e
