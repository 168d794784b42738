#include "ops/client.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <optional>
#include <thread>
#include <variant>

#include "coordinator/checkpoint.h"
#include "coordinator/commands.h"
#include "coordinator/data_directory.h"
#include "ops/coordinator_address.h"
#include "ops/system.h"
#include "protocol/bytes.h"
#include "protocol/codec.h"
#include "protocol/limits.h"
#include "protocol/statement.h"

namespace gwageo {
namespace {

constexpr Duration connect_at_most = seconds(5);
constexpr Duration answer_looked_for_every = milliseconds(50);
/// A failed handshake is tried again after at most a second.
constexpr Duration foreign_within = seconds(2);
/// A restarted coordinator writes its endpoint this soon.
constexpr Duration endpoint_at_most = milliseconds(1500);
constexpr Duration probe_every = seconds(2);
/// The coordinator is silent on a connection that stands: it is busy, or gone without a word.
constexpr Duration silent_at_most = seconds(30);
constexpr Duration resend_after = seconds(5);

/// How a verb may be waited for.
struct Manner {
  bool takes_long = false;  ///< Not sent again while the connection stands.
  bool only_once = false;   ///< Never sent again.
};

Manner manner_of(const std::string& verb) {
  if (verb == "backup") return {true, true};
  const bool takes_long =
      verb == "suite.add" || verb == "results" || verb == "target.show" || verb == "explain";
  return {takes_long, false};
}

Result<std::string> find_endpoint(const std::string& directory) {
  const SystemClock clock;
  const Duration until = clock.monotonic() + endpoint_at_most;
  std::error_code error;
  const bool may_come = std::filesystem::exists(directory + "/format", error);
  for (;;) {
    Result<std::string> endpoint = read_endpoint(directory);
    if (endpoint) return endpoint;
    if (endpoint.error().kind == ErrorKind::not_allowed) {
      return fail(ErrorKind::not_allowed, endpoint.error().message +
                                              "; the data directory is its owner's alone, others "
                                              "say --coordinator ADDR and --key FILE");
    }
    if (!may_come || clock.monotonic() > until) {
      return fail(ErrorKind::unavailable,
                  "no coordinator is running in " + directory +
                      "; start one with: gwageo up --data " + directory +
                      " (or say --data DIR, or --coordinator ADDR and --key FILE)");
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
}

Error error_of(const Reply& reply, const Json& body) {
  const Json* const text = body.find("error");
  Error error{ErrorKind::unavailable, text != nullptr && text->is_string()
                                          ? text->as_string()
                                          : std::string("refused without a reason")};
  if (reply.code == ReplyCode::bad_input) error.kind = ErrorKind::bad_input;
  if (reply.code == ReplyCode::not_allowed) error.kind = ErrorKind::not_allowed;
  // Somebody was reached, and could not: to try again will not help.
  if (reply.code == ReplyCode::failed) error.kind = ErrorKind::corrupt;
  return error;
}

}  // namespace

/// One call in progress.
struct Client::Wait {
  std::string frame;
  std::uint64_t request = 0;
  Manner manner;
  std::uint64_t connection = 0;  ///< On which the frame was sent last.
  Duration sent_at;
  Duration heard_at;
  Duration probed_at;
  std::optional<Reply> reply;
};

Result<Connection> find_connection(const Invocation& arguments) {
  const std::string directory = arguments.data_directory();
  Connection place;
  place.endpoint = arguments.text_or("coordinator", environment("GWAGEO_COORDINATOR"));
  std::string key = arguments.text_or("key", environment("GWAGEO_KEY"));
  if (place.endpoint.empty()) {
    GWAGEO_ASSIGN(endpoint, find_endpoint(directory));
    place.endpoint = std::move(endpoint);
  }
  GWAGEO_ASSIGN(address, coordinator_address(place.endpoint));
  place.endpoint = std::move(address);
  if (key.empty()) key = directory + "/keys/operator.key";
  GWAGEO_ASSIGN(file, read_key_file(key));
  place.key = std::move(file);
  place.key_path = std::move(key);
  return place;
}

Client::Client(Connection place, std::unique_ptr<ZmqClient> transport)
    : connection_(std::move(place)),
      transport_(std::move(transport)),
      last_request_(random_number()) {}

Result<Client> Client::open(const Invocation& arguments) {
  GWAGEO_ASSIGN(place, find_connection(arguments));
  return open(std::move(place));
}

Result<Client> Client::open(Connection place) {
  ClientOptions options;
  options.endpoint = place.endpoint;
  options.server_public_key = place.key.coordinator_curve_public;
  options.keys = place.key.curve;
  GWAGEO_ASSIGN(transport, new_zmq_client(options));
  Client client(std::move(place), std::move(transport));
  GWAGEO_TRY(client.connect());
  return client;
}

Error Client::unreachable(const std::string& why) const {
  return {ErrorKind::unavailable,
          "the coordinator at " + connection_.endpoint + " cannot be reached: " + why};
}

Status Client::connect() {
  const Duration until = clock_.monotonic() + connect_at_most;
  std::uint64_t failures = transport_->failed_handshakes();
  std::optional<Duration> failed_at;
  for (;;) {
    const ConnectionState state = transport_->state();
    const Duration now = clock_.monotonic();
    if (state == ConnectionState::connected) return {};
    if (state == ConnectionState::key_refused) {
      return fail(ErrorKind::not_allowed, "the coordinator at " + connection_.endpoint +
                                              " does not know the key of " +
                                              connection_.key.principal);
    }
    const std::uint64_t failures_now = transport_->failed_handshakes();
    if (failures_now > failures) failed_at = now;
    failures = failures_now;
    if (now >= until) {
      // A coordinator that is just ending or starting fails a handshake or two, but not to the end.
      const bool is_foreign = failed_at && now - *failed_at < foreign_within;
      if (!is_foreign) return tl::unexpected(unreachable("nobody answers there"));
      return fail(ErrorKind::not_allowed, "the key file of " + connection_.key.principal +
                                              " does not fit the coordinator at " +
                                              connection_.endpoint + ": it is for another one");
    }
    GWAGEO_TRY(transport_->await_change(answer_looked_for_every));
  }
}

Status Client::look(Wait& wait, const std::string& frame) {
  wait.heard_at = clock_.monotonic();
  Result<Message> message = decode(frame);
  if (!message) return fail("an answer of the coordinator", message.error());
  if (const auto* const refusal = std::get_if<Refusal>(&*message)) {
    return fail(ErrorKind::not_allowed, "the coordinator refuses: " + refusal->reason);
  }
  if (auto* const reply = std::get_if<Reply>(&*message); reply != nullptr) {
    if (reply->request == wait.request) wait.reply = std::move(*reply);
  }
  return {};
}

Status Client::tend(Wait& wait) {
  const std::uint64_t connection = transport_->connections();
  const bool connected = transport_->state() == ConnectionState::connected;
  if (!connected) {
    GWAGEO_TRY(connect());
    wait.heard_at = clock_.monotonic();
    return {};
  }
  const Duration now = clock_.monotonic();
  const bool is_lost = connection != wait.connection;
  if (is_lost && wait.manner.only_once) {
    return tl::unexpected(unreachable("the connection was lost on the way; look what was done"));
  }
  if (is_lost || (!wait.manner.takes_long && now - wait.sent_at > resend_after)) {
    wait.connection = connection;
    wait.sent_at = now;
    return transport_->send(wait.frame);
  }
  if (now - wait.heard_at > silent_at_most && !wait.manner.only_once) {
    return tl::unexpected(unreachable("it has not answered for 30 s"));
  }
  if (now - std::max(wait.heard_at, wait.probed_at) > probe_every) {
    wait.probed_at = now;
    Command probe{++last_request_, limits::protocol_version, "health", "{}", {}};
    const Status sent = transport_->send(encode(Message{std::move(probe)}));
    static_cast<void>(sent);  // What waits in a full queue will show that it lives.
  }
  return {};
}

Status Client::sign(Command& command) const {
  const KeyFile& key = connection_.key;
  GWAGEO_ASSIGN(coordinator, parse_vkey(key.coordinator_verifier));
  CommandSignature signature;
  ByteWriter nonce;
  nonce.u64(random_number());
  nonce.u64(random_number());
  signature.nonce = nonce.take();
  const CommandStatement statement =
      statement_of(command, signature.nonce, key.principal, coordinator.name);
  signature.signature = gwageo::sign(to_bytes(statement), key.signing.signing);
  command.signature = std::move(signature);
  return {};
}

Result<VerbAnswer> Client::call(const std::string& verb, Json body,
                                std::vector<std::string> attachments) {
  GWAGEO_TRY(connect());
  Wait wait;
  wait.request = ++last_request_;
  wait.manner = manner_of(verb);
  Command command{wait.request, limits::protocol_version, verb, body.dump(),
                  std::move(attachments)};
  if (must_be_signed(verb)) GWAGEO_TRY(sign(command));
  wait.frame = encode(Message{std::move(command)});
  wait.connection = transport_->connections();
  wait.sent_at = wait.heard_at = wait.probed_at = clock_.monotonic();
  GWAGEO_TRY(transport_->send(wait.frame));
  while (!wait.reply) {
    GWAGEO_ASSIGN(frames, transport_->receive(answer_looked_for_every, 16));
    for (const std::string& frame : frames) GWAGEO_TRY(look(wait, frame));
    if (!wait.reply) GWAGEO_TRY(tend(wait));
  }
  GWAGEO_ASSIGN(answer, Json::parse(wait.reply->body));
  const ReplyCode code = wait.reply->code;
  if (code == ReplyCode::done || code == ReplyCode::no) {
    return VerbAnswer{code == ReplyCode::done, std::move(answer),
                      std::move(wait.reply->attachments)};
  }
  return tl::unexpected(error_of(*wait.reply, answer));
}

Result<VerbAnswer> ask(const Invocation& arguments, const std::string& verb, Json body) {
  GWAGEO_ASSIGN(client, Client::open(arguments));
  return client.call(verb, std::move(body));
}

}  // namespace gwageo
