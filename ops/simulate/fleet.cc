#include "ops/simulate/fleet.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "ops/simulate/csv.h"
#include "protocol/check.h"

namespace gwageo::simulate {
namespace {

constexpr std::uint32_t domain_nodes = 32;
const std::string too_many_kinds =
    "is one kind of GPU more than the " + std::to_string(kinds_max) + " that a fleet may have";
constexpr const char* no_domain =
    "is no name of a domain; give it a name of its own, and a line to each node that shares no "
    "fast network";
constexpr std::int64_t memory_mib_max = std::int64_t{1} << 30;

std::uint32_t kind_number(Fleet& fleet, std::string_view kind) {
  const auto found = std::find(fleet.kinds.begin(), fleet.kinds.end(), kind);
  const auto number = static_cast<std::uint32_t>(found - fleet.kinds.begin());
  if (found == fleet.kinds.end()) fleet.kinds.emplace_back(kind);
  return number;
}

void add(Fleet& fleet, Node node) {
  if (fleet.gpu_begin.empty()) fleet.gpu_begin.push_back(0);
  fleet.gpu_begin.push_back(fleet.gpu_begin.back() + node.gpus);
  fleet.nodes.push_back(std::move(node));
}

// Nodes of a domain follow each other.
void sort_by_domain(Fleet& fleet) {
  std::vector<Node> nodes = std::move(fleet.nodes);
  std::stable_sort(nodes.begin(), nodes.end(),
                   [](const Node& a, const Node& b) { return a.domain < b.domain; });
  fleet.nodes.clear();
  fleet.gpu_begin.clear();
  for (Node& node : nodes) add(fleet, std::move(node));
}

Result<Fleet> read_openb(const Csv& csv) {
  GWAGEO_ASSIGN(name, csv.column("sn"));
  GWAGEO_ASSIGN(gpu, csv.column("gpu"));
  GWAGEO_ASSIGN(model, csv.column("model"));
  GWAGEO_ASSIGN(memory, csv.column("memory_mib"));
  GWAGEO_TRY(csv.unique(name));
  Fleet fleet;
  for (std::size_t row = 0; row < csv.rows(); ++row) {
    GWAGEO_ASSIGN(gpus, csv.whole(row, gpu, 0, node_gpus_max));
    GWAGEO_ASSIGN(memory_mib, csv.whole(row, memory, 0, memory_mib_max));
    if (gpus == 0) continue;
    const auto count = static_cast<std::uint32_t>(gpus);
    if (fleet.gpus() + count > fleet_gpus_max) return csv.refuse(row, gpu, "makes too many GPUs");
    if (csv.text(row, model).empty()) return csv.refuse(row, model, "says no kind of GPU");
    const auto domain = static_cast<std::uint32_t>(fleet.nodes.size());
    const std::uint32_t kind = kind_number(fleet, csv.text(row, model));
    if (kind == kinds_max) return csv.refuse(row, model, too_many_kinds);
    add(fleet, {std::string(csv.text(row, name)), count, kind, domain, memory_mib});
  }
  return fleet;
}

std::optional<std::size_t> maybe(const Csv& csv, std::string_view column) {
  if (!csv.has(column)) return std::nullopt;
  return *csv.column(column);
}

Result<Fleet> read_own(const Csv& csv) {
  GWAGEO_ASSIGN(gpus_at, csv.column("gpus"));
  // A column that is misspelt would be left out in silence.
  GWAGEO_TRY(csv.only({"gpus", "count", "name", "kind", "memory_mib", "domain"}));
  const std::optional<std::size_t> count_at = maybe(csv, "count");
  const std::optional<std::size_t> name_at = maybe(csv, "name");
  const std::optional<std::size_t> kind_at = maybe(csv, "kind");
  const std::optional<std::size_t> memory_at = maybe(csv, "memory_mib");
  const std::optional<std::size_t> domain_at = maybe(csv, "domain");
  Fleet fleet;
  std::map<std::string_view, std::uint32_t> domains;  // Numbered as they come.
  std::set<std::string> names;  // Of the file, or with a number where a row is several nodes.
  for (std::size_t row = 0; row < csv.rows(); ++row) {
    const auto whole = [&](std::optional<std::size_t> column, std::int64_t otherwise,
                           std::int64_t least, std::int64_t most) -> Result<std::int64_t> {
      if (!column) return otherwise;
      return csv.whole(row, *column, least, most);
    };
    GWAGEO_ASSIGN(gpus, csv.whole(row, gpus_at, 1, node_gpus_max));
    GWAGEO_ASSIGN(count, whole(count_at, 1, 1, fleet_gpus_max));
    GWAGEO_ASSIGN(memory, whole(memory_at, 0, 0, memory_mib_max));
    if (fleet.gpus() + gpus * count > fleet_gpus_max) {
      return csv.refuse(row, count_at.value_or(gpus_at),
                        "makes more than " + std::to_string(fleet_gpus_max) + " GPUs");
    }
    if (name_at && csv.text(row, *name_at).empty()) {
      return csv.refuse(row, *name_at, "is no name of a node");
    }
    if (kind_at && csv.text(row, *kind_at).empty()) {
      return csv.refuse(row, *kind_at, "says no kind of GPU");
    }
    const std::uint32_t kind = kind_number(fleet, kind_at ? csv.text(row, *kind_at) : unsaid_kind);
    if (kind == kinds_max) return csv.refuse(row, *kind_at, too_many_kinds);
    if (domain_at && csv.text(row, *domain_at).empty()) {
      return csv.refuse(row, *domain_at, no_domain);
    }
    const std::string_view domain_name = domain_at ? csv.text(row, *domain_at) : "";
    const auto next = static_cast<std::uint32_t>(domains.size());
    const std::uint32_t named = domains.try_emplace(domain_name, next).first->second;
    for (std::int64_t i = 0; i < count; ++i) {
      const std::size_t place = fleet.nodes.size();
      const std::uint32_t domain = domain_at ? named : static_cast<std::uint32_t>(place);
      std::string name = name_at ? std::string(csv.text(row, *name_at)) : "node-";
      if (count > 1 || !name_at) name += std::to_string(place);
      if (name_at && !names.insert(name).second) {
        return csv.refuse(row, *name_at, "makes two nodes called \"" + name.substr(0, 40) + "\"");
      }
      add(fleet, {std::move(name), static_cast<std::uint32_t>(gpus), kind, domain, memory});
    }
  }
  return fleet;
}

}  // namespace

Fleet uniform_fleet(std::uint32_t nodes, std::uint32_t gpus) {
  return uneven_fleet(nodes, gpus, 0);
}

Fleet uneven_fleet(std::uint32_t nodes, std::uint32_t gpus, std::uint32_t narrow) {
  GWAGEO_CHECK(nodes > 0 && gpus > 0 && gpus <= node_gpus_max);
  GWAGEO_CHECK(std::uint64_t{nodes} * gpus <= fleet_gpus_max);
  GWAGEO_CHECK(narrow <= nodes);
  Fleet fleet;
  const std::uint32_t kind = kind_number(fleet, unsaid_kind);
  for (std::uint32_t i = 0; i < nodes; ++i) {
    const bool is_wide = i < nodes - narrow;
    const std::uint32_t domain = is_wide ? i / domain_nodes : i;
    const std::uint32_t own = is_wide ? gpus : std::max(1U, gpus / 2);
    add(fleet, {"node-" + std::to_string(i), own, kind, domain, 0});
  }
  return fleet;
}

Result<Fleet> read_fleet(std::string_view text, const std::string& file) {
  GWAGEO_ASSIGN(csv, Csv::parse(text, file));
  GWAGEO_ASSIGN(fleet, csv.has("sn") ? read_openb(csv) : read_own(csv));
  sort_by_domain(fleet);
  if (fleet.gpus() == 0) return fail(ErrorKind::bad_input, file + ": no node has a GPU");
  return fleet;
}

}  // namespace gwageo::simulate
