#include "worker/engine_support.h"

#include <algorithm>
#include <charconv>

namespace gwageo {
namespace {

template <class T>
Result<T> read_option(const ModelSpec& spec, const std::string& key, T otherwise, T least, T most,
                      const std::string& what) {
  const auto found = spec.options.find(key);
  if (found == spec.options.end()) return otherwise;
  const std::string& text = found->second;
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() ||
      !(value >= least && value <= most)) {
    return fail(ErrorKind::bad_input,
                "engine " + spec.engine + ": option " + key + "=" + text + " must be " + what);
  }
  return value;
}

std::string brief(double number) {
  std::string text = std::to_string(number);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.ends_with('.')) text.pop_back();
  return text;
}

}  // namespace

Status expect_options(const ModelSpec& spec, std::initializer_list<std::string_view> known) {
  for (const auto& [key, value] : spec.options) {
    if (std::ranges::find(known, std::string_view(key)) != known.end()) continue;
    std::string names;
    for (const std::string_view name : known)
      names += (names.empty() ? "" : ", ") + std::string(name);
    return fail(ErrorKind::bad_input,
                "engine " + spec.engine + ": unknown option \"" + key + "\"" +
                    (names.empty() ? "; it takes none" : "; it takes " + names));
  }
  return {};
}

Result<double> number_option(const ModelSpec& spec, const std::string& key, double otherwise,
                             double least, double most) {
  return read_option<double>(spec, key, otherwise, least, most,
                             "a number from " + brief(least) + " to " + brief(most));
}

Result<std::uint32_t> count_option(const ModelSpec& spec, const std::string& key,
                                   std::uint32_t otherwise, std::uint32_t least,
                                   std::uint32_t most) {
  return read_option<std::uint32_t>(
      spec, key, otherwise, least, most,
      "a whole number from " + std::to_string(least) + " to " + std::to_string(most));
}

tl::unexpected<Error> load_broken_off() {
  return fail(ErrorKind::unavailable, "the load was broken off");
}

Response cancelled_response() {
  Response response;
  response.outcome = Outcome::cancelled;
  response.error = "cancelled";
  return response;
}

}  // namespace gwageo
