// Ranks as threads of one process: the definition of what a group does.
#include <algorithm>
#include <barrier>
#include <chrono>

#include "protocol/check.h"
#include "worker/collective.h"

namespace gwageo {
namespace {

/// What the ranks of a group share: where each one's numbers are, between two barriers.
struct Group {
  explicit Group(int ranks) : barrier(ranks), numbers(static_cast<std::size_t>(ranks)) {}
  std::barrier<> barrier;
  std::vector<std::span<const float>> numbers;
};

class ThreadCollective final : public Collective {
 public:
  ThreadCollective(std::shared_ptr<Group> group, int rank)
      : group_(std::move(group)), rank_(rank) {}

  int rank() const override { return rank_; }
  int ranks() const override { return static_cast<int>(group_->numbers.size()); }
  Status broadcast(std::span<float> numbers, int root) override {
    GWAGEO_CHECK(root >= 0 && root < ranks());
    show(numbers);
    const std::span<const float> from = group_->numbers[static_cast<std::size_t>(root)];
    GWAGEO_CHECK(from.size() == numbers.size());
    if (rank_ != root) std::ranges::copy(from, numbers.begin());
    group_->barrier.arrive_and_wait();
    return {};
  }
  Status all_gather(std::span<const float> numbers, std::span<float> out) override {
    GWAGEO_CHECK(out.size() == numbers.size() * group_->numbers.size());
    show(numbers);
    auto to = out.begin();
    for (const std::span<const float> each : group_->numbers) to = std::ranges::copy(each, to).out;
    group_->barrier.arrive_and_wait();
    return {};
  }
  Status all_reduce(std::span<float> numbers) override {
    show(numbers);
    std::vector<float> sums(numbers.size(), 0.0f);
    for (const std::span<const float> each : group_->numbers) {
      GWAGEO_CHECK(each.size() == numbers.size());
      for (std::size_t i = 0; i < sums.size(); ++i) sums[i] += each[i];
    }
    group_->barrier.arrive_and_wait();
    std::ranges::copy(sums, numbers.begin());
    return {};
  }
  Result<double> time_all_reduce(std::size_t bytes) override {
    std::vector<float> numbers(std::max<std::size_t>(1, bytes / sizeof(float)), 1.0f);
    double best = 0;
    for (int time = 0; time < 3; ++time) {
      const auto start = std::chrono::steady_clock::now();
      GWAGEO_TRY(all_reduce(numbers));
      const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
      best = time == 0 ? took.count() : std::min(best, took.count());
    }
    return best;
  }

 private:
  void show(std::span<const float> numbers) {
    group_->numbers[static_cast<std::size_t>(rank_)] = numbers;
    group_->barrier.arrive_and_wait();
  }
  std::shared_ptr<Group> group_;
  int rank_;
};

}  // namespace

std::vector<std::unique_ptr<Collective>> make_thread_collectives(int ranks) {
  GWAGEO_CHECK(ranks > 0);
  const auto group = std::make_shared<Group>(ranks);
  std::vector<std::unique_ptr<Collective>> out;
  for (int rank = 0; rank < ranks; ++rank) {
    out.push_back(std::make_unique<ThreadCollective>(group, rank));
  }
  return out;
}

}  // namespace gwageo
