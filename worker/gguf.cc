#include "worker/gguf.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <limits>
#include <utility>

#include "protocol/check.h"

namespace gwageo {
namespace {

constexpr std::uint32_t gguf_dimensions_max = 4;
constexpr std::uint64_t gguf_name_bytes_max = 65'535;
constexpr std::uint64_t alignment_max = std::uint64_t{1} << 20;
constexpr int nesting_max = 4;

enum ValueType : std::uint32_t {
  u8,
  i8,
  u16,
  i16,
  u32,
  i32,
  f32,
  flag,
  text,
  array,
  u64,
  i64,
  f64,
  type_count
};
// The fewest bytes of a value of each type.
constexpr std::array<std::uint64_t, type_count> value_bytes = {1, 1, 2,  2, 4, 4, 4,
                                                               1, 8, 12, 8, 8, 8};

struct TensorType {
  std::uint32_t number;
  std::string_view name;
};
constexpr TensorType readable_types[] = {{0, "F32"}, {1, "F16"}, {30, "BF16"}};

// Reads a header front to back. The first failure is kept; after it every read gives zero.
class Scan {
 public:
  Scan(std::string_view head, std::uint64_t file_bytes) : head_(head), file_bytes_(file_bytes) {}

  // What is being read, for messages: `key "llama.block_count"`.
  void set_subject(std::string subject) { subject_ = std::move(subject); }
  void refuse(const std::string& why) {
    if (!ok()) return;
    status_ =
        fail(ErrorKind::bad_input, "at byte " + std::to_string(at_) + ", " + subject_ + ": " + why);
  }
  bool ok() const { return status_.has_value() && !starved_; }
  // The header goes on beyond the bytes at hand, but not beyond the file.
  bool starved() const { return starved_; }
  const Status& status() const { return status_; }
  std::uint64_t at() const { return at_; }
  std::uint64_t left() const { return file_bytes_ - at_; }

  std::string_view take(std::uint64_t count) {
    if (!ok()) return {};
    if (count > left()) {
      refuse("needs " + std::to_string(count) + " bytes, but the file ends after " +
             std::to_string(left()) + " more: truncated");
      return {};
    }
    if (count > head_.size() - at_) {
      starved_ = true;
      return {};
    }
    const std::string_view taken = head_.substr(at_, count);
    at_ += count;
    return taken;
  }
  template <class T>
  T number() {
    static_assert(std::endian::native == std::endian::little);
    const std::string_view raw = take(sizeof(T));
    T value{};
    if (raw.size() == sizeof value) std::memcpy(&value, raw.data(), sizeof value);
    return value;
  }
  std::string_view text_of(std::uint64_t bytes_max) {
    const auto length = number<std::uint64_t>();
    if (length > bytes_max) {
      refuse("claims a text of " + std::to_string(length) + " bytes; at most " +
             std::to_string(bytes_max) + " are read");
    }
    return take(length);
  }

 private:
  std::string_view head_;
  std::uint64_t file_bytes_;
  std::uint64_t at_ = 0;
  std::string subject_ = "header";
  Status status_;
  bool starved_ = false;
};

class HeaderReader {
 public:
  HeaderReader(std::string_view head, std::uint64_t file_bytes) : scan_(head, file_bytes) {}

  Result<std::optional<GgufHeader>> read() {
    std::uint64_t tensors = 0;
    std::uint64_t keys = 0;
    read_counts(tensors, keys);
    for (std::uint64_t i = 0; i < keys && scan_.ok(); ++i) read_key(i);
    read_alignment();
    for (std::uint64_t i = 0; i < tensors && scan_.ok(); ++i) read_tensor(i);
    if (scan_.ok()) place_data();
    if (scan_.starved()) return std::nullopt;
    if (!scan_.status()) return tl::unexpected(scan_.status().error());
    return std::move(header_);
  }

 private:
  void read_counts(std::uint64_t& tensors, std::uint64_t& keys) {
    if (scan_.take(4) != "GGUF") scan_.refuse("the file does not begin with \"GGUF\"");
    const auto version = scan_.number<std::uint32_t>();
    if (version != 2 && version != 3) {
      scan_.refuse("version " + std::to_string(version) +
                   " is not supported, only 2 and 3 (little-endian)");
    }
    tensors = scan_.number<std::uint64_t>();
    keys = scan_.number<std::uint64_t>();
    if (tensors > gguf_names_max || keys > gguf_names_max) {
      scan_.refuse("claims " + std::to_string(tensors) + " tensors and " + std::to_string(keys) +
                   " keys; at most " + std::to_string(gguf_names_max) + " of each are read");
    }
  }

