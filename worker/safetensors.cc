#include "worker/safetensors.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "protocol/bytes.h"
#include "protocol/check.h"
#include "protocol/json.h"

namespace gwageo {
namespace {

constexpr std::size_t tensor_dimensions_max = 8;
// A name, its three members, shape and offsets: colons and commas.
constexpr std::uint64_t values_of_name_max = 16;
constexpr std::size_t tensor_name_bytes_max = 1024;

struct Kind {
  std::string_view name;
  std::uint64_t bytes;
};
constexpr std::array<Kind, 17> kinds = {{{"BOOL", 1},
                                         {"U8", 1},
                                         {"I8", 1},
                                         {"F8_E5M2", 1},
                                         {"F8_E4M3", 1},
                                         {"F8_E8M0", 1},
                                         {"I16", 2},
                                         {"U16", 2},
                                         {"F16", 2},
                                         {"BF16", 2},
                                         {"I32", 4},
                                         {"U32", 4},
                                         {"F32", 4},
                                         {"F64", 8},
                                         {"I64", 8},
                                         {"U64", 8},
                                         {"C64", 8}}};

tl::unexpected<Error> bad_tensors(std::string message) {
  return fail(ErrorKind::bad_input, std::move(message));
}
tl::unexpected<Error> bad_tensor(const std::string& name, const std::string& message) {
  return bad_tensors("tensor \"" + name + "\": " + message);
}

struct Counts {
  std::uint64_t names = 0;   // Members of the outermost object.
  std::uint64_t values = 0;  // Members and elements at any depth, nearly.
};

// Counts colons and commas outside strings, before anything is parsed: a byte of JSON may become
// forty of memory.
Counts count(std::string_view json) {
  Counts counts;
  std::int64_t depth = 0;
  bool inside = false;
  for (std::size_t i = 0; i < json.size(); ++i) {
    const char c = json[i];
    if (inside && c == '\\') {
      ++i;
    } else if (c == '"') {
      inside = !inside;
    } else if (!inside) {
      if (c == '{' || c == '[') ++depth;
      if (c == '}' || c == ']') --depth;
      if (c == ':' && depth == 1) ++counts.names;
      if (c == ':' || c == ',') ++counts.values;
    }
  }
  return counts;
}

std::optional<std::vector<std::uint64_t>> whole_numbers(const Json* value) {
  if (value == nullptr || !value->is_array()) return std::nullopt;
  std::vector<std::uint64_t> numbers;
  for (const Json& each : value->as_array()) {
    if (!each.is_integer() || each.as_integer() < 0) return std::nullopt;
    numbers.push_back(static_cast<std::uint64_t>(each.as_integer()));
  }
  return numbers;
}

// Bytes of a tensor, or nothing when 64 bits cannot hold the product.
std::optional<std::uint64_t> bytes_of(const std::vector<std::uint64_t>& shape, std::uint64_t each) {
  std::uint64_t bytes = each;
  for (const std::uint64_t n : shape) {
    if (__builtin_mul_overflow(bytes, n, &bytes)) return std::nullopt;
  }
  return bytes;
}

Result<TensorEntry> parse_tensor(const std::string& name, const Json& value,
                                 std::uint64_t data_bytes) {
  if (!value.is_object()) return bad_tensor(name, "not an object");
  for (const auto& [key, unused] : value.as_object()) {
    if (key != "dtype" && key != "shape" && key != "data_offsets") {
      return bad_tensor(name, "unknown key \"" + key + "\"");
    }
  }
  TensorEntry tensor;
  const Json* const dtype = value.find("dtype");
  if (dtype == nullptr || !dtype->is_string())
    return bad_tensor(name, "dtype is missing or no text");
  tensor.dtype = dtype->as_string();
  const auto kind = std::ranges::find(kinds, std::string_view(tensor.dtype), &Kind::name);
  if (kind == kinds.end()) return bad_tensor(name, "unknown dtype \"" + tensor.dtype + "\"");
  const auto shape = whole_numbers(value.find("shape"));
  if (!shape) return bad_tensor(name, "shape is not a list of whole numbers");
  if (shape->size() > tensor_dimensions_max)
    return bad_tensor(name, "shape has more than 8 dimensions");
  tensor.shape = *shape;
  const auto offsets = whole_numbers(value.find("data_offsets"));
  if (!offsets || offsets->size() != 2) {
    return bad_tensor(name, "data_offsets is not a pair of whole numbers");
  }
  tensor.begin = (*offsets)[0];
  tensor.end = (*offsets)[1];
  if (tensor.begin > tensor.end || tensor.end > data_bytes) {
    return bad_tensor(name, "data_offsets " + to_text(*offsets) + " lie outside the " +
                                std::to_string(data_bytes) + " bytes of data");
  }
  const auto bytes = bytes_of(tensor.shape, kind->bytes);
  if (!bytes || *bytes != tensor.end - tensor.begin) {
    return bad_tensor(name, "shape " + to_text(tensor.shape) + " of " + tensor.dtype +
                                " does not fill its data_offsets " + to_text(*offsets));
  }
  return tensor;
}

Status check_name(const std::string& name) {
  if (name.empty()) return bad_tensors("a tensor without a name");
  if (name.size() > tensor_name_bytes_max) {
    return bad_tensors("a tensor's name has more than " + std::to_string(tensor_name_bytes_max) +
                       " bytes");
  }
  const bool is_clean = std::ranges::none_of(
      name, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == '\x7f'; });
  if (is_clean) return {};
  return bad_tensors("a tensor's name has control characters");
}

Status check_metadata(const Json& value) {
  if (!value.is_object()) return bad_tensors("__metadata__ is not an object");
  for (const auto& [key, text] : value.as_object()) {
    if (!text.is_string()) return bad_tensors("__metadata__ \"" + key + "\" is no text");
  }
  return {};
}

// The tensors must follow each other without hole or overlap from 0 to `data_bytes`.
Status check_tiling(const std::map<std::string, TensorEntry>& tensors, std::uint64_t data_bytes) {
  std::vector<std::pair<const std::string*, const TensorEntry*>> order;
  for (const auto& [name, tensor] : tensors) order.emplace_back(&name, &tensor);
  std::ranges::stable_sort(
      order, {}, [](const auto& each) { return std::pair(each.second->begin, each.second->end); });
  std::uint64_t reached = 0;
  for (const auto& [name, tensor] : order) {
    if (tensor->begin != reached) {
      return bad_tensor(*name, std::string(tensor->begin < reached ? "overlaps another tensor"
                                                                   : "leaves a hole before it") +
                                   ": it begins at byte " + std::to_string(tensor->begin) +
                                   ", the data before it end at " + std::to_string(reached));
    }
    reached = tensor->end;
  }
  if (reached != data_bytes) {
    return bad_tensors("the tensors end at byte " + std::to_string(reached) + " of " +
                       std::to_string(data_bytes) + " bytes of data");
  }
  return {};
}

// Length and text of the header, verified against the size of the file.
Result<std::string> read_header(RandomAccessFile& file) {
  constexpr std::uint64_t length_bytes = 8;
  if (file.size() < length_bytes) {
    return bad_tensors(file.path().string() + ": too short for a safetensors header: " +
                       std::to_string(file.size()) + " bytes");
  }
  GWAGEO_ASSIGN(raw, file.read(0, length_bytes, "the header"));
  const std::uint64_t length = ByteReader(raw).u64();
  const std::string claim =
      file.path().string() + ": claims a header of " + std::to_string(length) + " bytes";
  if (length > safetensors_header_bytes_max) {
    return bad_tensors(claim + "; at most " + std::to_string(safetensors_header_bytes_max) +
                       " are read");
  }
  if (length > file.size() - length_bytes) {
    return bad_tensors(claim + ", but only " + std::to_string(file.size() - length_bytes) +
                       " follow: truncated or not safetensors");
  }
  return file.read(length_bytes, length, "the header");
}

}  // namespace

