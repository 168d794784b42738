#include "benchmarks/rows.h"

#include <algorithm>
#include <cstring>
#include <tuple>
#include <utility>

#include "protocol/digest.h"

namespace gwageo {
namespace {

tl::unexpected<Error> wrong_in_line(const std::string& path, std::uint64_t line,
                                    const std::string& what) {
  return fail(ErrorKind::bad_input, path + ":" + std::to_string(line) + ": " + what);
}

// The name of a file that is read as JSON, because its task says so, may say why it is none.
std::string advice(const std::string& path) {
  const bool is_delimited = path.find(".csv") != path.npos || path.find(".tsv") != path.npos;
  return is_delimited ? "; `dataset_path: json` reads it as JSON, `csv` as delimited text" : "";
}

/// What the field called `name` says, which does what `does` says.
Result<std::string> name_in(const Row& row, const std::string& name, const std::string& does) {
  const Json* const value = row.fields.find(name);
  if (value == nullptr || value->is_null()) {  // A null is how a missing field of a row is read.
    return fail(ErrorKind::bad_input, "the field '" + name + "', which " + does + ", is missing");
  }
  if (value->is_integer()) return std::to_string(value->as_integer());
  if (value->is_string() && !value->as_string().empty()) return value->as_string();
  return fail(ErrorKind::bad_input, "the field '" + name + "', which " + does +
                                        ", is neither an integer nor a string with something in "
                                        "it");
}

}  // namespace

Result<Table> Table::open(const SourceFiles& files, std::vector<std::string> paths,
                          const DataFormat& format) {
  Table out;
  out.paths_ = std::move(paths);
  out.format_ = format;
  const bool is_json = format.kind == DataFormat::Kind::json;
  for (const std::string& path : out.paths_) {
    GWAGEO_TRY(is_json ? out.scan_json(files, path) : out.scan_delimited(files, path));
  }
  for (std::size_t i = 0; i < out.names_.size(); ++i) {
    out.columns_.add(out.names_[i], out.types_[i].is_fraction());
  }
  return out;
}

Status Table::scan_json(const SourceFiles& files, const std::string& path) {
  JsonRecords records(files, path, format_.field);
  while (true) {
    GWAGEO_ASSIGN(record, records.next());
    if (!record) return {};
    columns_.see(record->bytes,
                 records.has_lines() ? Columns::Reading::lines : Columns::Reading::whole);
    if (!columns_.mixed().empty() && format_.one_type_a_column) {
      return wrong_in_line(
          path, record->line,
          columns_.mixed() +
              "; a column has one type: the library that reads data for the harness "
              "refuses this, or by its version makes other values of it");
    }
  }
}

Status Table::scan_delimited(const SourceFiles& files, const std::string& path) {
  DelimitedRecords records(files, path, format_.delimiter, format_.quotes);
  if (format_.header) {
    GWAGEO_ASSIGN(header, records.next());
    if (!header) return {};
    GWAGEO_TRY(take_header(path, std::move(*header)));
  } else {
    names_ = format_.names;
  }
  types_.resize(names_.size());
  while (true) {
    GWAGEO_ASSIGN(record, records.next());
    if (!record) return {};
    if (record->cells.size() > names_.size()) {
      return wrong_in_line(path, record->line,
                           std::to_string(record->cells.size()) + " cells where " +
                               (format_.header ? "the header" : "`names`") + " has " +
                               std::to_string(names_.size()));
    }
    record->cells.resize(names_.size());
    for (std::size_t i = 0; i < names_.size(); ++i) types_[i].see(record->cells[i]);
  }
}

Status Table::take_header(const std::string& path, DelimitedRecord header) {
  std::vector<std::string> names = std::move(header.cells);
  if (!format_.names.empty()) {
    if (names.size() != format_.names.size()) {
      return wrong_in_line(path, header.line,
                           "the header has " + std::to_string(names.size()) +
                               " columns, and `names` " + std::to_string(format_.names.size()));
    }
    names = format_.names;
  }
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i].empty()) names[i] = "Unnamed: " + std::to_string(i);
    const auto before = names.begin() + static_cast<std::ptrdiff_t>(i);
    if (std::find(names.begin(), before, names[i]) != before) {
      return wrong_in_line(path, header.line, "a second column '" + names[i] + "'");
    }
  }
  if (!names_.empty() && names != names_) {
    return wrong_in_line(path, header.line, "other columns than in " + paths_.front());
  }
  names_ = std::move(names);
  return {};
}

