// Facts of audits that run a sample again.
#include "coordinator/fact_codec_parts.h"
#include "protocol/limits.h"

namespace gwageo::frame {

void write(const AuditCommitted& from, wire::AuditCommitted::Builder to) {
  to.setAudit(from.audit);
  to.setJob(from.job.value);
  to.setSample(from.sample);
  to.setCommitment(as_data(from.commitment));
  to.setPrincipal(as_text(from.principal));
}

AuditCommitted read(const Place& at, wire::AuditCommitted::Reader from) {
  AuditCommitted to;
  to.audit = from.getAudit();
  to.job = at.id<JobId>("job", from.getJob());
  to.sample = from.getSample();
  to.commitment = at.digest("commitment", from.getCommitment());
  to.principal = at.name_or_none("principal", from.getPrincipal());
  return to;
}

namespace {

AuditPart read_part(const Place& at, wire::AuditDrawn::Part::Reader from) {
  AuditPart to;
  const auto read_name = [](const Place& entry, capnp::Text::Reader name) {
    return entry.name("name", name);
  };
  to.not_on = at.list<std::string>("notOn", from.getNotOn(), limits::workers_max, read_name);
  to.not_by = at.list<std::string>("notBy", from.getNotBy(), limits::workers_max, read_name);
  to.plan = read(at, from.getPlan());
  return to;
}

}  // namespace

void write(const AuditDrawn& from, wire::AuditDrawn::Builder to) {
  to.setAudit(from.audit);
  to.setRoot(as_data(from.root));
  to.setNonce(as_data(from.nonce));
  auto parts = to.initParts(count_of(from.parts));
  for (unsigned i = 0; i < parts.size(); ++i) {
    const AuditPart& part = from.parts[i];
    auto names = parts[i].initNotOn(count_of(part.not_on));
    for (unsigned n = 0; n < names.size(); ++n) names.set(n, as_text(part.not_on[n]));
    write(part.plan, parts[i].initPlan());
    if (part.not_by.empty()) continue;  // As records of before it are.
    auto keys = parts[i].initNotBy(count_of(part.not_by));
    for (unsigned n = 0; n < keys.size(); ++n) keys.set(n, as_text(part.not_by[n]));
  }
}

AuditDrawn read(const Place& at, wire::AuditDrawn::Reader from) {
  AuditDrawn to;
  to.audit = from.getAudit();
  to.root = at.digest("root", from.getRoot());
  to.nonce = at.digest("nonce", from.getNonce());
  to.parts = at.list<AuditPart>("parts", from.getParts(), limits::audit_parts_max,
                                [](const Place& entry, wire::AuditDrawn::Part::Reader part) {
                                  return read_part(entry, part);
                                });
  return to;
}

}  // namespace gwageo::frame
