// gwageo audit replay | list: a sample of a job is run again by others, and compared.
#include <chrono>
#include <thread>

#include "benchmarks/audit_sample.h"
#include "ops/audit_html.h"
#include "ops/client.h"
#include "ops/out_file.h"
#include "ops/output.h"
#include "ops/progress.h"
#include "ops/table.h"
#include "ops/verbs.h"
#include "protocol/signature.h"

namespace gwageo {
namespace {

constexpr auto look_every = std::chrono::milliseconds(300);
/// Meets one forged answer in a hundred with 99 %, of however large a job.
constexpr std::int64_t usual_sample = 459;

/// Of the operating system's randomness, as a secret key is.
Result<Digest> new_nonce() {
  GWAGEO_ASSIGN(pair, generate_key_pair());
  Digest nonce;
  for (std::size_t i = 0; i < nonce.bytes.size(); ++i) nonce.bytes[i] = pair.signing.bytes[i];
  return nonce;
}

Result<Digest> nonce_of(const Invocation& arguments) {
  const std::optional<std::string> text = arguments.text("nonce");
  if (!text) return new_nonce();
  const std::optional<Digest> nonce = from_hex(*text);
  if (nonce) return *nonce;
  return fail(ErrorKind::bad_input, "--nonce: expected 64 hexadecimal digits");
}

/// What `audit.show` is asked.
Json question(const Invocation& arguments) {
  Json body = Json::object();
  for (const auto& [option, key] :
       {std::pair{"honest-rate", "honest_rate"}, std::pair{"false-alarm", "false_alarm"},
        std::pair{"forged-share", "forged_share"}}) {
    if (const auto text = arguments.text(option)) body[key] = *text;
  }
  return body;
}

std::string text_of(const Json& report) {
  std::string text = "audit " + shown(report, "audit") + " of job " + shown(report, "job") + " (" +
                     shown(report, "model") + " on " + shown(report, "suite") +
                     "): " + shown(report, "verdict") + "\n";
  for (const Json& reason : list(report, "reasons")) {
    text += "- " + (reason.is_string() ? reason.as_string() : std::string()) + "\n";
  }
  text += "sample of " + shown(report, "sample") + " from " + shown(report, "population") +
          " items, root of the first " + shown(report, "size") + " records " +
          shown(report, "root") + "\n";
  const Json& detects = member(report, "detects");
  text += "of a forged share of " + shown(detects, "forged_share") + " it meets an item with " +
          score_text(detects, "chance") + " (99 % takes " + shown(detects, "sample_for_99") + ")\n";
  TextTable table({"task", "item", "ran on", "replayed on"});
  for (const Json& one : list(report, "differing")) {
    table.add(
        {shown(one, "task"), shown(one, "item"), shown(one, "ran_on"), shown(one, "replayed_on")});
  }
  return table.empty() ? text : text + "\n" + table.text();
}

Result<Json> waited_for(Client& client, const Json& body) {
  Progress progress("audit", "items");
  while (true) {
    GWAGEO_ASSIGN(shown_now, client.call("audit.show", body));
    std::int64_t done = 0;
    std::int64_t all = 0;
    for (const Json& part : list(shown_now.body, "parts")) {
      done += number(part, "done");
      all += number(part, "items");
    }
    progress.show(static_cast<std::uint64_t>(done), static_cast<std::uint64_t>(all));
    if (shown(shown_now.body, "state") == "complete") return std::move(shown_now.body);
    std::this_thread::sleep_for(look_every);
  }
}

Status write_page(const Invocation& arguments, const Json& report) {
  const std::optional<std::string> path = arguments.text("html");
  if (!path) return {};
  GWAGEO_ASSIGN(file, OutFile::create(*path));
  GWAGEO_TRY(file.write(audit_html(report)));
  return file.finish();
}

/// Commits to a number, and tells it once the commitment is on record.
Result<std::int64_t> begin(const Invocation& arguments, Client& client) {
  GWAGEO_ASSIGN(sample, arguments.whole_or("sample", usual_sample, 1, sample_items_max));
  GWAGEO_ASSIGN(nonce, nonce_of(arguments));
  const std::string commitment = to_hex(audit_commitment(nonce));
  Json body;
  body["job"] = arguments.text_or("JOB", "");
  body["sample"] = sample;
  body["commitment"] = commitment;
  GWAGEO_TRY(client.call("audit.commit", body));
  Json find;
  find["commitment"] = commitment;
  GWAGEO_ASSIGN(known, client.call("audit.show", find));
  const std::int64_t audit = number(known.body, "audit");
  Json told;
  told["audit"] = audit;
  told["nonce"] = to_hex(nonce);
  GWAGEO_TRY(client.call("audit.reveal", told));
  return audit;
}

}  // namespace

Result<int> verb_audit_replay(const Invocation& arguments) {
  GWAGEO_ASSIGN(client, Client::open(arguments));
  Json body = question(arguments);
  const std::optional<std::string> known = arguments.text("audit");
  if (known && arguments.text("JOB")) {
    return fail(ErrorKind::bad_input, "--audit shows one that is there: leave JOB out");
  }
  if (!known && !arguments.text("JOB")) {
    return fail(ErrorKind::bad_input, "JOB is missing: which job is to be run again in part");
  }
  if (known) {
    GWAGEO_ASSIGN(audit, arguments.whole_or("audit", 0, 1, INT64_MAX));
    body["audit"] = audit;
  } else {
    GWAGEO_ASSIGN(audit, begin(arguments, client));
    body["audit"] = audit;
  }
  Json report;
  if (arguments.has("no-wait")) {
    GWAGEO_ASSIGN(now, client.call("audit.show", body));
    report = std::move(now.body);
  } else {
    GWAGEO_ASSIGN(complete, waited_for(client, body));
    report = std::move(complete);
  }
  GWAGEO_TRY(write_page(arguments, report));
  if (arguments.json()) {
    print(report);
  } else {
    say(text_of(report));
  }
  const bool is_good = shown(report, "verdict") == "consistent";
  const bool is_over = shown(report, "state") == "complete";
  return is_good || !is_over ? exit_code::done : exit_code::no;
}

Result<int> verb_audit_list(const Invocation& arguments) {
  GWAGEO_ASSIGN(client, Client::open(arguments));
  GWAGEO_ASSIGN(answer, client.call("audit.list", Json::object()));
  if (arguments.json()) {
    print(answer.body);
    return exit_code::done;
  }
  TextTable table({"audit", "job", "model", "sample", "by", "drawn"});
  for (const Json& row : list(answer.body, "audits")) {
    table.add({shown(row, "audit"), shown(row, "job"), shown(row, "model"), shown(row, "sample"),
               shown(row, "by"), shown(row, "drawn") == "true" ? "yes" : "no"});
  }
  say(table.empty() ? "no audits yet\n" : table.text());
  return exit_code::done;
}

}  // namespace gwageo