  void read_key(std::uint64_t index) {
    scan_.set_subject("key " + std::to_string(index));
    const std::string name(scan_.text_of(gguf_name_bytes_max));
    scan_.set_subject("key \"" + name + "\"");
    Json value = read_value(scan_.number<std::uint32_t>(), 0);
    if (!scan_.ok()) return;
    if (!header_.metadata.emplace(name, std::move(value)).second) scan_.refuse("is there twice");
  }

  Json read_value(std::uint32_t type, int depth) {
    switch (type) {
      case u8: return scan_.number<std::uint8_t>();
      case i8: return scan_.number<std::int8_t>();
      case u16: return scan_.number<std::uint16_t>();
      case i16: return scan_.number<std::int16_t>();
      case u32: return scan_.number<std::uint32_t>();
      case i32: return scan_.number<std::int32_t>();
      case f32: return static_cast<double>(scan_.number<float>());
      case flag: return read_flag();
      case text: return std::string(scan_.text_of(gguf_header_bytes_max));
      case array: return read_array(depth + 1);
      case u64: return read_u64();
      case i64: return static_cast<long long>(scan_.number<std::int64_t>());
      case f64: return scan_.number<double>();
      default: scan_.refuse("has the unknown type " + std::to_string(type)); return nullptr;
    }
  }
  Json read_flag() {
    const auto value = scan_.number<std::uint8_t>();
    if (value > 1) scan_.refuse("is the flag " + std::to_string(value) + ", neither 0 nor 1");
    return value == 1;
  }
  Json read_u64() {
    const auto value = scan_.number<std::uint64_t>();
    if (value > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
      return static_cast<double>(value);
    }
    return static_cast<long long>(value);
  }
  Json read_array(int depth) {
    const auto type = scan_.number<std::uint32_t>();
    const auto count = scan_.number<std::uint64_t>();
    if (depth > nesting_max) scan_.refuse("nests arrays deeper than 4");
    if (type >= type_count) scan_.refuse("is an array of the unknown type " + std::to_string(type));
    if (!scan_.ok()) return nullptr;
    if (count > gguf_elements_max - elements_) {
      scan_.refuse("claims an array of " + std::to_string(count) + "; at most " +
                   std::to_string(gguf_elements_max) + " elements are read");
    } else if (count > scan_.left() / value_bytes[type]) {
      scan_.refuse("claims an array of " + std::to_string(count) + ", but only " +
                   std::to_string(scan_.left()) + " bytes follow: truncated");
    }
    if (!scan_.ok()) return nullptr;
    elements_ += count;
    Json::Array values;
    for (std::uint64_t i = 0; i < count && scan_.ok(); ++i) {
      values.push_back(read_value(type, depth));
    }
    return values;
  }

  void read_alignment() {
    const auto found = header_.metadata.find("general.alignment");
    if (!scan_.ok() || found == header_.metadata.end()) return;
    scan_.set_subject("key \"general.alignment\"");
    const std::int64_t given = found->second.is_integer() ? found->second.as_integer() : 0;
    if (given < 8 || given % 8 != 0 || given > static_cast<std::int64_t>(alignment_max)) {
      scan_.refuse("must be a multiple of 8 up to " + std::to_string(alignment_max));
      return;
    }
    alignment_ = static_cast<std::uint64_t>(given);
  }

