#include "tests/worker/openai_server.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <stdexcept>

#include "protocol/quick_hash.h"

namespace gwageo::testing {
namespace {

constexpr std::string_view phrase = " Paris , which is a city of light and of rivers .";

Reply error_reply(int status, const std::string& message) {
  Json error = Json::object();
  error["message"] = message;
  Json body = Json::object();
  body["error"] = std::move(error);
  return {status, body.dump()};
}

std::int64_t whole(const Json& body, const std::string& key, std::int64_t otherwise) {
  const Json* const found = body.find(key);
  return found != nullptr && found->is_integer() ? found->as_integer() : otherwise;
}

bool is_set(const Json& body, const std::string& key) {
  const Json* const found = body.find(key);
  return found != nullptr && found->is_bool() && found->as_bool();
}

// For poll: from now until `due`, rounded up; -1: for ever.
int milliseconds_until(std::chrono::steady_clock::time_point due) {
  using std::chrono::milliseconds;
  if (due == std::chrono::steady_clock::time_point::max()) return -1;
  const auto left = std::chrono::ceil<milliseconds>(due - std::chrono::steady_clock::now());
  return static_cast<int>(std::max(left, milliseconds(0)).count());
}

Json logprob_entry(const Json& number) {
  Json entry = Json::object();
  entry["logprob"] = number;
  return entry;
}

std::string wrap(Json choice, const std::string& model = {}, std::int64_t tokens = 3) {
  Json choices = Json::array();
  choices.push_back(std::move(choice));
  Json usage = Json::object();
  usage["completion_tokens"] = tokens;
  Json body = Json::object();
  if (!model.empty()) body["model"] = model;
  body["choices"] = std::move(choices);
  body["usage"] = std::move(usage);
  return body.dump();
}

}  // namespace

std::vector<std::string> words_of(const std::string& text) {
  std::vector<std::string> words;
  for (const char c : text) {
    if (words.empty() || c == ' ' || c == '\n') words.emplace_back();
    words.back() += c;
  }
  return words;
}

double word_log_probability(const std::string& word) {
  if (word == " Paris") return best_log_probability;
  if (word == " banana") return -9;
  return -1 - static_cast<double>(quick_hash(word) % 1000) / 250;
}

std::int64_t id_of(const std::string& word) {
  if (word == " Paris") return 1000;
  return 1001 + static_cast<std::int64_t>(quick_hash(word) % 100000);
}

double id_log_probability(std::int64_t id) {
  return id == 1000 ? best_log_probability : -1 - static_cast<double>(id % 1000) / 250;
}

std::string completion(const std::string& text, const std::string& finish_reason) {
  Json choice = Json::object();
  choice["index"] = 0;
  choice["text"] = text;
  choice["logprobs"] = nullptr;
  choice["finish_reason"] = finish_reason;
  return wrap(std::move(choice));
}

std::string chat(const std::string& content, const std::string& finish_reason) {
  Json message = Json::object();
  message["role"] = "assistant";
  message["content"] = content == "null" ? Json() : Json(content);
  Json choice = Json::object();
  choice["index"] = 0;
  choice["message"] = std::move(message);
  choice["finish_reason"] = finish_reason;
  return wrap(std::move(choice));
}

OpenAiServer::OpenAiServer(Habits habits) : habits_(std::move(habits)), port_(habits_.port) {
  start();
}

OpenAiServer::~OpenAiServer() { stop(); }

void OpenAiServer::start() {
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int yes = 1;
  ::setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  sockaddr_in place{};
  place.sin_family = AF_INET;
  place.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  place.sin_port = htons(static_cast<std::uint16_t>(port_));
  socklen_t size = sizeof place;
  if (::bind(listener_, reinterpret_cast<sockaddr*>(&place), size) != 0 ||
      ::listen(listener_, 256) != 0 ||
      ::getsockname(listener_, reinterpret_cast<sockaddr*>(&place), &size) != 0 ||
      ::pipe2(wake_, O_CLOEXEC) != 0) {
    throw std::runtime_error("the test's server cannot listen");
  }
  port_ = ntohs(place.sin_port);
  thread_ = std::thread([this] { run(); });
}

void OpenAiServer::stop() {
  if (!thread_.joinable()) return;
  if (::write(wake_[1], "x", 1) != 1) std::abort();
  thread_.join();
  for (const int each : {listener_, wake_[0], wake_[1]}) ::close(each);
}

std::string OpenAiServer::url() const {
  return "http://127.0.0.1:" + std::to_string(port_) + "/v1";
}

void OpenAiServer::script(const std::string& part, std::vector<Reply> replies) {
  const std::lock_guard lock(mutex_);
  for (Reply& each : replies) scripts_[part].push_back(std::move(each));
}

std::size_t OpenAiServer::count(const std::string& part) const {
  const std::lock_guard lock(mutex_);
  return static_cast<std::size_t>(std::ranges::count_if(
      asked_, [&](const Asked& each) { return each.body.find(part) != std::string::npos; }));
}

std::vector<Asked> OpenAiServer::asked() const {
  const std::lock_guard lock(mutex_);
  return asked_;
}

void OpenAiServer::run() {
  std::vector<Connection> open;
  for (;;) {
    std::vector<pollfd> watched = {{wake_[0], POLLIN, 0}, {listener_, POLLIN, 0}};
    for (const Connection& each : open) watched.push_back({each.socket, POLLIN, 0});
    Clock::time_point next = Clock::time_point::max();
    for (const Connection& each : open) {
      if (each.held) next = std::min(next, each.due);
    }
    if (::poll(watched.data(), watched.size(), milliseconds_until(next)) < 0) continue;
    if (watched[0].revents != 0) break;
    for (std::size_t i = open.size(); i-- > 0;) {
      ssize_t count = 1;
      if (watched[i + 2].revents != 0) {
        char bytes[65536];
        count = ::recv(open[i].socket, bytes, sizeof bytes, 0);
        if (count > 0) open[i].in.append(bytes, static_cast<std::size_t>(count));
      }
      if (count > 0 && serve(open[i])) continue;
      ::close(open[i].socket);
      open.erase(open.begin() + static_cast<std::ptrdiff_t>(i));
    }
    if (watched[1].revents == 0) continue;
    open.push_back({::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC), {}});
    ++connections_;
  }
  for (const Connection& each : open) ::close(each.socket);
}

