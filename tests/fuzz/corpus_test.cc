// Every target over its corpus and its seeds, and over inputs that are like them, in every build:
// what a fuzzer once found stays found without one.
#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

#include "tests/folders.h"
#include "tests/fuzz/targets.h"

namespace gwageo::fuzz {
namespace {

namespace fs = std::filesystem;

constexpr int changed_per_input = 40;

fs::path corpus() { return folders::source() / "tests/fuzz/corpus"; }

std::vector<std::string> inputs_of(const Target& target) {
  std::vector<std::string> inputs = {""};
  if (target.seeds != nullptr) {
    for (std::string& seed : target.seeds()) inputs.push_back(std::move(seed));
  }
  std::set<fs::path> paths;
  if (fs::exists(corpus() / target.name)) {
    for (const auto& entry : fs::directory_iterator(corpus() / target.name)) {
      paths.insert(entry.path());
    }
  }
  for (const fs::path& path : paths) {
    std::ifstream file(path, std::ios::binary);
    inputs.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  }
  return inputs;
}

/// The same numbers everywhere.
class Numbers {
 public:
  std::size_t below(std::size_t limit) {
    state_ = state_ * 6364136223846793005u + 1442695040888963407u;
    return static_cast<std::size_t>(state_ >> 33) % limit;
  }

 private:
  std::uint64_t state_ = 1;
};

std::string changed(std::string input, const std::vector<std::string>& others, Numbers& numbers) {
  for (std::size_t times = 1 + numbers.below(3); times > 0; --times) {
    const std::size_t at = numbers.below(input.size() + 1);
    const std::string& other = others[numbers.below(others.size())];
    const std::size_t from = numbers.below(other.size() + 1);
    switch (numbers.below(4)) {
      case 0: input.resize(at); break;
      case 1: input.insert(at, 1, static_cast<char>(numbers.below(256))); break;
      case 2: input.insert(at, other.substr(from, 1 + numbers.below(16))); break;
      default:
        if (at < input.size()) input[at] = static_cast<char>(input[at] ^ (1 << numbers.below(8)));
    }
  }
  return input;
}

TEST(FuzzCorpus, EveryTargetTakesItsCorpusAndWhatIsLikeIt) {
  for (const Target* const target : all_targets()) {
    SCOPED_TRACE(target->name);
    const std::vector<std::string> inputs = inputs_of(*target);
    EXPECT_GT(inputs.size(), 1U) << "a target needs a seed or a corpus";
    Numbers numbers;
    for (const std::string& input : inputs) {
      target->run(input);
      for (int i = 0; i < changed_per_input; ++i) target->run(changed(input, inputs, numbers));
    }
  }
}

TEST(FuzzCorpus, EveryFolderBelongsToATarget) {
  std::set<std::string> names;
  for (const Target* const target : all_targets()) names.emplace(target->name);
  for (const auto& entry : fs::directory_iterator(corpus())) {
    EXPECT_TRUE(names.contains(entry.path().filename())) << entry.path();
  }
}

}  // namespace
}  // namespace gwageo::fuzz
