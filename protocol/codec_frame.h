// What the codecs of messages and of journal records share: memory for Cap'n Proto, and the checks
// of one field at a time. Included by codec files only; Cap'n Proto's types and exceptions stop in
// them.
#pragma once

#include <capnp/message.h>

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/digest.h"
#include "protocol/gwageo.capnp.h"
#include "protocol/ids.h"
#include "protocol/ranges.h"
#include "protocol/result.h"
#include "protocol/signature.h"
#include "protocol/time.h"

namespace gwageo::frame {

// ---- memory ----

using Build = std::function<void(capnp::MessageBuilder&)>;
using Read = std::function<void(capnp::MessageReader&)>;

/// Runs `build` on an empty message in this thread's scratch memory. `build` must not build
/// another.
void with_builder(const Build& build);

/// Replaces `out` by the frame (gwageo.capnp draws it) of the message that `build` makes. `build`
/// is run a second time when the message outgrows the scratch memory: one segment is promised.
void write_frame(std::string& out, const Build& build);

/// The segment of a frame. bad_input when the frame is longer than a message may be, is no whole
/// number of words, has another number of segments than one, or anything before or after it.
Result<std::string_view> segment_of(std::string_view frame);

/// Runs `read` on `segment`, which must be whole words and is copied unless it is aligned, under
/// the limits of gwageo.capnp. The description of what Cap'n Proto threw, or nothing: then `read`
/// has run to its end.
std::string with_reader(std::string_view segment, const Read& read);

// ---- writing ----

inline capnp::Text::Reader as_text(const std::string& text) { return {text.c_str(), text.size()}; }
inline capnp::Data::Reader as_data(std::string_view bytes) {
  return {reinterpret_cast<const kj::byte*>(bytes.data()), bytes.size()};
}
inline capnp::Data::Reader as_data(const Digest& digest) { return as_data(digest.view()); }
inline capnp::Data::Reader as_data(const Signature& signature) {
  return {signature.bytes.data(), signature.bytes.size()};
}
/// An enumerator as the schema's enumerant of the same number.
template <class To, class From>
To as_enumerant(From value) {
  return static_cast<To>(static_cast<std::uint16_t>(value));
}
void write_list(const std::vector<Range>& from, capnp::List<wire::Range>::Builder to);
void write_list(const std::vector<LeaseId>& from, capnp::List<std::uint64_t>::Builder to);
void write_list(const std::vector<std::string>& from, capnp::List<capnp::Data>::Builder to);
void write_list(const std::map<std::string, std::string>& from,
                capnp::List<wire::Option>::Builder to);
/// The size of any container as Cap'n Proto counts.
template <class Container>
unsigned count_of(const Container& container) {
  return static_cast<unsigned>(container.size());
}

// ---- reading ----

/// The first thing found wrong with a message. Empty while nothing is.
struct Problem {
  std::string text;
};

/// A place in a message that is being read, and the checks of the fields there. After the first
/// problem every check answers with an empty value and none is looked at again, so that readers
/// need no branches. Places link to the one above, on the stack; their path is written out only for
/// a problem. A problem reads "results.items[3].responses: 300 entries, at most 256".
class Place {
 public:
  Place(Problem& problem, std::string_view root) : problem_(problem), field_(root) {}
  Place(const Place& above, std::string_view field, std::int64_t index = -1)
      : problem_(above.problem_), above_(&above), field_(field), index_(index) {}
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;

  bool ok() const { return problem_.text.empty(); }
  /// Notes that `field` is wrong, and why, unless something was wrong before.
  void refuse(std::string_view field, const std::string& why) const;

  /// UTF-8 of at most `bytes_max` bytes.
  std::string text(std::string_view field, capnp::Text::Reader from, std::size_t bytes_max) const;
  /// [A-Za-z0-9][A-Za-z0-9._-]{0,127}
  std::string name(std::string_view field, capnp::Text::Reader from) const;
  std::string name_or_none(std::string_view field, capnp::Text::Reader from) const;
  std::string bytes(std::string_view field, capnp::Data::Reader from, std::size_t bytes_max) const;
  Digest digest(std::string_view field, capnp::Data::Reader from) const;
  Signature signature(std::string_view field, capnp::Data::Reader from) const;
  std::uint32_t number(std::string_view field, std::uint32_t from, std::uint32_t min,
                       std::uint32_t max) const;
  /// GPUs of a slot: 1, 2, 4, ...
  std::uint32_t gpus(std::string_view field, std::uint32_t from) const;
  /// How many nodes a block of `gpus` is spread over. REQUIRES: `gpus` is a width.
  std::uint32_t nodes(std::string_view field, std::uint32_t from, std::uint32_t gpus) const;
  /// A plan index, or a number of items.
  std::uint64_t index(std::string_view field, std::uint64_t from, std::uint64_t max) const;
  Duration duration(std::string_view field, std::int64_t from) const;
  /// Whether a list may have `size` entries; ask before taking memory for it.
  bool count(std::string_view field, std::size_t size, std::size_t max) const;
  std::vector<Range> ranges(std::string_view field, capnp::List<wire::Range>::Reader from) const;
  std::vector<LeaseId> leases(std::string_view field,
                              capnp::List<std::uint64_t>::Reader from) const;
  std::vector<std::string> blobs(std::string_view field, capnp::List<capnp::Data>::Reader from,
                                 std::size_t count_max, std::size_t bytes_max) const;
  std::map<std::string, std::string> options(std::string_view field,
                                             capnp::List<wire::Option>::Reader from) const;

  /// A number that is not 0.
  template <class Number>
  Number id(std::string_view field, std::uint64_t from) const {
    if (from == 0) refuse(field, "0, which is none");
    return Number{from};
  }
  /// The enumerator of the same number, if it is one of the first `count`.
  template <class To, class From>
  To enumerator(std::string_view field, From from, unsigned count) const {
    const auto value = static_cast<std::uint16_t>(from);
    if (value < count) return static_cast<To>(value);
    refuse(field, "unknown enumerant " + std::to_string(value));
    return To{};
  }
  /// `read(place of the entry, entry)` for each of at most `max` entries.
  template <class To, class List, class ReadEntry>
  std::vector<To> list(std::string_view field, const List& from, std::size_t max,
                       ReadEntry read) const {
    std::vector<To> to;
    if (!count(field, from.size(), max)) return to;
    to.reserve(from.size());
    for (unsigned i = 0; i < from.size() && ok(); ++i) {
      to.push_back(read(Place(*this, field, i), from[i]));
    }
    return to;
  }

 private:
  std::string path() const;

  Problem& problem_;
  const Place* above_ = nullptr;
  std::string_view field_;
  std::int64_t index_ = -1;
};

}  // namespace gwageo::frame
