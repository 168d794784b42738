#include "benchmarks/few_shot.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "benchmarks/mersenne_twister.h"
#include "tests/benchmarks/memory_files.h"

namespace gwageo {
namespace {

struct Seeded {
  std::uint64_t seed;
  std::uint32_t words[3];
};

// random.Random(seed).getrandbits(32), three times, of CPython 3.11.
// clang-format off
constexpr Seeded seeded[] = {
    {0ull, {0xd82c07cdu, 0x629f6fbeu, 0xc2094cacu}},
    {1ull, {0x2265b1f5u, 0x91b7584au, 0xd8f16adfu}},
    {2ull, {0xf4bea973u, 0xdcf4bb99u, 0xf2a4d27bu}},
    {3ull, {0x3ceb3ffdu, 0x97b75092u, 0x8b529b4au}},
    {5ull, {0x9f767c45u, 0x4164d839u, 0xbde5c099u}},
    {42ull, {0xa3b1799du, 0x1c80317fu, 0x06671ad1u}},
    {1234ull, {0xf7697fb9u, 0xc735df5eu, 0x70d3da1fu}},
    {1337ull, {0x9e250d03u, 0xecefe37bu, 0x888417a5u}},
    {65535ull, {0x097be30au, 0xa156344cu, 0xd8266debu}},
    {65536ull, {0x6a81e25eu, 0xbdbe7e94u, 0xee87fcb0u}},
    {99999ull, {0x1ed876b9u, 0xf31089efu, 0x4f2d4d57u}},
    {123456789ull, {0xa432d4b7u, 0x7138777cu, 0x8accea7fu}},
    {2147483647ull, {0x515896c0u, 0xefd12f52u, 0xd13e2d98u}},
    {2147483648ull, {0x56bb5322u, 0x6097aeb0u, 0x814bbe18u}},
    {4294967295ull, {0xa2a6c909u, 0x9e9c04f4u, 0x3404e941u}},
    {4294967296ull, {0x1ced31d7u, 0x59ef8bbcu, 0x6af6d506u}},
    {4294967297ull, {0x3b1e6e85u, 0x804005d4u, 0x832d6c79u}},
    {1000000000000ull, {0x7a1e182du, 0xd21d068au, 0xab28d17cu}},
    {1000000000000000ull, {0x38cf4b13u, 0x1e0ca649u, 0x5e0d5700u}},
    {9007199254740992ull, {0xb160873au, 0x7e1eb491u, 0xffdd878bu}},
    {9007199254740993ull, {0x5a26b79au, 0x4f541179u, 0x5657af92u}},
    {9223372036854775807ull, {0x510fa39fu, 0xa81394c8u, 0xa19a35cbu}},
    {9223372036854775808ull, {0x8dafd108u, 0x64d61bfeu, 0xf0cc1c28u}},
    {18446744073709551615ull, {0x05965e7eu, 0x3faff328u, 0x568d6a40u}},
    {7ull, {0x52e6b438u, 0xf2a74de4u, 0x269e0d37u}},
    {11ull, {0x73cf256du, 0xdda1494cu, 0x8f4d3e27u}},
    {13ull, {0x424e617bu, 0x4a6f188au, 0xaf6d114cu}},
    {17ull, {0x85a0bcc1u, 0x6a06e9abu, 0xce834960u}},
    {19ull, {0xad581e57u, 0x0b12ae6eu, 0xc8eff346u}},
    {23ull, {0xecc3f80cu, 0xc7859faeu, 0xf2d7d40fu}},
};
// clang-format on

TEST(PythonRandom, SeedsAsCPythonDoes) {
  for (const Seeded& one : seeded) {
    PythonRandom random(one.seed);
    for (const std::uint32_t word : one.words) EXPECT_EQ(random.bits(32), word) << one.seed;
  }
}

TEST(PythonRandom, DrawsBitsAsCPythonDoes) {
  PythonRandom random(1234);
  EXPECT_EQ(random.bits(1), 0x1u);
  EXPECT_EQ(random.bits(7), 0x63u);
  EXPECT_EQ(random.bits(31), 0x3869ed0fu);
  EXPECT_EQ(random.bits(32), 0x1de9ea66u);
  EXPECT_EQ(random.bits(33), 0x1eaf614u);
  EXPECT_EQ(random.bits(48), 0xf149e935b870u);
  EXPECT_EQ(random.bits(63), 0x674bdadef073eed1u);
  EXPECT_EQ(random.bits(64), 0x8f0ebd4950cddd9u);
}

TEST(PythonRandom, DrawsBelowALimitAsCPythonDoes) {
  PythonRandom random(1234);
  const std::uint64_t limits[] = {1,          2, 3, 10, 100, 1000, 1ull << 32, (1ull << 32) + 1,
                                  1ull << 40, 7};
  const std::uint64_t expected[] = {0, 0, 0, 1, 74, 35, 360511942, 3292010550, 35376828617, 0};
  for (std::size_t i = 0; i < 10; ++i) EXPECT_EQ(random.below(limits[i]), expected[i]) << i;
}

struct Sampled {
  std::size_t population;
  std::size_t count;
  std::vector<std::size_t> picks;
};

// One generator, seeded with 1234, asked in this order; both ways of sampling and their border.
TEST(PythonRandom, SamplesAsCPythonDoes) {
  // clang-format off
  const Sampled samples[] = {
    {5, 5, {3, 0, 4, 2, 1}},
    {5, 1, {0}},
    {21, 5, {3, 11, 7, 0, 17}},
    {22, 5, {0, 11, 20, 19, 15}},
    {100, 5, {78, 59, 19, 11, 23}},
    {85, 6, {14, 1, 64, 62, 31, 8}},
    {86, 6, {85, 69, 59, 8, 76, 11}},
    {277, 21, {263, 23, 138, 32, 154, 246, 181, 136, 127, 102, 232, 271, 9, 260, 36, 2, 170, 73,
        242, 193, 85}},
    {278, 22, {27, 39, 254, 83, 38, 110, 73, 13, 177, 56, 271, 72, 156, 232, 20, 213, 141, 90,
        139, 79, 153, 237}},
    {1000, 10, {42, 576, 395, 782, 357, 507, 349, 596, 836, 479}},
    {1, 1, {0}},
    {3, 0, {}},
    {1000, 25, {46, 801, 955, 482, 891, 836, 609, 902, 174, 450, 751, 799, 531, 834, 448, 302,
        281, 126, 796, 190, 426, 446, 787, 122, 961}},
    {37, 9, {33, 6, 31, 24, 16, 12, 11, 3, 22}},
    {64, 2, {20, 34}},
  };
  // clang-format on
  PythonRandom random(1234);
  for (const Sampled& one : samples) {
    EXPECT_EQ(random.sample(one.population, one.count), one.picks) << one.population;
  }
}

// A task that asks "N" and answers "aN", with a pool of rows numbered from 0.
struct Pool {
  Task task;
  MemoryFiles files;
  std::optional<Document> document;

