// The kill loop: a pool of real processes works through jobs while its coordinator, its workers or
// all of it are ended by kill -9 at random moments. Nothing that was ever shown may be lost,
// nothing may be counted twice, work goes on within 5 s, and the roots are those of a pool in
// peace.
//
//   GWAGEO_KILL_ROUNDS  how often somebody is killed (30)
//   GWAGEO_KILL_SEED    whom and when (1)
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <random>
#include <set>

#include "tests/e2e/pool.h"

namespace gwageo::e2e {
namespace {

constexpr int items_of_job = 3000;
constexpr int models = 3;
/// Less left to do, and another job is submitted: enough for the longest wait for a worker.
constexpr std::int64_t items_ahead = 4000;
constexpr Milliseconds lease_within{5000};
/// `up` starts a worker that dies again and again, as here, only after a pause of up to 5 s.
constexpr Milliseconds worker_within = lease_within + Milliseconds(5000);

int number_from(const char* variable, int otherwise) {
  const char* const given = std::getenv(variable);
  return given == nullptr ? otherwise : std::atoi(given);
}

/// The last lines of a log.
std::string end_of(const std::filesystem::path& log) {
  const std::string all = read_file(log);
  return all.substr(all.size() - std::min<std::size_t>(all.size(), 2000));
}

std::string model_name(int job) { return "pace-" + std::to_string(job % models); }

void add_suite_and_models(const Pool& pool, const std::filesystem::path& folder) {
  pool.ask({"suite", "add", write_paced_suite(folder, "paced", items_of_job)});
  // Two calls of 10 ms at a time: 200 items a second and worker, in every round.
  for (int i = 0; i < models; ++i) pool.add_paced_model(model_name(i), 10, 2, 11 + i);
}

/// The journal as a client reads it, page by page, with what must hold of every page.
class JournalReader {
 public:
  /// Reads what is new; what was read before must still be there.
  void read(const Pool& pool) {
    const std::int64_t from = last_.is_null() ? 0 : whole(last_, {"sequence"});
    const Json page = pool.ask({"journal", "--from", std::to_string(from)});
    ASSERT_FALSE(page.as_array().empty()) << "records from " << from << " on are gone";
    if (!last_.is_null()) {
      ASSERT_EQ(page.as_array().front().dump(), last_.dump());
    }
    for (const Json& record : page.as_array()) {
      if (record == last_) continue;
      ASSERT_EQ(whole(record, {"sequence"}), last_.is_null() ? 0 : whole(last_, {"sequence"}) + 1);
      last_ = record;
      note(text(record, {"kind"}), at(record, {"fact"}));
    }
  }

  /// From now on, who was there before does not count.
  void forget() {
    is_served_ = false;
    lives_.clear();
    leased_lives_.clear();
    forget_leases();
  }
  void forget_leases() {
    is_leased_ = false;
    is_led_ = false;
  }
  /// Whether something was leased since.
  bool is_leased() const { return is_leased_; }
  /// Whether a coordinator has started since, and leased something.
  bool is_led() const { return is_led_; }
  /// Whether a worker of that name has joined since, and was leased something.
  bool is_at_work(const std::string& worker) const {
    const auto life = lives_.find(worker);
    return life != lives_.end() && leased_lives_.contains(life->second);
  }

 private:
  void note(const std::string& kind, const Json& fact) {
    if (kind == "coordinator-started") is_served_ = true;
    if (kind == "worker-joined") lives_[text(fact, {"name"})] = text(fact, {"worker"});
    if (kind == "lease-granted") {
      is_leased_ = true;
      is_led_ = is_served_;
      leased_lives_.insert(text(fact, {"worker"}));
    }
    if (kind != "results-recorded") return;
    for (const Json& range : at(fact, {"ranges"}).as_array()) {
      const std::int64_t end = range.as_array()[1].as_integer();
      for (std::int64_t i = range.as_array()[0].as_integer(); i < end; ++i) {
        EXPECT_TRUE(counted_.emplace(whole(fact, {"job"}), i).second)
            << "item " << i << " is counted twice: " << fact.dump();
      }
    }
  }