Status RowReader::open_file() {
  const std::string& path = table_.paths_[file_++];
  const DataFormat& format = table_.format_;
  if (format.kind == DataFormat::Kind::json) {
    json_.emplace(files_, path, format.field);
    return {};
  }
  delimited_.emplace(files_, path, format.delimiter, format.quotes);
  if (format.header) GWAGEO_TRY(delimited_->next());
  return {};
}

Result<Row> RowReader::parse(const JsonRecord& record) const {
  auto fields = Json::parse_python(record.bytes);
  if (!fields) {
    std::size_t bad_at = 0;
    if (!is_utf8(record.bytes, &bad_at)) {
      return wrong_in_line(path(), record.line, "not UTF-8 at byte " + std::to_string(bad_at + 1));
    }
    std::string message = fields.error().message;
    static constexpr std::string_view first = "line 1, ";  // Say only where in the record.
    if (const std::size_t at = message.find(first); at != message.npos) {
      message.erase(at, first.size());
    }
    return wrong_in_line(path(), record.line, message + advice(path()));
  }
  if (!fields->is_object()) {
    return wrong_in_line(path(), record.line,
                         "expected a JSON object, got " + std::string(fields->type_name()));
  }
  return Row{path(), record.line, number_, record.bytes,
             Json(table_.columns_.normal(std::move(fields->as_object())))};
}

Result<std::optional<Row>> RowReader::next_of_file() {
  if (json_) {
    GWAGEO_ASSIGN(record, json_->next());
    if (!record) return std::nullopt;
    GWAGEO_ASSIGN(row, parse(*record));
    return row;
  }
  GWAGEO_ASSIGN(record, delimited_->next());
  if (!record) return std::nullopt;
  const std::vector<std::string>& names = table_.names_;
  record->cells.resize(names.size());
  Json::Object fields;
  for (std::size_t i = 0; i < names.size(); ++i) {
    fields.emplace_back(names[i], table_.types_[i].value(record->cells[i]));
  }
  return Row{path(), record->line, number_, record->bytes, Json(std::move(fields))};
}

Result<std::optional<Row>> RowReader::next() {
  while (true) {
    if (json_ || delimited_) {
      GWAGEO_ASSIGN(row, next_of_file());
      if (row) {
        ++number_;
        return row;
      }
    }
    if (file_ == table_.paths_.size()) return std::nullopt;
    GWAGEO_TRY(open_file());
  }
}

Result<std::string> item_id(const Row& row, const std::string& field) {
  if (!field.empty()) return name_in(row, field, "names items");
  const Json* const value = row.fields.find("id");
  if (value == nullptr || value->is_null()) return std::to_string(row.number);
  return name_in(row, "id", "names items");
}

Result<std::string> cluster_id(const Row& row, const std::string& field) {
  return name_in(row, field, "groups items");
}

void ItemIds::add(std::string_view id, std::uint64_t number) {
  const Digest digest = sha256(id);
  Entry entry{{0, 0}, number};
  std::memcpy(entry.digest, digest.bytes.data(), sizeof entry.digest);
  entries_.push_back(entry);
}

std::optional<std::pair<std::uint64_t, std::uint64_t>> ItemIds::duplicate() {
  const auto key = [](const Entry& e) { return std::tuple(e.digest[0], e.digest[1], e.number); };
  std::sort(entries_.begin(), entries_.end(),
            [&](const Entry& a, const Entry& b) { return key(a) < key(b); });
  std::optional<std::pair<std::uint64_t, std::uint64_t>> first;
  for (std::size_t i = 1; i < entries_.size(); ++i) {
    const Entry& a = entries_[i - 1];
    const Entry& b = entries_[i];
    if (a.digest[0] != b.digest[0] || a.digest[1] != b.digest[1]) continue;
    if (!first || b.number < first->second) first = {a.number, b.number};
  }
  return first;
}

}  // namespace gwageo
