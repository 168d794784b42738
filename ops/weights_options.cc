#include "ops/weights_options.h"

#include <array>
#include <charconv>
#include <string>
#include <utility>

#include "ops/parameters.h"
#include "ops/system.h"

namespace gwageo {
namespace {

constexpr std::int64_t readers_max = 1024;
constexpr std::uint64_t quota_least = 1'000'000;
constexpr std::int64_t rate_max = 1'000'000;

struct Unit {
  std::string_view name;
  std::uint64_t bytes;
};
constexpr std::array<Unit, 8> units = {{{"KB", 1'000},
                                        {"MB", 1'000'000},
                                        {"GB", 1'000'000'000},
                                        {"TB", 1'000'000'000'000},
                                        {"KiB", std::uint64_t{1} << 10},
                                        {"MiB", std::uint64_t{1} << 20},
                                        {"GiB", std::uint64_t{1} << 30},
                                        {"TiB", std::uint64_t{1} << 40}}};

/// "KB, MB, ... or TiB".
std::string names_of_units() {
  std::string names;
  for (const Unit& unit : units) {
    names += names.empty() ? "" : &unit == &units.back() ? " or " : ", ";
    names += unit.name;
  }
  return names;
}

}  // namespace

std::optional<std::uint64_t> parse_bytes(std::string_view text) {
  for (const Unit& unit : units) {
    if (!text.ends_with(unit.name)) continue;
    const std::string_view number = text.substr(0, text.size() - unit.name.size());
    std::uint64_t value = 0;
    const auto [stop, error] = std::from_chars(number.begin(), number.end(), value);
    constexpr std::uint64_t most = std::uint64_t{1} << 62;
    if (error != std::errc{} || stop != number.end() || value > most / unit.bytes) break;
    return value * unit.bytes;
  }
  return std::nullopt;
}

std::vector<Parameter> weights_cache_parameters() {
  return {
      option("--weights-cache", "DIR",
             "a folder on a disk of this node: models of engines builtin and process are copied "
             "there once for all workers of the node, and verified (read in place unless given)"),
      option("--weights-quota", "SIZE",
             "of that folder, as 500GB or 2TiB, 1MB at least; the least recently used model goes"),
      option("--weights-readers", "N",
             "processes of this node that read storage for it at a time (2)"),
  };
}

std::vector<Parameter> worker_weights_parameters() {
  return with(
      weights_cache_parameters(),
      {
          option("--weights-meet", "DIR",
                 "a folder that all nodes see: there they find one another, and one alone reads a "
                 "model from storage"),
          option("--weights-listen", "ADDR",
                 "with --weights-meet: this node's HOST or HOST:PORT for the others"),
          option("--weights-rate", "N",
                 "MB/s at most that go to each other node (as fast as it goes unless given)"),
      });
}

Result<WeightsCacheOptions> weights_cache_options(const Invocation& arguments) {
  const std::optional<std::string> quota = arguments.text("weights-quota");
  if (!quota) {
    return fail(ErrorKind::bad_input,
                "a weights cache needs --weights-quota SIZE, such as 500GB or 2TiB");
  }
  const std::optional<std::uint64_t> bytes = parse_bytes(*quota);
  if (!bytes) {
    return fail(ErrorKind::bad_input,
                "--weights-quota: \"" + *quota +
                    "\" is no size such as 500GB or 2TiB: a whole number of " + names_of_units());
  }
  if (*bytes < quota_least) {
    return fail(ErrorKind::bad_input,
                "--weights-quota: \"" + *quota +
                    "\" is less than 1MB, and holds no model: give a size such as 500GB or 2TiB");
  }
  GWAGEO_ASSIGN(readers, arguments.whole_or("weights-readers", 2, 1, readers_max));
  return WeightsCacheOptions{absolute_path(arguments.text_or("weights-cache", "")), *bytes,
                             static_cast<std::uint32_t>(readers)};
}

namespace {

/// Nothing: models are read in place.
Result<std::optional<WeightsNodeOptions>> weights_node_options(const Invocation& arguments) {
  if (arguments.text_or("weights-cache", "").empty()) {
    for (const char* beside :
         {"weights-quota", "weights-readers", "weights-meet", "weights-listen", "weights-rate"}) {
      if (!arguments.has(beside)) continue;
      return fail(ErrorKind::bad_input,
                  "--" + std::string(beside) + " is of a weights cache: give --weights-cache DIR");
    }
    return std::nullopt;
  }
  GWAGEO_ASSIGN(cache, weights_cache_options(arguments));
  GWAGEO_ASSIGN(rate, arguments.whole_or("weights-rate", 0, 1, rate_max));
  WeightsNodeOptions options;
  options.cache = std::move(cache);
  options.listen = arguments.text_or("weights-listen", "");
  options.rate = static_cast<std::uint64_t>(rate) * 1'000'000;
  if (arguments.text_or("weights-meet", "").empty() != options.listen.empty()) {
    return fail(ErrorKind::bad_input,
                "--weights-meet and --weights-listen need each other: where nodes find one "
                "another, and where they find this one");
  }
  return options;
}

}  // namespace

Status check_weights_options(const Invocation& arguments) {
  const auto options = weights_node_options(arguments);
  return options ? Status{} : Status(tl::unexpected(options.error()));
}

Result<WorkerWeights> worker_weights(const Invocation& arguments, Log& log) {
  GWAGEO_ASSIGN(options, weights_node_options(arguments));
  if (!options) return WorkerWeights{};
  WorkerWeights weights;
  const std::string meet = arguments.text_or("weights-meet", "");
  if (!meet.empty()) {
    GWAGEO_ASSIGN(directory, FolderWeightsDirectory::open(absolute_path(meet)));
    weights.directory = std::move(directory);
  }
  GWAGEO_ASSIGN(node, WeightsNode::open(*options, weights.directory.get(), log));
  weights.node = std::move(node);
  return weights;
}

}  // namespace gwageo
