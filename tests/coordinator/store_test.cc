// What every Store does, checked on both of them; then what only the one on disk can be asked.
#include "coordinator/store.h"

#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <map>
#include <random>
#include <thread>

#include "coordinator/rocks_store.h"
#include "tests/temporary_folder.h"

namespace gwageo {
namespace {

using Entries = std::vector<std::pair<std::string, std::string>>;

std::unique_ptr<Store> open_or_die(const RocksOptions& options) {
  auto opened = open_rocks_store(options);
  EXPECT_TRUE(opened) << opened.error().message;
  return opened ? std::move(*opened) : nullptr;
}

Entries all(const Store& store, std::string_view from, std::string_view to) {
  Entries entries;
  const Status status = store.scan(from, to, [&](std::string_view key, std::string_view value) {
    entries.emplace_back(key, value);
    return true;
  });
  EXPECT_TRUE(status) << status.error().message;
  return entries;
}

void put(Store& store, const std::string& key, const std::string& value, Sync sync = Sync::no) {
  const Status status = store.write({{{key, value}}, {}}, sync);
  ASSERT_TRUE(status) << status.error().message;
}

struct InMemory {
  std::unique_ptr<Store> store = new_memory_store();
};

struct OnDisk {
  testing::TemporaryFolder folder;
  std::unique_ptr<Store> store = open_or_die({.path = folder / "store"});
};

template <class Kind>
class StoreTest : public ::testing::Test {
 protected:
  Kind kind_;
  Store& store_ = *kind_.store;
};

class KindName {
 public:
  template <class Kind>
  static std::string GetName(int) {
    return std::is_same_v<Kind, InMemory> ? "InMemory" : "OnDisk";
  }
};

using Kinds = ::testing::Types<InMemory, OnDisk>;
TYPED_TEST_SUITE(StoreTest, Kinds, KindName);

TYPED_TEST(StoreTest, reads_what_was_put) {
  const std::string bytes("\0\xff\n", 3);
  put(this->store_, bytes, "");
  put(this->store_, "b", bytes, Sync::yes);
  EXPECT_EQ(*this->store_.read("b"), bytes);
  EXPECT_EQ(*this->store_.read(bytes), "");
  EXPECT_EQ(*this->store_.read("a"), std::nullopt);
}

TYPED_TEST(StoreTest, may_be_synced_apart_from_what_it_is_for) {
  EXPECT_TRUE(this->store_.sync()) << "before anything was written";
  put(this->store_, "a", "1");
  EXPECT_EQ(*this->store_.read("a"), "1") << "seen before it is durable";
  EXPECT_TRUE(this->store_.sync());
  EXPECT_TRUE(this->store_.sync());
  EXPECT_EQ(*this->store_.read("a"), "1");
}

TYPED_TEST(StoreTest, an_empty_batch_changes_nothing) {
  EXPECT_TRUE(this->store_.write({}, Sync::yes));
  EXPECT_TRUE(all(this->store_, "", "\xff").empty());
}

TYPED_TEST(StoreTest, the_later_entry_of_a_batch_wins) {
  ASSERT_TRUE(this->store_.write({{{"a", "1"}, {"a", "2"}, {"b", "1"}}, {"b", "c"}}, Sync::yes));
  EXPECT_EQ(all(this->store_, "", "z"), (Entries{{"a", "2"}}));
}

TYPED_TEST(StoreTest, scans_in_byte_order_from_inclusive_to_exclusive) {
  for (const char* key : {"a", "\x80", "b", "\xff", "aa"}) put(this->store_, key, key);
  EXPECT_EQ(all(this->store_, "a", "b"), (Entries{{"a", "a"}, {"aa", "aa"}}));
  EXPECT_EQ(all(this->store_, "b", "\xff"), (Entries{{"b", "b"}, {"\x80", "\x80"}}));
  EXPECT_TRUE(all(this->store_, "b", "b").empty());
  EXPECT_TRUE(all(this->store_, "b", "a").empty());
}

TYPED_TEST(StoreTest, a_scan_ends_when_the_visitor_says_so) {
  for (const char* key : {"a", "b", "c"}) put(this->store_, key, "");
  int visits = 0;
  EXPECT_TRUE(this->store_.scan("a", "z", [&](auto, auto) { return ++visits < 2; }));
  EXPECT_EQ(visits, 2);
}

TYPED_TEST(StoreTest, a_scan_sees_the_moment_at_which_it_began) {
  for (const char* key : {"a", "b", "c"}) put(this->store_, key, "old");
  Entries seen;
  EXPECT_TRUE(this->store_.scan("a", "z", [&](std::string_view key, std::string_view value) {
    put(this->store_, "b", "new");
    put(this->store_, "d", "new");
    seen.emplace_back(key, value);
    return true;
  }));
  EXPECT_EQ(seen, (Entries{{"a", "old"}, {"b", "old"}, {"c", "old"}}));
  EXPECT_EQ(*this->store_.read("b"), "new");
}

TYPED_TEST(StoreTest, last_is_the_greatest_key_of_the_range) {
  EXPECT_EQ(*this->store_.last("", "z"), std::nullopt);
  for (const char* key : {"a", "b", "c"}) put(this->store_, key, key);
  EXPECT_EQ((*this->store_.last("a", "z"))->first, "c");
  EXPECT_EQ((*this->store_.last("a", "c"))->first, "b");
  EXPECT_EQ((*this->store_.last("b", "bz"))->second, "b");
  EXPECT_EQ(*this->store_.last("ba", "bz"), std::nullopt);
  EXPECT_EQ(*this->store_.last("d", "z"), std::nullopt);
  EXPECT_EQ(*this->store_.last("a", "a"), std::nullopt);
  EXPECT_EQ(*this->store_.last("c", "a"), std::nullopt);
  ASSERT_TRUE(this->store_.write({{}, {"c"}}, Sync::no));
  EXPECT_EQ((*this->store_.last("a", "z"))->first, "b");
}

TYPED_TEST(StoreTest, readers_see_whole_batches_only) {
  put(this->store_, "a", "0");
  put(this->store_, "b", "0");
  std::atomic<bool> done = false;
  std::atomic<int> torn = 0;
  std::thread reader([&] {
    while (!done) {
      const Entries seen = all(this->store_, "a", "c");
      if (seen.size() != 2 || seen[0].second != seen[1].second) ++torn;
    }
  });
  for (int i = 1; i <= 2000; ++i) {
    const std::string value = std::to_string(i);
    EXPECT_TRUE(this->store_.write({{{"a", value}, {"b", value}}, {}}, Sync::no));
  }
  done = true;
  reader.join();
  EXPECT_EQ(torn, 0);
}

TYPED_TEST(StoreTest, takes_batches_from_several_threads) {
  const auto write_some = [&](const std::string& name) {
    for (int i = 0; i < 200; ++i) {
      const std::string key = name + std::to_string(i);
      const Sync sync = i % 50 == 0 ? Sync::yes : Sync::no;
      EXPECT_TRUE(this->store_.write({{{key, name}, {"last", key}}, {}}, sync));
    }
  };
  std::thread other([&] { write_some("a"); });
  write_some("b");
  other.join();
  EXPECT_EQ(all(this->store_, "a", "c").size(), 400u);
  const std::string last = (*this->store_.read("last")).value();
  EXPECT_TRUE(last == "a199" || last == "b199") << last;
}

TYPED_TEST(StoreTest, agrees_with_a_map_under_random_batches) {
  std::mt19937 random(20261122);
  std::map<std::string, std::string> model;
  const auto some_key = [&] { return std::string(1 + random() % 2, static_cast<char>(random())); };
  for (int round = 0; round < 300; ++round) {
    WriteBatch batch;
    for (auto n = random() % 8; n > 0; --n) batch.puts.emplace_back(some_key(), some_key());
    for (auto n = random() % 4; n > 0; --n) batch.erasures.push_back(some_key());
    ASSERT_TRUE(this->store_.write(batch, Sync::no));
    for (const auto& [key, value] : batch.puts) model[key] = value;
    for (const std::string& key : batch.erasures) model.erase(key);
    const std::string from = some_key();
    const std::string to = some_key();
    const auto begin = model.lower_bound(from);
    const auto end = from < to ? model.lower_bound(to) : begin;
    ASSERT_EQ(all(this->store_, from, to), Entries(begin, end));
    const auto last = *this->store_.last(from, to);
    ASSERT_EQ(last.has_value(), begin != end);
    if (last) {
      ASSERT_EQ(*last, Entries::value_type(*std::prev(end)));
    }
  }
}

TEST(MemoryStoreTest, refuses_to_be_copied) {
  EXPECT_EQ(new_memory_store()->copy_to("/nowhere").error().kind, ErrorKind::bad_input);
}

TEST(RocksStoreTest, keeps_everything_when_reopened) {
  const testing::TemporaryFolder folder;
  const RocksOptions options{.path = folder / "store"};
  put(*open_or_die(options), "a", "1", Sync::yes);
  put(*open_or_die(options), "b", std::string(1 << 20, 'x'), Sync::no);
  const auto store = open_or_die(options);
  EXPECT_EQ(*store->read("a"), "1");
  EXPECT_EQ((*store->read("b"))->size(), std::size_t{1} << 20);
}

TEST(RocksStoreTest, survives_its_own_files_being_rewritten) {
  const testing::TemporaryFolder folder;
  const RocksOptions options{.path = folder / "store"};
  std::mt19937_64 random(1);
  std::string value(8192, 'x');
  {
    const auto store = open_or_die(options);
    for (int i = 0; i < 6000; ++i) {  // Three memory tables' worth.
      for (std::size_t at = 0; at < 64; ++at) value[at] = static_cast<char>(random());
      put(*store, "key" + std::to_string(i), value);
    }
  }
  const auto store = open_or_die(options);
  EXPECT_EQ(all(*store, "key", "kez").size(), 6000u);
  EXPECT_EQ(*store->read("key5999"), value);
}

TEST(RocksStoreTest, only_one_may_hold_a_folder) {
  const testing::TemporaryFolder folder;
  const RocksOptions options{.path = folder / "store"};
  const auto store = open_or_die(options);
  const auto second = open_rocks_store(options);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().kind, ErrorKind::unavailable) << second.error().message;
}

TEST(RocksStoreTest, read_only_reads_and_never_writes) {
  const testing::TemporaryFolder folder;
  RocksOptions options{.path = folder / "store", .read_only = true};
  EXPECT_EQ(open_rocks_store(options).error().kind, ErrorKind::not_found);
  EXPECT_FALSE(std::filesystem::exists(options.path));
  options.read_only = false;
  put(*open_or_die(options), "a", "1", Sync::yes);
  options.read_only = true;
  const auto store = open_or_die(options);
  EXPECT_EQ(*store->read("a"), "1");
  EXPECT_EQ(all(*store, "a", "b").size(), 1u);
  EXPECT_EQ(store->write({{{"a", "2"}}, {}}, Sync::yes).error().kind, ErrorKind::not_allowed);
  EXPECT_EQ(store->sync().error().kind, ErrorKind::not_allowed);
}

TEST(RocksStoreTest, copies_one_moment_into_a_new_folder) {
  const testing::TemporaryFolder folder;
  const auto store = open_or_die({.path = folder / "store"});
  put(*store, "a", "1", Sync::yes);
  const Status copied = store->copy_to(folder / "copy");
  ASSERT_TRUE(copied) << copied.error().message;
  put(*store, "a", "2", Sync::yes);
  EXPECT_EQ(*open_or_die({.path = folder / "copy"})->read("a"), "1");
  EXPECT_EQ(*store->read("a"), "2");
  EXPECT_FALSE(store->copy_to(folder / "copy"));
}

TEST(RocksStoreTest, is_not_opened_on_a_disk_that_is_too_full) {
  const testing::TemporaryFolder folder;
  const auto refused = open_rocks_store({.path = folder / "store", .reserve_bytes = ~0ull});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::unavailable);
  EXPECT_NE(refused.error().message.find("too full"), std::string::npos);
}

}  // namespace
}  // namespace gwageo
