#include "ops/bench_weights.h"

#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <vector>

#include "ops/bench_figures.h"
#include "ops/bench_pool.h"
#include "ops/output.h"
#include "ops/system.h"
#include "ops/system_clock.h"
#include "worker/model_files.h"
#include "worker/weights_node.h"

namespace gwageo {
namespace {

constexpr Duration broadcast_at_most = seconds(600);
constexpr useconds_t look_every_us = 1000;

class NoLog final : public Log {
 public:
  void write(LogLevel, std::string_view, const std::vector<LogField>&) override {}
};

struct WeightsSetting {
  std::string folder;
  std::uint64_t bytes = 0;
  std::uint64_t rate = 0;
  ModelSpec spec;
};

/// What a node says once it has the model.
struct Said {
  WeightsCounts counts;
  double cpu_seconds = 0;
  double queued_seconds = 0;
  bool has_model = false;
};

/// Seconds that this process's threads have waited for a processor that others had.
double own_queued_seconds() {
  double nanoseconds = 0;
  std::error_code error;
  for (std::filesystem::directory_iterator at("/proc/self/task", error), end; !error && at != end;
       at.increment(error)) {
    std::ifstream file(at->path() / "schedstat");
    double ran = 0;
    double queued = 0;
    if (file >> ran >> queued) nanoseconds += queued;
  }
  return nanoseconds / 1e9;
}

/// A process that fetches the model into a cache of its own and then gives it to others until it
/// is killed. It dies with this one.
class Node {
 public:
  Node(const WeightsSetting& setting, const std::string& name)
      : proofs_(setting.folder + "/" + name + "/partial/" + to_hex(setting.spec.digest) +
                "/proofs") {
    std::array<int, 2> pipe{};
    if (::pipe(pipe.data()) != 0) return;
    process_ = ::fork();
    if (process_ == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      run(setting, name, pipe[1]);
    }
    ::close(pipe[1]);
    answer_.reset(pipe[0]);
  }
  ~Node() { kill(); }
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;

  void kill() {
    if (process_ <= 0) return;
    ::kill(process_, SIGKILL);
    ::waitpid(process_, nullptr, 0);
    process_ = 0;
  }

  std::uint64_t pieces() const {
    std::error_code error;
    const auto size = std::filesystem::file_size(proofs_, error);
    return error ? 0 : size / piece_proof_bytes;
  }

  /// Waits until it has the model; `has_model` is false when it failed.
  Said wait() {
    Said said;
    pollfd waiting = {answer_.number(), POLLIN, 0};
    if (::poll(&waiting, 1, static_cast<int>(broadcast_at_most.microseconds / 1000)) != 1 ||
        ::read(answer_.number(), &said, sizeof said) != static_cast<ssize_t>(sizeof said)) {
      return {};
    }
    return said;
  }

 private:
  [[noreturn]] static void run(const WeightsSetting& setting, const std::string& name, int answer) {
    NoLog log;
    const auto directory = FolderWeightsDirectory::open(setting.folder + "/meet");
    if (!directory) ::_exit(1);
    WeightsNodeOptions options;
    options.cache = {setting.folder + "/" + name, 2 * setting.bytes + (1U << 20), 1};
    options.listen = "127.0.0.1";
    options.rate = setting.rate;
    const auto node = WeightsNode::open(options, directory->get(), log);
    if (!node) ::_exit(1);
    Said said;
    const auto lease = (*node)->obtain(setting.spec);
    if (!lease) {
      report_error(Invocation(), lease.error());
      ::_exit(1);
    }
    said.has_model = true;
    said.counts = (*node)->counts();
    said.cpu_seconds = own_cpu_seconds();
    said.queued_seconds = own_queued_seconds();
    if (::write(answer, &said, sizeof said) != static_cast<ssize_t>(sizeof said)) ::_exit(1);
    while (true) ::pause();
  }

