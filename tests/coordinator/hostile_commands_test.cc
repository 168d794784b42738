// Commands with bodies that nobody means: members of other verbs, values of other types, names of
// things that are not there or of another kind, numbers at every edge. Each gets an answer, and
// what is on record is still lawful.
//
//   GWAGEO_COMMANDS  how many (20000, under a sanitizer 5000; ops/soak: 1000000)
#include <gtest/gtest.h>

#include <cstdlib>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "coordinator/commands.h"
#include "tests/coordinator/programme_hall.h"

namespace gwageo::testing {
namespace {

/// So many are said in one hall; then another begins, so that it stays small.
constexpr std::uint64_t commands_of_hall = 400;

// A sanitizer takes 20 to 40 times as long for each of them.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::uint64_t commands_usual = 5000;
#else
constexpr std::uint64_t commands_usual = 20000;
#endif

std::uint64_t commands_wanted() {
  const char* const given = std::getenv("GWAGEO_COMMANDS");
  return given == nullptr ? commands_usual : std::strtoull(given, nullptr, 10);
}

/// Every member that some verb reads, and some that none does.
const std::vector<std::string>& members() {
  static const std::vector<std::string> names = {
      "after",      "as_of",       "board",      "body",
      "by",         "candidate",   "categories", "class",
      "component",  "count",       "curve_key",  "date",
      "day",        "days",        "decision",   "digest",
      "engine",     "evidence",    "file",       "files",
      "first_seen", "format",      "from",       "gate",
      "gpu_hours",  "gpus",        "guarantee",  "job",
      "jobs",       "last",        "limit",      "main",
      "model",      "name",        "on",         "options",
      "parent",     "part",        "passed",     "path",
      "piece",      "points",      "policy",     "position",
      "principal",  "priority",    "reason",     "released",
      "request",    "role",        "rule",       "sign_key",
      "size",       "skip_lookup", "slots",      "stage",
      "submitted",  "suite",       "target",     "team",
      "text",       "tier",        "to",         "training_cutoff",
      "verdict",    "version",     "weight",     "within",
      "worker",     "nodes"};
  return names;
}

Json some_value(std::mt19937_64& random, int depth = 0) {
  static const std::vector<std::string> texts = {"",
                                                 "t",
                                                 "s",
                                                 "s@1",
                                                 "s@99999999999",
                                                 "ref-100",
                                                 "good-150",
                                                 "weak-20",
                                                 "1",
                                                 "2",
                                                 "0",
                                                 "-1",
                                                 "18446744073709551616",
                                                 "red",
                                                 "blue",
                                                 "op",
                                                 "chair",
                                                 "conduct",
                                                 "t/good-150",
                                                 "t/none",
                                                 "2026-06-30",
                                                 "2026-13-01",
                                                 "9999-12-31",
                                                 "0001-01-01",
                                                 "w1",
                                                 "campaign",
                                                 "candidate",
                                                 "reference",
                                                 "paced",
                                                 "recorded",
                                                 "team",
                                                 "worker",
                                                 "s-1",
                                                 "target: t\nsuite: s\nwindow: {months: 6}\n",
                                                 "model,t\na,1\n",
                                                 "livebench",
                                                 "claims",
                                                 "../..",
                                                 "x y",
                                                 "\xc3\xa9",
                                                 "whole",
                                                 "-",
                                                 "7"};
  static const std::vector<std::int64_t> numbers = {
      0, 1, 2, 3, 7, 100, 200, 1000, 65536, -1, INT64_MAX, INT64_MIN, std::int64_t{1} << 32};
  switch (random() % (depth < 3 ? 9 : 6)) {
    case 0: return Json(nullptr);
    case 1: return Json(random() % 2 == 0);
    case 2: return Json(numbers[random() % numbers.size()]);
    case 3: return Json(0.5 * static_cast<double>(random() % 9) - 1);
    case 4: return Json(to_hex(sha256(texts[random() % texts.size()])));
    case 6: {
      Json list = Json::array();
      for (std::uint64_t i = random() % 4; i > 0; --i)
        list.push_back(some_value(random, depth + 1));
      return list;
    }
    case 7: {
      Json object = Json::object();
      for (std::uint64_t i = random() % 4; i > 0; --i) {
        object[members()[random() % members().size()]] = some_value(random, depth + 1);
      }
      return object;
    }
    default: return Json(texts[random() % texts.size()]);
  }
}

/// Such a hall in the middle of its work.
std::unique_ptr<ProgrammeHall> hall_at_work() {
  auto hall = std::make_unique<ProgrammeHall>();
  hall->target("gates: {conduct: {decision: {rule: '7'}}}\n");
  hall->examine();
  hall->open("s-1");
  return hall;
}

TEST(HostileCommands, EachIsAnsweredAndNothingUnlawfulIsRecorded) {
  const std::vector<std::string> all = verbs();
  std::mt19937_64 random(20261127);
  std::unique_ptr<ProgrammeHall> hall;
  std::uint64_t done = 0;
  const std::uint64_t wanted = commands_wanted();
  for (std::uint64_t i = 0; i < wanted; ++i) {
    if (i % commands_of_hall == 0) hall = hall_at_work();
    const std::string& verb = all[random() % all.size()];
    Json body = Json::object();
    for (std::uint64_t count = random() % 7; count > 0; --count) {
      body[members()[random() % members().size()]] = some_value(random);
    }
    // The members that most verbs ask for first, so that many come further.
    if (random() % 2 == 0) body["target"] = "t";
    if (random() % 2 == 0) body["model"] = random() % 2 == 0 ? "good-150" : "ref-100";
    std::vector<std::string> attachments;
    if (random() % 4 == 0) attachments.push_back(std::string(random() % 300, 'a'));
    SCOPED_TRACE(verb + " " + body.dump());
    const char* const who = random() % 4 == 0 ? "blue" : "op";
    const Reply reply = hall->say(verb, body, attachments, who);
    const Result<Json> answer = Json::parse(reply.body);
    ASSERT_TRUE(answer) << reply.body;
    const bool is_refused = answer->find("error") != nullptr;
    EXPECT_EQ(is_refused, reply.code != ReplyCode::done && reply.code != ReplyCode::no)
        << reply.body;
    done += !is_refused;
    if ((i + 1) % commands_of_hall == 0) {
      hall->examine();
      hall->restart();  // What is on record has to lead there again.
    }
  }
  std::printf("%llu of %llu were done\n", static_cast<unsigned long long>(done),
              static_cast<unsigned long long>(wanted));
  EXPECT_GT(done, wanted / 20);
}

}  // namespace
}  // namespace gwageo::testing
