#include "coordinator/command_audits.h"

#include <algorithm>

#include "benchmarks/audit_sample.h"
#include "coordinator/members.h"
#include "coordinator/requirement.h"

namespace gwageo::audits {
namespace {

/// By its number, or by what was committed to.
Result<const Audit*> find_audit(const State& state, std::int64_t number, const Digest& commitment) {
  for (const auto& [known, audit] : state.audits()) {
    const bool is_named = number > 0 ? known == static_cast<std::uint64_t>(number)
                                     : audit.committed.commitment == commitment;
    if (is_named) return &audit;
  }
  return fail(ErrorKind::not_found, "there is no such audit (gwageo audit list)");
}

/// A rate from above 0 to below 1, as a decimal; `otherwise` where it is not there.
std::optional<double> read_rate(const std::string& text, double otherwise) {
  if (text.empty()) return otherwise;
  const Result<Json> json = Json::parse(text);
  const bool is_number = json && json->is_number();
  const double rate = is_number ? json->as_double() : 0;
  if (!(rate > 0) || !(rate < 1)) return std::nullopt;
  return rate;
}

}  // namespace

CommandOutcome commit(const CommandRequest& r) {
  Members in(r.body);
  const std::string id = in.text("job");
  const std::int64_t sample = in.integer("sample");
  AuditCommitted committed;
  committed.commitment = in.digest("commitment");
  committed.principal = r.principal.name;
  if (const Status status = in.status(); !status) return refusal(status.error());
  const Result<const Job*> job = find_job(r.state(), id);
  if (!job) return refusal(job.error());
  if (sample < 1 || sample > static_cast<std::int64_t>(sample_items_max)) {
    return bad_request("`sample` must be from 1 to " + std::to_string(sample_items_max));
  }
  if (!(*job)->scored || (*job)->done.empty()) {
    return bad_request("job " + id +
                       " is not scored yet: an audit draws from what is on record for good");
  }
  if ((*job)->accepted.audit != 0) return bad_request("job " + id + " is an audit itself");
  committed.job = (*job)->accepted.job;
  committed.sample = static_cast<std::uint64_t>(sample);
  return Event{Proposed{r.client, std::move(committed)}};
}

CommandOutcome reveal(const CommandRequest& r) {
  Members in(r.body);
  const std::int64_t number = in.integer("audit");
  const Digest nonce = in.digest("nonce");
  if (const Status status = in.status(); !status) return refusal(status.error());
  const Result<const Audit*> audit = find_audit(r.state(), number, {});
  if (!audit) return refusal(audit.error());
  if ((*audit)->drawn) {
    if ((*audit)->drawn->nonce != nonce)
      return bad_request("the audit is drawn, by another number");
    return Event{Proposed{r.client, *(*audit)->drawn}};
  }
  AuditQuestion question = audit_question(r.state(), **audit);
  question.nonce = nonce;
  return CommandOutcome(std::in_place_type<Errand>, DrawErrand{std::move(question), r.client});
}

CommandOutcome show(const CommandRequest& r) {
  Members in(r.body);
  const std::int64_t number = in.integer_or("audit", 0);
  const std::string commitment = in.text_or("commitment", "");
  const std::string honest = in.text_or("honest_rate", "");
  const std::string false_alarm = in.text_or("false_alarm", "");
  const std::string forged = in.text_or("forged_share", "");
  if (const Status status = in.status(); !status) return refusal(status.error());
  const std::optional<Digest> digest = from_hex(commitment);
  if (number <= 0 && !digest) return bad_request("`audit` or `commitment` must say which audit");
  const Result<const Audit*> audit = find_audit(r.state(), number, digest.value_or(Digest{}));
  if (!audit) return refusal(audit.error());
  const AuditReportInput usual;
  const std::optional<double> rates[] = {read_rate(honest, usual.rule.honest),
                                         read_rate(false_alarm, usual.rule.false_alarm),
                                         read_rate(forged, usual.forged_share)};
  for (const std::optional<double>& rate : rates) {
    if (!rate)
      return bad_request("`honest_rate`, `false_alarm` and `forged_share` are between 0 and 1");
  }
  AuditReportInput input =
      audit_report_input(r.state(), **audit, {*rates[0], *rates[1]}, *rates[2]);
  return CommandOutcome(std::in_place_type<Errand>, AuditErrand{std::move(input), r.client});
}

CommandOutcome list(const CommandRequest& r) {
  Members in(r.body);
  if (const Status status = in.status(); !status) return refusal(status.error());
  Json audits = Json::array();
  for (const auto& [number, audit] : r.state().audits()) {
    Json row;
    row["audit"] = number;
    row["job"] = std::to_string(audit.committed.job.value);
    row["model"] = r.state().job(audit.committed.job)->accepted.model;
    row["sample"] = audit.committed.sample;
    row["by"] = audit.committed.principal;
    row["drawn"] = audit.drawn.has_value();
    audits.push_back(std::move(row));
  }
  Answered answer;
  answer.body["audits"] = std::move(audits);
  return answer;
}

}  // namespace gwageo::audits
