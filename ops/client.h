// Client: one person's connection to the coordinator.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "ops/invocation.h"
#include "ops/system_clock.h"
#include "protocol/json.h"
#include "protocol/key_file.h"
#include "protocol/messages.h"
#include "protocol/result.h"
#include "protocol/zmq_transport.h"

namespace gwageo {

/// Where the coordinator is, and who we are.
struct Connection {
  std::string endpoint;
  KeyFile key;
  std::string key_path = {};  ///< The file that it was read from.
};

/// From --coordinator and --key, the environment, or the data directory, in this order
/// (design.md section 6). unavailable when no coordinator runs there.
Result<Connection> find_connection(const Invocation& arguments);

/// What a verb of the coordinator answered.
struct VerbAnswer {
  bool yes = true;  ///< Done; else done, and the answer is no.
  Json body;
  std::vector<std::string> attachments;

  /// The attachments put together: a page of rows or records travels in pieces.
  std::string page() const {
    std::string bytes;
    for (const std::string& piece : attachments) bytes += piece;
    return bytes;
  }
};

/// A resource; one thread.
class Client {
 public:
  /// Connects. unavailable within about 5 s when nobody answers; not_allowed when the coordinator
  /// does not know the key.
  static Result<Client> open(const Invocation& arguments);
  static Result<Client> open(Connection place);

  /// Sends a verb and waits for its answer: as long as the coordinator shows that it lives. Sends
  /// it again (the coordinator takes a repetition for what it is) after a lost connection. An
  /// answer that is an error comes back as one, of the kind that its code says.
  Result<VerbAnswer> call(const std::string& verb, Json body = Json::object(),
                          std::vector<std::string> attachments = {});

  const Connection& connection() const { return connection_; }

 private:
  struct Wait;
  Client(Connection place, std::unique_ptr<ZmqClient> transport);
  Status connect();
  Status look(Wait& wait, const std::string& frame);
  Status tend(Wait& wait);
  Error unreachable(const std::string& why) const;
  /// Puts our signature on it.
  Status sign(Command& command) const;

  Connection connection_;
  std::unique_ptr<ZmqClient> transport_;
  SystemClock clock_;
  std::uint64_t last_request_;
};

/// Opens a client and asks one verb.
Result<VerbAnswer> ask(const Invocation& arguments, const std::string& verb,
                       Json body = Json::object());

}  // namespace gwageo
