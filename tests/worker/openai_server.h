// An HTTP server for tests that says what a test tells it to: one thread, plain sockets, 127.0.0.1,
// a port of the system's choice. Behind it a make-believe model of words, which answers what no
// script covers and can be given the habits of real servers.
#pragma once

#include <atomic>
#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "protocol/json.h"

namespace gwageo::testing {

/// What to send back. `headers` are whole lines.
struct Reply {
  int status = 200;
  std::string body;
  std::vector<std::string> headers = {};
  enum class Manner { whole, half, nothing, silence } manner = Manner::whole;
};

struct Asked {
  std::string method;
  std::string path;
  std::string head;  ///< The request line and all headers.
  std::string body;
};

/// The habits of a server, with vLLM's field names.
struct Habits {
  bool completions = true;
  bool chat = true;
  bool echo = true;                ///< false: as llama.cpp's server, which answers all the same.
  bool zero_tokens = true;         ///< false: 400 for max_tokens 0.
  bool first_null = true;          ///< The first token of a prompt has no log-probability.
  bool begins_with_token = false;  ///< Lists "<s>" before the prompt.
  bool offsets = true;             ///< text_offset as it should be, else -1 each.
  bool tokenize = false;
  bool token_ids = false;
  bool prompt_logprobs = false;
  bool native = false;         ///< As SGLang's: /generate.
  bool chosen_tokens = false;  ///< Says how probable tokens that are asked for are.
  double chosen_off = 0;       ///< By so much too much.
  /// While it is true, chosen_off and tail_off are nothing.
  const std::atomic<bool>* is_honest = nullptr;
  double tail_off = 0;         ///< /generate: the same, unless it is asked for the whole.
  bool tail_missing = false;   ///< /generate: no number unless it is asked for the whole.
  bool chosen_greedy = false;  ///< Each of them as the most probable one.
  bool seed = true;
  bool stop = true;
  bool at_chance = false;  ///< Every word is as probable as any other.
  bool by_prompt = false;  ///< Texts begin with a digit that prompt and seed draw.
  int latency_max = 0;     ///< Milliseconds until an answer: drawn anew for each, from 0 to this.
  int logprobs_max = 5;
  int window = 0;
  int port = 0;                 ///< 0: the system chooses.
  std::string name = "words";   ///< What it calls its model.
  std::string says_model = {};  ///< What its completions call it; empty: nothing.
  bool max_tokens = true;       ///< false: completions are as long as it likes.
  /// Asked before anything else, in the server's thread: what to answer in its place, if anything.
  std::function<std::optional<Reply>(const Asked&)> first = {};
};

/// Thread rule: the test's thread; the handler runs in the server's own.
class OpenAiServer {
 public:
  explicit OpenAiServer(Habits habits = {});
  ~OpenAiServer();
  OpenAiServer(const OpenAiServer&) = delete;
  OpenAiServer& operator=(const OpenAiServer&) = delete;

  /// http://127.0.0.1:PORT/v1
  std::string url() const;
  int port() const { return port_; }
  /// The next requests whose body holds `part` get these, one each; later ones what the model says.
  void script(const std::string& part, std::vector<Reply> replies);
  /// How many requests held `part` so far, and all of them.
  std::size_t count(const std::string& part) const;
  std::vector<Asked> asked() const;
  std::size_t connections() const { return connections_.load(); }
  /// Ends it: the port refuses from now on, and what was not answered never will be.
  void stop();
  /// Serves again at the same port. REQUIRES: stopped.
  void start();

 private:
  using Clock = std::chrono::steady_clock;
  struct Connection {
    int socket = -1;
    std::string in = {};
    std::optional<Reply> held = {};
    Clock::time_point due = {};  ///< When the held reply is sent.
  };
  void run();
  bool serve(Connection& connection);
  bool take_request(Connection& connection);
  Reply answer(const Asked& asked);
  std::string text_after(const std::string& prompt, const Json& body, std::int64_t limit) const;
  Reply answer_completion(const Json& body) const;
  Reply answer_ids(const Json& body, const Json::Array& ids, std::int64_t limit) const;
  Reply answer_chat(const Json& body) const;
  Reply answer_tokens(const Json& body) const;
  Reply answer_native(const Json& body) const;
  Reply answer_chosen(const Json& body) const;
  bool is_honest() const;
  double chosen_number(std::int64_t id) const;
  Json echo_of(const std::string& text, std::string* after) const;

  const Habits habits_;
  int listener_ = -1;
  int port_ = 0;
  int wake_[2] = {-1, -1};
  std::mt19937 latencies_;  // Of the server's thread.
  std::atomic<std::size_t> connections_{0};
  mutable std::atomic<std::int64_t> served_{0};
  mutable std::mutex mutex_;  // Guards what follows.
  std::map<std::string, std::deque<Reply>> scripts_;
  std::vector<Asked> asked_;
  std::thread thread_;
};

/// The words of the make-believe model: each with the space before it.
std::vector<std::string> words_of(const std::string& text);
/// Its log-probability of a word, and of the word that it likes best at that place.
double word_log_probability(const std::string& word);
/// The same for prompts of token ids, of which each word is one.
std::int64_t id_of(const std::string& word);
double id_log_probability(std::int64_t id);
inline constexpr double best_log_probability = -0.25;
/// A completion or chat as the servers write it.
std::string completion(const std::string& text, const std::string& finish_reason = "stop");
std::string chat(const std::string& content, const std::string& finish_reason = "stop");

}  // namespace gwageo::testing
