#include "worker/http_client.h"

#include <curl/curl.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <ctime>
#include <string_view>
#include <utility>

#include "protocol/check.h"

namespace gwageo {
namespace {

constexpr int sockets_of_step = 4;
constexpr std::string_view authority_hint =
    "; where the server's certificate is vouched for by an authority of your own, name the "
    "authority's certificate with the option authority_file";

// A pooled handle with what it is working on. Its address is known to libcurl: never moved.
struct Exchange {
  CURL* easy = nullptr;
  HttpRequest request;
  std::string body;
  std::size_t body_bytes_max = 0;
  bool is_too_large = false;
  char error[CURL_ERROR_SIZE] = {};
};

std::size_t take_bytes(char* bytes, std::size_t size, std::size_t count, void* taker) {
  auto& exchange = *static_cast<Exchange*>(taker);
  const std::size_t more = size * count;
  if (more > exchange.body_bytes_max - exchange.body.size()) {
    exchange.is_too_large = true;
    return 0;  // Fewer than there were: libcurl ends the transfer.
  }
  exchange.body.append(bytes, more);
  return more;
}

HttpEnd end_of(CURLcode code) {
  switch (code) {
    case CURLE_OK: return HttpEnd::answered;
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_CONNECT:
    case CURLE_SSL_CONNECT_ERROR: return HttpEnd::not_reached;
    case CURLE_OPERATION_TIMEDOUT: return HttpEnd::timed_out;
    case CURLE_GOT_NOTHING:
    case CURLE_PARTIAL_FILE:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM: return HttpEnd::lost;
    default: return HttpEnd::impossible;
  }
}

long to_milliseconds(Duration d) {
  return static_cast<long>(std::max<std::int64_t>((d.microseconds + 999) / 1000, 0));
}

// RFC 9110, section 10.2.3: whole seconds, or a date.
std::optional<Duration> read_retry_after(CURL* easy, const Clock& clock) {
  curl_header* header = nullptr;
  if (curl_easy_header(easy, "Retry-After", 0, CURLH_HEADER, -1, &header) != CURLHE_OK) return {};
  const std::string_view text = header->value;
  std::int64_t amount = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), amount);
  if (error == std::errc{} && end == text.data() + text.size()) {
    return seconds(std::clamp<std::int64_t>(amount, 0, 1'000'000'000));
  }
  const std::time_t date = curl_getdate(header->value, nullptr);
  if (date < 0) return {};
  const std::int64_t now = clock.wall().microseconds / 1'000'000;
  return seconds(std::clamp<std::int64_t>(date - now, 0, 1'000'000'000));
}

void check(CURLcode code) { GWAGEO_CHECK(code == CURLE_OK); }
void check(CURLMcode code) { GWAGEO_CHECK(code == CURLM_OK); }

}  // namespace

// libcurl names the sockets and the time that it waits for; epoll watches them, with the calls of
// `wake` beside them. So a step costs what has happened, not how many connections there are.
struct HttpClient::Parts {
  const Clock& clock;
  HttpClientOptions options;
  CURLM* multi = nullptr;
  curl_slist* headers = nullptr;
  std::vector<std::unique_ptr<Exchange>> running;
  std::vector<std::unique_ptr<Exchange>> idle;
  int epoll = ::epoll_create1(EPOLL_CLOEXEC);
  int timer = ::timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
  int woken = ::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  bool is_due = false;  // libcurl wants to be called at once.

  Parts(const Clock& given_clock, HttpClientOptions given);
  ~Parts();
  std::unique_ptr<Exchange> new_exchange() const;
  void watch(int socket, std::uint32_t events) const;
  void act(curl_socket_t socket, int what) const;
  void work();
  static int on_socket(CURL* easy, curl_socket_t socket, int what, void* parts, void* known);
  static int on_timer(CURLM* multi, long milliseconds, void* parts);
  HttpAnswer finish(Exchange& exchange, CURLcode code) const;
};

HttpClient::Parts::Parts(const Clock& given_clock, HttpClientOptions given)
    : clock(given_clock), options(std::move(given)) {
  static const CURLcode begun = curl_global_init(CURL_GLOBAL_DEFAULT);
  check(begun);
  multi = curl_multi_init();
  GWAGEO_CHECK(multi != nullptr);
  const auto connections = static_cast<long>(options.connections_max);
  check(curl_multi_setopt(multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, connections));
  check(curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, connections));
  GWAGEO_CHECK(epoll >= 0 && timer >= 0 && woken >= 0);
  watch(timer, EPOLLIN);
  watch(woken, EPOLLIN);
  check(curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, on_socket));
  check(curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, this));
  check(curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, on_timer));
  check(curl_multi_setopt(multi, CURLMOPT_TIMERDATA, this));
  const auto add = [this](const std::string& line) {
    headers = curl_slist_append(headers, line.c_str());
    GWAGEO_CHECK(headers != nullptr);
  };
  add("Content-Type: application/json");
  add("Accept: application/json");
  add("Expect:");  // Else a large body waits for the server's leave.
  if (!options.bearer_token.empty()) add("Authorization: Bearer " + options.bearer_token);
}

