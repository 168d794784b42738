#include "tests/protocol/message_samples.h"

#include <string>

namespace gwageo::samples {

Digest digest(int n) { return sha256("sample " + std::to_string(n)); }

Signature signature(std::uint8_t n) {
  Signature signature;
  signature.bytes.fill(n);
  return signature;
}

ModelSpec model_spec() {
  return ModelSpec{"kestrel 3",
                   digest(1),
                   "builtin",
                   "/models/kestrel-3",
                   {{"context", "4096"}, {"precision", "bf16"}, {"quiet", ""}}};
}

Grant grant(std::size_t items) {
  Grant grant{{41}, {7}, 2, digest(2), model_spec(), {}, {{{40}, 0, false}, {{39}, 7, true}}};
  for (std::size_t i = 0; i < items; ++i) {
    grant.items.push_back({100 + i,
                           "kmmlu_law",
                           "문항-" + std::to_string(i),
                           1,
                           {std::string("\x01\x00\xff prompt", 10), std::string(320, 'q')},
                           digest(static_cast<int>(i))});
  }
  return grant;
}

Results results(std::size_t items) {
  Results results{{0xfedcba9876543210}, {41}, 5, seconds(2), {}};
  for (std::size_t i = 0; i < items; ++i) {
    results.items.push_back({100 + i, {"", std::string("\x00\xc3\x28", 3), std::string(320, 'r')}});
  }
  return results;
}

std::vector<Message> full_messages() {
  return {
      Hello{1,
            {9},
            "worker-1.a_b",
            "0.1.0",
            {"builtin", "recorded"},
            4,
            32,
            {{41}, {42}},
            {"H100", 81920, "node-7", "rack-2", 2},
            3,
            true,
            {digest(5)}},
      Heartbeat{{9},
                {{41}, {42}, {43}},
                {{digest(1), false}, {Digest{}, true}, {Digest{}, false, "it is hot"}},
                {digest(5), digest(6)},
                true},
      results(),
      Loaded{{9}, 3, digest(2), false, milliseconds(1500), "모델을 읽지 못함"},
      GiveBack{{9}, {41}, GiveBackReason::load_failed, "out of memory"},
      Goodbye{{9}},
      Welcome{77, seconds(1), seconds(15)},
      Refusal{"protocol 2, and this coordinator speaks 1"},
      grant(),
      Shrink{{41}, {{0, 1}, {5, 9}, {9, 10}}},
      Revoke{{41}},
      Acknowledge{{41}, 5, true, {{0, 3}, {7, 8}}},
      SayHello{},
      Command{12,
              1,
              "suite add",
              R"({"name": "quickstart"})",
              {std::string("\0\1", 2), "x"},
              CommandSignature{std::string("\0\1\2\3 sixteen byte", 16), signature(3)}},
      Reply{12, ReplyCode::not_allowed, R"({"error": "no"})", {"", "y"}},
      Batch{{9},
            12,
            {{{41}, 0, digest(1)}, {{41}, 9, digest(2)}, {{42}, 3, digest(3)}},
            signature(4)},
      BatchKept{{9}, 12},
  };
}

std::vector<Message> minimal_messages() {
  Hello hello;
  hello.signs = false;
  hello.worker = {1};
  hello.name = "w";
  Grant grant;
  grant.lease = {1};
  grant.job = {1};
  grant.model.engine = "e";
  return {hello,
          Heartbeat{{1}, {}, {}},
          Results{{1}, {1}, 0, {}, {}},
          Loaded{{1}, 0, {}, false, {}, ""},
          GiveBack{{1}, {1}, GiveBackReason::draining, ""},
          Goodbye{{1}},
          Welcome{},
          Refusal{},
          grant,
          Shrink{{1}, {}},
          Revoke{{1}},
          Acknowledge{{1}, 0, false},
          SayHello{},
          Command{},
          Reply{},
          Batch{{1}, 0, {{{1}, 0, {}}}, {}},
          BatchKept{{1}, 0}};
}

}  // namespace gwageo::samples
