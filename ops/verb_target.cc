// gwageo target add | list | show | history.
#include "benchmarks/target.h"
#include "coordinator/durable_file.h"
#include "ops/client.h"
#include "ops/output.h"
#include "ops/table.h"
#include "ops/target_text.h"
#include "ops/verbs.h"

namespace gwageo {
namespace {

constexpr std::uint64_t target_bytes_max = std::uint64_t{1} << 20;

}  // namespace

Result<int> verb_target_add(const Invocation& arguments) {
  const std::string path = arguments.text_or("FILE", "");
  GWAGEO_ASSIGN(text, read_file(path, target_bytes_max));
  GWAGEO_ASSIGN(target, load_target(path, text));
  Json body;
  body["path"] = path;
  body["text"] = text;
  GWAGEO_ASSIGN(before, ask(arguments, "target.list", Json::object()));
  GWAGEO_ASSIGN(answer, ask(arguments, "target.add", std::move(body)));
  const bool known = shown(answer.body, "known") == "true";
  pass_on_warning(answer.body);
  const Json* const warning = answer.body.find("warning");
  std::int64_t version = 1;
  for (const Json& each : list(before.body, "targets")) {
    if (shown(each, "target") == target.name) version = number(each, "version") + (known ? 0 : 1);
  }
  if (arguments.json()) {
    Json document;
    document["target"] = target.name;
    document["version"] = version;
    document["suite"] = target.is_claimed ? Json(nullptr) : Json(target.suite);
    if (target.is_claimed) document["board"] = target.board;
    document["known"] = known;
    if (warning != nullptr) document["warning"] = *warning;
    print(document);
  } else {
    const std::string name = "target " + target.name + " version " + std::to_string(version);
    const std::string replaced =
        version > 1 && warning == nullptr
            ? "; from now on it is judged by, in place of version " + std::to_string(version - 1)
            : "";
    say(name + (known ? " was there already" : " added" + replaced) + "\n");
  }
  return exit_code::done;
}

Result<int> verb_target_list(const Invocation& arguments) {
  GWAGEO_ASSIGN(answer, ask(arguments, "target.list"));
  if (arguments.json()) {
    print(answer.body);
    return exit_code::done;
  }
  TextTable table({"target", "version"});
  for (const Json& target : list(answer.body, "targets")) {
    table.add({shown(target, "target"), shown(target, "version")});
  }
  say(table.empty() ? "no targets yet; add one with: gwageo target add FILE\n" : table.text());
  return exit_code::done;
}

Result<int> verb_target_show(const Invocation& arguments) {
  Json body;
  body["target"] = arguments.text_or("TARGET", "");
  if (const auto date = arguments.text("as-of")) body["as_of"] = *date;
  GWAGEO_ASSIGN(answer, ask(arguments, "target.show", std::move(body)));
  if (arguments.json()) {
    print(answer.body);
  } else {
    say(target_table(answer.body));
  }
  return exit_code::done;
}

Result<int> verb_target_history(const Invocation& arguments) {
  Json body;
  body["target"] = arguments.text_or("TARGET", "");
  GWAGEO_ASSIGN(answer, ask(arguments, "target.history", std::move(body)));
  if (arguments.json()) {
    print(answer.body);
    return exit_code::done;
  }
  TextTable table({"candidate", "verdict", "as of", "generation", "document"});
  for (const Json& verdict : list(answer.body, "verdicts")) {
    table.add({shown(verdict, "candidate"), shown(verdict, "verdict"), shown(verdict, "as_of"),
               shown(verdict, "generation"), shown(verdict, "document").substr(0, 16)});
  }
  say((table.empty() ? "no verdicts to be seen yet\n" : table.text()) + withheld_text(answer.body));
  return exit_code::done;
}

}  // namespace gwageo
