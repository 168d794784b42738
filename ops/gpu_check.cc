#include "ops/gpu_check.h"

#include <dlfcn.h>

#include <algorithm>
#include <bit>
#include <chrono>
#include <cmath>
#include <thread>

#include "benchmarks/gpu_resampling.h"
#include "worker/known_answer.h"

namespace gwageo {
namespace {

constexpr std::uint64_t copied_bytes = std::uint64_t{1} << 30;
constexpr std::size_t reduced_bytes = std::size_t{256} << 20;

TwinReport report_of(const std::string& name, const Status& status, bool same,
                     std::string finding) {
  TwinReport report{name, "the same bits", status && same, std::move(finding)};
  if (!status) report.finding = status.error().message;
  return report;
}

TwinReport check_tensors(DeviceModule& module, int gpu) {
  const std::size_t count = 10 * tensor_segment + 12345;
  std::vector<float> a = known_numbers(count, 21, 2);
  std::vector<float> b = known_numbers(count, 22, 2);
  std::copy_n(a.begin(), 1000, b.begin() + 0);
  for (std::size_t i = 1000; i < 2000; ++i) b[i] = a[i] * (1 + 1e-6f);  // The same bfloat16.
  const auto got = module.segment_sums(gpu, a, b);
  const bool same = got && *got == segment_sums(a, b);
  return report_of("tensors", got ? Status() : Status(tl::unexpected(got.error())), same,
                   std::to_string(count) + " pairs of numbers");
}

/// Cells as resampled_bits.cc packs them: 3,000 items, right or wrong by five models.
std::vector<std::uint64_t> cells_of(std::size_t items) {
  std::vector<std::uint64_t> cells;
  const std::vector<float> numbers = known_numbers(items * 5, 23, 1);
  for (std::size_t i = 0; i < items; ++i) {
    std::uint64_t word = 1;
    for (std::size_t m = 0; m < 5; ++m) {
      if (numbers[i * 5 + m] > -0.5f) word |= std::uint64_t{1} << (lane_bits * (m + 1));
    }
    cells.push_back(word);
  }
  cells.resize(std::bit_ceil(items), 0);
  return cells;
}

constexpr ResampleRange drawn_range{77, 3, 1000, 3000};

TwinReport check_bits(GpuResampling& resampling, int gpu, std::size_t items) {
  const std::vector<std::uint64_t> cells = cells_of(items);
  std::vector<BitSums> sums(drawn_range.last - drawn_range.first);
  const Status status = resampling.bits(gpu, cells, items, drawn_range, sums);
  bool same = true;
  for (std::size_t i = 0; i < sums.size(); ++i) {
    const ResampleStream stream(drawn_range.seed, drawn_range.first + i, drawn_range.stratum);
    same = same && sums[i] == resample_bits(stream, cells.data(), cells.size(), items);
  }
  return report_of(
      "bootstrap, right or wrong", status, same,
      std::to_string(sums.size()) + " resamples of " + std::to_string(items) + " items");
}

/// Units of one to four items, as where items are grouped.
TwinReport check_rows(GpuResampling& resampling, int gpu) {
  std::vector<RowSums> rows(1500);
  const std::vector<float> numbers = known_numbers(rows.size() * resample_models, 24, 1);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    rows[i][0] = static_cast<std::int64_t>(i % 4 + 1);
    for (std::size_t m = 0; m < resample_models; ++m) {
      rows[i][m + 1] = std::llround(std::ldexp(numbers[i * resample_models + m], 48));
    }
  }
  std::vector<RowSums> sums(drawn_range.last - drawn_range.first);
  const Status status = resampling.rows(gpu, rows, drawn_range, sums);
  bool same = true;
  for (std::size_t i = 0; i < sums.size(); ++i) {
    const ResampleStream stream(drawn_range.seed, drawn_range.first + i, drawn_range.stratum);
    same = same && sums[i] == resample_rows(stream, rows.data(), rows.size());
  }
  return report_of(
      "bootstrap, clustered", status, same,
      std::to_string(sums.size()) + " resamples of " + std::to_string(rows.size()) + " clusters");
}

std::vector<TwinReport> check_resampling(const OpenModule& opened, int gpu) {
  const auto entry =
      reinterpret_cast<GpuResamplingEntry*>(dlsym(opened.library, gpu_resampling_symbol));
  if (entry == nullptr) {
    return {{"bootstrap", "the same bits", false, "the module has no resampling"}};
  }
  GpuResampling& resampling = *entry();
  return {check_bits(resampling, gpu, 3000), check_bits(resampling, gpu, 70'000),
          check_rows(resampling, gpu)};
}

constexpr std::size_t group_numbers = 5000;

/// What every rank of a group is left with after each operation, one after another.
std::vector<float> collective_work(Collective& group, Status& status) {
  const auto rank = static_cast<std::uint64_t>(group.rank());
  std::vector<float> all = known_numbers(group_numbers, 31 + rank, 1);
  std::vector<float> summed = known_numbers(group_numbers, 41 + rank, 1);
  std::vector<float> gathered(group_numbers * static_cast<std::size_t>(group.ranks()));
  status = group.broadcast(all, group.ranks() - 1);
  if (status) status = group.all_gather(summed, gathered);
  if (status) status = group.all_reduce(summed);
  all.insert(all.end(), gathered.begin(), gathered.end());
  all.insert(all.end(), summed.begin(), summed.end());
  return all;
}

/// Runs `work` in a thread for each rank.
std::vector<std::vector<float>> in_threads(std::vector<std::unique_ptr<Collective>>& group,
                                           Status& status) {
  std::vector<std::vector<float>> out(group.size());
  std::vector<Status> each(group.size());
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < group.size(); ++i) {
    threads.emplace_back([&, i] { out[i] = collective_work(*group[i], each[i]); });
  }
  for (std::thread& thread : threads) thread.join();
  for (const Status& one : each) {
    if (!one) status = one;
  }
  return out;
}

/// collective.h's bound of a sum, for numbers below 1; what was moved is the same bits.
bool is_close(const std::vector<float>& got, const std::vector<float>& wanted, std::size_t ranks) {
  const double bound = static_cast<double>((ranks - 1) * ranks) * 0x1p-24;
  if (got.size() != wanted.size()) return false;
  for (std::size_t i = 0; i < got.size(); ++i) {
    const bool is_sum = i >= got.size() - group_numbers;
    const double apart = std::fabs(static_cast<double>(got[i]) - static_cast<double>(wanted[i]));
    if (!(apart <= (is_sum ? bound : 0.0))) return false;
  }
  return true;
}

/// Seconds that one of `times` products of so many rows takes.
double time_products(Device& device, const Matrix& weights, std::size_t rows, int times) {
  const DeviceFloats x = device.allocate(rows * weights.columns());
  const DeviceFloats out = device.allocate(rows * weights.rows());
  device.upload(x.get(), known_numbers(rows * weights.columns(), 52, 1));
  const auto run = [&](int count) {
    const auto start = std::chrono::steady_clock::now();
    for (int i = 0; i < count; ++i) device.multiply(x.get(), rows, weights, out.get());
    const bool is_done = device.status().has_value();
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
    return is_done ? took.count() / count : 0;
  };
  run(3);  // To warm up.
  return run(times);
}

ProductRates measure_products(Device& device) {
  constexpr std::size_t size = 8192;
  const auto weights = device.make_matrix(size, size, known_numbers(size * size, 51, 1));
  const double one = time_products(device, *weights, 1, 100);
  const double many = time_products(device, *weights, 1024, 10);
  ProductRates rates;
  if (one > 0) rates.weight_bytes_per_second = double{size * size * sizeof(float)} / one;
  if (many > 0) rates.operations_per_second = double{2 * size * size * 1024} / many;
  return rates;
}

}  // namespace

