#include "coordinator/fact_codec.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <limits>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "coordinator/checks.h"
#include "coordinator/fact_json.h"
#include "protocol/digest.h"
#include "protocol/json.h"
#include "protocol/limits.h"
#include "tests/coordinator/fact_samples.h"
#include "tests/protocol/message_samples.h"

namespace gwageo {
namespace {

using samples::fact_digest;
using samples::full_facts;
using samples::minimal_facts;

Record record_of(const Fact& fact) {
  return Record{42, Instant{5000001}, WallTime{1795321813123456}, fact_digest(9), fact};
}

/// What decode_record says against the fact, or "accepted"; check_fact must agree.
std::string verdict(const Fact& fact) {
  const Result<Record> decoded = decode_record(encode_record(record_of(fact)));
  const Status checked = check_fact(fact);
  EXPECT_EQ(decoded.has_value(), checked.has_value()) << kind_of(fact);
  if (!decoded) {
    EXPECT_EQ(decoded.error().kind, ErrorKind::corrupt);
    EXPECT_TRUE(checked || checked.error().kind == ErrorKind::bad_input);
    return decoded.error().message;
  }
  EXPECT_EQ(*decoded, record_of(fact)) << kind_of(fact);
  return "accepted";
}

/// A copy of the full sample of T on which `change` was done.
template <class T, class Change>
Fact with(Change change) {
  for (Fact& fact : full_facts()) {
    if (T* const found = std::get_if<T>(&fact)) {
      change(*found);
      return *found;
    }
  }
  return {};
}

/// Expects `make(max)` to be accepted and `make(max + 1)` to be refused.
template <class Make>
void expect_bound(const char* what, std::uint64_t max, Make make) {
  EXPECT_EQ(verdict(make(max)), "accepted") << what << " at " << max;
  EXPECT_NE(verdict(make(max + 1)), "accepted") << what << " at " << max + 1;
}

TEST(FactCodec, EveryFactComesBackEqual) {
  const std::vector<Fact> full = full_facts();
  const std::vector<Fact> minimal = minimal_facts();
  ASSERT_EQ(full.size(), std::variant_size_v<Fact>);
  ASSERT_EQ(minimal.size(), std::variant_size_v<Fact>);
  for (std::size_t i = 0; i < full.size(); ++i) {
    EXPECT_EQ(full[i].index(), i);
    EXPECT_EQ(minimal[i].index(), i);
    EXPECT_EQ(verdict(full[i]), "accepted") << kind_of(full[i]);
    EXPECT_EQ(verdict(minimal[i]), "accepted") << kind_of(minimal[i]);
  }
}

TEST(FactCodec, TheRecordItselfComesBackEqual) {
  constexpr auto least = std::numeric_limits<std::int64_t>::min();
  constexpr auto most = std::numeric_limits<std::int64_t>::max();
  for (const std::int64_t wall : {least, std::int64_t{-1}, std::int64_t{0}, most}) {
    const Record record{std::numeric_limits<std::uint64_t>::max(), {most}, {wall}, {}, Founded{}};
    const Result<Record> decoded = decode_record(encode_record(record));
    ASSERT_TRUE(decoded) << decoded.error().message;
    EXPECT_EQ(*decoded, record);
  }
  Record negative = record_of(Founded{});
  negative.at = {-1};
  EXPECT_EQ(decode_record(encode_record(negative)).error().message,
            "founded record.at: -1 microseconds");
}

TEST(FactCodec, AStatementComesBackEqualAndIsChecked) {
  Record record = record_of(Founded{});
  const std::string without = encode_record(record);
  record.statement = Statement{"han", fact_digest(1), samples::fact_signature(7)};
  const std::string with = encode_record(record);
  EXPECT_EQ(decode_record(with).value(), record);
  EXPECT_EQ(decode_record(without)->statement, std::nullopt);
  EXPECT_EQ(with.size() - without.size(), 136u);
  record.statement->signer = "no name";
  EXPECT_NE(decode_record(encode_record(record)).error().message.find("statement.signer"),
            std::string::npos);
}

// These bytes are on disks: they must never change.
TEST(FactCodec, BytesAreFinal) {
  const Record record{1, {2}, {3}, {}, LeaseEnded{{41}, LeaseEnd::given_back}};
  std::string hex;
  for (const char c : encode_record(record)) {
    char digits[3];
    std::snprintf(digits, sizeof digits, "%02x", static_cast<unsigned char>(c));
    hex += digits;
  }
  EXPECT_EQ(hex,
            "0000000004000200"  // The root: a struct of four words and two pointers.
            "0100000000000000"  // sequence
            "0200000000000000"  // at
            "0300000000000000"  // wall
            "1000000000000000"  // Which fact: the 17th.
            "0500000002010000"  // previous: a list of 32 bytes, two words on.
            "1000000002000000"  // leaseEnded: a struct of two words, five words on.
            "0000000000000000"  // previous
            "0000000000000000"
            "0000000000000000"
            "0000000000000000"
            "2900000000000000"    // lease
            "0200000000000000");  // reason
  std::string all;
  for (const Fact& fact : full_facts()) {
    all += encode_record(record_of(fact));
  }
  EXPECT_EQ(to_hex(sha256(all)),
            "2da14f353aada648bbcfb88fa2a6c2a9ffab6b3d9d0df79f893a7cea1d084855");
}

// Without what records could not say before keys told workers apart, and loads were foreseen.
Fact before_keys_vouched(Fact fact) {
  if (auto* const model = std::get_if<ModelAdded>(&fact)) model->bytes = 0;
  auto* const drawn = std::get_if<AuditDrawn>(&fact);
  for (std::size_t i = 0; drawn != nullptr && i < drawn->parts.size(); ++i) {
    drawn->parts[i].not_by.clear();
  }
  return fact;
}

// Without what records could not say before models had several nodes.
Fact before_nodes(Fact fact) {
  fact = before_keys_vouched(std::move(fact));
  if (auto* const model = std::get_if<ModelAdded>(&fact)) model->nodes = 1;
  return fact;
}

// Without what records could not say before commands and batches were signed.
Fact before_signatures(Fact fact) {
  fact = before_nodes(std::move(fact));
  if (auto* const joined = std::get_if<WorkerJoined>(&fact)) joined->signs = false;
  return fact;
}

// Without what they could not say before the programme had rosters and stages.
Fact before_the_programme(Fact fact) {
  fact = before_signatures(std::move(fact));
  if (auto* const job = std::get_if<JobAccepted>(&fact)) job->cause.clear();
  if (auto* const model = std::get_if<ModelAdded>(&fact)) {
    model->training_cutoff.clear();
    model->submitted.clear();
    model->reason.clear();
    model->salt = 0;
  }
  if (auto* const retired = std::get_if<ModelRetired>(&fact)) retired->reason.clear();
  if (auto* const target = std::get_if<TargetAdded>(&fact)) target->reason.clear();
  if (auto* const cancelled = std::get_if<JobCancelled>(&fact)) cancelled->reason.clear();
  return fact;
}

// Without what they could not say before teams and tiers.
Fact before_teams(Fact fact) {
  fact = before_the_programme(std::move(fact));
  if (auto* const job = std::get_if<JobAccepted>(&fact)) {
    job->tier = Tier::campaign;
    job->within = {};
    job->gpus = 1;
  }
  if (auto* const granted = std::get_if<LeaseGranted>(&fact)) {
    granted->expected = {};
    granted->probe = false;
  }
  if (auto* const model = std::get_if<ModelAdded>(&fact)) {
    model->gpus = 1;
    model->gpu_kind.clear();
    model->gpu_memory_mib = 0;
  }
  return fact;
}

// What came later reads as 0 there, and is not written where it is 0.
TEST(FactCodec, OldRecordsKeepTheirBytes) {
  const auto digest_of = [](std::size_t kinds, Fact (*as_it_was)(Fact)) {
    std::string old;
    for (std::size_t i = 0; i < kinds; ++i) {
      old += encode_record(record_of(as_it_was(full_facts()[i])));
    }
    return to_hex(sha256(old));
  };
  EXPECT_EQ(digest_of(42, before_keys_vouched),
            "861a611576a05bbc390a8bb0b5a927884f1195406945c2348e0924661deaad4f");
  EXPECT_EQ(digest_of(39, before_nodes),
            "f9a340081c7d26fad1d66db4cff266165bc615787e55d60b64aa2f4963224fdf");
  EXPECT_EQ(digest_of(34, before_signatures),
            "3dbb6559669753969bb39842177a3e151db82431a4358a4dcf006624a7b861a9");
  EXPECT_EQ(digest_of(22, before_teams),
            "b5c4e152848479ea71df6c420a785ac5516e5e016c260e188f5a72f85663731a");
  EXPECT_EQ(digest_of(28, before_the_programme),
            "afaa1bd35ed855f3a9be4c1108147bf8e2af5e9f7953ffe1c6a77268dd75855f");
}

TEST(FactCodec, ProblemsNameTheFactAndTheField) {
  EXPECT_EQ(verdict(with<LeaseGranted>([](LeaseGranted& f) {
              f.ranges = {{0, 4}, {4, 8}, {7, 9}};
            })),
            "lease-granted record.fact.ranges[2].begin: ranges overlap or descend");
  EXPECT_EQ(verdict(with<Scored>([](Scored& f) { f.job = {}; })),
            "scored record.fact.job: 0, which is none");
  EXPECT_EQ(verdict(with<DayBegan>([](DayBegan& f) { f.date = "2026-02-29"; })),
            "day-began record.fact.date: no date YYYY-MM-DD");
  EXPECT_EQ(verdict(with<VerdictReached>([](VerdictReached& f) { f.verdict = "maybe"; })),
            "verdict-reached record.fact.verdict: \"maybe\" is none");
}

TEST(FactCodec, BoundsOfWhatExists) {
  using N = std::uint64_t;
  expect_bound("origin", limits::name_bytes_max, [](N n) {
    return Fact(Founded{std::string(n, 'o'), "UTC"});
  });
  expect_bound("name", limits::name_bytes_max,
               [](N n) { return Fact(ModelRetired{std::string(n, 'm')}); });
  expect_bound("role", 3, [](N n) {
    return with<PrincipalRegistered>(
        [n](PrincipalRegistered& f) { f.role = static_cast<Role>(n); });
  });
  expect_bound("items", limits::plan_items_max,
               [](N n) { return with<SuiteAdded>([n](SuiteAdded& f) { f.items = n; }); });
  expect_bound("model role", 1, [](N n) {
    return with<ModelAdded>([n](ModelAdded& f) { f.role = static_cast<ModelRole>(n); });
  });
  expect_bound("path", limits::text_bytes_max,
               [](N n) { return with<ModelAdded>([n](ModelAdded& f) { f.path.assign(n, 'p'); }); });
  expect_bound("options", limits::options_max, [](N n) {
    return with<ModelAdded>([n](ModelAdded& f) {
      f.options.clear();
      for (N i = 0; i < n; ++i) f.options[std::to_string(i)] = "v";
    });
  });
  for (const char* date : {"", "2026-13-01", "2026-1-01", "2026-01-01 ", "yesterday"}) {
    EXPECT_NE(verdict(DayBegan{date}), "accepted") << date;
  }
  EXPECT_NE(verdict(ModelRetired{""}), "accepted");
  EXPECT_NE(verdict(Founded{"\xff", ""}), "accepted");
}

TEST(FactCodec, BoundsOfChecks) {
  using N = std::uint64_t;
  expect_bound("again", check_share_one, [](N n) {
    return Fact(ChecksSet{static_cast<std::uint32_t>(n), 0, ""});
  });
  expect_bound("items", limits::lease_items_max, [](N n) {
    return with<AnswersChecked>([n](AnswersChecked& f) { f.items.resize(n, f.items.at(0)); });
  });
  expect_bound("finding", 4, [](N n) {
    return with<AnswersChecked>(
        [n](AnswersChecked& f) { f.items.at(0).finding = static_cast<CheckFinding>(n); });
  });
}

TEST(FactCodec, BoundsOfJobsAndLeases) {
  using N = std::uint64_t;
  expect_bound("adoptions", limits::adoptions_of_fact_max, [](N n) {
    return Fact(ItemsAdopted{{1}, std::vector<Adoption>(n, Adoption{0, 1, {2}, 0, true})});
  });
  expect_bound("adoption end", limits::plan_items_max, [](N n) {
    return Fact(ItemsAdopted{{1}, {{0, n, {2}, 0, true}}});
  });
  EXPECT_NE(verdict(ItemsAdopted{{1}, {{5, 5, {2}, 0, true}}}), "accepted");
  EXPECT_NE(verdict(ItemsAdopted{{1}, {{5, 6, {}, 0, true}}}), "accepted");
  expect_bound("slot", limits::slots_max - 1, [](N n) {
    return with<LeaseGranted>([n](LeaseGranted& f) { f.slot = static_cast<std::uint32_t>(n); });
  });
  expect_bound("ranges", limits::ranges_max, [](N n) {
    return with<LeaseGranted>([n](LeaseGranted& f) {
      f.ranges.clear();
      for (N i = 0; i < n; ++i) f.ranges.push_back({2 * i, 2 * i + 1});
    });
  });
  expect_bound("outcome", outcome_count - 1, [](N n) {
    return with<AttemptFailed>([n](AttemptFailed& f) { f.outcome = static_cast<Outcome>(n); });
  });
  expect_bound("outcome", outcome_count - 1, [](N n) {
    return with<ItemsGivenUp>([n](ItemsGivenUp& f) { f.outcome = static_cast<Outcome>(n); });
  });
  expect_bound("outcomes", limits::plan_items_max, [](N n) {
    return with<ResultsRecorded>([n](ResultsRecorded& f) { f.outcomes[6] = n; });
  });
  expect_bound("reason", 7, [](N n) {
    return with<LeaseEnded>([n](LeaseEnded& f) { f.reason = static_cast<LeaseEnd>(n); });
  });
  expect_bound("reason", 2 * limits::text_bytes_max, [](N n) {
    return Fact(JobFailed{{1}, std::string(n, 'r')});
  });
  expect_bound("request", limits::name_bytes_max, [](N n) {
    return with<JobAccepted>([n](JobAccepted& f) { f.request.assign(n, 'r'); });
  });
}

TEST(FactCodec, BoundsOfAShape) {
  expect_bound("memory", limits::gpu_memory_mib_max, [](std::uint64_t n) {
    return with<ModelAdded>(
        [n](ModelAdded& f) { f.gpu_memory_mib = static_cast<std::uint32_t>(n); });
  });
  for (const std::uint32_t gpus : {1U, 2U, 64U}) {
    EXPECT_EQ(verdict(with<JobAccepted>([&](JobAccepted& f) { f.gpus = gpus; })), "accepted");
  }
  for (const std::uint32_t gpus : {0U, 3U, 128U}) {
    EXPECT_NE(verdict(with<JobAccepted>([&](JobAccepted& f) { f.gpus = gpus; })), "accepted");
    EXPECT_NE(verdict(with<ModelAdded>([&](ModelAdded& f) { f.gpus = gpus; })), "accepted");
  }
  EXPECT_NE(verdict(with<ModelAdded>([](ModelAdded& f) { f.gpu_kind = "H 100"; })), "accepted");
  const auto spread = [](std::uint32_t gpus, std::uint32_t nodes) {
    return verdict(with<ModelAdded>([&](ModelAdded& f) {
      f.gpus = gpus;
      f.nodes = nodes;
    }));
  };
  for (const std::uint32_t nodes : {1U, 2U, 8U}) EXPECT_EQ(spread(8, nodes), "accepted") << nodes;
  for (const std::uint32_t nodes : {0U, 3U, 16U}) EXPECT_NE(spread(8, nodes), "accepted") << nodes;
  EXPECT_EQ(spread(2, 4),
            "model-added record.fact.nodes: 4, and 2 GPUs are not spread over so many evenly");
}

TEST(FactCodec, BoundsOfScores) {
  expect_bound("unscored", limits::plan_items_max,
               [](std::uint64_t n) { return with<Scored>([n](Scored& f) { f.unscored = n; }); });
  expect_bound("sums", limits::sums_of_fact_max, [](std::uint64_t n) {
    return with<Scored>([n](Scored& f) { f.sums.assign(n, {1, 2}); });
  });
}

TEST(FactCodec, BoundsOfThePool) {
  using N = std::uint64_t;
  const auto team = [](const char* what, N max, auto member) {
    expect_bound(what, max, [member](N n) {
      return with<TeamSet>([n, member](TeamSet& f) {
        f.*member = static_cast<std::remove_reference_t<decltype(f.*member)>>(n);
      });
    });
  };
  team("weight", limits::team_weight_max, &TeamSet::weight);
  team("guarantee", limits::team_slots_max, &TeamSet::guarantee);
  team("limit", limits::team_slots_max, &TeamSet::limit);
  team("jobs", limits::jobs_open_max, &TeamSet::jobs_max);
  team("items", limits::plan_items_max, &TeamSet::items_max);
  team("gpu hours", limits::team_gpu_hours_max, &TeamSet::gpu_hours_max);
  EXPECT_EQ(verdict(with<TeamSet>([](TeamSet& f) { f.weight = 0; })),
            "team-set record.fact.weight: 0 is not from 1 to 1000000");
  EXPECT_NE(verdict(with<TeamSet>([](TeamSet& f) { f.parent = "a b"; })), "accepted");
  expect_bound("priority", limits::priority_max, [](N n) {
    return Fact(JobPrioritised{{1}, static_cast<std::int32_t>(n), ""});
  });
  EXPECT_EQ(verdict(JobPrioritised{{1}, -limits::priority_max - 1, ""}),
            "job-prioritised record.fact.priority: -1001 is not from -1000 to 1000");
  EXPECT_NE(verdict(JobPaused{{}, true, "", ""}), "accepted");
  expect_bound("reason", limits::text_bytes_max, [](N n) {
    return Fact(WorkerQuarantined{"w", true, std::string(n, 'r'), ""});
  });
  expect_bound("tier", 3, [](N n) {
    return with<JobAccepted>([n](JobAccepted& f) { f.tier = static_cast<Tier>(n); });
  });
  EXPECT_NE(verdict(with<JobAccepted>([](JobAccepted& f) { f.within = {-1}; })), "accepted");
}

TEST(FactCodec, ARecordIsBounded) {
  TargetAdded target{"t", 1, ""};
  // 65,528 bytes is the longest whole number of words.
  std::size_t longest = 0;
  for (std::size_t size = limits::record_bytes_max - 300; size < 65536; ++size) {
    target.text.assign(size, 't');
    if (verdict(target) == "accepted") longest = size;
  }
  target.text.assign(longest, 't');
  EXPECT_EQ(encode_record(record_of(target)).size(), 65528u);
  target.text += "t";
  EXPECT_EQ(check_fact(target).error().message,
            "record: 65536 bytes are not whole words, at most 65535 bytes");
}

TEST(FactCodec, ThereIsOneFormOnly) {
  for (const Fact& fact : full_facts()) {
    const std::string bytes = encode_record(record_of(fact));
    EXPECT_EQ(encode_record(record_of(fact)), bytes);
    EXPECT_FALSE(decode_record(bytes + std::string(8, '\0'))) << "one more word";
    EXPECT_FALSE(decode_record(bytes + bytes));
    EXPECT_FALSE(decode_record(std::string(4, '\0') + std::string(4, '\1') + bytes));
  }
  EXPECT_FALSE(decode_record(""));
  EXPECT_FALSE(decode_record(std::string(8, '\0')));
  EXPECT_FALSE(decode_record(std::string(65536, '\0')));
}

TEST(FactCodec, TruncatedAnywhere) {
  for (const Fact& fact : full_facts()) {
    const std::string bytes = encode_record(record_of(fact));
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      EXPECT_FALSE(decode_record(std::string_view(bytes).substr(0, size))) << kind_of(fact);
    }
  }
}

TEST(FactCodec, EveryFlippedBitIsSeen) {
  for (const Fact& fact : full_facts()) {
    const Record record = record_of(fact);
    const std::string bytes = encode_record(record);
    for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
      std::string flipped = bytes;
      flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << bit % 8));
      const Result<Record> decoded = decode_record(flipped);
      ASSERT_TRUE(!decoded || *decoded != record) << kind_of(fact) << ", bit " << bit;
      ASSERT_TRUE(!decoded || encode_record(*decoded) == flipped);
    }
  }
}

