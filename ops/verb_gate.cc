// gwageo gate decide | show | evidence: what people decide beside the scores.
#include "ops/client.h"
#include "ops/evidence_file.h"
#include "ops/out_file.h"
#include "ops/output.h"
#include "ops/table.h"
#include "ops/target_text.h"
#include "ops/verbs.h"
#include "protocol/digest.h"

namespace gwageo {

Result<int> verb_gate_decide(const Invocation& arguments) {
  if (arguments.has("pass") == arguments.has("fail")) {
    return fail(ErrorKind::bad_input, "say what is decided: --pass or --fail");
  }
  Json body;
  body["target"] = arguments.text_or("TARGET", "");
  body["model"] = arguments.text_or("MODEL", "");
  body["gate"] = arguments.text_or("GATE", "");
  body["passed"] = arguments.has("pass");
  for (const char* key : {"component", "rule", "reason"}) {
    if (const std::optional<std::string> value = arguments.text(key)) body[key] = *value;
  }
  GWAGEO_ASSIGN(client, Client::open(arguments));
  GWAGEO_TRY(send_evidence(arguments, client, body));
  GWAGEO_ASSIGN(answer, client.call("gate.decide", body));
  const bool is_known = shown(answer.body, "known") == "true";
  if (arguments.json()) {
    body["known"] = is_known;
    print(body);
  } else {
    say("gate " + shown(body, "gate") + " of " + shown(body, "target") + ", " +
        shown(body, "model") + ": " + (arguments.has("pass") ? "passed" : "failed") +
        (is_known ? ", as it is on record already\n" : ", recorded\n"));
  }
  return exit_code::done;
}

Result<int> verb_gate_show(const Invocation& arguments) {
  Json body;
  body["target"] = arguments.text_or("TARGET", "");
  if (const auto model = arguments.text("MODEL")) body["model"] = *model;
  GWAGEO_ASSIGN(answer, ask(arguments, "gate.show", std::move(body)));
  if (arguments.json()) {
    print(answer.body);
    return exit_code::done;
  }
  TextTable table({"date", "candidate", "gate", "component", "decided", "rule", "by", "stage",
                   "reason", "evidence"});
  for (const Json& each : list(answer.body, "decisions")) {
    const bool has_passed = shown(each, "passed") == "true";
    table.add({shown(each, "date"), shown(each, "candidate"), shown(each, "gate"),
               shown(each, "component"), has_passed ? "pass" : "fail", shown(each, "rule"),
               shown(each, "by"), shown(each, "stage"), shown(each, "reason"),
               shown(each, "evidence").substr(0, 16)});
  }
  say((table.empty() ? "nothing was decided yet\n" : table.text()) + withheld_text(answer.body));
  return exit_code::done;
}

Result<int> verb_gate_evidence(const Invocation& arguments) {
  const std::optional<std::string> path = arguments.text("out");
  if (!path) return fail(ErrorKind::bad_input, "gate evidence needs --out FILE");
  const std::string digest = arguments.text_or("DIGEST", "");
  Json body;
  body["digest"] = digest;
  GWAGEO_ASSIGN(answer, ask(arguments, "gate.evidence", std::move(body)));
  const std::string file = answer.page();
  const std::string came = to_hex(sha256(file));
  if (came != shown(answer.body, "digest")) {
    return fail(ErrorKind::corrupt, "what came is " + came + ", not " + digest);
  }
  GWAGEO_ASSIGN(out, OutFile::create(*path));
  GWAGEO_TRY(out.write(file));
  GWAGEO_TRY(out.finish());
  if (arguments.json()) {
    answer.body["file"] = *path;
    print(answer.body);
  } else {
    say(shown(answer.body, "name") + ", " + shown(answer.body, "bytes") + " bytes, in " + *path +
        "\n");
  }
  return exit_code::done;
}

}  // namespace gwageo
