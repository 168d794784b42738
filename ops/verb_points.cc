// gwageo points record | show: the points of parts that no suite gives.
#include "ops/client.h"
#include "ops/evidence_file.h"
#include "ops/output.h"
#include "ops/table.h"
#include "ops/target_text.h"
#include "ops/verbs.h"

namespace gwageo {

Result<int> verb_points_record(const Invocation& arguments) {
  Json body;
  body["target"] = arguments.text_or("TARGET", "");
  body["model"] = arguments.text_or("MODEL", "");
  body["part"] = arguments.text_or("PART", "");
  body["points"] = arguments.text_or("POINTS", "");
  if (const auto reason = arguments.text("reason")) body["reason"] = *reason;
  GWAGEO_ASSIGN(client, Client::open(arguments));
  GWAGEO_TRY(send_evidence(arguments, client, body));
  GWAGEO_ASSIGN(answer, client.call("points.record", body));
  const bool is_known = shown(answer.body, "known") == "true";
  if (arguments.json()) {
    body["known"] = is_known;
    print(body);
  } else {
    say("part " + shown(body, "part") + " of " + shown(body, "target") + ", " +
        shown(body, "model") + ": " + shown(body, "points") + " points" +
        (is_known ? ", as they are on record already\n" : ", recorded\n"));
  }
  return exit_code::done;
}

Result<int> verb_points_show(const Invocation& arguments) {
  Json body;
  body["target"] = arguments.text_or("TARGET", "");
  if (const auto model = arguments.text("MODEL")) body["model"] = *model;
  GWAGEO_ASSIGN(answer, ask(arguments, "points.show", std::move(body)));
  if (arguments.json()) {
    print(answer.body);
    return exit_code::done;
  }
  TextTable table({"date", "candidate", "part", "points", "by", "stage", "reason", "evidence"});
  for (const Json& each : list(answer.body, "points")) {
    table.add({shown(each, "date"), shown(each, "candidate"), shown(each, "part"),
               shown(each, "points"), shown(each, "by"), shown(each, "stage"),
               shown(each, "reason"), shown(each, "evidence").substr(0, 16)});
  }
  say((table.empty() ? "no points were recorded yet\n" : table.text()) +
      withheld_text(answer.body));
  return exit_code::done;
}

}  // namespace gwageo