TEST(FactCodec, TwentyThousandDamagedRecords) {
  samples::Dice dice(20261122);
  std::vector<std::string> records;
  for (const Fact& fact : full_facts()) records.push_back(encode_record(record_of(fact)));
  for (int round = 0; round < 20000; ++round) {
    std::string bytes = records[dice.roll(records.size())];
    for (std::uint64_t changes = 1 + dice.roll(4); changes > 0; --changes) {
      bytes[dice.roll(bytes.size())] = static_cast<char>(dice.roll(256));
    }
    const Result<Record> decoded = decode_record(bytes);
    ASSERT_TRUE(!decoded || encode_record(*decoded) == bytes);
  }
}

TEST(FactCodec, KindsAreDistinct) {
  std::set<std::string_view> kinds;
  for (const Fact& fact : full_facts()) kinds.insert(kind_of(fact));
  EXPECT_EQ(kinds.size(), std::variant_size_v<Fact>);
  EXPECT_EQ(kind_of(LeaseGranted{}), "lease-granted");
  EXPECT_EQ(kind_of(VerdictReached{}), "verdict-reached");
}

TEST(FactJson, NamesEveryField) {
  EXPECT_EQ(
      to_json(record_of(LeaseGranted{{41}, {7}, {9}, 3, {{0, 16}, {20, 24}}, true, {5}, false}))
          .dump(),
      R"({"sequence":42,"at":5000001,"wall":"2026-11-22T04:30:13.123456Z","previous":")" +
          to_hex(fact_digest(9)) +
          R"(","kind":"lease-granted","fact":{"lease":41,"job":7,"worker":"9","slot":3,)"
          R"("ranges":[[0,16],[20,24]],"copy":true,"expected":5,"probe":false}})");
  const Json scored = to_json(record_of(full_facts()[20]));
  EXPECT_EQ(
      scored.find("fact")->find("outcomes")->dump(),
      R"({"answered":990,"truncated":4,"refused_by_engine":3,"engine_failed":2,"timed_out":1})");
  EXPECT_EQ(scored.find("fact")->find("sums")->dump(), "[[512,1000],[0,0]]");
  EXPECT_EQ(to_json(record_of(full_facts()[10])).find("fact")->find("worker")->as_string(),
            "18364758544493064720");
  for (const Fact& fact : full_facts()) {
    const Json json = to_json(record_of(fact));
    EXPECT_EQ(json.find("kind")->as_string(), kind_of(fact));
    const bool says_something = !std::holds_alternative<SlotsCharged>(fact);
    EXPECT_EQ(!json.find("fact")->as_object().empty(), says_something);
    EXPECT_EQ(Json::parse(json.dump()).value(), json);
  }
}

