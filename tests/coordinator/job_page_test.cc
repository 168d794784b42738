#include "coordinator/job_page.h"

#include <gtest/gtest.h>

#include "coordinator/job_items.h"
#include "coordinator/keys.h"
#include "coordinator/page.h"
#include "coordinator/suite_files.h"
#include "protocol/bytes.h"
#include "protocol/json.h"
#include "protocol/request.h"

namespace gwageo {
namespace {

JobItem some_item() {
  JobItem item;
  item.entry.item = "7";
  item.entry.repeat = 1;
  item.entry.requests = {"first", "second"};
  item.entry.reference.choices = {"예", "아니오"};
  item.entry.reference.golds = {1};
  item.responses = {{"yes", ""}};
  item.is_own = item.is_settled = true;
  return item;
}

bool equal(const JobItem& a, const JobItem& b) {
  return a.entry == b.entry && a.responses == b.responses && a.is_own == b.is_own &&
         a.is_settled == b.is_settled && a.missing == b.missing;
}

TEST(JobItem, TravelsWhole) {
  JobItem item = some_item();
  EXPECT_TRUE(equal(decode_job_item(encode(item)).value(), item));
  item.responses.reset();
  item.is_own = false;
  item.missing = Outcome::worker_lost;
  EXPECT_TRUE(equal(decode_job_item(encode(item)).value(), item));
}

TEST(JobItem, AnyBytesAreReadOrRefused) {
  const std::string bytes = encode(some_item());
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(decode_job_item(std::string_view(bytes).substr(0, size))) << size;
  }
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    for (const char flip : {'\x01', '\x10', '\x80', '\xff'}) {
      std::string changed = bytes;
      changed[at] = static_cast<char>(changed[at] ^ flip);
      const Result<JobItem> item = decode_job_item(changed);
      if (item && item->responses) {
        EXPECT_EQ(item->responses->size(), item->entry.requests.size());
      }
    }
  }
  JobItem unanswered = some_item();
  unanswered.responses.reset();
  unanswered.missing = Outcome::answered;
  EXPECT_FALSE(decode_job_item(encode(unanswered)));
  JobItem short_of_one = some_item();
  short_of_one.responses->pop_back();
  EXPECT_EQ(decode_job_item(encode(short_of_one)).error().message,
            "item 7 has 1 responses to 2 requests");
}

TEST(JobHead, TravelsWhole) {
  JobHead head;
  head.job = {3};
  head.items = 12;
  head.suite = "s";
  head.phase = JobPhase::cancelled;
  head.model = "m";
  head.engine = "recorded";
  head.options = {{"outputs", "o.jsonl"}};
  head.accepted = {5};
  head.ended = {8};
  EXPECT_EQ(job_head_from_json(to_json(head)).value(), head);
  head.results_root = sha256("x");
  EXPECT_EQ(job_head_from_json(to_json(head)).value(), head);
}

TEST(JobHead, NamesTheMemberThatIsWrong) {
  JobHead head;
  head.job = {3};
  head.suite = "s";
  head.model = "m";
  head.engine = "recorded";
  const Json good = to_json(head);
  const auto without = [&](const std::string& key, Json value) {
    Json json = good;
    json[key] = std::move(value);
    const Result<JobHead> read = job_head_from_json(json);
    return read ? std::string("read") : read.error().message;
  };
  EXPECT_EQ(without("job", "three"), "a job's head: `job` is missing or wrong");
  EXPECT_EQ(without("items", -1), "a job's head: `items` is missing or wrong");
  EXPECT_EQ(without("state", "lost"), "a job's head: `state` is missing or wrong");
  EXPECT_EQ(without("suite_version", 5000000000), "a job's head: `version` is missing or wrong");
  EXPECT_EQ(without("manifest", "00"), "`manifest` must be 64 hexadecimal digits");
  EXPECT_EQ(without("engine", nullptr), "`engine` is missing");
}

/// A job of five items of 3 MB that nobody has run, on a suite of one file in two pieces.
class Pages : public ::testing::Test {
 protected:
  Pages() {
    ManifestFile file{"suite.yaml", limits::piece_bytes_max + 1, {}};
    for (const std::string& piece : {std::string(limits::piece_bytes_max, 'a'), std::string("b")}) {
      file.pieces.push_back(keep(piece));
    }
    head_.manifest = keep(to_json(Manifest{"suite.yaml", {file}}).dump());
    PlanWriter plan(*store_, head_.manifest, {"task"});
    for (int i = 0; i < 5; ++i) {
      PlanEntry entry;
      entry.item = std::to_string(i);
      entry.requests = {std::string(3'000'000, static_cast<char>('0' + i))};
      EXPECT_TRUE(plan.add(entry));
    }
    const PlanHeader written = plan.finish().value();
    head_.items = job_.job.accepted.items = 5;
    job_.job.accepted.job = head_.job = {1};
    job_.answers[head_.job].plan = {head_.manifest, written.root};
  }

  Digest keep(const std::string& bytes) {
    WriteBatch batch;
    batch.puts.emplace_back(keys::blob(sha256(bytes)), bytes);
    EXPECT_TRUE(store_->write(batch, Sync::no));
    return sha256(bytes);
  }

  std::unique_ptr<Store> store_ = new_memory_store();
  JobOnRecord job_;
  JobHead head_;
};

TEST_F(Pages, AreTheSameWhoeverReadTheOneBefore) {
  JobPages reader(job_, head_);
  std::uint64_t from = 0;
  std::size_t elements = 0;
  for (bool more = true; more;) {
    const JobPage page = reader.read(from, *store_).value();
    const JobPage alone = JobPages(job_, head_).read(from, *store_).value();
    EXPECT_EQ(page.bytes, alone.bytes) << from;
    EXPECT_EQ(page.next, alone.next);
    EXPECT_EQ(page.head.has_value(), from == 0);
    EXPECT_LE(page.bytes.size(), page_bytes_max);
    ByteReader in(page.bytes);
    for (; in.left() > 0; ++elements) in.text();
    EXPECT_TRUE(in.done());
    EXPECT_EQ(elements, page.next);
    from = page.next;
    more = page.more;
  }
  EXPECT_EQ(from, 8U);  // The manifest, two pieces, five items.
  EXPECT_EQ(reader.read(0, *store_).value().bytes, JobPages(job_, head_).read(0, *store_)->bytes);
  EXPECT_EQ(reader.read(6, *store_).value().bytes, JobPages(job_, head_).read(6, *store_)->bytes);
  EXPECT_EQ(reader.read(99, *store_).value().bytes, "");
}

}  // namespace
}  // namespace gwageo
