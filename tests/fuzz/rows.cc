// A data set's file. The first line is its name and how it is to be read, for instance "a.csv ; q".
#include "benchmarks/rows.h"

#include "protocol/check.h"
#include "tests/benchmarks/memory_files.h"
#include "tests/fuzz/targets.h"

namespace gwageo::fuzz {
namespace {

bool says(std::string_view head, std::string_view what) { return head.find(what) != head.npos; }

void run_rows(std::string_view input) {
  const auto [head, bytes] = first_line(input);
  DataFormat format;
  const std::string path = says(head, ".gz") ? "a.gz" : says(head, ".zst") ? "a.zst" : "a";
  if (says(head, "csv")) {
    format.kind = DataFormat::Kind::delimited;
    format.delimiter = says(head, ";") ? ';' : ',';
    format.quotes = says(head, "q");
    format.header = !says(head, "h");
    if (!format.header) format.names = {"question", "answer"};
  } else {
    format.one_type_a_column = !says(head, "t");
    if (says(head, "f")) format.field = "rows";
  }
  MemoryFiles files;
  files.set(path, std::string(bytes));
  const Result<Table> table = Table::open(files, {path}, format);
  if (!table) return;
  RowReader reader(files, *table);
  std::uint64_t number = 0;
  while (true) {
    const auto row = reader.next();
    if (!row || !*row) return;
    GWAGEO_CHECK((*row)->number == number);
    GWAGEO_CHECK((*row)->fields.is_object());
    (void)item_id(**row, "");
    ++number;
  }
}

}  // namespace

const Target rows_target = {"rows", run_rows};

}  // namespace gwageo::fuzz
