#include "coordinator/job_page.h"

#include <vector>

#include "coordinator/fact_codec.h"
#include "coordinator/job_items.h"
#include "coordinator/keys.h"
#include "coordinator/page.h"
#include "coordinator/suite_files.h"
#include "protocol/bytes.h"

namespace gwageo {
namespace {

/// A page while it is filled.
class Page {
 public:
  /// Whether there was room. The first element of a page always has it.
  bool add(std::string_view element) {
    const bool is_full =
        !page_.bytes().empty() && page_.bytes().size() + element.size() > page_bytes;
    if (!is_full) page_.text(element);
    return !is_full;
  }
  bool is_sendable() const { return page_.bytes().size() <= page_bytes_max; }
  std::string take() { return page_.take(); }

 private:
  ByteWriter page_;
};

/// The manifest and the pieces that it names.
Result<std::vector<Digest>> blobs_of(const Digest& manifest, const Store& store) {
  std::vector<Digest> blobs{manifest};
  GWAGEO_ASSIGN(read, read_manifest(store, manifest));
  for (const ManifestFile& file : read.files) {
    blobs.insert(blobs.end(), file.pieces.begin(), file.pieces.end());
  }
  return blobs;
}

Result<JobHead> timed(JobHead head, const Store& store) {
  Status status;
  const keys::KeyRange range = keys::journal_from(0);
  GWAGEO_TRY(store.scan(range.first, range.second, [&](std::string_view, std::string_view bytes) {
    const Result<Record> record = decode_record(bytes);
    if (!record) status = tl::unexpected(record.error());
    if (record) note(*record, head);
    return record.has_value();
  }));
  GWAGEO_TRY(status);
  return head;
}

}  // namespace

Result<JobPage> read_page(const JobPageInput& input, const Store& store) {
  JobPage out;
  if (input.from == 0) {
    GWAGEO_ASSIGN(head, timed(input.head, store));
    out.head = std::move(head);
  }
  Page page;
  GWAGEO_ASSIGN(blobs, blobs_of(input.head.manifest, store));
  out.next = input.from;
  bool has_room = true;
  for (; has_room && out.next < blobs.size(); out.next += has_room) {
    GWAGEO_ASSIGN(blob, store.read(keys::blob(blobs[out.next])));
    if (!blob) {
      return fail(ErrorKind::corrupt,
                  "piece " + to_hex(blobs[out.next]) + " of a suite's files is not in the store");
    }
    has_room = page.add(*blob);
  }
  const std::uint64_t end = blobs.size() + input.head.items;
  if (has_room && out.next < end) {
    StoredItems items(input.job, input.head.manifest, store, out.next - blobs.size());
    for (; has_room && out.next < end; out.next += has_room) {
      GWAGEO_ASSIGN(item, items.next());
      has_room = page.add(encode(item));
    }
  }
  if (!page.is_sendable()) {
    return fail(ErrorKind::bad_input, "the item at " + std::to_string(input.from) +
                                          " is too large for a message; stop the coordinator and "
                                          "read its data directory as it lies");
  }
  out.more = out.next < end;
  out.bytes = page.take();
  return out;
}

}  // namespace gwageo