Result<std::map<std::string, TensorEntry>> parse_safetensors_header(std::string_view json,
                                                                    std::uint64_t data_bytes) {
  if (!json.starts_with('{')) return bad_tensors("the header does not begin with \"{\"");
  const Counts counts = count(json);
  if (counts.names > safetensors_names_max) {
    return bad_tensors("the header has " + std::to_string(counts.names) + " names; at most " +
                       std::to_string(safetensors_names_max) + " are read");
  }
  if (counts.values > values_of_name_max * safetensors_names_max) {
    return bad_tensors("the header has " + std::to_string(counts.values) +
                       " values; no model needs so many");
  }
  auto header = Json::parse(json);
  if (!header) return fail("header", header.error());
  std::map<std::string, TensorEntry> tensors;
  for (const auto& [name, value] : header->as_object()) {
    if (name == "__metadata__") {
      GWAGEO_TRY(check_metadata(value));
      continue;
    }
    GWAGEO_TRY(check_name(name));
    GWAGEO_ASSIGN(tensor, parse_tensor(name, value, data_bytes));
    tensors.emplace(name, std::move(tensor));
  }
  GWAGEO_TRY(check_tiling(tensors, data_bytes));
  return tensors;
}

Result<SafetensorsFile> SafetensorsFile::open(const std::filesystem::path& path) {
  GWAGEO_ASSIGN(file, RandomAccessFile::open(path));
  GWAGEO_ASSIGN(header, read_header(file));
  SafetensorsFile opened(std::move(file));
  opened.data_begin_ = 8 + header.size();
  auto tensors = parse_safetensors_header(header, opened.file_.size() - opened.data_begin_);
  if (!tensors) return fail(path.string(), tensors.error());
  opened.tensors_ = std::move(*tensors);
  return opened;
}

Result<std::vector<float>> SafetensorsFile::read(const std::string& name) {
  const auto found = tensors_.find(name);
  GWAGEO_CHECK(found != tensors_.end());
  const TensorEntry& tensor = found->second;
  const std::string what = "tensor \"" + name + "\"";
  const std::string where = path().string() + ": " + what;
  if (readable_bytes(tensor.dtype) == 0) {
    return bad_tensors(where + " is " + tensor.dtype + "; only F32, F16 and BF16 are supported");
  }
  GWAGEO_ASSIGN(bytes, file_.read(data_begin_ + tensor.begin, tensor.end - tensor.begin, what));
  return widen(bytes, tensor, where);
}

Result<std::vector<std::unique_ptr<TensorFile>>> open_safetensors(std::span<const ModelFile> files,
                                                                  const std::string& place) {
  std::vector<std::unique_ptr<TensorFile>> opened;
  for (const ModelFile& each : files) {
    if (!each.name.ends_with(".safetensors")) continue;
    GWAGEO_ASSIGN(file, SafetensorsFile::open(each.path));
    opened.push_back(std::make_unique<SafetensorsFile>(std::move(file)));
  }
  if (opened.empty())
    return bad_tensors(place + ": no *.safetensors file, which would hold the weights");
  return opened;
}

}  // namespace gwageo
