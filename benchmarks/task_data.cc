// Where a task's rows lie, and how their files are written.
#include <algorithm>
#include <utility>

#include "benchmarks/task_keys.h"

namespace gwageo {
namespace {

constexpr std::string_view delimited_keys[] = {"sep",    "delimiter", "quoting",
                                               "header", "names",     "column_names"};

// What a file's name says: delimited text, else JSON. Compression comes off first.
DataFormat format_of(std::string_view path) {
  for (const std::string_view packed : {".gz", ".zst"}) {
    if (path.ends_with(packed)) path.remove_suffix(packed.size());
  }
  DataFormat format;
  if (path.ends_with(".csv") || path.ends_with(".tsv")) {
    format.kind = DataFormat::Kind::delimited;
    if (path.ends_with(".tsv")) format.delimiter = '\t';
  }
  return format;
}

// Where the files of a task lie: the suite's folder, which they may not leave, and `data_dir`.
struct DataPlace {
  std::string_view folder;
  std::string below;  // Empty, or with '/' at its end.
};

Status add_data_file(const YamlValue& value, const std::string& split, const DataPlace& place,
                     Task& task) {
  GWAGEO_ASSIGN(relative, value.text());
  auto path = resolve_path(place.folder, value.file(), place.below + relative);
  if (!path) return value.refuse(path.error().message);
  const DataFormat format = format_of(*path);
  if (!task.data_files.empty() && format != task.data_format) {
    return value.refuse("the files of one data set must be of one format");
  }
  task.data_format = format;
  task.data_files[split].push_back(std::move(*path));
  return {};
}

// One file, or several whose rows follow one another.
Status add_data_files(const YamlValue& value, const std::string& split, const DataPlace& place,
                      Task& task) {
  if (value.is_scalar()) return add_data_file(value, split, place, task);
  GWAGEO_ASSIGN(list, value.elements());
  if (list.empty()) return value.refuse("no files");
  for (const YamlValue& one : list) GWAGEO_TRY(add_data_file(one, split, place, task));
  return {};
}

Status parse_delimiter(const YamlValue& arguments, DataFormat& format) {
  for (const std::string_view name : {"sep", "delimiter"}) {
    const auto value = arguments.find(name);
    if (!value || value->is_null()) continue;
    GWAGEO_ASSIGN(text, value->text());
    if (text.size() != 1 || text == "\"" || text == "\n" || text == "\r") {
      return value->refuse("expected one character");
    }
    format.delimiter = text.front();
  }
  if (const auto value = arguments.find("quoting"); value && !value->is_null()) {
    GWAGEO_ASSIGN(quoting, value->integer(0, 3));
    if (quoting != 0 && quoting != 3) {
      return value->refuse("expected 0 (quotes where needed) or 3 (none)");
    }
    format.quotes = quoting == 0;
  }
  return {};
}

// `names` as pandas reads them: without `header: 0` a file that has names has no header.
Status parse_names(const YamlValue& arguments, DataFormat& format) {
  for (const std::string_view key : {"names", "column_names"}) {
    const auto value = arguments.find(key);
    if (!value || value->is_null()) continue;
    GWAGEO_ASSIGN(list, value->elements());
    if (list.empty()) return value->refuse("no names");
    format.names.clear();
    for (const YamlValue& one : list) {
      GWAGEO_ASSIGN(name, one.text());
      if (name.empty()) return one.refuse("an empty name");
      const auto before = std::find(format.names.begin(), format.names.end(), name);
      if (before != format.names.end()) return one.refuse("a second column '" + name + "'");
      format.names.push_back(std::move(name));
    }
    format.header = false;
  }
  const auto header = arguments.find("header");
  if (!header) return {};
  if (!header->is_null()) {
    if (header->is_scalar() && header->node().text == "infer") return {};
    GWAGEO_TRY(header->integer(0, 0));
    format.header = true;
  } else if (format.names.empty()) {
    return header->refuse("columns without a header need `names`");
  }
  return {};
}

// `dataset_path`, where it is there, is the reader that the harness would use.
Status check_is_beside(const YamlValue& path) {
  GWAGEO_ASSIGN(name, path.text());
  if (name == "json" || name == "csv") return {};
  return path.refuse("the data set '" + name +
                     "' is not beside the suite: give its files there, with `dataset_path: "
                     "json` (or csv) and `dataset_kwargs: {data_files: ...}`");
}

Status parse_reader(const TaskKeys& keys, const YamlValue& arguments, DataFormat& format) {
  if (const auto path = keys.find("dataset_path")) {
    GWAGEO_ASSIGN(name, path->text());
    if (name == "csv") format.kind = DataFormat::Kind::delimited;
    if (name == "json") format = DataFormat();
  }
  const bool is_json = format.kind == DataFormat::Kind::json;
  for (const std::string_view name : delimited_keys) {
    const auto value = arguments.find(name);
    if (is_json && value) return value->refuse("is for delimited text, and these files are JSON");
  }
  if (const auto field = arguments.find("field"); field && !field->is_null()) {
    if (!is_json) return field->refuse("is for JSON, and these files are delimited text");
    GWAGEO_ASSIGN(name, field->text());
    if (name.empty()) return field->refuse("an empty name");
    format.field = std::move(name);
  }
  if (is_json) return {};
  GWAGEO_TRY(parse_delimiter(arguments, format));
  return parse_names(arguments, format);
}

}  // namespace

Status parse_data(const TaskKeys& keys, std::string_view folder, Task& task) {
  // First: a data set that is elsewhere has no files to name either.
  if (const auto path = keys.find("dataset_path")) GWAGEO_TRY(check_is_beside(*path));
  GWAGEO_ASSIGN(arguments, keys.need("dataset_kwargs"));
  // `trust_remote_code` is for data sets that are programs; the harness drops it too.
  GWAGEO_TRY(arguments.only({"data_files", "data_dir", "field", "sep", "delimiter", "quoting",
                             "header", "names", "column_names", "trust_remote_code"}));
  DataPlace place{folder, ""};
  if (const auto below = arguments.find("data_dir"); below && !below->is_null()) {
    GWAGEO_ASSIGN(name, below->text());
    place.below = name + "/";
  }
  GWAGEO_ASSIGN(data_files, arguments.need("data_files"));
  if (!data_files.is_mapping()) {  // Files without a split are the one that is asked.
    std::string split = "test";
    for (const std::string_view name : {"validation_split", "test_split"}) {
      const auto value = keys.find(name);
      if (!value) continue;
      GWAGEO_ASSIGN(named, value->text());
      split = std::move(named);
    }
    GWAGEO_TRY(add_data_files(data_files, split, place, task));
  } else {
    GWAGEO_ASSIGN(splits, data_files.members());
    for (std::size_t i = 0; i < splits.size(); ++i) {
      GWAGEO_TRY(add_data_files(splits[i], data_files.name(i), place, task));
    }
  }
  return parse_reader(keys, arguments, task.data_format);
}

Result<std::string> resolve_path(std::string_view folder, std::string_view from,
                                 std::string_view relative) {
  const auto wrong = [&](std::string_view why) {
    return fail(ErrorKind::bad_input, "'" + std::string(relative) + "' " + std::string(why));
  };
  if (relative.empty()) return wrong("is no path");
  if (relative.front() == '/') return wrong("is absolute; a suite's files lie beside it");
  if (relative.find('\0') != relative.npos || relative.find('\\') != relative.npos) {
    return wrong("holds a character that no path may hold");
  }
  const std::string whole =
      std::string(from.substr(0, from.rfind('/') + 1)) + std::string(relative);
  if (whole.back() == '/') return wrong("is a folder");
  const std::string path = normal_path(whole);
  const std::string_view below =
      std::string_view(path).substr(std::min(folder.size(), path.size()));
  const bool inside = path.compare(0, folder.size(), folder) == 0 && !below.empty();
  if (!inside || below == ".." || below.substr(0, 3) == "../") {
    return wrong("leads outside the suite's folder");
  }
  return path;
}

std::string normal_path(std::string_view path) {
  std::vector<std::string_view> parts;
  std::size_t start = 0;
  while (start < path.size()) {
    const std::size_t end = std::min(path.find('/', start), path.size());
    const std::string_view part = path.substr(start, end - start);
    start = end + 1;
    if (part.empty() || part == ".") continue;
    if (part == ".." && !parts.empty() && parts.back() != "..") {
      parts.pop_back();
    } else {
      parts.push_back(part);
    }
  }
  std::string out = path.substr(0, 1) == "/" ? "/" : "";
  for (const std::string_view part : parts) {
    out += part;
    out += '/';
  }
  if (!parts.empty()) out.pop_back();
  return out;
}

}  // namespace gwageo
