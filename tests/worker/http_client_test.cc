// The transport against real components: TLS, proxies, HTTP/2, and servers that mean no good.
#include "worker/http_client.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>

#include "tests/temporary_folder.h"
#include "tests/worker/openai_server.h"
#include "tests/worker/socket_server.h"
#include "tests/worker/tls_relay.h"
#include "worker/openai_engine.h"

namespace gwageo {
namespace {

using testing::Certificates;
using testing::OpenAiServer;
using testing::Proxy;
using testing::read_head;
using testing::send_all;
using testing::SocketServer;
using testing::TlsRelay;

#define EXPECT_HAS(text, part) EXPECT_NE((text).find(part), std::string::npos) << (text)

class StillClock final : public Clock {
 public:
  Duration monotonic() const override { return {}; }
  WallTime wall() const override { return {}; }
};

// One exchange after the other, each to its end.
HttpAnswer ask(HttpClient& client, const std::string& url, const std::string& body = "{}",
               Duration at_most = seconds(30)) {
  client.start({1, url, body, at_most});
  for (;;) {
    std::vector<HttpAnswer> answers = client.step();
    if (!answers.empty()) return std::move(answers.front());
    client.wait(seconds(1));
  }
}

struct Transport : ::testing::Test {
  static std::string url_of(const SocketServer& server) {
    return "http://127.0.0.1:" + std::to_string(server.port()) + "/v1/completions";
  }
  StillClock clock;
};

TEST_F(Transport, KeepsAConnection) {
  const OpenAiServer server;
  HttpClient client(clock, {});
  for (int i = 0; i < 100; ++i) {
    ASSERT_EQ(ask(client, server.url() + "/models", "").status, 200);
  }
  EXPECT_EQ(server.connections(), 1u);
}

// ---- TLS ----

struct TransportTls : Transport {
  const testing::TemporaryFolder folder;
  Certificates ours = testing::make_certificates(folder / "ours");
  OpenAiServer server;
  TlsRelay relay{ours, server.port()};
};

TEST_F(TransportTls, TrustsTheAuthorityThatItIsTold) {
  HttpClientOptions options;
  options.authority_file = ours.authority;
  HttpClient client(clock, options);
  const HttpAnswer answer = ask(client, relay.url() + "/models", "");
  EXPECT_EQ(answer.status, 200) << answer.error;
  EXPECT_EQ(server.connections(), 1u);
}

TEST_F(TransportTls, TrustsNobodyElse) {
  const Certificates others = testing::make_certificates(folder / "others");
  for (const std::string& authority : {std::string(), others.authority.string()}) {
    HttpClientOptions options;
    options.authority_file = authority;
    options.bearer_token = "sk-secret";
    HttpClient client(clock, options);
    const HttpAnswer answer = ask(client, relay.url() + "/models", "");
    EXPECT_EQ(answer.end, HttpEnd::impossible);
    EXPECT_HAS(answer.error, "certificate");
    EXPECT_HAS(answer.error, "option authority_file");
  }
  HttpClientOptions options;
  options.authority_file = ours.authority;
  HttpClient client(clock, options);
  const std::string elsewhere = "https://localhost:" + std::to_string(relay.port()) + "/v1/models";
  EXPECT_EQ(ask(client, elsewhere, "").end, HttpEnd::impossible);
  options.authority_file = folder / "nowhere.pem";
  HttpClient lost(clock, options);
  EXPECT_HAS(ask(lost, relay.url() + "/models", "").error, "nowhere.pem");
  EXPECT_EQ(server.asked().size(), 0u);
}

TEST_F(TransportTls, AnEngineDoesNotWaitForATrustThatWillNotCome) {
  OpenAiEngine engine(clock);
  const Status refused = engine.load({"m", {}, "openai", relay.url(), {{"model", "words"}}});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::bad_input);
  EXPECT_HAS(refused.error().message, "option authority_file");
  OpenAiEngine second(clock);
  const Status loaded = second.load(
      {"m", {}, "openai", relay.url(), {{"model", "words"}, {"authority_file", ours.authority}}});
  EXPECT_TRUE(loaded) << loaded.error().message;
}

// ---- proxies ----

// A variable of the environment for as long as it lives. curl reads them when an exchange begins.
class Variable {
 public:
  Variable(std::string name, const std::string& value) : name_(std::move(name)) {
    ::setenv(name_.c_str(), value.c_str(), 1);
  }
  ~Variable() { ::unsetenv(name_.c_str()); }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;

