#include "ops/agent_crowd.h"

#include <chrono>
#include <map>
#include <utility>

#include "ops/system.h"
#include "ops/worker_signing.h"
#include "protocol/codec.h"
#include "protocol/zmq_transport.h"
#include "worker/shell.h"

namespace gwageo {
namespace {

/// A worker's connection that notes how long each of its Results waits for an acknowledgement.
class WatchedResults final : public ClientTransport {
 public:
  WatchedResults(ClientTransport& inner, const Clock& clock) : inner_(inner), clock_(clock) {}

  Status send(std::string_view bytes) override {
    const Result<Message> message = decode(bytes);
    if (const Results* const results = message ? std::get_if<Results>(&*message) : nullptr) {
      sent_.try_emplace({results->lease, results->chunk}, clock_.monotonic());
    }
    return inner_.send(bytes);
  }
  void wake() override { inner_.wake(); }
  Result<std::vector<std::string>> receive(Duration at_most, std::size_t count_max) override {
    Result<std::vector<std::string>> frames = inner_.receive(at_most, count_max);
    if (!frames) return frames;
    for (const std::string& frame : *frames) {
      const Result<Message> message = decode(frame);
      if (!message) continue;
      if (const auto* const one = std::get_if<Acknowledge>(&*message)) note(*one);
      if (const auto* const grant = std::get_if<Grant>(&*message)) {
        for (const Acknowledge& each : grant->acknowledged) note(each);
      }
    }
    return frames;
  }
  std::vector<Acknowledged> take() { return std::exchange(acknowledged_, {}); }

 private:
  void note(const Acknowledge& acknowledge) {
    const auto it = sent_.find({acknowledge.lease, acknowledge.chunk});
    if (it == sent_.end()) return;
    acknowledged_.push_back({it->second, clock_.monotonic() - it->second});
    sent_.erase(it);
  }

  ClientTransport& inner_;
  const Clock& clock_;
  std::map<std::pair<LeaseId, std::uint32_t>, Duration> sent_;
  std::vector<Acknowledged> acknowledged_;
};

}  // namespace

struct AgentCrowd::Worker {
  AgentOptions options;
  std::unique_ptr<ZmqClient> transport;
  std::thread thread;
};

AgentCrowd::AgentCrowd(CrowdOptions options, Log& log) : options_(std::move(options)), log_(log) {}

AgentCrowd::~AgentCrowd() { [[maybe_unused]] const Status ended = stop(); }

Status AgentCrowd::start(Duration spread) {
  GWAGEO_ASSIGN(signing, worker_signing(options_.key));
  for (std::uint64_t i = 0; i < options_.workers; ++i) {
    auto worker = std::make_unique<Worker>();
    ClientOptions connection;
    connection.endpoint = options_.endpoint;
    connection.server_public_key = options_.key.coordinator_curve_public;
    connection.keys = options_.key.curve;
    GWAGEO_ASSIGN(transport, new_zmq_client(connection));
    worker->transport = std::move(transport);
    worker->options.worker = {random_number()};
    worker->options.name = "w" + std::to_string(i + 1);
    worker->options.version = program_version();
    worker->options.engines = {"paced"};
    worker->options.credit_items = options_.credit_items;
    worker->options.signing = signing;
    worker->thread = std::thread([this, own = worker.get()] { run(*own); });
    workers_.push_back(std::move(worker));
    std::this_thread::sleep_for(std::chrono::microseconds(
        spread.microseconds / static_cast<std::int64_t>(options_.workers)));
  }
  return {};
}

void AgentCrowd::run(Worker& worker) {
  WatchedResults watched(*worker.transport, clock_);
  const Status status = work(worker.options, watched, clock_, log_, EngineRoom{}, stopping_);
  std::vector<Acknowledged> own = watched.take();
  const std::lock_guard lock(mutex_);
  acknowledged_.insert(acknowledged_.end(), own.begin(), own.end());
  if (!status && ended_) ended_ = status;
}

Status AgentCrowd::stop() {
  stopping_.store(true);
  for (const auto& worker : workers_) worker->transport->wake();
  for (const auto& worker : workers_) worker->thread.join();
  workers_.clear();
  return ended_;
}

std::vector<Acknowledged> AgentCrowd::acknowledged() {
  const std::lock_guard lock(mutex_);
  return acknowledged_;
}

}  // namespace gwageo
