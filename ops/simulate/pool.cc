#include "ops/simulate/pool.h"

#include "protocol/check.h"

namespace gwageo::simulate {

Pool::Pool(const Fleet& fleet, const Workload& workload)
    : fleet_(fleet),
      workload_(workload),
      shapes_(fleet, workload),
      gpus_(fleet.gpus()),
      running_(fleet.gpus()),
      up_(fleet.nodes.size(), false),
      weight_words_(workload.classes.size() / 64 + 1) {}

// A slot that loses one GPU is no slot any more.
void Pool::clear(std::uint32_t gpu) {
  const std::uint32_t first = gpus_[gpu].slot;
  if (first == none) return;
  const std::uint32_t end = first + gpus_[first].slot_gpus;
  for (std::uint32_t i = first; i < end; ++i) gpus_[i] = {};
}

Running& Pool::take(const Start& start) {
  const Place& place = start.place;
  GWAGEO_CHECK(lies(fleet_, place));
  const ClassIndex model_class = workload_.jobs[start.job].model_class;
  GWAGEO_CHECK(place.gpus == workload_.classes[model_class].gpus);
  for (NodeIndex i = 0; i < nodes_of(fleet_, place); ++i) {
    GWAGEO_CHECK(up_[place.node + i]);
    const std::uint32_t kind = fleet_.nodes[place.node + i].kind;
    GWAGEO_CHECK((shapes_.of(model_class).kinds >> kind & 1) != 0);
  }
  const std::uint32_t first = slot_of(place);
  for (std::uint32_t i = first; i < first + place.gpus; ++i) GWAGEO_CHECK(!gpus_[i].busy);
  if (start.load) {
    for (std::uint32_t i = first; i < first + place.gpus; ++i) clear(i);
  } else {
    GWAGEO_CHECK(gpus_[first].slot == first);
    GWAGEO_CHECK(gpus_[first].slot_gpus == place.gpus);
    GWAGEO_CHECK(gpus_[first].model_class == model_class);
  }
  for (std::uint32_t i = first; i < first + place.gpus; ++i) {
    gpus_[i] = {first, model_class, place.gpus, true};
  }
  Running& running = running_[first];
  GWAGEO_CHECK(!running.busy);
  running.start = start;
  running.busy = true;
  running.yields = false;
  ++running.version;
  return running;
}

void Pool::give(const Running& running, bool holds) {
  const std::uint32_t first = slot_of(running.start.place);
  Running& slot = running_[first];
  GWAGEO_CHECK(slot.busy);
  slot.busy = false;
  ++slot.version;
  const std::uint32_t end = first + slot.start.place.gpus;
  for (std::uint32_t i = first; i < end; ++i) gpus_[i].busy = false;
  if (!holds) clear(first);
}

Running& Pool::at(const Place& place) {
  GWAGEO_CHECK(place.node < fleet_.nodes.size());
  GWAGEO_CHECK(place.gpu < fleet_.nodes[place.node].gpus);
  Running& running = running_[slot_of(place)];
  GWAGEO_CHECK(running.busy);
  GWAGEO_CHECK(running.start.place == place);
  return running;
}

void Pool::set_up(NodeIndex node, bool up) {
  GWAGEO_CHECK(up_[node] != up);
  up_[node] = up;
  for (std::uint32_t i = fleet_.gpu_begin[node]; i < fleet_.gpu_begin[node + 1]; ++i) {
    GWAGEO_CHECK(!gpus_[i].busy);
    clear(i);
  }
  // Its memory is empty as well.
  if (weights_.empty()) return;
  for (std::size_t i = 0; i < weight_words_; ++i) weights_[node * weight_words_ + i] = 0;
}

std::vector<std::uint32_t> Pool::slots_running(NodeIndex node) const {
  std::vector<std::uint32_t> slots;
  for (std::uint32_t i = fleet_.gpu_begin[node]; i < fleet_.gpu_begin[node + 1]; ++i) {
    if (!gpus_[i].busy) continue;
    if (slots.empty() || slots.back() != gpus_[i].slot) slots.push_back(gpus_[i].slot);
  }
  return slots;
}

bool Pool::note_weights(const Place& place, ClassIndex model_class) {
  bool there = true;
  for (NodeIndex i = 0; i < nodes_of(fleet_, place); ++i) {
    there &= note_weights(place.node + i, model_class);
  }
  return there;
}

bool Pool::note_weights(NodeIndex node, ClassIndex model_class) {
  if (weights_.empty()) weights_.resize(weight_words_ * fleet_.nodes.size());
  std::uint64_t& word = weights_[node * weight_words_ + model_class / 64];
  const std::uint64_t bit = std::uint64_t{1} << (model_class % 64);
  const bool there = (word & bit) != 0;
  word |= bit;
  return there;
}

}  // namespace gwageo::simulate
