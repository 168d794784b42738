#include "tests/worker/tls_relay.h"

#include <openssl/ssl.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <stdexcept>

namespace gwageo::testing {
namespace {

struct FreeContext {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};
struct FreeSession {
  void operator()(SSL* session) const { SSL_free(session); }
};

void serve(SSL_CTX* context, int socket, int target_port) {
  const std::unique_ptr<SSL, FreeSession> session(SSL_new(context));
  SSL* const tls = session.get();
  SSL_set_fd(tls, socket);
  if (SSL_accept(tls) != 1) return;
  const int target = connect_to(target_port);
  char bytes[16384];
  for (;;) {
    pollfd watched[2] = {{socket, POLLIN, 0}, {target, POLLIN, 0}};
    if (SSL_pending(tls) == 0 && ::poll(watched, 2, -1) < 0) break;
    if (SSL_pending(tls) > 0 || watched[0].revents != 0) {
      const int count = SSL_read(tls, bytes, sizeof bytes);
      if (count <= 0 || !send_all(target, {bytes, static_cast<std::size_t>(count)})) break;
    }
    if (watched[1].revents != 0) {
      const ssize_t count = ::read(target, bytes, sizeof bytes);
      if (count <= 0 || SSL_write(tls, bytes, static_cast<int>(count)) <= 0) break;
    }
  }
  SSL_shutdown(tls);
  ::close(target);
}

}  // namespace

Certificates make_certificates(const std::filesystem::path& folder) {
  std::filesystem::create_directories(folder);
  std::ofstream(folder / "names") << "subjectAltName=IP:127.0.0.1\n";
  const std::string curve = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes ";
  const std::string command =
      "cd '" + folder.string() + "' && exec 2>openssl.log && openssl req -x509 -days 2 " + curve +
      "-subj /CN=authority -keyout authority.key -out authority.pem && openssl req " + curve +
      "-subj /CN=server -keyout server.key -out server.csr && openssl x509 -req -days 2 "
      "-in server.csr -CA authority.pem -CAkey authority.key -CAcreateserial -extfile names "
      "-out server.pem";
  if (std::system(command.c_str()) != 0) {
    throw std::runtime_error("openssl made no certificates; see " + folder.string());
  }
  return {folder / "authority.pem", folder / "server.pem", folder / "server.key"};
}

struct TlsRelay::Parts {
  std::unique_ptr<SSL_CTX, FreeContext> context;
  std::unique_ptr<SocketServer> server;
};

TlsRelay::TlsRelay(const Certificates& certificates, int target_port)
    : parts_(std::make_unique<Parts>()) {
  ::signal(SIGPIPE, SIG_IGN);  // OpenSSL writes to sockets as to files.
  parts_->context.reset(SSL_CTX_new(TLS_server_method()));
  SSL_CTX* const context = parts_->context.get();
  if (SSL_CTX_use_certificate_chain_file(context, certificates.certificate.c_str()) != 1 ||
      SSL_CTX_use_PrivateKey_file(context, certificates.key.c_str(), SSL_FILETYPE_PEM) != 1) {
    throw std::runtime_error("the test's certificates cannot be read");
  }
  parts_->server = std::make_unique<SocketServer>(
      [context, target_port](int socket) { serve(context, socket, target_port); });
}

TlsRelay::~TlsRelay() = default;

int TlsRelay::port() const { return parts_->server->port(); }

std::string TlsRelay::url() const { return "https://127.0.0.1:" + std::to_string(port()) + "/v1"; }

}  // namespace gwageo::testing
