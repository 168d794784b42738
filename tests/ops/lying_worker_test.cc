// A worker that lies, in a real pool: its agent, its keys and its signatures are the real ones, and
// what it answers is not what its model says.
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <thread>
#include <utility>
#include <variant>

#include "ops/log.h"
#include "ops/output.h"
#include "ops/system_clock.h"
#include "ops/worker_signing.h"
#include "protocol/codec.h"
#include "protocol/key_file.h"
#include "protocol/zmq_transport.h"
#include "tests/ops/program.h"
#include "worker/shell.h"

namespace gwageo::testing {
namespace {

constexpr char liar_name[] = "zz-liar";

/// What comes through it asks for another text than the coordinator sent: whoever works behind it
/// answers that, and signs it.
class LyingTransport final : public ClientTransport {
 public:
  explicit LyingTransport(ClientTransport& inner) : inner_(inner) {}
  Status send(std::string_view bytes) override { return inner_.send(bytes); }
  void wake() override { inner_.wake(); }
  Result<std::vector<std::string>> receive(Duration at_most, std::size_t count_max) override {
    Result<std::vector<std::string>> frames = inner_.receive(at_most, count_max);
    if (!frames) return frames;
    for (std::string& frame : *frames) {
      Result<Message> message = decode(frame);
      auto* const grant = message ? std::get_if<Grant>(&*message) : nullptr;
      if (grant == nullptr) continue;
      grant->model.options["text"] = "5";
      frame = encode(*message);
    }
    return frames;
  }

 private:
  ClientTransport& inner_;
};

/// Works until it is destroyed.
class LyingWorker {
 public:
  LyingWorker(const std::string& data, const std::string& log_file) {
    const Result<KeyFile> key = read_key_file(data + "/keys/worker.key");
    ClientOptions connection;
    connection.endpoint = "unix:" + data + "/socket";
    connection.server_public_key = key.value().coordinator_curve_public;
    connection.keys = key->curve;
    transport_ = std::move(new_zmq_client(connection).value());
    log_ = std::move(new_log(log_file).value());
    AgentOptions options;
    options.worker = {4711};
    options.name = liar_name;
    options.version = "0";
    options.engines = {"paced"};
    options.signing = worker_signing(*key).value();
    worker_ = std::thread([this, options] {
      LyingTransport lying(*transport_);
      EXPECT_TRUE(work(options, lying, clock_, *log_, EngineRoom{}, stop_));
    });
  }
  ~LyingWorker() {
    stop_.store(true);
    transport_->wake();
    worker_.join();
  }
  LyingWorker(const LyingWorker&) = delete;
  LyingWorker& operator=(const LyingWorker&) = delete;

 private:
  SystemClock clock_;
  std::atomic<bool> stop_{false};
  std::unique_ptr<ZmqClient> transport_;
  std::unique_ptr<Log> log_;
  std::thread worker_;
};

class LyingWorkers : public ProgramTest {
 protected:
  /// The `checks` of the worker of that name; null while there is none.
  Json checks_of(const Json& pool, const std::string& name) const {
    for (const Json& worker : list(pool, "workers")) {
      if (shown(worker, "worker") == name) return member(worker, "checks");
    }
    return {};
  }
};

TEST_F(LyingWorkers, OneIsFoundOutByItsFellowsAndGetsNoMoreWork) {
  write_suite("sums", 200);
  const pid_t pool = up("gwageo-data", 2);
  {
    const LyingWorker liar(path("gwageo-data"), path("liar.log"));
    done({"checks", "set", "--again", "1"});
    done({"suite", "add", "sums/suite.yaml"});
    add_paced("honest", "candidate", "2026-01-01", "4");
    done({"submit", "--model", "honest", "--suite", "sums", "--wait"});
    Json seen;
    EXPECT_TRUE(eventually(
        [&] {
          seen = done({"workers", "--json"}).json();
          return !list(seen, "quarantined").empty();
        },
        90000))
        << seen.dump();
    ASSERT_EQ(list(seen, "quarantined").size(), 1u) << seen.dump();
    const Json held = list(seen, "quarantined").front();
    EXPECT_EQ(shown(held, "worker"), liar_name) << held.dump();
    EXPECT_GE(number(checks_of(seen, liar_name), "wrong"), 9) << seen.dump();
    for (const std::string honest : {"w1", "w2"}) {
      EXPECT_EQ(number(checks_of(seen, honest), "wrong"), 0) << seen.dump();
    }
    // What it had answered until then is asked again, of others, and nothing else is.
    const std::int64_t lies = number(held, "answers");
    EXPECT_GT(lies, 0) << held.dump();
    EXPECT_NE(
        done({"disown", liar_name, "--reason", "convicted"})
            .out.find(std::to_string(lies) + " answers of worker " + liar_name + " stay on record"),
        std::string::npos);
    EXPECT_NE(done({"explain", "1"}).out.find("No target counts it: answers of worker "),
              std::string::npos);
    done({"submit", "--model", "honest", "--suite", "sums", "--wait"});
    done({"submit", "--model", "honest", "--suite", "sums", "--skip-lookup", "--wait"});
    const Json again = done({"status", "2", "--json"}).json();
    EXPECT_EQ(number(member(again, "items"), "executed"), lies) << again.dump();
    EXPECT_EQ(shown(done({"results", "2", "--json"}).json(), "results_root"),
              shown(done({"results", "3", "--json"}).json(), "results_root"));
  }
  // Nothing of it is a matter of this coordinator's word: the journal says so too.
  const Json verified = done({"audit", "verify", "--json"}).json();
  EXPECT_EQ(*verified.find("ok"), Json(true)) << verified.dump();
  EXPECT_NE(done({"journal"}).out.find("answers-checked"), std::string::npos);
  done({"audit", "rescore"});
  EXPECT_EQ(stop(pool), 0);
}

// What two workers do not agree on is decided by a third one, though the coordinator ended
// meanwhile and the liar is gone.
TEST_F(LyingWorkers, AThirdIsHeardInAnotherLifeOfTheCoordinator) {
  write_suite("sums", 40);
  write_suite("more", 80);
  pid_t pool = up("gwageo-data", 1);
  {
    const LyingWorker liar(path("gwageo-data"), path("liar.log"));
    done({"checks", "set", "--again", "1"});
    done({"suite", "add", "sums/suite.yaml"});
    add_paced("honest", "candidate", "2026-01-01", "4");
    done({"submit", "--model", "honest", "--suite", "sums", "--wait"});
    Json seen;
    EXPECT_TRUE(eventually(
        [&] {
          seen = done({"workers", "--json"}).json();
          return number(checks_of(seen, liar_name), "open") > 0;
        },
        90000))
        << seen.dump();
    EXPECT_TRUE(list(seen, "quarantined").empty()) << seen.dump();
    EXPECT_EQ(stop(pool), 0);
  }
  pool = up("gwageo-data", 2);
  done({"suite", "add", "more/suite.yaml"});
  done({"submit", "--model", "honest", "--suite", "more", "--wait"});
  Json seen;
  EXPECT_TRUE(eventually(
      [&] {
        seen = done({"workers", "--json"}).json();
        return !list(seen, "quarantined").empty();
      },
      90000))
      << seen.dump();
  const Json held = list(seen, "quarantined").front();
  EXPECT_EQ(shown(held, "worker"), liar_name) << held.dump();
  EXPECT_EQ(stop(pool), 0);
}

}  // namespace
}  // namespace gwageo::testing
