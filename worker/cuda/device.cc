// All work goes on one stream, in the order of the calls; only `download` and `judge` wait for it.
//
// Three operations are shared with the program's processor, so that they give the bits of the CPU
// device, whose mathematical library a GPU does not have: angles are looked up in a table of sines
// and cosines that the processor fills, and the logarithm of a judgement is the processor's.
#include "worker/cuda/device.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <mutex>
#include <vector>

#include "protocol/check.h"
#include "worker/cuda/failure.h"
#include "worker/cuda/kernels.h"

namespace gwageo::cuda {
namespace {

static_assert(block_positions == cache_block_positions);

constexpr std::size_t launch_blocks_max = std::numeric_limits<std::int32_t>::max();

class CudaDevice;

/// Memory of a GPU, grown as needed, for one use at a time in the order of the stream.
struct Room {
  void* memory = nullptr;
  std::size_t bytes = 0;
};

class CudaMatrix final : public Matrix {
 public:
  CudaMatrix(std::size_t rows, std::size_t columns, DeviceFloats panels)
      : rows_(rows), columns_(columns), panels_(std::move(panels)) {}
  std::size_t rows() const override { return rows_; }
  std::size_t columns() const override { return columns_; }
  const float* panels() const { return panels_.get(); }

 private:
  std::size_t rows_;
  std::size_t columns_;
  DeviceFloats panels_;
};

const CudaMatrix& cuda_matrix(const Matrix& matrix) {
  return static_cast<const CudaMatrix&>(matrix);
}

class CudaDevice final : public Device {
 public:
  explicit CudaDevice(int gpu) : gpu_(gpu) {}
  ~CudaDevice() override {
    const Turn turn(*this);
    for (const Room& room : rooms_) cudaFree(room.memory);
    if (stream_ != nullptr) cudaStreamDestroy(stream_);
  }

  Status open() {
    const Turn turn(*this);
    cudaMemPool_t pool = nullptr;
    std::uint64_t keep = UINT64_MAX;  // Freed memory stays ours: blocks of a cache come and go.
    check("cudaStreamCreate", cudaStreamCreateWithFlags(&stream_, cudaStreamNonBlocking));
    check("cudaDeviceGetDefaultMemPool", cudaDeviceGetDefaultMemPool(&pool, gpu_));
    if (pool != nullptr) {
      check("cudaMemPoolSetAttribute",
            cudaMemPoolSetAttribute(pool, cudaMemPoolAttrReleaseThreshold, &keep));
    }
    return failure_.status();
  }

  Status status() override {
    const Turn turn(*this);
    if (!failure_.any()) check("cudaStreamSynchronize", cudaStreamSynchronize(stream_));
    return failure_.status();
  }

  DeviceFloats allocate(std::size_t count) override {
    GWAGEO_CHECK(count > 0);
    const Turn turn(*this);
    void* memory = nullptr;
    if (failure_.any()) return DeviceFloats(nullptr, DeviceFree{this});
    const cudaError_t got = cudaMallocAsync(&memory, count * sizeof(float), stream_);
    if (got == cudaErrorMemoryAllocation) {
      note_no_room(count * sizeof(float));
    } else if (check("cudaMallocAsync", got)) {
      check("cudaMemsetAsync", cudaMemsetAsync(memory, 0, count * sizeof(float), stream_));
    }
    return DeviceFloats(static_cast<float*>(memory), DeviceFree{this});
  }
  void release(float* floats) override {
    const Turn turn(*this);
    check("cudaFreeAsync", cudaFreeAsync(floats, stream_));
  }
  void upload(float* to, std::span<const float> from) override {
    const Turn turn(*this);
    copy_in(to, from.data(), from.size_bytes());
  }
  void download(std::span<float> to, const float* from) override {
    const Turn turn(*this);
    std::ranges::fill(to, 0.0f);
    copy_out(to.data(), from, to.size_bytes());
  }
  std::unique_ptr<Matrix> make_matrix(std::size_t rows, std::size_t columns,
                                      std::span<const float> values) override {
    GWAGEO_CHECK(values.size() == rows * columns);
    DeviceFloats panels = allocate((rows + panel_rows - 1) / panel_rows * panel_rows * columns);
    {
      // The rows as they come are let go of at once: weights are held once.
      const DeviceFloats given = allocate(values.size());
      upload(given.get(), values);
      const Turn turn(*this);
      if (!failure_.any()) pack(given.get(), rows, columns, panels.get(), stream_);
      check_launch("pack");
    }
    return std::make_unique<CudaMatrix>(rows, columns, std::move(panels));
  }
  std::size_t cache_block_floats(const AttentionShape& shape) const override {
    return shape.layers * shape.key_value_heads * 2 * block_positions * shape.head_width;
  }