 private:
  std::string name_;
};

TEST_F(Transport, GoesThroughTheProxyOfTheEnvironment) {
  const OpenAiServer server;
  const Proxy proxy;
  const std::string url = server.url() + "/models";
  const Variable variable("http_proxy", proxy.url());
  HttpClient client(clock, {});
  EXPECT_EQ(ask(client, url, "").status, 200);
  ASSERT_EQ(proxy.heads().size(), 1u);
  EXPECT_HAS(proxy.heads().front(), "GET " + url + " HTTP/1.1");
  const Variable except("no_proxy", "127.0.0.1");
  HttpClient direct(clock, {});
  EXPECT_EQ(ask(direct, url, "").status, 200);
  EXPECT_EQ(proxy.heads().size(), 1u);
}

TEST_F(TransportTls, TunnelsThroughAProxyThatSeesNoToken) {
  const Proxy proxy;
  const Variable variable("https_proxy", proxy.url());
  HttpClientOptions options;
  options.authority_file = ours.authority;
  options.bearer_token = "sk-secret";
  HttpClient client(clock, options);
  const HttpAnswer answer = ask(client, relay.url() + "/models", "");
  EXPECT_EQ(answer.status, 200) << answer.error;
  ASSERT_EQ(proxy.heads().size(), 1u);
  const std::string head = proxy.heads().front();
  EXPECT_HAS(head, "CONNECT 127.0.0.1:" + std::to_string(relay.port()) + " HTTP/1.1");
  EXPECT_EQ(head.find("sk-secret"), std::string::npos) << head;
  EXPECT_HAS(server.asked().front().head, "Authorization: Bearer sk-secret");
}

// ---- HTTP/2 ----

// nghttpx in front of a server: TLS, with HTTP/2 offered. Nobody where it is not installed.
class Http2Front {
 public:
  Http2Front(const Certificates& certificates, int target_port) {
    const int socket = testing::listen_anywhere(&port_);
    ::close(socket);
    const std::string front = "-f127.0.0.1," + std::to_string(port_);
    const std::string back = "-b127.0.0.1," + std::to_string(target_port);
    process_ = ::fork();
    if (process_ != 0) return;
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::execlp("nghttpx", "nghttpx", "--conf=/dev/null", "--single-process", "--no-ocsp",
             "--log-level=FATAL", front.c_str(), back.c_str(), certificates.key.c_str(),
             certificates.certificate.c_str(), nullptr);
    ::_exit(127);
  }
  ~Http2Front() {
    ::kill(process_, SIGKILL);
    ::waitpid(process_, nullptr, 0);
  }
  Http2Front(const Http2Front&) = delete;
  Http2Front& operator=(const Http2Front&) = delete;
  std::string url() const { return "https://127.0.0.1:" + std::to_string(port_) + "/v1"; }

