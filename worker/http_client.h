// HttpClient: many HTTP exchanges at once, driven by one thread that may sleep while they are under
// way. Connections are kept and used again; HTTP/2 where a TLS server offers it; proxies as
// curl's environment variables say; certificates are verified; no redirect is followed, because it
// would take the bearer token elsewhere. libcurl is seen by http_client.cc alone.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "protocol/time.h"

namespace gwageo {

/// A GET, or a POST of JSON where there is a body. A value.
struct HttpRequest {
  std::uint64_t id = 0;  ///< The caller's; comes back with the answer.
  std::string url;       ///< http:// or https://.
  std::string body;      ///< JSON; empty for a GET.
  Duration at_most;      ///< From here to the last byte of the answer.
};

/// How an exchange ended.
enum class HttpEnd : std::uint8_t {
  answered,     ///< With a status and a whole body, whatever they say.
  not_reached,  ///< No connection: refused, or a name that does not resolve now.
  lost,         ///< A connection that ended before the answer did.
  timed_out,
  too_large,   ///< The body passed the bound; the rest was not read.
  impossible,  ///< What asking again would not change: a certificate, a malformed URL.
};

struct HttpAnswer {
  std::uint64_t id = 0;
  HttpEnd end = HttpEnd::answered;
  int status = 0;                       ///< Of an answered exchange, else 0.
  std::string body;                     ///< Of an answered exchange, else empty.
  std::optional<Duration> retry_after;  ///< As the header Retry-After says; never negative.
  std::string error;                    ///< In words, unless answered. Never holds the token.
};

struct HttpClientOptions {
  std::uint32_t connections_max = 32;
  Duration connect_at_most = seconds(10);
  std::size_t body_bytes_max = std::size_t{16} << 20;
  std::string bearer_token;    ///< Sent with every request; empty: none.
  std::string authority_file;  ///< Certificates (PEM) that servers' are checked against, in place
                               ///< of the system's; empty: those.
  bool is_direct = false;      ///< No proxy, whatever the environment says.
};

/// One thread owns it; `wake` may come from any.
class HttpClient {
 public:
  /// `clock` outlives the client; its wall time turns a date in Retry-After into a span.
  HttpClient(const Clock& clock, HttpClientOptions options);
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  /// Begins an exchange. More than `connections_max` wait for a connection.
  void start(HttpRequest request);
  /// Moves bytes of a few exchanges without blocking; what ended. To be repeated while something
  /// does.
  std::vector<HttpAnswer> step();
  /// Blocks until bytes can be moved, `wake` is called, or `at_most` has passed.
  void wait(Duration at_most);
  /// Ends a `wait` in progress, or the next one.
  void wake();
  /// Drops the exchange, if it has not ended: there will be no answer.
  void cancel(std::uint64_t id);
  /// Drops every exchange without an answer.
  void cancel_all();
  std::size_t in_flight() const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace gwageo
