// Messages to frames and back. gwageo.capnp is the specification. Pure; safe from any thread.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/messages.h"
#include "protocol/result.h"

namespace gwageo {

/// A GrantItem that lies in somebody else's bytes, to be sent from there.
struct GrantItemView {
  std::uint64_t index = 0;
  std::string_view task;
  std::string_view item;
  std::uint32_t repeat = 0;
  std::vector<std::string_view> requests;
  Digest digest = {};
};

/// The frame of `message`. Two kinds of text come from places that promise nothing (an engine's
/// error, a reason): they are cut to limits::text_bytes_max and made UTF-8 here, so that no peer
/// refuses a report because of what it reports. For all else the sender keeps to limits.h: a frame
/// that breaks a bound, its size among them, is written all the same and refused by its receiver.
std::string encode(const Message& message);
/// As `encode`, into `frame`, whose memory is reused.
void encode_into(std::string& frame, const Message& message);

/// The frame of `grant` with `items` in place of its own, which are not copied on the way.
std::string encode(const Grant& grant, std::span<const GrantItemView> items);

/// The message in `frame`. Foreign bytes are safe here: what breaks any rule of gwageo.capnp is
/// bad_input, naming the field ("results.items[3].responses: 300 entries, at most 256").
/// A message that is returned is within every bound of limits.h. Memory is taken only for what is
/// within its bound, and at most for four times what came.
Result<Message> decode(std::string_view frame);

/// The message's name in the schema and in logs, for instance "giveBack".
std::string_view name_of(const Message& message);

/// `text` as it would arrive as an error or a reason: at most so many bytes, cut between
/// characters, with every byte that is not UTF-8 replaced by '?'.
std::string text_for_people(std::string_view text, std::size_t bytes_max = limits::text_bytes_max);

}  // namespace gwageo
