#include "worker/gpu_health.h"

#include <algorithm>
#include <thread>
#include <utility>

#include "worker/known_answer.h"

namespace gwageo {
namespace {

/// Of each rank's numbers: large enough to be about bandwidth.
constexpr std::size_t reduced_bytes = std::size_t{64} << 20;
constexpr std::size_t reduced_numbers = 4096;

/// What is left of a rank's numbers: whether they are the sums, and how long many take.
struct Reduced {
  Status status;
  bool is_right = false;
  double seconds = 0;
};

/// Whole numbers, whose sums are exact in any order.
void reduce(Collective& group, Reduced& out) {
  std::vector<float> numbers(reduced_numbers);
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    numbers[i] = static_cast<float>(i % 251 + static_cast<std::size_t>(group.rank()));
  }
  out.status = group.all_reduce(numbers);
  if (!out.status) return;
  const auto ranks = static_cast<std::size_t>(group.ranks());
  out.is_right = true;
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    const auto sum = static_cast<float>(ranks * (i % 251) + ranks * (ranks - 1) / 2);
    out.is_right = out.is_right && numbers[i] == sum;
  }
  const Result<double> seconds = group.time_all_reduce(reduced_bytes);
  if (!seconds) out.status = tl::unexpected(seconds.error());
  if (seconds) out.seconds = *seconds;
}

CheckEnded failed(const HealthCheck& check, const Error& error) {
  const bool is_wrong = error.kind == ErrorKind::corrupt;
  return {check,
          is_wrong ? CheckEnded::Finding::wrong : CheckEnded::Finding::failed,
          error.message,
          0,
          {}};
}

CheckEnded rate(const HealthCheck& check, double bytes_per_second) {
  CheckEnded found{check, CheckEnded::Finding::good, {}, 0, {}};
  found.bytes_per_second = static_cast<std::uint64_t>(std::max(0.0, bytes_per_second));
  return found;
}

class GpuHealth final : public HealthChecks {
 public:
  explicit GpuHealth(GpuHealthParts parts) : parts_(std::move(parts)) {}

  CheckEnded run(const HealthCheck& check) override {
    switch (check.kind) {
      case HealthCheckKind::reading: return read(check);
      case HealthCheckKind::known_answer: return known_answer(check);
      case HealthCheckKind::copy_rate: return copy(check);
      case HealthCheckKind::all_reduce: return all_reduce(check);
    }
    return {check, CheckEnded::Finding::failed, "nobody knows this check", 0, {}};
  }

 private:
  CheckEnded read(const HealthCheck& check) {
    const Result<GpuInventory> inventory = parts_.read();
    if (!inventory) return failed(check, inventory.error());
    CheckEnded found{check, CheckEnded::Finding::good, {}, 0, {}};
    found.readings = by_slot(*inventory, parts_.places, parts_.slots);
    return found;
  }

  CheckEnded known_answer(const HealthCheck& check) {
    const auto device = parts_.make_device(check.slot);
    if (!device) return failed(check, device.error());
    const Status status = check_known_answer(**device);
    if (!status) return failed(check, status.error());
    return {check, CheckEnded::Finding::good, {}, 0, {}};
  }

  CheckEnded copy(const HealthCheck& check) {
    const Result<double> got = parts_.copy_rate(check.slot);
    return got ? rate(check, *got) : failed(check, got.error());
  }

  CheckEnded all_reduce(const HealthCheck& check) {
    auto group = parts_.make_group(check.slot, check.width);
    if (!group) return failed(check, group.error());
    std::vector<Reduced> out(group->size());
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < out.size(); ++i) {
      threads.emplace_back([&, i] { reduce(*(*group)[i], out[i]); });
    }
    for (std::thread& thread : threads) thread.join();
    double slowest = 0;
    for (const Reduced& one : out) {
      if (!one.status) return failed(check, one.status.error());
      if (!one.is_right) {
        return {check, CheckEnded::Finding::wrong, "the sums are wrong", 0, {}};
      }
      slowest = std::max(slowest, one.seconds);
    }
    return rate(check, slowest > 0 ? static_cast<double>(reduced_bytes) / slowest : 0);
  }

  GpuHealthParts parts_;
};

}  // namespace

std::shared_ptr<HealthChecks> make_gpu_health(GpuHealthParts parts) {
  return std::make_shared<GpuHealth>(std::move(parts));
}

Status check_known_answer(Device& device) {
  GWAGEO_ASSIGN(answer, known_answer(device));
  if (answer.digest == recorded_known_answer() && answer.same_when_alone) return {};
  return fail(ErrorKind::corrupt,
              "the GPU computes wrongly: it gives the known model's logits as " +
                  to_hex(answer.digest) + ", not " + to_hex(recorded_known_answer()) +
                  (answer.same_when_alone ? "" : ", and others to sequences computed alone") +
                  "; take it out of service (gwageo worker check --gpu says which operation)");
}

GpuInventory inventory_of(DeviceModule& module, const std::vector<ModuleGpu>& gpus) {
  GpuInventory inventory;
  inventory.source = module.describe();
  for (const ModuleGpu& gpu : gpus) {
    GpuReading& one = inventory.gpus.emplace_back();
    one.index = static_cast<std::uint32_t>(inventory.gpus.size() - 1);
    one.name = gpu.name;
    one.pci = pci_place(gpu.pci);
    one.memory_bytes = gpu.memory_bytes;
    one.major = gpu.major;
    one.minor = gpu.minor;
  }
  return inventory;
}

std::vector<std::optional<GpuReading>> by_slot(const GpuInventory& inventory,
                                               const std::vector<std::string>& places,
                                               std::uint32_t slots) {
  std::vector<std::optional<GpuReading>> readings(slots);
  for (std::uint32_t slot = 0; slot < slots; ++slot) {
    const auto found =
        std::find_if(inventory.gpus.begin(), inventory.gpus.end(), [&](const GpuReading& gpu) {
          return places.empty() ? gpu.index == slot
                                : slot < places.size() && gpu.pci == places[slot];
        });
    if (found != inventory.gpus.end()) readings[slot] = *found;
  }
  return readings;
}

}  // namespace gwageo
