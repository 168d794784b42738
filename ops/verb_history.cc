// gwageo target history | replay | watch: how the verdicts of a target move.
#include <algorithm>
#include <chrono>
#include <optional>
#include <thread>

#include "benchmarks/target.h"
#include "coordinator/durable_file.h"
#include "ops/client.h"
#include "ops/out_file.h"
#include "ops/output.h"
#include "ops/progress.h"
#include "ops/target_text.h"
#include "ops/verbs.h"
#include "ops/verdict_chart_svg.h"
#include "ops/verdict_chart_text.h"

namespace gwageo {
namespace {

/// Verdicts that the table shows where nobody says how many.
constexpr std::int64_t usual_last = 50;
constexpr auto history_looked_at_every = std::chrono::milliseconds(500);

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
Status draw(const Invocation& arguments, const std::string& title, const Json::Array& verdicts,
            std::optional<DayNumber> until = {}) {
  VerdictChart chart = chart_of(verdicts);
  if (until) extend(chart, *until);
  if (arguments.has("chart") && !arguments.json()) {
    say(title + "\n\n" + chart_text(chart, terminal_width()));
  }
  const std::optional<std::string> path = arguments.text("svg");
  if (!path) return {};
  if (chart.tracks.empty()) {
    return fail(ErrorKind::not_found, "--svg: there is no verdict to draw yet");
  }
  GWAGEO_ASSIGN(file, OutFile::create(*path));
  GWAGEO_TRY(file.write(chart_svg(title, chart)));
  return file.finish();
}

/// How many days a replay has; 0 where the dates are none, as the coordinator will say.
std::int64_t days_of(const Json& body) {
  const std::optional<DayNumber> from = day_number(shown(body, "from"));
  const std::optional<DayNumber> to = day_number(shown(body, "to"));
  return from && to ? std::max<std::int64_t>(*to - *from + 1, 0) : 0;
}

std::string gone_text(const Json& history) {
  std::string text;
  for (const Json& one : list(history, "gone")) {
    text +=
        shown(one, "text") + (shown(one, "since") == "-" ? "" : ", " + shown(one, "since")) + "\n";
  }
  return text;
}

std::string move_line(const Json& verdict) {
  return shown(verdict, "as_of") + "  " + shown(verdict, "candidate") + "  " +
         shown(verdict, "verdict") + "  " + score_text(verdict, "ratio") + " " +
         interval_text(verdict) + "  " + moves_text(verdict) + "\n";
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
    say("no verdicts on record yet\n" + withheld_text(history));
  } else if (!arguments.has("chart")) {
    const std::int64_t left_out = number(history, "from");
    say(history_table(verdicts) +
        (left_out > 0 ? std::to_string(left_out) + " older verdicts are left out (--last N)\n"
                      : "") +
        gone_text(history) + withheld_text(history));
  }
  return exit_code::done;
}

namespace {

/// What several pages keep back, together.
void add_withheld(const Json& page, Json& all) {
  const Json* const kept = page.find("withheld");
  if (kept == nullptr) return;
  const std::int64_t before = number(member(all, "withheld"), "count");
  Json together = *kept;
  together["count"] = before + number(*kept, "count");
  all["withheld"] = std::move(together);
}

}  // namespace

Result<int> verb_target_replay(const Invocation& arguments) {
  Json body;
  body["target"] = arguments.text_or("TARGET", "");
  for (const char* const key : {"from", "to"}) {
    const std::optional<std::string> day = arguments.text(key);
    if (!day) return fail(ErrorKind::bad_input, std::string("--") + key + " DATE is missing");
    body[key] = *day;
  }
  GWAGEO_TRY(add_policy(arguments, body));
  GWAGEO_ASSIGN(client, Client::open(arguments));
  const std::int64_t all = days_of(body);
  Progress progress("replay", "days");
  Json::Array verdicts;
  std::int64_t days = 0;
  Json withheld = Json::object();
  do {
    GWAGEO_ASSIGN(page, client.call("target.replay", body));
    add_withheld(page.body, withheld);
    const Json::Array& more = list(page.body, "verdicts");
    verdicts.insert(verdicts.end(), more.begin(), more.end());
    days += number(page.body, "days");
    progress.show(static_cast<std::uint64_t>(days), static_cast<std::uint64_t>(all));
    body["next"] = *page.body.find("next");
  } while (!body.find("next")->is_null());
  const std::string range = shown(body, "from") + " to " + shown(body, "to");
  GWAGEO_TRY(draw(arguments, "target " + shown(body, "target") + ", " + range, verdicts,
                  day_number(shown(body, "to"))));
  if (arguments.json()) {
    Json document;
    for (const char* const key : {"target", "from", "to"}) document[key] = *body.find(key);
    document["policy"] = arguments.has("policy") ? *body.find("path") : Json(nullptr);
    document["days"] = days;
    document["verdicts"] = Json(std::move(verdicts));
    if (const Json* const kept = withheld.find("withheld")) document["withheld"] = *kept;
    print(document);
  } else if (!arguments.has("chart")) {
    const bool is_all_there = withheld.find("withheld") == nullptr;
    const std::string none = is_all_there ? "no candidates on any day\n" : "";
    say((verdicts.empty() ? none : history_table(verdicts)) + withheld_text(withheld) +
        std::to_string(days) + " days judged, nothing recorded\n");
  }
  return exit_code::done;
}

Result<int> verb_target_watch(const Invocation& arguments) {
  const std::string target = arguments.text_or("TARGET", "");
  GWAGEO_ASSIGN(client, Client::open(arguments));
  Json body;
  body["target"] = target;
  body["last"] = 0;
  GWAGEO_ASSIGN(begun, client.call("target.history", body));
  body["last"] = nullptr;
  body["from"] = number(begun.body, "next");
  if (!arguments.json()) {
    Json today;
    today["target"] = target;
    GWAGEO_ASSIGN(shown_today, client.call("target.show", std::move(today)));
    say(target_table(shown_today.body) + "\n");
  }
  for (;;) {
    GWAGEO_ASSIGN(page, client.call("target.history", body));
    for (const Json& verdict : list(page.body, "verdicts")) {
      if (arguments.json()) {
        print(verdict);
      } else {
        say(move_line(verdict));
      }
    }
    body["from"] = number(page.body, "next");
    if (page.body.find("more") != nullptr && *page.body.find("more") == Json(true)) continue;
    std::this_thread::sleep_for(history_looked_at_every);
  }
}

}  // namespace gwageo