HttpClient::Parts::~Parts() {
  for (const auto& exchange : running) {
    curl_multi_remove_handle(multi, exchange->easy);
    curl_easy_cleanup(exchange->easy);
  }
  for (const auto& exchange : idle) curl_easy_cleanup(exchange->easy);
  curl_multi_cleanup(multi);
  curl_slist_free_all(headers);
  for (const int each : {epoll, timer, woken}) ::close(each);
}

void HttpClient::Parts::watch(int socket, std::uint32_t events) const {
  epoll_event event{};
  event.events = events;
  event.data.fd = socket;
  if (::epoll_ctl(epoll, EPOLL_CTL_ADD, socket, &event) == 0) return;
  GWAGEO_CHECK(errno == EEXIST);
  GWAGEO_CHECK(::epoll_ctl(epoll, EPOLL_CTL_MOD, socket, &event) == 0);
}

int HttpClient::Parts::on_socket(CURL*, curl_socket_t socket, int what, void* parts, void*) {
  const Parts& p = *static_cast<Parts*>(parts);
  if (what == CURL_POLL_REMOVE) {
    ::epoll_ctl(p.epoll, EPOLL_CTL_DEL, socket, nullptr);  // It may be closed already.
  } else {
    p.watch(socket, (what & CURL_POLL_IN ? EPOLLIN : 0U) | (what & CURL_POLL_OUT ? EPOLLOUT : 0U));
  }
  return 0;
}

int HttpClient::Parts::on_timer(CURLM*, long milliseconds, void* parts) {
  Parts& p = *static_cast<Parts*>(parts);
  p.is_due = milliseconds == 0;
  itimerspec when{};  // Zero: never.
  if (milliseconds > 0) {
    when.it_value.tv_sec = milliseconds / 1000;
    when.it_value.tv_nsec = milliseconds % 1000 * 1'000'000;
  }
  GWAGEO_CHECK(::timerfd_settime(p.timer, 0, &when, nullptr) == 0);
  return 0;
}

void HttpClient::Parts::act(curl_socket_t socket, int what) const {
  int still_running = 0;
  check(curl_multi_socket_action(multi, socket, what, &still_running));
}

// A few sockets that can move bytes now, so that the caller may begin the next exchange on one
// before the answers of all the others are read.
void HttpClient::Parts::work() {
  if (std::exchange(is_due, false)) act(CURL_SOCKET_TIMEOUT, 0);
  epoll_event events[sockets_of_step];
  const int count = ::epoll_wait(epoll, events, sockets_of_step, 0);
  for (int i = 0; i < count; ++i) {
    const int socket = events[i].data.fd;
    if (socket == woken) continue;  // For `wait` to see.
    if (socket == timer) {
      std::uint64_t expired = 0;
      const bool is_expired = ::read(timer, &expired, sizeof expired) == sizeof expired;
      if (is_expired) act(CURL_SOCKET_TIMEOUT, 0);
      continue;
    }
    const std::uint32_t seen = events[i].events;
    act(socket, (seen & EPOLLIN ? CURL_CSELECT_IN : 0) | (seen & EPOLLOUT ? CURL_CSELECT_OUT : 0) |
                    (seen & (EPOLLERR | EPOLLHUP) ? CURL_CSELECT_ERR : 0));
  }
  if (std::exchange(is_due, false)) act(CURL_SOCKET_TIMEOUT, 0);
}

std::unique_ptr<Exchange> HttpClient::Parts::new_exchange() const {
  auto exchange = std::make_unique<Exchange>();
  exchange->body_bytes_max = options.body_bytes_max;
  CURL* const easy = exchange->easy = curl_easy_init();
  GWAGEO_CHECK(easy != nullptr);
  check(curl_easy_setopt(easy, CURLOPT_PRIVATE, exchange.get()));
  check(curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_bytes));
  check(curl_easy_setopt(easy, CURLOPT_WRITEDATA, exchange.get()));
  check(curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, exchange->error));
  check(curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers));
  check(curl_easy_setopt(easy, CURLOPT_USERAGENT, "gwageo"));
  check(curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https"));
  check(curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L));
  check(curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L));
  if (options.is_direct) check(curl_easy_setopt(easy, CURLOPT_NOPROXY, "*"));
  check(
      curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, to_milliseconds(options.connect_at_most)));
  if (!options.authority_file.empty()) {
    check(curl_easy_setopt(easy, CURLOPT_CAINFO, options.authority_file.c_str()));
    check(curl_easy_setopt(easy, CURLOPT_CAPATH, nullptr));
  }
  // HTTP/2 is for TLS servers that offer it. A libcurl without it refuses: then there is none.
  static_cast<void>(curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, long{CURL_HTTP_VERSION_2TLS}));
  return exchange;
}