  void embed(const Matrix& table, std::span<const std::uint32_t> tokens, float* out) override {
    const Turn turn(*this);
    for (const std::uint32_t token : tokens) GWAGEO_CHECK(token < table.rows());
    const std::uint32_t* const there = put(tokens_room, tokens);
    if (failure_.any() || tokens.empty()) return;
    cuda::embed(cuda_matrix(table).panels(), table.columns(), there, tokens.size(), out, stream_);
    check_launch("embed");
  }
  void rms_norm(const float* x, const float* weight, float epsilon, std::size_t rows,
                std::size_t width, float* out) override {
    const Turn turn(*this);
    if (failure_.any() || rows == 0) return;
    cuda::rms_norm(x, weight, epsilon, rows, width, out, stream_);
    check_launch("rms_norm");
  }
  void multiply(const float* x, std::size_t rows, const Matrix& weights, float* out) override {
    const Turn turn(*this);
    if (failure_.any() || rows == 0) return;
    cuda::multiply(x, rows, cuda_matrix(weights).panels(), weights.rows(), weights.columns(), out,
                   stream_);
    check_launch("multiply");
  }
  void rotation(std::span<const RowPlace> places, std::span<const double> frequencies,
                float* out) override {
    const Turn turn(*this);
    if (places.empty() || frequencies.empty()) return;
    std::uint32_t last = 0;
    std::vector<std::uint32_t> positions;
    for (const RowPlace& place : places) {
      positions.push_back(place.position);
      last = std::max(last, place.position);
    }
    fill_turns(frequencies, last);
    const std::uint32_t* const there = put<std::uint32_t>(turn_rows_room, positions);
    if (failure_.any()) return;
    cuda::gather(static_cast<const float*>(rooms_[turns_room].memory), there, positions.size(),
                 2 * frequencies.size(), out, stream_);
    check_launch("rotation");
  }
  void rotate(float* x, std::size_t rows, std::size_t heads, std::size_t head_width,
              const float* rotation) override {
    const Turn turn(*this);
    if (failure_.any() || rows == 0) return;
    cuda::rotate(x, rows, heads, head_width, rotation, stream_);
    check_launch("rotate");
  }
  void keep(const float* keys, const float* values, std::span<const RowPlace> places,
            const AttentionShape& shape, std::size_t layer) override {
    const Turn turn(*this);
    const PlacesView view = put_places(places);
    if (failure_.any() || places.empty()) return;
    cuda::keep(keys, values, view, places.size(), view_of(shape, layer), stream_);
    check_launch("keep");
  }
  void attend(const float* x, std::span<const RowPlace> places, const AttentionShape& shape,
              std::size_t layer, float* out) override {
    const Turn turn(*this);
    const PlacesView view = put_places(places);
    if (failure_.any() || places.empty()) return;
    GWAGEO_CHECK(places.size() <= launch_blocks_max / shape.heads);
    std::size_t longest = 0;
    for (const RowPlace& place : places)
      longest = std::max<std::size_t>(longest, place.position + 1);
    float* scores = nullptr;
    if (longest > scores_on_chip) {
      scores = static_cast<float*>(
          room(scores_room, places.size() * shape.heads * longest * sizeof(float)));
      if (scores == nullptr) return;
    }
    const float scale = 1.0f / std::sqrt(static_cast<float>(shape.head_width));
    cuda::attend(x, view, places.size(), view_of(shape, layer), scale, longest, scores, out,
                 stream_);
    check_launch("attend");
  }
  void gate(float* gate, const float* up, std::size_t count) override {
    const Turn turn(*this);
    if (failure_.any() || count == 0) return;
    cuda::gate(gate, up, count, stream_);
    check_launch("gate");
  }
  void add(float* x, const float* y, std::size_t count) override {
    const Turn turn(*this);
    if (failure_.any() || count == 0) return;
    cuda::add(x, y, count, stream_);
    check_launch("add");
  }
  void gather(const float* x, std::span<const std::uint32_t> rows, std::size_t width,
              float* out) override {
    const Turn turn(*this);
    const std::uint32_t* const there = put(rows_room, rows);
    if (failure_.any() || rows.empty()) return;
    cuda::gather(x, there, rows.size(), width, out, stream_);
    check_launch("gather");
  }
  void judge(const float* logits, std::size_t width, std::span<const std::uint32_t> targets,
             std::span<TokenJudgement> out) override {
    const Turn turn(*this);
    std::ranges::fill(out.first(targets.size()), TokenJudgement{0, 0, false});
    for (const std::uint32_t target : targets) GWAGEO_CHECK(target == no_target || target < width);
    const std::uint32_t* const there = put(targets_room, targets);
    auto* const verdicts =
        static_cast<RowVerdict*>(room(verdicts_room, targets.size() * sizeof(RowVerdict)));
    if (failure_.any() || targets.empty()) return;
    cuda::judge(logits, width, there, targets.size(), verdicts, stream_);
    check_launch("judge");
    std::vector<RowVerdict> rows(targets.size());
    if (!copy_out(rows.data(), verdicts, rows.size() * sizeof(RowVerdict))) return;
    for (std::size_t r = 0; r < rows.size(); ++r) {
      out[r] = {rows[r].best, 0, rows[r].is_finite != 0};
      if (!out[r].finite || targets[r] == no_target) continue;
      out[r].log_probability = static_cast<double>(rows[r].target) -
                               static_cast<double>(rows[r].top) -
                               std::log(static_cast<double>(rows[r].sum));
    }
  }

