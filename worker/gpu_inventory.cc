#include "worker/gpu_inventory.h"

#include <algorithm>

#include "protocol/ascii.h"

namespace gwageo {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

/// Letters and digits, in lower case.
std::string plain(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (is_digit(c) || is_letter(c)) out.push_back(lower(c));
  }
  return out;
}

std::vector<std::string> words_of(std::string_view name) {
  std::vector<std::string> words(1);
  for (const char c : name) {
    const bool is_part = is_digit(c) || is_letter(c) || c == '.' || c == '-';
    if (is_part) words.back().push_back(c);
    if (!is_part && !words.back().empty()) words.emplace_back();
  }
  if (words.back().empty()) words.pop_back();
  return words;
}

/// "80GB", "HBM3", "PCIe", "SXM4": how it is built, not what it is.
bool is_build(const std::string& word) {
  const std::string is = plain(word);
  const bool is_size = !is.empty() && is_digit(is[0]) && is.ends_with("gb");
  return is_size || is.starts_with("hbm") || is.starts_with("pcie") || is.starts_with("sxm") ||
         is == "nvl";
}

template <class T>
Json said(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}

Json text(const std::string& value) { return value.empty() ? Json(nullptr) : Json(value); }

Json json_of(const std::optional<GpuRemappedRows>& rows) {
  if (!rows) return nullptr;
  return Json::Object{{"correctable", rows->correctable},
                      {"uncorrectable", rows->uncorrectable},
                      {"pending", rows->pending},
                      {"failed", rows->failed}};
}

Json json_of(const std::optional<std::vector<GpuProcess>>& processes) {
  if (!processes) return nullptr;
  Json list = Json::array();
  for (const GpuProcess& one : *processes) {
    list.push_back(Json::Object{
        {"pid", one.pid}, {"memory_bytes", said(one.memory_bytes)}, {"own", one.is_own}});
  }
  return list;
}

Json json_of(const GpuReading& gpu) {
  Json json;
  json["gpu"] = gpu.index;
  json["name"] = text(gpu.name);
  json["lost"] = text(gpu.lost);
  json["uuid"] = text(gpu.uuid);
  json["pci"] = text(gpu.pci);
  json["memory_bytes"] = said(gpu.memory_bytes);
  json["used_bytes"] = said(gpu.used_bytes);
  const bool has_capability = gpu.major && gpu.minor;
  json["compute_capability"] =
      has_capability ? Json(std::to_string(*gpu.major) + "." + std::to_string(*gpu.minor))
                     : Json(nullptr);
  json["ecc"] = said(gpu.ecc);
  json["corrected_errors"] = said(gpu.corrected);
  json["uncorrected_errors"] = said(gpu.uncorrected);
  json["remapped_rows"] = json_of(gpu.remapped);
  json["retired_pages"] = said(gpu.retired_pages);
  json["xid"] = said(gpu.xid);
  json["celsius"] = said(gpu.celsius);
  json["slows_at_celsius"] = said(gpu.slows_at_celsius);
  json["clock_mhz"] = said(gpu.clock_mhz);
  json["clock_mhz_max"] = said(gpu.clock_mhz_max);
  json["memory_clock_mhz"] = said(gpu.memory_clock_mhz);
  json["slowdowns"] = said(gpu.slowdowns);
  json["milliwatts"] = said(gpu.milliwatts);
  json["nvlinks"] = said(gpu.nvlinks);
  json["mig"] = said(gpu.mig);
  Json instances = Json::array();
  for (const std::string& uuid : gpu.mig_instances) instances.push_back(uuid);
  json["mig_instances"] = std::move(instances);
  json["processes"] = json_of(gpu.processes);
  return json;
}

}  // namespace

Json GpuInventory::to_json() const {
  Json json;
  json["source"] = source;
  Json list = Json::array();
  for (const GpuReading& gpu : gpus) list.push_back(json_of(gpu));
  json["gpus"] = std::move(list);
  Json between = Json::array();
  for (const GpuPair& pair : pairs) {
    between.push_back(Json::Object{
        {"a", pair.a}, {"b", pair.b}, {"nvlinks", pair.nvlinks}, {"meet_at", text(pair.meet_at)}});
  }
  json["pairs"] = std::move(between);
  return json;
}

std::string pci_place(std::string_view said) {
  std::string place;
  for (const char c : said) place.push_back(lower(c));
  const std::size_t colon = place.find(':');
  if (colon == std::string::npos) return place;
  while (place.find(':') > 4 && place[0] == '0') place.erase(0, 1);
  while (place.find(':') < 4) place.insert(0, 1, '0');
  return place;
}

std::string gpu_kind_of(std::string_view name) {
  std::string kind;
  for (const std::string& word : words_of(name)) {
    const std::string is = plain(word);
    if (is.empty() || is == "nvidia" || is == "tesla" || is == "geforce" || is == "quadro") {
      continue;
    }
    if (is_build(word)) break;
    const std::size_t dash = word.find('-');  // "A100-SXM4-80GB"
    kind += (kind.empty() ? "" : "-") + word.substr(0, dash);
    if (dash != std::string::npos) break;
  }
  return kind.empty() || !(is_digit(kind[0]) || is_letter(kind[0])) ? "GPU" : kind.substr(0, 128);
}

bool is_of_kind(std::string_view name, std::string_view kind) {
  const std::string found = plain(gpu_kind_of(name));
  const std::string meant = plain(kind);
  if (meant.empty()) return false;
  return plain(name).find(meant) != std::string::npos || meant.find(found) != std::string::npos;
}

}  // namespace gwageo