  Json last_;
  bool is_served_ = false;
  bool is_leased_ = false;
  bool is_led_ = false;
  std::map<std::string, std::string> lives_;
  std::set<std::string> leased_lives_;
  std::set<std::pair<std::int64_t, std::int64_t>> counted_;
};

/// Who was killed in a round.
struct Victims {
  bool coordinator = false;
  bool everybody = false;
  std::vector<std::string> workers;

  std::string text() const {
    if (everybody) return "everybody";
    std::string names = coordinator ? "coordinator" : "";
    for (const std::string& worker : workers) names += (names.empty() ? "" : " and ") + worker;
    return names;
  }
};

class KillLoop : public ::testing::Test {
 protected:
  std::uint64_t drawn(std::uint64_t below) { return random_() % below; }

  /// Every job of the pool, by its id, as it is now.
  std::map<std::string, Json> jobs() const {
    std::map<std::string, Json> found;
    const Json status = pool_.ask({"status"});
    for (const Json& job : at(status, {"jobs"}).as_array()) found[text(job, {"job"})] = job;
    return found;
  }

  /// Looks at every job: what was done once stays done, and nothing fails. Returns what is done in
  /// all.
  std::int64_t look() {
    std::int64_t done_in_all = 0;
    left_ = 0;
    for (const auto& [id, job] : jobs()) {
      const std::int64_t done = whole(job, {"items", "done"});
      EXPECT_GE(done, seen_[id]) << "acknowledged results of job " << id << " are lost";
      EXPECT_EQ(whole(job, {"items", "failed"}), 0) << job.dump();
      seen_[id] = done;
      done_in_all += done;
      left_ += whole(job, {"items", "total"}) - done;
    }
    return done_in_all;
  }

  /// Submits jobs until there is enough to do. The first of each model finds nothing known; of the
  /// later ones every fourth reuses what is there or under way, the others do it all anew.
  void keep_busy() {
    look();
    while (left_ < items_ahead) {
      const int next = static_cast<int>(submitted_.size());
      std::vector<std::string> more;
      if (next >= models && next % 4 != 3) more = {"--skip-lookup"};
      const std::string request = "job-" + std::to_string(next);
      const std::string id = pool_.submit(request, model_name(next), "paced", more);
      EXPECT_EQ(pool_.submit(request, model_name(next), "paced", more), id);
      submitted_[id] = next;
      look();
    }
  }

  /// Lets a random number of results flow in.
  void await_progress() {
    const std::int64_t aim = look() + static_cast<std::int64_t>(5 + drawn(200));
    ASSERT_TRUE(eventually(Milliseconds(30000), [&] { return look() >= aim || left_ == 0; }));
    ASSERT_GT(left_, 0) << "nothing was left to do when somebody was to be killed";
  }

  /// Draws who is to die: the coordinator about half of the time, now and then two or everybody.
  Victims draw() {
    const std::uint64_t lot = drawn(100);
    Victims victims;
    victims.everybody = lot >= 92;
    victims.coordinator = lot < 45 || (lot >= 75 && lot < 82) || victims.everybody;
    const int workers = lot < 45 || victims.everybody ? 0 : lot >= 82 ? 2 : 1;
    std::vector<std::string> names = {"w1", "w2", "w3"};
    std::shuffle(names.begin(), names.end(), random_);
    for (int i = 0; i < workers; ++i) victims.workers.push_back(names[static_cast<std::size_t>(i)]);
    return victims;
  }

  /// Kills them. Returns from when on the pool has its time to be back.
  Clock::time_point kill(const Victims& victims) {
    if (victims.everybody) {
      pool_.kill_everybody();
      const Clock::time_point again = Clock::now();
      pool_.start();
      return again;
    }
    const Clock::time_point now = Clock::now();
    for (const Daemon& daemon : daemons_of(pool_.data())) {
      const bool is_worker =
          std::count(victims.workers.begin(), victims.workers.end(), daemon.name) > 0;
      if ((daemon.verb == "coordinator" && victims.coordinator) || is_worker) {
        ::kill(daemon.id, SIGKILL);
      }
    }
    return now;
  }