  void read_tensor(std::uint64_t index) {
    scan_.set_subject("tensor " + std::to_string(index));
    const std::string name(scan_.text_of(gguf_name_bytes_max));
    scan_.set_subject("tensor \"" + name + "\"");
    const auto dimensions = scan_.number<std::uint32_t>();
    if (dimensions > gguf_dimensions_max) {
      scan_.refuse("has " + std::to_string(dimensions) + " dimensions; at most 4 are read");
    }
    TensorEntry tensor;
    for (std::uint32_t i = 0; i < dimensions && scan_.ok(); ++i) {
      tensor.shape.insert(tensor.shape.begin(), scan_.number<std::uint64_t>());
    }
    const auto type = scan_.number<std::uint32_t>();
    tensor.begin = scan_.number<std::uint64_t>();
    const auto* const known = std::ranges::find(readable_types, type, &TensorType::number);
    if (known == std::end(readable_types)) {
      scan_.refuse("has the type " + std::to_string(type) +
                   "; only F32 (0), F16 (1) and BF16 (30) are supported: convert the model without "
                   "quantization");
      return;
    }
    tensor.dtype = known->name;
    std::uint64_t bytes = readable_bytes(tensor.dtype);
    for (const std::uint64_t n : tensor.shape) {
      if (__builtin_mul_overflow(bytes, n, &bytes)) scan_.refuse("is larger than 64 bits can say");
    }
    if (tensor.begin % alignment_ != 0) {
      scan_.refuse("begins at offset " + std::to_string(tensor.begin) +
                   ", which is no multiple of " + std::to_string(alignment_));
    }
    if (__builtin_add_overflow(tensor.begin, bytes, &tensor.end)) {
      scan_.refuse("its offset " + std::to_string(tensor.begin) + " lies outside the file");
    }
    if (!scan_.ok()) return;
    if (!header_.tensors.emplace(name, std::move(tensor)).second) scan_.refuse("is there twice");
  }

  // The tensors must lie within the data without overlap; holes are padding.
  void place_data() {
    const std::uint64_t end = scan_.at();
    header_.data_begin = (end + alignment_ - 1) / alignment_ * alignment_;
    const std::uint64_t bytes = end + scan_.left();
    const std::uint64_t data_bytes = bytes > header_.data_begin ? bytes - header_.data_begin : 0;
    std::vector<std::pair<const std::string*, const TensorEntry*>> order;
    for (const auto& [name, tensor] : header_.tensors) order.emplace_back(&name, &tensor);
    std::ranges::stable_sort(order, {}, [](const auto& each) {
      return std::pair(each.second->begin, each.second->end);
    });
    std::uint64_t reached = 0;
    for (const auto& [name, tensor] : order) {
      scan_.set_subject("tensor \"" + *name + "\"");
      const std::string place =
          "bytes " + std::to_string(tensor->begin) + " to " + std::to_string(tensor->end);
      if (tensor->end > data_bytes) {
        scan_.refuse(place + " lie outside the " + std::to_string(data_bytes) +
                     " bytes of data: truncated");
      }
      if (tensor->begin < reached) scan_.refuse(place + " overlap another tensor");
      reached = tensor->end;
    }
  }

  Scan scan_;
  GgufHeader header_;
  std::uint64_t alignment_ = 32;
  std::uint64_t elements_ = 0;
};

}  // namespace

Result<std::optional<GgufHeader>> parse_gguf_header(std::string_view head,
                                                    std::uint64_t file_bytes) {
  GWAGEO_CHECK(head.size() <= file_bytes);
  return HeaderReader(head, file_bytes).read();
}

Result<GgufFile> GgufFile::open(const std::filesystem::path& path) {
  GWAGEO_ASSIGN(file, RandomAccessFile::open(path));
  GgufFile opened(std::move(file));
  const std::uint64_t file_bytes = opened.file_.size();
  std::string head;
  // How long the header is, it says only at its end: read four times as much until it suffices.
  for (std::uint64_t wanted = 1 << 16;; wanted *= 4) {
    wanted = std::min({wanted, file_bytes, gguf_header_bytes_max});
    GWAGEO_ASSIGN(more, opened.file_.read(head.size(), wanted - head.size(), "the header"));
    head += more;
    auto header = parse_gguf_header(head, file_bytes);
    if (!header) return fail(path.string(), header.error());
    if (*header) {
      opened.header_ = std::move(**header);
      return opened;
    }
    if (wanted == gguf_header_bytes_max) {
      return fail(ErrorKind::bad_input, path.string() + ": the header is longer than " +
                                            std::to_string(gguf_header_bytes_max) + " bytes");
    }
  }
}

Result<std::vector<float>> GgufFile::read(const std::string& name) {
  const auto found = header_.tensors.find(name);
  GWAGEO_CHECK(found != header_.tensors.end());
  const TensorEntry& tensor = found->second;
  const std::string what = "tensor \"" + name + "\"";
  GWAGEO_ASSIGN(bytes,
                file_.read(header_.data_begin + tensor.begin, tensor.end - tensor.begin, what));
  return widen(bytes, tensor, path().string() + ": " + what);
}

}  // namespace gwageo