HttpAnswer HttpClient::Parts::finish(Exchange& exchange, CURLcode code) const {
  HttpAnswer answer;
  answer.id = exchange.request.id;
  answer.end = exchange.is_too_large ? HttpEnd::too_large : end_of(code);
  if (answer.end == HttpEnd::answered) {
    long status = 0;
    check(curl_easy_getinfo(exchange.easy, CURLINFO_RESPONSE_CODE, &status));
    answer.status = static_cast<int>(status);
    answer.body = std::move(exchange.body);
    if (status == 429 || status >= 500) answer.retry_after = read_retry_after(exchange.easy, clock);
  } else if (exchange.is_too_large) {
    answer.error = "the answer has more than " + std::to_string(exchange.body_bytes_max) + " bytes";
  } else {
    answer.error = exchange.error[0] != '\0' ? exchange.error : curl_easy_strerror(code);
    if (code == CURLE_PEER_FAILED_VERIFICATION) answer.error += authority_hint;
  }
  exchange.body.clear();
  return answer;
}

HttpClient::HttpClient(const Clock& clock, HttpClientOptions options)
    : parts_(std::make_unique<Parts>(clock, std::move(options))) {}

HttpClient::~HttpClient() = default;

void HttpClient::start(HttpRequest request) {
  Parts& p = *parts_;
  std::unique_ptr<Exchange> exchange;
  if (p.idle.empty()) {
    exchange = p.new_exchange();
  } else {
    exchange = std::move(p.idle.back());
    p.idle.pop_back();
  }
  exchange->request = std::move(request);
  exchange->is_too_large = false;
  exchange->error[0] = '\0';
  CURL* const easy = exchange->easy;
  const HttpRequest& asked = exchange->request;
  check(curl_easy_setopt(easy, CURLOPT_URL, asked.url.c_str()));
  // Calls of HTTP/2 share a connection, so the first ones wait to see what the server offers. Plain
  // HTTP offers nothing: there they would wait for a whole answer.
  check(curl_easy_setopt(easy, CURLOPT_PIPEWAIT, asked.url.starts_with("https:") ? 1L : 0L));
  check(curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, std::max(to_milliseconds(asked.at_most), 1L)));
  if (asked.body.empty()) {
    check(curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L));
  } else {
    check(curl_easy_setopt(easy, CURLOPT_POST, 1L));
    check(curl_easy_setopt(easy, CURLOPT_POSTFIELDS, asked.body.c_str()));
    check(curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE,
                           static_cast<curl_off_t>(asked.body.size())));
  }
  check(curl_multi_add_handle(p.multi, easy));
  p.running.push_back(std::move(exchange));
}

std::vector<HttpAnswer> HttpClient::step() {
  Parts& p = *parts_;
  std::vector<HttpAnswer> answers;
  p.work();
  int left = 0;
  while (const CURLMsg* const message = curl_multi_info_read(p.multi, &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    CURL* const easy = message->easy_handle;
    const CURLcode code = message->data.result;
    const auto at = std::ranges::find(p.running, easy, [](const auto& each) { return each->easy; });
    GWAGEO_CHECK(at != p.running.end());
    answers.push_back(p.finish(**at, code));
    check(curl_multi_remove_handle(p.multi, easy));
    p.idle.push_back(std::move(*at));
    *at = std::move(p.running.back());
    p.running.pop_back();
  }
  return answers;
}

void HttpClient::wait(Duration at_most) {
  const Parts& p = *parts_;
  if (p.is_due) return;
  const auto milliseconds = static_cast<int>(std::min(to_milliseconds(at_most), 3'600'000L));
  epoll_event event{};
  ::epoll_wait(p.epoll, &event, 1, milliseconds);
  std::uint64_t calls = 0;
  if (::read(p.woken, &calls, sizeof calls) < 0) return;  // Nobody called.
}

void HttpClient::wake() {
  const std::uint64_t one = 1;
  GWAGEO_CHECK(::write(parts_->woken, &one, sizeof one) == sizeof one);
}

void HttpClient::cancel(std::uint64_t id) {
  Parts& p = *parts_;
  const auto at =
      std::ranges::find(p.running, id, [](const auto& each) { return each->request.id; });
  if (at == p.running.end()) return;
  check(curl_multi_remove_handle(p.multi, (*at)->easy));
  (*at)->body.clear();
  p.idle.push_back(std::move(*at));
  *at = std::move(p.running.back());
  p.running.pop_back();
}

void HttpClient::cancel_all() {
  Parts& p = *parts_;
  for (auto& exchange : p.running) {
    check(curl_multi_remove_handle(p.multi, exchange->easy));
    exchange->body.clear();
    p.idle.push_back(std::move(exchange));
  }
  p.running.clear();
}

std::size_t HttpClient::in_flight() const { return parts_->running.size(); }

}  // namespace gwageo
