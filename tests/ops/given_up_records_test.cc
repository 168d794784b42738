// Records that a recovery gives up, and what the store still holds of them.
#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <memory>

#include "coordinator/fact_codec.h"
#include "coordinator/keys.h"
#include "coordinator/result_block.h"
#include "coordinator/rocks_store.h"
#include "tests/ops/program.h"

namespace gwageo::testing {
namespace {

namespace fs = std::filesystem;

class GivenUpRecords : public ProgramTest {
 protected:
  /// A pool whose job 1 is over, a mirror of before it, and one of after it.
  void SetUp() override {
    write_suite("sums");
    pid_t pool = up();
    done({"suite", "add", "sums/suite.yaml"});
    add_paced("m1", "candidate", "2026-01-01", "4");
    done({"backup", "backup"});
    EXPECT_EQ(stop(pool), 0);
    done({"audit", "export", "gwageo-data", "--out", "early"});
    pool = up();
    done({"submit", "--model", "m1", "--suite", "sums", "--wait"});
    EXPECT_EQ(stop(pool), 0);
    done({"audit", "export", "gwageo-data", "--out", "late"});
  }
  static std::unique_ptr<Store> store_of(const std::string& data) {
    RocksOptions options;
    options.path = data + "/store";
    return open_rocks_store(options).value();
  }
  /// Takes away every record from the first that `is_it` says yes of on; returns how many are left.
  std::uint64_t lose_from(const std::function<bool(const Fact&)>& is_it) const {
    const std::unique_ptr<Store> store = store_of(path("gwageo-data"));
    std::uint64_t left = 0;
    WriteBatch batch;
    const keys::KeyRange all = keys::journal_from(0);
    EXPECT_TRUE(store->scan(all.first, all.second, [&](std::string_view key, auto bytes) {
      const bool is_lost = !batch.empty() || is_it(decode_record(bytes).value().fact);
      if (is_lost) batch.erasures.emplace_back(key);
      if (!is_lost) ++left;
      return true;
    }));
    EXPECT_TRUE(store->write(batch, Sync::yes));
    return left;
  }
  /// Keys of the blocks of results that are in the store.
  static std::size_t blocks_in(const Store& store) {
    std::size_t count = 0;
    EXPECT_TRUE(store.scan("r", "s", [&](auto, auto) {
      ++count;
      return true;
    }));
    return count;
  }
  static std::int64_t count(const Json& document, const std::string& name) {
    return document.find(name)->as_integer();
  }
  void expect_a_new_job_is_its_own() {
    const pid_t pool = up();
    done({"submit", "--model", "m1", "--suite", "sums", "--wait"});
    EXPECT_EQ(stop(pool), 0);
    done({"audit", "rescore", "gwageo-data"});
  }
};

TEST_F(GivenUpRecords, AnswersOfAJobThatIsGivenUpAreSetAside) {
  const std::uint64_t left =
      lose_from([](const Fact& fact) { return std::get_if<JobAccepted>(&fact) != nullptr; });
  const std::size_t blocks = blocks_in(*store_of(path("gwageo-data")));
  ASSERT_GT(blocks, 0U);
  // A store that has them is not whole.
  fs::remove(path("gwageo-data/checkpoint"));
  fs::copy(path("early/checkpoint"), path("gwageo-data/checkpoint"));
  fs::rename(path("gwageo-data/tiles"), path("tiles"));
  const Ran told = run({"audit", "verify", "gwageo-data"});
  EXPECT_EQ(told.code, 1);
  EXPECT_NE(told.out.find("job 1 has a block of results that no record vouches for"),
            std::string::npos)
      << told.out;
  // Nobody goes on without them unasked.
  const std::string accept = "--accept-loss " + std::to_string(left);
  const Ran refused = run({"recover", "--from", "early"});
  EXPECT_EQ(refused.code, 1);
  EXPECT_NE(refused.out.find("of which no record speaks"), std::string::npos) << refused.out;
  EXPECT_NE(refused.out.find(accept), std::string::npos) << refused.out;
  expect({"coordinator"}, 1, {"is not complete", accept});
  fs::rename(path("tiles"), path("gwageo-data/tiles"));
  // Whether they can be set aside is known before anything is moved.
  const std::string aside = "gwageo-data/lost-" + std::to_string(left);
  const std::vector<std::string> recover = {
      "recover", "--from", "early", "--accept-loss", std::to_string(left), "--json"};
  fs::create_directories(path(aside));
  write(aside + "/results.archive", "of before");
  expect(recover, 2, {"results.archive: is there already", "nothing is written"});
  EXPECT_TRUE(fs::exists(path("gwageo-data/tiles/checkpoint")));
  fs::remove(path(aside + "/results.archive"));
  const Json accepted = done(recover).json();
  EXPECT_EQ(count(accepted, "results_set_aside"), static_cast<std::int64_t>(blocks));
  EXPECT_EQ(blocks_in(*store_of(path("gwageo-data"))), 0U);
  EXPECT_TRUE(fs::exists(path(aside + "/tiles/checkpoint")));
  done({"audit", "verify", "gwageo-data"});
  // They are no loss where a mirror with their records is found after all.
  done({"restore", "backup", "--data", "r1"});
  const Ran found = run({"recover", "--from", "late", "--rows", aside + "/results.archive",
                         "--data", "r1", "--json"});
  EXPECT_EQ(count(found.json(), "result_blocks_missing"), 0) << found.out << found.err;
  EXPECT_EQ(count(found.json(), "rows_refused"), 0) << found.out;
  expect_a_new_job_is_its_own();
}

TEST_F(GivenUpRecords, AnswersOfAJobThatGoesOnAreSetAside) {
  const std::uint64_t left =
      lose_from([](const Fact& fact) { return std::get_if<ResultsRecorded>(&fact) != nullptr; });
  const Ran accepted = done({"recover", "--from", "early", "--accept-loss", std::to_string(left)});
  EXPECT_NE(accepted.out.find("results.archive (jobs 1)"), std::string::npos) << accepted.out;
  done({"audit", "verify", "gwageo-data"});
  expect_a_new_job_is_its_own();
}

// All answers had come, nothing was scored, and nobody has them any more.
TEST_F(GivenUpRecords, AJobWhoseAnswersNobodyHasIsClosedOnRecord) {
  const std::uint64_t left =
      lose_from([](const Fact& fact) { return std::get_if<Scored>(&fact) != nullptr; });
  {
    const std::unique_ptr<Store> store = store_of(path("gwageo-data"));
    WriteBatch batch;
    ASSERT_TRUE(store->scan("r", "s", [&](std::string_view key, auto) {
      batch.erasures.emplace_back(key);
      return true;
    }));
    ASSERT_TRUE(store->write(batch, Sync::yes));
  }
  const std::vector<std::string> recover = {"recover", "--from", "early", "--accept-loss",
                                            std::to_string(left)};
  EXPECT_EQ(run(recover).code, 1);
  expect({"coordinator"}, 1, {"is not complete", "answers of ", "(jobs 1)"});
  fs::remove(path("gwageo-data/incomplete"));
  pid_t pool = up();
  const auto told = [&] { return run({"status", "1"}).out; };
  ASSERT_TRUE(eventually([&] {
    return told().find("damaged: answers of lease") != std::string::npos;
  })) << told();
  EXPECT_NE(done({"explain", "1"}).out.find("It is damaged: answers of lease "), std::string::npos);
  expect({"results", "1"}, 1, {"job 1: answers of lease ", "gwageo cancel 1"});
  done({"status", "1", "--watch"});
  done({"cancel", "1"});
  EXPECT_NE(told().find("reason: operator: answers of lease "), std::string::npos) << told();
  done({"submit", "--model", "m1", "--suite", "sums", "--wait"});
  EXPECT_NE(done({"explain", "2"}).out.find("40 were executed for this job"), std::string::npos);
  EXPECT_EQ(stop(pool), 0);
  const Ran verified = done({"audit", "verify", "gwageo-data"});
  EXPECT_NE(verified.out.find("of results are gone or altered, of jobs that were closed"),
            std::string::npos)
      << verified.out;
  done({"audit", "rescore", "gwageo-data"});
  done({"audit", "export", "gwageo-data", "--out", "mirror"});
  done({"recover", "--from", "mirror"});
  pool = up();
  EXPECT_EQ(stop(pool), 0);
}

// Somebody with the disk put other answers in the place of those that had come.
TEST_F(GivenUpRecords, AJobWhoseAnswersWereAlteredIsNotScoredAndIsClosedOnRecord) {
  const std::uint64_t left =
      lose_from([](const Fact& fact) { return std::get_if<Scored>(&fact) != nullptr; });
  done({"recover", "--from", "early", "--accept-loss", std::to_string(left)});
  {
    const std::unique_ptr<Store> store = store_of(path("gwageo-data"));
    WriteBatch batch;
    ASSERT_TRUE(store->scan("r", "s", [&](std::string_view key, std::string_view bytes) {
      ResultBlock block = decode_result_block(bytes).value();
      block.items.front().responses.front() = encode(Response{});
      batch.puts.emplace_back(key, encode(block));
      return true;
    }));
    ASSERT_TRUE(store->write(batch, Sync::yes));
  }
  const Ran seen = run({"audit", "verify", "gwageo-data"});
  EXPECT_EQ(seen.code, 1);
  EXPECT_NE(seen.out.find("differ from what was recorded"), std::string::npos) << seen.out;
  const pid_t pool = up();
  const auto told = [&] { return run({"status", "1"}).out; };
  ASSERT_TRUE(eventually([&] {
    return told().find("are there and are not what was recorded") != std::string::npos;
  })) << told();
  expect({"results", "1"}, 1, {"job 1: answers of lease ", "gwageo cancel 1"});
  done({"cancel", "1"});
  done({"submit", "--model", "m1", "--suite", "sums", "--wait"});
  EXPECT_NE(done({"explain", "2"}).out.find("40 were executed for this job"), std::string::npos);
  EXPECT_EQ(stop(pool), 0);
  const Ran verified = done({"audit", "verify", "gwageo-data"});
  EXPECT_NE(verified.out.find("of jobs that were closed"), std::string::npos) << verified.out;
  done({"audit", "rescore", "gwageo-data"});
}

}  // namespace
}  // namespace gwageo::testing
