// A real pool on a real disk of 8 MiB that fills up. Before a write fails, nothing that needs room
// is accepted any more; what was asked before can be asked still, audits too. When there is room
// again, work goes on by itself, and everything that was acknowledged is there.
//
//   GWAGEO_FULL_DISKS  how many disks are filled (4; ops/soak: 100)
#include <gtest/gtest.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <random>

#include "tests/e2e/pool.h"

namespace gwageo::e2e {
namespace {

namespace fs = std::filesystem;

constexpr const char* disk_size = "size=8m";
constexpr std::uintmax_t reserve = std::uintmax_t{2} << 20;
constexpr int full_disk_items = 200;

int disks_wanted() {
  const char* const given = std::getenv("GWAGEO_FULL_DISKS");
  return given == nullptr ? 4 : std::max(1, std::atoi(given));
}

/// Takes the room of a disk away, and gives it back.
class Ballast {
 public:
  explicit Ballast(fs::path path) : path_(std::move(path)) {}
  ~Ballast() { drop(); }
  /// Until so many bytes are free.
  void fill_up_to(std::uintmax_t free) const {
    const std::uintmax_t now = fs::space(path_.parent_path()).available;
    if (now <= free) return;
    write_file(path_, std::string(now - free, 'b'));
  }
  void drop() const {
    std::error_code error;
    fs::remove(path_, error);
  }

 private:
  fs::path path_;
};

class FullDisk : public ::testing::Test {
 protected:
  fs::path disk() const { return folder_.path() / "disk"; }

  /// False, with a reason, where this may not be done.
  bool mount_disk(std::string& why) {
    fs::create_directory(disk());
    // In a name space of this process and its children: nobody else sees the disk.
    if (::unshare(CLONE_NEWNS) != 0 ||
        ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) {
      why = std::string("no mounts of our own here: ") + std::strerror(errno);
      return false;
    }
    return true;
  }
  void renew_disk() {
    kill_daemons_of(disk());
    ::umount2(disk().c_str(), MNT_DETACH);
    ASSERT_EQ(::mount("gwageo-test", disk().c_str(), "tmpfs", 0, disk_size), 0)
        << std::strerror(errno);
  }
  ~FullDisk() override {
    kill_daemons_of(disk());
    ::umount2(disk().c_str(), MNT_DETACH);
  }

  static pid_t coordinator_of(const fs::path& data) {
    for (const Daemon& daemon : daemons_of(data)) {
      if (daemon.verb == "coordinator") return daemon.id;
    }
    return 0;
  }

  /// Submits until that is refused, each job when the one before has had its time: what is taken
  /// has to find room later. The jobs that were taken.
  static std::vector<std::string> submit_until_refused(const Pool& pool) {
    std::vector<std::string> taken;
    eventually(Milliseconds(30000), [&] {
      const std::string request = "job-" + std::to_string(taken.size());
      const Outcome outcome = pool.call(
          {"submit", "--model", "pace", "--suite", "paced", "--request", request, "--skip-lookup"});
      if (outcome.code != 0) {
        EXPECT_NE((outcome.out + outcome.err).find("disk"), std::string::npos)
            << outcome.out << outcome.err;
        return true;
      }
      taken.push_back(text(outcome.json(), {"job"}));
      eventually(Milliseconds(1500), [&] {
        const Outcome status = pool.call({"status", taken.back()});
        return status.code != 0 || at(status.json(), {"scored"}).as_bool();
      });
      return false;
    });
    return taken;
  }

  static std::int64_t done_of(const Pool& pool, const std::string& job) {
    return whole(pool.ask({"status", job}), {"items", "done"});
  }

  TemporaryFolder folder_;
};

TEST_F(FullDisk, NothingIsLostAndWorkGoesOnByItself) {
  std::string why;
  if (!mount_disk(why)) GTEST_SKIP() << why;
  ::setenv("GWAGEO_DISK_RESERVE_MIB", "2", 1);
  int gradual = 0;         // Disks that somebody else did not fill to the last byte at once,
  int stopped_before = 0;  // and on which no write failed.
  const int disks = disks_wanted();
  for (int round = 0; round < disks && !HasFailure(); ++round) {
    SCOPED_TRACE("disk " + std::to_string(round));
    ASSERT_NO_FATAL_FAILURE(renew_disk());
    std::mt19937_64 random(static_cast<std::uint64_t>(round));
    const fs::path data = disk() / "data";
    Pool pool(data, 1);
    pool.start();
    pool.ask(
        {"suite", "add", write_paced_suite(folder_.path() / "suite", "paced", full_disk_items)});
    pool.add_paced_model("pace", 5, 4, 500);
    const Json first = pool.results(pool.submit("first", "pace", "paced"));
    const pid_t before = coordinator_of(data);

    // What is left lies around the reserve; every fourth disk is full to the last byte.
    const Ballast ballast(disk() / "ballast");
    const bool is_brimful = round % 4 == 3;
    ballast.fill_up_to(is_brimful ? 0 : reserve - 300'000 + random() % 600'000);
    const std::vector<std::string> taken = submit_until_refused(pool);
    const bool is_same = coordinator_of(data) == before;
    gradual += !is_brimful;
    stopped_before += !is_brimful && is_same;
    if (is_same) {
      EXPECT_EQ(pool.ask({"results", text(first, {"job"})}).dump(), first.dump());
      EXPECT_TRUE(at(pool.ask({"audit", "verify"}), {"ok"}).as_bool());
    }
    std::vector<std::int64_t> done;
    for (const std::string& job : taken) done.push_back(is_same ? done_of(pool, job) : 0);

    ballast.drop();
    EXPECT_TRUE(eventually(Milliseconds(20000),
                           [&] {
                             return pool.call({"submit", "--model", "pace", "--suite", "paced",
                                               "--request", "later"})
                                        .code == 0;
                           }))
        << "it does not go on: " << read_file(data / "log/up.log");
    for (std::size_t i = 0; i < taken.size(); ++i) {
      EXPECT_GE(done_of(pool, taken[i]), done[i]);
      if (i > 3) continue;  // Further ones need more room than there is.
      EXPECT_EQ(text(pool.results(taken[i], Milliseconds(60000)), {"results_root"}),
                text(first, {"results_root"}));
    }
    EXPECT_TRUE(at(pool.ask({"audit", "verify"}), {"ok"}).as_bool());
    pool.stop();
  }
  std::printf("%d disks; of %d that filled up in time %d met no failed write\n", disks, gradual,
              stopped_before);
  EXPECT_GE(stopped_before * 100, gradual * 95) << "a write failed first";
}

}  // namespace
}  // namespace gwageo::e2e