// Takes the next whole request out of the buffer, if there is one, and holds the reply to it.
bool OpenAiServer::take_request(Connection& connection) {
  const std::size_t end = connection.in.find("\r\n\r\n");
  if (end == std::string::npos) return false;
  Asked asked;
  asked.head = connection.in.substr(0, end);
  std::size_t size = 0;
  const std::size_t length = asked.head.find("Content-Length: ");
  if (length != std::string::npos) size = std::strtoull(&asked.head[length + 16], nullptr, 10);
  if (connection.in.size() < end + 4 + size) return false;
  asked.body = connection.in.substr(end + 4, size);
  connection.in.erase(0, end + 4 + size);
  const std::size_t space = asked.head.find(' ');
  asked.method = asked.head.substr(0, space);
  asked.path = asked.head.substr(space + 1, asked.head.find(' ', space + 1) - space - 1);
  connection.held = answer(asked);
  const auto drawn = latencies_() % (static_cast<std::uint32_t>(habits_.latency_max) + 1);
  connection.due = Clock::now() + std::chrono::milliseconds(drawn);
  return true;
}

// Sends what is due; false when the connection is to be closed.
bool OpenAiServer::serve(Connection& connection) {
  while (connection.held || take_request(connection)) {
    if (Clock::now() < connection.due) return true;
    const Reply reply = *std::move(connection.held);
    connection.held.reset();
    if (reply.manner == Reply::Manner::nothing) return false;
    if (reply.manner == Reply::Manner::silence) continue;
    std::string out = "HTTP/1.1 " + std::to_string(reply.status) + " X\r\n";
    for (const std::string& header : reply.headers) out += header + "\r\n";
    out += "Content-Length: " + std::to_string(reply.body.size()) + "\r\n\r\n" + reply.body;
    if (reply.manner == Reply::Manner::half) out.resize(out.size() - reply.body.size() / 2);
    for (std::size_t sent = 0; sent < out.size();) {
      const ssize_t count = ::send(connection.socket, &out[sent], out.size() - sent, MSG_NOSIGNAL);
      if (count <= 0) return false;
      sent += static_cast<std::size_t>(count);
    }
    if (reply.manner == Reply::Manner::half) return false;
  }
  return true;
}

Reply OpenAiServer::answer(const Asked& asked) {
  if (habits_.first) {
    if (std::optional<Reply> reply = habits_.first(asked)) return *std::move(reply);
  }
  {
    const std::lock_guard lock(mutex_);
    asked_.push_back(asked);
    for (auto& [part, replies] : scripts_) {
      if (replies.empty() || asked.body.find(part) == std::string::npos) continue;
      Reply reply = std::move(replies.front());
      replies.pop_front();
      return reply;
    }
  }
  if (asked.path == "/v1/models") {
    const std::string window =
        habits_.window > 0 ? ", \"max_model_len\": " + std::to_string(habits_.window) : "";
    return {200, R"({"data": [{"id": ")" + habits_.name + "\"" + window + "}]}"};
  }
  const Result<Json> body = Json::parse(asked.body);
  if (!body) return error_reply(400, "no JSON");
  if (asked.path == "/v1/completions" && habits_.completions) return answer_completion(*body);
  if (asked.path == "/v1/chat/completions" && habits_.chat) return answer_chat(*body);
  if (asked.path == "/tokenize" && habits_.tokenize) return answer_tokens(*body);
  if (asked.path == "/generate" && habits_.native) return answer_native(*body);
  return error_reply(404, "not found");
}