  explicit Pool(std::size_t rows, std::uint32_t count) {
    task.name = "t";
    task.question.text = "n";
    task.question.target = "{{'a' + n}}";
    task.few_shot.question = task.question;
    task.few_shot.target_delimiter = "=";
    task.few_shot.delimiter = ";";
    task.few_shot.count = count;
    task.few_shot.split = "dev";
    task.data_files["dev"] = {"dev.jsonl"};
    std::string content;
    for (std::size_t i = 0; i < rows; ++i) content += row(i) + "\n";
    files.set("dev.jsonl", content);
    document = Document::compile(task, columns(), Json::parse(row(0)).value()).value();
  }
  static Columns columns() {
    Columns columns;
    columns.add("n", false);
    return columns;
  }
  static std::string row(std::size_t i) { return "{\"n\":\"" + std::to_string(i) + "\"}"; }
  Result<FewShotExamples> load() const { return FewShotExamples::load(task, *document, files); }
  // The examples for `count` documents numbered from 0, or the refusal.
  std::vector<std::string> examples(std::size_t count) const {
    auto loaded = load();
    if (!loaded) return {loaded.error().message};
    std::vector<std::string> out;
    for (std::size_t i = 0; i < count; ++i) {
      std::string text;
      const auto drawn = loaded->draw(Json::parse(row(i)).value());
      if (drawn) {
        for (const FewShotExamples::Example* example : *drawn) text += example->text;
      }
      out.push_back(drawn ? text : drawn.error().message);
    }
    return out;
  }
};

using Texts = std::vector<std::string>;

TEST(FewShot, TakesTheFirstInOrder) {
  Pool pool(5, 2);
  pool.task.few_shot.sampler = "first_n";
  EXPECT_EQ(pool.examples(3), (Texts{"0=a0;1=a1;", "0=a0;1=a1;", "0=a0;1=a1;"}));
  pool.task.few_shot.drops_evaluated = true;
  EXPECT_EQ(pool.examples(3), (Texts{"1=a1;2=a2;", "0=a0;2=a2;", "0=a0;1=a1;"}));
}

TEST(FewShot, DrawsFromOneGeneratorDocumentByDocument) {
  const Pool pool(5, 2);
  // random.Random(1234).sample(range(5), 2), four times.
  EXPECT_EQ(pool.examples(4), (Texts{"3=a3;0=a0;", "0=a0;4=a4;", "4=a4;0=a0;", "0=a0;4=a4;"}));
}

TEST(FewShot, DrawsOneMoreAndDropsTheDocumentAskedAbout) {
  Pool pool(4, 2);
  pool.task.few_shot.drops_evaluated = true;
  // [x for x in random.Random(1234).sample(range(4), 3) if x != i][:2] for i in 0, 1, 2, 3.
  EXPECT_EQ(pool.examples(4), (Texts{"3=a3;2=a2;", "0=a0;2=a2;", "0=a0;3=a3;", "1=a1;0=a0;"}));
}

TEST(FewShot, RefusesAPoolThatIsTooSmall) {
  EXPECT_EQ(Pool(1, 2).examples(1),
            Texts{"dev.jsonl: task 't': the few-shot split 'dev' has 1 rows, 2 are needed"});
  Pool pool(2, 2);
  EXPECT_EQ(pool.examples(0), Texts{});
  pool.task.few_shot.drops_evaluated = true;
  EXPECT_EQ(
      pool.examples(1),
      Texts{"dev.jsonl: task 't': the few-shot split 'dev' has 2 rows, 3 are needed (one more "
            "than num_fewshot, because the document asked about is dropped)"});
  pool.task.few_shot.sampler = "first_n";  // In order: the document may be none of them.
  EXPECT_EQ(pool.examples(0), Texts{});
  pool.files.set("dev.jsonl", "\n");
  EXPECT_EQ(
      pool.examples(1).front().rfind("dev.jsonl: task 't': the few-shot split 'dev' has 0 rows", 0),
      0u);
}

TEST(FewShot, RefusesExamplesThatEqualTheDocument) {
  Pool pool(3, 2);
  pool.task.few_shot.drops_evaluated = true;
  pool.files.set("dev.jsonl", "{\"n\":\"0\",\"m\":1}\n{\"m\":1,\"n\":\"0\"}\n{\"n\":\"2\"}\n");
  auto loaded = pool.load();
  ASSERT_TRUE(loaded);
  EXPECT_EQ(loaded->draw(Json::parse("{\"n\":\"0\",\"m\":1}").value()).error().message,
            "num_fewshot: only 1 of the 2 examples of the few-shot split 'dev' differ from "
            "the document asked about");
}

TEST(FewShot, NamesTheRowOfAnExampleThatCannotBeRendered) {
  Pool pool(2, 2);
  pool.files.set("dev.jsonl", "{\"n\":\"0\"}\n\n{\"m\":\"1\"}\n");
  EXPECT_EQ(
      pool.examples(1),
      Texts{"dev.jsonl:3, as an example: doc_to_text: the field 'n' is null, expected a string"});
  pool.files.set("dev.jsonl", "{\"m\":\"0\"}\n{\"m\":\"1\"}\n");
  EXPECT_EQ(pool.examples(1),
            Texts{"dev.jsonl:2, as an example: doc_to_text: the field 'n' is missing"});
}

TEST(FewShot, TakesSamplesOfTheTaskFile) {
  Pool pool(0, 2);
  pool.task.few_shot.sampler = "first_n";
  pool.task.few_shot.samples = Json::parse(R"([{"n":"7"},{"n":"8"},{"n":"9"}])").value();
  EXPECT_EQ(pool.examples(1), Texts{"7=a7;8=a8;"});
  pool.task.few_shot.count = 4;
  EXPECT_EQ(pool.examples(1).front().rfind("fewshot_config.samples: task 't'", 0), 0u);
}

}  // namespace
}  // namespace gwageo
