// Every frame that a client, a worker or a coordinator may be sent.
#include "protocol/check.h"
#include "protocol/codec.h"
#include "tests/fuzz/targets.h"
#include "tests/protocol/message_samples.h"

namespace gwageo::fuzz {
namespace {

void run_message(std::string_view input) {
  const Result<Message> read = decode(input);
  if (!read) return;
  // What was sent need not be the form that we write; what we write reads back as what it was.
  const std::string written = encode(*read);
  const Result<Message> again = decode(written);
  GWAGEO_CHECK(again.has_value());
  GWAGEO_CHECK(encode(*again) == written);
}

std::vector<std::string> message_seeds() {
  std::vector<std::string> frames;
  for (const Message& each : samples::full_messages()) frames.push_back(encode(each));
  for (const Message& each : samples::minimal_messages()) frames.push_back(encode(each));
  return frames;
}

}  // namespace

const Target message_target = {"message", run_message, message_seeds};

}  // namespace gwageo::fuzz
