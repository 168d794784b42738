#include "benchmarks/leaderboard_file.h"

#include "benchmarks/leaderboard_formats.h"

namespace gwageo {
namespace {

/// A text in memory as the readers of data files want it.
class OneText final : public SourceFiles {
 public:
  explicit OneText(std::string_view text) : text_(text) {}
  Result<std::uint64_t> size(const std::string&) const override { return text_.size(); }
  Result<std::string> read(const std::string&, std::uint64_t offset,
                           std::uint64_t count) const override {
    if (offset >= text_.size()) return std::string();
    return std::string(text_.substr(offset, count));
  }
  Result<std::vector<std::string>> list(const std::string&) const override {
    return std::vector<std::string>();
  }

 private:
  std::string_view text_;
};

Status check_board_size(const BoardText& file) {
  if (file.text.size() <= limits::board_bytes_max) return {};
  return BoardPlace{file.path, 0, {}}.refuse(
      std::to_string(file.text.size()) + " bytes; a board's file has at most " +
      std::to_string(limits::board_bytes_max) + ", so leave out what is no model, task or value");
}

}  // namespace

std::string_view to_string(BoardFormat format) {
  switch (format) {
    case BoardFormat::livebench: return "livebench";
    case BoardFormat::aider: return "aider";
    case BoardFormat::claims: return "claims";
  }
  return "unknown";
}

std::optional<BoardFormat> parse_board_format(std::string_view text) {
  for (const BoardFormat format :
       {BoardFormat::livebench, BoardFormat::aider, BoardFormat::claims}) {
    if (text == to_string(format)) return format;
  }
  return std::nullopt;
}

BoardFormat board_format_of(std::string_view path, std::string_view text) {
  if (path.ends_with(".yml") || path.ends_with(".yaml")) return BoardFormat::aider;
  constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";
  if (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
  return text.starts_with("model,") ? BoardFormat::livebench : BoardFormat::claims;
}

Json to_json(const BoardFinding& finding) {
  const bool is_short = finding.kind == BoardFinding::Kind::short_row;
  Json json;
  json["finding"] = is_short ? "short_row" : "denominator";
  json["line"] = finding.line;
  json["row"] = finding.row;
  json["stated"] = finding.stated;
  json["found"] = finding.found == 0 ? Json(nullptr) : Json(finding.found);
  json["text"] = finding.text;
  return json;
}

Result<std::vector<DelimitedRecord>> csv_records(const BoardText& file) {
  const std::string path(file.path);
  // The reader would unpack it, and a few bytes may be packed gigabytes.
  if (path.ends_with(".gz") || path.ends_with(".zst")) {
    return BoardPlace{file.path, 0, {}}.refuse("a board's file is read unpacked: unpack it first");
  }
  const OneText text(file.text);
  DelimitedRecords records(text, path, ',', true);
  std::vector<DelimitedRecord> out;
  while (true) {
    GWAGEO_ASSIGN(record, records.next());
    if (!record) break;
    record->bytes = {};  // Gone with the next one.
    out.push_back(*std::move(record));
  }
  if (out.empty()) return BoardPlace{file.path, 0, {}}.refuse("empty: expected a header");
  return out;
}

Result<BoardFile> read_board(BoardFormat format, const std::string& name, const BoardText& file,
                             const std::optional<BoardText>& categories) {
  GWAGEO_TRY(check_board_size(file));
  if (categories) GWAGEO_TRY(check_board_size(*categories));
  LeaderboardBuilder builder;
  BoardFile out;
  switch (format) {
    case BoardFormat::livebench: GWAGEO_TRY(read_livebench(file, builder, out.findings)); break;
    case BoardFormat::aider:
      if (categories) {
        return BoardPlace{categories->path, 0, {}}.refuse(
            "a board of Aider has one rate and no categories");
      }
      GWAGEO_TRY(read_aider(file, builder, out.findings));
      break;
    case BoardFormat::claims:
      GWAGEO_TRY(read_claims(name, file, builder, categories.has_value()));
      break;
  }
  if (categories) GWAGEO_TRY(builder.categories(categories->path, categories->text));
  GWAGEO_ASSIGN(board, builder.finish(file.path));
  out.board = std::move(board);
  return out;
}

}  // namespace gwageo