GpuFindings check_gpu(const OpenModule& opened, int index, const ModuleGpu& gpu) {
  GpuFindings findings{gpu, {}, 0, {}};
  const std::unique_ptr<Device> definition = make_cpu_device();
  auto device = opened.module->make_device(index);
  if (device) {
    findings.twins = check_twins(**device, *definition);
    findings.products = measure_products(**device);
  } else {
    findings.twins.push_back({"device", "opens", false, device.error().message});
  }
  findings.twins.push_back(check_tensors(*opened.module, index));
  for (TwinReport& report : check_resampling(opened, index))
    findings.twins.push_back(std::move(report));
  findings.copy_bytes_per_second = opened.module->copy_rate(index, copied_bytes).value_or(0);
  return findings;
}

GroupFindings check_group(DeviceModule& module, int gpus) {
  GroupFindings findings;
  findings.twin = {"collectives", "moved: the same bits; sums: (n - 1) roundings", false, ""};
  std::vector<int> all;
  for (int gpu = 0; gpu < gpus; ++gpu) all.push_back(gpu);
  auto group = module.make_collectives(all);
  if (!group) {
    findings.twin.finding = group.error().message;
    return findings;
  }
  Status status;
  auto twin = make_thread_collectives(gpus);
  const auto wanted = in_threads(twin, status);
  const auto got = in_threads(*group, status);
  bool same = true;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    same = same && is_close(got[i], wanted[i], wanted.size());
  }
  findings.twin.passed = status && same;
  findings.twin.finding =
      status ? std::to_string(gpus) + (gpus == 1 ? " rank" : " ranks") : status.error().message;
  std::vector<std::thread> threads;
  std::vector<double> seconds(group->size(), 0);
  for (std::size_t i = 0; status && i < group->size(); ++i) {
    threads.emplace_back(
        [&, i] { seconds[i] = (*group)[i]->time_all_reduce(reduced_bytes).value_or(0); });
  }
  for (std::thread& thread : threads) thread.join();
  const double slowest = *std::ranges::max_element(seconds);
  if (slowest > 0) findings.reduced_bytes_per_second = static_cast<double>(reduced_bytes) / slowest;
  return findings;
}

std::vector<TwinReport> check_processor() {
  const std::unique_ptr<Device> widest = make_cpu_device();
  const std::unique_ptr<Device> plain = make_cpu_device(4);
  return check_twins(*widest, *plain);
}

}  // namespace gwageo
