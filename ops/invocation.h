// Invocation: what a person gave on the command line, by name, already told apart.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/result.h"

namespace gwageo {

/// A name as it is written: FILE or --out.
std::string shown_name(std::string_view name);

/// Options and positional arguments of one verb. Names are without dashes: "data", "FILE". A value.
class Invocation {
 public:
  void add(const std::string& name, std::string value) {
    values_[name].push_back(std::move(value));
  }

  bool has(std::string_view name) const { return values_.find(name) != values_.end(); }
  /// What was given under `name`, if anything; the last of several.
  std::optional<std::string> text(std::string_view name) const;
  std::string text_or(std::string_view name, std::string otherwise) const;
  /// Everything that was given under `name`, in order.
  std::vector<std::string> texts(std::string_view name) const;
  /// bad_input, naming the option and its bounds, when it is no whole number within them.
  Result<std::int64_t> whole_or(std::string_view name, std::int64_t otherwise, std::int64_t least,
                                std::int64_t most) const;
  /// Whether one JSON document is wanted instead of text.
  bool json() const { return has("json"); }

  /// The data directory: --data, else GWAGEO_DATA, else ./gwageo-data. Absolute.
  std::string data_directory() const;

 private:
  std::map<std::string, std::vector<std::string>, std::less<>> values_;
};

}  // namespace gwageo