 private:
  int port_ = 0;
  pid_t process_ = 0;
};

TEST_F(TransportTls, SpeaksHttp2WhereItIsOffered) {
  if (std::system("command -v nghttpx >/dev/null") != 0) {
    GTEST_SKIP() << "nghttpx is not installed; ops/setup does (package nghttp2-proxy)";
  }
  const Http2Front front(ours, server.port());
  HttpClientOptions options;
  options.authority_file = ours.authority;
  HttpClient client(clock, options);
  HttpAnswer first = ask(client, front.url() + "/models", "");
  for (int i = 0; i < 1000 && first.end == HttpEnd::not_reached; ++i) {
    client.wait(milliseconds(10));  // Until it listens.
    first = ask(client, front.url() + "/models", "");
  }
  ASSERT_EQ(first.status, 200) << first.error;
  constexpr std::uint64_t calls = 64;
  for (std::uint64_t i = 0; i < calls; ++i) {
    client.start({i, front.url() + "/models", "", seconds(30)});
  }
  std::size_t good = 0;
  for (std::size_t ended = 0; ended < calls;) {
    for (const HttpAnswer& each : client.step()) {
      ++ended;
      good += each.status == 200 ? 1 : 0;
    }
    client.wait(seconds(1));
  }
  EXPECT_EQ(good, calls);
  for (const testing::Asked& each : server.asked()) {
    std::string head = each.head;
    std::ranges::transform(head, head.begin(), [](unsigned char c) { return std::tolower(c); });
    EXPECT_HAS(head, "via: 2 nghttpx");
  }
}

// ---- servers that mean no good ----

TEST_F(Transport, CutsWhatHasNoEnd) {
  const std::string bytes(65536, 'x');
  const std::string chunk = "10000\r\n" + bytes + "\r\n";
  const std::pair<std::string, std::string> kinds[] = {
      {"HTTP/1.1 200 OK\r\n\r\n", bytes},
      {"HTTP/1.1 200 OK\r\nContent-Length: 1000000000000000\r\n\r\n", bytes},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", chunk},
      {"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n", bytes},
  };
  for (const auto& [head, more] : kinds) {
    std::atomic<std::size_t> sent{0};
    const SocketServer server([&, &head = head, &more = more](int socket) {
      read_head(socket);
      for (send_all(socket, head); send_all(socket, more);) sent += more.size();
    });
    HttpClientOptions options;
    options.body_bytes_max = std::size_t{1} << 20;
    HttpClient client(clock, options);
    const HttpAnswer answer = ask(client, url_of(server));
    EXPECT_EQ(answer.end, HttpEnd::too_large) << head << answer.error;
    EXPECT_HAS(answer.error, "more than 1048576 bytes");
    EXPECT_TRUE(answer.body.empty());
    EXPECT_LT(sent.load(), std::size_t{64} << 20) << "that is more than sockets hold";
  }
}

TEST_F(Transport, CutsAHeadWithoutEnd) {
  const SocketServer server([](int socket) {
    read_head(socket);
    const std::string line = "X-More: " + std::string(8000, 'x') + "\r\n";
    for (send_all(socket, "HTTP/1.1 200 OK\r\n"); send_all(socket, line);) {
    }
  });
  HttpClient client(clock, {});
  const HttpAnswer answer = ask(client, url_of(server));
  EXPECT_NE(answer.end, HttpEnd::answered);
  EXPECT_NE(answer.end, HttpEnd::timed_out);
  EXPECT_FALSE(answer.error.empty());
}

// Thousand zeros in a few bytes: they stay a few bytes, and are no JSON.
TEST_F(Transport, UnpacksNothing) {
  const std::string packed("\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\x63\x18\x05\xa3\x60", 15);
  const SocketServer server([&](int socket) {
    read_head(socket);
    send_all(socket, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: " +
                         std::to_string(packed.size()) + "\r\n\r\n" + packed);
  });
  HttpClient client(clock, {});
  const HttpAnswer answer = ask(client, url_of(server));
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, packed);
}

TEST_F(Transport, EndsWithAServerThatDrips) {
  for (const std::string& begin :
       {std::string("HTTP/1.1 200 OK\r\nX: "), std::string("HTTP/1.1 200 OK\r\n\r\n")}) {
    const SocketServer server([&begin](int socket) {
      read_head(socket);
      pollfd none{-1, 0, 0};
      for (send_all(socket, begin); send_all(socket, "x");) ::poll(&none, 1, 5);
    });
    HttpClient client(clock, {});
    const HttpAnswer answer = ask(client, url_of(server), "{}", milliseconds(200));
    EXPECT_EQ(answer.end, HttpEnd::timed_out) << answer.error;
  }
}

TEST_F(Transport, SeesAConnectionThatIsResetForLost) {
  const SocketServer server([](int socket) {
    read_head(socket);
    send_all(socket, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
    const linger at_once{1, 0};
    ::setsockopt(socket, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  });
  HttpClient client(clock, {});
  const HttpAnswer answer = ask(client, url_of(server));
  EXPECT_EQ(answer.end, HttpEnd::lost) << answer.error;
  EXPECT_TRUE(answer.body.empty());
}

TEST_F(Transport, TakesTheTokenNowhereElse) {
  const OpenAiServer elsewhere;
  for (const char* const status : {"301", "302", "303", "307", "308"}) {
    const SocketServer server([&](int socket) {
      read_head(socket);
      send_all(socket, "HTTP/1.1 " + std::string(status) + " Moved\r\nLocation: " +
                           elsewhere.url() + "/models\r\nContent-Length: 0\r\n\r\n");
    });
    HttpClientOptions options;
    options.bearer_token = "sk-secret";
    HttpClient client(clock, options);
    EXPECT_EQ(ask(client, url_of(server)).status, std::atoi(status));
  }
  EXPECT_EQ(elsewhere.connections(), 0u);
}

}  // namespace
}  // namespace gwageo
