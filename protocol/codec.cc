#include "protocol/codec.h"

#include <algorithm>
#include <array>

#include "protocol/codec_parts.h"
#include "protocol/json.h"
#include "protocol/limits.h"

namespace gwageo {
namespace {

using frame::Place;
using frame::Problem;

constexpr std::array<std::string_view, 17> message_names = {
    "hello",    "heartbeat", "results", "loaded", "giveBack", "goodbye",
    "welcome",  "refusal",   "grant",   "shrink", "revoke",   "acknowledge",
    "sayHello", "command",   "reply",   "batch",  "batchKept"};
static_assert(message_names.size() == std::variant_size_v<Message>);

/// Writes the alternative that a message holds into the union of the schema.
struct MessageWriter {
  wire::Message::Builder to;

  void operator()(const Hello& from) { frame::write(from, to.initHello()); }
  void operator()(const Heartbeat& from) { frame::write(from, to.initHeartbeat()); }
  void operator()(const Results& from) { frame::write(from, to.initResults()); }
  void operator()(const Loaded& from) { frame::write(from, to.initLoaded()); }
  void operator()(const GiveBack& from) { frame::write(from, to.initGiveBack()); }
  void operator()(const Goodbye& from) { frame::write(from, to.initGoodbye()); }
  void operator()(const Welcome& from) { frame::write(from, to.initWelcome()); }
  void operator()(const Refusal& from) { frame::write(from, to.initRefusal()); }
  void operator()(const Grant& from) { frame::write(from, to.initGrant()); }
  void operator()(const Shrink& from) { frame::write(from, to.initShrink()); }
  void operator()(const Revoke& from) { frame::write(from, to.initRevoke()); }
  void operator()(const Acknowledge& from) { frame::write(from, to.initAcknowledge()); }
  void operator()(const SayHello&) { to.initSayHello(); }
  void operator()(const Command& from) { frame::write(from, to.initCommand()); }
  void operator()(const Reply& from) { frame::write(from, to.initReply()); }
  void operator()(const Batch& from) { frame::write(from, to.initBatch()); }
  void operator()(const BatchKept& from) { frame::write(from, to.initBatchKept()); }
};

Message read_message(Problem& problem, wire::Message::Reader from) {
  using Which = wire::Message::Which;
  const auto which = static_cast<std::size_t>(from.which());
  const Place at(problem, which < message_names.size() ? message_names[which] : "message");
  switch (from.which()) {
    case Which::HELLO: return read(at, from.getHello());
    case Which::HEARTBEAT: return read(at, from.getHeartbeat());
    case Which::RESULTS: return read(at, from.getResults());
    case Which::LOADED: return read(at, from.getLoaded());
    case Which::GIVE_BACK: return read(at, from.getGiveBack());
    case Which::GOODBYE: return read(at, from.getGoodbye());
    case Which::WELCOME: return read(at, from.getWelcome());
    case Which::REFUSAL: return read(at, from.getRefusal());
    case Which::GRANT: return read(at, from.getGrant());
    case Which::SHRINK: return read(at, from.getShrink());
    case Which::REVOKE: return read(at, from.getRevoke());
    case Which::ACKNOWLEDGE: return read(at, from.getAcknowledge());
    case Which::SAY_HELLO: return from.getSayHello(), SayHello{};
    case Which::COMMAND: return read(at, from.getCommand());
    case Which::REPLY: return read(at, from.getReply());
    case Which::BATCH: return read(at, from.getBatch());
    case Which::BATCH_KEPT: return read(at, from.getBatchKept());
  }
  at.refuse("kind", "unknown number " + std::to_string(which));
  return SayHello{};
}

}  // namespace

std::string encode(const Message& message) {
  std::string frame;
  encode_into(frame, message);
  return frame;
}

void encode_into(std::string& frame, const Message& message) {
  frame::write_frame(frame, [&message](capnp::MessageBuilder& builder) {
    std::visit(MessageWriter{builder.initRoot<wire::Message>()}, message);
  });
}

std::string encode(const Grant& grant, std::span<const GrantItemView> items) {
  std::string frame;
  frame::write_frame(frame, [&](capnp::MessageBuilder& builder) {
    frame::write(grant, items, builder.initRoot<wire::Message>().initGrant());
  });
  return frame;
}

Result<Message> decode(std::string_view frame) {
  GWAGEO_ASSIGN(segment, frame::segment_of(frame));
  Message message;
  Problem problem;
  const std::string thrown = frame::with_reader(segment, [&](capnp::MessageReader& reader) {
    message = read_message(problem, reader.getRoot<wire::Message>());
  });
  if (!problem.text.empty()) return fail(ErrorKind::bad_input, std::move(problem.text));
  if (!thrown.empty()) return fail(ErrorKind::bad_input, "message: damaged: " + thrown);
  return message;
}

std::string_view name_of(const Message& message) { return message_names[message.index()]; }

std::string text_for_people(std::string_view text, std::size_t bytes_max) {
  std::size_t size = std::min(text.size(), bytes_max);
  if (size < text.size()) {
    // Back to the first byte of the character that the cut would go through.
    const auto is_tail = [](char c) { return (static_cast<unsigned char>(c) & 0xC0u) == 0x80u; };
    for (int i = 0; i < 3 && is_tail(text[size]); ++i) --size;
  }
  std::string fit(text.substr(0, size));
  std::size_t start = 0;
  std::size_t bad_at = 0;
  while (!is_utf8(std::string_view(fit).substr(start), &bad_at)) {
    start += bad_at;
    fit[start] = '?';
  }
  return fit;
}

}  // namespace gwageo
