#include "benchmarks/rows.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/benchmarks/memory_files.h"

namespace gwageo {
namespace {

// "LINE/NUMBER:BYTES" of every row, and the refusal that ended the reading if there was one.
std::vector<std::string> read_all(const std::string& content) {
  const MemoryFiles files = {{"d.jsonl", content}};
  RowReader reader(files, "d.jsonl");
  std::vector<std::string> out;
  while (true) {
    const auto row = reader.next();
    if (!row) {
      out.push_back(row.error().message);
      return out;
    }
    if (!*row) return out;
    out.push_back(std::to_string((*row)->line) + "/" + std::to_string((*row)->number) + ":" +
                  std::string((*row)->bytes));
  }
}

std::string id_of(const std::string& fields, const std::string& field = "") {
  Row row;
  row.number = 7;
  row.fields = Json::parse(fields).value();
  const auto id = item_id(row, field);
  return id ? *id : "refused: " + id.error().message;
}

using Rows = std::vector<std::string>;

TEST(Rows, AreLinesWithoutTheirEnds) {
  EXPECT_EQ(read_all("{\"a\":1}\n{ \"b\" : 2 }\n"), (Rows{"1/0:{\"a\":1}", "2/1:{ \"b\" : 2 }"}));
  EXPECT_EQ(read_all("{\"a\":1}\r\n{\"b\":2}"), (Rows{"1/0:{\"a\":1}", "2/1:{\"b\":2}"}));
  EXPECT_EQ(read_all("\xEF\xBB\xBF{\"a\":1}\n"), (Rows{"1/0:{\"a\":1}"}));
  EXPECT_EQ(read_all("\n{\"a\":1}\n \t\r\n\n{\"b\":2}\n\n"),
            (Rows{"2/0:{\"a\":1}", "5/1:{\"b\":2}"}));
  EXPECT_EQ(read_all(""), Rows{});
  EXPECT_EQ(read_all("\n\n"), Rows{});
}

TEST(Rows, KeepTheBytesOfTheirText) {
  const std::string composed = "{\"q\":\"한 정답：\"}";
  const std::string decomposed = "{\"q\":\"\u1112\u1161\u11AB\"}";
  EXPECT_EQ(read_all(composed + "\n" + decomposed), (Rows{"1/0:" + composed, "2/1:" + decomposed}));
}

TEST(Rows, RefuseWhatIsNoObjectWithTheLine) {
  EXPECT_EQ(read_all("{\"a\":1}\n[1]\n").back(), "d.jsonl:2: expected a JSON object, got array");
  EXPECT_EQ(read_all("\n\"x\"").back(), "d.jsonl:2: expected a JSON object, got string");
  EXPECT_EQ(read_all("{\"a\":1}\n{\"a\":\"\xFF\"}").back(), "d.jsonl:2: not UTF-8 at byte 7");
  const std::string broken = read_all("{\"a\":1}\n{\"a\":1,}").back();
  EXPECT_EQ(broken.rfind("d.jsonl:2: malformed JSON at column 8", 0), 0u) << broken;
  EXPECT_EQ(read_all("{\"a\":1,\"a\":2}").back(), "d.jsonl:1: the JSON has the key \"a\" twice");
  EXPECT_EQ(read_all("{\"a\":1} {\"b\":2}").back().rfind("d.jsonl:1: malformed JSON", 0), 0u);
}

TEST(Rows, AreReadInPiecesWhateverTheirLength) {
  std::string content;
  Rows expected;
  for (int i = 0; i < 40; ++i) {
    const std::string row =
        "{\"n\":" + std::to_string(i) + ",\"x\":\"" + std::string(70000u + 997u * i, 'x') + "\"}";
    content += row + (i % 2 == 0 ? "\n" : "\r\n");
    expected.push_back(std::to_string(i + 1) + "/" + std::to_string(i) + ":" + row);
  }
  EXPECT_EQ(read_all(content), expected);
  const MemoryFiles files = {{"d.jsonl", content}};
  RowReader reader(files, "d.jsonl");
  for (auto row = reader.next(); row && *row; row = reader.next()) {
  }
  EXPECT_LE(files.largest_read, 1u << 20);
}

TEST(Rows, BoundTheLengthOfALine) {
  const std::size_t most = 4u << 20;
  const auto row_of = [](std::size_t bytes) {
    return "{\"x\":\"" + std::string(bytes - 8, 'x') + "\"}";
  };
  EXPECT_EQ(read_all(row_of(most) + "\r\n{\"a\":1}\n").size(), 2u);
  EXPECT_EQ(read_all(row_of(most + 1) + "\n").back(), "d.jsonl:1: a line longer than 4 MiB");
  EXPECT_EQ(read_all(row_of(3 * most) + "\n").back(), "d.jsonl:1: a line longer than 4 MiB");
  EXPECT_EQ(read_all("{\"a\":1}\n" + std::string(2 * most, ' ')).back(),
            "d.jsonl:2: a line longer than 4 MiB");
}

TEST(Rows, NameAMissingFile) {
  const MemoryFiles files;
  RowReader reader(files, "gone.jsonl");
  EXPECT_EQ(reader.next().error().message, "gone.jsonl: no such file");
}

TEST(ItemId, IsTheNamedFieldTheIdOrTheRowNumber) {
  EXPECT_EQ(id_of("{\"q\":1}"), "7");
  EXPECT_EQ(id_of("{\"id\":42}"), "42");
  EXPECT_EQ(id_of("{\"id\":-1}"), "-1");
  EXPECT_EQ(id_of("{\"id\":\" 가/1\"}"), " 가/1");
  EXPECT_EQ(id_of("{\"id\":1,\"key\":\"k\"}", "key"), "k");
  EXPECT_EQ(id_of("{\"id\":1}", "key"), "refused: the field 'key', which names items, is missing");
  for (const char* bad :
       {"{\"id\":1.5}", "{\"id\":null}", "{\"id\":true}", "{\"id\":[1]}", "{\"id\":\"\"}"}) {
    EXPECT_EQ(id_of(bad),
              "refused: the field 'id', which names items, is neither an integer nor a string with "
              "something in it");
  }
}

TEST(ItemIds, FindTheFirstDuplicate) {
  ItemIds ids;
  for (std::uint64_t i = 0; i < 1000; ++i) ids.add("item-" + std::to_string(i), i + 1);
  EXPECT_FALSE(ids.duplicate());
  ids.add("item-500", 2001);
  ids.add("item-3", 2002);
  ids.add("item-3", 2003);
  const auto twice = ids.duplicate();
  ASSERT_TRUE(twice);
  EXPECT_EQ(twice->first, 501u);
  EXPECT_EQ(twice->second, 2001u);
}

}  // namespace
}  // namespace gwageo
