#include "protocol/codec_frame.h"

#include <capnp/serialize.h>
#include <kj/exception.h>

#include <algorithm>
#include <cstring>

#include "protocol/check.h"
#include "protocol/gpus.h"
#include "protocol/json.h"
#include "protocol/limits.h"
#include "protocol/name.h"

namespace gwageo::frame {
namespace {

constexpr std::size_t word_bytes = sizeof(capnp::word);
constexpr std::size_t header_bytes = 8;
constexpr std::size_t scratch_words_min = 8192;
/// A thread keeps this much; what a rare large message needs beyond is given back after it.
constexpr std::size_t kept_words_max = (std::size_t{1} << 20) / word_bytes;
constexpr std::uint64_t traversal_words_min = 1024;
constexpr int nesting_max = 16;

/// Words that are all zero between uses: Cap'n Proto builds into zeroed memory and zeroes what it
/// used when the builder ends.
class Scratch {
 public:
  kj::ArrayPtr<capnp::word> words(std::size_t count) {
    if (words_.size() < count) {
      words_ = kj::heapArray<capnp::word>(std::max(count, scratch_words_min));
      std::memset(words_.asBytes().begin(), 0, words_.asBytes().size());
    }
    return words_;
  }
  void trim() {
    if (words_.size() > kept_words_max) words_ = nullptr;
  }