// A text gets the token 1 in front, as from tokenizers that mark the beginning.
Reply OpenAiServer::answer_native(const Json& body) const {
  std::vector<std::int64_t> ids;
  if (const Json* const given = body.find("input_ids")) {
    for (const Json& each : given->as_array()) ids.push_back(each.as_integer());
  } else {
    ids.push_back(1);
    for (const std::string& word : words_of(body.find("text")->as_string())) {
      ids.push_back(id_of(word));
    }
  }
  const auto entry = [](const Json& number, std::int64_t id) {
    return Json(Json::Array{number, Json(id), Json()});
  };
  const Json* const chosen = body.find("token_ids_logprob");
  Json info = Json::object();
  if (chosen != nullptr && !habits_.chosen_tokens) return error_reply(400, "token_ids_logprob");
  if (chosen != nullptr) {
    Json numbers = Json::array();
    for (const Json& id : chosen->as_array()) {
      numbers.push_back(entry(chosen_number(id.as_integer()), id.as_integer()));
    }
    info["output_token_ids_logprobs"] = Json(Json::Array{std::move(numbers)});
    info["output_top_logprobs"] =
        Json(Json::Array{Json(Json::Array{entry(best_log_probability, 1000)})});
    Json reply = Json::object();
    reply["meta_info"] = std::move(info);
    return {200, reply.dump()};
  }
  const auto start = static_cast<std::size_t>(whole(body, "logprob_start_len", -1));
  const double off = start > 0 && !is_honest() ? habits_.tail_off : 0;
  for (std::size_t i = start; i < ids.size(); ++i) {
    const bool is_first = i == start || (habits_.tail_missing && start > 0);
    info["input_token_logprobs"].push_back(
        entry(is_first ? Json() : Json(id_log_probability(ids[i]) + off), ids[i]));
    info["input_top_logprobs"].push_back(
        is_first ? Json() : Json(Json::Array{entry(best_log_probability, 1000)}));
  }
  Json reply = Json::object();
  reply["text"] = "";
  reply["meta_info"] = std::move(info);
  return {200, reply.dump()};
}

bool OpenAiServer::is_honest() const {
  return habits_.is_honest != nullptr && habits_.is_honest->load();
}

double OpenAiServer::chosen_number(std::int64_t id) const {
  return id_log_probability(id) + (is_honest() ? 0 : habits_.chosen_off);
}

// As vLLM, where tokens are named by their ids.
Reply OpenAiServer::answer_chosen(const Json& body) const {
  Json top = Json::object();
  for (const Json& id : body.find("logprob_token_ids")->as_array()) {
    top["token_id:" + std::to_string(id.as_integer())] = chosen_number(id.as_integer());
  }
  double best = best_log_probability;
  if (habits_.chosen_greedy) best = -100;
  Json lists = Json::object();
  lists["tokens"] = Json(Json::Array{Json("token_id:1000")});
  lists["token_logprobs"] = Json(Json::Array{Json(best)});
  lists["top_logprobs"] = Json(Json::Array{std::move(top)});
  Json choice = Json::object();
  choice["index"] = 0;
  choice["text"] = " Paris";
  choice["finish_reason"] = "length";
  choice["logprobs"] = std::move(lists);
  return {200, wrap(std::move(choice))};
}

Reply OpenAiServer::answer_tokens(const Json& body) const {
  Json tokens = Json::array();
  if (is_set(body, "add_special_tokens")) tokens.push_back(1);
  for (const std::string& word : words_of(body.find("prompt")->as_string())) {
    tokens.push_back(id_of(word));
  }
  Json reply = Json::object();
  reply["tokens"] = std::move(tokens);
  return {200, reply.dump()};
}

Reply OpenAiServer::answer_chat(const Json& body) const {
  const Json& last = body.find("messages")->as_array().back();
  return {200, chat("You said: " + last.find("content")->as_string())};
}

namespace {

void add_token(Json& lists, const std::string& word, const Json& number, std::size_t offset) {
  lists["tokens"].push_back(word);
  lists["token_logprobs"].push_back(number);
  Json top;
  if (!number.is_null()) {
    top[word] = number;
    top[" best"] = std::max(best_log_probability, number.as_double());
  }
  lists["top_logprobs"].push_back(std::move(top));
  lists["text_offset"].push_back(offset);
}

}  // namespace

