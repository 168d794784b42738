#include "coordinator/job_page.h"

#include <vector>

#include "coordinator/blobs.h"
#include "coordinator/fact_codec.h"
#include "coordinator/keys.h"
#include "coordinator/page.h"
#include "coordinator/suite_files.h"
#include "protocol/bytes.h"

namespace gwageo {
namespace {

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

Result<std::string> JobPages::element(std::uint64_t position, const Store& store) {
  if (position < blobs_.size()) {
    const Digest& digest = blobs_[position];
    GWAGEO_ASSIGN(blob, read_blob(store, digest));
    if (blob) return *std::move(blob);
    return fail(ErrorKind::corrupt,
                "piece " + to_hex(digest) + " of a suite's files is not in the store");
  }
  if (!items_ || at_ != position) {
    items_.emplace(job_, store, position - blobs_.size());
    too_much_.reset();
    at_ = position;
  }
  if (too_much_) return *std::exchange(too_much_, std::nullopt);
  GWAGEO_ASSIGN(item, items_->next());
  return encode(item);
}

Result<JobPage> JobPages::read(std::uint64_t from, const Store& store) {
  JobPage out;
  if (from == 0) {
    GWAGEO_ASSIGN(head, timed(head_, store));
    out.head = std::move(head);
  }
  if (blobs_.empty()) {
    GWAGEO_ASSIGN(blobs, blobs_of(head_.manifest, store));
    blobs_ = std::move(blobs);
  }
  const std::uint64_t end = blobs_.size() + head_.items;
  ByteWriter page;
  out.next = from;
  while (out.next < end) {
    GWAGEO_ASSIGN(next, element(out.next, store));
    const bool is_full = !page.bytes().empty() && page.bytes().size() + next.size() > page_bytes;
    if (is_full && out.next >= blobs_.size()) too_much_ = std::move(next);
    if (is_full) break;
    page.text(next);
    if (out.next >= blobs_.size()) at_ = out.next + 1;
    ++out.next;
  }
  if (page.bytes().size() > page_bytes_max) {
    return fail(ErrorKind::bad_input, "the item at " + std::to_string(from) +
                                          " is too large for a message; stop the coordinator and "
                                          "read its data directory as it lies");
  }
  out.more = out.next < end;
  out.bytes = page.take();
  return out;
}

}  // namespace gwageo
