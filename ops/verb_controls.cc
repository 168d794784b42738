// gwageo drain | undrain | quarantine | disown | team add | team set | team show.
#include <cstdio>

#include "benchmarks/fraction.h"
#include "coordinator/team_rules.h"
#include "coordinator/words.h"
#include "ops/client.h"
#include "ops/output.h"
#include "ops/table.h"
#include "ops/verbs.h"
#include "protocol/limits.h"

namespace gwageo {
namespace {

Result<int> drain(const Invocation& arguments, bool is_undone) {
  Json body;
  body["worker"] = arguments.text_or("WORKER", "");
  body["undo"] = is_undone;
  GWAGEO_TRY(ask(arguments, "drain", body));
  if (arguments.json()) {
    Json document;
    document["worker"] = shown(body, "worker");
    document["draining"] = !is_undone;
    print(document);
  } else {
    say("worker " + shown(body, "worker") +
        (is_undone ? " takes work again\n" : " finishes what it has and takes no more\n"));
  }
  return exit_code::done;
}

/// A number of a team: an option, and the verb's member.
struct Number {
  const char* option;
  const char* member;
  bool is_bound;
  std::int64_t least;
  std::uint64_t most;
};

Result<std::int64_t> number_given(const Invocation& arguments, const Number& number) {
  const std::string given = arguments.text_or(number.option, "");
  if (number.is_bound && given == "none") return 0;
  if (given == "0" && number.least > 0) {
    if (!number.is_bound) return 0;  // What is wrong with it the coordinator says.
    return fail(ErrorKind::bad_input,
                std::string("--") + number.option +
                    ": 0 would leave the team nothing; say none for no bound, or hold its jobs "
                    "back (gwageo pause JOB)");
  }
  Result<std::int64_t> value =
      arguments.whole_or(number.option, 0, number.least, static_cast<std::int64_t>(number.most));
  if (value || !number.is_bound) return value;
  return fail(value.error().kind, value.error().message + ", nor none");
}

/// The options that were given, as the verb's members; "none" is 0, which bounds nothing.
Result<Json> setting(const Invocation& arguments) {
  constexpr Number numbers[] = {{"share", "share", false, 1, limits::team_weight_max},
                                {"guarantee", "guarantee", true, 0, limits::team_slots_max},
                                {"limit", "limit", true, 1, limits::team_slots_max},
                                {"jobs", "jobs", true, 1, limits::jobs_open_max},
                                {"items", "items", true, 1, limits::plan_items_max},
                                {"gpu-hours", "gpu_hours", true, 1, limits::team_gpu_hours_max}};
  Json body;
  body["name"] = arguments.text_or("NAME", "");
  if (const auto parent = arguments.text("parent"))
    body["parent"] = *parent == "none" ? "" : *parent;
  for (const Number& number : numbers) {
    if (!arguments.has(number.option)) continue;
    GWAGEO_ASSIGN(value, number_given(arguments, number));
    body[number.member] = value;
  }
  return body;
}

Result<int> set_team(const Invocation& arguments, const char* verb, const char* what) {
  GWAGEO_ASSIGN(body, setting(arguments));
  GWAGEO_ASSIGN(answer, ask(arguments, verb, body));
  const Json* const warning = answer.body.find("warning");
  if (warning != nullptr) {
    std::fprintf(stderr, "gwageo: warning: %s\n", shown(answer.body, "warning").c_str());
  }
  if (arguments.json()) {
    Json document;
    document["team"] = shown(body, "name");
    document["known"] = *answer.body.find("known");
    if (warning != nullptr) document["warning"] = *warning;
    print(document);
  } else {
    say("team " + shown(body, "name") +
        (shown(answer.body, "known") == "true" ? " is as it was\n" : std::string(what)));
  }
  return exit_code::done;
}

/// What is used, and of how much: "3/5", or "3" where there is no bound.
std::string of(const std::string& used, const Json& team, const char* bound) {
  const std::string most = shown(team, bound);
  return most == "-" ? used : used + "/" + most;
}

std::string teams_set_text(const Json& answer) {
  TextTable table(
      {"team", "parent", "share", "guarantee", "holds", "jobs", "items", "GPU-hours", "children"});
  std::string notes;
  for (const Json& team : list(answer, "teams")) {
    std::string children;
    for (const Json& child : list(team, "children")) {
      children += (children.empty() ? "" : ",") + child.as_string();
    }
    const std::string hours = hours_text(microseconds(number(team, "gpu_microseconds")));
    table.add({shown(team, "team"), shown(team, "parent"), shown(team, "share"),
               shown(team, "guarantee"), of(shown(team, "slots"), team, "limit"),
               of(shown(team, "jobs"), team, "jobs_max"),
               of(shown(team, "items"), team, "items_max"), of(hours, team, "gpu_hours_max"),
               children.empty() ? "-" : children});
    const std::string spent = shown(team, "quota_used_up");
    if (spent == "-") continue;
    notes += "team " + shown(team, "team") + " gets no slot: " +
             (spent == shown(team, "team") ? "its GPU-hours" : "the GPU-hours of group " + spent) +
             " are used up\n";
  }
  return table.empty() ? "no teams\n" : table.text() + notes;
}

}  // namespace

Result<int> verb_drain(const Invocation& arguments) {
  return drain(arguments, arguments.has("undo"));
}

Result<int> verb_undrain(const Invocation& arguments) { return drain(arguments, true); }

Result<int> verb_disown(const Invocation& arguments) {
  if (!arguments.has("reason")) {
    return fail(ErrorKind::bad_input,
                "disown needs --reason TEXT: whoever finds that a verdict moved will want to know");
  }
  Json body;
  body["worker"] = arguments.text_or("WORKER", "");
  body["reason"] = arguments.text_or("reason", "");
  GWAGEO_ASSIGN(client, Client::open(arguments));
  GWAGEO_ASSIGN(before, client.call("workers"));
  std::int64_t answers = 0;
  for (const Json& one : list(before.body, "quarantined")) {
    if (shown(one, "worker") == shown(body, "worker")) answers = number(one, "answers");
  }
  GWAGEO_TRY(client.call("disown", body));
  body["answers"] = answers;
  if (arguments.json()) {
    print(body);
  } else {
    say(counted(answers, "answer") + " of worker " + shown(body, "worker") +
        (answers == 1 ? " stays on record and counts" : " stay on record and count") +
        " no more; targets that rest on them have those items, and no " +
        "others, asked again (gwageo status)\n");
  }
  return exit_code::done;
}

Result<int> verb_quarantine(const Invocation& arguments) {
  if (!arguments.has("reason")) {
    return fail(ErrorKind::bad_input,
                "quarantine needs --reason TEXT: whoever finds the worker "
                "idle will want to know");
  }
  Json body;
  body["worker"] = arguments.text_or("WORKER", "");
  body["reason"] = arguments.text_or("reason", "");
  GWAGEO_TRY(ask(arguments, "quarantine", body));
  if (arguments.json()) {
    print(body);
  } else {
    say("worker " + shown(body, "worker") +
        " finishes what it has and takes no more, however often it starts, until: gwageo undrain " +
        shown(body, "worker") + "\n");
  }
  return exit_code::done;
}

namespace {

/// A decimal from 0 to 1 in millionths.
Result<std::int64_t> millionths(const Invocation& arguments, const char* option) {
  const std::string text = arguments.text_or(option, "");
  const std::optional<Rational> share = Rational::from_decimal(text);
  if (share && *share <= Rational(1, 1)) {
    const std::optional<Fraction> scaled = (*share * Rational(1'000'000, 1)).to_fraction();
    if (scaled && scaled->denominator == 1) return scaled->numerator;
  }
  return fail(ErrorKind::bad_input, "--" + std::string(option) + ": \"" + text +
                                        "\" is no share from 0 to 1 with at most six decimals");
}

}  // namespace

Result<int> verb_checks_set(const Invocation& arguments) {
  Json body = Json::object();
  for (const char* const option : {"again", "known"}) {
    if (!arguments.has(option)) continue;
    GWAGEO_ASSIGN(share, millionths(arguments, option));
    body[option] = share;
  }
  if (body.as_object().empty()) {
    return fail(ErrorKind::bad_input, "give --again SHARE or --known SHARE, or both");
  }
  GWAGEO_ASSIGN(answer, ask(arguments, "checks.set", body));
  if (arguments.json()) {
    body["known_already"] = *answer.body.find("known");
    print(body);
  } else {
    say("checks are set; what they find: gwageo workers\n");
  }
  return exit_code::done;
}

Result<int> verb_team_add(const Invocation& arguments) {
  return set_team(arguments, "team.add", " is added\n");
}

Result<int> verb_team_set(const Invocation& arguments) {
  return set_team(arguments, "team.set", " is changed\n");
}

Result<int> verb_team_show(const Invocation& arguments) {
  Json body = Json::object();
  if (const auto name = arguments.text("NAME")) body["name"] = *name;
  GWAGEO_ASSIGN(answer, ask(arguments, "team.show", std::move(body)));
  if (arguments.json()) {
    print(answer.body);
  } else {
    say(teams_set_text(answer.body));
  }
  return exit_code::done;
}

}  // namespace gwageo