  std::string proofs_;
  pid_t process_ = 0;
  FileDescriptor answer_;
};

enum class Killed { nobody, sender, receiver };

/// One broadcast, from its start until the last receiver has the model, verified.
class Broadcast {
 public:
  Broadcast(const WeightsSetting& setting, std::uint64_t receivers, Killed killed)
      : setting_(setting), count_(receivers), killed_(killed) {}
  ~Broadcast() {
    nodes_.clear();
    std::error_code ignored;
    for (std::uint64_t i = 0; i <= count_; ++i) {
      std::filesystem::remove_all(setting_.folder + "/" + name(i), ignored);
    }
    std::filesystem::remove_all(setting_.folder + "/meet", ignored);
  }

  Status run() {
    const SystemClock clock;
    const Duration began = clock.monotonic();
    nodes_.push_back(std::make_unique<Node>(setting_, name(0)));
    GWAGEO_TRY(wait_for_line());
    for (std::uint64_t i = 1; i <= count_; ++i) {
      nodes_.push_back(std::make_unique<Node>(setting_, name(i)));
    }
    if (killed_ != Killed::nobody) GWAGEO_TRY(kill_half_way());
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
      if (i == 0 && killed_ == Killed::sender) continue;
      const Said said = nodes_[i]->wait();
      if (!said.has_model) {
        return fail(ErrorKind::unavailable, name(i) + " did not get the model");
      }
      storage_ += said.counts.storage;
      received_ += said.counts.received;
      cpu_seconds_ += said.cpu_seconds;
      queued_seconds_ = std::max(queued_seconds_, said.queued_seconds);
    }
    seconds_ = in_seconds(clock.monotonic() - began);
    return check_files();
  }

  double seconds() const { return seconds_; }
  std::uint64_t storage() const { return storage_; }
  Figures figures(const std::string& what, double one_seconds) const {
    const auto bytes = static_cast<double>(setting_.bytes);
    Figures figures;
    figures.add("broadcast", what);
    figures.add("receivers", static_cast<double>(count_));
    figures.add("model_mb", bytes / 1e6);
    figures.add("link_mb_per_s", static_cast<double>(setting_.rate) / 1e6);
    figures.add("wall_s", seconds_);
    figures.add("over_one", seconds_ / one_seconds);
    figures.add("storage_times", static_cast<double>(storage_) / bytes);
    figures.add("received_times", static_cast<double>(received_) / bytes);
    figures.add("cpu_s", cpu_seconds_);
    figures.add("queued_s", queued_seconds_);
    figures.add("digests", "right");
    return figures;
  }

 private:
  static std::string name(std::uint64_t i) {
    return i == 0 ? "sender" : "receiver-" + std::to_string(i);
  }

  // Until the sender stands in the line, so that it is the one that reads.
  Status wait_for_line() {
    GWAGEO_ASSIGN(directory, FolderWeightsDirectory::open(setting_.folder + "/meet"));
    const SystemClock clock;
    const Duration began = clock.monotonic();
    while (clock.monotonic() - began < broadcast_at_most) {
      GWAGEO_ASSIGN(line, directory->members(setting_.spec.digest));
      if (!line.empty()) return {};
      ::usleep(look_every_us);
    }
    return fail(ErrorKind::unavailable, "the sender does not start");
  }

  // Half-way of the first receiver, which is the one that is killed. The pieces that a killed node
  // read count, as in any other.
  Status kill_half_way() {
    const std::uint64_t half = setting_.bytes / weights_piece_bytes / 2;
    const SystemClock clock;
    const Duration began = clock.monotonic();
    while (nodes_[1]->pieces() < half) {
      if (clock.monotonic() - began > broadcast_at_most) {
        return fail(ErrorKind::unavailable, "the first receiver gets nothing");
      }
      ::usleep(look_every_us);
    }
    if (killed_ == Killed::sender) {
      storage_ += std::min(nodes_[0]->pieces() * weights_piece_bytes, setting_.bytes);
      // Where it had finished by then its files have moved, and it had read all of them.
      if (nodes_[0]->pieces() == 0) storage_ += setting_.bytes;
      nodes_[0]->kill();
    } else {
      nodes_[1]->kill();
      nodes_[1] = std::make_unique<Node>(setting_, name(1));
    }
    return {};
  }

