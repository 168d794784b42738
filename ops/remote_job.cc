#include "ops/remote_job.h"

#include "coordinator/keys.h"
#include "coordinator/suite_files.h"
#include "ops/output.h"
#include "protocol/bytes.h"

namespace gwageo {

Result<std::unique_ptr<RemoteJob>> RemoteJob::open(Client& client, JobId job) {
  std::unique_ptr<RemoteJob> remote(new RemoteJob(client, job));
  GWAGEO_TRY(remote->ask());
  GWAGEO_TRY(remote->take_blob(remote->head_.manifest));
  GWAGEO_ASSIGN(manifest, read_manifest(*remote->files_, remote->head_.manifest));
  for (const ManifestFile& file : manifest.files) {
    for (const Digest& piece : file.pieces) GWAGEO_TRY(remote->take_blob(piece));
  }
  return remote;
}

Status RemoteJob::ask() {
  const bool is_first = next_ == 0;
  Json body;
  body["job"] = std::to_string(job_.value);
  body["from"] = next_;
  GWAGEO_ASSIGN(answer, client_.call("items", std::move(body)));
  page_ = answer.page();
  at_ = 0;
  more_ = shown(answer.body, "more") == "true";
  const std::int64_t next = static_cast<std::int64_t>(number(answer.body, "next"));
  if (next <= next_) return fail(ErrorKind::corrupt, "a page of items leads nowhere");
  next_ = next;
  if (!is_first) return {};
  GWAGEO_ASSIGN(head, job_head_from_json(member(answer.body, "head")));
  if (head.job != job_) return fail(ErrorKind::corrupt, "these are the items of another job");
  head_ = std::move(head);
  head_.plan_root = from_hex(shown(answer.body, "plan_root"));
  return {};
}

Result<std::string_view> RemoteJob::element() {
  if (at_ == page_.size()) {
    if (!more_) return fail(ErrorKind::corrupt, "the last page of items is missing");
    GWAGEO_TRY(ask());
  }
  ByteReader in(std::string_view(page_).substr(at_));
  const std::string_view bytes = in.text();
  if (!in.ok()) return fail(ErrorKind::corrupt, "a page of items is cut short");
  at_ = page_.size() - in.left();
  return bytes;
}

Status RemoteJob::take_blob(const Digest& digest) {
  GWAGEO_ASSIGN(bytes, element());
  if (sha256(bytes) != digest) {
    return fail(ErrorKind::corrupt,
                "piece " + to_hex(digest) + " of a suite's files has other bytes");
  }
  WriteBatch batch;
  batch.puts.emplace_back(keys::blob(digest), bytes);
  return files_->write(batch, Sync::no);
}

Result<JobItem> RemoteJob::next() {
  GWAGEO_ASSIGN(bytes, element());
  return decode_job_item(bytes);
}

}  // namespace gwageo
