// The CPU device against plain loops: bit for bit where device.h defines an order of sums, else
// within a stated bound of double precision; and the same bits for every vector width.
#include "worker/device.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

namespace gwageo {
namespace {

std::vector<float> random_floats(std::size_t count, std::uint32_t seed, float scale = 1) {
  std::mt19937 bits(seed);
  std::vector<float> out;
  for (std::size_t i = 0; i < count; ++i) {
    out.push_back(scale * (static_cast<float>(bits() >> 8) / 8388608.0f - 1.0f));
  }
  return out;
}

// A device of each vector width that this processor has, with its name for messages.
struct Devices : ::testing::TestWithParam<std::size_t> {
  void SetUp() override {
    device = make_cpu_device(GetParam());
    if (!device) GTEST_SKIP() << "this processor has no vectors of " << GetParam() << " floats";
  }
  DeviceFloats put(const std::vector<float>& values) {
    DeviceFloats out = device->allocate(values.size());
    device->upload(out.get(), values);
    return out;
  }
  std::vector<float> get(const DeviceFloats& from, std::size_t count) {
    std::vector<float> out(count);
    device->download(out, from.get());
    return out;
  }
  std::unique_ptr<Device> device;
};
INSTANTIATE_TEST_SUITE_P(Lanes, Devices, ::testing::Values(4, 8, 16));

void expect_same_bits(const std::vector<float>& got, const std::vector<float>& wanted) {
  ASSERT_EQ(got.size(), wanted.size());
  for (std::size_t i = 0; i < got.size(); ++i) {
    ASSERT_EQ(std::bit_cast<std::uint32_t>(got[i]), std::bit_cast<std::uint32_t>(wanted[i]))
        << "element " << i << ": " << got[i] << " and " << wanted[i];
  }
}

float sixteenfold(const std::vector<float>& terms) {
  float a[16] = {};
  for (std::size_t i = 0; i < terms.size(); ++i) a[i % 16] += terms[i];
  for (std::size_t half = 8; half > 0; half /= 2) {
    for (std::size_t i = 0; i < half; ++i) a[i] += a[i + half];
  }
  return a[0];
}

TEST_P(Devices, ProductsAreAscendingSums) {
  for (const std::size_t rows : {1u, 2u, 7u, 8u, 19u}) {
    for (const std::size_t width : {1u, 15u, 16u, 33u}) {
      for (const std::size_t columns : {1u, 24u, 129u}) {
        const auto x = random_floats(rows * columns, 1);
        const auto w = random_floats(width * columns, 2);
        std::vector<float> wanted(rows * width);
        for (std::size_t r = 0; r < rows; ++r) {
          for (std::size_t o = 0; o < width; ++o) {
            float sum = 0;
            for (std::size_t k = 0; k < columns; ++k) {
              const float product = x[r * columns + k] * w[o * columns + k];
              sum += product;
            }
            wanted[r * width + o] = sum;
          }
        }
        const auto matrix = device->make_matrix(width, columns, w);
        const DeviceFloats in = put(x);
        const DeviceFloats out = device->allocate(rows * width);
        device->multiply(in.get(), rows, *matrix, out.get());
        expect_same_bits(get(out, rows * width), wanted);
      }
    }
  }
}

TEST_P(Devices, RmsNormIsASixteenfoldSum) {
  for (const std::size_t width : {1u, 24u, 64u, 100u}) {
    const auto x = random_floats(2 * width, 3);
    const auto weight = random_floats(width, 4);
    std::vector<float> wanted;
    for (std::size_t r = 0; r < 2; ++r) {
      std::vector<float> squares;
      for (std::size_t i = 0; i < width; ++i)
        squares.push_back(x[r * width + i] * x[r * width + i]);
      const float mean = sixteenfold(squares) / static_cast<float>(width);
      const float scale = 1.0f / std::sqrt(mean + 1e-5f);
      for (std::size_t i = 0; i < width; ++i)
        wanted.push_back(x[r * width + i] * scale * weight[i]);
    }
    const DeviceFloats in = put(x);
    const DeviceFloats w = put(weight);
    device->rms_norm(in.get(), w.get(), 1e-5f, 2, width, in.get());
    expect_same_bits(get(in, 2 * width), wanted);
  }
}

TEST_P(Devices, GateIsSiluTimesUp) {
  std::vector<float> gates = random_floats(1000, 5, 20);
  gates.insert(gates.end(), {0.0f, -0.0f, 87.0f, -87.0f, 1000.0f, -1000.0f, 1e-30f});
  const std::vector<float> ups = random_floats(gates.size(), 6);
  const DeviceFloats g = put(gates);
  const DeviceFloats u = put(ups);
  device->gate(g.get(), u.get(), gates.size());
  const std::vector<float> got = get(g, gates.size());
  double worst = 0;
  for (std::size_t i = 0; i < gates.size(); ++i) {
    const double x = static_cast<double>(gates[i]);
    const double wanted = x / (1 + std::exp(-x)) * static_cast<double>(ups[i]);
    const double error = std::abs(static_cast<double>(got[i]) - wanted);
    worst = std::max(worst, error / (std::abs(wanted) + 1e-30));
    ASSERT_LE(error, 4e-7 * std::abs(wanted) + 1e-33) << "gate " << gates[i];
  }
  RecordProperty("worst_relative_error", std::to_string(worst));
}

TEST_P(Devices, EveryWidthGivesTheSameBits) {
  const std::unique_ptr<Device> reference = make_cpu_device(4);
  const auto x = random_floats(1003, 7, 30);
  const auto up = random_floats(1003, 8);
  std::vector<std::vector<float>> results;
  std::vector<double> probabilities;
  for (Device* each : {reference.get(), device.get()}) {
    DeviceFloats g = each->allocate(x.size());
    const DeviceFloats u = each->allocate(x.size());
    each->upload(g.get(), x);
    each->upload(u.get(), up);
    std::vector<TokenJudgement> judgement(1);
    each->judge(g.get(), x.size(), std::vector<std::uint32_t>{17}, judgement);
    probabilities.push_back(judgement[0].log_probability);
    each->gate(g.get(), u.get(), x.size());
    std::vector<float> out(x.size());
    each->download(out, g.get());
    results.push_back(out);
  }
  expect_same_bits(results[1], results[0]);
  EXPECT_EQ(probabilities[0], probabilities[1]);
}

// Attention of rows at several positions of one sequence, in double precision.
TEST_P(Devices, AttentionReadsThePastOnly) {
  const AttentionShape shape{2, 4, 2, 6};
  const std::size_t positions = 37;
  const std::size_t layer = 1;
  const auto keys = random_floats(positions * 12, 9);
  const auto values = random_floats(positions * 12, 10);
  const auto queries = random_floats(positions * 24, 11, 3);
  std::vector<DeviceFloats> blocks;
  std::vector<float*> addresses;
  for (std::size_t i = 0; i < positions; i += cache_block_positions) {
    blocks.push_back(device->allocate(device->cache_block_floats(shape)));
    addresses.push_back(blocks.back().get());
  }
  std::vector<RowPlace> places;
  for (std::uint32_t t = 0; t < positions; ++t) places.push_back({addresses.data(), t});
  const DeviceFloats k = put(keys);
  const DeviceFloats v = put(values);
  const DeviceFloats q = put(queries);
  const DeviceFloats out = device->allocate(queries.size());
  device->keep(k.get(), v.get(), places, shape, layer);
  device->attend(q.get(), places, shape, layer, out.get());
  const std::vector<float> got = get(out, queries.size());
  for (std::size_t t = 0; t < positions; ++t) {
    for (std::size_t h = 0; h < 4; ++h) {
      std::vector<double> e;
      double total = 0;
      for (std::size_t s = 0; s <= t; ++s) {
        double score = 0;
        for (std::size_t d = 0; d < 6; ++d) {
          score += static_cast<double>(queries[t * 24 + h * 6 + d]) *
                   static_cast<double>(keys[s * 12 + h / 2 * 6 + d]);
        }
        e.push_back(std::exp(score / std::sqrt(6.0)));
        total += e.back();
      }
      for (std::size_t d = 0; d < 6; ++d) {
        double wanted = 0;
        for (std::size_t s = 0; s <= t; ++s) {
          wanted += e[s] / total * static_cast<double>(values[s * 12 + h / 2 * 6 + d]);
        }
        ASSERT_NEAR(static_cast<double>(got[t * 24 + h * 6 + d]), wanted, 2e-6)
            << "position " << t << " head " << h << " dimension " << d;
      }
    }
  }
  // Alone, and written one position after another, each row has the same bits.
  std::vector<DeviceFloats> again;
  std::vector<float*> again_addresses;
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    again.push_back(device->allocate(device->cache_block_floats(shape)));
    again_addresses.push_back(again.back().get());
  }
  const DeviceFloats one = device->allocate(24);
  for (std::uint32_t t = 0; t < positions; ++t) {
    const std::vector<RowPlace> place = {{again_addresses.data(), t}};
    device->keep(k.get() + t * 12, v.get() + t * 12, place, shape, layer);
    device->attend(q.get() + t * 24, place, shape, layer, one.get());
    expect_same_bits(get(one, 24), {got.begin() + t * 24, got.begin() + t * 24 + 24});
  }
}

TEST_P(Devices, RotationTurnsPairsOfHalves) {
  const DeviceFloats x = put({1, 2, 3, 4});
  const DeviceFloats turns = device->allocate(4);
  const std::vector<RowPlace> places = {{nullptr, 5}};
  device->rotation(places, std::vector<double>{1.0, 0.01}, turns.get());
  device->rotate(x.get(), 1, 1, 4, turns.get());
  const std::vector<float> got = get(x, 4);
  EXPECT_NEAR(got[0], 1 * std::cos(5.0) - 3 * std::sin(5.0), 1e-6);
  EXPECT_NEAR(got[2], 3 * std::cos(5.0) + 1 * std::sin(5.0), 1e-6);
  EXPECT_NEAR(got[1], 2 * std::cos(0.05) - 4 * std::sin(0.05), 1e-6);
  EXPECT_NEAR(got[3], 4 * std::cos(0.05) + 2 * std::sin(0.05), 1e-6);
}

TEST_P(Devices, JudgesRows) {
  const float infinity = std::numeric_limits<float>::infinity();
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const DeviceFloats logits = put({1,      3,        3, -2,  //
                                   0,      0,        0, 0,   //
                                   1,      nan,      0, 0,   //
                                   1,      infinity, 0, 0,   //
                                   -1e30f, 1e30f,    0, 0});
  std::vector<TokenJudgement> out(5);
  device->judge(logits.get(), 4, std::vector<std::uint32_t>{0, 3, 0, 0, 1}, out);
  EXPECT_EQ(out[0].best, 1u) << "the lowest of equals";
  EXPECT_NEAR(out[0].log_probability,
              1 - std::log(std::exp(1.0) + 2 * std::exp(3.0) + std::exp(-2.0)), 1e-6);
  EXPECT_EQ(out[1].best, 0u);
  EXPECT_NEAR(out[1].log_probability, -std::log(4.0), 1e-7);
  EXPECT_FALSE(out[2].finite);
  EXPECT_FALSE(out[3].finite);
  EXPECT_TRUE(out[4].finite);
  EXPECT_EQ(out[4].best, 1u);
  EXPECT_NEAR(out[4].log_probability, 0, 1e-12);
}

TEST_P(Devices, EmbedsAndGathersRows) {
  const auto table = random_floats(20 * 5, 12);
  const auto matrix = device->make_matrix(20, 5, table);
  const DeviceFloats out = device->allocate(15);
  device->embed(*matrix, std::vector<std::uint32_t>{19, 0, 16}, out.get());
  std::vector<float> wanted(table.begin() + 95, table.begin() + 100);
  wanted.insert(wanted.end(), table.begin(), table.begin() + 5);
  wanted.insert(wanted.end(), table.begin() + 80, table.begin() + 85);
  expect_same_bits(get(out, 15), wanted);
  const DeviceFloats picked = device->allocate(5);
  device->gather(out.get(), std::vector<std::uint32_t>{2}, 5, picked.get());
  expect_same_bits(get(picked, 5), {table.begin() + 80, table.begin() + 85});
}

TEST(Device, RefusesAnUnknownWidth) { EXPECT_EQ(make_cpu_device(5), nullptr); }

}  // namespace
}  // namespace gwageo