 private:
  enum RoomUse : std::size_t {
    tokens_room,
    rows_room,
    targets_room,
    verdicts_room,
    turns_room,
    turn_rows_room,
    positions_room,
    first_room,
    blocks_room,
    scores_room,
    room_count
  };

  /// Nobody else uses the device, and calls of CUDA mean this GPU.
  struct Turn {
    explicit Turn(CudaDevice& device) : lock(device.mutex_) {
      device.check("cudaSetDevice", cudaSetDevice(device.gpu_));
    }
    std::lock_guard<std::recursive_mutex> lock;
  };

  static AttentionView view_of(const AttentionShape& shape, std::size_t layer) {
    return {static_cast<unsigned>(layer), static_cast<unsigned>(shape.heads),
            static_cast<unsigned>(shape.key_value_heads), static_cast<unsigned>(shape.head_width)};
  }

  bool check(const char* call, cudaError_t error) { return failure_.note(call, error); }
  void check_launch(const char* kernel) { check(kernel, cudaGetLastError()); }

  void note_no_room(std::size_t bytes) {
    cudaGetLastError();  // Running out of room is no failure of CUDA's: it would go on.
    std::size_t left = 0;
    std::size_t all = 0;
    cudaMemGetInfo(&left, &all);
    failure_.note("GPU " + std::to_string(gpu_) + " has no room for " +
                  std::to_string(bytes >> 20) + " MiB more: " + std::to_string(left >> 20) +
                  " of " + std::to_string(all >> 20) +
                  " MiB are free; take a smaller model, or "
                  "fewer sequences at a time (--option batch=N)");
  }

  void copy_in(void* to, const void* from, std::size_t bytes) {
    if (failure_.any() || bytes == 0) return;
    check("cudaMemcpyAsync", cudaMemcpyAsync(to, from, bytes, cudaMemcpyHostToDevice, stream_));
  }
  bool copy_out(void* to, const void* from, std::size_t bytes) {
    if (failure_.any()) return false;
    return check("cudaMemcpyAsync",
                 cudaMemcpyAsync(to, from, bytes, cudaMemcpyDeviceToHost, stream_)) &&
           check("cudaStreamSynchronize", cudaStreamSynchronize(stream_));
  }