 private:
  kj::Array<capnp::word> words_;
};

Scratch& build_scratch() {
  thread_local Scratch scratch;
  return scratch;
}

/// Aligned memory for what is read. Its content between uses does not matter.
Scratch& read_scratch() {
  thread_local Scratch scratch;
  return scratch;
}

std::uint32_t read_u32(const char* bytes) {
  std::uint32_t value = 0;
  for (int i = 3; i >= 0; --i) value = value << 8 | static_cast<unsigned char>(bytes[i]);
  return value;
}

void append_u32(std::string& out, std::size_t value) {
  for (unsigned shift = 0; shift < 32; shift += 8) out += static_cast<char>(value >> shift & 0xff);
}

std::string at_most(std::size_t size, const char* unit, std::size_t max) {
  return std::to_string(size) + unit + ", at most " + std::to_string(max);
}

}  // namespace

void with_builder(const Build& build) {
  capnp::MallocMessageBuilder message(build_scratch().words(scratch_words_min));
  build(message);
}

void write_frame(std::string& out, const Build& build) {
  std::size_t words = scratch_words_min;
  for (bool done = false; !done;) {
    capnp::MallocMessageBuilder message(build_scratch().words(words));
    build(message);
    const auto segments = message.getSegmentsForOutput();
    if (segments.size() == 1) {
      const auto bytes = segments[0].asBytes();
      out.clear();
      out.reserve(header_bytes + bytes.size());
      append_u32(out, 0);
      append_u32(out, segments[0].size());
      out.append(reinterpret_cast<const char*>(bytes.begin()), bytes.size());
      done = true;
    }
    words = 0;
    for (const auto& segment : segments) words += segment.size();
  }
  build_scratch().trim();
}

Result<std::string_view> segment_of(std::string_view frame) {
  if (frame.size() > limits::message_bytes_max) {
    return fail(ErrorKind::bad_input,
                "message: " + at_most(frame.size(), " bytes", limits::message_bytes_max));
  }
  if (frame.size() < header_bytes + word_bytes || frame.size() % word_bytes != 0) {
    return fail(ErrorKind::bad_input,
                "message: " + std::to_string(frame.size()) + " bytes are no frame of whole words");
  }
  if (read_u32(frame.data()) != 0) {
    return fail(ErrorKind::bad_input, "message: not exactly one segment");
  }
  const std::string_view segment = frame.substr(header_bytes);
  if (std::uint64_t{read_u32(frame.data() + 4)} * word_bytes != segment.size()) {
    return fail(ErrorKind::bad_input, "message: the frame is not as long as it says");
  }
  return segment;
}

std::string with_reader(std::string_view segment, const Read& read) {
  GWAGEO_CHECK(segment.size() % word_bytes == 0);
  const std::size_t count = segment.size() / word_bytes;
  kj::ArrayPtr<const capnp::word> words(reinterpret_cast<const capnp::word*>(segment.data()),
                                        count);
  if (reinterpret_cast<std::uintptr_t>(segment.data()) % alignof(capnp::word) != 0) {
    const kj::ArrayPtr<capnp::word> aligned = read_scratch().words(count).slice(0, count);
    std::memcpy(aligned.asBytes().begin(), segment.data(), segment.size());
    words = aligned;
  }

  capnp::ReaderOptions options;
  options.traversalLimitInWords = std::max<std::uint64_t>(4 * count, traversal_words_min);
  options.nestingLimit = nesting_max;
  const kj::ArrayPtr<const capnp::word> segments[] = {words};
  std::string thrown;
  try {
    capnp::SegmentArrayMessageReader message(segments, options);
    read(message);
  } catch (const kj::Exception& exception) {
    thrown = exception.getDescription().cStr();
    if (thrown.empty()) thrown = "not a Cap'n Proto message";
  }
  read_scratch().trim();
  return thrown;
}

void write_list(const std::vector<Range>& from, capnp::List<wire::Range>::Builder to) {
  for (unsigned i = 0; i < to.size(); ++i) {
    to[i].setBegin(from[i].begin);
    to[i].setEnd(from[i].end);
  }
}

void write_list(const std::vector<LeaseId>& from, capnp::List<std::uint64_t>::Builder to) {
  for (unsigned i = 0; i < to.size(); ++i) to.set(i, from[i].value);
}

void write_list(const std::vector<std::string>& from, capnp::List<capnp::Data>::Builder to) {
  for (unsigned i = 0; i < to.size(); ++i) to.set(i, as_data(from[i]));
}

void write_list(const std::map<std::string, std::string>& from,
                capnp::List<wire::Option>::Builder to) {
  unsigned i = 0;
  for (const auto& [key, value] : from) {
    to[i].setKey(as_text(key));
    to[i].setValue(as_text(value));
    ++i;
  }
}

std::string Place::path() const {
  std::string path = above_ == nullptr ? std::string() : above_->path() + ".";
  path += field_;
  if (index_ >= 0) path += "[" + std::to_string(index_) + "]";
  return path;
}

void Place::refuse(std::string_view field, const std::string& why) const {
  if (!ok()) return;
  problem_.text = path() + "." + std::string(field) + ": " + why;
}

std::string Place::text(std::string_view field, capnp::Text::Reader from,
                        std::size_t bytes_max) const {
  const std::string_view view(from.begin(), from.size());
  if (view.size() > bytes_max) {
    refuse(field, at_most(view.size(), " bytes", bytes_max));
    return {};
  }
  std::size_t bad_at = 0;
  if (!is_utf8(view, &bad_at)) {
    refuse(field, "not UTF-8 at byte " + std::to_string(bad_at));
    return {};
  }
  return std::string(view);
}

std::string Place::name(std::string_view field, capnp::Text::Reader from) const {
  const std::string_view view(from.begin(), from.size());
  if (!is_name(view)) {
    refuse(field, "no name ([A-Za-z0-9][A-Za-z0-9._-]{0,127})");
    return {};
  }
  return std::string(view);
}

std::string Place::name_or_none(std::string_view field, capnp::Text::Reader from) const {
  return from.size() == 0 ? std::string() : name(field, from);
}

std::string Place::bytes(std::string_view field, capnp::Data::Reader from,
                         std::size_t bytes_max) const {
  if (from.size() > bytes_max) {
    refuse(field, at_most(from.size(), " bytes", bytes_max));
    return {};
  }
  return std::string(reinterpret_cast<const char*>(from.begin()), from.size());
}

Digest Place::digest(std::string_view field, capnp::Data::Reader from) const {
  Digest digest;
  if (from.size() == digest.bytes.size()) {
    std::memcpy(digest.bytes.data(), from.begin(), digest.bytes.size());
  } else {
    refuse(field, std::to_string(from.size()) + " bytes, and a digest has 32");
  }
  return digest;
}

Signature Place::signature(std::string_view field, capnp::Data::Reader from) const {
  Signature signature;
  if (from.size() == signature.bytes.size()) {
    std::memcpy(signature.bytes.data(), from.begin(), signature.bytes.size());
  } else {
    refuse(field, std::to_string(from.size()) + " bytes, and a signature has 64");
  }
  return signature;
}

std::uint32_t Place::gpus(std::string_view field, std::uint32_t from) const {
  if (is_width(from)) return from;
  refuse(field,
         std::to_string(from) + " is none of 1, 2, 4, ... " + std::to_string(limits::slots_max));
  return 1;
}

std::uint32_t Place::nodes(std::string_view field, std::uint32_t from, std::uint32_t gpus) const {
  if (spreads_over(gpus, from)) return from;
  refuse(field, std::to_string(from) + ", and " + std::to_string(gpus) +
                    " GPUs are not spread over so many evenly");
  return 1;
}

std::uint32_t Place::number(std::string_view field, std::uint32_t from, std::uint32_t min,
                            std::uint32_t max) const {
  if (from < min || from > max) {
    refuse(field, std::to_string(from) + " is not from " + std::to_string(min) + " to " +
                      std::to_string(max));
    return min;
  }
  return from;
}

std::uint64_t Place::index(std::string_view field, std::uint64_t from, std::uint64_t max) const {
  if (from > max) refuse(field, std::to_string(from) + ", at most " + std::to_string(max));
  return from;
}

Duration Place::duration(std::string_view field, std::int64_t from) const {
  if (from < 0) refuse(field, std::to_string(from) + " microseconds");
  return Duration{from};
}

bool Place::count(std::string_view field, std::size_t size, std::size_t max) const {
  if (size > max) refuse(field, at_most(size, " entries", max));
  return ok();
}

std::vector<Range> Place::ranges(std::string_view field,
                                 capnp::List<wire::Range>::Reader from) const {
  std::uint64_t end = 0;
  return list<Range>(field, from, limits::ranges_max,
                     [&](const Place& at, wire::Range::Reader entry) {
                       const Range range{entry.getBegin(), entry.getEnd()};
                       if (range.begin < end) at.refuse("begin", "ranges overlap or descend");
                       if (range.begin >= range.end) at.refuse("end", "the range is empty");
                       end = at.index("end", range.end, limits::plan_items_max);
                       return range;
                     });
}

std::vector<LeaseId> Place::leases(std::string_view field,
                                   capnp::List<std::uint64_t>::Reader from) const {
  std::vector<LeaseId> to;
  if (!count(field, from.size(), limits::leases_held_max)) return to;
  to.reserve(from.size());
  for (const std::uint64_t lease : from) to.push_back(id<LeaseId>(field, lease));
  return to;
}

std::vector<std::string> Place::blobs(std::string_view field, capnp::List<capnp::Data>::Reader from,
                                      std::size_t count_max, std::size_t bytes_max) const {
  std::vector<std::string> to;
  if (!count(field, from.size(), count_max)) return to;
  to.reserve(from.size());
  for (const capnp::Data::Reader blob : from) {
    if (!ok()) break;
    to.push_back(bytes(field, blob, bytes_max));
  }
  return to;
}

std::map<std::string, std::string> Place::options(std::string_view field,
                                                  capnp::List<wire::Option>::Reader from) const {
  std::map<std::string, std::string> to;
  if (!count(field, from.size(), limits::options_max)) return to;
  for (unsigned i = 0; i < from.size() && ok(); ++i) {
    const Place at(*this, field, i);
    std::string key = at.text("key", from[i].getKey(), limits::name_bytes_max);
    if (!to.empty() && key <= to.rbegin()->first) at.refuse("key", "keys do not ascend");
    std::string value = at.text("value", from[i].getValue(), limits::text_bytes_max);
    to.emplace_hint(to.end(), std::move(key), std::move(value));
  }
  return to;
}

}  // namespace gwageo::frame