  // What the receivers say is one thing; this is what an engine would do.
  Status check_files() const {
    for (std::uint64_t i = 1; i <= count_; ++i) {
      const std::string path =
          setting_.folder + "/" + name(i) + "/models/" + to_hex(setting_.spec.digest) + "/files";
      GWAGEO_ASSIGN(digest, model_digest(path));
      if (digest != setting_.spec.digest) return fail(ErrorKind::corrupt, path + ": wrong digest");
    }
    return {};
  }

  const WeightsSetting& setting_;
  const std::uint64_t count_;
  const Killed killed_;
  std::vector<std::unique_ptr<Node>> nodes_;
  double seconds_ = 0;
  std::uint64_t storage_ = 0;
  std::uint64_t received_ = 0;
  double cpu_seconds_ = 0;
  double queued_seconds_ = 0;
};

// A folder with a configuration and one file of numbers that no file system compresses.
Status make_model(WeightsSetting& setting, std::uint64_t mebibytes) {
  const std::string folder = setting.folder + "/model";
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  std::ofstream(folder + "/config.json") << "{}";
  std::ofstream out(folder + "/model.safetensors", std::ios::binary);
  std::vector<std::uint64_t> block((std::size_t{1} << 20) / sizeof(std::uint64_t));
  std::uint64_t x = 88172645463325252ULL;
  for (std::uint64_t i = 0; i < mebibytes; ++i) {
    for (std::uint64_t& word : block) {
      x ^= x << 13;
      x ^= x >> 7;
      x ^= x << 17;
      word = x;
    }
    out.write(reinterpret_cast<const char*>(block.data()), 1 << 20);
  }
  out.close();
  if (!out) return fail(ErrorKind::io, "cannot write a model of that size to " + folder);
  GWAGEO_ASSIGN(files, list_model_files(folder));
  setting.spec.name = "bench";
  setting.spec.engine = "builtin";
  setting.spec.path = folder;
  setting.spec.digest = digest_of(files);
  for (const ModelFile& file : files) setting.bytes += file.size;
  return {};
}

struct RemoveFolder {
  std::string path;
  ~RemoveFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
};

}  // namespace

Result<int> bench_weights(const Invocation& arguments, const std::string& parent) {
  GWAGEO_ASSIGN(mebibytes, arguments.whole_or("n", 2048, 16, 1 << 20));
  GWAGEO_ASSIGN(receivers, arguments.whole_or("workers", 4, 2, 64));
  GWAGEO_ASSIGN(rate, arguments.whole_or("rate", 200, 1, 100000));
  WeightsSetting setting;
  setting.rate = static_cast<std::uint64_t>(rate) * 1000000;
  setting.folder = absolute_path(parent) + "/gwageo-weights-XXXXXX";
  if (::mkdtemp(setting.folder.data()) == nullptr) {
    return fail(ErrorKind::io, "cannot make a folder in " + parent);
  }
  const RemoveFolder removes{setting.folder};
  GWAGEO_TRY(make_model(setting, static_cast<std::uint64_t>(mebibytes)));
  const auto all = static_cast<std::uint64_t>(receivers);
  struct Case {
    const char* what;
    std::uint64_t receivers;
    Killed killed;
  };
  std::vector<Figures> lines;
  double one_seconds = 0;
  bool once = true;
  for (const Case& each : {Case{"to one", 1, Killed::nobody}, Case{"to all", all, Killed::nobody},
                           Case{"sender killed", all, Killed::sender},
                           Case{"receiver killed", all, Killed::receiver}}) {
    Broadcast broadcast(setting, each.receivers, each.killed);
    GWAGEO_TRY(broadcast.run());
    if (one_seconds == 0) one_seconds = broadcast.seconds();
    once = once && (each.killed == Killed::sender || broadcast.storage() == setting.bytes);
    lines.push_back(broadcast.figures(each.what, one_seconds));
    if (!arguments.json()) say(lines.back().line() + "\n");
  }
  if (arguments.json()) print_lines(arguments, lines);
  return once ? exit_code::done : exit_code::no;
}

}  // namespace gwageo
