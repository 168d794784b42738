// What somebody who has a coordinator's whole disk and its signing key does to a copy of it.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "coordinator/fact_codec.h"
#include "coordinator/log_folder.h"
#include "tests/ops/competition.h"

namespace gwageo::testing {

/// One of them. The copy goes with it.
class Attack {
 public:
  Attack(const Competition& competition, const std::string& name)
      : competition_(competition), data_(competition.kept().path("attack-" + name)) {
    fs::copy(competition.kept().data(), data_, fs::copy_options::recursive);
    const keys::KeyRange journal = keys::journal_from(0);
    EXPECT_TRUE(competition.store().scan("", "\xff", [&](std::string_view key, auto value) {
      const bool is_record = key >= journal.first && key < journal.second;
      if (is_record) records.push_back(*decode_record(value));
      if (!is_record) rows.emplace(key, value);
      return true;
    }));
  }
  ~Attack() { fs::remove_all(data_); }
  Attack(const Attack&) = delete;
  Attack& operator=(const Attack&) = delete;

  std::string data() const { return data_; }
  std::string tiles() const { return data_ + "/tiles"; }
  const Competition& competition() const { return competition_; }

  /// The number of the `nth` record with such a fact, from the end.
  template <class T>
  std::size_t last(std::size_t nth = 0) const {
    for (std::size_t i = records.size(); i-- > 0;) {
      if (std::holds_alternative<T>(records[i].fact) && nth-- == 0) return i;
    }
    ADD_FAILURE() << "there is none";
    return 0;
  }
  template <class T>
  T& fact(std::size_t index) {
    return std::get<T>(records[index].fact);
  }
  void erase(std::size_t index) {
    records.erase(records.begin() + static_cast<std::ptrdiff_t>(index));
  }
  /// Another order does not turn back the clock.
  void keep_times(const std::vector<Record>& as_in) {
    for (std::size_t i = 0; i < records.size(); ++i) {
      records[i].at = as_in[i].at;
      records[i].wall = as_in[i].wall;
    }
  }

  /// Makes the chain, the tiles and the store those of `records` and `rows`, and signs all of it.
  void sign_again() {
    const std::unique_ptr<Store> store = new_memory_store();
    WriteBatch batch;
    for (const auto& [key, value] : rows) batch.puts.emplace_back(key, value);
    Digest previous;
    MerkleFrontier tree;
    for (std::uint64_t i = 0; i < records.size(); ++i) {
      const Record& one = records[i];
      std::string bytes = encode_record(i, one.at, one.wall, previous, one.fact,
                                        one.statement ? &*one.statement : nullptr);
      previous = merkle_leaf(bytes);
      tree.add(previous);
      batch.puts.emplace_back(keys::journal(i), std::move(bytes));
    }
    ASSERT_TRUE(store->write(batch, Sync::yes));
    write_store(batch);
    fs::remove_all(data_ + "/witnesses");
    fs::remove_all(tiles());
    fs::create_directory(tiles());
    const KeptLog& kept = competition_.kept();
    const std::string note =
        sign_checkpoint({kept.key().name, tree.size(), tree.root()}, kept.secret());
    LogFolder folder = LogFolder::open(tiles(), kept.key());
    ASSERT_TRUE(folder.extend(*store, tree.size()));
    ASSERT_TRUE(folder.publish(note));
    ASSERT_TRUE(replace_file(data_ + "/checkpoint", note));
  }
  /// Changes the rows beside the journal, and nothing else.
  void write_rows() {
    WriteBatch batch;
    for (const auto& [key, value] : rows) batch.puts.emplace_back(key, value);
    EXPECT_TRUE(competition_.store().scan(keys::journal_from(0).first, keys::journal_from(0).second,
                                          [&](auto key, auto value) {
                                            batch.puts.emplace_back(key, value);
                                            return true;
                                          }));
    write_store(batch);
  }
  void change(const std::string& name, const std::function<void(std::string&)>& by) const {
    std::string bytes = *read_file(data_ + "/" + name, bundle_bytes_max);
    by(bytes);
    ASSERT_TRUE(replace_file(data_ + "/" + name, bytes));
  }
  /// Changes the entries of the first bundle, and nothing else.
  void change_entries(const std::function<void(std::vector<std::string_view>&)>& by) const {
    change("tiles/tile/entries/000", [&](std::string& bytes) {
      const std::string before = bytes;
      std::vector<std::string_view> entries = *decode_entries({true, 0, 0, 256}, before);
      by(entries);
      bytes.clear();
      for (const std::string_view entry : entries) append_entry(bytes, entry);
    });
  }
  /// The published note with other signatures.
  void change_note(const std::function<void(Note&)>& by) const {
    change("tiles/checkpoint", [&](std::string& bytes) {
      Note note = *parse_note(bytes);
      by(note);
      bytes = to_text(note);
    });
  }

  std::vector<Record> records;
  std::map<std::string, std::string> rows;

 private:
  void write_store(const WriteBatch& batch) const {
    fs::remove_all(data_ + "/store");
    RocksOptions options;
    options.path = data_ + "/store";
    options.reserve_bytes = 0;
    const auto store = open_rocks_store(options);
    ASSERT_TRUE(store) << store.error().message;
    ASSERT_TRUE((*store)->write(batch, Sync::yes));
  }

  const Competition& competition_;
  std::string data_;
};

}  // namespace gwageo::testing