TEST(FactJson, WallTimesOfAnyKind) {
  const auto wall = [](std::int64_t at) {
    return to_json(Record{0, {}, {at}, {}, Founded{}}).find("wall")->as_string();
  };
  EXPECT_EQ(wall(0), "1970-01-01T00:00:00.000000Z");
  EXPECT_EQ(wall(-1), "1969-12-31T23:59:59.999999Z");
  EXPECT_EQ(wall(951825600000000), "2000-02-29T12:00:00.000000Z");
  EXPECT_EQ(wall(951868800000000), "2000-03-01T00:00:00.000000Z");
  EXPECT_EQ(wall(4107542399000000), "2100-02-28T23:59:59.000000Z");
  EXPECT_EQ(wall(4107542400000000), "2100-03-01T00:00:00.000000Z");
  EXPECT_EQ(wall(1798761599000000), "2026-12-31T23:59:59.000000Z");
  EXPECT_EQ(wall(-62167219200000000), "0000-01-01T00:00:00.000000Z");
  EXPECT_EQ(wall(-62167219200000001), "-62167219200000001");
  EXPECT_EQ(wall(253402300799999999), "9999-12-31T23:59:59.999999Z");
  EXPECT_EQ(wall(253402300800000000), "253402300800000000");
  EXPECT_EQ(wall(std::numeric_limits<std::int64_t>::min()), "-9223372036854775808");
}

}  // namespace
}  // namespace gwageo
