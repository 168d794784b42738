#include "protocol/codec.h"

#include <gtest/gtest.h>

#include <set>

#include "protocol/json.h"
#include "protocol/limits.h"
#include "tests/protocol/message_samples.h"

namespace gwageo {
namespace {

using samples::digest;
using samples::full_messages;
using samples::minimal_messages;

/// What decode says against `message` after encode, or "accepted".
std::string verdict(const Message& message) {
  const Result<Message> decoded = decode(encode(message));
  if (!decoded) {
    EXPECT_EQ(decoded.error().kind, ErrorKind::bad_input);
    return decoded.error().message;
  }
  EXPECT_EQ(*decoded, message) << name_of(message);
  return "accepted";
}

/// A copy of `from` on which `change` was done.
template <class T, class Change>
Message with(T from, Change change) {
  change(from);
  return from;
}

Hello hello() { return std::get<Hello>(full_messages()[0]); }

TEST(Codec, EveryMessageComesBackEqual) {
  const std::vector<Message> full = full_messages();
  const std::vector<Message> minimal = minimal_messages();
  ASSERT_EQ(full.size(), std::variant_size_v<Message>);
  ASSERT_EQ(minimal.size(), std::variant_size_v<Message>);
  for (std::size_t i = 0; i < full.size(); ++i) {
    EXPECT_EQ(full[i].index(), i);
    EXPECT_EQ(minimal[i].index(), i);
    EXPECT_EQ(verdict(full[i]), "accepted") << name_of(full[i]);
    EXPECT_EQ(verdict(minimal[i]), "accepted") << name_of(minimal[i]);
  }
}

TEST(Codec, AFrameIsReadWhereverItLies) {
  const Message message = samples::grant();
  const std::string frame = encode(message);
  for (std::size_t shift = 0; shift < 8; ++shift) {
    const std::string moved = std::string(shift, 'x') + frame;
    EXPECT_EQ(decode(std::string_view(moved).substr(shift)), message) << shift;
  }
}

TEST(Codec, AGrantOfViewsIsTheGrant) {
  const Grant whole = samples::grant();
  std::vector<GrantItemView> views;
  for (const GrantItem& item : whole.items) {
    views.push_back({item.index,
                     item.task,
                     item.item,
                     item.repeat,
                     {item.requests.begin(), item.requests.end()},
                     item.digest});
  }
  Grant head = whole;
  head.items.clear();
  EXPECT_EQ(encode(head, views), encode(Message{whole}));
}

TEST(Codec, AFrameIsAHeaderAndOneSegment) {
  for (const Message& message : full_messages()) {
    const std::string frame = encode(message);
    ASSERT_GE(frame.size(), 16u);
    EXPECT_EQ(frame.size() % 8, 0u);
    EXPECT_EQ(frame.substr(0, 4), std::string(4, '\0')) << "one segment";
    std::size_t words = 0;
    for (int i = 3; i >= 0; --i) words = words << 8 | static_cast<unsigned char>(frame[4 + i]);
    EXPECT_EQ(8 + 8 * words, frame.size());
    EXPECT_EQ(encode(message), frame) << "equal messages have equal frames";
  }
}

TEST(Codec, EncodeIntoReplacesWhatWasThere) {
  std::string frame = "something else";
  encode_into(frame, SayHello{});
  EXPECT_EQ(frame, encode(SayHello{}));
}

TEST(Codec, LargeMessagesHaveOneSegmentToo) {
  for (const std::size_t size : {60000u, 65400u, 65536u, 70000u, 3000000u, 16000000u}) {
    Command command{1, 1, "suite add", std::string(size, ' '), {}};
    EXPECT_EQ(verdict(command), "accepted") << size;
  }
  Command command{1, 1, "suite add", "", std::vector<std::string>(15, std::string(1 << 20, 'p'))};
  EXPECT_EQ(verdict(command), "accepted");
  EXPECT_EQ(verdict(SayHello{}), "accepted") << "after a large one";
}

TEST(Codec, TheFrameIsBounded) {
  Command command{1, 1, "v", "", {}};
  const std::size_t rest = encode(command).size();
  command.body.assign(limits::message_bytes_max - rest + 7, 'x');
  ASSERT_EQ(encode(command).size(), limits::message_bytes_max);
  EXPECT_EQ(verdict(command), "accepted");
  command.body += "x";
  EXPECT_EQ(verdict(command), "message: 16777224 bytes, at most 16777216");
}

TEST(Codec, ProblemsNameTheFieldWithItsPath) {
  Results results = samples::results(4);
  results.items[3].responses.assign(300, "r");
  EXPECT_EQ(verdict(results), "results.items[3].responses: 300 entries, at most 256");
  Grant grant = samples::grant();
  grant.model.engine = "../etc";
  EXPECT_EQ(verdict(grant), "grant.model.engine: no name ([A-Za-z0-9][A-Za-z0-9._-]{0,127})");
  EXPECT_EQ(verdict(Shrink{{1}, {{3, 4}, {6, 6}}}), "shrink.removed[1].end: the range is empty");
}

TEST(Codec, NumbersOfThingsAreNotZero) {
  EXPECT_EQ(verdict(Goodbye{}), "goodbye.worker: 0, which is none");
  EXPECT_EQ(verdict(Revoke{}), "revoke.lease: 0, which is none");
  EXPECT_EQ(verdict(with(samples::grant(), [](Grant& g) { g.job = {}; })),
            "grant.job: 0, which is none");
  EXPECT_EQ(verdict(Heartbeat{{1}, {{4}, {}}, {}}), "heartbeat.leases: 0, which is none");
}

TEST(Codec, NamesHaveOneForm) {
  for (const char* name : {"a", "0", "A.b_c-d"}) {
    EXPECT_EQ(verdict(with(hello(), [&](Hello& h) { h.name = name; })), "accepted") << name;
  }
  for (const char* name : {"", ".a", "-a", "_a", "a b", "a/b", "a\n", "가", "a\x7f"}) {
    EXPECT_NE(verdict(with(hello(), [&](Hello& h) { h.name = name; })), "accepted") << name;
    EXPECT_NE(verdict(with(hello(), [&](Hello& h) { h.engines = {name}; })), "accepted") << name;
  }
  const std::string nul("a\0b", 3);
  EXPECT_NE(verdict(with(hello(), [&](Hello& h) { h.name = nul; })), "accepted");
  EXPECT_EQ(verdict(with(hello(), [](Hello& h) { h.name.assign(128, 'n'); })), "accepted");
  EXPECT_NE(verdict(with(hello(), [](Hello& h) { h.name.assign(129, 'n'); })), "accepted");
}

TEST(Codec, TextsForPeopleAreUtf8) {
  const std::string bad = "\xc3\x28";
  EXPECT_EQ(verdict(with(hello(), [&](Hello& h) { h.version = bad; })),
            "hello.version: not UTF-8 at byte 0");
  EXPECT_NE(verdict(Command{1, 1, bad, "", {}}), "accepted");
  EXPECT_NE(verdict(Command{1, 1, "v", bad, {}}), "accepted");
  EXPECT_NE(verdict(Reply{1, ReplyCode::done, bad, {}}), "accepted");
  EXPECT_NE(verdict(with(samples::grant(), [&](Grant& g) { g.items[0].item = bad; })), "accepted");
  EXPECT_EQ(verdict(with(samples::grant(), [&](Grant& g) { g.items[0].requests = {bad}; })),
            "accepted")
      << "requests are data";
}

TEST(Codec, AnItemThatAsksNothingIsRefused) {
  EXPECT_EQ(verdict(with(samples::grant(), [](Grant& g) { g.items[1].requests.clear(); })),
            "grant.items[1].requests: none: nothing would ever answer the item");
}

/// Expects `make(max)` to be accepted and `make(max + 1)` to be refused.
template <class Make>
void expect_bound(const char* what, std::uint64_t max, Make make) {
  EXPECT_EQ(verdict(make(max)), "accepted") << what << " at " << max;
  EXPECT_NE(verdict(make(max + 1)), "accepted") << what << " at " << max + 1;
}

TEST(Codec, BoundsOfHello) {
  using N = std::uint64_t;
  expect_bound("slots", limits::slots_max, [](N n) {
    return with(hello(), [n](Hello& h) { h.slots = static_cast<std::uint32_t>(n); });
  });
  expect_bound("credit", limits::credit_items_max, [](N n) {
    return with(hello(), [n](Hello& h) { h.credit_items = static_cast<std::uint32_t>(n); });
  });
  expect_bound("leases", limits::leases_held_max,
               [](N n) { return with(hello(), [n](Hello& h) { h.leases.assign(n, {3}); }); });
  expect_bound("engines", limits::options_max,
               [](N n) { return with(hello(), [n](Hello& h) { h.engines.assign(n, "e"); }); });
  expect_bound("version", limits::name_bytes_max,
               [](N n) { return with(hello(), [n](Hello& h) { h.version.assign(n, 'v'); }); });
  EXPECT_EQ(verdict(with(hello(), [](Hello& h) { h.slots = 0; })),
            "hello.slots: 0 is not from 1 to 64");
  EXPECT_NE(verdict(with(hello(), [](Hello& h) { h.credit_items = 0; })), "accepted");
  EXPECT_EQ(verdict(with(hello(), [](Hello& h) { h.loads = 0; })),
            "hello.loads: 0 is not from 1 to 64");
  EXPECT_NE(verdict(with(hello(), [](Hello& h) { h.loads = 65; })), "accepted");
}

// Slots that are no GPUs say nothing of any; those that are say which.
TEST(Codec, BoundsOfGpus) {
  using N = std::uint64_t;
  const auto of = [](Gpus gpus) { return with(hello(), [&](Hello& h) { h.gpus = gpus; }); };
  EXPECT_EQ(verdict(of({})), "accepted");
  expect_bound("memory", limits::gpu_memory_mib_max, [&](N n) {
    return of({"H100", static_cast<std::uint32_t>(n), "", ""});
  });
  expect_bound("node", limits::name_bytes_max, [&](N n) {
    return of({"H100", 81920, std::string(n, 'n'), ""});
  });
  EXPECT_EQ(verdict(of({"H100", 0, "", ""})), "hello.gpus.memoryMib: 0 is not from 1 to 16777216");
  EXPECT_NE(verdict(of({"H 100", 1, "", ""})), "accepted");
  EXPECT_NE(verdict(of({"H100", 1, "", "a/b"})), "accepted");
  const auto spread = [](std::uint32_t slots, std::uint32_t nodes) {
    return verdict(with(hello(), [&](Hello& h) {
      h.slots = slots;
      h.gpus = {"H100", 1, "", "", nodes};
    }));
  };
  for (const std::uint32_t nodes : {1U, 2U, 16U}) EXPECT_EQ(spread(16, nodes), "accepted") << nodes;
  for (const std::uint32_t nodes : {0U, 3U, 32U}) EXPECT_NE(spread(16, nodes), "accepted") << nodes;
  EXPECT_EQ(spread(6, 1), "accepted");  // Of one node any number is.
  EXPECT_EQ(spread(6, 2),
            "hello.gpus.nodes: 2, and 6 slots are no block that is spread over them evenly");
}

TEST(Codec, BoundsOfABlock) {
  const auto of = [](std::uint32_t slot, std::uint32_t width) {
    return with(samples::grant(), [&](Grant& g) {
      g.slot = slot;
      g.width = width;
    });
  };
  for (const std::uint32_t width : {1U, 2U, 4U, 8U, 16U, 32U, 64U}) {
    EXPECT_EQ(verdict(of(0, width)), "accepted") << width;
    EXPECT_EQ(verdict(of(64 - width, width)), "accepted") << width;
  }
  EXPECT_EQ(verdict(of(0, 3)), "grant.width: 3 is none of 1, 2, 4, ... 64");
  EXPECT_NE(verdict(of(0, 0)), "accepted");
  EXPECT_NE(verdict(of(0, 128)), "accepted");
  EXPECT_EQ(verdict(of(2, 4)), "grant.slot: no block of that width begins there");
}

TEST(Codec, BoundsOfAWorkersReports) {
  using N = std::uint64_t;
  expect_bound("leases", limits::leases_held_max, [](N n) {
    return Message(Heartbeat{{1}, std::vector<LeaseId>(n, {3}), {}});
  });
  expect_bound("slots", limits::slots_max, [](N n) {
    return Message(Heartbeat{{1}, {}, std::vector<SlotReport>(n, {digest(1), true})});
  });
  // So are models in a cache beyond those that a worker may name.
  const auto named = decode(encode(
      Heartbeat{{1}, {}, {}, std::vector<Digest>(limits::cached_models_max + 1, digest(1))}));
  ASSERT_TRUE(named);
  EXPECT_EQ(std::get<Heartbeat>(*named).cached.size(), limits::cached_models_max);
  // What is too long for the wire is cut, between characters.
  const std::string wide = std::string(limits::fault_bytes_max - 1, 'f') + "\u00e9";
  const auto cut = decode(encode(Heartbeat{{1}, {}, {{digest(1), false, wide}}}));
  ASSERT_TRUE(cut);
  EXPECT_EQ(std::get<Heartbeat>(*cut).slots[0].fault, wide.substr(0, limits::fault_bytes_max - 1));
  expect_bound("items", limits::lease_items_max, [](N n) { return Message(samples::results(n)); });
  expect_bound("responses", limits::requests_of_item_max, [](N n) {
    return with(samples::results(), [n](Results& r) { r.items[1].responses.assign(n, "r"); });
  });
  expect_bound("response", limits::request_bytes_max, [](N n) {
    return with(samples::results(),
                [n](Results& r) { r.items[1].responses = {std::string(n, 'r')}; });
  });
  expect_bound("index", limits::plan_items_max - 1, [](N n) {
    return with(samples::results(), [n](Results& r) { r.items[1].index = n; });
  });
  expect_bound("slot", limits::slots_max - 1, [](N n) {
    return Message(Loaded{{1}, static_cast<std::uint32_t>(n), {}, true, {}, ""});
  });
  EXPECT_EQ(verdict(Results{{1}, {1}, 0, {-1}, {}}), "results.engineTime: -1 microseconds");
  EXPECT_NE(verdict(Loaded{{1}, 0, {}, true, {-1}, ""}), "accepted");
}

TEST(Codec, BoundsOfWhatAWorkerIsTold) {
  using N = std::uint64_t;
  expect_bound("items", limits::lease_items_max, [](N n) { return Message(samples::grant(n)); });
  expect_bound("requests", limits::requests_of_item_max, [](N n) {
    return with(samples::grant(), [n](Grant& g) { g.items[1].requests.assign(n, "r"); });
  });
  expect_bound("request", limits::request_bytes_max, [](N n) {
    return with(samples::grant(), [n](Grant& g) { g.items[1].requests = {std::string(n, 'r')}; });
  });
  expect_bound("item", limits::text_bytes_max, [](N n) {
    return with(samples::grant(), [n](Grant& g) { g.items[1].item.assign(n, 'i'); });
  });
  expect_bound("task", limits::text_bytes_max, [](N n) {
    return with(samples::grant(), [n](Grant& g) { g.items[1].task.assign(n, 't'); });
  });
  expect_bound("index", limits::plan_items_max - 1,
               [](N n) { return with(samples::grant(), [n](Grant& g) { g.items[1].index = n; }); });
  expect_bound("slot", limits::slots_max - 1, [](N n) {
    return with(samples::grant(), [n](Grant& g) { g.slot = static_cast<std::uint32_t>(n); });
  });
  expect_bound("ranges", limits::ranges_max, [](N n) {
    Shrink shrink{{1}, {}};
    for (N i = 0; i < n; ++i) shrink.removed.push_back({2 * i, 2 * i + 1});
    return Message(shrink);
  });
  expect_bound("range end", limits::plan_items_max, [](N n) {
    return Message(Shrink{{1}, {{5, n}}});
  });
  EXPECT_NE(verdict(Welcome{1, {-1}, {1}}), "accepted");
  EXPECT_NE(verdict(Welcome{1, {1}, {-1}}), "accepted");
  EXPECT_EQ(verdict(Shrink{{1}, {{5, 9}, {8, 10}}}),
            "shrink.removed[1].begin: ranges overlap or descend");
  EXPECT_NE(verdict(Shrink{{1}, {{5, 4}}}), "accepted");
}

TEST(Codec, BoundsOfAModel) {
  using N = std::uint64_t;
  expect_bound("path", limits::text_bytes_max, [](N n) {
    return with(samples::grant(), [n](Grant& g) { g.model.path.assign(n, 'p'); });
  });
  expect_bound("options", limits::options_max, [](N n) {
    return with(samples::grant(), [n](Grant& g) {
      g.model.options.clear();
      for (N i = 0; i < n; ++i) g.model.options[std::to_string(i)] = "v";
    });
  });
  expect_bound("key", limits::name_bytes_max, [](N n) {
    return with(samples::grant(), [n](Grant& g) { g.model.options = {{std::string(n, 'k'), ""}}; });
  });
  expect_bound("value", limits::text_bytes_max, [](N n) {
    return with(samples::grant(), [n](Grant& g) {
      g.model.options = {{"k", std::string(n, 'v')}};
    });
  });
}

TEST(Codec, BoundsOfCommandsAndReplies) {
  using N = std::uint64_t;
  expect_bound("verb", limits::name_bytes_max, [](N n) {
    return Message(Command{1, 1, std::string(n, 'v'), "", {}});
  });
  expect_bound("attachments", limits::attachments_max, [](N n) {
    return Message(Command{1, 1, "v", "", std::vector<std::string>(n, "a")});
  });
  expect_bound("piece", limits::piece_bytes_max, [](N n) {
    return Message(Command{1, 1, "v", "", {std::string(n, 'p')}});
  });
  expect_bound("attachments", limits::attachments_max, [](N n) {
    return Message(Reply{1, ReplyCode::done, "", std::vector<std::string>(n, "a")});
  });
  expect_bound("piece", limits::piece_bytes_max, [](N n) {
    return Message(Reply{1, ReplyCode::done, "", {std::string(n, 'p')}});
  });
  expect_bound("code", 5, [](N n) { return Message(Reply{1, static_cast<ReplyCode>(n), "", {}}); });
  expect_bound("reason", 2, [](N n) {
    return Message(GiveBack{{1}, {1}, static_cast<GiveBackReason>(n), ""});
  });
}

TEST(Codec, ReportsAreCutRatherThanRefused) {
  const std::string wild = "\xff" + std::string(5000, 'e');
  const auto loaded = decode(encode(Loaded{{1}, 0, {}, false, {}, wild}));
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_EQ(std::get<Loaded>(*loaded).error, "?" + std::string(4095, 'e'));
  EXPECT_TRUE(decode(encode(GiveBack{{1}, {1}, GiveBackReason::draining, wild})));
  EXPECT_TRUE(decode(encode(Refusal{wild})));
}

TEST(Codec, TextForPeopleIsCutBetweenCharacters) {
  EXPECT_EQ(text_for_people(""), "");
  EXPECT_EQ(text_for_people("한글"), "한글");
  EXPECT_EQ(text_for_people("a\xc3(\xff"), "a?(?");
  EXPECT_EQ(text_for_people(std::string(4096, 'x')), std::string(4096, 'x'));
  for (std::size_t before = 4090; before <= 4096; ++before) {
    const std::string text = text_for_people(std::string(before, 'x') + "한글");
    EXPECT_LE(text.size(), limits::text_bytes_max);
    EXPECT_GE(text.size(), before);
    EXPECT_EQ(text.find('?'), std::string::npos) << before;
    EXPECT_TRUE(is_utf8(text));
  }
  EXPECT_EQ(text_for_people(std::string(5000, '\x80')), std::string(4096 - 3, '?'));
}

TEST(Codec, NamesOfMessagesAreTheSchemas) {
  std::set<std::string_view> names;
  for (const Message& message : full_messages()) names.insert(name_of(message));
  EXPECT_EQ(names.size(), std::variant_size_v<Message>);
  EXPECT_EQ(name_of(GiveBack{}), "giveBack");
  EXPECT_EQ(name_of(Reply{}), "reply");
}

}  // namespace
}  // namespace gwageo
