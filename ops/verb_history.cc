// gwageo target history | replay | watch: how the verdicts of a target move.
#include <algorithm>
#include <optional>

#include "ops/client.h"
#include "ops/movement_svg.h"
#include "ops/movement_text.h"
#include "ops/out_file.h"
#include "ops/output.h"
#include "ops/verbs.h"

namespace gwageo {
namespace {

/// Verdicts that the table shows where nobody says how many.
constexpr std::int64_t usual_last = 50;

/// The verdicts of all pages from `body` on.
Result<Json> all_pages(Client& client, Json body) {
  GWAGEO_ASSIGN(first, client.call("target.history", body));
  Json document = std::move(first.body);
  Json::Array verdicts = list(document, "verdicts");
  Json page = document;
  const std::int64_t total = number(document, "total");  // What is added meanwhile is left.
  while (number(page, "next") < total) {
    body["last"] = nullptr;
    body["from"] = number(page, "next");
    GWAGEO_ASSIGN(next, client.call("target.history", body));
    page = std::move(next.body);
    const Json::Array& more = list(page, "verdicts");
    if (more.empty()) break;
    verdicts.insert(verdicts.end(), more.begin(), more.end());
  }
  document["next"] = number(page, "next");
  document["more"] = false;
  document["verdicts"] = Json(std::move(verdicts));
  return document;
}

/// What --chart and --svg show.
Status draw(const Invocation& arguments, const std::string& title, const Json::Array& verdicts) {
  const Movement movement = movement_of(verdicts);
  if (arguments.has("chart") && !arguments.json()) {
    say(title + "\n\n" + chart_text(movement, terminal_width()));
  }
  const std::optional<std::string> path = arguments.text("svg");
  if (!path) return {};
  if (movement.tracks.empty()) {
    return fail(ErrorKind::not_found, "--svg: there is no verdict to draw yet");
  }
  GWAGEO_ASSIGN(file, OutFile::create(*path));
  GWAGEO_TRY(file.write(chart_svg(title, movement)));
  return file.finish();
}

}  // namespace

Result<int> verb_target_history(const Invocation& arguments) {
  const bool is_drawn = arguments.has("chart") || arguments.has("svg");
  const bool is_whole = arguments.json() || is_drawn;
  GWAGEO_ASSIGN(last, arguments.whole_or("last", is_whole ? INT64_MAX : usual_last, 1, INT64_MAX));
  Json body;
  body["target"] = arguments.text_or("TARGET", "");
  if (const auto candidate = arguments.text("candidate")) body["candidate"] = *candidate;
  body["last"] = last;
  GWAGEO_ASSIGN(client, Client::open(arguments));
  GWAGEO_ASSIGN(history, all_pages(client, body));
  const Json::Array& verdicts = list(history, "verdicts");
  GWAGEO_TRY(draw(arguments, "target " + shown(history, "target"), verdicts));
  if (arguments.json()) {
    print(history);
  } else if (verdicts.empty()) {
    say("no verdicts on record yet\n");
  } else if (!arguments.has("chart")) {
    const std::int64_t left_out = number(history, "from");
    say(history_table(verdicts) +
        (left_out > 0 ? std::to_string(left_out) + " older verdicts are left out (--last N)\n"
                      : ""));
  }
  return exit_code::done;
}

}  // namespace gwageo
