// Facts of the programme: rosters, stages, decisions, points and publications.
#include "coordinator/fact_codec_parts.h"
#include "protocol/limits.h"

namespace gwageo::frame {

void write(const RosterChanged& from, wire::RosterChanged::Builder to) {
  to.setTarget(as_text(from.target));
  to.setCandidate(as_text(from.candidate));
  to.setEntered(from.entered);
  to.setDate(as_text(from.date));
  to.setReason(as_text(from.reason));
  to.setPrincipal(as_text(from.principal));
}

RosterChanged read(const Place& at, wire::RosterChanged::Reader from) {
  RosterChanged to;
  to.target = at.name("target", from.getTarget());
  to.candidate = at.name("candidate", from.getCandidate());
  to.entered = from.getEntered();
  to.date = read_date(at, "date", from.getDate());
  to.reason = at.text("reason", from.getReason(), limits::text_bytes_max);
  to.principal = at.name_or_none("principal", from.getPrincipal());
  return to;
}

void write(const StageOpened& from, wire::StageOpened::Builder to) {
  to.setStage(as_text(from.stage));
  to.setTarget(as_text(from.target));
  to.setTargetVersion(from.target_version);
  to.setSuiteVersion(from.suite_version);
  to.setDate(as_text(from.date));
  to.setPrincipal(as_text(from.principal));
}

StageOpened read(const Place& at, wire::StageOpened::Reader from) {
  StageOpened to;
  to.stage = at.name("stage", from.getStage());
  to.target = at.name("target", from.getTarget());
  to.target_version = from.getTargetVersion();
  to.suite_version = from.getSuiteVersion();
  to.date = read_date(at, "date", from.getDate());
  to.principal = at.name_or_none("principal", from.getPrincipal());
  return to;
}

void write(const StageClosed& from, wire::StageClosed::Builder to) {
  to.setStage(as_text(from.stage));
  to.setDate(as_text(from.date));
  to.setDocument(as_data(from.document));
  to.setReason(as_text(from.reason));
  to.setPrincipal(as_text(from.principal));
}

StageClosed read(const Place& at, wire::StageClosed::Reader from) {
  StageClosed to;
  to.stage = at.name("stage", from.getStage());
  to.date = read_date(at, "date", from.getDate());
  to.document = at.digest("document", from.getDocument());
  to.reason = at.text("reason", from.getReason(), limits::text_bytes_max);
  to.principal = at.name_or_none("principal", from.getPrincipal());
  return to;
}

void write(const GateDecided& from, wire::GateDecided::Builder to) {
  to.setTarget(as_text(from.target));
  to.setStage(as_text(from.stage));
  to.setCandidate(as_text(from.candidate));
  to.setGate(as_text(from.gate));
  to.setComponent(as_text(from.component));
  to.setPassed(from.passed);
  to.setRule(as_text(from.rule));
  to.setEvidence(as_data(from.evidence));
  to.setEvidenceName(as_text(from.evidence_name));
  to.setReason(as_text(from.reason));
  to.setDate(as_text(from.date));
  to.setPrincipal(as_text(from.principal));
}

GateDecided read(const Place& at, wire::GateDecided::Reader from) {
  GateDecided to;
  to.target = at.name("target", from.getTarget());
  to.stage = at.name_or_none("stage", from.getStage());
  to.candidate = at.name("candidate", from.getCandidate());
  to.gate = at.name("gate", from.getGate());
  to.component = at.name("component", from.getComponent());
  to.passed = from.getPassed();
  to.rule = at.text("rule", from.getRule(), limits::text_bytes_max);
  to.evidence = at.digest("evidence", from.getEvidence());
  to.evidence_name = at.text("evidenceName", from.getEvidenceName(), limits::text_bytes_max);
  to.reason = at.text("reason", from.getReason(), limits::text_bytes_max);
  to.date = read_date(at, "date", from.getDate());
  to.principal = at.name_or_none("principal", from.getPrincipal());
  return to;
}

void write(const PointsRecorded& from, wire::PointsRecorded::Builder to) {
  to.setTarget(as_text(from.target));
  to.setStage(as_text(from.stage));
  to.setCandidate(as_text(from.candidate));
  to.setPart(as_text(from.part));
  to.setPoints(as_text(from.points));
  to.setEvidence(as_data(from.evidence));
  to.setEvidenceName(as_text(from.evidence_name));
  to.setReason(as_text(from.reason));
  to.setDate(as_text(from.date));
  to.setPrincipal(as_text(from.principal));
}

PointsRecorded read(const Place& at, wire::PointsRecorded::Reader from) {
  PointsRecorded to;
  to.target = at.name("target", from.getTarget());
  to.stage = at.name_or_none("stage", from.getStage());
  to.candidate = at.name("candidate", from.getCandidate());
  to.part = at.text("part", from.getPart(), limits::text_bytes_max);
  to.points = at.text("points", from.getPoints(), limits::name_bytes_max);
  to.evidence = at.digest("evidence", from.getEvidence());
  to.evidence_name = at.text("evidenceName", from.getEvidenceName(), limits::text_bytes_max);
  to.reason = at.text("reason", from.getReason(), limits::text_bytes_max);
  to.date = read_date(at, "date", from.getDate());
  to.principal = at.name_or_none("principal", from.getPrincipal());
  return to;
}

void write(const Published& from, wire::Published::Builder to) {
  to.setTarget(as_text(from.target));
  to.setStage(as_text(from.stage));
  to.setDate(as_text(from.date));
  to.setPrincipal(as_text(from.principal));
}

Published read(const Place& at, wire::Published::Reader from) {
  Published to;
  to.target = at.name("target", from.getTarget());
  to.stage = at.name_or_none("stage", from.getStage());
  to.date = read_date(at, "date", from.getDate());
  to.principal = at.name_or_none("principal", from.getPrincipal());
  return to;
}

}  // namespace gwageo::frame
