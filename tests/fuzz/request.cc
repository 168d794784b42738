// The canonical bytes of a request and of a response: a lease carries the one, a result the other.
#include "protocol/request.h"

#include "protocol/check.h"
#include "tests/fuzz/targets.h"

namespace gwageo::fuzz {
namespace {

void run_request(std::string_view input) {
  if (const Result<Request> read = decode_request(input)) GWAGEO_CHECK(encode(*read) == input);
  const Result<Response> read = decode_response(input);
  const Result<Outcome> outcome = outcome_of(input);
  GWAGEO_CHECK(read.has_value() == outcome.has_value());
  if (!read) return;
  GWAGEO_CHECK(encode(*read) == input);
  GWAGEO_CHECK(read->outcome == *outcome);
}

std::vector<std::string> request_seeds() {
  Request asked;
  asked.prompt = "Q: 하나?\nA:";
  asked.stop = {"\n", "Q:"};
  asked.temperature = 0.5;
  asked.seed = 7;
  Request scored;
  scored.kind = RequestKind::likelihood;
  scored.prompt = "Q";
  scored.continuation = " yes";
  Request chat;
  chat.kind = RequestKind::chat;
  chat.messages = {{"system", "be brief"}, {"user", "하나?"}};
  Response said;
  said.outcome = Outcome::truncated;
  said.text = "둘";
  said.tokens = 3;
  return {encode(asked), encode(scored), encode(chat), encode(said)};
}

}  // namespace

const Target request_target = {"request", run_request, request_seeds};

}  // namespace gwageo::fuzz