  void round() {
    keep_busy();
    await_progress();
    if (HasFatalFailure()) return;
    journal_.read(pool_);
    journal_.forget();
    const Victims victims = draw();
    const Clock::time_point since = kill(victims);
    if (!victims.coordinator) {
      journal_.read(pool_);
      journal_.forget_leases();
    }
    const bool goes_on = eventually(lease_within, [&] {
      journal_.read(pool_);
      return HasFatalFailure() || (victims.coordinator ? journal_.is_led() : journal_.is_leased());
    });
    const auto took = std::chrono::duration_cast<Milliseconds>(Clock::now() - since);
    longest_ = std::max(longest_, took);
    EXPECT_TRUE(goes_on && took < lease_within)
        << "no new lease " << took.count() << " ms after the death of " << victims.text() << "\n"
        << end_of(pool_.data() / "log/up.log");
    for (const std::string& worker : victims.workers) {
      EXPECT_TRUE(eventually(worker_within,
                             [&] {
                               journal_.read(pool_);
                               return HasFatalFailure() || journal_.is_at_work(worker);
                             }))
          << worker << " does not come back\n"
          << end_of(pool_.data() / "log/up.log");
    }
    ++deaths_[victims.text().substr(0, 1) == "w" ? "workers" : victims.text()];
    look();
  }

  /// Every job to its end: everything answered, and every request by work that was done once.
  std::map<std::string, Json> finish() {
    std::map<std::string, Json> found;
    for (const auto& [id, job] : submitted_) {
      const Json results = pool_.results(id);
      EXPECT_EQ(text(results, {"state"}), "complete");
      EXPECT_EQ(whole(results, {"coverage", "answered"}), items_of_job);
      EXPECT_EQ(whole(results, {"executed"}) + whole(results, {"reused"}), items_of_job)
          << results.dump();
      found[id] = results;
    }
    journal_.read(pool_);
    EXPECT_TRUE(at(pool_.ask({"audit", "verify"}), {"ok"}).as_bool());
    EXPECT_TRUE(at(pool_.ask({"audit", "rescore"}), {"ok"}).as_bool());
    return found;
  }

  TemporaryFolder folder_;
  Pool pool_{folder_.path() / "disturbed", 3};
  std::mt19937_64 random_{static_cast<std::uint64_t>(number_from("GWAGEO_KILL_SEED", 1))};
  JournalReader journal_;
  std::map<std::string, std::int64_t> seen_;  ///< Results that were seen as done, by job.
  std::int64_t left_ = 0;
  std::map<std::string, int> submitted_;  ///< Jobs, with their number in the order of submission.
  std::map<std::string, int> deaths_;
  Milliseconds longest_{0};
};

TEST_F(KillLoop, LosesNothingAndCountsNothingTwice) {
  pool_.start();
  add_suite_and_models(pool_, folder_.path() / "suite");
  const int rounds = number_from("GWAGEO_KILL_ROUNDS", 30);
  for (int i = 0; i < rounds && !HasFailure(); ++i) {
    SCOPED_TRACE("round " + std::to_string(i));
    round();
  }
  std::printf("%d rounds, %zu jobs, a new lease after at most %lld ms; killed:", rounds,
              submitted_.size(), static_cast<long long>(longest_.count()));
  for (const auto& [who, times] : deaths_) std::printf(" %s %d;", who.c_str(), times);
  std::printf("\n");
  ASSERT_FALSE(HasFailure());
  const std::map<std::string, Json> disturbed = finish();
  EXPECT_LT(pool_.stop(), Milliseconds(5000));

  Pool quiet(folder_.path() / "undisturbed", 6);
  quiet.start();
  add_suite_and_models(quiet, folder_.path() / "suite");
  std::vector<std::string> ids;
  for (int i = 0; i < models; ++i) {
    ids.push_back(quiet.submit("job-" + std::to_string(i), model_name(i), "paced"));
  }
  for (int i = 0; i < models; ++i) {
    const Json expected = quiet.results(ids[static_cast<std::size_t>(i)]);
    for (const auto& [id, job] : submitted_) {
      if (job % models != i) continue;
      for (const char* root : {"plan_root", "results_root", "scores_root"}) {
        EXPECT_EQ(text(disturbed.at(id), {root}), text(expected, {root})) << "job " << id;
      }
    }
  }
}

}  // namespace
}  // namespace gwageo::e2e
