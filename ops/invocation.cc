#include "ops/invocation.h"

#include <cctype>
#include <charconv>
#include <cstdlib>
#include <filesystem>

namespace gwageo {

std::string shown_name(std::string_view name) {
  const bool is_argument = std::isupper(static_cast<unsigned char>(name.front())) != 0;
  return (is_argument ? "" : "--") + std::string(name);
}

std::optional<std::string> Invocation::text(std::string_view name) const {
  const auto found = values_.find(name);
  if (found == values_.end()) return std::nullopt;
  return found->second.back();
}

std::string Invocation::text_or(std::string_view name, std::string otherwise) const {
  return text(name).value_or(std::move(otherwise));
}

std::vector<std::string> Invocation::texts(std::string_view name) const {
  const auto found = values_.find(name);
  return found == values_.end() ? std::vector<std::string>{} : found->second;
}

Result<std::int64_t> Invocation::whole_or(std::string_view name, std::int64_t otherwise,
                                          std::int64_t least, std::int64_t most) const {
  const std::optional<std::string> given = text(name);
  if (!given) return otherwise;
  std::int64_t value = 0;
  const char* const end = given->data() + given->size();
  const auto [stop, error] = std::from_chars(given->data(), end, value);
  if (error != std::errc{} || stop != end || value < least || value > most) {
    return fail(ErrorKind::bad_input, shown_name(name) + ": \"" + *given +
                                          "\" is no whole number from " + std::to_string(least) +
                                          " to " + std::to_string(most));
  }
  return value;
}

std::string Invocation::data_directory() const {
  std::string path = "./gwageo-data";
  if (const char* const set = std::getenv("GWAGEO_DATA"); set != nullptr && *set != '\0')
    path = set;
  path = text_or("data", path);
  std::error_code error;
  const std::filesystem::path absolute = std::filesystem::absolute(path, error);
  if (error) return path;
  std::string normal = absolute.lexically_normal().string();
  if (normal.size() > 1 && normal.back() == '/') normal.pop_back();
  return normal;
}

}  // namespace gwageo
