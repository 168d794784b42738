// TLS for a server that has none: a relay that ends it, with certificates that the openssl program
// makes on the spot.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "tests/worker/socket_server.h"

namespace gwageo::testing {

/// An authority, and a certificate for 127.0.0.1 that it vouches for. Files in PEM.
struct Certificates {
  std::filesystem::path authority;
  std::filesystem::path certificate;
  std::filesystem::path key;
};
/// New ones in `folder`, which is made. Throws when openssl cannot.
Certificates make_certificates(const std::filesystem::path& folder);

class TlsRelay {
 public:
  /// Speaks TLS at a port of its own, and hands on to `target_port` what was in it.
  TlsRelay(const Certificates& certificates, int target_port);
  ~TlsRelay();
  int port() const;
  /// https://127.0.0.1:PORT/v1
  std::string url() const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace gwageo::testing