// The lists that `echo` gives for a prompt as text.
Json OpenAiServer::echo_of(const std::string& text, std::string* after) const {
  Json lists = Json::object();
  std::size_t offset = 0;
  const auto add = [&](const std::string& word, const Json& number) {
    add_token(lists, word, number, offset);
    if (!habits_.offsets) lists["text_offset"].as_array().back() = -1;
    offset += word.size();
  };
  if (habits_.begins_with_token) add("<s>", nullptr);
  bool is_first = !habits_.begins_with_token;
  for (const std::string& word : words_of(text)) {
    const double number = habits_.at_chance ? -4.0 : word_log_probability(word);
    if (is_first && habits_.first_null) {
      add(word, nullptr);
    } else {
      add(word, number);
    }
    is_first = false;
  }
  if (after != nullptr) add(*after, -2.0);
  return lists;
}

std::string OpenAiServer::text_after(const std::string& prompt, const Json& body,
                                     std::int64_t limit) const {
  const Json* const temperature = body.find("temperature");
  std::string seed;
  if (temperature != nullptr && temperature->is_number() && temperature->as_double() > 0) {
    seed = " " + std::to_string(habits_.seed ? whole(body, "seed", 0) : served_.fetch_add(1));
  }
  std::vector<std::string> words = words_of(std::string(phrase));
  if (habits_.by_prompt) words[0] = " " + std::to_string(quick_hash(prompt + seed) % 10);
  const auto most = static_cast<std::size_t>(limit);
  if (words.size() > most) words.resize(most);
  if (!habits_.max_tokens) words.resize(most, " more");
  std::string text;
  for (const std::string& word : words) text += word;
  return text + seed;
}

Reply OpenAiServer::answer_completion(const Json& body) const {
  const std::int64_t limit = whole(body, "max_tokens", 16);
  const bool wants_numbers = whole(body, "logprobs", 0) > 0;
  if (whole(body, "logprobs", 0) > habits_.logprobs_max)
    return error_reply(400, "logprobs: too many");
  if (limit == 0 && !habits_.zero_tokens) return error_reply(400, "max_tokens must be positive");
  const Json& prompt = *body.find("prompt");
  if (!prompt.is_string()) return answer_ids(body, prompt.as_array().front().as_array(), limit);
  const std::int64_t written = habits_.max_tokens || limit == 0 ? limit : 60;
  std::string text = text_after(prompt.as_string(), body, written);
  const std::int64_t counted = habits_.max_tokens ? std::min<std::int64_t>(3, limit) : written;
  Json choice = Json::object();
  choice["index"] = 0;
  choice["finish_reason"] = "length";
  const Json* const stop = body.find("stop");
  if (habits_.stop && stop != nullptr) {
    for (const Json& each : stop->as_array()) {
      const std::size_t at = text.find(each.as_string());
      if (at == std::string::npos) continue;
      text.resize(at);
      choice["finish_reason"] = "stop";
    }
  }
  if (!(is_set(body, "echo") && habits_.echo)) {
    choice["text"] = text;
    choice["logprobs"] = nullptr;
    return {200, wrap(std::move(choice), habits_.says_model, counted)};
  }
  choice["text"] = prompt.as_string() + text;
  if (wants_numbers) choice["logprobs"] = echo_of(prompt.as_string(), limit > 0 ? &text : nullptr);
  return {200, wrap(std::move(choice), habits_.says_model, counted)};
}

Reply OpenAiServer::answer_ids(const Json& body, const Json::Array& ids, std::int64_t limit) const {
  if (!habits_.token_ids && !habits_.prompt_logprobs) return error_reply(400, "prompt: no text");
  if (habits_.chosen_tokens && body.find("logprob_token_ids")) return answer_chosen(body);
  Json lists = Json::object();
  Json entries = Json::array();
  for (std::size_t i = 0; i < ids.size(); ++i) {
    Json given;
    if (i > 0) given = id_log_probability(ids[i].as_integer());
    add_token(lists, "token_id:" + std::to_string(ids[i].as_integer()), given, 0);
    Json entry;
    if (i > 0) entry[std::to_string(ids[i].as_integer())] = logprob_entry(given);
    if (i > 0) entry["1"] = logprob_entry(best_log_probability);
    entries.push_back(std::move(entry));
  }
  if (limit > 0) add_token(lists, "token_id:7", -2.0, 0);
  Json choice = Json::object();
  choice["index"] = 0;
  choice["text"] = "";
  choice["finish_reason"] = "length";
  if (habits_.token_ids && is_set(body, "echo")) choice["logprobs"] = std::move(lists);
  if (habits_.prompt_logprobs && body.find("prompt_logprobs") != nullptr) {
    choice["prompt_logprobs"] = std::move(entries);
  }
  return {200, wrap(std::move(choice))};
}

}  // namespace gwageo::testing
