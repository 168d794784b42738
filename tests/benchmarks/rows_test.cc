#include "benchmarks/rows.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "benchmarks/python_json.h"
#include "tests/benchmarks/memory_files.h"

namespace gwageo {
namespace {

// "LINE/NUMBER:BYTES" of every row, and the refusal that ended the reading if there was one.
std::vector<std::string> read_all(const std::string& content) {
  const MemoryFiles files = {{"d.jsonl", content}};
  std::vector<std::string> out;
  const auto table = Table::open(files, {"d.jsonl"}, {});
  if (!table) return {table.error().message};
  RowReader reader(files, *table);
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
  EXPECT_EQ(read_all("{\"a\":\"\"}\n{\"a\":\"\xFF\"}").back(), "d.jsonl:2: not UTF-8 at byte 7");
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
  const Table table = Table::open(files, {"d.jsonl"}, {}).value();
  RowReader reader(files, table);
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
  EXPECT_EQ(Table::open(files, {"gone.jsonl"}, {}).error().message, "gone.jsonl: no such file");
}

// The fields of every row, one dump a line, and the refusal that ended the reading.
std::string fields_of(const std::string& path, const std::string& content,
                      const DataFormat& format = {}) {
  const MemoryFiles files = {{path, content}};
  const auto table = Table::open(files, {path}, format);
  if (!table) return table.error().message;
  RowReader reader(files, *table);
  std::string out;
  while (true) {
    const auto row = reader.next();
    if (!row) return out + row.error().message;
    if (!*row) return out;
    out += std::to_string((*row)->line) + " " + (*row)->fields.dump() + "\n";
  }
}

DataFormat delimited_text() {
  DataFormat format;
  format.kind = DataFormat::Kind::delimited;
  return format;
}
const DataFormat comma = delimited_text();

TEST(Rows, HaveAllColumnsOfTheirFile) {
  EXPECT_EQ(fields_of("d.jsonl", "{\"a\":1,\"b\":\"x\"}\n{\"c\":2,\"a\":3}\n{\"b\":\"y\"}\n"),
            "1 {\"a\":1,\"b\":\"x\",\"c\":null}\n2 {\"a\":3,\"b\":null,\"c\":2}\n"
            "3 {\"a\":null,\"b\":\"y\",\"c\":null}\n");
  EXPECT_EQ(fields_of("d.jsonl", "{\"n\":1,\"m\":1}\n{\"n\":2.5,\"m\":2}\n{\"n\":null,\"m\":3}\n"),
            "1 {\"n\":1.0,\"m\":1}\n2 {\"n\":2.5,\"m\":2}\n3 {\"n\":null,\"m\":3}\n");
  EXPECT_EQ(
      fields_of("d.jsonl", "{\"a\\u0062\":{\"x\":\"}\\\"\"},\"l\":[[],[\"]\"]]}\n{\"l\":[]}\n"),
      "1 {\"ab\":{\"x\":\"}\\\"\"},\"l\":[[],[\"]\"]]}\n2 {\"ab\":null,\"l\":[]}\n");
}

// Where each line is a record, the library takes texts that are all points in time for such.
TEST(Rows, HavePointsInTimeAsPythonPrintsThem) {
  EXPECT_EQ(
      fields_of("d.jsonl",
                "{\"d\":\"2026-01-02\",\"e\":\"2026-01-02\",\"l\":[\"2026-01-02T03:04Z\"]}\n"
                "{\"d\":null,\"e\":\"soon\",\"l\":[]}\n"),
      "1 {\"d\":\"2026-01-02 00:00:00\",\"e\":\"2026-01-02\",\"l\":[\"2026-01-02 03:04:00\"]}\n"
      "2 {\"d\":null,\"e\":\"soon\",\"l\":[]}\n");
  EXPECT_EQ(fields_of("d.json", "[{\"d\":\"2026-01-02\"}]"), "1 {\"d\":\"2026-01-02\"}\n");
  EXPECT_EQ(fields_of("d.csv", "d\n2026-01-02\n", comma), "2 {\"d\":\"2026-01-02\"}\n");
}

// Arrow: "Column(/a) changed from number to string in row 1".
TEST(Rows, HaveColumnsOfOneType) {
  const auto refused = [](const std::string& column, const std::string& what) {
    return "d.jsonl:3: column '" + column + "': " + what +
           "; a column has one type: the library that reads data for the harness refuses this, or "
           "by its version makes other values of it";
  };
  const std::string one = "{\"a\":1}\n{\"a\":null}\n";
  EXPECT_EQ(fields_of("d.jsonl", one + "{\"b\":\"x\",\"a\":\"2\"}\n"),
            refused("a", "a string, where values before are numbers"));
  EXPECT_EQ(fields_of("d.jsonl", one + "{\"a\":true}"),
            refused("a", "a boolean, where values before are numbers"));
  EXPECT_EQ(fields_of("d.jsonl", "{\"a\":[{\"b\":[]}]}\n\n{\"a\":[{\"b\":{}}]}"),
            refused("a[].b", "an object, where values before are lists"));
  EXPECT_EQ(fields_of("d.jsonl", "{\"a\":{\"b\":[\"1\"]}}\n\n{\"a\":{\"b\":[null, 1]}}"),
            refused("a.b[]", "a number, where values before are strings"));
  EXPECT_EQ(fields_of("d.jsonl", one + "{\"a\":2.5}\n"),
            "1 {\"a\":1.0}\n2 {\"a\":null}\n3 {\"a\":2.5}\n");
  DataFormat each_by_itself;
  each_by_itself.one_type_a_column = false;
  EXPECT_EQ(fields_of("d.jsonl", "{\"a\":1}\n{\"a\":\"2\"}", each_by_itself),
            "1 {\"a\":1}\n2 {\"a\":\"2\"}\n");
}

// As Arrow and Python's own reader do; JSON proper has neither.
TEST(Rows, MayHoldNaNAndInfinity) {
  const MemoryFiles files = {{"d.jsonl", "{\"a\":1,\"b\":NaN}\n{\"a\":-Infinity}\n"}};
  const Table table = Table::open(files, {"d.jsonl"}, {}).value();
  RowReader reader(files, table);
  EXPECT_EQ(python_json(reader.next().value()->fields), R"({"a": 1.0, "b": NaN})");
  EXPECT_EQ(python_json(reader.next().value()->fields), R"({"a": -Infinity, "b": null})");
}

TEST(Rows, HoldNoIntegerBeyond64Bits) {
  EXPECT_EQ(fields_of("d.jsonl", "{\"n\":1}\n{\"n\":18446744073709551616}\n"),
            "1 {\"n\":1.0}\n2 {\"n\":1.8446744073709552e+19}\n");
  EXPECT_EQ(fields_of("d.csv", "n\n1\n18446744073709551616\n", comma),
            "2 {\"n\":\"1\"}\n3 {\"n\":\"18446744073709551616\"}\n");
  EXPECT_EQ(fields_of("d.csv", "n\n18446744073709551616\n0.5\n", comma),
            "2 {\"n\":1.8446744073709552e+19}\n3 {\"n\":0.5}\n");
  EXPECT_EQ(fields_of("d.csv", "n,m\n9223372036854775807,1\n,2\n", comma),
            "2 {\"n\":9.223372036854776e+18,\"m\":1}\n3 {\"n\":null,\"m\":2}\n");
}

TEST(Rows, MayBeTheElementsOfOneList) {
  EXPECT_EQ(fields_of("d.json", "\n[\n {\"a\": 1},\n {\"a\":\n 2} , {\"b\":[]}]\n"),
            "3 {\"a\":1,\"b\":null}\n4 {\"a\":2,\"b\":null}\n5 {\"a\":null,\"b\":[]}\n");
  EXPECT_EQ(fields_of("d.json", "[]"), "");
  EXPECT_EQ(fields_of("d.json", "[{\"a\":1} {\"a\":2}]"),
            "d.json:1: expected ',' or ']' after an element of the list");
  EXPECT_EQ(fields_of("d.json", "[{\"a\":1},\n{\"a\":"), "d.json:2: the list does not end");
  EXPECT_EQ(fields_of("d.json", "[{\"a\":1},\n3]"),
            "1 {\"a\":1}\nd.json:2: expected a JSON object, got integer");
}

TEST(Rows, MayLieInAField) {
  DataFormat format;
  format.field = "data";
  EXPECT_EQ(
      fields_of("d.json", "{\"n\": 1, \"v\": {\"data\": []}, \"data\":\n[{\"a\":1}]}", format),
      "2 {\"a\":1}\n");
  EXPECT_EQ(fields_of("d.json", "{\"n\": 1}", format), "d.json:1: the field 'data' is not there");
  EXPECT_EQ(fields_of("d.json", "{\"data\": 1}", format), "d.json:1: expected a list of objects");
}

TEST(Rows, MayBeDelimitedText) {
  EXPECT_EQ(fields_of("d.csv",
                      "\xEF\xBB\xBFq,n,f,b\r\n\"a, \"\"b\"\"\nc\",1,1,True\r\n\nx\"y,2,2.5,False\n",
                      comma),
            "2 {\"q\":\"a, \\\"b\\\"\\nc\",\"n\":1,\"f\":1.0,\"b\":true}\n"
            "5 {\"q\":\"x\\\"y\",\"n\":2,\"f\":2.5,\"b\":false}\n");
  EXPECT_EQ(fields_of("d.csv", "n,t\n1,NA\n,x\n", comma),
            "2 {\"n\":1.0,\"t\":null}\n3 {\"n\":null,\"t\":\"x\"}\n");
  DataFormat tabs = comma;
  tabs.delimiter = '\t';
  tabs.quotes = false;
  EXPECT_EQ(fields_of("d.tsv", "a\tb\n\"x\t2\n", tabs), "2 {\"a\":\"\\\"x\",\"b\":2}\n");
  EXPECT_EQ(fields_of("d.csv", "a,b\n1,2,3\n", comma), "d.csv:2: 3 cells where the header has 2");
  EXPECT_EQ(fields_of("d.csv", "a,a\n1,2\n", comma), "d.csv:1: a second column 'a'");
  EXPECT_EQ(fields_of("d.csv", "a\n\"x\n", comma),
            "d.csv:2: a quote that is opened here is never closed");
  EXPECT_EQ(fields_of("d.csv", "a\n\xFF\n", comma), "d.csv:2: not UTF-8 at byte 1");
}

TEST(Rows, MayHaveOtherColumnNamesThanTheirHeader) {
  DataFormat named = comma;
  named.names = {"first", "second"};
  EXPECT_EQ(fields_of("d.csv", "1,a b\n3,x\n", named), "2 {\"first\":3,\"second\":\"x\"}\n");
  EXPECT_EQ(fields_of("d.csv", "1\n3\n", named),
            "d.csv:1: the header has 1 columns, and `names` 2");
  named.header = false;
  EXPECT_EQ(fields_of("d.csv", "1,a\n3,x\n", named),
            "1 {\"first\":1,\"second\":\"a\"}\n2 {\"first\":3,\"second\":\"x\"}\n");
  EXPECT_EQ(fields_of("d.csv", "1,2,3\n", named), "d.csv:1: 3 cells where `names` has 2");
}

// printf '{"a":1}\n{"a":2}\n' | gzip -n, twice one after the other; and | zstd.
TEST(Rows, MayBeCompressed) {
  const auto bytes = [](std::initializer_list<int> list) {
    return std::string(list.begin(), list.end());
  };
  const std::string gzip =
      bytes({31,  139, 8, 0,   0,  0,   0,  0, 0,   3,   171, 86, 74, 84, 178, 50, 172,
             229, 170, 6, 209, 70, 181, 92, 0, 102, 192, 90,  25, 16, 0,  0,   0});
  const std::string zstd =
      bytes({40,  181, 47,  253, 4,  88, 129, 0,  0,   123, 34,  97,  34,  58, 49,
             125, 10,  123, 34,  97, 34, 58,  50, 125, 10,  238, 237, 172, 242});
  const std::string two = "1 {\"a\":1}\n2 {\"a\":2}\n";
  EXPECT_EQ(fields_of("d.jsonl.gz", gzip), two);
  EXPECT_EQ(fields_of("d.jsonl.gz", gzip + gzip), two + "3 {\"a\":1}\n4 {\"a\":2}\n");
  EXPECT_EQ(fields_of("d.jsonl.zst", zstd), two);
  for (std::size_t size = 1; size < gzip.size(); ++size) {
    EXPECT_EQ(fields_of("d.jsonl.gz", gzip.substr(0, size)).rfind("d.jsonl.gz: ", 0), 0u) << size;
  }
  for (std::size_t size = 1; size < zstd.size(); ++size) {
    EXPECT_EQ(fields_of("d.jsonl.zst", zstd.substr(0, size)).rfind("d.jsonl.zst: ", 0), 0u) << size;
  }
  std::string damaged = gzip;
  damaged[damaged.size() - 6] ^= 1;  // In the checksum.
  EXPECT_EQ(fields_of("d.jsonl.gz", damaged).rfind("d.jsonl.gz: damaged gzip data", 0), 0u);
  for (const char* path : {"d.jsonl.gz", "d.jsonl.zst"}) {
    EXPECT_EQ(fields_of(path, "this is plain text"),
              std::string(path) + ": is not compressed as its ending says");
  }
  EXPECT_EQ(fields_of("d.jsonl.zst", std::string("\x50\x2A\x4D\x18\x01\0\0\0x", 9) + zstd), two);
}

TEST(ItemId, IsTheNamedFieldTheIdOrTheRowNumber) {
  EXPECT_EQ(id_of("{\"q\":1}"), "7");
  EXPECT_EQ(id_of("{\"id\":42}"), "42");
  EXPECT_EQ(id_of("{\"id\":-1}"), "-1");
  EXPECT_EQ(id_of("{\"id\":\" 가/1\"}"), " 가/1");
  EXPECT_EQ(id_of("{\"id\":1,\"key\":\"k\"}", "key"), "k");
  EXPECT_EQ(id_of("{\"id\":1}", "key"), "refused: the field 'key', which names items, is missing");
  EXPECT_EQ(id_of("{\"id\":null}"), "7");
  for (const char* bad : {"{\"id\":1.5}", "{\"id\":true}", "{\"id\":[1]}", "{\"id\":\"\"}"}) {
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
