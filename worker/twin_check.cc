#include "worker/twin_check.h"

#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>

#include "worker/known_answer.h"

namespace gwageo {
namespace {

/// Floats in (-scale, scale), the same for the same seed, with a denormal number, zeros of both
/// signs and large values among them.
std::vector<float> drawn(std::size_t count, std::uint64_t seed, float scale = 1) {
  std::vector<float> out = known_numbers(count, seed, scale);
  const std::array<float, 5> special = {0.0f, -0.0f, 1e-40f, -3e4f, 1e-20f};
  for (std::size_t i = 0; i < special.size() && 7 * i + 3 < count; ++i) out[7 * i + 3] = special[i];
  return out;
}

/// What an operation leaves behind on a device: all its numbers, one after another.
using Operation = std::function<std::vector<float>(Device&)>;

DeviceFloats put(Device& device, const std::vector<float>& values) {
  DeviceFloats there = device.allocate(values.size());
  device.upload(there.get(), values);
  return there;
}

void take(Device& device, const DeviceFloats& from, std::size_t count, std::vector<float>& into) {
  into.resize(into.size() + count);
  device.download(std::span(into).last(count), from.get());
}

std::vector<float> embed(Device& device) {
  constexpr std::size_t rows = 100;
  constexpr std::size_t columns = 37;
  const auto table = device.make_matrix(rows, columns, drawn(rows * columns, 1));
  const std::vector<std::uint32_t> tokens = {0, 99, 31, 32, 33, 64, 5, 5};
  const DeviceFloats out = device.allocate(tokens.size() * columns);
  device.embed(*table, tokens, out.get());
  std::vector<float> all;
  take(device, out, tokens.size() * columns, all);
  return all;
}

std::vector<float> rms_norm(Device& device) {
  std::vector<float> all;
  for (const std::size_t width : {1u, 24u, 100u, 2048u, 5000u}) {
    const DeviceFloats x = put(device, drawn(3 * width, 2));
    const DeviceFloats weight = put(device, drawn(width, 3));
    device.rms_norm(x.get(), weight.get(), 1e-5f, 3, width, x.get());
    take(device, x, 3 * width, all);
  }
  return all;
}

std::vector<float> multiply(Device& device) {
  std::vector<float> all;
  for (const std::size_t columns : {1u, 31u, 64u, 520u}) {
    for (const std::size_t width : {1u, 33u, 200u}) {
      const auto weights = device.make_matrix(width, columns, drawn(width * columns, 4));
      for (const std::size_t rows : {1u, 7u, 8u, 9u, 17u, 32u, 33u, 64u, 65u, 150u}) {
        const DeviceFloats x = put(device, drawn(rows * columns, 5));
        const DeviceFloats out = device.allocate(rows * width);
        device.multiply(x.get(), rows, *weights, out.get());
        take(device, out, rows * width, all);
      }
    }
  }
  return all;
}

struct Turned {
  std::vector<RowPlace> places;
  DeviceFloats rotation;
};

Turned turns_of(Device& device, std::size_t head_width, std::span<const std::uint32_t> positions) {
  Turned out;
  std::vector<double> frequencies;
  for (std::size_t i = 0; i < head_width / 2; ++i) {
    frequencies.push_back(
        std::pow(10000.0, -static_cast<double>(2 * i) / static_cast<double>(head_width)));
  }
  for (const std::uint32_t position : positions) out.places.push_back({nullptr, position});
  out.rotation = device.allocate(positions.size() * head_width);
  device.rotation(out.places, frequencies, out.rotation.get());
  return out;
}

std::vector<float> rotation(Device& device) {
  std::vector<float> all;
  for (const std::size_t head_width : {2u, 16u, 128u}) {
    const std::array<std::uint32_t, 6> positions = {0, 1, 255, 256, 70000, 3};
    take(device, turns_of(device, head_width, positions).rotation, positions.size() * head_width,
         all);
  }
  return all;
}

std::vector<float> rotate(Device& device) {
  std::vector<float> all;
  for (const std::size_t head_width : {2u, 16u, 128u}) {
    const std::array<std::uint32_t, 4> positions = {0, 1, 77, 4095};
    const Turned turned = turns_of(device, head_width, positions);
    const std::size_t count = positions.size() * 3 * head_width;
    const DeviceFloats x = put(device, drawn(count, 6));
    device.rotate(x.get(), positions.size(), 3, head_width, turned.rotation.get());
    take(device, x, count, all);
  }
  return all;
}

/// Keeps `positions` rows of two sequences, then asks from their last ones.
void attend_once(Device& device, const AttentionShape& shape, std::uint32_t positions,
                 std::vector<float>& all) {
  const std::size_t blocks = (positions + cache_block_positions - 1) / cache_block_positions;
  std::vector<DeviceFloats> memory;
  std::array<std::vector<float*>, 2> sequences;
  for (std::vector<float*>& sequence : sequences) {
    for (std::size_t i = 0; i < blocks; ++i) {
      memory.push_back(device.allocate(device.cache_block_floats(shape)));
      sequence.push_back(memory.back().get());
    }
  }
  std::vector<RowPlace> filled;
  std::vector<RowPlace> asked;
  for (const std::vector<float*>& sequence : sequences) {
    for (std::uint32_t p = 0; p < positions; ++p) filled.push_back({sequence.data(), p});
    for (std::uint32_t p = positions - 1; asked.size() % 5 < 4 && p < positions; --p)
      asked.push_back({sequence.data(), p});
    asked.push_back({sequence.data(), 0});
  }
  const std::size_t key_width = shape.key_value_heads * shape.head_width;
  const DeviceFloats keys = put(device, known_numbers(filled.size() * key_width, 7, 1));
  const DeviceFloats values = put(device, drawn(filled.size() * key_width, 8));
  const std::size_t layer = shape.layers - 1;
  device.keep(keys.get(), values.get(), filled, shape, layer);
  const std::size_t count = asked.size() * shape.heads * shape.head_width;
  const DeviceFloats queries = put(device, known_numbers(count, 9, 3));
  const DeviceFloats out = device.allocate(count);
  device.attend(queries.get(), asked, shape, layer, out.get());
  take(device, out, count, all);
}

std::vector<float> keep_and_attend(Device& device) {
  std::vector<float> all;
  for (const std::uint32_t positions : {1u, 15u, 16u, 33u, 300u}) {
    for (const AttentionShape& shape :
         {AttentionShape{2, 4, 2, 16}, AttentionShape{1, 3, 1, 10}, AttentionShape{1, 2, 2, 128}}) {
      attend_once(device, shape, positions, all);
    }
  }
  attend_once(device, {1, 2, 1, 4}, 9001, all);
  return all;
}

std::vector<float> gate(Device& device) {
  std::vector<float> gates = drawn(3000, 10, 30);
  gates.insert(
      gates.end(),
      {87.0f, -87.0f, 88.5f, -88.5f, 1000.0f, -1000.0f, std::numeric_limits<float>::infinity(),
       -std::numeric_limits<float>::infinity(), std::numeric_limits<float>::quiet_NaN()});
  const DeviceFloats x = put(device, gates);
  const DeviceFloats up = put(device, drawn(gates.size(), 11));
  device.gate(x.get(), up.get(), gates.size());
  std::vector<float> all;
  take(device, x, gates.size(), all);
  return all;
}

std::vector<float> add(Device& device) {
  const DeviceFloats x = put(device, drawn(1001, 12));
  const DeviceFloats y = put(device, drawn(1001, 13));
  device.add(x.get(), y.get(), 1001);
  std::vector<float> all;
  take(device, x, 1001, all);
  return all;
}

std::vector<float> gather(Device& device) {
  constexpr std::size_t width = 130;
  const DeviceFloats x = put(device, drawn(9 * width, 14));
  const std::vector<std::uint32_t> rows = {8, 0, 3, 3};
  const DeviceFloats out = device.allocate(rows.size() * width);
  device.gather(x.get(), rows, width, out.get());
  std::vector<float> all;
  take(device, out, rows.size() * width, all);
  return all;
}

// A judgement's double as two floats' bits, so that all comparisons are one.
void append(std::vector<float>& all, const TokenJudgement& judgement) {
  const auto bits = std::bit_cast<std::uint64_t>(judgement.log_probability);
  all.push_back(static_cast<float>(judgement.best));
  all.push_back(judgement.finite ? 1.0f : 0.0f);
  if (!judgement.finite) return;
  for (int part = 0; part < 4; ++part) {
    all.push_back(static_cast<float>((bits >> (16 * part)) & 0xFFFF));
  }
}

std::vector<float> judge(Device& device) {
  std::vector<float> all;
  for (const std::size_t width : {1u, 17u, 2048u, 4100u}) {
    std::vector<float> logits = known_numbers(6 * width, 15, 20);
    logits[1 * width + width / 2] = std::numeric_limits<float>::infinity();
    logits[2 * width + width - 1] = std::numeric_limits<float>::quiet_NaN();
    for (std::size_t i = 0; i < width; ++i) logits[3 * width + i] = i % 2 == 0 ? -0.0f : 0.0f;
    logits[4 * width + width - 1] = logits[4 * width] = 50.0f;  // Of equals the first.
    std::vector<std::uint32_t> targets = {0, 0,        0, static_cast<std::uint32_t>(width - 1),
                                          0, no_target};
    std::vector<TokenJudgement> judgements(targets.size());
    const DeviceFloats there = put(device, logits);
    device.judge(there.get(), width, targets, judgements);
    for (TokenJudgement& each : judgements) {
      if (!each.finite) each.best = 0;  // It means nothing then.
      append(all, each);
    }
  }
  return all;
}

TwinReport check_model(Device& tested) {
  TwinReport report{"model", "the digest on record", false, ""};
  const Result<KnownAnswer> answer = known_answer(tested);
  if (!answer) {
    report.finding = answer.error().message;
  } else if (!answer->same_when_alone) {
    report.finding = "the logits of a sequence depend on what else is in its batch";
  } else {
    report.passed = answer->digest == recorded_known_answer();
    report.finding = std::to_string(answer->logits) + " logits, digest " + to_hex(answer->digest) +
                     (report.passed ? "" : ", not " + to_hex(recorded_known_answer()));
  }
  return report;
}

}  // namespace

TwinReport compare_bits(const std::string& name, const std::vector<float>& tested,
                        const std::vector<float>& wanted) {
  TwinReport report{name, "the same bits", false, ""};
  if (tested.size() != wanted.size()) {
    report.finding =
        std::to_string(tested.size()) + " numbers, not " + std::to_string(wanted.size());
    return report;
  }
  std::size_t different = 0;
  std::size_t first = 0;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (std::isnan(tested[i]) && std::isnan(wanted[i])) continue;
    if (std::bit_cast<std::uint32_t>(tested[i]) == std::bit_cast<std::uint32_t>(wanted[i]))
      continue;
    if (different++ == 0) first = i;
  }
  report.passed = different == 0;
  report.finding = std::to_string(wanted.size()) + " numbers";
  if (different > 0) {
    std::array<char, 96> text{};
    std::snprintf(text.data(), text.size(), ", %zu differ, the first at %zu: %.9g, not %.9g",
                  different, first, static_cast<double>(tested[first]),
                  static_cast<double>(wanted[first]));
    report.finding += text.data();
  }
  return report;
}

std::vector<TwinReport> check_twins(Device& tested, Device& definition) {
  const std::vector<std::pair<std::string, Operation>> operations = {
      {"embed", embed},       {"rms_norm", rms_norm}, {"multiply", multiply},
      {"rotation", rotation}, {"rotate", rotate},     {"keep, attend", keep_and_attend},
      {"gate", gate},         {"add", add},           {"gather", gather},
      {"judge", judge}};
  std::vector<TwinReport> reports;
  for (const auto& [name, run] : operations) {
    const std::vector<float> got = run(tested);
    reports.push_back(compare_bits(name, got, run(definition)));
    const Status status = tested.status();
    if (status) continue;
    reports.back().passed = false;
    reports.back().finding = status.error().message;
  }
  reports.push_back(check_model(tested));
  return reports;
}

}  // namespace gwageo
