// A device module whose groups are processes of one machine: what one sends to the others lies in a
// folder, which is the group's ticket. It has no GPUs.
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>

#include "worker/device_module.h"

namespace gwageo {
namespace {

tl::unexpected<Error> none() { return fail(ErrorKind::not_found, "no GPU: this module plays"); }

class FolderCollective final : public Collective {
 public:
  FolderCollective(std::filesystem::path folder, int rank, int ranks)
      : folder_(std::move(folder)), rank_(rank), ranks_(ranks) {}
  int rank() const override { return rank_; }
  int ranks() const override { return ranks_; }
  Status broadcast(std::span<float> numbers, int root) override {
    ++calls_;
    if (rank_ == root) return leave(numbers);
    return take(numbers, root);
  }
  Status all_gather(std::span<const float> numbers, std::span<float> out) override {
    ++calls_;
    GWAGEO_TRY(leave(numbers));
    for (int rank = 0; rank < ranks_; ++rank) {
      const std::size_t from = static_cast<std::size_t>(rank) * numbers.size();
      GWAGEO_TRY(take(out.subspan(from, numbers.size()), rank));
    }
    return {};
  }
  Status all_reduce(std::span<float>) override { return none(); }
  Result<double> time_all_reduce(std::size_t) override { return none(); }

 private:
  std::filesystem::path file(int rank) const {
    return folder_ / (std::to_string(calls_) + "-" + std::to_string(rank));
  }
  Status leave(std::span<const float> numbers) const {
    const std::filesystem::path unfinished = file(rank_).string() + ".new";
    std::ofstream(unfinished, std::ios::binary)
        .write(reinterpret_cast<const char*>(numbers.data()),
               static_cast<std::streamsize>(numbers.size_bytes()));
    std::filesystem::rename(unfinished, file(rank_));
    return {};
  }
  Status take(std::span<float> numbers, int from) const {
    while (!std::filesystem::exists(file(from))) {  // Another process leaves it.
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    std::ifstream(file(from), std::ios::binary)
        .read(reinterpret_cast<char*>(numbers.data()),
              static_cast<std::streamsize>(numbers.size_bytes()));
    return {};
  }

  std::filesystem::path folder_;
  int rank_;
  int ranks_;
  int calls_ = 0;
};

class FolderModule final : public DeviceModule {
 public:
  std::string describe() override { return "a module of the tests"; }
  Result<std::vector<ModuleGpu>> gpus() override { return none(); }
  Result<std::unique_ptr<Device>> make_device(int) override { return none(); }
  Result<std::vector<TensorSums>> segment_sums(int, std::span<const float>,
                                               std::span<const float>) override {
    return none();
  }
  Result<double> copy_rate(int, std::uint64_t) override { return none(); }
  Result<std::vector<std::unique_ptr<Collective>>> make_collectives(std::span<const int>) override {
    return none();
  }
  Result<std::string> new_group_ticket() override {
    const char* const parent = std::getenv("FAKE_GROUPS");
    if (parent == nullptr) return fail(ErrorKind::bad_input, "FAKE_GROUPS names no folder");
    std::string name = std::string(parent) + "/group-XXXXXX";
    if (::mkdtemp(name.data()) == nullptr) return fail(ErrorKind::io, "no folder for a group");
    return name;
  }
  Result<std::unique_ptr<Collective>> join_group(const std::string& ticket, int rank, int ranks,
                                                 int) override {
    auto group = std::make_unique<FolderCollective>(ticket, rank, ranks);
    std::vector<float> all(static_cast<std::size_t>(ranks));
    GWAGEO_TRY(group->all_gather(std::vector<float>{1}, all));  // All are there.
    return group;
  }
};

}  // namespace
}  // namespace gwageo

extern "C" const char* gwageo_device_module_build() { return GWAGEO_DEVICE_MODULE_BUILD; }
extern "C" gwageo::DeviceModule* gwageo_device_module() {
  static gwageo::FolderModule module;
  return &module;
}
