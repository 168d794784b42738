// gwageo reference import | list | show: leaderboards of others, kept apart from measurements.
#include <algorithm>
#include <cstdio>

#include "benchmarks/leaderboard_builder.h"
#include "benchmarks/leaderboard_file.h"
#include "coordinator/durable_file.h"
#include "coordinator/words.h"
#include "ops/client.h"
#include "ops/output.h"
#include "ops/table.h"
#include "ops/verbs.h"
#include "protocol/digest.h"
#include "protocol/name.h"

namespace gwageo {
namespace {

/// A board's files as they lie here, read as the coordinator will read them.
struct GivenBoard {
  std::string name;
  std::string path;
  std::string text;
  std::string categories_path;  ///< Empty: none.
  std::string categories;
  BoardFormat format = BoardFormat::livebench;
  BoardFile read;
};

Result<BoardFormat> format_of(const Invocation& arguments, const GivenBoard& given) {
  const std::optional<std::string> asked = arguments.text("format");
  if (!asked) return board_format_of(given.path, given.text);
  const std::optional<BoardFormat> format = parse_board_format(*asked);
  if (format) return *format;
  return fail(ErrorKind::bad_input,
              "--format: expected livebench, aider or claims, got \"" + *asked + "\"");
}

Result<GivenBoard> read_given(const Invocation& arguments) {
  GivenBoard given;
  given.name = arguments.text_or("board", "");
  if (!is_name(given.name)) {
    return fail(ErrorKind::bad_input, "--board: \"" + given.name + "\" is no name");
  }
  given.path = arguments.text_or("FILE", "");
  GWAGEO_ASSIGN(text, read_file(given.path, limits::board_bytes_max));
  given.text = std::move(text);
  std::optional<BoardText> categories;
  if (const std::optional<std::string> path = arguments.text("categories")) {
    given.categories_path = *path;
    GWAGEO_ASSIGN(grouped, read_file(*path, limits::board_bytes_max));
    given.categories = std::move(grouped);
    categories = BoardText{given.categories_path, given.categories};
  }
  GWAGEO_ASSIGN(format, format_of(arguments, given));
  given.format = format;
  GWAGEO_ASSIGN(read, read_board(format, given.name, {given.path, given.text}, categories));
  given.read = std::move(read);
  return given;
}

/// What was found in the file, whether or not it is imported.
Json given_board_json(const GivenBoard& given) {
  const Leaderboard& board = given.read.board;
  Json findings = Json::array();
  for (const BoardFinding& finding : given.read.findings) findings.push_back(to_json(finding));
  Json lacking = Json::array();
  for (const BoardRow& row : board.rows) {
    if (!missing_tasks(board, row).empty()) lacking.push_back(row.model);
  }
  Json json;
  json["board"] = given.name;
  json["format"] = to_string(given.format);
  json["models"] = board.rows.size();
  json["tasks"] = board.tasks.size();
  json["without_overall"] = std::move(lacking);
  json["findings"] = std::move(findings);
  return json;
}

void warn_of_board(const GivenBoard& given) {
  for (const BoardFinding& finding : given.read.findings) {
    std::fprintf(stderr, "gwageo: %s\n", finding.text.c_str());
  }
}

std::string sizes(const Json& document) {
  const std::size_t lacking = list(document, "without_overall").size();
  return counted(number(document, "models"), "model") + ", " +
         counted(number(document, "tasks"), "task") +
         (lacking == 0 ? "" : ", " + std::to_string(lacking) + " without an overall");
}

std::string release_of(const Json& state) {
  return shown(state, "release") == "-" ? "" : "@" + shown(state, "release");
}

Status put_files(Client& client, const GivenBoard& given) {
  std::vector<std::string> files = {given.text};
  if (!given.categories_path.empty()) files.push_back(given.categories);
  GWAGEO_TRY(client.call("put", Json::object(), std::move(files)));
  return {};
}

Json request_of_board(const Invocation& arguments, const GivenBoard& given) {
  Json body;
  body["board"] = given.name;
  body["format"] = to_string(given.format);
  body["source"] = given.path;
  body["file"] = to_hex(sha256(given.text));
  if (!given.categories_path.empty()) {
    body["categories_source"] = given.categories_path;
    body["categories"] = to_hex(sha256(given.categories));
  }
  for (const char* key : {"release", "seen", "reason"}) {
    if (const std::optional<std::string> value = arguments.text(key)) body[key] = *value;
  }
  return body;
}

/// What is on record of the release now.
Result<Json> state_of_board(Client& client, const Invocation& arguments, const GivenBoard& given) {
  Json body;
  body["board"] = given.name;
  if (const auto release = arguments.text("release")) body["release"] = *release;
  GWAGEO_ASSIGN(answer, client.call("reference.show", std::move(body)));
  return member(answer.body, "state");
}

std::string ranking(const Json& shown_board) {
  std::vector<std::string> head = {"model", "dated", "overall"};
  const Json::Array& models = list(shown_board, "models");
  if (!models.empty()) {
    for (const auto& [category, mean] : members(member(models.front(), "categories"))) {
      head.push_back(category);
    }
  }
  TextTable table(head);
  for (const Json& model : models) {
    std::vector<std::string> row = {
        shown(model, "model"),
        shown(model, "released") + (shown(model, "dated_by") == "release" ? "" : " (seen)"),
        score_text(model, "overall")};
    for (std::size_t c = 3; c < head.size(); ++c) {
      row.push_back(score_text(member(model, "categories"), head[c]));
    }
    table.add(std::move(row));
  }
  return table.text();
}

std::string imports_of(const Json& shown_board) {
  TextTable table({"release", "version", "seen", "added", "removed", "restated", "reason"});
  for (const Json& each : list(shown_board, "imports")) {
    table.add({shown(each, "release"), shown(each, "version"), shown(each, "seen"),
               shown(each, "added"), shown(each, "removed"), shown(each, "restated"),
               shown(each, "reason")});
  }
  return table.text();
}

}  // namespace

Result<int> verb_reference_import(const Invocation& arguments) {
  GWAGEO_ASSIGN(given, read_given(arguments));
  Json document = given_board_json(given);
  warn_of_board(given);
  if (arguments.has("check")) {
    if (arguments.json()) {
      print(document);
    } else {
      say("board " + given.name + " is good: " + sizes(document) + "\n");
    }
    return exit_code::done;
  }
  GWAGEO_ASSIGN(client, Client::open(arguments));
  GWAGEO_TRY(put_files(client, given));
  GWAGEO_ASSIGN(answer, client.call("reference.import", request_of_board(arguments, given)));
  const bool is_known = shown(answer.body, "known") == "true";
  GWAGEO_ASSIGN(state, state_of_board(client, arguments, given));
  document["known"] = is_known;
  for (const char* key : {"release", "version", "seen", "added", "removed", "restated", "file"}) {
    const Json* const value = state.find(key);
    document[key] = value == nullptr ? Json(nullptr) : *value;
  }
  if (arguments.json()) {
    print(document);
    return exit_code::done;
  }
  const std::string name =
      "board " + given.name + release_of(state) + " version " + shown(state, "version");
  say(is_known ? name + " says the same already\n"
               : name + " imported, as seen on " + shown(state, "seen") + ": " + sizes(document) +
                     "\ncells: " + shown(state, "added") + " added, " + shown(state, "removed") +
                     " removed, " + shown(state, "restated") + " restated\n");
  return exit_code::done;
}

Result<int> verb_reference_list(const Invocation& arguments) {
  GWAGEO_ASSIGN(answer, ask(arguments, "reference.list"));
  if (arguments.json()) {
    print(answer.body);
    return exit_code::done;
  }
  TextTable table({"board", "newest release", "version", "seen", "models", "tasks", "imports"});
  for (const Json& board : list(answer.body, "boards")) {
    const Json& newest = member(board, "newest");
    table.add({shown(board, "board"), shown(newest, "release"), shown(newest, "version"),
               shown(newest, "seen"), shown(newest, "models"), shown(newest, "tasks"),
               shown(board, "imports")});
  }
  say(table.empty() ? "no boards yet; import one with: gwageo reference import FILE --board NAME\n"
                    : table.text());
  return exit_code::done;
}

Result<int> verb_reference_show(const Invocation& arguments) {
  Json body;
  body["board"] = arguments.text_or("BOARD", "");
  if (const auto release = arguments.text("release")) body["release"] = *release;
  if (const auto date = arguments.text("as-of")) body["as_of"] = *date;
  GWAGEO_ASSIGN(answer, ask(arguments, "reference.show", std::move(body)));
  if (arguments.json()) {
    print(answer.body);
    return exit_code::done;
  }
  const Json& state = member(answer.body, "state");
  say("board " + shown(answer.body, "board") + release_of(state) + " version " +
      shown(state, "version") + ", as seen on " + shown(state, "seen") +
      ": claims of others, no measurements\n\n" + ranking(answer.body) + "\nimports:\n" +
      imports_of(answer.body));
  return exit_code::done;
}

}  // namespace gwageo