  /// Room for so many bytes; what was in it is lost when it grows. Null after a failure.
  void* room(RoomUse use, std::size_t bytes) {
    Room& room = rooms_[use];
    if (failure_.any()) return nullptr;
    if (room.bytes >= bytes) return room.memory;
    const std::size_t wanted = std::max(bytes, 2 * room.bytes);
    check("cudaFreeAsync", cudaFreeAsync(room.memory, stream_));
    room = {};
    const cudaError_t got = cudaMallocAsync(&room.memory, wanted, stream_);
    if (got == cudaErrorMemoryAllocation) {
      note_no_room(wanted);
    } else if (check("cudaMallocAsync", got)) {
      room.bytes = wanted;
    }
    return room.memory;
  }
  template <class T>
  const T* put(RoomUse use, std::span<const T> values) {
    void* const there = room(use, std::max<std::size_t>(1, values.size_bytes()));
    if (there != nullptr) copy_in(there, values.data(), values.size_bytes());
    return static_cast<const T*>(there);
  }

  /// The places of a pass are the same for all its layers: they travel once.
  PlacesView put_places(std::span<const RowPlace> places) {
    std::vector<std::uint32_t> positions;
    std::vector<std::uint32_t> first;
    std::vector<float*> blocks;
    for (std::size_t r = 0; r < places.size(); ++r) {
      const bool goes_on = r > 0 && places[r].blocks == places[r - 1].blocks;
      first.push_back(goes_on ? first.back() : static_cast<std::uint32_t>(blocks.size()));
      positions.push_back(places[r].position);
      const std::size_t needed = places[r].position / block_positions + 1;
      for (std::size_t i = blocks.size() - first.back(); i < needed; ++i)
        blocks.push_back(places[r].blocks[i]);
    }
    if (positions != positions_ || first != first_ || blocks != blocks_) {
      positions_ = std::move(positions);
      first_ = std::move(first);
      blocks_ = std::move(blocks);
      put<std::uint32_t>(positions_room, positions_);
      put<std::uint32_t>(first_room, first_);
      put<float*>(blocks_room, blocks_);
    }
    return {static_cast<const std::uint32_t*>(rooms_[positions_room].memory),
            static_cast<const std::uint32_t*>(rooms_[first_room].memory),
            static_cast<float* const*>(rooms_[blocks_room].memory)};
  }

  /// The table of turns, a row for each position: the cosines, then the sines.
  void fill_turns(std::span<const double> frequencies, std::uint32_t last) {
    const std::size_t n = frequencies.size();
    if (!std::ranges::equal(frequencies, frequencies_)) {
      frequencies_.assign(frequencies.begin(), frequencies.end());
      turned_ = 0;
    }
    if (last < turned_) return;
    turned_ = std::max<std::size_t>({std::size_t{last} + 1, 2 * turned_, 256});
    std::vector<float> turns(turned_ * 2 * n);
    for (std::size_t p = 0; p < turned_; ++p) {
      for (std::size_t i = 0; i < n; ++i) {
        const double angle = static_cast<double>(p) * frequencies[i];
        turns[p * 2 * n + i] = static_cast<float>(std::cos(angle));
        turns[p * 2 * n + n + i] = static_cast<float>(std::sin(angle));
      }
    }
    put<float>(turns_room, turns);
  }

  const int gpu_;
  std::recursive_mutex mutex_;
  cudaStream_t stream_ = nullptr;
  FirstFailure failure_;
  Room rooms_[room_count];
  std::vector<std::uint32_t> positions_;  // What the three rooms of places hold.
  std::vector<std::uint32_t> first_;
  std::vector<float*> blocks_;
  std::vector<double> frequencies_;
  std::size_t turned_ = 0;  // Positions in the table of turns.
};

}  // namespace

Result<std::unique_ptr<Device>> make_device(int gpu) {
  auto device = std::make_unique<CudaDevice>(gpu);
  GWAGEO_TRY(device->open());
  return device;
}

}  // namespace gwageo::cuda
